"""The runs of a store, as records and as lines for people."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from litmus.store import Store

if TYPE_CHECKING:
    from litmus.store import RunRecord

__all__ = ["run_lines", "runs"]


def runs(*, status: str | None = None, last: int | None = None, store: Store | None = None) -> list[RunRecord]:
    """The runs of a store, newest first.

    Args:
        status: only those that are "running", "finished", "failed" or "killed".
        last: only so many.
        store: the default store if left out.

    Example:
        >>> import litmus, litmus.lineage
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> [record.status for record in litmus.lineage.runs() if record.id == run.id]
        ['finished']
    """
    store = Store() if store is None else store
    found = store.runs()
    chosen = [record for record in found if status is None or record.status == status]
    return chosen if last is None else chosen[:last]


def run_lines(records: list[RunRecord]) -> list[str]:
    """A line a run for people: id, status, data, what won, its score, seconds."""
    rows = [_cells(record) for record in records]
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(5)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def run_json(record: RunRecord, *, whole: bool = False) -> dict[str, Any]:
    """A run as JSON: for a list without its inputs and its environment."""
    facts = dataclasses.asdict(record)
    if not whole:
        for name in ("inputs", "environment", "code", "trials", "process"):
            facts.pop(name)
        facts["summary"] = {name: value for name, value in facts["summary"].items() if name != "data"}
    return facts


def _cells(record: RunRecord) -> tuple[str, str, str, str, str]:
    best: dict[str, Any] = record.summary.get("winners") or {}
    won = []
    for found in best.values():
        score = found.get("score")
        won.append(f"{found['trial']}, {found['metric']} {score:.4f}" if score is not None else str(found["trial"]))
    error = str(record.summary.get("error") or record.summary.get("message") or "").partition("\n")[0]
    seconds = "" if record.seconds is None else f"{record.seconds:.0f} s"
    text = "; ".join(won) or (error if len(error) <= 80 else error[:79] + "…")
    return record.id, record.status, record.name, seconds, text
