"""How a model's answers change with one column or two, all others as they are: partial dependence and single rows' curves."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.errors import ParameterError
from litmus.explain.attributing import compiled_copy
from litmus.runtime.attributions import label_names, outputs_of
from litmus.runtime.mixtures import dict_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litmus.model import Model
    from litmus.report.blocks import Chart
    from litmus.runtime import RuntimeModel

__all__ = ["Dependence", "partial_dependence"]

_MOST_CATEGORIES = 20


@dataclasses.dataclass(frozen=True)
class Dependence:
    """Mean predictions over a grid of values (Friedman, 2001), and those of single rows (Goldstein and others, 2015).

    Attributes:
        columns: one column, or two.
        grid: the values of each column.
        labels: what is predicted: the positive class, every class or label, or the target.
        mean: mean predictions (values, labels), or (values, values of the second column, labels).
        rows: of each row the predictions (rows, values, labels): individual conditional expectation; None for two columns.
        space: "probability" or "value".
        shares: of one column, how many of the rows lie at each value of the grid, or nearest to it (values,).
    """

    columns: tuple[str, ...]
    grid: tuple[tuple[Any, ...], ...]
    labels: tuple[Any, ...]
    mean: np.ndarray
    rows: np.ndarray | None
    space: str
    shares: np.ndarray

    def chart(self, label: Any = None) -> Chart:
        """The plot: a line with the curves of single rows, bars of categories, or a map of two columns.

        Args:
            label: of which label; by default the last one.

        Raises:
            ParameterError: when there is no such label.
        """
        from litmus.explain.dependence_chart import dependence_chart

        if label is not None and label not in self.labels:
            raise ParameterError(f"There is no label {label!r}; there is {', '.join(map(repr, self.labels))}.")
        return dependence_chart(self, len(self.labels) - 1 if label is None else self.labels.index(label))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "columns": list(self.columns),
            "grid": [[_plain(value) for value in values] for values in self.grid],
            "labels": [str(label) for label in self.labels],
            "mean": self.mean.tolist(),
            "rows": None if self.rows is None else self.rows.tolist(),
            "space": self.space,
            "shares": self.shares.tolist(),
        }


def partial_dependence(
    model: Model | RuntimeModel,
    rows: Any,
    column: str | Sequence[str],
    *,
    grid: int | Sequence[Any] = 20,
    max_rows: int = 200,
    seed: int = 0,
) -> Dependence:
    """What the model predicts on average when a column has each of some values, with the other columns as they are.

    Where columns hang together, rows are asked about that do not exist: read it beside how often values occur.

    Args:
        model: a model, or a compiled one.
        rows: some rows, in any form.
        column: a column; or two.
        grid: how many values of a numeric column, at its quantiles from 1 % to 99 %, or the values themselves; categories
            are the most frequent ones.
        max_rows: rows that are used, drawn where there are more.
        seed: of what is drawn.

    Raises:
        ParameterError: when a column is not the model's, or an option is not allowed.

    Example:
        >>> import litmus
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> found = partial_dependence(run.best, rows, "size", grid=[10, 20])
        >>> [round(float(value)) for value in found.mean[:, 0]]
        [30, 60]
    """
    copy = compiled_copy(model)
    names = (column,) if isinstance(column, str) else tuple(column)
    if not 1 <= len(names) <= 2 or len(set(names)) != len(names):
        raise ParameterError(f"column={column!r} is not allowed; give the name of a column, or two different ones.")
    for name in names:
        if name not in copy.schema.inputs:
            raise ParameterError(f"The model has no column {name!r}; it has {', '.join(copy.schema.inputs)}.")
    given = dict_rows(rows, copy.schema)
    if not given:
        raise ParameterError("There are no rows; give some like those that the model was trained on.")
    if len(given) > max_rows:
        drawn = np.sort(np.random.default_rng(seed).choice(len(given), max_rows, replace=False))
        given = [given[place] for place in drawn.tolist()]
    values = tuple(_grid(copy, name, given, grid) for name in names)
    points = [(value,) for value in values[0]] if len(names) == 1 else [(a, b) for a in values[0] for b in values[1]]
    found = np.stack([_predicted(copy, given, dict(zip(names, point, strict=True))) for point in points], axis=1)
    mean = found.mean(axis=0)
    if len(names) == 2:
        mean = mean.reshape(len(values[0]), len(values[1]), -1)
    space = "value" if copy.task == "regression" else "probability"
    shares = _shares(copy, names[0], given, values[0])
    return Dependence(names, values, label_names(copy), mean, found if len(names) == 1 else None, space, shares)


def _predicted(copy: RuntimeModel, rows: list[dict[str, Any]], fixed: dict[str, Any]) -> np.ndarray:
    changed = [{**row, **fixed} for row in rows]
    return outputs_of(copy, copy.scores(changed), "value" if copy.task == "regression" else "probability")


def _grid(copy: RuntimeModel, name: str, rows: list[dict[str, Any]], grid: int | Sequence[Any]) -> tuple[Any, ...]:
    if not isinstance(grid, int):
        if not len(grid):
            raise ParameterError("grid is empty; give values, or how many of them.")
        return tuple(grid)
    if grid < 2:
        raise ParameterError(f"grid={grid} is not allowed; give at least 2 values.")
    held = [row.get(name) for row in rows]
    present = [value for value in held if value is not None and value == value]  # noqa: PLR0124 - NaN
    if copy.schema[name].kind == "numeric":
        numbers = np.array([float(value) for value in present])
        if not len(numbers):
            raise ParameterError(f"Column {name!r} has no value in these rows; give others, or grid=[…].")
        distinct = np.unique(numbers)
        if len(distinct) <= grid:
            return tuple(distinct.tolist())
        return tuple(np.unique(np.quantile(numbers, np.linspace(0.01, 0.99, grid))).tolist())
    counts: dict[Any, int] = {}
    for value in present:
        counts[value] = counts.get(value, 0) + 1
    if copy.schema[name].kind == "datetime":
        ordered = sorted(counts)
        return tuple(ordered[round(place)] for place in np.linspace(0, len(ordered) - 1, min(grid, len(ordered))))
    return tuple(sorted(counts, key=lambda value: (-counts[value], str(value)))[: min(grid, _MOST_CATEGORIES)])


def _shares(copy: RuntimeModel, name: str, rows: list[dict[str, Any]], values: tuple[Any, ...]) -> np.ndarray:
    held = [row.get(name) for row in rows]
    counts = np.zeros(len(values))
    if copy.schema[name].kind == "numeric":
        places = np.array([float(value) for value in values])
        for value in held:
            if value is not None and value == value:  # noqa: PLR0124 - NaN
                counts[np.abs(places - float(value)).argmin()] += 1
    else:
        known = {value: place for place, value in enumerate(values)}
        for value in held:
            if value in known:
                counts[known[value]] += 1
    return counts / len(rows)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)
