"""What happened: events, and what monitors found."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from litmus.store.place import StorePlace, new_id
from litmus.store.plain import plain
from litmus.store.records import EventRow, MonitorRow, now

__all__ = ["Happenings"]


class Happenings(StorePlace):
    """The part of a store that keeps what happened."""

    def add_event(self, kind: str, subject: str, message: str, facts: Mapping[str, Any] | None = None) -> EventRow:
        """Write down that something happened.

        Args:
            kind: what, as `noun.verb`.
            subject: with what: an endpoint, a version, a run.
            message: a sentence.
            facts: what belongs to it, plain JSON values.

        Raises:
            StoreError: when the database cannot be written.

        Example:
            >>> import tempfile
            >>> from litmus.store import Store
            >>> store = Store(tempfile.mkdtemp())
            >>> store.add_event("retrain.begun", "income", "Training income again on 2,000 new rows.").kind
            'retrain.begun'
        """
        row = {
            "id": new_id(),
            "time": now(),
            "kind": kind,
            "subject": subject,
            "message": plain(message),
            "facts": plain(dict(facts or {})),
        }
        self.database.write(lambda rows: rows.insert("events", row))
        return EventRow(**row)

    def events(self, subject: str | None = None, *, kind: str | None = None, last: int | None = None) -> list[EventRow]:
        """What happened, oldest first; only with a subject, of a kind, the last so many."""
        where = {name: value for name, value in {"subject": subject, "kind": kind}.items() if value is not None}
        found: list[dict[str, Any]] = self._read(lambda rows: rows.rows("events", where, last=last), [])
        return [EventRow(**row) for row in found]

    def put_endpoint(self, name: str, versions: Sequence[str], facts: Mapping[str, Any] | None = None) -> None:
        """Say which versions an endpoint serves, so that other machines keep them; no versions: it serves none any more.

        Raises:
            StoreError: when the database cannot be written.

        Example:
            >>> import tempfile
            >>> from litmus.store import Store
            >>> store = Store(tempfile.mkdtemp())
            >>> store.put_endpoint("income", ["adult-3"], {"url": "http://127.0.0.1:8080"})
        """
        values = {"changed": now(), "versions": list(versions), "facts": plain(dict(facts or {}))}
        if versions:
            self.database.write(lambda rows: rows.put("endpoints", {"name": name}, values))
        else:
            self.database.write(lambda rows: rows.delete("endpoints", {"name": name}))

    def add_monitor_result(self, result: MonitorRow) -> MonitorRow:
        """Keep what a monitor found; returns it with its id and time.

        Raises:
            StoreError: when the database cannot be written.

        Example:
            >>> import tempfile
            >>> from litmus.store import MonitorRow, Store
            >>> store = Store(tempfile.mkdtemp())
            >>> row = MonitorRow("income", "data_drift", "warning", "age is 3 years higher than in training.")
            >>> store.add_monitor_result(row).id == store.monitor_results("income")[0].id
            True
        """
        kept = dataclasses.replace(
            result, id=result.id or new_id(), time=result.time or now(), result=plain(result.result)
        )
        row = {name: value for name, value in kept.to_json().items() if name != "number"}
        self.database.write(lambda rows: rows.insert("monitor_results", row))
        return kept

    def monitor_results(
        self, endpoint: str | None = None, *, kind: str | None = None, last: int | None = None
    ) -> list[MonitorRow]:
        """What monitors found, oldest first; only of an endpoint, of a kind, the last so many."""
        where = {name: value for name, value in {"endpoint": endpoint, "kind": kind}.items() if value is not None}
        found: list[dict[str, Any]] = self._read(lambda rows: rows.rows("monitor_results", where, last=last), [])
        return [MonitorRow(**row) for row in found]
