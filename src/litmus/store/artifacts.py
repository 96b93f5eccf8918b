"""Files by the hash of what is in them: the same content is kept once, and what was changed is noticed when it is read."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.errors import ArtifactError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["Artifacts", "copy_file", "hash_of"]

_HASH_LETTERS = 64
_PART_BYTES = 8 << 20
"""Of an upload to S3: a part that fails is sent again, not the whole file."""


class Artifacts:
    """Keeps files in a folder, or in a bucket with a cache of what was read.

    Args:
        place: a folder, or a URL that fsspec knows, such as `s3://bucket/prefix`.
        cache: the folder for copies of files that are elsewhere.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> artifacts = Artifacts(folder / "artifacts", cache=folder / "cache")
        >>> name = artifacts.put(b"some bytes")
        >>> artifacts.get(name).read_bytes()
        b'some bytes'
    """

    def __init__(self, place: str | Path, *, cache: Path) -> None:
        text = str(place)
        self.is_remote = "://" in text and not text.startswith("file://")
        self.place = text.rstrip("/") if self.is_remote else str(Path(text.removeprefix("file://")).expanduser())
        self._cache = cache

    def put(self, content: bytes | Path, *, link: bool = False) -> str:
        """Keep a file or some bytes; returns the hash, SHA-256 in hexadecimal digits.

        The file is there under its hash when all of it is, or not at all.

        Args:
            content: the bytes, or the path of a file.
            link: whether the file itself is kept, where that can be, rather than a copy: for files that are never changed in
                their place, only replaced.

        Raises:
            ArtifactError: when it cannot be written; what was kept before stays.
        """
        try:
            name = hash_of(content) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()
        except OSError as error:
            raise ArtifactError(f"{content!s} cannot be read: {error.strerror or error}.") from error
        if self.is_remote:
            self._upload(name, content)
        else:
            self._keep(name, content, link=link)
        return name

    def get(self, name: str) -> Path:
        """The path of a kept file, which is as it was when it was kept; it must not be changed.

        Raises:
            ArtifactError: when it is gone, was changed, or cannot be brought here.
        """
        if self.is_remote:
            return self._brought(name)
        path = self._path(name)
        if not path.is_file():
            raise ArtifactError(
                f"The file {path} is gone from the store; bring it back from a copy, or run `litmus models check` to see what "
                "needs it."
            )
        if hash_of(path) != name:
            raise ArtifactError(
                f"The file {path} was changed after it was kept (its hash differs), so it was not used; bring it back from a "
                "copy, or run `litmus models repair` to put it aside."
            )
        return path

    def put_record(self, name: str, facts: Any) -> None:
        """Keep facts beside the files in a bucket, where others who lost the database find them; elsewhere do nothing.

        Raises:
            ArtifactError: when they cannot be kept.
        """
        if self.is_remote:
            with self._said("written", name):
                self._system().pipe_file(f"{self.place}/records/{name}", json.dumps(facts, indent=1).encode())

    def records(self, folder: str) -> Iterator[Any]:
        """The facts that `put_record` kept under names that begin with `folder`; what cannot be read is passed over."""
        if not self.is_remote:
            return
        system = self._system()
        with self._said("listed", ""):
            system.invalidate_cache()
            found = system.find(f"{self.place}/records/{folder}")
        for path in found:
            with self._said("read", ""):
                content = system.cat_file(path)
            with contextlib.suppress(ValueError):
                yield json.loads(content)

    def has(self, name: str) -> bool:
        """Whether a file is kept, whatever is in it by now."""
        if not self.is_remote:
            return self._path(name).is_file()
        with self._said("asked for", name):
            return bool(self._system().exists(self._key(name)))

    def names(self) -> Iterator[tuple[str, int]]:
        """The hash and length of all that is kept."""
        if self.is_remote:
            with self._said("listed", ""):
                found = self._system().find(self._root(), detail=True)
            for path, facts in found.items():
                name = path.rpartition("/")[2]
                if len(name) == _HASH_LETTERS:
                    yield name, int(facts["size"])
            return
        for path in sorted(Path(self.place).glob("??/*")):
            if len(path.name) == _HASH_LETTERS:
                with contextlib.suppress(FileNotFoundError):
                    yield path.name, path.stat().st_size

    def age(self, name: str) -> float:
        """Seconds since a file was kept; 0 when that is not known."""
        with contextlib.suppress(FileNotFoundError, NotImplementedError, ArtifactError):
            if not self.is_remote:
                return time.time() - self._path(name).stat().st_ctime
            with self._said("asked for", name):
                return time.time() - float(self._system().modified(self._key(name)).timestamp())
        return 0.0

    def remove(self, name: str) -> None:
        """Remove a file, if it is there.

        Raises:
            ArtifactError: when it cannot be removed.
        """
        self._cached(name).unlink(missing_ok=True)
        if self.is_remote:
            with self._said("removed", name), contextlib.suppress(FileNotFoundError):
                self._system().rm_file(self._key(name))
            return
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise ArtifactError(f"{self._path(name)} cannot be removed: {error.strerror or error}.") from error

    def _keep(self, name: str, content: bytes | Path, *, link: bool) -> None:
        target = self._path(name)
        if target.is_file() and hash_of(target) == name:
            return
        part = target.with_name(f".{secrets.token_hex(6)}.part")
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy_file(content, part, link=link)
            part.replace(target)
        except OSError as error:
            raise ArtifactError(
                f"The store's files {self.place} cannot be written: {error.strerror or error}. Make room or set LITMUS_ARTIFACTS "
                "to a place that can be; nothing was changed."
            ) from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def _upload(self, name: str, content: bytes | Path) -> None:
        """Copy it there; a bucket shows a file when all of it has arrived."""
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        with self._said("written", name):
            system, key = self._system(), self._key(name)
            if _size(system, key) == size:
                return
            if isinstance(content, Path):
                parts = {"chunksize": _PART_BYTES} if self.place.startswith("s3://") else {}
                system.put_file(str(content), key, **parts)
            else:
                system.pipe_file(key, content)
            arrived = _size(system, key)
        if arrived != size:
            raise ArtifactError(
                f"Of {key}, {arrived or 0:,} of {size:,} bytes arrived; it was not taken into the store. Do it again."
            )

    def _brought(self, name: str) -> Path:
        """The copy in the cache, brought there if need be."""
        copy = self._cached(name)
        if copy.is_file() and hash_of(copy) == name:
            return copy
        part = copy.with_name(f".{secrets.token_hex(6)}.part")
        try:
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._said("read", name):
                self._system().get_file(self._key(name), str(part))
            if hash_of(part) != name:
                raise ArtifactError(
                    f"The file {self._key(name)} was changed after it was kept (its hash differs), so it was not used; bring it "
                    "back from a copy, or run `litmus models repair` to put it aside."
                )
            part.replace(copy)
        finally:
            part.unlink(missing_ok=True)
        return copy

    def _path(self, name: str) -> Path:
        return Path(self.place, name[:2], name)

    def _cached(self, name: str) -> Path:
        return self._cache / name[:2] / name

    def _root(self) -> str:
        return self.place

    def _key(self, name: str) -> str:
        return f"{self.place}/{name[:2]}/{name}"

    def _system(self) -> AbstractFileSystem:
        import fsspec

        return fsspec.core.url_to_fs(self.place)[0]

    @contextlib.contextmanager
    def _said(self, what: str, name: str) -> Iterator[None]:
        """Put what a bucket answers into a sentence."""
        try:
            yield
        except ArtifactError:
            raise
        except FileNotFoundError as error:
            raise ArtifactError(
                f"{self._key(name) if name else self.place} is not there: the file or its bucket is gone. Bring it back, or correct "
                "LITMUS_ARTIFACTS."
            ) from error
        except ImportError as error:
            raise ArtifactError(
                f"{self.place} needs a package that is not installed ({error}); for s3: pip install 'litmus[s3]'."
            ) from error
        except Exception as error:  # every file system has errors of its own
            place = self._key(name) if name else self.place
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise ArtifactError(
                f"{place} could not be {what}: {str(why).rstrip('.')}. Nothing was lost; do it again when the storage answers."
            ) from error


def hash_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(system: Any, key: str) -> int | None:
    system.invalidate_cache()
    try:
        return int(system.info(key)["size"])
    except FileNotFoundError:
        return None


def copy_file(content: bytes | Path, part: Path, *, link: bool) -> None:
    """Write the content where nothing is yet, until it is on the disk."""
    if isinstance(content, Path) and link:
        try:
            os.link(content, part)
        except OSError:  # another disk, or one without links
            pass
        else:
            return
    with part.open("xb") as file:
        if isinstance(content, Path):
            with content.open("rb") as source:
                shutil.copyfileobj(source, file, 1 << 20)
        else:
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
