"""Versions as files: brought here if need be, checked, and compiled when they are first served."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from litmus.errors import ArtifactError, BundleError, UnknownNameError
from litmus.store.artifacts import copy_file, hash_of
from litmus.store.compiling_process import compile_in_process
from litmus.store.models import Models
from litmus.store.record import ModelRecord

if TYPE_CHECKING:
    from litmus.model import Model
    from litmus.runtime import RuntimeModel

__all__ = ["Opening", "check_file"]


class Opening(Models):
    """The part of a store that opens models."""

    def compile_model(self, model: Model, version: str) -> None:
        """Compile a model that is in the store as `version` without being compiled, in its place.

        Raises:
            BundleError: when the store cannot be written; then the bundle is as it was.
        """
        numbered = copy.copy(model)
        numbered.version = version
        with self._compiling(self._models / version) as part:
            numbered.save(part)

    def open_model(self, reference: str | Path, *, trust: bool = False) -> Model:
        """The model of a version, the newest of a name, or the one in a file.

        Args:
            reference: "adult-3", "adult", or the path of a bundle.
            trust: as in `litmus.load`.

        Raises:
            UnknownNameError: when there is no such model.
            BundleError: when its file is damaged or needs trust.
        """
        from litmus.bundle import load

        return load(self.path(reference), trust=trust)

    def open_runtime(self, reference: str | Path, *, trust: bool = False, threads: int = 1) -> RuntimeModel:
        """The same model compiled for inference, which imports nothing that trains.

        Args:
            reference: "adult-3", "adult", or the path of a bundle.
            trust, threads: as in `litmus.runtime.load`.

        Raises:
            UnknownNameError: when there is no such model.
            BundleError: when its file is damaged or needs trust.
        """
        from litmus.runtime import load

        return load(self.path_to_serve(reference), trust=trust, threads=threads)

    def path_to_serve(self, reference: str | Path) -> Path:
        """The file of a version or name, compiled for inference; a path is given back as it is.

        A run keeps its model as it was trained; the first who serves it has it compiled, which takes seconds, and it stays so.

        Raises:
            UnknownNameError: when there is no such model.
            BundleError: when its file is damaged, or compiling it fails.
        """
        from litmus.bundle_reader import read_manifest

        path = self.path(reference)
        if path.parent.parent == self._models and path.is_file():
            manifest = read_manifest(path)
            if not manifest.get("runtime") and not manifest["needs_trust"] and os.access(path.parent, os.W_OK):
                with self._compiling(path.parent) as part:
                    compile_in_process(path, part)
        return path

    def path(self, reference: str | Path) -> Path:
        """The file of a version, of an alias, of the newest of a name, or the path itself.

        Raises:
            UnknownNameError: when there is no such model.
            ArtifactError: when the file is not as it was kept, or cannot be brought here.
        """
        if isinstance(reference, Path) or os.sep in reference or reference.endswith(".litmus"):
            return Path(reference).expanduser()
        try:
            record = self.find(reference)
        except UnknownNameError:
            if Path(reference).is_file():
                return Path(reference)
            raise
        if not record.path.is_file():
            self._bring(record)
        check_file(record)
        return record.path

    def _bring(self, record: ModelRecord) -> None:
        """Have a version here that another machine made."""
        if record.sha256 is None:
            raise ArtifactError(f"The file of {record.version} is not in the store {self.artifacts.place}.")
        copied = self.artifacts.get(record.sha256)
        folder = record.path.parent
        part = folder / f".{secrets.token_hex(6)}.part"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy_file(copied, part, link=True)
            part.replace(record.path)
            record.write(folder)
        except OSError as error:
            raise ArtifactError(
                f"{record.version} cannot be brought to {folder}: {error.strerror or error}."
            ) from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _compiling(self, folder: Path) -> Iterator[Path]:
        """A path for another file of the same version, which takes the place of the first one when all went well."""
        record = self._record_of(folder)
        part = folder / f".{secrets.token_hex(6)}.litmus"
        try:
            yield part
            if record is None or not part.is_file():
                return
            size, kept = part.stat().st_size, hash_of(part)
            newer = dataclasses.replace(record, sha256=kept, before=record.sha256, bytes=size)
            newer.write(folder)  # first, so that at no time there is a file of which it does not know
            part.replace(record.path)
            self._keep_file(newer)
            if record.sha256 not in {None, kept} and not self.is_shared:
                self.artifacts.remove(str(record.sha256))
        except OSError as error:
            raise BundleError(f"{folder} cannot be written: {error.strerror or error}.") from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def check_file(record: ModelRecord) -> None:
    """Refuse a version's file that is not as it was kept.

    Raises:
        ArtifactError: when it was changed; the message says what to do.
    """
    if record.sha256 is None:  # of an earlier version of the program
        return
    try:
        found = hash_of(record.path)
    except OSError as error:
        raise ArtifactError(f"{record.path} cannot be read: {error.strerror or error}.") from error
    if found not in {record.sha256, record.before}:
        raise ArtifactError(
            f"The file {record.path} of {record.version} was changed after it was kept (its hash differs), so it was not used. "
            "`litmus models repair` brings it back where the store has a copy, and puts the changed one aside."
        )
