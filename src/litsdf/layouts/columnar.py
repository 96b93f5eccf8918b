# ruff: noqa: ARG002  (what a layout leaves to pandas ignores its arguments)
"""What the layouts that keep columns apart (record, numpy, polars, a trace) have in common: one table class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from litsdf.contract import NotNative
from litsdf.dtypes import OPAQUE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "ColumnarFrame", "apart", "default_labels", "same_labels"]


def same_labels(left: Any, right: Any) -> bool:
    """Whether two columns of one length have the same row labels, so that pandas would not realign them."""
    if left is right:
        return True
    if left is None or right is None:
        return False
    return bool(left.equals(right))


def default_labels(index: pd.Index) -> pd.Index | None:
    """Give None for the labels 0 … n-1 without a name, else the index itself."""
    import pandas as pd

    plain = isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1 and index.name is None
    return None if plain else index


def apart(column: Any) -> Any:
    """The same values as another object: grouping by a copy of a column is not grouping by the column itself."""
    data = column.data.clone() if hasattr(column.data, "clone") else column.data[:]
    return type(column)(data, column.dtype, column.name, column.labels)


class Column:
    """One column: `data` in the layout's own form, its dtype, its name, its labels. Never changed once made."""

    __slots__ = ("data", "dtype", "labels", "name")
    layout: ClassVar[str]

    def __init__(self, data: Any, dtype: str, name: Any = None, labels: Any = None) -> None:
        self.data = data
        self.dtype = dtype
        self.name = name
        self.labels = labels

    def __len__(self) -> int:
        return len(self.data)

    def renamed(self, name: Any) -> Self:
        """Give the same column under another name."""
        return type(self)(self.data, self.dtype, name, self.labels)

    def relabelled(self, labels: Any) -> Self:
        """Give the same column with other row labels."""
        return type(self)(self.data, self.dtype, self.name, labels)

    @classmethod
    def from_pandas(cls, series: pd.Series, labels: Any) -> Self:
        """Hold a pandas Series."""
        raise NotImplementedError

    def to_pandas(self) -> pd.Series:
        """Give the column back as pandas would hold it."""
        raise NotImplementedError

    def array(self) -> Any:
        """The values as the array that pandas would hold: NumPy's, or an extension array. Nobody may change it."""
        from litsdf.layouts.pandas_forms import array_from_pandas

        return array_from_pandas(self.to_pandas())

    @classmethod
    def from_array(cls, values: Any, name: Any, labels: Any) -> Self:
        """Hold an array of pandas, exactly; nobody changes it afterwards."""
        import pandas as pd

        return cls.from_pandas(pd.Series(values, name=name, dtype=values.dtype, copy=False), labels)

    @classmethod
    def repeated(cls, value: Any, length: int, labels: Any) -> Self:
        """Make a column of one scalar."""
        raise NotImplementedError

    def elementwise(self, operation: str, others: Sequence[Any], parameters: Mapping[str, Any]) -> Self:
        """Apply one operation row by row."""
        raise NotImplementedError

    def reduce(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Aggregate to one value; a layout that leaves this to pandas keeps this line."""
        raise NotNative(operation)

    def transformed(self, operation: str, parameters: Mapping[str, Any]) -> Self:
        """Make a column whose rows depend on other rows: `shift`, `cumsum`, `diff`."""
        raise NotNative(operation)

    def filtered(self, mask: Column, labels: Any) -> Self:
        """Keep the rows where the mask is true."""
        raise NotNative("filter")

    def taken(self, positions: Any, labels: Any) -> Self:
        """Keep the rows at these positions, in this order."""
        raise NotNative("take")

    def sort_positions(self, *, ascending: bool) -> Any:
        """Positions that sort the column stably, missing values last."""
        raise NotNative("sort")

    def checked_operands(self, others: Sequence[Any]) -> None:
        """Leave operands that pandas would realign, or that belong elsewhere, to pandas."""
        if self.dtype == OPAQUE:
            raise NotNative("a dtype held for pandas")
        for other in others:
            if isinstance(other, Column) and not (type(other) is type(self) and self.aligned(other)):
                raise NotNative("operands with different labels")

    def aligned(self, other: Column) -> bool:
        """Whether the other column has the same rows in the same order."""
        return len(self) == len(other) and same_labels(self.labels, other.labels)

    def result_name(self, operation: str, others: Sequence[Any]) -> Any:
        """Name of a result: pandas keeps a name that all operands share, and `where` keeps the first."""
        if operation == "where":
            return self.name
        for other in others:
            if isinstance(other, Column) and not _same_name(other.name, self.name):
                return None
        return self.name


def _same_name(first: Any, second: Any) -> bool:
    """Whether two names are one; names may be any values, such as a missing one, that does not compare."""
    if first is second:
        return True
    try:
        return bool(first == second)
    except (TypeError, ValueError):
        return False


class ColumnarFrame:
    """A table as a dict of columns. Changing it replaces entries; the columns themselves are shared freely."""

    __slots__ = ("columns", "labels", "length")
    column_class: ClassVar[type[Column]]
    layout: ClassVar[str]

    def __init__(self, columns: dict[Any, Any], length: int, labels: Any = None) -> None:
        self.columns = columns
        self.length = length
        self.labels = labels

    def __len__(self) -> int:
        return self.length

    @property
    def names(self) -> list[Any]:
        """Column names in order."""
        return list(self.columns)

    @classmethod
    def check_names(cls, names: Iterable[Any]) -> None:
        """Leave repeated names and names that are no text to the pandas layout, which keeps their Index."""
        seen = list(names)
        if not seen or len(set(seen)) != len(seen) or any(type(name) is not str for name in seen):
            raise NotNative("column names that are repeated or are no text")

    @classmethod
    def from_pandas(cls, frame: pd.DataFrame) -> Self:
        """Hold a pandas DataFrame exactly; NotNative for columns that need pandas' own Index."""
        import pandas as pd

        if isinstance(frame.columns, pd.MultiIndex) or frame.columns.name is not None:
            raise NotNative("columns with levels or a name")
        if str(frame.columns.dtype) not in {"str", "object"}:
            raise NotNative(f"column names of dtype {frame.columns.dtype}")
        cls.check_names(frame.columns)
        labels = default_labels(frame.index)
        columns = {name: cls.column_class.from_pandas(series, labels) for name, series in frame.items()}
        return cls(columns, len(frame), labels)

    def to_pandas(self) -> pd.DataFrame:
        """Give the table back as pandas would hold it."""
        import pandas as pd

        index = pd.RangeIndex(self.length) if self.labels is None else self.labels
        data = {name: column.to_pandas() for name, column in self.columns.items()}
        return pd.DataFrame(data, index=index, copy=False)

    def column(self, name: Any) -> Any:
        """One column; KeyError when there is none of this name."""
        return self.columns[name]

    def copied(self) -> Self:
        """Give a table of its own over the same columns."""
        return type(self)(dict(self.columns), self.length, self.labels)

    def selected(self, names: Sequence[Any]) -> Self:
        """Keep these columns in this order."""
        columns = {name: self.columns[name] for name in names}
        if len(columns) != len(names) or not columns:
            raise NotNative("a column selected twice, or none")
        return type(self)(columns, self.length, self.labels)

    def without(self, names: Iterable[Any]) -> Self:
        """Drop these columns."""
        gone = set(names)
        if not gone <= self.columns.keys() or gone == self.columns.keys():
            raise NotNative("columns that are not there, or all of them")
        kept = {name: column for name, column in self.columns.items() if name not in gone}
        return type(self)(kept, self.length, self.labels)

    def renamed(self, names: Mapping[Any, Any]) -> Self:
        """Rename columns."""
        columns = {names.get(name, name): column for name, column in self.columns.items()}
        if len(columns) != len(self.columns) or any(type(name) is not str for name in columns):
            raise NotNative("renaming to repeated names")
        return type(self)({name: column.renamed(name) for name, column in columns.items()}, self.length, self.labels)

    def set_column(self, name: Any, value: Any) -> None:
        """Set one column, from a column with the same rows or from a scalar. The table itself changes: its owner asks."""
        if type(name) is not str:
            raise NotNative("a column name that is no text")
        if isinstance(value, Column):
            if type(value) is not self.column_class or not self.has_rows_of(value):
                raise NotNative("a column of another layout, or with other rows")
            self.columns[name] = value if value.name == name else value.renamed(name)
        else:
            self.columns[name] = self.column_class.repeated(value, self.length, self.labels).renamed(name)

    def has_rows_of(self, column: Column) -> bool:
        """Whether a column has the rows of this table, in the same order."""
        return len(column) == self.length and same_labels(column.labels, self.labels)

    def filtered(self, mask: Column) -> Self:
        """Keep the rows where the mask is true; their labels stay with them."""
        if type(mask) is not self.column_class or mask.dtype != "bool" or not same_labels(mask.labels, self.labels):
            raise NotNative("a mask with different labels")
        if len(mask) != self.length:
            raise NotNative("a mask of another length")
        labels = self.filtered_labels(mask)
        columns = self.filtered_columns(mask, labels)
        return type(self)(columns, self.kept_rows(columns), labels)

    def filtered_columns(self, mask: Column, labels: Any) -> dict[Any, Any]:
        """The rows of all columns where the mask is true."""
        return {name: column.filtered(mask, labels) for name, column in self.columns.items()}

    def taken(self, positions: Any) -> Self:
        """Keep the rows at these positions, in this order."""
        labels = self.taken_labels(positions)
        columns = {name: column.taken(positions, labels) for name, column in self.columns.items()}
        return type(self)(columns, self.kept_rows(columns), labels)

    def relabelled(self, labels: Any) -> Self:
        """Give the same rows other labels."""
        columns = {name: column.relabelled(labels) for name, column in self.columns.items()}
        return type(self)(columns, self.length, labels)

    @staticmethod
    def kept_rows(columns: Mapping[Any, Column]) -> int:
        """Count the rows of a table's columns."""
        return len(next(iter(columns.values())))

    def filtered_labels(self, mask: Column) -> Any:
        """Row labels after a filter."""
        raise NotNative("filter")

    def taken_labels(self, positions: Any) -> Any:
        """Row labels after taking rows by position."""
        import pandas as pd

        index = pd.RangeIndex(self.length) if self.labels is None else self.labels
        return default_labels(index.take(positions))

    def complete_rows(self, names: Sequence[Any]) -> Column:
        """A mask of the rows in which none of these columns is missing."""
        if not names:
            raise NotNative("no columns")
        masks = [self.columns[name].elementwise("notna", (), {}) for name in names]
        complete = masks[0]
        for mask in masks[1:]:
            complete = complete.elementwise("and", (mask,), {})
        return complete

    def first_rows(self, names: Sequence[Any]) -> Column:
        """A mask of the rows whose values in these columns were not seen before."""
        raise NotNative("drop_duplicates")

    def joined(self, other: ColumnarFrame, keys: Sequence[Any], how: str) -> Self:
        """Merge with another table on columns of the same names."""
        raise NotNative("merge")
