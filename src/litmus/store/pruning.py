"""Removing what is not needed any more, by rules of what to keep."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import shutil
import time
from typing import TYPE_CHECKING, Any

from litmus.errors import ParameterError, StoreError
from litmus.store.aliases import Aliases
from litmus.store.attachments import Attachments
from litmus.store.record import ModelRecord

if TYPE_CHECKING:
    from litmus.store.transaction import Transaction

__all__ = ["PruneRules", "Pruned", "Pruning"]

_GRACE_SECONDS = 3600.0
"""Files so young may be of a version that is just being added."""


@dataclasses.dataclass(frozen=True)
class PruneRules:
    """What is kept: the newest versions of each name, what has an alias, what was approved, what is served, what is young.

    Args:
        keep_last: so many of the newest versions of each name are kept.
        older_than: only versions older than so many days are removed.
        keep_aliased, keep_approved: whether versions with an alias, and approved ones, are kept.
        name: only versions of this name are removed.

    Raises:
        ParameterError: when a number is not allowed.

    What is served is always kept.
    """

    keep_last: int = 5
    older_than: float = 0.0
    keep_aliased: bool = True
    keep_approved: bool = True
    name: str | None = None

    def __post_init__(self) -> None:
        if self.keep_last < 1 or not self.older_than >= 0:  # the newest stays, or its number would be given again
            raise ParameterError(
                f"keep_last={self.keep_last} and older_than={self.older_than} are not allowed; keep 1 or more, and give 0 or more "
                "days."
            )


@dataclasses.dataclass(frozen=True)
class Pruned:
    """What was removed, or would be.

    Attributes:
        versions: the versions.
        kept: version → why it was kept, of those that are not among the newest.
        files: how many files that nothing needs any more.
        bytes: how long versions and files are together.
    """

    versions: tuple[str, ...]
    kept: dict[str, str]
    files: int
    bytes: int

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return dataclasses.asdict(self)


class Pruning(Aliases, Attachments):
    """The part of a store that removes what is not needed."""

    def prune(self, rules: PruneRules | None = None, *, dry_run: bool = False, who: str | None = None) -> Pruned:
        """Remove versions that no rule keeps, and files that nothing needs any more.

        Args:
            rules: what is kept; by default `PruneRules()`.
            dry_run: whether to only say what would be removed.
            who: who decides; by default `$LITMUS_USER`, else the login name.

        Raises:
            StoreError: when the database cannot be read: then nothing is removed, as what is kept is not known.

        Example:
            >>> import tempfile
            >>> from litmus.store import PruneRules, Store
            >>> Store(tempfile.mkdtemp()).prune(PruneRules(keep_last=2)).versions
            ()
        """
        given = rules or PruneRules()
        records = [record for record in self.models() if given.name in {None, record.name}]
        facts = self.facts_of_all(records)
        kept: dict[str, str] = {}
        gone: list[ModelRecord] = []
        places: dict[str, int] = {}
        for record in records:  # newest first
            places[record.name] = places.get(record.name, 0) + 1
            if places[record.name] <= given.keep_last:
                continue
            about = facts[record.version]
            reason = (
                (f"served by {', '.join(about.endpoints)}" if about.endpoints else "")
                or (f"it is {', '.join(about.aliases)}" if about.aliases and given.keep_aliased else "")
                or ("approved" if about.approval == "approved" and given.keep_approved else "")
                or ("younger than asked for" if _days_since(record.created) < given.older_than else "")
            )
            if reason:
                kept[record.version] = reason
            else:
                gone.append(record)
        size = sum(record.bytes or 0 for record in gone)
        if not dry_run:
            for record in gone:
                self._remove(record, who=who)
        files, length = self._remove_unneeded({record.version: record.sha256 for record in gone}, dry_run=dry_run)
        return Pruned(tuple(record.version for record in gone), kept, files, max(size, length))

    def _remove(self, record: ModelRecord, *, who: str | None) -> None:
        """Remove a version, if no alias was given to it since it was looked at."""
        facts = {"created": record.created, "run": record.run, "sha256": record.sha256}
        row = self._decision("prune", record.version, before="kept", after="removed", reason="", facts=facts, who=who)

        def change(rows: Transaction) -> None:
            if rows.one("aliases", {"version": record.version}, lock=True) is not None:
                raise StoreError(
                    f"{record.version} was given an alias in this moment, so it was kept; nothing more was removed."
                )
            rows.delete("versions", {"version": record.version})
            rows.delete("attachments", {"subject": record.version})
            rows.insert("decisions", row)

        self._decided(row, change)
        shutil.rmtree(record.path.parent, ignore_errors=True)

    def _remove_unneeded(self, gone: dict[str, str | None], *, dry_run: bool) -> tuple[int, int]:
        """Remove files that no version and no attachment names; returns how many there were, and how long."""

        def look(rows: Transaction) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
            return rows.rows("attachments", columns=["subject", "hash"]), rows.rows(
                "versions", columns=["version", "artifact"]
            )

        nothing: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
        attachments, versions = self._read(look, nothing)
        needed = {row["hash"] for row in attachments if row["subject"] not in gone}
        needed |= {row["artifact"] for row in versions if row["version"] not in gone}
        for record in self.models():
            if record.version not in gone:
                needed |= {record.sha256, record.before}
        count = size = 0
        removed: list[str] = []
        for name, length in list(self.artifacts.names()):
            if name in needed or (name not in gone.values() and self.artifacts.age(name) < _GRACE_SECONDS):
                continue
            if not dry_run:
                self.artifacts.remove(name)
                removed.append(name)
            if name not in gone.values():
                count += 1
            size += length
        if removed:
            self.database.write(lambda rows: rows.delete("artifacts", {"hash": removed}))
        return count, size


def _days_since(moment: str) -> float:
    with contextlib.suppress(ValueError):
        created = dt.datetime.fromisoformat(moment)
        created = created if created.tzinfo else created.replace(tzinfo=dt.UTC)
        return (time.time() - created.timestamp()) / 86400
    return 0.0
