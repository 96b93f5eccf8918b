"""The polars layout: columns as Polars Series, for many rows and all cores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import polars as pl

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, BY_DATA, DATETIME, FLOAT, INT, INT32, LIST, OPAQUE, STR, scalar_dtype
from litsdf.layouts.columnar import Column, ColumnarFrame, default_labels
from litsdf.layouts.polars_expressions import POLARS_DTYPES, Operand, expression, literal
from litsdf.operations import result_dtype

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PolarsColumn", "PolarsFrame", "settled"]


def settled(series: pl.Series, dtype: str) -> tuple[pl.Series, str]:
    """Decide a dtype that depends on the data: integers become floats when one is missing."""
    if dtype not in BY_DATA:
        return series, dtype
    if series.null_count():
        return series.cast(pl.Float64), FLOAT
    return series, BY_DATA[dtype]


def beyond_ascii(series: pl.Series) -> bool:
    """Whether text holds characters beyond ASCII."""
    return bool((series.str.len_bytes() != series.str.len_chars()).any())


class PolarsColumn(Column):
    """One Polars Series; missing values are null, never NaN."""

    __slots__ = ()
    layout: ClassVar[str] = "polars"

    @classmethod
    def repeated(cls, value: Any, length: int, labels: Any) -> Self:
        """Make a column of one scalar."""
        dtype = scalar_dtype(value)
        data = pl.select(pl.repeat(pl.lit(value, dtype=POLARS_DTYPES[dtype]), length)).to_series()
        return cls(data.fill_nan(None) if dtype == FLOAT else data, dtype, None, labels)

    @classmethod
    def from_pandas(cls, series: pd.Series, labels: Any) -> Self:
        """Hold a pandas Series."""
        from litsdf.layouts.pandas_forms import array_from_pandas

        return cls.from_array(array_from_pandas(series), series.name, labels)

    @classmethod
    def from_array(cls, values: Any, name: Any, labels: Any) -> Self:
        """Hold an array of pandas."""
        from litsdf.layouts.pandas_forms import dtype_name

        dtype = dtype_name(values.dtype)
        if dtype == OPAQUE:
            return cls(values, OPAQUE, name, labels)
        if dtype == STR:
            import pyarrow as pa

            array: Any = pa.array
            large: Any = pa.large_string()
            data = pl.Series("", array(values, type=large, from_pandas=True), dtype=pl.String)
        else:
            data = pl.Series("", np.asarray(values), dtype=POLARS_DTYPES[dtype], nan_to_null=dtype == FLOAT)
        return cls(data, dtype, name, labels)

    @classmethod
    def from_series(cls, series: pl.Series, labels: Any = None) -> Self:
        """Hold a Polars Series by pandas' rules: integers with missing values are floats."""
        kind, name = series.dtype, series.name
        if kind == pl.Float64:
            return cls(series.fill_nan(None), FLOAT, name, labels)
        if kind == pl.Int64:
            data, dtype = settled(series, "int64|float64")
            return cls(data, dtype, name, labels)
        if kind == pl.String or kind == pl.Datetime("us") or (kind == pl.Boolean and not series.null_count()):
            return cls(series, {pl.String: STR, pl.Boolean: BOOL}.get(type(kind), DATETIME), name, labels)
        return cls.from_pandas(series.to_pandas(), labels)

    def to_pandas(self) -> pd.Series:
        """Give the column as a pandas Series."""
        import pandas as pd

        from litsdf.layouts.pandas_forms import opaque_to_pandas

        index = pd.RangeIndex(len(self)) if self.labels is None else self.labels
        return opaque_to_pandas(self.array(), index, self.name)

    def array(self) -> Any:
        """The values as the array that pandas would hold."""
        if self.dtype == OPAQUE:
            return self.data
        if self.dtype == STR:
            from litsdf.layouts.pandas_forms import text_from_arrow

            return text_from_arrow(self.data.to_arrow(compat_level=pl.CompatLevel.oldest()))
        if self.dtype == LIST:
            values = np.empty(len(self), dtype=object)
            values[:] = [math.nan if value is None else value for value in self.data.to_list()]
            return values
        values = self.data.fill_null(math.nan) if self.dtype == FLOAT else self.data
        return values.to_numpy()

    def elementwise(self, operation: str, others: Sequence[Any], parameters: Mapping[str, Any]) -> Self:
        """Evaluate one operation over the column."""
        self.checked_operands(others)
        dtypes = (self.dtype, *(o.dtype if isinstance(o, Column) else scalar_dtype(o) for o in others))
        dtype = result_dtype(operation, dtypes, parameters)
        if operation == "astype" and parameters["dtype"] == INT and self.dtype == FLOAT:
            return self._to_integers()
        if (operation == "map" and not len(self)) or (dtype == LIST and 0 < len(self) == self.data.null_count()):
            raise NotNative("a dtype that depends on there being values")
        if len(self) == 1 and operation in {"truediv", "rtruediv", "round"}:
            raise NotNative("division of a single row")  # Polars takes it for a scalar and multiplies by the reciprocal
        columns, operands = {"a": self.data}, [self._operand("a", self)]
        for name, other in zip("bc", others, strict=False):
            if isinstance(other, Column):
                columns[name] = other.data
                operands.append(self._operand(name, other))
            else:
                operands.append(literal(other, scalar_dtype(other)))
        careful = operation.startswith("str.") and self.dtype == STR and beyond_ascii(self.data)
        built = expression(operation, operands, parameters, careful=careful)
        data = pl.DataFrame(columns).select(built.alias("")).to_series()
        data, dtype = settled(data, dtype)
        return type(self)(data, dtype, self.result_name(operation, others), self.labels)

    @staticmethod
    def _operand(name: str, column: Column) -> Operand:
        return Operand(pl.col(name), column.dtype, may_be_missing=column.data.null_count() > 0)

    def _to_integers(self) -> Self:
        if self.data.null_count() or not (self.data.abs() < 9.2e18).all():
            raise NotNative("floats that are no integers")
        return type(self)(self.data.cast(pl.Int64), INT, self.name, self.labels)

    def transformed(self, operation: str, parameters: Mapping[str, Any]) -> Self:
        """`shift`, `diff` and `cumsum` by whole columns."""
        periods = parameters.get("periods", 1)
        if type(periods) is not int or (
            self.dtype not in {INT, FLOAT} and (operation != "shift" or self.dtype not in {STR, DATETIME})
        ):
            raise NotNative(operation)
        if operation == "cumsum":
            return type(self)(self.data.cum_sum(), self.dtype, self.name, self.labels)
        data = self.data.cast(pl.Float64) if self.dtype == INT and (periods or operation == "diff") else self.data
        if self.dtype == INT and self.data.len() and (self.data.abs().max() or 0) >= 2**53:
            raise NotNative("large integers become floats")
        data = data.shift(periods) if operation == "shift" else data.diff(periods).fill_nan(None)
        return type(self)(data, FLOAT if data.dtype == pl.Float64 else self.dtype, self.name, self.labels)

    def filtered(self, mask: Column, labels: Any) -> Self:
        """Keep the rows where the mask is true."""
        if self.dtype == OPAQUE:
            return type(self)(self.data[mask.data.to_numpy()], OPAQUE, self.name, labels)
        return type(self)(self.data.filter(mask.data), self.dtype, self.name, labels)

    def taken(self, positions: Any, labels: Any) -> Self:
        """Keep the rows at these positions."""
        data = self.data.take(positions) if self.dtype == OPAQUE else self.data.gather(positions)
        return type(self)(data, self.dtype, self.name, labels)

    def sort_positions(self, *, ascending: bool) -> Any:
        """Positions that sort stably, missing last."""
        if self.dtype not in {INT, FLOAT, STR, DATETIME}:
            raise NotNative("sort")
        rows = pl.DataFrame({"a": self.data}).with_row_index("row")
        order = pl.col("row").sort_by("a", descending=not ascending, nulls_last=True, maintain_order=True)
        return rows.select(order).to_series().to_numpy()

    def reduce(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Aggregate, leaving missing values out."""
        if (
            parameters
            or self.dtype not in {INT, FLOAT}
            or operation not in {"sum", "mean", "min", "max", "count", "median"}
        ):
            raise NotNative(operation)
        if operation == "count":
            return int(self.data.count())
        if not self.data.count():
            raise NotNative("nothing to aggregate")
        return getattr(self.data, operation)()


class PolarsFrame(ColumnarFrame):
    """A table of Polars Series."""

    __slots__ = ()
    column_class = PolarsColumn
    layout: ClassVar[str] = "polars"

    @classmethod
    def from_arrow(cls, table: Any) -> Self:
        """Hold a Polars or Arrow table without going through pandas."""
        frame = table.collect() if isinstance(table, pl.LazyFrame) else table
        frame = frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(pl.from_arrow(frame))
        cls.check_names(frame.columns)
        return cls({series.name: PolarsColumn.from_series(series) for series in frame}, frame.height)

    def to_polars(self) -> pl.DataFrame:
        """Give a Polars DataFrame; row labels are left out."""
        return pl.DataFrame({
            name: pl.Series(name, column.to_pandas()) if column.dtype == OPAQUE else column.data
            for name, column in self.columns.items()
        })  # fmt: skip

    def filtered_columns(self, mask: Column, labels: Any) -> dict[Any, Any]:
        """The rows of all columns where the mask is true, on all cores."""
        held = {str(place): c.data for place, c in enumerate(self.columns.values()) if c.dtype != OPAQUE}
        if len(held) < 2 or len(mask) < 1_000:
            return super().filtered_columns(mask, labels)
        found = pl.DataFrame(held).filter(mask.data)
        rows = np.flatnonzero(mask.data.to_numpy()) if len(held) < len(self.columns) else None
        return {
            name: PolarsColumn(found[str(p)] if str(p) in held else c.data.take(rows), c.dtype, c.name, labels)
            for p, (name, c) in enumerate(self.columns.items())
        }

    def filtered_labels(self, mask: Column) -> Any:
        """Labels of the rows that stay."""
        import pandas as pd

        index = pd.RangeIndex(self.length) if self.labels is None else self.labels
        return default_labels(index[mask.data.to_numpy()])

    def first_rows(self, names: Sequence[Any]) -> Column:
        """A mask of the rows whose values in these columns were not seen before."""
        if any(self.columns[name].dtype not in {INT, STR, BOOL, DATETIME} for name in names) or not names:
            raise NotNative("drop_duplicates of these dtypes")
        frame = pl.DataFrame({name: self.columns[name].data for name in names})
        mask = frame.select(pl.struct(pl.all()).is_first_distinct().alias("")).to_series()
        return PolarsColumn(mask, BOOL, None, self.labels)

    def joined(self, other: ColumnarFrame, keys: Sequence[Any], how: str) -> Self:
        """Inner or left join on columns of the same names; rows keep the order of the left table."""
        shared = set(self.columns) & set(other.columns)
        if how not in {"inner", "left"} or shared != set(keys) or len(set(keys)) != len(keys):
            raise NotNative("merge")
        held = [*self.columns.values(), *other.columns.values()]
        if any(column.dtype in {OPAQUE, LIST, INT32} for column in held):
            raise NotNative("merge of dtypes held for pandas")
        if any(self.columns[key].dtype != other.columns[key].dtype for key in keys):
            raise NotNative("keys of different dtypes")
        left, right = (pl.DataFrame({n: c.data for n, c in t.columns.items()}) for t in (self, other))
        joined = left.join(
            right,
            on=list(keys),
            how="left" if how == "left" else "inner",
            nulls_equal=True,
            maintain_order="left_right",
        )
        return type(self)({series.name: PolarsColumn.from_series(series) for series in joined}, joined.height)
