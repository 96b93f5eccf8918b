"""From what a user calls a place (path, glob, folder, URL) to the files that hold the rows."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from litmus.data.counted import listed
from litmus.errors import DataError
from litmus.naming import nearest

__all__ = ["FORMATS", "DataFile", "find_files", "format_of", "is_url", "place_name", "public_place"]

FORMATS: dict[str, str] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".data": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
"""File name ending → format."""

_COMPRESSIONS = {".gz": "gzip", ".zip": "zip"}


@dataclasses.dataclass(frozen=True)
class DataFile:
    """A file with rows.

    Attributes:
        system: the fsspec file system it is on.
        path: its path there.
        format: "csv", "parquet", "jsonl" or "arrow".
        compression: "gzip", "zip" or "".
        partitions: columns written as folder names: ("year", "2024") for year=2024/.
    """

    system: Any
    path: str
    format: str
    compression: str = ""
    partitions: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """The path for messages, without anything secret."""
        return public_place(self.path)

    def open(self) -> BinaryIO:
        """The file, for reading bytes."""
        try:
            return self.system.open(self.path, "rb")
        except OSError as error:
            raise DataError(f"{self.label} cannot be opened: {error}.") from error


def is_url(place: str) -> bool:
    """Whether a place is written as `scheme://…`."""
    return bool(re.match(r"^[A-Za-z][A-Za-z0-9+.-]*://", place))


def public_place(place: str) -> str:
    """A place as it may be shown: a URL without user, password and query, which may hold keys."""
    if not is_url(place):
        return place
    scheme, _, rest = place.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0] if scheme.startswith('http') else path}"


def place_name(place: str | os.PathLike[str]) -> str:
    """A short name for a place: its last part without endings and wildcards, or "data"."""
    parts = [
        part for part in re.split(r"[/\\]+", public_place(os.fspath(place))) if part and not re.search(r"[*?\[]", part)
    ]
    last = parts[-1] if parts else ""
    for ending in (*_COMPRESSIONS, *FORMATS):
        if last.lower().endswith(ending) and len(last) > len(ending):
            last = last[: -len(ending)]
    return last.rstrip(":") or "data"


def format_of(path: str) -> tuple[str, str] | None:
    """Format and compression by the file name, or None when the ending says nothing."""
    pure = PurePosixPath(path.lower())
    compression = _COMPRESSIONS.get(pure.suffix, "")
    if compression:
        pure = pure.with_suffix("")
    if pure.suffix in FORMATS:
        return FORMATS[pure.suffix], compression
    return ("csv", compression) if compression else None


def find_files(place: str | os.PathLike[str], *, several_formats: bool = False) -> list[DataFile]:
    """The files of a path, glob, folder or URL, in the order of their names.

    Args:
        place: what the user named.
        several_formats: whether they may be of more than one format.

    Raises:
        DataError: when nothing is there, or nothing that can be read.
    """
    text = os.fspath(place)
    if not text.strip() or "\n" in text:
        what = "an empty text" if not text.strip() else f"a text of {len(text.splitlines())} lines"
        raise DataError(f"{what.capitalize()} was given where a path is needed; give the path of a file with the rows.")
    shown = public_place(text)
    system, path = _system(text)
    try:
        # A file that was written a moment ago must be seen.
        system.invalidate_cache()
        found = _list(system, path, shown)
    except DataError:
        raise
    except Exception as error:  # every file system has errors of its own (permissions, names, connections)
        raise DataError(f"{shown} cannot be listed: {type(error).__name__}: {error}.") from error
    formats = {file.format for file in found}
    if len(formats) > 1 and not several_formats:
        raise DataError(
            f"{shown} holds files of several formats ({', '.join(sorted(formats))}); name one kind, such as {shown.rstrip('/')}/*.csv."
        )
    return found


def _system(place: str) -> tuple[Any, str]:
    import fsspec

    try:
        return fsspec.core.url_to_fs(place if is_url(place) else str(Path(place).expanduser().absolute()))
    except ImportError as error:
        scheme = place.partition("://")[0]
        install = "pip install 'litmus[s3]'" if scheme in ("s3", "s3a") else str(error)
        raise DataError(f"Reading {scheme}:// needs a package that is not installed; run: {install}") from error
    except ValueError as error:
        raise DataError(f"{public_place(place)} cannot be opened: {error}.") from error


def _list(system: Any, path: str, place: str) -> list[DataFile]:
    if system.isfile(path):
        named = format_of(path)
        if named is None:
            raise DataError(
                f"{place} has an ending that is no known format; known: {', '.join(FORMATS)}, each also with .gz or .zip "
                "where it is text."
            )
        return [DataFile(system, path, *named)]
    if re.search(r"[*?\[]", path):
        paths = [str(found) for found in system.glob(path) if system.isfile(found)]
        root = re.split(r"[*?\[]", path, maxsplit=1)[0].rpartition("/")[0]
    elif system.isdir(path):
        paths, root = [str(found) for found in system.find(path)], path
    else:
        raise DataError(f"{place} does not exist.{_suggestion(system, path)}")
    files = [file for found in sorted(paths) if (file := _data_file(system, found, root))]
    if not files:
        raise DataError(f"{place} holds no file that can be read; known endings: {', '.join(FORMATS)}.")
    return files


def _data_file(system: Any, path: str, root: str) -> DataFile | None:
    """The file at `path`, or None for marker files, hidden files and other endings."""
    parts = PurePosixPath(path.removeprefix(root)).parts
    if any(part.startswith((".", "_")) for part in parts):
        return None
    named = format_of(path)
    if named is None:
        return None
    folders = (part.partition("=") for part in parts[:-1] if "=" in part)
    return DataFile(system, path, *named, partitions=tuple((name, value) for name, _, value in folders))


def _suggestion(system: Any, path: str) -> str:
    parent, _, name = path.rpartition("/")
    try:
        names = [str(entry).rstrip("/").rpartition("/")[2] for entry in system.ls(parent or "/", detail=False)]
    except Exception:  # noqa: BLE001, RUF100  # the folder is not there either, or may not be listed
        return f" The folder {parent or '/'} cannot be listed either; check the path."
    close = nearest(name, names)
    if close:
        return f" Did you mean {close!r}?"
    data = [entry for entry in names if format_of(entry)]
    return f" In that folder: {listed(data)}." if data else ""
