"""litsdf: write pandas, run any layout.

The pandas API over several data layouts: one row as plain Python values, NumPy arrays, pandas, Polars. The answer is
the same in every layout; `litsdf.compile` turns a pandas-style function into code for one row and one fused query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litsdf.bandit import LayoutBandit
    from litsdf.choose import Thresholds, choose_layout, thresholds
    from litsdf.compile import Compiled, compile  # noqa: A004
    from litsdf.deferred import col
    from litsdf.errors import CompileError, ComputeError, FieldError, LayoutError, LitsdfError
    from litsdf.frame import DataFrame
    from litsdf.functions import (
        concat,
        crosstab,
        cut,
        factorize,
        from_dummies,
        get_dummies,
        isna,
        isnull,
        lreshape,
        melt,
        merge,
        merge_asof,
        merge_ordered,
        notna,
        notnull,
        pivot,
        pivot_table,
        qcut,
        to_datetime,
        to_numeric,
        to_timedelta,
        unique,
        wide_to_long,
    )
    from litsdf.pandas_readers import (
        json_normalize,
        read_excel,
        read_feather,
        read_fwf,
        read_hdf,
        read_html,
        read_json,
        read_orc,
        read_pickle,
        read_sas,
        read_spss,
        read_sql,
        read_sql_query,
        read_sql_table,
        read_stata,
        read_table,
        read_xml,
    )
    from litsdf.partitions import compute, map_partitions, partition_count, repartition
    from litsdf.readers import read_arrow, read_csv, read_json_lines, read_parquet
    from litsdf.registry import layout_names
    from litsdf.series import Series

__all__ = [
    "CompileError",
    "Compiled",
    "ComputeError",
    "DataFrame",
    "FieldError",
    "LayoutBandit",
    "LayoutError",
    "LitsdfError",
    "Series",
    "Thresholds",
    "choose_layout",
    "col",
    "compile",
    "compute",
    "concat",
    "crosstab",
    "cut",
    "factorize",
    "from_dummies",
    "get_dummies",
    "isna",
    "isnull",
    "json_normalize",
    "layout_names",
    "lreshape",
    "map_partitions",
    "melt",
    "merge",
    "merge_asof",
    "merge_ordered",
    "notna",
    "notnull",
    "partition_count",
    "pivot",
    "pivot_table",
    "qcut",
    "read_arrow",
    "read_csv",
    "read_excel",
    "read_feather",
    "read_fwf",
    "read_hdf",
    "read_html",
    "read_json",
    "read_json_lines",
    "read_orc",
    "read_parquet",
    "read_pickle",
    "read_sas",
    "read_spss",
    "read_sql",
    "read_sql_query",
    "read_sql_table",
    "read_stata",
    "read_table",
    "read_xml",
    "repartition",
    "thresholds",
    "to_datetime",
    "to_numeric",
    "to_timedelta",
    "unique",
    "wide_to_long",
]  # fmt: skip

_HOMES = {
    "LayoutBandit": "bandit", "CompileError": "errors", "ComputeError": "errors", "Compiled": "compile", "compile": "compile", "DataFrame": "frame", "FieldError": "errors", "LayoutError": "errors",
    "LitsdfError": "errors", "Series": "series", "Thresholds": "choose", "thresholds": "choose", "choose_layout": "choose",
    "layout_names": "registry", "col": "deferred",
    **dict.fromkeys(
        ("concat", "crosstab", "cut", "factorize", "from_dummies", "get_dummies", "isna", "isnull", "lreshape", "melt", "merge", "merge_asof", "merge_ordered", "notna", "notnull", "pivot", "pivot_table", "qcut", "to_datetime", "to_numeric", "to_timedelta", "unique", "wide_to_long"),
        "functions",
    ),
    **dict.fromkeys(("compute", "map_partitions", "partition_count", "repartition"), "partitions"),
    **dict.fromkeys(
        ("json_normalize", "read_excel", "read_feather", "read_fwf", "read_hdf", "read_html", "read_json", "read_orc", "read_pickle", "read_sas", "read_spss", "read_sql", "read_sql_query", "read_sql_table", "read_stata", "read_table", "read_xml"),
        "pandas_readers",
    ),
    **dict.fromkeys(("read_arrow", "read_csv", "read_json_lines", "read_parquet"), "readers"),
}  # fmt: skip


_OF_PANDAS = frozenset({
    "NA", "NaT", "Timestamp", "Timedelta", "Period", "Interval", "DateOffset", "Index", "MultiIndex", "RangeIndex", "DatetimeIndex",
    "TimedeltaIndex", "PeriodIndex", "IntervalIndex", "CategoricalIndex", "Categorical", "CategoricalDtype", "StringDtype",
    "Int8Dtype", "Int16Dtype", "Int32Dtype", "Int64Dtype", "Float32Dtype", "Float64Dtype", "BooleanDtype", "DatetimeTZDtype",
    "PeriodDtype", "IntervalDtype", "ArrowDtype", "Grouper", "NamedAgg", "IndexSlice", "array", "date_range", "bdate_range",
    "period_range", "timedelta_range", "interval_range", "infer_freq", "option_context", "get_option", "set_option",
    "reset_option", "offsets", "tseries", "api",
})  # fmt: skip
"""Values, labels, dtypes and settings of pandas that litsdf has no form of its own for: they are pandas' own."""


def __getattr__(name: str) -> Any:
    if name in _OF_PANDAS:
        import pandas as pd

        return getattr(pd, name)
    if name not in _HOMES:
        raise AttributeError(f"module 'litsdf' has no attribute {name!r}")
    from importlib import import_module

    home = import_module(f"litsdf.{_HOMES[name]}")
    # a submodule of the same name, such as `compile`, must not be what the next access finds
    globals().update({other: getattr(home, other) for other, place in _HOMES.items() if place == _HOMES[name]})
    return globals()[name]
