"""The real `litmus` program in a process of its own, with a store and a folder for temporary files of its own."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

PROGRAM = Path(sys.executable).with_name("litmus")


@dataclasses.dataclass
class Place:
    """Where commands run.

    Attributes:
        folder: the current folder of the commands.
        temporary: their folder for temporary files.
        store: their store.
    """

    folder: Path
    temporary: Path
    store: Path

    @classmethod
    def under(cls, folder: Path) -> Place:
        place = cls(folder / "work", folder / "temporary", folder / "store")
        for each in (place.folder, place.temporary):
            each.mkdir()
        return place

    def environment(self, **others: str) -> dict[str, str]:
        return {**os.environ, "TMPDIR": str(self.temporary), "LITMUS_HOME": str(self.store), **others}

    def run(self, *arguments: object, **environment: str) -> Done:
        """Run a command to its end."""
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            check=False,
            cwd=self.folder,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        """Start a command in a session of its own, as a terminal does."""
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def left_behind(self) -> list[str]:
        """Temporary files and half-written outputs."""
        parts = [path.name for path in self.folder.iterdir() if path.name.startswith(".")]
        return sorted(path.name for path in self.temporary.iterdir()) + parts


@dataclasses.dataclass
class Done:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line that a mistake leaves on standard error, and nothing else anywhere."""
        assert self.out == ""
        assert self.err.startswith("litmus: ")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.removeprefix("litmus: ").rstrip("\n")


def processes_of_session(session: int) -> list[str]:
    """The command lines of the processes that belong to a session and still run."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except (ProcessLookupError, psutil.NoSuchProcess, PermissionError):
            continue
    return found
