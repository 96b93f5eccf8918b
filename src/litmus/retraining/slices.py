"""Parts of the rows on which a model may be worse although it is better on the whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from litmus.data import Schema
from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["slices_of"]

_MOST_VALUES = 10
_QUARTERS = (0.25, 0.5, 0.75)


def slices_of(
    inputs: pd.DataFrame, schema: Schema, columns: Sequence[str] | None, least: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Name and rows (a mask) of each slice: values of categories and truths, quarters of numbers, missing values.

    Args:
        inputs: the rows.
        schema: what the columns are.
        columns: whose slices; None for all that models learn from.
        least: slices of fewer rows are left out.

    Raises:
        ParameterError: when there is no such column.
    """
    names = schema.features if columns is None else list(columns)
    for name in names:
        if name not in inputs:
            close = nearest(name, inputs.columns)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(f"There is no column {name!r} to make slices of.{hint}")
        for label, rows in _of_column(name, inputs[name], schema[name].kind):
            if least <= int(rows.sum()) < len(inputs):
                yield label, rows


def _of_column(name: str, values: pd.Series, kind: str) -> Iterator[tuple[str, np.ndarray]]:
    missing = values.isna().to_numpy()
    yield f"{name} missing", missing
    if kind in ("categorical", "boolean"):
        counts = values.value_counts()
        for value in counts.index[:_MOST_VALUES]:
            yield f"{name} = {value}", (values == value).fillna(False).to_numpy(dtype=bool)
    elif kind == "numeric":
        numbers = values.astype("float64").to_numpy()
        edges = np.unique(np.nanquantile(numbers, _QUARTERS)) if not missing.all() else np.array([])
        bounds = [-np.inf, *edges, np.inf]
        for low, high in itertools.pairwise(bounds):
            where = (
                f"up to {high:g}" if low == -np.inf else f"above {low:g}" if high == np.inf else f"{low:g} to {high:g}"
            )
            yield f"{name} {where}", (numbers > low) & (numbers <= high)
