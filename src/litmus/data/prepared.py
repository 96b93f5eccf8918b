"""Rows whose columns have their canonical types and whose target is encoded, before they are split."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from litmus.data.counted import counted, shown
from litmus.data.duplicates import RowHashes, hash_rows
from litmus.data.schema import Schema
from litmus.data.target import Target
from litmus.errors import DataError

__all__ = ["PreparedRows"]

_WIDE = 256


@dataclasses.dataclass
class PreparedRows:
    """Typed columns and the encoded target of the same rows."""

    columns: dict[str, pd.Series]
    y: np.ndarray
    hashes: RowHashes

    @classmethod
    def of(cls, columns: dict[str, pd.Series], schema: Schema, y: np.ndarray) -> PreparedRows:
        """Hash the rows over features and target: rows that differ in an identifier only are copies."""
        return cls(columns, y, hash_rows((columns[name] for name in schema.features), y))

    def cut(self, names: Sequence[str], first: np.ndarray, second: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Two sets of rows as frames with plain indexes; each column is given up once it is cut."""
        firsts: dict[str, Any] = {}
        seconds: dict[str, Any] = {}
        for name in names:
            column = self.columns.pop(name)
            firsts[name] = column if len(first) == len(column) else _taken(column, first)
            seconds[name] = _taken(column, second)
        return _joined(firsts, len(first)), _joined(seconds, len(second))

    def weights(self, name: str | None, positions: np.ndarray) -> np.ndarray | None:
        """The weights of some rows (rows,), or None when these rows have no weight column.

        Raises:
            DataError: when a weight is missing or negative, or all are zero.
        """
        if name is None or name not in self.columns:
            return None
        weights = self.columns[name].to_numpy(dtype=np.float64)[positions]
        wrong = ~(weights >= 0)
        if wrong.any():
            example = weights[int(wrong.argmax())]
            what = "no value" if np.isnan(example) else shown(float(example))
            raise DataError(
                f"The weight column {name!r} has {what} in {counted(int(wrong.sum()), 'row')}; "
                "every weight must be a number of at least 0."
            )
        if len(weights) and not weights.any():
            raise DataError(f"The weight column {name!r} is 0 in every row, so no row would count.")
        return weights


@dataclasses.dataclass(frozen=True)
class MainRows:
    """The rows that are learned from, and perhaps split: typed, encoded, and described.

    Attributes:
        rows: their columns and target.
        schema: what the columns are, the target among them.
        target: the target.
        part: TRAIN, VALIDATION or TEST for each row.
    """

    rows: PreparedRows
    schema: Schema
    target: Target
    part: np.ndarray


def _taken(column: pd.Series, positions: np.ndarray) -> Any:
    """Some values as an array, without the cost of an index."""
    return column.to_numpy()[positions] if isinstance(column.dtype, np.dtype) else column.array.take(positions)


def _joined(columns: dict[str, Any], rows: int) -> pd.DataFrame:
    # Many small blocks make a wide frame slow, so they are joined by a copy; a narrow frame saves the copy.
    return pd.DataFrame(columns, index=pd.RangeIndex(rows), copy=len(columns) > _WIDE)
