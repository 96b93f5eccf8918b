"""Mending: a database made anew from what lies beside it, records from bundles, files from their copies."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.errors import ArtifactError, BundleError, LitmusError, StoreError
from litmus.store.artifacts import copy_file, hash_of
from litmus.store.checking import Checking, set_aside
from litmus.store.kept_journal import read
from litmus.store.models import MODEL_FILE
from litmus.store.opening import check_file
from litmus.store.record import ModelRecord
from litmus.store.spool import Spool

if TYPE_CHECKING:
    from litmus.store.transaction import Transaction

__all__ = ["Repairing"]


class Repairing(Checking):
    """The part of a store that mends it."""

    def repair(self) -> list[str]:
        """Mend what can be mended; nothing is removed, what is damaged is put aside under another name.

        A damaged database is made anew: from what can still be read of it, from the bundles' own records, and from the file of
        decisions beside it. Records of versions are made anew from their bundles, changed files are replaced by the store's
        copies, and files that a bucket did not take are uploaded again.

        Returns:
            A sentence for each thing that was done, or could not be.

        Raises:
            StoreError: when the store cannot be written.

        Example:
            >>> import tempfile
            >>> from litmus.store import Store
            >>> store = Store(tempfile.mkdtemp())
            >>> store.decide("gate", "income", after="refused", who="ann").after
            'refused'
            >>> store.close()
            >>> size = (store.home / "litmus.db").write_bytes(b"damaged" * 1000)
            >>> done = store.repair()
            >>> [decision.after for decision in store.decisions()]
            ['refused']
        """
        done = [sentence for folder in self._folders() if (sentence := self._mend_record(folder))]
        done += [sentence for record in self._records_here() if (sentence := self._mend_file(record))]
        done += self._mend_database()
        waiting = Spool(self.home / "spool").replay(self.database) if self.database.exists else 0
        return done + ([f"{waiting} rows that waited were written into the database."] if waiting else [])

    def _records_here(self) -> list[ModelRecord]:
        return [record for folder in self._folders() if (record := self._record_of(folder)) is not None]

    def _mend_record(self, folder: Path) -> str | None:
        """Make a version's record from its bundle where there is none that can be read."""
        with contextlib.suppress(ValueError, TypeError, OSError, RecursionError):
            if ModelRecord.read(folder) is not None:
                return None
        path = folder / MODEL_FILE
        if not path.is_file():
            return None
        try:
            record = record_of_bundle(path, folder.name)
        except BundleError as error:
            return f"The record of {folder.name} cannot be made anew: {error}"
        record.write(folder)
        return f"The record of {folder.name} was made anew from its bundle."

    def _mend_file(self, record: ModelRecord) -> str | None:
        """Bring a changed file of a version back; or the store's copy, from the file."""
        if record.sha256 is None:
            return None
        try:
            check_file(record)
        except ArtifactError as error:
            try:
                copied = self.artifacts.get(record.sha256)
            except ArtifactError:
                return f"{error} The store has no copy that is sound; bring {record.path} back from one of your own."
            aside = set_aside(record.path)
            copy_file(copied, record.path, link=False)
            return f"{record.path} was brought back from the store's copy; the changed file is {aside.name} beside it."
        try:
            self.artifacts.get(record.sha256)
        except ArtifactError:
            with contextlib.suppress(LitmusError):
                self._keep_file(record)
                return f"The store's copy of {record.version} was made anew from {record.path}."
            return f"The store's copy of {record.version} could not be made; the version itself is sound."
        return None

    def _mend_database(self) -> list[str]:
        """Make a damaged database anew; have all versions in a sound one."""
        done = []
        file = self.database.file
        damaged = None
        if file is not None and file.exists() and self._is_damaged():
            self.close()
            damaged = set_aside(file)
            for ending in ("-wal", "-shm"):
                beside = file.with_name(file.name + ending)
                if beside.exists():  # belongs to it, and holds its last rows
                    beside.rename(damaged.with_name(damaged.name + ending))
            done.append(f"The database was damaged; it is {damaged.name} now, and a new one was made.")
        known = [*self._records_here(), *self._recorded_elsewhere()]
        if file is not None and damaged is None and not file.exists() and not known and not read(self.home):
            return done
        salvaged = salvage(damaged) if damaged is not None else {}

        def fill(rows: Transaction) -> int:
            count = 0
            for table, saved in salvaged.items():
                for row in saved:
                    with contextlib.suppress(KeyError):
                        count += rows.insert(table, row)
            for record in known:
                self._ensure_version(rows, record)
            for kind, row in read(self.home):
                count += _replay(rows, kind, row)
            return count

        count = self.database.write(fill)
        if damaged is not None:
            done.append(f"{count} rows were brought back, and {len(known)} versions from their own records.")
        return done

    def _is_damaged(self) -> bool:
        try:
            return bool(self._read(lambda rows: rows.damage(), []))
        except StoreError as error:
            if "is damaged" in str(error):
                return True
            raise

    def _recorded_elsewhere(self) -> list[ModelRecord]:
        """The versions whose records are in the bucket."""
        found = []
        for row in self.artifacts.records("versions"):
            with contextlib.suppress(KeyError, TypeError):
                path = self._models / row["version"] / MODEL_FILE
                found.append(
                    ModelRecord(
                        row["version"],
                        row["name"],
                        row["run"],
                        row["created"],
                        row["metrics"],
                        path,
                        sha256=row["artifact"],
                        bytes=row["bytes"],
                    )
                )
        return found


def record_of_bundle(path: Path, version: str) -> ModelRecord:
    """The record of a version as its bundle tells it.

    Raises:
        BundleError: when the bundle is damaged.
    """
    from litmus.bundle_reader import read_manifest

    manifest = read_manifest(path)
    run = (manifest.get("lineage") or {}).get("run")
    return ModelRecord(
        version=version,
        name=version.rpartition("-")[0],
        run=None if run is None else str(run),
        created=str(manifest["created"]),
        metrics=manifest.get("metrics") or {},
        path=path,
        sha256=hash_of(path),
        bytes=path.stat().st_size,
    )


def salvage(file: Path) -> dict[str, list[dict[str, Any]]]:
    """Table → the rows of a damaged file that can still be read."""
    import json

    from litmus.store.tables import METADATA

    found: dict[str, list[dict[str, Any]]] = {}
    try:
        connection = sqlite3.connect(file)
    except sqlite3.Error:
        return found
    with contextlib.closing(connection):
        connection.row_factory = sqlite3.Row
        for table in METADATA.sorted_tables:
            json_columns = {column.name for column in table.c if "JSON" in str(column.type)}
            rows = found.setdefault(table.name, [])
            for order in ("", " ORDER BY number DESC"):  # from both ends, up to where it is damaged
                with contextlib.suppress(sqlite3.Error, ValueError, UnicodeError):
                    for row in connection.execute(f"SELECT * FROM {table.name}{order}"):  # noqa: S608 - names of ours
                        values = {name: row[name] for name in row.keys() if name in table.c}  # noqa: SIM118 - a Row
                        for name in json_columns & values.keys():
                            values[name] = None if values[name] is None else json.loads(values[name])
                        rows.append(values)
                    break
    return found


def _replay(rows: Transaction, kind: str, row: dict[str, Any]) -> int:
    """Do again what a line of the file beside the database tells; what is there already is left as it is."""
    if kind == "attachment":
        keys = {"subject": row["subject"], "role": row["role"]}
        rows.put("attachments", keys, {"hash": row["hash"], "created": row["created"]})
        return 1
    if kind != "decision" or not rows.insert("decisions", row):
        return 0
    if undone := (row.get("facts") or {}).get("undoes"):
        rows.update("decisions", {"id": undone}, {"undone_by": row["id"]})
    subject, after = row["subject"], row["after"]
    if row["what"] in {"alias", "roll back", "undo"} and "@" in subject:
        name, _, alias = subject.partition("@")
        keys = {"name": name, "alias": alias}
        if after is None:
            rows.delete("aliases", keys)
        else:
            rows.put("aliases", keys, {"version": after, "decision": row["id"], "changed": row["time"]})
    elif row["what"] in {"approve", "reject", "undo"}:
        rows.update("versions", {"version": subject}, {"approval": after})
    return 1
