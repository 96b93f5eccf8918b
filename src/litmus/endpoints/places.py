"""Where endpoints are: a folder for each in the store."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from litmus.endpoints.names import check_name
from litmus.errors import ResourceError, UnknownNameError
from litmus.naming import nearest
from litmus.store.store import Store

__all__ = ["existing", "folder_of", "home", "names", "remove", "staging"]


def home() -> Path:
    """The folder that has a folder for each endpoint."""
    return Store().home / "endpoints"


def folder_of(name: str) -> Path:
    """Where the endpoint of that name is, or would be; raises ParameterError when nothing can have the name."""
    return home() / check_name(name)


def names() -> list[str]:
    """The endpoints that there are, by name."""
    try:
        return sorted(entry.name for entry in home().iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ResourceError(f"{home()} cannot be read: {error.strerror or error}.") from error


def existing(name: str) -> Path:
    """The folder of an endpoint that there is.

    Raises:
        UnknownNameError: when there is none of that name; the message suggests the nearest.
    """
    folder = folder_of(name)
    if not folder.is_dir():
        known = names()
        close = nearest(name, known)
        hint = f" Did you mean {close!r}?" if close else ""
        have = (
            f"There are: {', '.join(known)}."
            if known
            else f"There are none yet; make it: litmus deploy MODEL --name {name}"
        )
        raise UnknownNameError(f"There is no endpoint named {name!r}.{hint} {have}")
    return folder


@contextlib.contextmanager
def staging(name: str) -> Iterator[Path]:
    """A folder to prepare an endpoint in; what is still there at the end is removed, also by the next one when this process is
    killed.

    Raises:
        ResourceError: when it cannot be made.
    """
    top = home()
    part = top / f".{name}.{secrets.token_hex(6)}.part"
    try:
        top.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(top)
        part.mkdir(mode=0o700)
        lock = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ResourceError(
            f"{top} cannot be written: {error.strerror or error}. Set LITMUS_HOME to a folder that can."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
        os.close(lock)


def _sweep(top: Path) -> None:
    """Remove what killed processes left half-made or half-removed: nobody holds it."""
    for part in top.glob(".*.part"):
        with contextlib.suppress(OSError):
            lock = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(part, ignore_errors=True)
            finally:
                os.close(lock)


def remove(folder: Path) -> None:
    """Remove the folder of an endpoint that does not run; it is gone at once, then its files are.

    Raises:
        ResourceError: when it cannot be removed.
    """
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}.part")
    try:
        folder.rename(aside)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ResourceError(f"{folder} cannot be removed: {error.strerror or error}.") from error
    shutil.rmtree(aside, ignore_errors=True)
