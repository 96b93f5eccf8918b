"""Does what a Dockerfile says, without a container engine: a folder stands for the image, a virtual environment for its base.

Every instruction is carried out or refused, none is passed over. Paths under /opt of the image lie under the folder.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import json
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

BASE = re.compile(r"python:(\d+\.\d+)\.\d+-slim-[a-z]+")


@dataclasses.dataclass
class Built:
    """What came of the instructions."""

    root: Path
    python: Path
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    labels: dict[str, str] = dataclasses.field(default_factory=dict)
    workdir: str = "/"
    user: str = "root"
    users: set[str] = dataclasses.field(default_factory=set)
    exposed: list[str] = dataclasses.field(default_factory=list)
    stop_signal: str = "SIGTERM"
    entrypoint: list[str] = dataclasses.field(default_factory=list)
    command: list[str] = dataclasses.field(default_factory=list)
    health: list[str] = dataclasses.field(default_factory=list)

    def inside(self, path: str) -> Path:
        absolute = path if path.startswith("/") else f"{self.workdir}/{path}"
        return self.root / absolute.lstrip("/")

    def process(self, words: list[str], given: dict[str, str] | None = None) -> dict:
        """Arguments for subprocess: the command as the image has it, with the image's variables and no others."""
        assert words[0] == "python"
        own = {
            name: str(self.inside(value)) if value.startswith("/opt/") else value
            for name, value in self.environment.items()
        }
        return {
            "args": [str(self.python), *words[1:]],
            "env": {"PATH": f"{self.python.parent}:/usr/bin:/bin", **own, **(given or {})},
            "cwd": self.inside(self.workdir),
        }


def build(folder: Path, root: Path, packages: Path, venvs: Path) -> Built:
    """Carry out the Dockerfile of `folder`; `packages` is what pip has for an index."""
    allowed = _allowed(folder)
    built: Built | None = None
    for word, rest in _instructions((folder / "Dockerfile").read_text()):
        if word == "FROM":
            assert BASE.fullmatch(rest)
            assert BASE.fullmatch(rest)[1] == f"{sys.version_info.major}.{sys.version_info.minor}"
            built = Built(root, _base(venvs, (folder / "requirements.txt").read_bytes()))
        elif word == "RUN":
            _run(built, rest, packages)
        elif word == "COPY":
            source, target = rest.split()
            assert source in allowed, f"{source} is not sent to the builder"
            place = built.inside(target)
            place = place / source if target.endswith("/") else place
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(folder / source, place)
        elif word == "WORKDIR":
            built.workdir = rest
            built.inside(rest).mkdir(parents=True, exist_ok=True)
        elif word in ("ENV", "LABEL"):
            ((name, _, value),) = [part.partition("=") for part in shlex.split(rest)]
            (built.environment if word == "ENV" else built.labels)[name] = value
        elif word == "HEALTHCHECK":
            options, _, command = rest.partition(" CMD ")
            assert all(option.startswith("--") for option in options.split())
            built.health = json.loads(command)
        elif word in ("ENTRYPOINT", "CMD"):
            setattr(built, word.lower() if word == "ENTRYPOINT" else "command", json.loads(rest))  # exec form only
        elif word == "USER":
            built.user = rest
        elif word == "EXPOSE":
            built.exposed.append(rest)
        elif word == "STOPSIGNAL":
            built.stop_signal = rest
        else:
            raise AssertionError(f"{word} is not carried out by these tests")
    return built


def _instructions(text: str):
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()


def _allowed(folder: Path) -> set[str]:
    """The files that .dockerignore lets through: its last pattern that fits decides."""
    found = set()
    for file in folder.iterdir():
        kept = True
        for line in (folder / ".dockerignore").read_text().splitlines():
            if fnmatch.fnmatch(file.name, line.removeprefix("!")):
                kept = line.startswith("!")
        if kept:
            found.add(file.name)
    return found


def _base(venvs: Path, requirements: bytes) -> Path:
    """A clean environment; of images with the same requirements, one that already has them: a cached layer."""
    place = venvs / str(abs(hash(requirements)))
    if not place.exists():
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
    return place / "bin" / "python"


def _run(built: Built, line: str, packages: Path) -> None:
    words = shlex.split(line)
    if words[0] == "useradd":
        built.users.add(words[words.index("--uid") + 1])
        return
    assert words[:4] == ["python", "-m", "pip", "install"]
    assert "--no-cache-dir" in words
    process = built.process(words, {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(packages), "HOME": str(built.root)})
    done = subprocess.run(**process, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


class Container:
    """The image's entry point, running; `given` is what `-e` gives, and the port stands for what is published."""

    def __init__(self, built: Built, given: dict[str, str], arguments: list[str] | None = None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._built = built
        self._given = {**given, "PORT": str(self.port)}
        words = [*built.entrypoint, *(built.command if arguments is None else arguments)]
        self._process = subprocess.Popen(
            **built.process(words, self._given), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def until_healthy(self) -> None:
        end = time.monotonic() + 60
        while subprocess.run(
            **self._built.process(self._built.health, self._given), check=False, capture_output=True
        ).returncode:
            assert self._process.poll() is None, self._process.stdout.read()
            assert time.monotonic() < end, "never healthy"

    def signal(self) -> None:
        self._process.send_signal(getattr(signal, self._built.stop_signal))

    def ended(self) -> tuple[int, str]:
        """The exit code and all that it wrote; waits for the end."""
        written, _ = self._process.communicate(timeout=30)
        return self._process.returncode, written

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        if not self._process.stdout.closed:
            self._process.communicate()
