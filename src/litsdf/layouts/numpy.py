"""The numpy layout: a dict of arrays. Numbers are calculated with in whole arrays, text in one generated comprehension."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, BY_DATA, DATETIME, FLOAT, INT, INT32, LIST, STR, TIMEDELTA, scalar_dtype
from litsdf.layouts.array_kernels import clipped, filled
from litsdf.layouts.columnar import Column, ColumnarFrame, default_labels
from litsdf.layouts.pandas_forms import (
    array_from_pandas,
    dtype_name,
    opaque_to_pandas,
    text_from_array,
    text_to_array,
)
from litsdf.layouts.rows import EXPRESSIONS, Scope, Value, expression
from litsdf.operations import REVERSED, result_dtype

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NATIVE_OPERATIONS", "NumpyColumn", "NumpyFrame", "array_operation"]

_ARRAYS = {INT: np.int64, INT32: np.int32, FLOAT: np.float64, BOOL: np.bool_}
_DATES = {DATETIME, TIMEDELTA}


def _no_zero(divisor: Any) -> None:
    if np.any(np.asarray(divisor) == 0) or not np.all(np.isfinite(divisor)):
        raise NotNative("division by zero or infinity")


def _floor_divide(left: Any, right: Any, _: Any) -> Any:
    _no_zero(right)
    return np.floor_divide(left, right)


def _modulo(left: Any, right: Any, _: Any) -> Any:
    _no_zero(right)
    return np.mod(left, right)


def _fillna(values: Any, parameters: Mapping[str, Any]) -> Any:
    fill = parameters["value"]
    if values.dtype.kind == "f":
        return filled(values, float(fill))
    if values.dtype.kind == "M":
        return np.where(np.isnat(values), np.datetime64(fill, "us"), values)
    return values


def _isna(values: Any, _: Any) -> Any:
    if values.dtype.kind == "f":
        return np.isnan(values)
    return np.isnat(values) if values.dtype.kind in "mM" else np.zeros(len(values), dtype=bool)


def _clip(values: Any, parameters: Mapping[str, Any]) -> Any:
    lower, upper = parameters["lower"], parameters["upper"]
    if values.dtype == np.float64:
        return clipped(values, lower, upper)
    if lower is not None:
        values = np.where(values < lower, np.array(lower, dtype=values.dtype), values)
    return values if upper is None else np.where(values > upper, np.array(upper, dtype=values.dtype), values)


def _astype(values: Any, parameters: Mapping[str, Any]) -> Any:
    target = parameters["dtype"]
    if target == STR:
        raise NotNative("astype str")
    if target == INT and values.dtype.kind == "f" and not np.all(np.abs(values) < 9.2e18):
        raise NotNative("floats that are no integers")
    return values.astype(_ARRAYS[target])


def _function(name: str) -> Callable[[Any, Any], Any]:
    function = getattr(np, name)
    return lambda values, _: function(values)


def _swapped(name: str) -> Callable[[Any, Any, Any], Any]:
    function = _BINARY[name]
    return lambda left, right, parameters: function(right, left, parameters)


_UNARY: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "neg": lambda x, _: -x, "abs": lambda x, _: np.abs(x), "invert": lambda x, _: ~x,
    "round": lambda x, p: np.round(x, p["decimals"]), "clip": _clip, "isna": _isna, "notna": lambda x, _: ~_isna(x, _),
    "fillna": _fillna, "isin": lambda x, p: np.isin(x, np.array(p["values"])), "astype": _astype,
    **{
        name: _function(name) for name in (
        "log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "sin", "cos", "tanh", "floor", "ceil")},
}  # fmt: skip
_BINARY: dict[str, Callable[[Any, Any, Mapping[str, Any]], Any]] = {
    "add": lambda a, b, _: a + b, "sub": lambda a, b, _: a - b, "mul": lambda a, b, _: a * b,
    "truediv": lambda a, b, _: np.true_divide(a, b), "floordiv": _floor_divide, "mod": _modulo,
    "pow": lambda a, b, _: a**b, "eq": lambda a, b, _: a == b, "ne": lambda a, b, _: a != b,
    "lt": lambda a, b, _: a < b, "le": lambda a, b, _: a <= b, "gt": lambda a, b, _: a > b, "ge": lambda a, b, _: a >= b,
    "and": lambda a, b, _: a & b, "or": lambda a, b, _: a | b, "xor": lambda a, b, _: a ^ b,
}  # fmt: skip
_BINARY.update({reverse: _swapped(name) for reverse, name in REVERSED.items()})


NATIVE_OPERATIONS = {name for name in EXPRESSIONS if name in _UNARY or name in _BINARY or name.startswith("str.")} | {
    "where",
    "map",
    "replace",
}
"""Operations that stay in this layout; text runs the row layout's expression over all rows."""


class NumpyColumn(Column):
    """One array; text as an object array of `str`, with the one `nan` object where it is missing."""

    __slots__ = ()
    layout: ClassVar[str] = "numpy"

    @classmethod
    def repeated(cls, value: Any, length: int, labels: Any) -> Self:
        """Make a column of one scalar."""
        dtype = scalar_dtype(value)
        if dtype in _DATES:
            raise NotNative("a date")
        return cls(np.full(length, value, dtype=_ARRAYS.get(dtype, np.object_)), dtype, None, labels)

    @classmethod
    def from_pandas(cls, series: pd.Series, labels: Any) -> Self:
        """Hold a pandas Series."""
        return cls.from_array(array_from_pandas(series), series.name, labels)

    @classmethod
    def from_array(cls, values: Any, name: Any, labels: Any) -> Self:
        """Hold an array of pandas."""
        dtype = dtype_name(values.dtype)
        return cls(text_from_array(values) if dtype == STR else values, dtype, name, labels)

    def array(self) -> Any:
        """The array as pandas would hold it."""
        return text_to_array(self.data) if self.dtype == STR else self.data

    def to_pandas(self) -> pd.Series:
        """Give the column as a pandas Series."""
        import pandas as pd

        index = pd.RangeIndex(len(self)) if self.labels is None else self.labels
        return opaque_to_pandas(self.array(), index, self.name)

    def elementwise(self, operation: str, others: Sequence[Any], parameters: Mapping[str, Any]) -> Self:
        """Apply one operation to the whole array."""
        self.checked_operands(others)
        dtypes = (self.dtype, *(o.dtype if isinstance(o, Column) else scalar_dtype(o) for o in others))
        dtype = result_dtype(operation, dtypes, parameters)
        if operation == "map" and not len(self):
            raise NotNative("map of no rows")  # pandas keeps the dtype then
        operands = [self.data, *(other.data if isinstance(other, Column) else other for other in others)]
        if not {STR, LIST}.isdisjoint(dtypes) or operation in {"map", "replace"}:
            columns = [True, *(isinstance(other, Column) for other in others)]
            data = _row_by_row(operation, dtypes, parameters, operands, columns)
        else:
            data = _vectorised(operation, dtypes, operands, parameters)
        return self._made(data, dtype, self.result_name(operation, others))

    def _made(self, data: Any, dtype: str, name: Any) -> Self:
        if isinstance(data, list):
            if dtype in BY_DATA:
                dtype = FLOAT if any(type(value) is float for value in data) else BY_DATA[dtype]
            values = data
            if dtype == LIST and values and all(type(value) is float for value in values):
                raise NotNative("only missing texts split")  # pandas gives float64 then
            if dtype in {STR, LIST}:
                data = np.empty(len(values), dtype=object)
                data[:] = values
            else:
                data = np.array(values, dtype=_ARRAYS[dtype])
        elif dtype in BY_DATA:
            dtype = str(data.dtype)
        return type(self)(data, dtype, name, self.labels)

    def filtered(self, mask: Column, labels: Any) -> Self:
        """Keep the rows where the mask is true."""
        return type(self)(self.data[mask.data], self.dtype, self.name, labels)

    def taken(self, positions: Any, labels: Any) -> Self:
        """Keep the rows at these positions."""
        return type(self)(self.data[positions], self.dtype, self.name, labels)

    def sort_positions(self, *, ascending: bool) -> Any:
        """Positions that sort stably, missing last."""
        if self.dtype not in {INT, FLOAT}:
            raise NotNative("sort")
        if ascending:
            return np.argsort(self.data, kind="stable")
        missing = np.isnan(self.data) if self.dtype == FLOAT else np.zeros(len(self.data), dtype=bool)
        there = np.flatnonzero(~missing)
        backwards = np.argsort(self.data[there][::-1], kind="stable")[::-1]
        return np.concatenate([there[len(there) - 1 - backwards], np.flatnonzero(missing)])

    def reduce(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Aggregate the array, leaving missing values out."""
        if self.dtype not in {INT, FLOAT} or parameters:
            raise NotNative(operation)
        values, missing = self.data, None
        if self.dtype == FLOAT:
            missing = np.isnan(values)
            missing = missing if missing.any() else None
        count = len(values) if missing is None else int(len(values) - missing.sum())
        if operation == "count":
            return np.int64(count)
        if count == 0:
            raise NotNative("nothing to aggregate")
        if operation == "sum":
            return (values if missing is None else np.where(missing, 0.0, values)).sum()
        if operation == "mean":
            return np.float64(
                (values if missing is None else np.where(missing, 0.0, values)).sum(dtype=np.float64) / count
            )
        if operation in {"min", "max"}:
            kept = values if missing is None else values[~missing]
            return getattr(kept, operation)()
        raise NotNative(operation)


def _vectorised(operation: str, dtypes: tuple[str, ...], operands: list[Any], parameters: Mapping[str, Any]) -> Any:
    if operation.startswith("dt.") or (not _DATES.isdisjoint(dtypes) and operation not in {"isna", "notna", "sub"}):
        raise NotNative("dates")
    if any(not isinstance(operand, np.ndarray) for operand in operands) and not _DATES.isdisjoint(dtypes):
        raise NotNative("dates with a scalar")
    with np.errstate(all="ignore"):
        if operation == "where":
            value, condition, other = operands
            return np.where(condition, value, other)
        if operation in _UNARY:
            return _UNARY[operation](operands[0], parameters)
        if operation in _BINARY:
            left, right = operands
            return _BINARY[operation](left, right, parameters)
    raise NotNative(operation)


def array_operation(operation: str) -> Callable[[Sequence[Any], Mapping[str, Any]], Any]:
    """What does one operation on arrays of numbers; it may give an operand itself.

    Raises:
        NotNative: the operation is not one of numbers.
    """
    if operation in _UNARY:
        unary = _UNARY[operation]
        return lambda operands, parameters: unary(operands[0], parameters)
    if operation in _BINARY:
        binary = _BINARY[operation]
        return lambda operands, parameters: binary(operands[0], operands[1], parameters)
    raise NotNative(operation)


def _row_by_row(
    operation: str, dtypes: tuple[str, ...], parameters: Mapping[str, Any], operands: list[Any], columns: list[bool]
) -> list[Any]:
    """Run the row layout's expression over all rows in one comprehension."""
    scope = Scope({"nan": math.nan})
    names = ["a", "b", "c"][: len(operands)]
    values = [
        Value(name, dtype, may_be_missing=is_column)
        for name, dtype, is_column in zip(names, dtypes, columns, strict=True)
    ]
    text = expression(operation, values, parameters, scope)
    looped = [name for name, is_column in zip(names, columns, strict=True) if is_column]
    loop = f"for {looped[0]} in {looped[0].upper()}"
    if len(looped) > 1:
        loop = f"for {', '.join(looped)} in zip({', '.join(name.upper() for name in looped)})"
    arguments = [name.upper() if is_column else name for name, is_column in zip(names, columns, strict=True)]
    function: Any = eval(f"lambda {', '.join(arguments)}: [{text} {loop}]", scope.names)  # noqa: S307  (text made of checked parts)
    lists = [operand.tolist() if is_column else operand for operand, is_column in zip(operands, columns, strict=True)]
    result: list[Any] = function(*lists)
    return result


class NumpyFrame(ColumnarFrame):
    """A dict of arrays."""

    __slots__ = ()
    column_class = NumpyColumn
    layout: ClassVar[str] = "numpy"

    def filtered_columns(self, mask: Column, labels: Any) -> dict[Any, Any]:
        """The rows of all columns where the mask is true: NumPy takes positions faster than it applies masks."""
        if len(mask) < 1_000:
            return super().filtered_columns(mask, labels)
        rows = np.flatnonzero(mask.data)
        return {name: NumpyColumn(c.data.take(rows), c.dtype, c.name, labels) for name, c in self.columns.items()}

    def filtered_labels(self, mask: Column) -> Any:
        """Labels of the rows that stay."""
        import pandas as pd

        index = pd.RangeIndex(self.length) if self.labels is None else self.labels
        return default_labels(index[mask.data])
