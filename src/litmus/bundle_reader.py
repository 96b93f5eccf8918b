"""Taking a bundle apart: nothing is opened before its hash is right, and nothing is written outside its folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import litmus
from litmus.bundle_format import FORMAT, FORMAT_VERSION, MANIFEST, digest, python_version
from litmus.bundle_signature import check_signature
from litmus.errors import BundleError

__all__ = ["PICKLE_SUFFIXES", "Unpacked", "read_manifest", "unpack", "unpacking"]

PICKLE_SUFFIXES = (".pkl", ".pickle", ".joblib")
"""Endings of files that can run code when they are opened."""
_BLOCK = 1 << 20
_MANIFEST_BYTES = 64 << 20
_FLOOR_BYTES = 256 << 20
_RATIO = 200  # a real model shrinks 2 to 20 times; a small file that grows more than this is meant to fill the disk
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def read_manifest(path: str | Path, *, check: bool = True) -> dict[str, Any]:
    """The manifest of a bundle, without opening the model.

    Args:
        path: the bundle.
        check: whether the manifest's version and hash must be right; False only asks whether this is a bundle.

    Raises:
        BundleError: when there is no such file, or it is no bundle, damaged, altered, or of a newer version.

    Example:
        >>> import litmus, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> path = run.best.save(f"{tempfile.mkdtemp()}/model.litmus")
        >>> read_manifest(path)["task"]
        'regression'
    """
    source = Path(path).expanduser()
    with _opened(source) as file:
        return _manifest(file, source, check=check)


class Unpacked:
    """A bundle that is open, whose manifest is right; its members are checked as they are taken out.

    Args:
        file: the zip file.
        source: its path.
        verify: the key it must be signed with, if any.

    Attributes:
        manifest: the manifest.
    """

    def __init__(self, file: zipfile.ZipFile, source: Path, verify: str | bytes | None = None) -> None:
        self._file = file
        self._source = source
        self.manifest = _manifest(file, source, check=True)
        check_signature(self.manifest, verify, source)
        self._members: dict[str, Any] = self.manifest["members"]
        self._copies: dict[str, str] = self.manifest.get("copies", {})
        self._entries = {entry.filename: entry for entry in _checked_entries(file, source, self._members, self._copies)}

    def holds_pickle(self, folder: str) -> bool:
        """Whether a folder of the bundle holds code of its maker's own."""
        names = [name for name in (*self._members, *self._copies) if name.partition("/")[0] == folder]
        return any(name.endswith(PICKLE_SUFFIXES) for name in names)

    def allow_own_code(self, *, trust: bool) -> None:
        """Refuse code of the bundle's maker unless it is trusted, and was made for this version of Python.

        Raises:
            BundleError: when it must not or cannot be opened.
        """
        if not trust:
            raise BundleError(
                f"{self._source.name} contains code of its maker's own (a custom step, algorithm or function, saved as a "
                "pickle), and opening it can run anything on this machine. If you made it or trust who did: "
                f"litmus.load({str(self._source)!r}, trust=True)."
            )
        made_for, here = self.manifest.get("python"), python_version()
        if made_for is not None and made_for != here:
            raise BundleError(
                f"{self._source.name} contains code of its maker's own that was saved by Python {made_for}, and this is Python "
                f"{here}, which cannot run it: open it with Python {made_for}, or train and save the model with {here}."
            )

    def extract(self, folder: Path, wanted: Callable[[str], bool] | None = None) -> None:
        """Write the members that are wanted into `folder`, each of the length and hash that the manifest says.

        Raises:
            BundleError: when one is damaged or altered, or cannot be written.
        """
        copies = {name: original for name, original in self._copies.items() if wanted is None or wanted(name)}
        taken = {name for name in self._members if wanted is None or wanted(name)}
        for name in sorted(taken | set(copies.values())):
            target = folder.joinpath(*PurePosixPath(name).parts)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                _extract(self._file, self._entries[name], target, self._members[name], self._source)
        for name, original in copies.items():
            target = folder.joinpath(*PurePosixPath(name).parts)
            if not target.exists():
                _copy(folder.joinpath(*PurePosixPath(original).parts), target, self._source)


@contextlib.contextmanager
def unpacking(source: Path, *, verify: str | bytes | None = None) -> Iterator[Unpacked]:
    """Open a bundle to take out some of its members.

    Raises:
        BundleError: as `read_manifest`; also when a member is missing, added, too large, or has a name that leads out of
            the folder; and when it is not signed with the key `verify`.
    """
    with _opened(source) as file:
        yield Unpacked(file, source, verify)


def unpack(source: Path, folder: Path, *, allow_pickles: bool, verify: str | bytes | None = None) -> dict[str, Any]:
    """Check a bundle and write its members into `folder`; returns the manifest.

    Raises:
        BundleError: as `unpacking`; also when a member is altered, and when the bundle needs trust and `allow_pickles` is
            False.
    """
    with unpacking(source, verify=verify) as bundle:
        if bundle.manifest["needs_trust"]:
            bundle.allow_own_code(trust=allow_pickles)
        bundle.extract(folder)
    return bundle.manifest


def _opened(source: Path) -> zipfile.ZipFile:
    if not source.exists():
        raise BundleError(f"There is no file {source}; give the path of a model that save() wrote.")
    if source.is_dir():
        raise BundleError(f"{source} is a folder; give the path of a model file, such as {source / 'model.litmus'}.")
    try:
        return zipfile.ZipFile(source)
    except PermissionError as error:
        raise BundleError(f"{source} may not be read by this user; change its permissions.") from error
    except _BROKEN as error:
        raise BundleError(f"{source} is not a Litmus model, or is cut short ({error}).") from error


def _manifest(file: zipfile.ZipFile, source: Path, *, check: bool) -> dict[str, Any]:
    try:
        entry = file.getinfo(MANIFEST)
    except KeyError:
        raise BundleError(f"{source} is a zip file but not a Litmus model: it has no {MANIFEST}.") from None
    try:
        if entry.file_size > _MANIFEST_BYTES:
            raise ValueError(f"it is {entry.file_size:,} bytes long")
        manifest = json.loads(file.read(entry))
    except (*_BROKEN, RecursionError) as error:
        raise BundleError(f"{MANIFEST} of {source} is damaged: {error}.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BundleError(f"{source} is not a Litmus model: its {MANIFEST} says nothing of Litmus.")
    if check:
        _check_manifest(manifest, source)
    return manifest


def _check_manifest(manifest: dict[str, Any], source: Path) -> None:
    version = manifest.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        needed = str(manifest.get("needs_litmus", "a newer version"))[:40]
        raise BundleError(
            f"{source.name} needs Litmus {needed} or newer (bundle format {version}); this is Litmus {litmus.__version__}, "
            f"which reads up to format {FORMAT_VERSION}. Upgrade with: pip install 'litmus>={needed}'."
        )
    try:
        altered = manifest.get("sha256") != digest(manifest)
        members = manifest["members"]
        sound = isinstance(members, dict) and all(
            isinstance(facts["bytes"], int) and isinstance(facts["sha256"], str) for facts in members.values()
        )
        copies = manifest.get("copies", {})
        sound = sound and isinstance(copies, dict) and all(original in members for original in copies.values())
        complete = sound and {"needs_trust", "pipelines", "postprocessing", "schema", "target"} <= manifest.keys()
    except (KeyError, TypeError, RecursionError):
        altered = complete = False
    if altered or not complete:
        raise BundleError(f"{MANIFEST} of {source} was altered or damaged; save the model again.")


def _checked_entries(
    file: zipfile.ZipFile, source: Path, members: dict[str, Any], copies: dict[str, str]
) -> list[zipfile.ZipInfo]:
    """The members of the zip, when they are exactly those of the manifest, safely named and not too large."""
    entries = [entry for entry in file.infolist() if entry.filename != MANIFEST]
    names = [entry.filename for entry in entries]
    if len({*names, *copies}) != len(names) + len(copies):
        raise BundleError(f"{source} holds a file twice; it was altered.")
    for name in [*names, *copies]:
        if _leads_out(name):
            raise BundleError(
                f"{source} holds a file named {name!r}, which leads out of its folder; it was not opened."
            )
    if wrong := sorted(set(names) ^ set(members)):
        state = "was added to" if wrong[0] in names else "is missing from"
        raise BundleError(f"{wrong[0]} {state} {source}; the file was altered or damaged.")
    written = [*members.values(), *(members[original] for original in copies.values())]
    total, packed = sum(facts["bytes"] for facts in written), source.stat().st_size
    if total > max(_FLOOR_BYTES, _RATIO * packed):
        raise BundleError(
            f"{source} would unpack to {total:,} bytes from {packed:,}, which no model does; it was not opened."
        )
    return entries


def _leads_out(name: str) -> bool:
    """Whether a file of this name could be written anywhere but below the folder it is unpacked into."""
    parts = PurePosixPath(name).parts
    unsafe = any(sign in name for sign in "\\:\0")
    return not parts or name.startswith("/") or ".." in parts or unsafe or name.endswith("/")


def _copy(original: Path, target: Path, source: Path) -> None:
    """Write a file that another one of the bundle has the same content as."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, target)
    except OSError as error:
        raise BundleError(f"{source} cannot be unpacked into {target.parent}: {error.strerror or error}.") from error


def _extract(file: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, facts: dict[str, Any], source: Path) -> None:
    """Write one member, of the length and hash that the manifest says."""
    hashed, size = hashlib.sha256(), 0
    try:
        with file.open(entry) as member, target.open("xb") as written:
            while block := member.read(_BLOCK):
                size += len(block)
                if size > facts["bytes"]:
                    break
                hashed.update(block)
                written.write(block)
    except OSError as error:
        raise BundleError(f"{source} cannot be unpacked into {target.parent}: {error.strerror or error}.") from error
    except _BROKEN as error:
        raise BundleError(f"{entry.filename} in {source} is damaged ({error}); get the file again.") from error
    if size != facts["bytes"] or hashed.hexdigest() != facts["sha256"]:
        raise BundleError(
            f"{entry.filename} in {source} is not as it was saved (its hash differs); get the file again."
        )
