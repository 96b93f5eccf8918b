# ruff: noqa: PLR0124  (NaN differs from itself: the fastest test for it)
"""The record layout: one row (or none) as plain Python values. No array library is involved, so a row costs microseconds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from litsdf.contract import NotNative
from litsdf.dtypes import (
    BOOL,
    BY_DATA,
    DATETIME,
    FLOAT,
    INT,
    INT32,
    LIST,
    OPAQUE,
    STR,
    TIMEDELTA,
    is_missing,
    scalar_dtype,
)
from litsdf.layouts.columnar import Column, ColumnarFrame
from litsdf.layouts.rows import Scope, Value, expression
from litsdf.operations import result_dtype

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RecordColumn", "RecordFrame"]

NO_ROW = object()
"""The value of a column without rows; every operation on it is left to pandas."""

_Function = Any
_COMPILED: dict[Any, tuple[str, _Function]] = {}
"""Operation, dtypes and parameters → dtype of the result and the function; a cache of pure code, bounded below."""
_CACHE_LIMIT = 4096


def row_function(operation: str, dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> tuple[str, _Function]:
    """Compile one operation on operands of these dtypes to a Python function of the row's values."""
    dtype = result_dtype(operation, dtypes, parameters)
    scope = Scope(single_row=True)
    names = ["a", "b", "c"][: len(dtypes)]
    text = expression(
        operation, [Value(name, kind) for name, kind in zip(names, dtypes, strict=True)], parameters, scope
    )
    function = eval(f"lambda {', '.join(names)}: {text}", scope.names)  # noqa: S307  (text is made of checked parts)
    return dtype, function


def _cached(operation: str, dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> tuple[str, _Function]:
    if not parameters:
        key: Any = (operation, dtypes)
    else:
        values = tuple(parameters.values())
        key = (operation, dtypes, values, tuple(map(type, values)))
    try:
        found = _COMPILED.get(key)
    except TypeError:  # a dict or list among the parameters
        if operation == "map":
            return _looked_up(dtypes, parameters)
        return row_function(operation, dtypes, parameters)
    if found is None:
        found = row_function(operation, dtypes, parameters)
        if len(_COMPILED) >= _CACHE_LIMIT:
            _COMPILED.clear()
        _COMPILED[key] = found
    return found


def _looked_up(dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> tuple[str, _Function]:
    """Look a value up in the user's dict itself: copying a vocabulary for each row would cost more than the row."""
    dtype = result_dtype("map", dtypes, parameters)
    find = parameters["arg"].get
    if dtype == FLOAT:
        return dtype, lambda value: float(find(value, math.nan))
    return dtype, lambda value: find(value, math.nan)


class RecordColumn(Column):
    """One value with a dtype."""

    __slots__ = ()
    layout: ClassVar[str] = "record"

    def __len__(self) -> int:
        if self.dtype == OPAQUE:
            return len(self.data)
        return 0 if self.data is NO_ROW else 1

    @classmethod
    def of(cls, value: Any, name: Any, labels: Any = None) -> Self:
        """Hold one Python value with the dtype pandas would infer for it."""
        return cls(value, scalar_dtype(value), name, labels)

    @classmethod
    def repeated(cls, value: Any, length: int, labels: Any) -> Self:
        """Make a column of one scalar."""
        dtype = scalar_dtype(value)
        return cls(value if length else NO_ROW, dtype, None, labels)

    @classmethod
    def from_pandas(cls, series: pd.Series, labels: Any) -> Self:
        """Hold a pandas Series of at most one row."""
        if len(series) > 1:
            raise NotNative("more than one row")
        from litsdf.layouts.pandas_forms import array_from_pandas, dtype_name

        dtype = dtype_name(series.dtype)
        if dtype == OPAQUE:
            return cls(array_from_pandas(series), OPAQUE, series.name, labels)
        if not len(series):
            return cls(NO_ROW, dtype, series.name, labels)
        return cls(_to_python(series.iloc[0], dtype), dtype, series.name, labels)

    def to_pandas(self) -> pd.Series:
        """Give the value as a pandas Series."""
        import pandas as pd

        index = pd.RangeIndex(len(self)) if self.labels is None else self.labels
        if self.dtype == OPAQUE:
            from litsdf.layouts.pandas_forms import opaque_to_pandas

            return opaque_to_pandas(self.data, index, self.name)
        values = [] if self.data is NO_ROW else [self.data]
        if self.dtype == LIST:
            return pd.Series(values, index=index, name=self.name, dtype=object)
        return pd.Series(values, index=index, name=self.name, dtype=self.dtype)

    def array(self) -> Any:
        """The value as the array that pandas would hold."""
        from litsdf.layouts.widened import wide_column

        return wide_column(self).array()

    @classmethod
    def from_array(cls, values: Any, name: Any, labels: Any) -> Any:
        """Hold an array of pandas; one of several values, or of none that needs an array, stays in the numpy layout."""
        from litsdf.layouts.numpy import NumpyColumn
        from litsdf.layouts.widened import narrow_column

        wide = NumpyColumn.from_array(values, name, labels)
        try:
            return narrow_column(wide)
        except NotNative:
            return wide

    def elementwise(self, operation: str, others: Sequence[Any], parameters: Mapping[str, Any]) -> Self:
        """Apply one operation to the value."""
        value = self.data
        if value is NO_ROW or self.dtype is OPAQUE:
            raise NotNative("no row")
        name = self.name
        if not others:
            dtype, function = _cached(operation, (self.dtype,), parameters)
            result = function(value)
        else:
            operands, dtypes = [value], [self.dtype]
            for other in others:
                if isinstance(other, RecordColumn):
                    if other.labels is not self.labels or other.data is NO_ROW:
                        self.checked_operands(others)
                        if other.data is NO_ROW:
                            raise NotNative("no row")
                    operands.append(other.data)
                    dtypes.append(other.dtype)
                    if other.name != name and operation != "where":
                        name = None
                else:
                    dtypes.append(scalar_dtype(other))
                    operands.append(other)
            dtype, function = _cached(operation, tuple(dtypes), parameters)
            try:
                result = function(*operands)
            except OverflowError:
                raise NotNative("a date out of range") from None
        if dtype in BY_DATA:
            dtype = FLOAT if type(result) is float else BY_DATA[dtype]
        return type(self)(result, dtype, name, self.labels)

    def filtered(self, mask: Column, labels: Any) -> Self:
        """Keep the row where the mask is true."""
        if self.dtype == OPAQUE:
            return type(self)(self.data if mask.data else self.data[:0], OPAQUE, self.name, labels)
        return type(self)(self.data if mask.data else NO_ROW, self.dtype, self.name, labels)

    def reduce(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Aggregate one value."""
        value, dtype = self.data, self.dtype
        if value is NO_ROW or parameters or dtype not in {INT, FLOAT, BOOL} or value != value:
            raise NotNative(operation)
        if operation == "sum" and dtype == BOOL:
            return int(value)
        if operation in {"min", "max", "sum"}:
            return value
        if operation in {"mean", "median"}:
            return float(value)
        raise NotNative(operation)

    def item(self) -> Any:
        """Give the plain Python value: NaN where a number, text or list is missing, None where a date is."""
        return self.data


def _to_python(value: Any, dtype: str) -> Any:
    if dtype in {DATETIME, TIMEDELTA}:
        if is_missing(value):
            return None
        if not 1 <= getattr(value, "year", 2000) <= 9999:
            raise NotNative("a year that Python has no date for")
        return value.to_pydatetime() if dtype == DATETIME else value.to_pytimedelta()
    if dtype == STR:
        return math.nan if is_missing(value) else str(value)
    if dtype in {INT, INT32}:
        return int(value)
    return float(value) if dtype == FLOAT else bool(value)


class RecordFrame(ColumnarFrame):
    """One row, or none."""

    __slots__ = ()
    column_class = RecordColumn
    layout: ClassVar[str] = "record"

    @classmethod
    def from_row(cls, row: Mapping[Any, Any]) -> Self:
        """Hold one row given as a dict, with the dtypes pandas would infer."""
        cls.check_names(row)
        return cls({name: RecordColumn(value, scalar_dtype(value), name) for name, value in row.items()}, 1)

    def filtered_labels(self, mask: Column) -> Any:
        """Labels of the row, or of none."""
        if mask.data is NO_ROW:
            raise NotNative("no row")
        if mask.data:
            return self.labels
        if self.labels is None:
            return None
        return self.labels[:0]
