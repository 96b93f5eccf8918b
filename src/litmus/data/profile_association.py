"""How well one column alone tells the target, judged on rows that were not used to learn it."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
import pandas as pd

from litmus.data.counted import share
from litmus.task import TaskKind

__all__ = ["Association", "TargetBins", "associate"]

Measure = Literal["correlation", "correlation ratio", "AUC"]

_BINS = 50
_MOST_CATEGORIES = 1_000
_FEWEST_ROWS = 20
_SUSPICIOUS_AUC = 0.999
_SUSPICIOUS_RATIO = 0.94


@dataclasses.dataclass(frozen=True)
class Association:
    """How well a column alone tells the target.

    Attributes:
        measure: "correlation" (Pearson, -1 … 1): number to number; "correlation ratio" (0 … 1): the root of the share
            of the target's variance that the means by category explain; "AUC" (0.5 … 1): how well the class
            frequencies by category, or by fiftieth of a number, rank the rows, a mean over classes by their size.
            The last two are measured on one half of the rows after learning from the other, both ways.
        value: the measure.
        suspicion: why the column may give the answer away, or "".
    """

    measure: Measure
    value: float
    suspicion: str = ""


@dataclasses.dataclass(frozen=True)
class TargetBins:
    """The target in the form associations are computed from.

    Attributes:
        values: float64 (rows,) of a regression, else None.
        flags: float64 0/1 (rows, classes or labels) otherwise, else None.
        labels: the names of the flags.
        half: bool (rows,), which half of the rows each is in.
        exclusive: whether each row has one class.
    """

    values: np.ndarray | None
    flags: np.ndarray | None
    labels: tuple[str, ...]
    half: np.ndarray
    exclusive: bool

    @classmethod
    def of(cls, task: TaskKind, y: np.ndarray, classes: tuple[object, ...]) -> TargetBins:
        """Prepare an encoded target."""
        # A seed nobody else uses: data drawn with seed 1 must not be dealt into halves by the same numbers.
        half = np.random.default_rng([1, 47_055]).random(len(y)) < 0.5
        labels = tuple(map(repr, classes))
        if task == "regression":
            return cls(y.astype(np.float64), None, (), half, exclusive=False)
        if task == "multilabel":
            return cls(None, y.astype(np.float64), labels, half, exclusive=False)
        flags = np.zeros((len(y), len(classes)))
        flags[np.arange(len(y)), y] = 1.0
        return cls(None, flags, labels, half, exclusive=True)


def associate(column: pd.Series, kind: str, target: TargetBins) -> Association | None:
    """Measure a canonical column against the target; None for texts, identifiers and columns of one value."""
    if kind not in ("numeric", "boolean", "categorical", "datetime") or len(column) < _FEWEST_ROWS:
        return None
    codes = _codes(column, kind)
    if codes.max() == codes.min():
        return None
    if target.values is not None:
        return _with_number(column, kind, codes, target)
    return _with_classes(codes, target)


def _codes(column: pd.Series, kind: str) -> np.ndarray:
    """The category of each row, or the fiftieth of a number it is in; missing values are a category of their own."""
    if kind in ("numeric", "datetime"):
        numbers = column.astype("int64").astype("float64").where(column.notna()) if kind == "datetime" else column
        values = numbers.to_numpy(dtype=np.float64)
        absent = np.isnan(values)
        edges = np.empty(0)
        if not absent.all():
            edges = np.unique(np.quantile(values[~absent], np.linspace(0, 1, _BINS + 1)[1:-1]))
        return np.where(absent, len(edges) + 1, np.searchsorted(edges, values, side="left"))
    codes, distinct = pd.factorize(column)
    if len(distinct) > _MOST_CATEGORIES:
        frequent = np.argsort(-np.bincount(codes[codes >= 0]), kind="stable")[:_MOST_CATEGORIES]
        lookup = np.full(len(distinct) + 1, _MOST_CATEGORIES)
        lookup[frequent] = np.arange(_MOST_CATEGORIES)
        lookup[-1] = _MOST_CATEGORIES + 1
        return lookup[codes]
    return np.where(codes < 0, len(distinct), codes)


def _with_number(column: pd.Series, kind: str, codes: np.ndarray, target: TargetBins) -> Association | None:
    y = target.values
    if y is None or y.std() == 0:
        return None
    explained = _explained(codes, y, target.half)
    ratio = float(np.sqrt(max(0.0, explained)))
    suspicion = ""
    if explained >= _SUSPICIOUS_RATIO:
        suspicion = f"it alone explains {share(round(1000 * explained), 1000)} of the target's variance"
    if kind == "numeric":
        values = column.to_numpy(dtype=np.float64)
        present = ~np.isnan(values)
        if present.sum() >= _FEWEST_ROWS and values[present].std() > 0 and y[present].std() > 0:
            return Association("correlation", float(np.corrcoef(values[present], y[present])[0, 1]), suspicion)
    return Association("correlation ratio", ratio, suspicion)


def _explained(codes: np.ndarray, y: np.ndarray, half: np.ndarray) -> float:
    """The share of variance that category means learned on one half explain on the other."""
    left = 0.0
    for learned in (half, ~half):
        mean = y[learned].mean() if learned.any() else y.mean()
        sums = np.bincount(codes[learned], weights=y[learned] - mean, minlength=int(codes.max()) + 1)
        counts = np.bincount(codes[learned], minlength=int(codes.max()) + 1)
        means = mean + sums / np.maximum(counts, 1)
        left += float(((y[~learned] - means[codes[~learned]]) ** 2).sum())
    return 1.0 - left / float(((y - y.mean()) ** 2).sum())


def _with_classes(codes: np.ndarray, target: TargetBins) -> Association | None:
    flags = target.flags
    if flags is None:
        return None
    size = int(codes.max()) + 1
    halves = [_table(codes[chosen], flags[chosen], size) for chosen in (target.half, ~target.half)]
    areas = np.mean([_areas(halves[0], halves[1]), _areas(halves[1], halves[0])], axis=0)
    counts = flags.sum(axis=0)
    known = ~np.isnan(areas)
    if not known.any():
        return None
    value = max(0.5, float(np.average(areas[known], weights=counts[known])))
    return Association("AUC", value, _suspicion(areas, counts, len(codes), target))


def _table(codes: np.ndarray, flags: np.ndarray, size: int) -> np.ndarray:
    """How often each category (rows) meets each class (columns); the last column counts all its rows."""
    table = np.empty((size, flags.shape[1] + 1))
    for position in range(flags.shape[1]):
        table[:, position] = np.bincount(codes, weights=flags[:, position], minlength=size)
    table[:, -1] = np.bincount(codes, minlength=size)
    return table


def _areas(learned: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """The area under the ROC curve of each class, from category counts of two halves; NaN where a half has none."""
    rates = (learned[:, :-1] + learned[:, :-1].sum(axis=0) / max(1.0, learned[:, -1].sum())) / (learned[:, -1:] + 1.0)
    order = np.argsort(rates, axis=0, kind="stable")
    rates = np.take_along_axis(rates, order, axis=0)
    up = np.take_along_axis(judged[:, :-1], order, axis=0)
    down = np.take_along_axis(judged[:, -1:] - judged[:, :-1], order, axis=0)
    # Categories of one rate share a step of the curve: each is met by what lies below the step and half of the step.
    position = np.arange(len(rates))[:, None]
    starts = np.vstack([np.ones((1, rates.shape[1]), dtype=bool), rates[1:] != rates[:-1]])
    ends = np.vstack([starts[1:], np.ones((1, rates.shape[1]), dtype=bool)])
    first = np.maximum.accumulate(np.where(starts, position, 0), axis=0)
    last = np.minimum.accumulate(np.where(ends, position, len(rates))[::-1], axis=0)[::-1]
    climbed = np.vstack([np.zeros((1, rates.shape[1])), np.cumsum(down, axis=0)])
    below = np.take_along_axis(climbed, first, axis=0)
    within = np.take_along_axis(climbed, last + 1, axis=0) - below
    pairs = up.sum(axis=0) * down.sum(axis=0)
    areas = (up * (below + within / 2)).sum(axis=0) / np.where(pairs > 0, pairs, 1.0)
    return np.where(pairs > 0, areas, np.nan)


def _suspicion(areas: np.ndarray, counts: np.ndarray, rows: int, target: TargetBins) -> str:
    """A class that a single column tells apart without error is seldom learned; it is usually given away."""
    large = (counts >= max(_FEWEST_ROWS, 0.01 * rows)) & (rows - counts >= _FEWEST_ROWS)
    told = [
        label
        for label, area, enough in zip(target.labels, areas, large, strict=True)
        if enough and area >= _SUSPICIOUS_AUC
    ]
    if not told:
        return ""
    if target.exclusive and (len(target.labels) == 2 or len(told) == int(large.sum())):
        return "it alone tells the classes apart almost without error"
    return f"it alone tells {told[0]} from the rest almost without error"
