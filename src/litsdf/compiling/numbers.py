"""The numbers of a table for a plan of numbers, read and made portion by portion, in the layout of the table."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from litsdf.compiling.portions import Prepared, calculate
from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, FLOAT, INT, INT32
from litsdf.layouts.numpy import NumpyColumn, NumpyFrame
from litsdf.plan import Constant, Field, Plan

__all__ = ["run_on_arrays", "run_on_polars"]

_ARRAYS: dict[str, Any] = {INT: np.int64, INT32: np.int32, FLOAT: np.float64, BOOL: np.bool_}


def _check(plan: Plan, table: Any) -> None:
    for field in plan.inputs:
        if table.columns[field.name].dtype != field.dtype:
            raise NotNative("a column of another dtype")


def run_on_arrays(plan: Plan, prepared: Prepared, table: NumpyFrame) -> NumpyFrame:
    """Run a plan on a table of the numpy layout.

    Raises:
        NotNative: the values need another way.
    """
    _check(plan, table)
    rows, labels = len(table), table.labels
    made = {number: np.empty(rows, _ARRAYS[node.dtype]) for number, node in prepared.wanted.items()}

    def read(field: Field, start: int, stop: int) -> Any:
        return table.columns[field.name].data[start:stop]

    calculate(prepared, rows, read, made, lambda *_: None)
    results = {
        id(node): NumpyColumn(made[number], node.dtype, None, labels) for number, node in prepared.wanted.items()
    }
    return _framed(plan, table, results)


def _framed(plan: Plan, table: Any, results: dict[int, Any]) -> Any:
    def column(output: Any) -> Any:
        if isinstance(output, Field):
            return table.columns[output.name]
        if isinstance(output, Constant):
            return type(table).column_class.repeated(output.value, len(table), table.labels)
        return results[id(output)]

    columns = {name: column(output).renamed(name) for name, output in plan.outputs.items()}
    framed = type(table)(columns, len(table), table.labels)
    return framed if plan.keep is None else framed.filtered(column(plan.keep))


def run_on_polars(plan: Plan, prepared: Prepared, table: Any) -> Any:
    """Run a plan on a table of the polars layout: its arrays are read where they are, and made in Arrow's form.

    Raises:
        NotNative: the values need another way.
    """
    import polars as pl
    import pyarrow as pa

    from litsdf.layouts.polars import PolarsColumn

    _check(plan, table)
    rows = len(table)
    held = {number: _empty(rows, _ARRAYS[n.dtype]) for number, n in prepared.wanted.items() if n.dtype != BOOL}
    bits = {
        number: np.empty((rows + 7) // 8, np.uint8) for number, n in prepared.wanted.items() if n.dtype in {BOOL, FLOAT}
    }

    def finish(number: int, values: Any, start: int, stop: int) -> None:
        if number in bits:  # portions begin at whole bytes
            flags = values if values.dtype == np.bool_ else ~np.isnan(values)
            bits[number][start // 8 : (stop + 7) // 8] = np.packbits(flags, bitorder="little")

    calculate(prepared, rows, _reader(table), held, finish)
    results = {}
    for number, node in prepared.wanted.items():
        flags = pa.py_buffer(bits[number]) if number in bits else None
        values = pa.py_buffer(held[number]) if number in held else None
        buffers = [None, flags] if node.dtype == BOOL else [flags, values]
        kind = pa.from_numpy_dtype(_ARRAYS[node.dtype])
        series: Any = pl.from_arrow(pa.Array.from_buffers(kind, rows, buffers))
        results[id(node)] = PolarsColumn(series, node.dtype, None, table.labels)
    return _framed(plan, table, results)


def _empty(rows: int, kind: Any) -> np.ndarray:
    """An array in memory of Arrow's, which keeps what was given back: new pages from the system cost more than filling them."""
    import pyarrow as pa

    buffer = pa.allocate_buffer(rows * np.dtype(kind).itemsize)
    return np.frombuffer(buffer, kind, rows)


def _reader(table: Any) -> Callable[[Field, int, int], Any]:
    def read(field: Field, start: int, stop: int) -> Any:
        series = table.columns[field.name].data.slice(start, stop - start)
        if field.dtype != FLOAT:
            return series.to_numpy()
        if series.n_chunks() > 1:
            series = series.rechunk()
        array = series.to_arrow()
        there, held = array.buffers()
        first, length = array.offset, len(array)
        values = np.frombuffer(held, np.float64, length, 8 * first)
        if there is None:
            return values
        flags = np.frombuffer(there, np.uint8)[first // 8 : (first + length + 7) // 8]
        factors = _factors().take(flags, axis=0).reshape(-1)[first % 8 : first % 8 + length]
        with np.errstate(invalid="ignore"):
            return np.multiply(factors, values, out=factors)

    return read


@cache
def _factors() -> np.ndarray:
    """For each byte of flags, eight factors: 1, or NaN where a value is missing; shape (256, 8)."""
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
    return np.where(bits == 1, 1.0, np.nan)
