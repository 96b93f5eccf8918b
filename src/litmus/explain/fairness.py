"""Whom the data and the model treat differently: bias before and after training by any column, with intervals."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from litmus.errors import ParameterError
from litmus.explain.bias_groups import Facet, as_codes, facets_of, positive_codes
from litmus.explain.bias_measures import MEASURES, Counts, Measure, Stage

__all__ = ["Bias", "BiasValue", "bias", "bias_of_each"]

_DRAWS = 1_000
_MOST_CELLS = 20_000_000  # of all draws at once


@dataclasses.dataclass(frozen=True)
class BiasValue:
    """One measure with its interval.

    Attributes:
        measure: its key in `MEASURES`, such as "disparate_impact".
        title: in words.
        stage: "before" training, of labels, or "after" it, of predictions.
        value: the figure; None where it is not defined, or rests on too few rows.
        low, high: the interval, or None.
        fair: the value where both are treated alike.
        note: why there is no figure, or what is to know of it.
    """

    measure: str
    title: str
    stage: Stage
    value: float | None
    low: float | None
    high: float | None
    fair: float
    note: str = ""

    @property
    def differs(self) -> bool:
        """Whether the interval leaves out the value that means equal treatment."""
        return self.low is not None and self.high is not None and not self.low <= self.fair <= self.high


@dataclasses.dataclass(frozen=True)
class Bias:
    """How some rows (`d`) are treated in comparison with others (`a`).

    Attributes:
        column: what the rows differ in.
        facet: which rows are looked at, in words, such as "Female".
        others: which ones they are compared with.
        rows, other_rows: how many there are.
        positive: the label that counts as good, in words.
        values: the measures.
        confidence: of the intervals.
    """

    column: str
    facet: str
    others: str
    rows: int
    other_rows: int
    positive: str
    values: tuple[BiasValue, ...]
    confidence: float = 0.95

    def __getitem__(self, measure: str) -> BiasValue:
        """A measure by its key."""
        for value in self.values:
            if value.measure == measure:
                return value
        raise ParameterError(
            f"There is no measure {measure!r} here; there is {', '.join(v.measure for v in self.values)}."
        )

    @property
    def sentence(self) -> str:
        """What was found, in plain words."""
        who = f"{self.column} = {self.facet} ({self.rows:,} rows) against {self.others} ({self.other_rows:,})"
        found = []
        for key, what in (
            ("difference_in_proportions_of_labels", f"are labelled {self.positive}"),
            ("difference_in_positive_proportions", f"are predicted {self.positive}"),
            ("equal_opportunity", f"of those who are {self.positive} are found"),
        ):
            value = next((each for each in self.values if each.measure == key), None)
            if value is None:
                continue
            if value.value is None or value.low is None or value.high is None:
                found.append(f"how many {what} cannot be told ({value.note})")
            elif not value.differs:
                found.append(f"no difference in how many {what} can be told")
            else:
                more = "fewer" if value.value > 0 else "more"
                low, high = sorted(abs(100 * each) for each in (value.low, value.high))
                points = f"{abs(100 * value.value):.1f} points ({low:.1f} to {high:.1f})"
                found.append(f"{points} {more} {what}")
        return f"{who}: {'; '.join(found)}." if found else f"{who}."

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**dataclasses.asdict(self), "sentence": self.sentence}


def bias(
    facet: Any,
    *,
    labels: Any = None,
    predictions: Any = None,
    positive: Any = None,
    disadvantaged: Any = None,
    group: Any = None,
    column: str = "",
    measures: Collection[str] | None = None,
    confidence: float = 0.95,
    min_rows: int = 30,
    seed: int = 0,
) -> Bias:
    """Measure how the rows of one kind are treated, in comparison with all others.

    Args:
        facet: the column's values, one a row: any array, list or Series.
        labels: what is true, one a row; missing where unknown. Without labels only predictions are compared.
        predictions: what was predicted; without them only labels are.
        positive: the label, or the labels, that count as good; of numbers a bound, from which on they do. By default the
            second class of two, or the median of numbers; of several classes it must be given.
        disadvantaged: which rows are looked at: a value of the column, several of them, or for numbers a bound: those above
            it. By default the rarer one of two values; of more it must be given.
        group: for conditional demographic disparity: values to compare within, such as departments; by default all rows
            are one group.
        column: the column's name, for words.
        measures: keys of `MEASURES`; by default all that what is given allows.
        confidence: of the intervals, which are those of the percentile bootstrap over rows.
        min_rows: rows of either kind below which a measure is not given.
        seed: of the bootstrap.

    Raises:
        ParameterError: when arrays differ in length, or an option is not allowed.

    Example:
        >>> found = bias(["m"] * 60 + ["f"] * 40, labels=[1, 0] * 30 + [1, 0, 0, 0] * 10, positive=1, disadvantaged="f")
        >>> found["difference_in_proportions_of_labels"].value, found["class_imbalance"].value
        (0.25, 0.2)
    """
    chosen = facets_of(facet, disadvantaged, column=column)
    if len(chosen) != 1:
        names = ", ".join(repr(each.name) for each in chosen[:6])
        raise ParameterError(
            f"{column or 'The column'} has {len(chosen)} values ({names}…); say which one is looked at: disadvantaged=…, or use "
            "bias_of_each."
        )
    asked = _Asked(labels, predictions, positive, group, column, measures, confidence, min_rows, seed)
    return asked.measured(chosen[0])


def bias_of_each(
    facet: Any,
    *,
    labels: Any = None,
    predictions: Any = None,
    positive: Any = None,
    group: Any = None,
    column: str = "",
    measures: Collection[str] | None = None,
    confidence: float = 0.95,
    min_rows: int = 30,
    most: int = 12,
    seed: int = 0,
) -> list[Bias]:
    """`bias` for each value of a column against all others; numbers with many values are divided at their quartiles.

    Args:
        facet, labels, predictions, positive, group, column, measures, confidence, min_rows, seed: as for `bias`.
        most: values that are looked at, the most frequent ones.

    Raises:
        ParameterError: as `bias`.
    """
    asked = _Asked(labels, predictions, positive, group, column, measures, confidence, min_rows, seed)
    return [asked.measured(each) for each in facets_of(facet, None, column=column, each=True)[:most]]


@dataclasses.dataclass(frozen=True)
class _Asked:
    """The arguments of `bias`."""

    labels: Any
    predictions: Any
    positive: Any
    group: Any
    column: str
    measures: Collection[str] | None
    confidence: float
    min_rows: int
    seed: int

    def measured(self, facet: Facet) -> Bias:
        """The measures of some rows against others."""
        if self.labels is None and self.predictions is None:
            raise ParameterError("Bias is of labels or of predictions; give labels=…, predictions=…, or both.")
        if not 0.5 <= self.confidence < 1:
            raise ParameterError(
                f"confidence={self.confidence!r} is not allowed; give a share from 0.5 to below 1, such as 0.95."
            )
        n_rows, chosen = len(facet.inside), self._chosen()
        codes, is_positive, said = positive_codes(self.labels, self.predictions, self.positive, n_rows)
        groups = np.zeros(n_rows, dtype=np.int64) if self.group is None else as_codes(self.group, n_rows, "group")
        counts = _counts(facet, groups, codes, len(is_positive))
        actual = Counts(counts[None].astype(np.float64), is_positive)
        drawn = _drawn(counts, is_positive, self.seed)
        values = tuple(_value(measure, actual, drawn, self.confidence, self.min_rows) for measure in chosen)
        rows, other_rows = int(actual.rows(0)[0]), int(actual.rows(1)[0])
        return Bias(self.column or "column", facet.name, facet.others, rows, other_rows, said, values, self.confidence)

    def _chosen(self) -> list[Measure]:
        """The measures that are wanted and that what is given allows."""
        unknown = set(self.measures or ()) - MEASURES.keys()
        if unknown:
            raise ParameterError(f"There is no measure {sorted(unknown)[0]!r}; there is {', '.join(MEASURES)}.")
        has_labels, has_predictions = self.labels is not None, self.predictions is not None
        return [
            measure
            for key, measure in MEASURES.items()
            if (self.measures is None or key in self.measures)
            and (has_labels or not measure.takes_labels)
            and (has_predictions or measure.stage == "before")
        ]


def _counts(facet: Facet, groups: np.ndarray, codes: tuple[np.ndarray, np.ndarray], n_labels: int) -> np.ndarray:
    """Rows by group, facet, label and prediction; rows that are of neither facet are left out."""
    n_groups, width = int(groups.max(initial=0)) + 1, n_labels + 1
    label, predicted = (np.where(code < 0, n_labels, code) for code in codes)
    place = np.where(facet.inside, 0, 1)
    index = ((groups * 2 + place) * width + label) * width + predicted
    kept = (facet.inside | facet.outside) & (groups >= 0)
    found = np.bincount(index[kept], minlength=n_groups * 2 * width * width)
    return found.reshape(n_groups, 2, width, width)


def _drawn(counts: np.ndarray, positive: np.ndarray, seed: int) -> Counts:
    """What other samples of as many rows would count."""
    flat = counts.ravel()
    held = np.flatnonzero(flat)
    draws = max(100, min(_DRAWS, _MOST_CELLS // max(1, len(flat))))
    total = int(flat.sum())
    cells = np.zeros((draws, len(flat)))
    if total:
        rng = np.random.default_rng(seed)
        cells[:, held] = rng.multinomial(total, flat[held] / total, size=draws)
    return Counts(cells.reshape(draws, *counts.shape), positive)


def _value(measure: Measure, actual: Counts, drawn: Counts, confidence: float, min_rows: int) -> BiasValue:
    facts = {"measure": measure.key, "title": measure.title, "stage": measure.stage, "fair": measure.fair}
    for what, count in measure.needs:
        for facet, who in ((0, "looked at"), (1, "compared with")):
            rows = int(count(actual, facet)[0])
            if rows < min_rows:
                note = f"too few rows: {rows:,} of those {who} are {what}, and {min_rows:,} are needed"
                return BiasValue(**facts, value=None, low=None, high=None, note=note.replace("are with", "are"))  # type: ignore[arg-type]
    value = float(measure.compute(actual)[0])
    if math.isnan(value):
        note = "not defined: it would divide by zero rows"
        return BiasValue(**facts, value=None, low=None, high=None, note=note)  # type: ignore[arg-type]
    draws = measure.compute(drawn)
    draws = draws[np.isfinite(draws)]
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(draws, [tail, 100 - tail]) if len(draws) >= 50 else (math.nan, math.nan)
    known = bool(np.isfinite([low, high]).all())
    return BiasValue(**facts, value=value, low=float(low) if known else None, high=float(high) if known else None)  # type: ignore[arg-type]


def table_of(found: Sequence[Bias]) -> list[Mapping[str, Any]]:
    """A row for each measure of each facet, for tables and files."""
    return [
        {"column": each.column, "facet": each.facet, "rows": each.rows, **dataclasses.asdict(value)}
        for each in found
        for value in each.values
    ]
