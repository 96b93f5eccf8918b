"""Which classes are taken for which: the confusion matrix and the most frequent mistakes."""

from __future__ import annotations

import dataclasses
from collections import Counter
from functools import cached_property
from typing import Any

import numpy as np

from litmus.evaluate.number_text import count_text, one_line, percent_text
from litmus.metrics.predictions import Predictions
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.limits import MOST_MATRIX_CELLS_TABLE, MOST_MATRIX_CLASSES, left_out
from litmus.report.vega import axis, chart_spec, records

__all__ = ["Confusion", "class_names", "matrix", "mistakes_table", "shares"]

_MOST_MISTAKES = 15
_HEAT = {"type": "sqrt", "domain": [0, 1], "range": ["theme:raised", "theme:accent"], "interpolate": "rgb"}
"""The square root shows the few mistakes beside the many rows that are right."""


def class_names(classes: tuple[object, ...], width: int = 40) -> list[str]:
    """The classes as text on one line; classes that look alike get their number added."""
    names = [one_line(str(label), width) or repr(label) for label in classes]
    alike = {name for name, count in Counter(names).items() if count > 1}
    return [f"{name} (class {i})" if name in alike else name for i, name in enumerate(names)]


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Rows counted by their true and their predicted class; pairs that do not occur take no memory.

    Attributes:
        names: the classes.
        true, predicted, rows: class codes and number of rows of each pair that occurs.
    """

    names: list[str]
    true: np.ndarray
    predicted: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, predictions: Predictions) -> Confusion:
        """Count the rows of predictions of one class each."""
        n_classes = len(predictions.classes)
        pairs = np.asarray(predictions.y_true, np.int64) * n_classes + np.asarray(predictions.y_pred, np.int64)
        found, rows = np.unique(pairs, return_counts=True)
        return cls(class_names(predictions.classes), found // n_classes, found % n_classes, rows)

    @cached_property
    def support(self) -> np.ndarray:
        """Rows of each true class (classes,)."""
        return self._by_class(self.true, self.rows)

    @cached_property
    def chosen(self) -> np.ndarray:
        """Rows predicted as each class (classes,)."""
        return self._by_class(self.predicted, self.rows)

    @cached_property
    def hits(self) -> np.ndarray:
        """Rows of each class that were predicted right (classes,)."""
        return self._by_class(self.true, self.rows * (self.true == self.predicted))

    def _by_class(self, codes: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.bincount(codes, weights=rows, minlength=len(self.names)).astype(np.int64)

    @property
    def precision(self) -> np.ndarray:
        """Share of right rows among those predicted as each class, NaN where there are none (classes,)."""
        return shares(self.hits, self.chosen)

    @property
    def recall(self) -> np.ndarray:
        """Share of each class's rows that were found, NaN where there are none (classes,)."""
        return shares(self.hits, self.support)

    def mistakes(self) -> list[tuple[int, int, int]]:
        """(true, predicted, rows) of the wrong pairs, most frequent first."""
        wrong = np.flatnonzero(self.true != self.predicted)
        order = wrong[np.argsort(-self.rows[wrong], kind="stable")]
        return list(
            zip(self.true[order].tolist(), self.predicted[order].tolist(), self.rows[order].tolist(), strict=True)
        )

    def dense(self, codes: np.ndarray) -> np.ndarray:
        """The matrix of some classes, true classes down and predicted classes across."""
        place = np.full(len(self.names), -1)
        place[codes] = np.arange(len(codes))
        inside = (place[self.true] >= 0) & (place[self.predicted] >= 0)
        square = np.zeros((len(codes), len(codes)), np.int64)
        square[place[self.true[inside]], place[self.predicted[inside]]] = self.rows[inside]
        return square


def shares(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """`part / whole` (classes,), NaN where `whole` is 0."""
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def matrix(confusion: Confusion) -> Table | Chart:
    """The confusion matrix: a shaded table for a few classes, a picture of the most confused ones for many."""
    if len(confusion.names) <= MOST_MATRIX_CELLS_TABLE:
        return _matrix_table(confusion)
    return _matrix_chart(confusion)


def _matrix_table(confusion: Confusion) -> Table:
    square = confusion.dense(np.arange(len(confusion.names)))
    lines = []
    for code, name in enumerate(confusion.names):
        total = int(confusion.support[code])
        cells = []
        for other, rows in enumerate(square[code].tolist()):
            share = rows / total if total else 0.0
            small = percent_text(share) if total else ""
            cells.append(Cell(count_text(rows), heat=share, tone="good" if code == other else "bad", small=small))
        lines.append((Cell(name), *cells, Cell(count_text(total))))
    headings = (
        Heading("true ↓  predicted →"),
        *(Heading(name, numeric=True) for name in confusion.names),
        Heading("rows", numeric=True),
    )
    caption = "Confusion matrix: true classes down, predicted classes across; percentages are shares of the true class"
    return Table(headings, tuple(lines), caption, matrix=True)


def _matrix_chart(confusion: Confusion) -> Chart:
    wrong = confusion.support + confusion.chosen - 2 * confusion.hits
    codes = np.sort(np.argsort(-wrong, kind="stable")[:MOST_MATRIX_CLASSES])
    note = left_out(len(codes), len(confusion.names), "class", by="those with the most mistakes", many="classes")
    caption = f"True classes down, predicted classes across; a perfect model fills the diagonal only. {note}"
    return Chart(
        "Confusion matrix", caption.strip(), _heat_spec(confusion, codes), mistakes_table(confusion), wide=True
    )


def _heat_spec(confusion: Confusion, codes: np.ndarray) -> dict[str, Any]:
    """A picture of the pairs that occur among some classes."""
    square = confusion.dense(codes)
    names = class_names(tuple(one_line(confusion.names[code], 24) for code in codes))
    totals = np.maximum(confusion.support[codes], 1)
    at_true, at_predicted = np.nonzero(square)
    data = records(
        true=[names[i] for i in at_true],
        predicted=[names[j] for j in at_predicted],
        rows=square[at_true, at_predicted].tolist(),
        share=np.round(square[at_true, at_predicted] / totals[at_true], 4).tolist(),
    )
    ticks = {"grid": False, "ticks": False, "domain": False, "labelLimit": 120, "labelOverlap": False}
    angle = 0 if max(map(len, names)) <= 2 else -60
    what = "share of the true class"
    encoding = {
        "x": axis("predicted", "predicted class", kind="nominal", sort=names, axis={**ticks, "labelAngle": angle}),
        "y": axis("true", "true class", kind="nominal", sort=names, axis=ticks),
        "color": axis("share", what, scale=_HEAT, legend={"format": "%", "orient": "bottom"}),
        "tooltip": [
            axis("true", "true", kind="nominal"),
            axis("predicted", "predicted", kind="nominal"),
            axis("rows", "rows", format=",d"),
            axis("share", what, format=".1%"),
        ],
    }
    layer = {"mark": {"type": "rect"}, "encoding": encoding}
    return chart_spec(
        f"Confusion matrix of {len(codes)} classes.", layers=[layer], data=data, height=max(14 * len(codes), 260)
    )


def mistakes_table(confusion: Confusion) -> Table:
    """The most frequent mistakes."""
    found = confusion.mistakes()
    lines = []
    for true, predicted, rows in found[:_MOST_MISTAKES]:
        share = rows / confusion.support[true]
        cells = (Cell(confusion.names[true]), Cell(confusion.names[predicted]), Cell(count_text(rows)))
        lines.append((*cells, Cell(percent_text(share), bar=share, tone="bad")))
    headings = (
        Heading("true"),
        Heading("taken for"),
        Heading("rows", numeric=True),
        Heading("of the true class", numeric=True),
    )
    note = left_out(len(lines), len(found), "kind of mistake", many="kinds of mistakes", by="the most frequent")
    return Table(headings, tuple(lines), "Most frequent mistakes", note, titled=True)
