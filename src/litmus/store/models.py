"""Models in the store: a numbered folder for every version of every model."""

from __future__ import annotations

import copy
import datetime as dt
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.errors import BundleError, UnknownNameError
from litmus.naming import nearest
from litmus.store.compiling_process import compile_in_process
from litmus.store.place import StorePlace
from litmus.store.record import ModelRecord
from litmus.store.served import versions_served

if TYPE_CHECKING:
    from litmus.model import Model
    from litmus.runtime import RuntimeModel
    from litmus.store.transaction import Transaction

__all__ = ["Models", "folder_name"]

_MODEL_FILE = "model.litmus"
_VERSION = re.compile(r"(.+)-([1-9]\d*)")


class Models(StorePlace):
    """The part of a store that keeps models as `name-1`, `name-2`, …; any number of processes may use it at the same time."""

    @property
    def _models(self) -> Path:
        return self.home / "models"

    def add_model(self, model: Model, *, compiled: bool | None = True) -> str:
        """Save a model as the next version of its name.

        The version's folder is made first, which only one process can do; its record is written last, so that a model
        shows only when it is whole.

        Args:
            model: the model.
            compiled: whether it is compiled for inference; without it is there sooner. None: only where it holds code of its
                maker's own, which is at hand now; the others are compiled when they are first needed (`path_to_serve`).

        Returns:
            The version, such as "adult-3".

        Raises:
            BundleError: when the store cannot be written; then the version does not show.
        """
        from litmus.bundle import save_bundle

        name = folder_name(model.name)
        folder = self._next_folder(name)
        try:
            numbered = copy.copy(model)
            numbered.version = folder.name
            file = folder / _MODEL_FILE
            path = numbered.save(file) if compiled else save_bundle(numbered, file, compiled=compiled)
            run = model.lineage.get("run")
            created = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
            ModelRecord(
                version=folder.name,
                name=name,
                run=None if run is None else str(run),
                created=created,
                metrics=model.metrics,
                path=path,
            ).write(folder)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise BundleError(f"The model cannot be written into {folder}: {error.strerror or error}.") from error
            raise
        return folder.name

    def compile_model(self, model: Model, version: str) -> None:
        """Compile a model that is in the store as `version` without being compiled, in its place.

        Raises:
            BundleError: when the store cannot be written; then the bundle is as it was.
        """
        numbered = copy.copy(model)
        numbered.version = version
        numbered.save(self._models / version / _MODEL_FILE)

    def models(self) -> list[ModelRecord]:
        """The stored models, newest first; damaged records are passed over, each with a notice."""
        records = [record for folder in self._folders() if (record := self._record_of(folder)) is not None]
        return sorted(records, key=lambda record: (record.created, record.name, _number(record.version)), reverse=True)

    def find(self, reference: str) -> ModelRecord:
        """The record of a version ("adult-3"), of the version an alias means ("adult@champion"), or of the newest of a name.

        Raises:
            UnknownNameError: when there is none; the message suggests the nearest.
            StoreError: when an alias is asked for and the database cannot be read.
        """
        if "@" in reference:
            return self._aliased(reference)
        exact = self._models / reference
        if _VERSION.fullmatch(reference) and exact.name == reference and (record := self._record_of(exact)) is not None:
            return record
        records = self.models()
        of_name = [record for record in records if record.name == reference]
        if of_name:
            return max(of_name, key=lambda record: _number(record.version))
        known = list(dict.fromkeys(part for record in records for part in (record.version, record.name)))
        close = nearest(reference, known)
        hint = f" Did you mean {close!r}?" if close else ""
        have = f"It has: {', '.join(known[:20])}." if known else "It is empty: train a model first."
        raise UnknownNameError(f"There is no model {reference!r} in the store {self.home}.{hint} {have}")

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
                compile_in_process(path)
        return path

    def path(self, reference: str | Path) -> Path:
        """The file of a version, of the newest of a name, or the path itself; raises UnknownNameError."""
        if isinstance(reference, Path) or os.sep in reference or reference.endswith(".litmus"):
            return Path(reference).expanduser()
        try:
            return self.find(reference).path
        except UnknownNameError:
            if Path(reference).is_file():
                return Path(reference)
            raise

    def endpoints_serving(self, reference: str) -> list[str]:
        """The endpoints of this machine that serve a version, and those that the database knows of, by name.

        Raises:
            UnknownNameError: when there is no such version.
        """
        return sorted(self._served().get(self.find(reference).version, ()))

    def _served(self) -> dict[str, set[str]]:
        """Version → the endpoints that serve it."""
        served = versions_served(self.home / "endpoints")
        found: list[dict[str, Any]] = self._read(lambda rows: rows.rows("endpoints"), [])
        for row in found:
            for version in row["versions"] or ():
                served.setdefault(version, set()).add(row["name"])
        return served

    def _aliased(self, reference: str) -> ModelRecord:
        """The record of the version that an alias means."""
        name, _, alias = reference.partition("@")
        found: list[dict[str, Any]] = self._read(lambda rows: rows.rows("aliases"), [])
        for row in found:
            if (row["name"], row["alias"]) == (name, alias):
                return self.find(row["version"])
        known = [f"{row['name']}@{row['alias']}" for row in found]
        close = nearest(reference, known)
        hint = f" Did you mean {close!r}?" if close else ""
        have = (
            f"There are: {', '.join(known[:20])}."
            if known
            else f"There are none yet: litmus models promote {name or 'VERSION'}."
        )
        raise UnknownNameError(f"No version has the alias {reference!r} in the store {self.home}.{hint} {have}")

    def _ensure_version(self, rows: Transaction, record: ModelRecord) -> None:
        """Have a version in the database, which may not know it yet: models are kept without it."""
        rows.insert("models", {"name": record.name, "created": record.created, "facts": {}})
        rows.insert(
            "versions",
            {
                "version": record.version,
                "name": record.name,
                "place": _number(record.version),
                "run": record.run,
                "created": record.created,
                "approval": "none",
                "artifact": None,
                "bytes": None,
                "metrics": record.to_json()["metrics"],
                "facts": {},
            },
        )

    def _folders(self) -> list[Path]:
        try:
            return [entry for entry in self._models.iterdir() if _VERSION.fullmatch(entry.name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BundleError(f"The store {self.home} cannot be read: {error.strerror or error}.") from error

    def _record_of(self, folder: Path) -> ModelRecord | None:
        try:
            return ModelRecord.read(folder)
        except (ValueError, TypeError, OSError, RecursionError) as error:
            self.notice(f"The record of {folder.name} in {self.home} is damaged and was passed over: {error}.")
            return None

    def _next_folder(self, name: str) -> Path:
        """A new folder for the next version; making a folder succeeds in one process only."""
        try:
            self._models.mkdir(mode=0o700, parents=True, exist_ok=True)
            taken = [
                found for folder in self._folders() if (found := _VERSION.fullmatch(folder.name)) and found[1] == name
            ]
            number = max((int(found[2]) for found in taken), default=0)
            while True:
                number += 1
                folder = self._models / f"{name}-{number}"
                try:
                    folder.mkdir()
                except FileExistsError:
                    continue
                return folder
        except OSError as error:
            raise BundleError(
                f"The store {self.home} cannot be written: {error.strerror or error}. Set LITMUS_HOME to a folder that can."
            ) from error


def folder_name(name: str) -> str:
    """A model's name as part of a folder's: letters, digits, dots, dashes and underscores."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:80] or "model"


def _number(version: str) -> int:
    return int(version.rpartition("-")[2])
