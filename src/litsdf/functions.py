"""pandas' top-level functions on litsdf's tables and columns."""

# ruff: noqa: SLF001  (friends read one another's held values)
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from litsdf.choose import choose_layout
from litsdf.contract import NotNative
from litsdf.gathered import on_values
from litsdf.passing import NOT_MOVED, Fallbacks, Passing, from_pandas, to_pandas
from litsdf.registry import library

__all__ = [
    "concat",
    "crosstab",
    "cut",
    "factorize",
    "from_dummies",
    "get_dummies",
    "isna",
    "isnull",
    "lreshape",
    "melt",
    "merge",
    "merge_asof",
    "merge_ordered",
    "notna",
    "notnull",
    "pivot",
    "pivot_table",
    "qcut",
    "to_datetime",
    "to_numeric",
    "to_timedelta",
    "unique",
    "wide_to_long",
]


def _run(name: str, first: Any, call: Callable[[Any], Any]) -> Any:
    """Run one of pandas' functions, and hold the result in the layout of its first argument."""
    layout = first.layout if isinstance(first, Passing) else "pandas"
    fallbacks = first._fallbacks if isinstance(first, Passing) else Fallbacks()
    if isinstance(first, Passing) and layout != "pandas":
        first.fallbacks.note(name, layout)
    return from_pandas(call(getattr(library(layout), name)), layout, fallbacks)


@on_values
def concat(
    objs: Iterable[Any], *, axis: Any = 0, join: Any = "outer", ignore_index: bool = False, **options: Any
) -> Any:
    """Put tables or columns below, or beside, one another; the layout follows the number of rows of the result."""
    parts = dict(objs) if isinstance(objs, dict) else list(objs)
    listed = list(parts.values()) if isinstance(parts, dict) else parts
    given = {"axis": axis, "join": join, "ignore_index": ignore_index, **options}
    if all(isinstance(part, Passing) for part in listed):
        from litsdf.structure.stacking import stacked

        keys = list(parts) if isinstance(parts, dict) else given.pop("keys", None)
        found = _tried(lambda: stacked(listed, keys, {key: value for key, value in given.items() if key != "keys"}))
        if found is not NOT_MOVED:
            return found
        given = {"axis": axis, "join": join, "ignore_index": ignore_index, **options}
    first = next((part for part in listed if isinstance(part, Passing)), None)
    layout = "pandas" if first is None else first.layout
    result = library(layout).concat(to_pandas(parts), **given)
    if first is not None and layout in {"numpy", "polars"}:
        first.fallbacks.note("concat", layout)
    return from_pandas(result, choose_layout(len(result)) if layout == "record" else layout, None)


def _tried(call: Callable[[], Any]) -> Any:
    """Run a native answer; NOT_MOVED where it is left to pandas, which also says what is wrong with the arguments."""
    try:
        return call()
    except (NotNative, AttributeError, NotImplementedError, TypeError, ValueError):
        return NOT_MOVED


def _on_array(name: str, x: Any, call: Callable[[Any], Any]) -> Any:
    """Run a function that gives an array for an array on the values of a column, under its labels."""
    from litsdf.layouts.columnar import Column

    column = getattr(x, "_column", None)
    if not isinstance(column, Column) or column.layout not in {"numpy", "polars"} or not len(column):
        raise NotNative(name)
    found = call(column.array())
    values, rest = (found[0], found[1:]) if type(found) is tuple else (found, ())
    values = getattr(values, "array", values)
    made = x._new(type(column).from_array(values, column.name, column.labels))
    return (made, *rest) if type(found) is tuple else made


def merge(left: Any, right: Any, how: Any = "inner", on: Any = None, **options: Any) -> Any:
    """Join two tables on columns, as a database does."""
    return left.merge(right, how, on, **options)


@on_values
def get_dummies(data: Any, **options: Any) -> Any:
    """Turn categories into columns of true and false."""
    if isinstance(data, Passing) and data.layout in {"numpy", "polars"}:
        from litsdf.structure.reshaping import dummies

        found = _tried(lambda: dummies(data, options))
        if found is not NOT_MOVED:
            return found
    return _run("get_dummies", data, lambda function: function(to_pandas(data), **options))


@on_values
def cut(x: Any, bins: Any, **options: Any) -> Any:
    """Put values into intervals."""
    import pandas as pd

    found = _tried(lambda: _on_array("cut", x, lambda values: pd.cut(values, bins, **options)))
    if found is not NOT_MOVED:
        return found
    return _run("cut", x, lambda function: function(to_pandas(x), bins, **options))


@on_values
def qcut(x: Any, q: Any, **options: Any) -> Any:
    """Put values into intervals of equally many values."""
    import pandas as pd

    found = _tried(lambda: _on_array("qcut", x, lambda values: pd.qcut(values, q, **options)))
    if found is not NOT_MOVED:
        return found
    return _run("qcut", x, lambda function: function(to_pandas(x), q, **options))


@on_values
def to_datetime(arg: Any, **options: Any) -> Any:
    """Read dates in text or numbers."""
    return _run("to_datetime", arg, lambda function: function(to_pandas(arg), **options))


@on_values
def to_numeric(arg: Any, **options: Any) -> Any:
    """Read numbers in text."""
    import pandas as pd

    found = _tried(lambda: _on_array("to_numeric", arg, lambda values: pd.to_numeric(values, **options)))
    if found is not NOT_MOVED:
        return found
    return _run("to_numeric", arg, lambda function: function(to_pandas(arg), **options))


def melt(frame: Any, id_vars: Any = None, value_vars: Any = None, **options: Any) -> Any:
    """Turn columns into rows."""
    if isinstance(frame, Passing):
        return frame.melt(id_vars, value_vars, **options)  # type: ignore[attr-defined]
    return _run("melt", frame, lambda function: function(to_pandas(frame), id_vars, value_vars, **options))


@on_values
def pivot_table(data: Any, **options: Any) -> Any:
    """Turn rows into columns, aggregated."""
    return _run("pivot_table", data, lambda function: function(to_pandas(data), **options))


@on_values
def crosstab(index: Any, columns: Any, values: Any = None, **options: Any) -> Any:
    """Count how often values meet."""
    given = to_pandas((index, columns, values)), to_pandas(options)
    first = next((part for part in (*_listed(index), *_listed(columns)) if isinstance(part, Passing)), index)
    return _run("crosstab", first, lambda function: function(*given[0], **given[1]))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


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


isnull = isna
notnull = notna


def unique(values: Any) -> Any:
    """Give the different values in the order in which they first occur."""
    if isinstance(values, Passing):
        return values.unique()  # type: ignore[attr-defined]
    import pandas as pd

    return pd.unique(values)


def factorize(values: Any, **options: Any) -> Any:
    """Number the different values: a number for each row, and the values."""
    if isinstance(values, Passing):
        return values.factorize(**options)  # type: ignore[attr-defined]
    import pandas as pd

    return pd.factorize(values, **options)


@on_values
def to_timedelta(arg: Any, unit: Any = None, **options: Any) -> Any:
    """Read lengths of time in text or numbers."""
    import pandas as pd

    def read(values: Any) -> Any:
        return pd.to_timedelta(values, unit, **options)

    found = _tried(lambda: _on_array("to_timedelta", arg, read))
    if found is not NOT_MOVED:
        return found
    return _run("to_timedelta", arg, lambda function: function(to_pandas(arg), unit, **options))


@on_values
def merge_asof(left: Any, right: Any, **options: Any) -> Any:
    """Join each row with the last row of another table whose key is not larger."""
    given = to_pandas(right), to_pandas(options)
    return _run("merge_asof", left, lambda function: function(to_pandas(left), given[0], **given[1]))


@on_values
def merge_ordered(left: Any, right: Any, **options: Any) -> Any:
    """Join two tables in the order of their keys."""
    given = to_pandas(right), to_pandas(options)
    return _run("merge_ordered", left, lambda function: function(to_pandas(left), given[0], **given[1]))


def pivot(data: Any, **options: Any) -> Any:
    """Turn rows into columns."""
    if isinstance(data, Passing):
        return data.pivot(**options)  # type: ignore[attr-defined]  # noqa: PD010
    return _run("pivot", data, lambda function: function(to_pandas(data), **options))


@on_values
def wide_to_long(  # noqa: PLR0917  (pandas takes them by position)
    df: Any, stubnames: Any, i: Any, j: Any, sep: str = "", suffix: str = r"\d+"
) -> Any:
    """Turn columns whose names share a beginning into rows."""
    return _run("wide_to_long", df, lambda function: function(to_pandas(df), stubnames, i, j, sep, suffix))


@on_values
def lreshape(data: Any, groups: Any, **options: Any) -> Any:
    """Turn groups of columns into rows."""
    return _run("lreshape", data, lambda function: function(to_pandas(data), groups, **options))


@on_values
def from_dummies(data: Any, **options: Any) -> Any:
    """Turn columns of true and false into categories."""
    return _run("from_dummies", data, lambda function: function(to_pandas(data), **options))
