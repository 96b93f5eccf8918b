"""Predictions that people are asked to look at, and what they say."""

from __future__ import annotations

import dataclasses
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
