"""The answers for some rows, and the rows that the model does not take, each with the reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.errors import PredictionError
from litmus.runtime import RuntimeModel

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Answered", "RowRefusedError", "answer_rows", "plain_answers", "with_answers"]


class RowRefusedError(PredictionError):
    """A row that does not fit the model.

    Attributes:
        row: its place among the rows that were given.
        reason: a sentence.
    """

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(reason)
        self.row = row
        self.reason = reason


@dataclasses.dataclass
class Answered:
    """What a model says about some rows.

    Attributes:
        rows: the places of the rows that were answered.
        labels: their labels or values.
        probabilities: (rows, classes), or None.
        bad: the other rows' places, each with the reason.
    """

    rows: list[int]
    labels: list[Any]
    probabilities: np.ndarray | None
    bad: dict[int, str]


def answer_rows(
    model: RuntimeModel,
    count: int,
    some: Callable[[int, int], Any],
    one: Callable[[int], Mapping[str, Any]],
    *,
    singly: bool,
    refused: Mapping[int, str],
    separate: bool,
) -> Answered:
    """Ask the model about rows 0 … count - 1, all at once; where it refuses them, about ever fewer of them.

    Args:
        model: what answers.
        count: how many rows there are.
        some: the rows from a place to another, as a list or frame.
        one: the row at a place, as a dict.
        singly: whether it is asked about one row at a time.
        refused: rows that must not be asked about, each with the reason.
        separate: whether rows that it does not take are put aside.

    Raises:
        RowRefusedError: when there is one, and they are not put aside.
    """
    bad: dict[int, str] = {}
    parts: list[tuple[int, int, Any]] = []

    def refuse(row: int, reason: str) -> None:
        if not separate:
            raise RowRefusedError(row, reason)
        bad[row] = reason

    def ask(start: int, end: int) -> None:
        if end <= start:
            return
        if end - start == 1:
            try:
                parts.append((start, end, model.answer(one(start))))
            except PredictionError as error:
                refuse(start, str(error))
            return
        try:
            parts.append((start, end, model.answer(some(start, end))))
        except PredictionError:
            middle = (start + end) // 2
            ask(start, middle)
            ask(middle, end)

    if not count:
        parts.append((0, 0, model.answer(some(0, 0))))
    start = 0
    for place in sorted(refused):
        _ask_all(ask, start, place, singly=singly)
        refuse(place, refused[place])
        start = place + 1
    _ask_all(ask, start, count, singly=singly)
    rows = [row for first, last, _ in parts for row in range(first, last)]
    labels = [label for _, _, answer in parts for label in _listed(answer.labels)]
    scores = [answer.probabilities for _, _, answer in parts if answer.probabilities is not None]
    return Answered(rows, labels, np.concatenate(scores) if scores else None, bad)


def _ask_all(ask: Callable[[int, int], None], start: int, end: int, *, singly: bool) -> None:
    if singly:
        for place in range(start, end):
            ask(place, place + 1)
    else:
        ask(start, end)


def _listed(labels: Any) -> list[Any]:
    return list(labels.tolist()) if isinstance(labels, np.ndarray) else list(labels)


def plain_answers(model: RuntimeModel, answered: Answered, *, probabilities: bool) -> list[dict[str, Any]]:
    """The answers as a dict a row, for JSON."""
    if len(model.target.names) > 1:
        made = [{f"prediction of {name}": value for name, value in label.items()} for label in answered.labels]
    else:
        made = [{"prediction": label} for label in answered.labels]
    if probabilities and answered.probabilities is not None:
        names = _probability_names(model)
        for row, scores in zip(made, answered.probabilities.tolist(), strict=True):
            row.update(zip(names, scores, strict=True))
    return made


def with_answers(
    model: RuntimeModel, table: pa.Table | None, answered: Answered, *, probabilities: bool, bare: Sequence[str] = ()
) -> pa.Table:
    """The rows that were answered with columns of answers; an input column of the same name gives way.

    Args:
        model: what answered.
        table: the columns to stand beside the answers; None: none.
        answered: the answers.
        probabilities: whether those of the classes are wanted.
        bare: the only columns of the table that are kept; none: all.
    """
    import pyarrow as pa

    columns = _answer_columns(model, answered)
    if probabilities:
        scores = answered.probabilities
        for place, name in enumerate(_probability_names(model)):
            columns[name] = pa.array([] if scores is None else scores[:, place].astype(np.float64), pa.float64())
    if table is None:
        return pa.table(columns)
    kept = table.select(list(bare)) if bare else table
    kept = kept.drop_columns([name for name in columns if name in kept.column_names])
    if answered.bad:
        kept = kept.take(pa.array(answered.rows, pa.int64()))
    for name, values in columns.items():
        kept = kept.append_column(name, values)
    return kept


def _answer_columns(model: RuntimeModel, answered: Answered) -> dict[str, pa.Array]:
    import pyarrow as pa

    names = model.target.names
    if len(names) > 1:
        return {f"prediction of {name}": pa.array([label[name] for label in answered.labels]) for name in names}
    if model.task == "regression":
        return {"prediction": pa.array(answered.labels, pa.float64())}
    try:
        kind = pa.array(list(model.classes)).type
        return {"prediction": pa.array(answered.labels, kind)}
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # labels of several types, or made by a function of the user's
        return {
            "prediction": pa.array([None if label is None else str(label) for label in answered.labels], pa.string())
        }


def _probability_names(model: RuntimeModel) -> list[str]:
    return [f"probability of {label}" for label in model.classes]
