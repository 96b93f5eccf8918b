"""Alarms, and the messages that tell of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from litmus.errors import UnknownNameError
from litmus.store.place import StorePlace, new_id
from litmus.store.plain import plain
from litmus.store.records import AlarmRow, DeliveryRow, now

if TYPE_CHECKING:
    from litmus.store.transaction import Transaction

__all__ = ["Alarms"]


class Alarms(StorePlace):
    """The part of a store that keeps alarms and their deliveries."""

    def raise_alarm(self, rule: str, subject: str, message: str, facts: Mapping[str, Any] | None = None) -> AlarmRow:
        """Raise an alarm; while the same one is open it is counted, not doubled: `count` is 1 for a new one.

        Args:
            rule: which rule found it.
            subject: what it is about.
            message: what is wrong, in a sentence.
            facts: figures, plain JSON values.

        Raises:
            StoreError: when the database cannot be written.

        Example:
            >>> import tempfile
            >>> from litmus.store import Store
            >>> store = Store(tempfile.mkdtemp())
            >>> [store.raise_alarm("drift", "income", "age has drifted").count for _ in range(3)]
            [1, 2, 3]
            >>> store.recover_alarm("drift", "income").status
            'recovered'
        """
        moment, text, figures = now(), plain(message), plain(dict(facts or {}))
        new = {
            "id": new_id(),
            "rule": rule,
            "subject": subject,
            "status": "open",
            "message": text,
            "facts": figures,
            "first": moment,
            "last": moment,
            "count": 1,
            "recovered": None,
        }
        where = {"rule": rule, "subject": subject, "status": "open"}

        def change(rows: Transaction) -> dict[str, Any]:
            if not rows.insert("alarms", new):
                held = rows.one("alarms", where, lock=True)
                if held is not None and held["id"] != new["id"]:
                    values = {"count": held["count"] + 1, "last": moment, "message": text, "facts": figures}
                    rows.update("alarms", {"id": held["id"]}, values)
            return rows.one("alarms", where) or new

        return AlarmRow(**self.database.write(change))

    def recover_alarm(self, rule: str, subject: str, message: str = "") -> AlarmRow | None:
        """Say that what an alarm was about is well again; None when no such alarm is open.

        Args:
            rule, subject: of the alarm.
            message: how things are now; by default the alarm's message stays.
        """
        where = {"rule": rule, "subject": subject, "status": "open"}

        def change(rows: Transaction) -> dict[str, Any] | None:
            held = rows.one("alarms", where, lock=True)
            if held is None:
                return None
            values = {"status": "recovered", "recovered": now(), **({"message": plain(message)} if message else {})}
            rows.update("alarms", {"id": held["id"]}, values)
            return rows.one("alarms", {"id": held["id"]})

        row = self.database.write(change)
        return None if row is None else AlarmRow(**row)

    def alarms(
        self, *, open: bool | None = None, subject: str | None = None, last: int | None = None
    ) -> list[AlarmRow]:
        """The alarms, oldest first; only those that are open or are not, about a subject, the last so many."""
        where: dict[str, Any] = {} if subject is None else {"subject": subject}
        if open is not None:
            where["status"] = "open" if open else "recovered"
        found: list[dict[str, Any]] = self._read(lambda rows: rows.rows("alarms", where, last=last), [])
        return [AlarmRow(**row) for row in found]

    def queue_delivery(
        self,
        channel: Mapping[str, Any],
        payload: Mapping[str, Any],
        *,
        alarm: str | None = None,
        id: str | None = None,
        due: str | None = None,
    ) -> DeliveryRow:
        """Queue a message, so that it is delivered even if this process ends.

        Args:
            channel: where to; plain JSON values.
            payload: what; plain JSON values.
            alarm: the id of the alarm it tells of.
            id: the same id is queued once, whoever queues it.
            due: when, ISO 8601; by default now.
        """
        moment = now()
        row = {
            "id": id or new_id(),
            "alarm": alarm,
            "status": "waiting",
            "created": moment,
            "due": due or moment,
            "attempts": 0,
            "finished": None,
            "error": None,
            "channel": plain(dict(channel)),
            "payload": plain(dict(payload)),
        }

        def change(rows: Transaction) -> dict[str, Any]:
            rows.insert("deliveries", row)
            return rows.one("deliveries", {"id": row["id"]}) or row

        return DeliveryRow(**self.database.write(change))

    def due_deliveries(self, *, claim_seconds: float = 0.0, last: int | None = None) -> list[DeliveryRow]:
        """The messages that are to be tried now, oldest first.

        Args:
            claim_seconds: keep others, who deliver too, from them for so long; they are due again after it.
            last: only so many of the newest.
        """
        moment = now()
        where = {"status": "waiting", "due": ("<=", moment)}

        def change(rows: Transaction) -> list[dict[str, Any]]:
            found = rows.rows("deliveries", where, last=last)
            later = _in_seconds(claim_seconds)
            return [
                row
                for row in found
                if not claim_seconds
                or rows.update("deliveries", {"id": row["id"], "status": "waiting", "due": row["due"]}, {"due": later})
            ]

        if not self.database.exists:
            return []
        found = self.database.write(change) if claim_seconds else self.database.read(change)
        return [DeliveryRow(**row) for row in found]

    def deliveries(
        self, *, status: str | None = None, alarm: str | None = None, last: int | None = None
    ) -> list[DeliveryRow]:
        """The messages, oldest first; only those that are so, of an alarm, the last so many."""
        where = {name: value for name, value in {"status": status, "alarm": alarm}.items() if value is not None}
        found: list[dict[str, Any]] = self._read(lambda rows: rows.rows("deliveries", where, last=last), [])
        return [DeliveryRow(**row) for row in found]

    def delivered(self, delivery: str) -> DeliveryRow:
        """Say that a message was delivered; raises UnknownNameError when there is no such message."""
        return self._tried(delivery, {"status": "delivered", "finished": now(), "error": None})

    def delivery_failed(self, delivery: str, error: str, *, retry_in: float | None = None) -> DeliveryRow:
        """Say that an attempt to deliver a message failed.

        Args:
            delivery: its id.
            error: why.
            retry_in: seconds until it is tried again; None gives it up.

        Raises:
            UnknownNameError: when there is no such message.
        """
        if retry_in is None:
            return self._tried(delivery, {"status": "failed", "finished": now(), "error": plain(error)})
        return self._tried(delivery, {"due": _in_seconds(retry_in), "error": plain(error)})

    def put_off_delivery(self, delivery: str, seconds: float) -> None:
        """Try a message that waits later, which does not count as an attempt."""
        values = {"due": _in_seconds(seconds)}
        self.database.write(lambda rows: rows.update("deliveries", {"id": delivery, "status": "waiting"}, values))

    def retry_delivery(self, delivery: str) -> DeliveryRow:
        """Try a message again now that waits or was given up; raises UnknownNameError when there is no such message."""
        values = {"status": "waiting", "due": now(), "attempts": 0, "finished": None}

        def change(rows: Transaction) -> dict[str, Any] | None:
            held = rows.one("deliveries", {"id": delivery}, lock=True)
            if held is not None and held["status"] != "delivered":
                rows.update("deliveries", {"id": delivery}, values)
            return rows.one("deliveries", {"id": delivery})

        row = self.database.write(change)
        if row is None:
            raise UnknownNameError(f"There is no delivery {delivery!r} in the store {self.home}.")
        return DeliveryRow(**row)

    def _tried(self, delivery: str, values: dict[str, Any]) -> DeliveryRow:
        def change(rows: Transaction) -> dict[str, Any] | None:
            held = rows.one("deliveries", {"id": delivery}, lock=True)
            if held is not None:
                rows.update("deliveries", {"id": delivery}, {**values, "attempts": held["attempts"] + 1})
            return rows.one("deliveries", {"id": delivery})

        row = self.database.write(change)
        if row is None:
            raise UnknownNameError(f"There is no delivery {delivery!r} in the store {self.home}.")
        return DeliveryRow(**row)


def _in_seconds(seconds: float) -> str:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    return later.isoformat(timespec="milliseconds")
