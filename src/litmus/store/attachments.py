"""Files that belong to a version or a run: a baseline, a card, a report, test rows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.errors import ParameterError, UnknownNameError
from litmus.store.decisions import Decisions
from litmus.store.models import Models
from litmus.store.records import now

if TYPE_CHECKING:
    from litmus.store.transaction import Transaction

__all__ = ["Attachments"]

_ROLE = re.compile(r"[\w][\w.-]{0,79}")


class Attachments(Decisions, Models):
    """The part of a store that keeps files beside models."""

    def attach(self, subject: str, role: str, content: bytes | str | Path) -> str:
        """Keep a file with a version or a run, in the place of the one that had the role before.

        Args:
            subject: a version, an alias, a name, or the id of a run.
            role: what the file is to it: "baseline", "card.html", "test_rows".
            content: the bytes, or the path of a file.

        Returns:
            The hash of the file: files of equal content are kept once.

        Raises:
            ParameterError: when nothing can have such a role.
            ArtifactError: when the file cannot be kept.
            StoreError: when the database cannot be written.

        Example:
            >>> import tempfile
            >>> from litmus.store import Store
            >>> store = Store(tempfile.mkdtemp())
            >>> store.attach("run-1", "notes.txt", b"begun late") == store.attach("run-2", "notes.txt", b"begun late")
            True
            >>> store.attached("run-1", "notes.txt").read_bytes()
            b'begun late'
        """
        if not _ROLE.fullmatch(role):
            raise ParameterError(
                f"{role!r} is no role of a file; use letters, digits, dots and dashes, such as 'card.html'."
            )
        about = self._subject(subject)
        name = self.artifacts.put(Path(content) if isinstance(content, str) else content)
        size = len(content) if isinstance(content, bytes) else Path(content).stat().st_size

        def change(rows: Transaction) -> None:
            rows.insert("artifacts", {"hash": name, "bytes": size, "created": now()})
            rows.put("attachments", {"subject": about, "role": role}, {"hash": name, "created": now()})

        self.database.write(change)
        self._write_beside("attachment", {"subject": about, "role": role, "hash": name, "created": now()})
        return name

    def attached(self, subject: str, role: str) -> Path | None:
        """The file that a version or a run has in a role, checked; it must not be changed. None when it has none.

        Raises:
            ArtifactError: when the file is gone or was changed; the message says which, and what to do.
            StoreError: when the database cannot be read.
        """
        about = self._subject(subject)
        row = self._read(lambda rows: rows.one("attachments", {"subject": about, "role": role}), None)
        return None if row is None else self.artifacts.get(row["hash"])

    def attachments(self, subject: str) -> dict[str, str]:
        """Role → hash of the files of a version or a run."""
        about = self._subject(subject)
        found: list[dict[str, Any]] = self._read(lambda rows: rows.rows("attachments", {"subject": about}), [])
        return {row["role"]: row["hash"] for row in found}

    def _subject(self, reference: str) -> str:
        """The version that a reference means; what is no version is the id of a run."""
        try:
            return self.find(reference).version
        except UnknownNameError:
            if "@" in reference:
                raise
            return reference
