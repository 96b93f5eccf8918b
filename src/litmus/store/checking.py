"""Looking for damage: what is not as it was kept, and what to do about it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.errors import ArtifactError, StoreError
from litmus.store.aliases import Aliases
from litmus.store.attachments import Attachments
from litmus.store.opening import Opening, check_file
from litmus.store.runs import Runs
from litmus.store.spool import Spool

if TYPE_CHECKING:
    from litmus.store.transaction import Transaction

__all__ = ["Checking", "Problem"]


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something that is not as it should be.

    Attributes:
        subject: with what: a version, a file, an alias.
        sentence: what, and what to do.
    """

    subject: str
    sentence: str

    def to_json(self) -> dict[str, str]:
        """The problem as plain JSON values."""
        return dataclasses.asdict(self)


class Checking(Aliases, Attachments, Opening, Runs):
    """The part of a store that looks for damage."""

    def check(self) -> list[Problem]:
        """Look at all that the store keeps: the database, every version's file, every other file; change nothing.

        Returns:
            What is not as it should be; empty when all is well.

        Example:
            >>> import tempfile
            >>> from litmus.store import Store
            >>> Store(tempfile.mkdtemp()).check()
            []
        """
        found = self._damage_of_records()
        try:
            found += self._damage_of_database()
        except StoreError as error:
            found.append(Problem(str(self.database.file or "the database"), str(error)))
        found += [
            Problem(
                str(path),
                "Rows wait here to be written into the database; the next run writes them, or `litmus models repair`.",
            )
            for path in Spool(self.home / "spool").waiting
        ]
        return found

    def _damage_of_records(self) -> list[Problem]:
        """Versions whose record or file is not as it was kept."""
        found: list[Problem] = []
        records = []
        quiet, self.notice = self.notice, lambda sentence: found.append(Problem("a record", sentence))
        try:
            records = [record for folder in self._folders() if (record := self._record_of(folder)) is not None]
        finally:
            self.notice = quiet
        for record in records:
            try:
                check_file(record)
                if record.sha256 is not None and not self.artifacts.has(record.sha256):
                    found.append(
                        Problem(
                            record.version,
                            f"The file of {record.version} is in {record.path} only, not in {self.artifacts.place}; `litmus "
                            "models repair` puts it there.",
                        )
                    )
            except ArtifactError as error:
                found.append(Problem(record.version, str(error)))
        return found

    def _damage_of_database(self) -> list[Problem]:
        def look(rows: Transaction) -> tuple[list[str], list[dict[str, Any]], list[dict[str, Any]]]:
            return rows.damage(), rows.rows("attachments"), rows.rows("aliases")

        nothing: tuple[list[str], list[dict[str, Any]], list[dict[str, Any]]] = ([], [], [])
        damage, attachments, aliases = self._read(look, nothing)
        place = str(self.database.file or "the database")
        found = [
            Problem(place, f"The database is damaged: {line}. `litmus models repair` makes it anew.") for line in damage
        ]
        there = {record.version for record in self.models()}
        found += [
            Problem(
                f"{row['name']}@{row['alias']}", f"It means {row['version']}, which is gone; give it another version."
            )
            for row in aliases
            if row["version"] not in there
        ]
        for name in sorted({row["hash"] for row in attachments}):
            try:
                self.artifacts.get(name)
            except ArtifactError as error:
                owners = ", ".join(f"{row['role']} of {row['subject']}" for row in attachments if row["hash"] == name)
                found.append(Problem(owners, str(error)))
        return found


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be used, so that nothing of it is lost; returns its new path."""
    for number in range(1, 1000):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not aside.exists():
            return path.rename(aside)
    raise StoreError(f"There are too many damaged copies of {path}; remove those that are not needed.")
