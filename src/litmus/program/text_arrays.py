"""A column of texts, for work on many rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any

import numpy as np

__all__ = ["Texts"]


class Texts:
    """Texts of many rows, None where missing.

    Args:
        held: a list or an object array of texts and None, or a pyarrow array, with which codes are found faster.

    Example:
        >>> Texts(["red", None, "green"]).codes(["red", "blue"]).tolist()
        [0, 3, 2]
    """

    def __init__(self, held: Any) -> None:
        self._arrow = held if hasattr(held, "null_count") else None
        self._values: Sequence[str | None] | None = None if self._arrow is not None else held

    def __len__(self) -> int:
        return len(self._arrow if self._arrow is not None else self._values)  # type: ignore[arg-type]

    def __getitem__(self, rows: slice) -> Texts:
        """The texts of some rows."""
        return Texts((self._arrow if self._arrow is not None else self._values)[rows])  # type: ignore[index]

    def values(self) -> Sequence[str | None]:
        """The texts as Python values."""
        if self._values is None:
            self._values = self._arrow.to_pylist()  # type: ignore[union-attr]
        if isinstance(self._values, np.ndarray):
            self._values = self._values.tolist()
        return self._values

    def codes(self, keys: Sequence[str]) -> np.ndarray:
        """The place of each text among the keys; one past their end for others, two for missing ones. int32 (rows,)."""
        if self._arrow is not None:
            return self._arrow_codes(keys)
        table: dict[str | None, int] = {key: place for place, key in enumerate(keys)}
        table[None] = len(keys) + 1
        values = self.values()
        return np.fromiter(map(table.get, values, repeat(len(keys))), dtype=np.int32, count=len(values))

    def _arrow_codes(self, keys: Sequence[str]) -> np.ndarray:
        import pyarrow as pa
        import pyarrow.compute as pc

        arrow: Any = pa
        compute: Any = pc
        held = self._arrow.combine_chunks() if isinstance(self._arrow, arrow.ChunkedArray) else self._arrow
        if arrow.types.is_dictionary(held.type):  # type: ignore[union-attr]
            return self._dictionary_codes(held, keys)
        found = compute.index_in(held, value_set=arrow.array(keys, type=held.type))  # type: ignore[union-attr]
        codes: np.ndarray = found.fill_null(len(keys)).to_numpy(zero_copy_only=False).astype(np.int32)
        if held.null_count:  # type: ignore[union-attr]
            codes[held.is_null().to_numpy(zero_copy_only=False)] = len(keys) + 1  # type: ignore[union-attr]
        return codes

    def _dictionary_codes(self, held: Any, keys: Sequence[str]) -> np.ndarray:
        of_values = np.append(Texts(held.dictionary).codes(keys), np.int32(len(keys) + 1))
        codes: np.ndarray = of_values[held.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)]
        return codes
