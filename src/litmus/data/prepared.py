"""Rows whose columns have their canonical types and whose target is encoded, before they are split."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from litmus.data.counted import counted, shown
from litmus.data.duplicates import RowHashes, hash_rows
from litmus.data.schema import Schema
from litmus.data.stored_columns import StoredColumns
from litmus.data.target import Target
from litmus.errors import DataError

__all__ = ["PreparedRows"]

_WIDE = 256


@dataclasses.dataclass
class PreparedRows:
    """Typed columns and the encoded target of the same rows; with `scratch`, a folder, big columns wait there."""

    columns: MutableMapping[str, pd.Series]
    y: np.ndarray
    hashes: RowHashes
    scratch: Path | None = None

    @classmethod
    def of(
        cls, columns: MutableMapping[str, pd.Series], schema: Schema, y: np.ndarray, scratch: Path | None = None
    ) -> PreparedRows:
        """Hash the rows over features and target: rows that differ in an identifier only are copies."""
        return cls(columns, y, hash_rows((columns[name] for name in schema.features), y), scratch)

    def column_hashes(self, schema: Schema) -> dict[str, str]:
        """Column → a hash of its values in any order; the target's is of its codes, under the names of its columns."""
        names = [*schema.features, ", ".join(schema.target)]
        return {name: f"{total:016x}" for name, total in zip(names, self.hashes.sums, strict=True)}

    def cut(self, names: Sequence[str], first: np.ndarray, second: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Two sets of rows as frames with plain indexes; each column is given up once it is cut."""
        firsts = StoredColumns(None if self.scratch is None else self.scratch / "first")
        seconds = StoredColumns(None if self.scratch is None else self.scratch / "second")
        for name in names:
            column = self.columns.pop(name)
            firsts[name] = column if len(first) == len(column) else _taken(column, first)
            seconds[name] = _taken(column, second)
            del column
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


def _taken(column: pd.Series, positions: np.ndarray) -> pd.Series:
    """Some values under a plain index, without the cost of the old one."""
    plain = isinstance(column.dtype, np.dtype)
    return pd.Series(column.to_numpy()[positions] if plain else column.array.take(positions), copy=False)


def _joined(columns: Mapping[str, pd.Series], rows: int) -> pd.DataFrame:
    # Many small blocks make a wide frame slow, so they are joined by a copy; a narrow frame saves the copy.
    return pd.DataFrame(dict(columns), index=pd.RangeIndex(rows), copy=len(columns) > _WIDE)
