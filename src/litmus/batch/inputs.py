"""From what a user names to the files to transform, each with the place of its output."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from litmus.data.locations import DataFile, find_files, is_url
from litmus.errors import DataError, ParameterError

__all__ = ["InputFile", "find_inputs"]


@dataclasses.dataclass(frozen=True)
class InputFile:
    """A file to transform.

    Attributes:
        file: the file.
        place: its path or URL, by which another process finds it.
        output: where its answers go.
        errors: where its bad rows go.
        fingerprint: what changes when the file does: its length, and its time of change or tag.
    """

    file: DataFile
    place: str
    output: str
    errors: str
    fingerprint: str

    @property
    def is_remote(self) -> bool:
        """Whether the output is written through fsspec."""
        return is_url(self.output)


def find_inputs(places: Sequence[str | os.PathLike[str]], output: str | os.PathLike[str] | None) -> list[InputFile]:
    """The files of paths, folders, globs and URLs, each once.

    Args:
        places: what the user named.
        output: the folder or URL for the outputs, which keep the files' folders below what was named; None: beside
            each file.

    Raises:
        DataError: when nothing is there, or the folder for the outputs cannot be made.
        ParameterError: when two files would have one output.
    """
    if not places:
        raise ParameterError("No file was given to predict; give paths, folders, globs or URLs.")
    found: dict[str, InputFile] = {}
    for place in places:
        root = _root(os.fspath(place))
        for file in find_files(place, several_formats=True):
            own = _full_place(file)
            if own not in found:
                found[own] = _input(file, own, _target(file, own, root, output))
    outputs: dict[str, InputFile] = {}
    for entry in found.values():
        if entry.output in outputs:
            raise ParameterError(
                f"{outputs[entry.output].place} and {entry.place} would both be written to {entry.output}; name their "
                "common folder instead, or transform them apart."
            )
        outputs[entry.output] = entry
    return list(found.values())


def _input(file: DataFile, place: str, target: str) -> InputFile:
    facts: dict[str, Any] = file.system.info(file.path)
    changed = facts.get("ETag") or facts.get("LastModified") or facts.get("mtime") or facts.get("created") or ""
    return InputFile(file, place, f"{target}.out", f"{target}.errors", f"{facts.get('size')}:{changed}")


def _full_place(file: DataFile) -> str:
    """The path of a local file, the URL of another."""
    if "file" in file.system.protocol:
        return str(Path(file.path).absolute())
    return str(file.system.unstrip_protocol(file.path))


def _root(place: str) -> str:
    """What stands before the part of a file's path that its output keeps."""
    if not is_url(place):
        place = str(Path(place).expanduser().absolute())
    if re.search(r"[*?\[]", place) and not (not is_url(place) and Path(place).exists()):
        return re.split(r"[*?\[]", place, maxsplit=1)[0].rpartition("/")[0]
    return place.rstrip("/")


def _target(file: DataFile, place: str, root: str, output: str | os.PathLike[str] | None) -> str:
    if output is None:
        if is_url(place) and file.system.protocol in ("http", "https", ("http", "https")):
            raise ParameterError(f"Nothing can be written beside {file.label}; name a folder for the outputs.")
        return place
    kept = place.removeprefix(root).lstrip("/") or PurePosixPath(place).name
    if is_url(os.fspath(output)):
        return f"{os.fspath(output).rstrip('/')}/{kept}"
    target = Path(output).expanduser().absolute() / kept
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"The folder {target.parent} cannot be made: {error.strerror or error}.") from error
    return str(target)
