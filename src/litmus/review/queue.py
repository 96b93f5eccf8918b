"""From captured requests to a queue for people, and from their answers back to what came true."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.capture import Feedback, read
from litmus.capture.table import INPUT, PROBABILITY
from litmus.endpoints.places import existing
from litmus.errors import LitmusError, ParameterError, UnknownNameError
from litmus.review.rules import ReviewRules, Wanted
from litmus.store import ReviewRow, Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Collected", "ReviewQueue"]

_FEEDBACK_BYTES = 1 << 30


@dataclasses.dataclass(frozen=True)
class Collected:
    """What a look at captured requests added to the queue.

    Attributes:
        added: reviews.
        looked_at: predictions that had no label yet.
        left_out: predictions that a rule named and for which the queue had no room.
        delivered: answers of people that had not reached the captured requests yet.
    """

    added: int
    looked_at: int
    left_out: int
    delivered: int


class ReviewQueue:
    """Predictions of an endpoint that people look at.

    Args:
        endpoint: its name; it has to capture requests.
        store: where the queue is; by default the user's.

    Raises:
        UnknownNameError: when there is no such endpoint.

    Example:
        >>> queue = ReviewQueue("income")                                   # doctest: +SKIP
        >>> queue.collect(ReviewRules(confidence=0.7, share=0.01))          # doctest: +SKIP
        >>> review = queue.next(who="ann")                                  # doctest: +SKIP
        >>> queue.answer(review.id, ">50K", who="ann")                      # doctest: +SKIP
    """

    def __init__(self, endpoint: str, *, store: Store | None = None) -> None:
        self.endpoint = endpoint
        self.folder: Path = existing(endpoint)
        self.store = Store() if store is None else store

    def collect(self, rules: ReviewRules, *, start: dt.datetime | None = None) -> Collected:
        """Queue the captured predictions that the rules name; those that were queued before are not queued again.

        Args:
            rules: which ones.
            start: only what was asked since then.
        """
        table = read(self.folder, start=start)
        known = {review.request: review for review in self.store.reviews(endpoint=self.endpoint)}
        delivered = self._deliver(table, known)
        open_rows = table.loc[table["labels"] == 0].reset_index(drop=True)
        shadow = self._shadow_answers(open_rows) if rules.shadow else None
        labels = [name.removeprefix(PROBABILITY) for name in table.columns if name.startswith(PROBABILITY)]
        found: list[tuple[float, int, Wanted, dict[str, Any]]] = []
        for place, row in enumerate(open_rows.to_dict("records")):
            key = _key(row)
            if key in known:
                continue
            scores = {name: row[PROBABILITY + name] for name in labels if not _is_missing(row[PROBABILITY + name])}
            other = None if shadow is None else shadow[place]
            wanted = rules.wanted(f"{self.endpoint}/{key}", scores, prediction=row["prediction"], shadow=other)
            if wanted is not None:
                found.append((wanted.priority, place, wanted, {str(name): value for name, value in row.items()}))
        found.sort(key=lambda each: each[:2])
        waiting = sum(review.status == "waiting" for review in known.values())
        room = max(0, rules.most_waiting - waiting)
        for _, _, wanted, chosen in found[:room]:
            self.store.put_review(self._review(chosen, wanted, labels))
        return Collected(min(room, len(found)), len(open_rows), max(0, len(found) - room), delivered)

    def waiting(self) -> list[ReviewRow]:
        """What nobody has answered yet, the most urgent first."""
        found = self.store.reviews(status="waiting", endpoint=self.endpoint)
        return sorted(found, key=lambda review: float(review.facts.get("priority", 1.0)))

    def next(self, *, who: str | None = None, seconds: float = 600.0) -> ReviewRow | None:
        """The most urgent one, for this person alone until the time is over; None when nothing waits.

        Args:
            who: who asks; by default `$LITMUS_USER`, else the login name.
            seconds: after which others may get it.
        """
        return self.store.claim_review(endpoint=self.endpoint, who=who, seconds=seconds)

    def answer(self, review: str, label: Any = None, *, who: str | None = None, skip: bool = False) -> ReviewRow:
        """Keep what a person says is right; it becomes the label of the captured request.

        Args:
            review: its id.
            label: what is right.
            who: who says so.
            skip: whether it cannot be told; then there is no label.

        Raises:
            UnknownNameError: when there is no such review of this endpoint.
            ParameterError: when the label is none that the model has.
            ConflictError: when somebody answered it otherwise before.
        """
        asked = next((each for each in self.store.reviews(endpoint=self.endpoint) if each.id == review), None)
        if asked is None:
            raise UnknownNameError(
                f"There is no review {review!r} of endpoint {self.endpoint!r}; `litmus review {self.endpoint} list` lists them."
            )
        meant = None if skip else _meant(label, asked)
        answered = self.store.answer_review(review, meant, who=who, skip=skip)
        if not skip:
            self._give_back(answered)
        return answered

    def export(self) -> pd.DataFrame:
        """What people answered, a row each: the columns of the request, then `label`, `prediction`, `request_id`, `row`,
        `reason`, `who`, `answered`.
        """
        import pandas as pd

        rows = [
            {
                **dict(review.row),
                "label": review.label,
                "prediction": review.prediction,
                "request_id": review.facts["request_id"],
                "row": review.facts["row"],
                "reason": review.reason,
                "who": review.who,
                "answered": review.answered,
            }
            for review in self.store.reviews(status="answered", endpoint=self.endpoint)
        ]
        return pd.DataFrame(rows)

    def _review(self, row: dict[str, Any], wanted: Wanted, labels: list[str]) -> ReviewRow:
        asked = {
            name.removeprefix(INPUT): None if _is_missing(value) else value
            for name, value in row.items()
            if name.startswith(INPUT)
        }
        facts = {
            **wanted.facts,
            "priority": wanted.priority,
            "request_id": row["request_id"],
            "row": int(row["row"]),
            "version": row["version"],
            "labels": labels,
        }
        return ReviewRow(self.endpoint, _key(row), asked, row["prediction"], wanted.reason, facts)

    def _deliver(self, table: pd.DataFrame, known: dict[str, ReviewRow]) -> int:
        """Write answers down that a crash kept from the captured requests."""
        open_keys = {_key(row) for row in table.loc[table["labels"] == 0].to_dict("records")}
        missing = [review for key, review in known.items() if review.status == "answered" and key in open_keys]
        for review in missing:
            self._give_back(review)
        return len(missing)

    def _give_back(self, review: ReviewRow) -> None:
        entry = {"request_id": review.facts["request_id"], "row": review.facts["row"], "label": review.label}
        Feedback(self.folder, max_bytes=_FEEDBACK_BYTES).add(entry)

    def _shadow_answers(self, rows: pd.DataFrame) -> list[Any] | None:
        """What the endpoint's first shadow answers; None when there is none, or it does not take these rows."""
        from litmus.runtime import load
        from litmus.serve.config import load_config

        config = load_config(self.folder)
        shadow = next((variant for variant in config.variants if variant.shadow), None)
        if shadow is None:
            raise ParameterError(
                f"Endpoint {self.endpoint!r} has no shadow variant; add one, endpoint.shadow(model), or leave the rule out."
            )
        if rows.empty:
            return []
        asked = rows[[name for name in rows.columns if name.startswith(INPUT)]]
        asked = asked.rename(columns=lambda name: str(name).removeprefix(INPUT))
        listed = asked.astype(object).where(asked.notna(), None).to_dict("records")
        model = load(self.folder / shadow.path)
        with contextlib.suppress(LitmusError):
            return list(model.answer(listed).labels)
        return None


def _key(row: Any) -> str:
    return f"{row['request_id']}#{int(row['row'])}"


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value  # noqa: PLR0124 - NaN


def _meant(label: Any, review: ReviewRow) -> Any:
    """A person's label as the model has it.

    Raises:
        ParameterError: when it has none such.
    """
    labels = review.facts.get("labels") or []
    if labels:
        text = "true" if label is True else "false" if label is False else str(label)
        if text not in labels:
            raise ParameterError(f"{label!r} is no label of the model; give {', '.join(map(repr, labels))}.")
        return text if isinstance(review.prediction, str) else label
    if isinstance(review.prediction, int | float) and not isinstance(review.prediction, bool):
        try:
            return float(label)
        except (TypeError, ValueError):
            raise ParameterError(f"{label!r} is no number, and the model predicts one; give a number.") from None
    return label
