# mypy: disable-error-code="attr-defined,import-not-found,type-var,call-arg,unused-ignore"
# ruff: noqa: TRY004  (the names and errors are those of pandas, whose stubs leave them out)
# ruff: noqa: SLF001  (pandas calls these names on the objects it is given)
"""Text methods on arrays: pandas' own, for every dtype that holds text, and what they make held as arrays."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from pandas.core.construction import sanitize_array
from pandas.core.strings.accessor import StringMethods, _get_single_group_name, _result_dtype, cat_safe, get_group_names

from litsdf.contract import NotNative
from litsdf.kernels.arrays import stored

__all__ = ["Held", "Table", "Text", "check_text"]


class Table:
    """Arrays under column names: what a text method gives that makes several columns of one."""

    ndim = 2

    def __init__(self, arrays: list[Any], header: pd.Index, labels: pd.Index) -> None:
        self.arrays = arrays
        self.header = header
        self.labels = labels

    @classmethod
    def of(cls, data: Any, columns: Any, index: pd.Index, dtype: Any) -> Table:
        """Make columns of rows, of an array of two dimensions, or of a dict of arrays, as a DataFrame would."""
        if isinstance(data, dict):
            arrays = [stored(sanitize_array(values, None, dtype)) for values in data.values()]
            return cls(arrays, pd.Index(list(data) if columns is None else columns), index)
        if isinstance(data, list):
            if not data or not len(index):
                raise NotNative("columns of no rows")
            width = max(map(len, data))
            cells = np.empty((len(data), width), dtype=object)
            for place, row in enumerate(data):
                cells[place, : len(row)] = row
            data = cells
        if data.ndim == 1:
            data = data.reshape(-1, 1)  # nothing was split: every value is missing
        if not data.shape[1]:
            raise NotNative("a table of no columns")
        header = pd.RangeIndex(data.shape[1]) if columns is None else pd.Index(columns)
        made = [stored(sanitize_array(data[:, place], None, dtype)) for place in range(data.shape[1])]
        return cls(made, header, index)

    def __finalize__(self, other: Any, method: Any = None, **options: Any) -> Table:
        """Take over nothing: pandas calls this on what it makes."""
        return self


class Held:
    """An array with a name and row labels: what pandas' text methods need of a column."""

    ndim = 1

    def __init__(self, values: Any, name: Any, index: pd.Index) -> None:
        self._values = values
        self.name = name
        self.index = index

    @property
    def array(self) -> Any:
        """The values as an extension array."""
        return pd.arrays.NumpyExtensionArray(self._values) if isinstance(self._values, np.ndarray) else self._values

    @property
    def dtype(self) -> Any:
        """Dtype of the values."""
        return self._values.dtype

    @staticmethod
    def _constructor(values: Any, name: Any = None, index: Any = None, dtype: Any = None) -> Held:
        dtype = None if dtype is None else pd.api.types.pandas_dtype(dtype)  # some methods name it by a text
        return Held(stored(sanitize_array(values, None, dtype)), name, index)

    @staticmethod
    def _constructor_expanddim(data: Any, columns: Any = None, index: Any = None, dtype: Any = None) -> Table:
        if isinstance(dtype, pd.StringDtype) and str(dtype) != "str":
            raise NotNative("the storage that a table chooses for such text")
        return Table.of(data, columns, index, dtype)

    def __finalize__(self, other: Any, method: Any = None, **options: Any) -> Held:
        """Take over nothing: pandas calls this on what it makes."""
        return self


class Text(StringMethods):
    """pandas' text methods on an array; results are `Held`, `Table`, or a scalar.

    Raises:
        AttributeError: the values are no text.
    """

    @staticmethod
    def _validate(data: Any) -> Any:
        return StringMethods._validate(data._values)  # type: ignore[attr-defined]

    def extract(self, pat: Any, flags: int = 0, expand: bool = True) -> Any:  # noqa: FBT001, FBT002  (pandas' own)
        """Give the groups of the first match as columns."""
        if not isinstance(expand, bool):
            raise ValueError("expand must be True or False")
        if self._inferred_dtype not in {"string", "empty", "mixed", "mixed-integer"}:
            raise NotNative("bytes")
        regex = re.compile(pat, flags=flags)
        if regex.groups == 0:
            raise ValueError("pattern contains no capture groups")
        held = self._data
        dtype = _result_dtype(held)
        if regex.groups == 1 and not expand:
            found = held.array._str_extract(pat, flags=flags, expand=False)
            return self._wrap_result(found, name=_get_single_group_name(regex), dtype=dtype)
        if not held.array.size:
            raise NotNative("no rows")
        rows = held.array._str_extract(pat, flags=flags, expand=True)
        return Table.of(rows, get_group_names(regex), held.index, dtype)

    def extractall(self, pat: Any, flags: int = 0) -> Any:
        """Give the groups of every match as rows, under the label of the row and the number of the match."""
        regex = re.compile(pat, flags=flags)
        if regex.groups == 0:
            raise ValueError("pattern contains no capture groups")
        held = self._data
        if self._inferred_dtype == "bytes":
            raise NotNative("bytes")
        rows: list[list[Any]] = []
        labels: list[tuple[Any, ...]] = []
        levels = held.index.nlevels > 1
        for label, value in zip(held.index, held._values, strict=True):
            if not isinstance(value, str):
                continue
            key = tuple(label) if levels else (label,)
            for number, found in enumerate(regex.findall(value)):
                groups = (found,) if isinstance(found, str) else found
                rows.append([np.nan if group == "" else group for group in groups])
                labels.append((*key, number))
        if not rows:
            raise NotNative("no match")
        index = pd.MultiIndex.from_tuples(labels, names=[*held.index.names, "match"])
        return Table.of(rows, get_group_names(regex), index, _result_dtype(held))

    def joined(self, others: list[Any], sep: str | None, na_rep: str | None) -> Any:
        """Put the texts of several arrays of one length beside one another, row by row."""
        held, between = self._data, sep or ""
        if self._inferred_dtype not in {"string", "empty"}:
            raise NotNative("values that are no text")
        texts = [np.asarray(values, dtype=object) for values in (held._values, *others)]
        missing = np.array([pd.isna(values) for values in texts])
        any_missing = np.logical_or.reduce(missing, axis=0)
        if na_rep is not None:
            texts = [np.where(gone, na_rep, values) for gone, values in zip(missing, texts, strict=True)]
            result = cat_safe(texts, between)
        elif any_missing.any():
            result = np.empty(len(any_missing), dtype=object)
            np.putmask(result, any_missing, np.nan)
            result[~any_missing] = cat_safe([values[~any_missing] for values in texts], between)
        else:
            result = cat_safe(texts, between)
        dtype = held.dtype.categories.dtype if isinstance(held.dtype, pd.CategoricalDtype) else held.dtype
        return Held._constructor(result, held.name, held.index, dtype)

    def whole(self, sep: str | None, na_rep: str | None) -> str:
        """Put all texts behind one another."""
        if self._inferred_dtype not in {"string", "empty"}:
            raise NotNative("values that are no text")
        texts = np.asarray(self._data._values, dtype=object)
        missing = np.asarray(pd.isna(texts))
        texts = texts[~missing] if na_rep is None else np.where(missing, na_rep, texts)
        return (sep or "").join(texts)


def check_text(values: Any) -> None:
    """Refuse values that pandas has no text methods for.

    Raises:
        AttributeError: the values are no text.
    """
    StringMethods._validate(values)  # type: ignore[attr-defined]
