"""Predictions that people are asked to look at, and what they say."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

from litmus.errors import ConflictError, UnknownNameError
from litmus.store.place import StorePlace, new_id, whoever
from litmus.store.plain import plain
from litmus.store.records import ReviewRow, now

if TYPE_CHECKING:
    from litmus.store.transaction import Transaction

__all__ = ["Reviews"]


class Reviews(StorePlace):
    """The part of a store that keeps the queue for people."""

    def put_review(self, review: ReviewRow) -> ReviewRow:
        """Ask a person to look at a prediction; the same request of an endpoint is asked about once.

        Raises:
            StoreError: when the database cannot be written.

        Example:
            >>> import tempfile
            >>> from litmus.store import ReviewRow, Store
            >>> store = Store(tempfile.mkdtemp())
            >>> review = store.put_review(ReviewRow("income", "request-1", {"age": 39}, "<=50K", "low confidence"))
            >>> store.answer_review(review.id, ">50K", who="ann").label
            '>50K'
            >>> store.reviews(status="waiting")
            []
        """
        kept = dataclasses.replace(review, id=review.id or new_id(), created=review.created or now())
        row = {name: plain(value) for name, value in kept.to_json().items() if name != "number"}
        where = {"endpoint": row["endpoint"], "request": row["request"]}

        def change(rows: Transaction) -> dict[str, Any]:
            rows.insert("reviews", row)
            return rows.one("reviews", where) or row

        return ReviewRow(**self.database.write(change))

    def reviews(
        self, *, status: str | None = None, endpoint: str | None = None, last: int | None = None
    ) -> list[ReviewRow]:
        """The queue, oldest first; only what is so ("waiting", "answered", "skipped"), of an endpoint, the last so many."""
        where = {name: value for name, value in {"status": status, "endpoint": endpoint}.items() if value is not None}
        found: list[dict[str, Any]] = self._read(lambda rows: rows.rows("reviews", where, last=last), [])
        return [ReviewRow(**row) for row in found]

    def claim_review(
        self, *, endpoint: str | None = None, who: str | None = None, seconds: float = 600.0
    ) -> ReviewRow | None:
        """Give one waiting review to a person, the most urgent first, so that no two look at the same; None when none waits.

        Who has one that is not answered gets it again.

        Args:
            endpoint: only of this one.
            who: who asks; by default `$LITMUS_USER`, else the login name.
            seconds: after which one that was not answered is given to others.

        Raises:
            StoreError: when the database cannot be written.
        """
        person, moment = whoever(who), now()
        where = {"status": "waiting"} | ({} if endpoint is None else {"endpoint": endpoint})
        expired = dt.datetime.fromisoformat(moment) - dt.timedelta(seconds=seconds)

        def urgency(row: dict[str, Any]) -> tuple[bool, float, int]:
            return row["who"] != person, float((row["facts"] or {}).get("priority", 1.0)), row["number"]

        def change(rows: Transaction) -> dict[str, Any] | None:
            for row in sorted(rows.rows("reviews", where), key=urgency):
                free = row["who"] in (None, person) or dt.datetime.fromisoformat(row["answered"]) < expired
                same = {"id": row["id"], "status": "waiting", "who": row["who"], "answered": row["answered"]}
                if free and rows.update("reviews", same, {"who": person, "answered": moment}):
                    return {**row, "who": person, "answered": moment}
            return None

        claimed = self.database.write(change)
        return None if claimed is None else ReviewRow(**claimed)

    def answer_review(self, review: str, label: Any, *, who: str | None = None, skip: bool = False) -> ReviewRow:
        """Keep what a person says is right.

        Args:
            review: its id.
            label: what is right; None when it is skipped.
            who: who says so; by default `$LITMUS_USER`, else the login name.
            skip: whether nobody can tell.

        Raises:
            UnknownNameError: when there is no such review.
            ConflictError: when somebody answered it otherwise before.
        """
        status = "skipped" if skip else "answered"
        values = {"status": status, "label": plain(label), "answered": now(), "who": whoever(who)}

        def change(rows: Transaction) -> tuple[dict[str, Any] | None, bool]:
            changed = rows.update("reviews", {"id": review, "status": "waiting"}, values)
            return rows.one("reviews", {"id": review}), bool(changed)

        row, changed = self.database.write(change)
        if row is None:
            raise UnknownNameError(
                f"There is no review {review!r} in the store {self.home}; `litmus review list` lists them."
            )
        if not changed and (row["status"], row["label"]) != (status, values["label"]):
            raise ConflictError(
                f"Review {review} was answered by {row['who']} before: {row['label']!r}. That answer stays."
            )
        return ReviewRow(**row)
