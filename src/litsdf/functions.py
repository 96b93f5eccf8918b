"""pandas' top-level functions on litsdf's tables and columns."""

# ruff: noqa: SLF001  (friends read one another's held values)
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from litsdf.choose import choose_layout
from litsdf.passing import Fallbacks, Passing, from_pandas, to_pandas
from litsdf.registry import library

__all__ = [
    "concat",
    "crosstab",
    "cut",
    "from_dummies",
    "get_dummies",
    "isna",
    "lreshape",
    "melt",
    "merge",
    "notna",
    "pivot",
    "pivot_table",
    "qcut",
    "to_datetime",
    "to_numeric",
    "wide_to_long",
]


def _run(name: str, first: Any, call: Callable[[Any], Any]) -> Any:
    """Run one of pandas' functions, and hold the result in the layout of its first argument."""
    layout = first.layout if isinstance(first, Passing) else "pandas"
    fallbacks = first._fallbacks if isinstance(first, Passing) else Fallbacks()
    if isinstance(first, Passing) and layout != "pandas":
        first.fallbacks.note(name, layout)
    return from_pandas(call(getattr(library(layout), name)), layout, fallbacks)


def concat(
    objs: Iterable[Any], *, axis: Any = 0, join: Any = "outer", ignore_index: bool = False, **options: Any
) -> Any:
    """Put tables or columns below, or beside, one another; the layout follows the number of rows of the result."""
    parts = dict(objs) if isinstance(objs, dict) else list(objs)
    first = next(
        (part for part in (parts.values() if isinstance(parts, dict) else parts) if isinstance(part, Passing)), None
    )
    layout = "pandas" if first is None else first.layout
    concatenate = library(layout).concat
    result = concatenate(to_pandas(parts), axis=axis, join=join, ignore_index=ignore_index, **options)
    return from_pandas(result, choose_layout(len(result)) if layout == "record" else layout, None)


def merge(left: Any, right: Any, how: Any = "inner", on: Any = None, **options: Any) -> Any:
    """Join two tables on columns, as a database does."""
    return left.merge(right, how, on, **options)


def get_dummies(data: Any, **options: Any) -> Any:
    """Turn categories into columns of true and false."""
    return _run("get_dummies", data, lambda function: function(to_pandas(data), **options))


def cut(x: Any, bins: Any, **options: Any) -> Any:
    """Put values into intervals."""
    return _run("cut", x, lambda function: function(to_pandas(x), bins, **options))


def qcut(x: Any, q: Any, **options: Any) -> Any:
    """Put values into intervals of equally many values."""
    return _run("qcut", x, lambda function: function(to_pandas(x), q, **options))


def to_datetime(arg: Any, **options: Any) -> Any:
    """Read dates in text or numbers."""
    return _run("to_datetime", arg, lambda function: function(to_pandas(arg), **options))


def to_numeric(arg: Any, **options: Any) -> Any:
    """Read numbers in text."""
    return _run("to_numeric", arg, lambda function: function(to_pandas(arg), **options))


def melt(frame: Any, **options: Any) -> Any:
    """Turn columns into rows."""
    return _run("melt", frame, lambda function: function(to_pandas(frame), **options))


def pivot_table(data: Any, **options: Any) -> Any:
    """Turn rows into columns, aggregated."""
    return _run("pivot_table", data, lambda function: function(to_pandas(data), **options))


def crosstab(index: Any, columns: Any, **options: Any) -> Any:
    """Count how often values meet."""
    return _run("crosstab", index, lambda function: function(to_pandas(index), to_pandas(columns), **options))


def isna(obj: Any) -> Any:
    """Whether each value is missing."""
    if isinstance(obj, Passing):
        return obj.isna()  # type: ignore[attr-defined]
    import pandas as pd

    return pd.isna(obj)


def notna(obj: Any) -> Any:
    """Whether each value is there."""
    if isinstance(obj, Passing):
        return obj.notna()  # type: ignore[attr-defined]
    import pandas as pd

    return pd.notna(obj)


def pivot(data: Any, **options: Any) -> Any:
    """Turn rows into columns."""
    return _run("pivot", data, lambda function: function(to_pandas(data), **options))


def wide_to_long(df: Any, stubnames: Any, i: Any, j: Any, **options: Any) -> Any:
    """Turn columns whose names share a beginning into rows."""
    return _run("wide_to_long", df, lambda function: function(to_pandas(df), stubnames, i, j, **options))


def lreshape(data: Any, groups: Any, **options: Any) -> Any:
    """Turn groups of columns into rows."""
    return _run("lreshape", data, lambda function: function(to_pandas(data), groups, **options))


def from_dummies(data: Any, **options: Any) -> Any:
    """Turn columns of true and false into categories."""
    return _run("from_dummies", data, lambda function: function(to_pandas(data), **options))
