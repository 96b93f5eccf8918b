"""Which rows the challenger learns from, and on which it is compared with the incumbent: never on the same ones."""

from __future__ import annotations

import dataclasses

import numpy as np

from litmus.data import Schema, Target
from litmus.data.kept_rows import LearnedRows, TestRows, labels_frame
from litmus.retraining.table import Table

__all__ = ["Division", "divide"]

_HELD_OUT = 0.3
_MOST_JUDGED = 20_000


@dataclasses.dataclass(frozen=True)
class Division:
    """Rows by their use.

    Attributes:
        learn: rows to learn from.
        past: rows that the incumbent was tested on; None where they were not kept.
        new: rows that came later; None where there are none.
        added: how many of the rows to learn from are new.
        notes: what was decided and why, a sentence each.
    """

    learn: Table
    past: TestRows | None
    new: TestRows | None
    added: int
    notes: tuple[str, ...]


def divide(
    base: Table,
    later: Table | None,
    *,
    base_is_new: bool,
    past: TestRows | None,
    learned: LearnedRows | None,
    schema: Schema,
    target: Target,
    min_rows: int,
) -> Division:
    """Divide rows by what is in them, so that equal rows are on one side, and stay there when it is done again.

    Args:
        base: what the challenger mainly learns from.
        later: labelled rows that an endpoint captured.
        base_is_new: whether `base` is other data than the incumbent learned from.
        past: rows that the incumbent was tested on.
        learned: marks of those that it learned from.
        schema, target: of the incumbent.
        min_rows: as many new rows the gate needs.
    """
    notes: list[str] = []
    parts: list[Table] = []
    if base_is_new and learned is None:
        notes.append("Which rows the incumbent learned from was not kept, so that none of the new data can judge both.")
    elif base_is_new and learned is not None:
        marks = base.marks(schema)
        parts.append(base.take(_held_out(marks) & learned.unseen(marks)))
    added, learn = 0, base
    if later is not None and len(later):
        marks = later.marks(schema)
        seen = np.isin(marks, base.marks(schema)) | (False if learned is None else ~learned.unseen(marks))
        held = _held_out(marks)
        fresh = held & ~seen
        few = 2 * len(np.unique(marks)) <= len(marks)
        if few and fresh.sum() < min_rows <= held.sum():  # few different rows: what came later is new all the same
            fresh = held
        parts.append(later.take(fresh))
        kept = later.take(~held & ~seen)
        added, learn = len(kept), base.beside(kept, schema)
    judged = _joined(parts, schema)
    new = None if judged is None else _as_rows(judged, target).at_most(_MOST_JUDGED, schema)
    removed = _marks_of(past, schema, target)
    if judged is not None:
        removed = np.concatenate([removed, judged.full_marks(schema)])
    keep = ~np.isin(learn.full_marks(schema), removed)
    return Division(learn.take(keep), past, new, added, (*notes, *learn.notes))


def _held_out(marks: np.ndarray) -> np.ndarray:
    """About three of ten rows, the same ones whenever they are seen."""
    mixed = (marks ^ (marks >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2**53 < _HELD_OUT


def _joined(parts: list[Table], schema: Schema) -> Table | None:
    parts = [each for each in parts if len(each)]
    if not parts:
        return None
    found = parts[0]
    for each in parts[1:]:
        found = found.beside(each, schema)
    return found


def _as_rows(table: Table, target: Target) -> TestRows:
    return TestRows(table.inputs, labels_frame(target, table.codes))


def _marks_of(rows: TestRows | None, schema: Schema, target: Target) -> np.ndarray:
    if rows is None:
        return np.zeros(0, dtype=np.uint64)
    labels = rows.labels if len(target.names) > 1 else rows.labels.iloc[:, 0]
    codes = target.encode(labels.reset_index(drop=True))
    return Table(rows.inputs.reset_index(drop=True), codes, rows.labels).full_marks(schema)
