"""What people and rules decided, each with what was before, so that it can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from litmus.errors import UnknownNameError
from litmus.store.kept_journal import append
from litmus.store.place import StorePlace, new_id, whoever
from litmus.store.plain import plain
from litmus.store.records import Decision, now

if TYPE_CHECKING:
    from litmus.store.transaction import Transaction

__all__ = ["Decisions"]


class Decisions(StorePlace):
    """The part of a store that keeps decisions."""

    def decide(
        self,
        what: str,
        subject: str,
        *,
        before: Any = None,
        after: Any = None,
        reason: str = "",
        facts: Mapping[str, Any] | None = None,
        who: str | None = None,
    ) -> Decision:
        """Write down a decision.

        Args:
            what: the kind of decision: "retrain", "gate", "rollout", …
            subject: what it is about.
            before, after: what was before, and what is since; plain JSON values.
            reason: why.
            facts: what it was based on.
            who: who decided; by default `$LITMUS_USER`, else the login name.

        Raises:
            StoreError: when the database cannot be written.

        Example:
            >>> import tempfile
            >>> from litmus.store import Store
            >>> store = Store(tempfile.mkdtemp())
            >>> store.decide("gate", "income", after="refused", reason="worse on 2 slices", who="ann").after
            'refused'
            >>> [decision.reason for decision in store.decisions("income")]
            ['worse on 2 slices']
        """
        row = self._decision(what, subject, before=before, after=after, reason=reason, facts=facts, who=who)
        return self._decided(row, lambda rows: rows.insert("decisions", row))

    def decisions(
        self, subject: str | None = None, *, what: str | None = None, last: int | None = None
    ) -> list[Decision]:
        """The decisions, oldest first.

        Args:
            subject: only those about this.
            what: only those of this kind.
            last: only so many of the newest.
        """
        where = {name: value for name, value in {"subject": subject, "what": what}.items() if value is not None}
        found: list[dict[str, Any]] = self._read(lambda rows: rows.rows("decisions", where, last=last), [])
        return [Decision(**row) for row in found]

    def decision(self, id: str) -> Decision:
        """A decision by its id; raises UnknownNameError when there is none."""
        row = self._read(lambda rows: rows.one("decisions", {"id": id}), None)
        if row is None:
            raise UnknownNameError(
                f"There is no decision {id!r} in the store {self.home}; `litmus models show VERSION` lists them."
            )
        return Decision(**row)

    def _decision(
        self,
        what: str,
        subject: str,
        *,
        before: Any,
        after: Any,
        reason: str,
        facts: Mapping[str, Any] | None,
        who: str | None,
    ) -> dict[str, Any]:
        """The row of a new decision."""
        return {
            "id": new_id(),
            "time": now(),
            "who": whoever(who),
            "what": what,
            "subject": subject,
            "before": plain(before),
            "after": plain(after),
            "reason": plain(reason),
            "facts": plain(dict(facts or {})),
            "undone_by": None,
        }

    def _decided(self, row: dict[str, Any], change: Callable[[Transaction], object]) -> Decision:
        """Make the change that goes with a decision, and give the decision back as it is kept."""

        def both(rows: Transaction) -> dict[str, Any] | None:
            change(rows)
            return rows.one("decisions", {"id": row["id"]})

        kept = self.database.write(both) or row
        self._write_beside("decision", kept)
        return Decision(**kept)

    def _write_beside(self, kind: str, row: dict[str, Any]) -> None:
        """Write a row into a file too, for the day on which the database is damaged; a server has copies of its own."""
        if self.database.file is None:
            return
        try:
            append(self.home, kind, {name: value for name, value in row.items() if name != "number"})
        except OSError as error:
            self.notice(
                f"The {kind} is kept, but not in the file beside the database: {error.strerror or error}. It would be lost with it."
            )
