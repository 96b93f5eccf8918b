"""Which method of pandas works where: read off the code itself, published in the documentation."""

from __future__ import annotations

from collections import Counter
from typing import Any

from litsdf.contract import not_implemented

__all__ = ["Row", "summary", "table"]

Row = tuple[str, str, dict[str, str]]
"""Part of the API (Series, DataFrame, str, dt), method, and layout → native, gathered, pandas or missing."""

_LAYOUTS = ("record", "numpy", "polars", "dask")
_OPERATION_OF = {
    "Series": {
        "isna": "isna", "isnull": "isna", "notna": "notna", "notnull": "notna", "fillna": "fillna", "clip": "clip",
        "round": "round", "abs": "abs", "astype": "astype", "isin": "isin", "map": "map", "replace": "replace",
        "where": "where", "mask": "where", "between": "ge",
        **{name: name for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "eq", "ne", "lt", "le", "gt", "ge")},
        **{f"r{name}": name for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")},
        "div": "truediv", "divide": "truediv", "multiply": "mul", "subtract": "sub", "rdiv": "truediv",
    },
    "str": {"ljust": "str.pad", "rjust": "str.pad"},
    "dt": {"weekday": "dt.day_of_week", "dayofweek": "dt.day_of_week", "dayofyear": "dt.day_of_year",
           "daysinmonth": "dt.days_in_month"},
}  # fmt: skip
_BY_KERNEL = {
    "Series": {
        *_OPERATION_OF["Series"], "rdivmod", "divmod", "rfloordiv", "rtruediv", "ffill", "bfill", "interpolate", "to_list", "tolist",
        "to_numpy", "values", "array",
    },
    "DataFrame": set(),
}  # fmt: skip
"""What pandas' kernels answer on the array of a column, in every layout; `.str` and `.dt` are looked up."""
_TABLES = {"extract", "extractall", "get_dummies", "partition", "rpartition"}
"""Text methods that give a table, which the record layout leaves to pandas."""
_EVERYWHERE = {
    "Series": {"cat", "ndim", "copy", "dtype", "empty", "name", "pipe", "shape", "size", "index", "str", "dt", "loc", "iloc", "at", "iat"},
    "DataFrame": {"assign", "columns", "copy", "drop", "dtypes", "empty", "index", "ndim", "pipe", "rename", "shape", "size", "astype",
                  "query", "eval"},
}  # fmt: skip
_REDUCTIONS = {
    "record": {"sum", "mean", "min", "max", "median"},
    "numpy": {"sum", "mean", "min", "max", "count"},
    "polars": {"sum", "mean", "min", "max", "count", "median", "nunique", "shift", "diff", "cumsum"},
}
_STRUCTURE = {
    "record": {"reset_index", "dropna"},
    "numpy": {"head", "tail", "sort_values", "reset_index", "groupby", "dropna"},
    "polars": {
        "head",
        "tail",
        "sort_values",
        "reset_index",
        "groupby",
        "merge",
        "dropna",
        "drop_duplicates",
    },
}


_IN_PORTIONS = {
    "Series": {"sum", "mean", "min", "max", "count", "sort_values", "drop_duplicates", "nunique", "unique", "str", "dt", "loc", "copy", "dtype", "empty", "name", "ndim", "pipe",
               "shape", "size", "index"},
    "DataFrame": {"assign", "columns", "copy", "drop", "dtypes", "empty", "index", "ndim", "pipe", "rename", "shape", "size", "astype",
                  "fillna", "head", "reset_index", "merge", "groupby", "dropna", "drop_duplicates", "sort_values", "loc"},
}  # fmt: skip
"""What the dask layout does portion by portion beside row-by-row operations and running values."""
_STREAMED = {"to_parquet", "to_csv", "to_json", "to_feather"}
"""What it writes portion by portion."""
_ALL_COLUMNS = {"isna", "isnull", "notna", "notnull", "abs", "isin", "round", "clip"}
"""What it records for every column of a table."""


def _in_dask(part: str, name: str, *, in_polars: bool, operations: set[str]) -> str:
    """How the dask layout answers: portion by portion, or by the polars layout on the columns brought together."""
    from litsdf.layouts.partition_running import RUNNING
    from litsdf.structure.frame_values import METHODS

    operation = _OPERATION_OF.get(part, {}).get(name, f"{part}.{name}" if part in {"str", "dt"} else "")
    in_portions = operation in operations or name in _IN_PORTIONS.get(part, ())
    if in_portions or (part in {"Series", "DataFrame"} and name in RUNNING):
        return "native"
    if part == "DataFrame" and (name in _STREAMED or name in _ALL_COLUMNS or name in METHODS):
        return "native"
    return "gathered" if in_polars else "pandas"


def _operations(layout: str) -> set[str]:
    """The row-by-row operations that a layout has natively."""
    if layout in {"polars", "dask"}:
        from litsdf.layouts.polars_expressions import EXPRESSIONS as IN_POLARS

        return set(IN_POLARS)
    from litsdf.layouts.rows import EXPRESSIONS

    if layout == "record":
        return set(EXPRESSIONS)
    from litsdf.layouts.numpy import NATIVE_OPERATIONS

    return set(NATIVE_OPERATIONS)


def _native(part: str, name: str, layout: str, operations: set[str]) -> bool:
    operation = _OPERATION_OF.get(part, {}).get(name, f"{part}.{name}" if part in {"str", "dt"} else "")
    if operation in operations or name in _EVERYWHERE.get(part, ()) or _by_kernel(part, name, layout):
        return True
    if part in {"Series", "DataFrame"} and (name == "groupby" or _moved(part, name, layout, operations)):
        return True
    if part == "Series":
        return name in _REDUCTIONS[layout]
    return part == "DataFrame" and name in _STRUCTURE[layout]


def _by_kernel(part: str, name: str, layout: str) -> bool:
    """Whether pandas' kernels answer a method on arrays."""
    if part == "str":
        return layout != "record" or name not in _TABLES
    if part == "dt":
        from litsdf.kernels.dates import LEFT_TO_PANDAS

        return name not in LEFT_TO_PANDAS
    return name in _BY_KERNEL[part]


def _moved(part: str, name: str, layout: str, operations: set[str]) -> bool:
    """Whether a method is answered by moving rows and columns, or by asking every column."""
    from litsdf.structure.calls import native_names
    from litsdf.structure.frame_values import BY_COLUMN, METHODS

    if part == "DataFrame" and (name in BY_COLUMN or name in METHODS):
        return _native("Series", name, layout, operations)
    selecting = part == "DataFrame" and name in {"loc", "iloc", "at", "iat", "values"}
    return selecting or (part in {"Series", "DataFrame"} and name in native_names(part))


def _public(part: str) -> tuple[list[str], Any]:
    """The public methods of a part of pandas, and litsdf's class for it."""
    import pandas as pd

    from litsdf.datetimes import DatetimeMethods
    from litsdf.frame import DataFrame
    from litsdf.series import Series
    from litsdf.strings import StringMethods

    dates = pd.Series(pd.to_datetime(["2024-01-01"])).dt
    pairs: dict[str, tuple[Any, Any]] = {
        "Series": (pd.Series, Series), "DataFrame": (pd.DataFrame, DataFrame),
        "str": (type(pd.Series(["a"]).str), StringMethods), "dt": (type(dates), DatetimeMethods),
    }  # fmt: skip
    theirs, ours = pairs[part]
    return [name for name in dir(theirs) if not name.startswith("_")], ours


def table() -> list[Row]:
    """Every public method of pandas' Series, DataFrame, `.str` and `.dt`, with how each layout answers it."""
    operations = {layout: _operations(layout) for layout in _LAYOUTS}
    rows: list[Row] = []
    for part in ("Series", "DataFrame", "str", "dt"):
        names, ours = _public(part)
        for name in names:
            there = hasattr(ours, name) or part == "dt"  # date fields are looked up by name
            states = {}
            for layout in _LAYOUTS:
                native = there and _native(part, name, "polars" if layout == "dask" else layout, operations[layout])
                states[layout] = "native" if native else "pandas" if there else "missing"
                if layout == "dask" and there:
                    states[layout] = _in_dask(part, name, in_polars=native, operations=operations[layout])
            rows.append((part, name, states))
    return rows


def summary() -> dict[tuple[str, str], Counter[str]]:
    """Count native, through pandas, and missing, by part and layout."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for part, _, states in table():
        for layout, state in states.items():
            counts.setdefault((part, layout), Counter())[state] += 1
    return counts


def declined(layout_class: type) -> list[str]:
    """Methods of the contract that a layout declines in one line."""
    return [name for name, value in vars(layout_class).items() if isinstance(value, not_implemented)]
