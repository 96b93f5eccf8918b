"""Models in the store: a numbered folder for every version of every model."""

from __future__ import annotations

import contextlib
import copy
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.errors import ArtifactError, BundleError, StoreError, UnknownNameError
from litmus.naming import nearest
from litmus.store.artifacts import hash_of
from litmus.store.place import StorePlace
from litmus.store.record import ModelRecord
from litmus.store.records import now
from litmus.store.served import versions_served

if TYPE_CHECKING:
    from litmus.model import Model
    from litmus.store.transaction import Transaction

__all__ = ["MODEL_FILE", "Models", "folder_name", "in_order", "version_row"]

MODEL_FILE = "model.litmus"
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
            file = folder / MODEL_FILE
            path = numbered.save(file) if compiled else save_bundle(numbered, file, compiled=compiled)
            run = model.lineage.get("run")
            record = ModelRecord(
                version=folder.name,
                name=name,
                run=None if run is None else str(run),
                created=now(),
                metrics=model.metrics,
                path=path,
                sha256=hash_of(path),
                bytes=path.stat().st_size,
            )
            record.write(folder)
            self._keep_file(record)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            self._give_back(folder.name)
            if isinstance(error, OSError):
                raise BundleError(f"The model cannot be written into {folder}: {error.strerror or error}.") from error
            raise
        return folder.name

    def models(self) -> list[ModelRecord]:
        """The stored models, newest first; damaged records are passed over, each with a notice."""
        here = {folder.name: record for folder in self._folders() if (record := self._record_of(folder)) is not None}
        return in_order([*here.values(), *self._elsewhere(set(here))])

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
        if (elsewhere := next((record for record in records if record.version == reference), None)) is not None:
            return elsewhere
        of_name = [record for record in records if record.name == reference]
        if of_name:
            return max(of_name, key=lambda record: _number(record.version))
        known = list(dict.fromkeys(part for record in records for part in (record.version, record.name)))
        close = nearest(reference, known)
        hint = f" Did you mean {close!r}?" if close else ""
        have = f"It has: {', '.join(known[:20])}." if known else "It is empty: train a model first."
        raise UnknownNameError(f"There is no model {reference!r} in the store {self.home}.{hint} {have}")

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

    def _keep_file(self, record: ModelRecord) -> None:
        """Keep a version's file by its hash, and say where others look for it, if others do."""
        try:
            self.artifacts.put(record.path, link=True)
            self.artifacts.put_record(f"versions/{record.version}.json", version_row(record)["version"])
        except ArtifactError as error:
            if not self.artifacts.is_remote:
                raise
            self.notice(
                f"{record.version} is kept in {record.path} only, for now: {error} `litmus models repair` uploads it."
            )
            return
        if self.is_shared:
            row = version_row(record)["version"]
            self.database.write(lambda rows: rows.update("versions", {"version": record.version}, row))

    def _reserve(self, version: str, name: str) -> bool:
        """Take a version's number before other machines do; whether it could be had."""
        if not self.is_shared:
            return True
        record = ModelRecord(version, name, None, now(), {}, self._models / version / MODEL_FILE)
        row = version_row(record)

        def reserve(rows: Transaction) -> bool:
            rows.insert("models", row["model"])
            return bool(rows.insert("versions", {**row["version"], "facts": {"reserved": True}}))

        return self.database.write(reserve)

    def _give_back(self, version: str) -> None:
        """Give a number back of which nothing came."""
        if self.is_shared:
            with contextlib.suppress(StoreError):
                self.database.write(lambda rows: rows.delete("versions", {"version": version, "artifact": None}))

    def _last_elsewhere(self, name: str) -> int:
        if not self.is_shared:
            return 0
        found: list[dict[str, Any]] = self._read(
            lambda rows: rows.rows("versions", {"name": name}, columns=["place"]), []
        )
        return max((int(row["place"]) for row in found), default=0)

    def _elsewhere(self, here: set[str]) -> list[ModelRecord]:
        """The versions that other machines put into the store."""
        if not self.is_shared:
            return []
        found: list[dict[str, Any]] = self._read(lambda rows: rows.rows("versions"), [])
        return [
            ModelRecord(
                version=row["version"],
                name=row["name"],
                run=row["run"],
                created=row["created"],
                metrics=row["metrics"] or {},
                path=self._models / row["version"] / MODEL_FILE,
                sha256=row["artifact"],
                bytes=row["bytes"],
            )
            for row in found
            if row["artifact"] is not None and row["version"] not in here
        ]

    def _ensure_version(self, rows: Transaction, record: ModelRecord) -> None:
        """Have a version in the database, which may not know it yet: models are kept without it."""
        row = version_row(record)
        rows.insert("models", row["model"])
        rows.insert("versions", row["version"])

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
            number = max((*(int(found[2]) for found in taken), self._last_elsewhere(name)), default=0)
            while True:
                number += 1
                folder = self._models / f"{name}-{number}"
                try:
                    folder.mkdir()
                except FileExistsError:
                    continue
                if self._reserve(folder.name, name):
                    return folder
                folder.rmdir()
        except OSError as error:
            raise BundleError(
                f"The store {self.home} cannot be written: {error.strerror or error}. Set LITMUS_HOME to a folder that can."
            ) from error


def in_order(records: list[ModelRecord]) -> list[ModelRecord]:
    """Records newest first, where a clock that was set back makes no later version of a name older than an earlier one."""
    latest: dict[str, str] = {}
    moments: dict[str, str] = {}
    for record in sorted(records, key=lambda record: _number(record.version)):
        moments[record.version] = latest[record.name] = max(record.created, latest.get(record.name, ""))
    return sorted(
        records, key=lambda record: (moments[record.version], record.name, _number(record.version)), reverse=True
    )


def version_row(record: ModelRecord) -> dict[str, dict[str, Any]]:
    """The rows of a version and of its model's name, as the database has them while nothing was decided."""
    return {
        "model": {"name": record.name, "created": record.created, "facts": {}},
        "version": {
            "version": record.version,
            "name": record.name,
            "place": _number(record.version),
            "run": record.run,
            "created": record.created,
            "approval": "none",
            "artifact": record.sha256,
            "bytes": record.bytes,
            "metrics": record.to_json()["metrics"],
            "facts": {},
        },
    }


def folder_name(name: str) -> str:
    """A model's name as part of a folder's: letters, digits, dots, dashes and underscores."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:80] or "model"


def _number(version: str) -> int:
    return int(version.rpartition("-")[2])
