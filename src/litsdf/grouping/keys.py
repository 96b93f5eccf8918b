"""What `groupby(by=…, level=…)` means: the arrays whose values make the groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from litsdf.contract import NotNative
from litsdf.grouping.groups import Groups
from litsdf.layouts.columnar import Column, ColumnarFrame, same_labels
from litsdf.passing import Passing, to_pandas
from litsdf.statistics.codes import Codes, by_appearance, codes_of, combined

__all__ = ["Key", "groups_of", "keys_of", "pandas_keys"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the groups.

    Args:
        name: its name in the result.
        column: its values: a column, or an array of pandas.
        of_table: whether it is a column of the table, which is then left out of the aggregated ones.
    """

    name: Any
    column: Any
    of_table: bool = False

    def array(self) -> Any:
        """The values as an array of pandas."""
        return self.column.array() if isinstance(self.column, Column) else self.column


def keys_of(held: Any, by: Any, level: Any) -> list[Key]:
    """Find the keys for a table or a column; NotNative when pandas has to say what they mean."""
    if by is None:
        return _levels(held, level)
    if level is not None:
        raise NotNative("by and level")
    if isinstance(by, list) and not _is_one_key(held, by):
        if not by:
            raise NotNative("no keys")
        return [_key(held, part) for part in by]
    return [_key(held, by)]


def _is_one_key(held: Any, by: list[Any]) -> bool:
    """A list as long as the table whose items are no columns is itself the key, as in pandas."""
    if len(by) != len(held) or not by:
        return False
    if any(isinstance(part, Passing | np.ndarray | list | dict) or callable(part) for part in by):
        return False
    return not (isinstance(held, ColumnarFrame) and all(part in held.columns for part in by))


def _labels(held: Any) -> Any:
    import pandas as pd

    return pd.RangeIndex(len(held)) if held.labels is None else held.labels


def _levels(held: Any, level: Any) -> list[Key]:
    labels = _labels(held)
    listed = list(level) if isinstance(level, list | tuple) else [level]
    if any(isinstance(one, bool) or not isinstance(one, int | str) for one in listed):
        raise NotNative("a level")
    if labels.nlevels == 1 and (len(listed) > 1 or (listed[0] not in (0, -1) and listed[0] != labels.name)):
        raise NotNative("a level that is not there")
    try:
        parts = [labels.get_level_values(one) for one in listed]
    except (KeyError, IndexError, ValueError):
        raise NotNative("a level that is not there") from None
    return [Key(part.name, _array(part)) for part in parts]


def _array(values: Any) -> Any:
    import pandas as pd

    return values.array if pd.api.types.is_extension_array_dtype(values.dtype) else values.to_numpy()


def _key(held: Any, by: Any) -> Key:
    import pandas as pd

    if isinstance(by, Passing):
        return _series_key(held, by)
    if isinstance(by, pd.Series):
        if not (by.index is held.labels or by.index.equals(_labels(held))):
            raise NotNative("a key with other labels")
        return Key(by.name, _array(by))
    if isinstance(by, pd.Index) and by.nlevels == 1:
        if len(by) != len(held):
            raise NotNative("a key of another length")
        return Key(by.name, _array(by))
    if isinstance(by, np.ndarray | list):
        values = by if isinstance(by, np.ndarray) else None
        if len(by) != len(held) or (values is not None and values.ndim != 1):
            raise NotNative("a key of another length")
        return Key(None, _array(pd.Index(by)))
    if isinstance(by, dict) and _labels(held).nlevels == 1:
        return Key(_labels(held).name, _array(pd.Index([by.get(label, np.nan) for label in _labels(held)])))
    if callable(by) and _labels(held).nlevels == 1 and not hasattr(by, "freq"):
        return Key(_labels(held).name, _array(pd.Index([by(label) for label in _labels(held)])))
    if isinstance(by, str) and isinstance(held, ColumnarFrame):
        if by in held.columns and (held.labels is None or by not in held.labels.names):
            return Key(by, held.columns[by], of_table=True)
        if by in _labels(held).names and by not in held.columns:
            return _levels(held, by)[0]
    if isinstance(by, int | float | tuple) and isinstance(held, ColumnarFrame) and by in held.columns:
        return Key(by, held.columns[by], of_table=True)
    raise NotNative("a key that pandas has to find")


def _series_key(held: Any, by: Any) -> Key:
    column = getattr(by, "_column", None)
    if column is None or not isinstance(column, Column):
        raise NotNative("a key of another layout")
    if len(column) != len(held) or not same_labels(column.labels, held.labels):
        raise NotNative("a key with other labels")
    own = held.columns.get(column.name) if isinstance(held, ColumnarFrame) and _hashable(column.name) else None
    return Key(column.name, column, of_table=own is not None and own.data is column.data)


def pandas_keys(owner: Any, held: Any, by: Any) -> Any:
    """The keys as pandas takes them.

    pandas knows a column of the table that is passed as a Series by its memory, and leaves it out of the aggregated ones;
    it is therefore given pandas' own column of the table.
    """
    if isinstance(by, list):
        return [pandas_keys(owner, held, part) for part in by]
    table, column = getattr(owner, "_table", None), getattr(by, "_column", None)
    if isinstance(table, ColumnarFrame) and isinstance(column, Column) and _hashable(column.name):
        own = table.columns.get(column.name)
        if own is not None and own.data is column.data and table.has_rows_of(column):
            return held[column.name]
    return to_pandas(by)


def _hashable(name: Any) -> bool:
    return name is None or isinstance(name, str | int | float | tuple)


def groups_of(keys: list[Key], options: dict[str, Any]) -> Groups:
    """Number the groups that these keys make."""
    sort = bool(options["sort"])
    arrays = [key.array() for key in keys]
    if not options["observed"] and any(type(array).__name__ == "Categorical" for array in arrays):
        raise NotNative("categories that are not there")
    parts = [codes_of(key.column, sort=True if len(keys) > 1 else sort) for key in keys]
    if not options["dropna"]:
        parts = [_with_missing(part, sort=sort or len(keys) > 1) for part in parts]
    numbered = parts[0] if len(parts) == 1 else combined(parts, sort=sort)
    if not numbered.count:
        raise NotNative("no groups")  # pandas decides the dtypes of empty results case by case
    labels = [array.take(numbered.firsts) for array in arrays]
    if any(isinstance(label, np.ndarray) and label.dtype == np.float16 for label in labels):
        raise NotNative("keys that pandas has no Index for")
    return Groups(numbered, [key.name for key in keys], labels)


def _with_missing(part: Codes, *, sort: bool) -> Codes:
    """Make the rows without a key a group: the last one, or where it first appears."""
    missing = part.codes < 0
    if not missing.any():
        return part
    first = int(np.argmax(missing))
    numbered = Codes(np.where(missing, part.count, part.codes), np.append(part.firsts, first))
    return numbered if sort else by_appearance(numbered)
