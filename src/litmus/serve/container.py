"""`python -m litmus.serve.container`: what an image made by `litmus package` runs. Its settings are environment variables."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded: answers take a thread each

from litmus.errors import BundleError, LitmusError, ParameterError

__all__ = ["Settings", "main", "read_settings"]

_YES = ("yes", "true", "1", "on")
_NO = ("", "no", "false", "0", "off")


class Settings:
    """What the environment says.

    Args:
        model: the bundle.
        key: what callers must send; None lets everyone in.
        port: where to listen.
        trust: whether the bundle may run its maker's own code.
    """

    def __init__(self, model: Path, key: str | None, port: int, *, trust: bool) -> None:
        self.model = model
        self.key = key
        self.port = port
        self.trust = trust


def read_settings(variables: Mapping[str, str]) -> Settings:
    """Settings from environment variables; the README of a package explains them.

    Raises:
        ParameterError: when there is no key and everyone was not let in on purpose, or a value is not allowed.
        BundleError: when there is not one bundle.
    """
    port = variables.get("SAGEMAKER_BIND_TO_PORT") or variables.get("PORT") or "8080"
    if not port.isdigit() or not 0 <= int(port) <= 65_535:
        raise ParameterError(f"PORT={port!r} is not a port; give a whole number from 1 to 65535.")
    key = _key(variables)
    is_open = _flag(variables, "LITMUS_OPEN")
    if key is None and not is_open:
        raise ParameterError(
            "There is no key; set LITMUS_KEY (such as: -e LITMUS_KEY=$(openssl rand -hex 32)) or LITMUS_KEY_FILE, or set "
            "LITMUS_OPEN=yes where something before this server checks callers."
        )
    model = _bundle(Path(variables.get("LITMUS_MODEL") or "/opt/litmus/model"))
    return Settings(model, key, int(port), trust=_flag(variables, "LITMUS_TRUST"))


def _key(variables: Mapping[str, str]) -> str | None:
    file = variables.get("LITMUS_KEY_FILE")
    if not file:
        return variables.get("LITMUS_KEY") or None
    try:
        return Path(file).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"LITMUS_KEY_FILE={file!r} cannot be read; give a file that holds the key.") from error


def _flag(variables: Mapping[str, str], name: str) -> bool:
    given = variables.get(name, "").strip().lower()
    if given not in (*_YES, *_NO):
        raise ParameterError(f"{name}={given!r} is neither yes nor no.")
    return given in _YES


def _bundle(place: Path) -> Path:
    if not place.is_dir():
        return place  # a file, or nothing: opening it says so
    found = sorted(file for file in place.rglob("*.litmus") if file.is_file())
    if len(found) != 1:
        held = f"{len(found)} of them" if found else "none"
        raise BundleError(
            f"{place} must hold one model file, NAME.litmus, and has {held}; set LITMUS_MODEL to one file."
        )
    return found[0]


def main(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    """Serve the model until the process is told to stop.

    Args:
        arguments: nothing, or "serve", which some platforms add.
        variables: the environment.

    Returns:
        The exit code: 0 when it was stopped, 2 for a mistake in the settings.
    """
    try:
        if list(arguments) not in ([], ["serve"]):
            raise ParameterError(
                f"This image serves a model; it takes 'serve' or nothing, not {' '.join(arguments)!r}."
            )
        settings = read_settings(variables)
        _serve(settings)
    except LitmusError as error:
        sys.stderr.write(f"litmus: {' '.join(str(error).split())}\n")
        return 2
    return 0


def _serve(settings: Settings) -> None:
    import gc

    from litmus.runtime import load
    from litmus.serve.server import run_server

    model = load(settings.model, trust=settings.trust)
    name = model.version or model.name

    def ready(url: str, _: str | None) -> None:
        sys.stdout.write(f"litmus: serving {name} at {url}\n")
        sys.stdout.flush()

    gc.freeze()  # what is loaded by now stays: looking through it again and again would hold up answers
    run_server(
        model,
        host="0.0.0.0",  # noqa: S104 - a container's own network; which port is public is said where it is run
        port=settings.port,
        key=settings.key,
        require_key=settings.key is not None,
        ready=ready,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
