"""The Dockerfile of a packaged model, and the list of files that a build may see."""

from __future__ import annotations

import dataclasses
import json

from litmus.package.targets import Place

__all__ = ["MARK", "Image", "dockerfile", "dockerignore"]

MARK = "# Made by `litmus package`"
"""How the first line begins, by which a folder that may be replaced is known."""

_USER = 10001
_HEALTHCHECK = "HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3"
_HEALTHY = (
    "import http.client, os; "
    "port = int(os.environ.get('SAGEMAKER_BIND_TO_PORT') or os.environ.get('PORT') or 8080); "
    "asked = http.client.HTTPConnection('127.0.0.1', port, timeout=2); "
    "asked.request('GET', '/ping'); "
    "raise SystemExit(asked.getresponse().status != 200)"
)


@dataclasses.dataclass(frozen=True)
class Image:
    """What an image is made of.

    Attributes:
        model: the model's version, or its name.
        place: where it will run.
        base: the image it starts from.
        wheel: the file name of Litmus.
        bundle: the file name of the model.
        system: packages of the operating system.
        trust: whether the bundle may run its maker's own code.
    """

    model: str
    place: Place
    base: str
    wheel: str
    bundle: str
    system: tuple[str, ...]
    trust: bool


def dockerfile(image: Image) -> str:
    """The text of the Dockerfile: what changes least comes first, so that a new model rebuilds one small layer."""
    place = image.place
    variables = {
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LITMUS_MODEL": place.model_folder,
        **place.variables,
        **({"LITMUS_TRUST": "yes"} if image.trust else {}),
    }
    lines = [
        f"{MARK} for {_comment(image.model)}, to run on: {place.name}. README.md has the lines to build and run it.",
        f"FROM {image.base}",
        f"RUN useradd --system --uid {_USER} --no-create-home --shell /usr/sbin/nologin litmus",
        *_system(image.system),
        "WORKDIR /opt/litmus",
        "COPY requirements.txt ./",
        "RUN python -m pip install --no-cache-dir --disable-pip-version-check -r requirements.txt",
        f"COPY {image.wheel} ./",
        f"RUN python -m pip install --no-cache-dir --disable-pip-version-check --no-deps ./{image.wheel}",
        f"COPY {image.bundle} {place.model_folder}/{image.bundle}",
        *(f"LABEL {name}={json.dumps(value)}" for name, value in place.labels.items()),
        *(f"ENV {name}={value}" for name, value in variables.items()),
        f"USER {_USER}:{_USER}",
        "EXPOSE 8080",
        "STOPSIGNAL SIGTERM",
        f"{_HEALTHCHECK} CMD {json.dumps(['python', '-I', '-c', _HEALTHY])}",
        f"ENTRYPOINT {json.dumps(['python', '-m', 'litmus.serve.container'])}",
        *([f"CMD {json.dumps(list(place.arguments))}"] if place.arguments else []),
    ]
    return "\n".join(lines) + "\n"


def _system(packages: tuple[str, ...]) -> list[str]:
    if not packages:
        return []
    names = " ".join(packages)
    return [f"RUN apt-get update && apt-get install -y --no-install-recommends {names} && rm -rf /var/lib/apt/lists/*"]


def _comment(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def dockerignore(image: Image) -> str:
    """Nothing is sent to the builder but what the Dockerfile copies."""
    return "\n".join(["*", "!requirements.txt", f"!{image.wheel}", f"!{image.bundle}"]) + "\n"
