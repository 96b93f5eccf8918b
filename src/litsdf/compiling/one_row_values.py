"""What aggregations, running values and ranks of one row are: mostly the value itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, STR
from litsdf.layouts.row_code import Value, is_missing_text
from litsdf.relations import Call

if TYPE_CHECKING:
    from litsdf.compiling.one_row import RowTable, RowWriter

__all__ = ["AGGREGATED", "RUNNING", "aggregated", "running"]

_NAN = Value("nan", FLOAT, may_be_missing=True)


def _count(_: Value, missing: str | None) -> tuple[str, str]:
    return ("1" if missing is None else f"(0 if {missing} else 1)"), INT


def _total(empty: str) -> Callable[[Value, str | None], tuple[str, str]]:
    def build(value: Value, missing: str | None) -> tuple[str, str]:
        if value.dtype == BOOL:
            return f"int({value.text})", INT
        return (value.text if missing is None else f"({empty} if {missing} else {value.text})"), value.dtype

    return build


def _as_float(value: Value, _: str | None) -> tuple[str, str]:
    return (value.text if value.dtype == FLOAT else f"float({value.text})"), FLOAT


def _itself(value: Value, _: str | None) -> tuple[str, str]:
    return value.text, value.dtype


def _unknown(_: Value, __: str | None) -> tuple[str, str]:
    return "nan", FLOAT


def _truth(*, empty: bool) -> Callable[[Value, str | None], tuple[str, str]]:
    def build(value: Value, missing: str | None) -> tuple[str, str]:
        text = value.text if value.dtype == BOOL else f"({value.text} != 0)"
        return (text if missing is None else f"({empty} if {missing} else {text})"), BOOL

    return build


_NUMBERS, _FIGURES = frozenset({INT, FLOAT}), frozenset({INT, FLOAT, BOOL})
_ALL = frozenset({INT, FLOAT, BOOL, STR, DATETIME})
AGGREGATED: dict[str, tuple[frozenset[str], Callable[[Value, str | None], tuple[str, str]]]] = {
    "count": (_ALL, _count), "nunique": (_ALL, _count), "sum": (_FIGURES, _total("0.0")), "prod": (_FIGURES, _total("1.0")),
    "mean": (_FIGURES, _as_float), "median": (_NUMBERS, _as_float), "quantile": (_NUMBERS, _as_float),
    "min": (_FIGURES, _itself), "max": (_FIGURES, _itself), "std": (_NUMBERS, _unknown), "var": (_NUMBERS, _unknown),
    "sem": (_NUMBERS, _unknown), "skew": (_NUMBERS, _unknown), "kurt": (_NUMBERS, _unknown),
    "any": (_FIGURES, _truth(empty=False)), "all": (_FIGURES, _truth(empty=True)),
}  # fmt: skip
"""Of which dtypes, and how, each aggregation of one value is written."""
_OF_GROUPS = AGGREGATED | {
    "first": (_ALL, _itself), "last": (_ALL, _itself), "min": (_ALL, _itself), "max": (_ALL, _itself),
}  # fmt: skip
RUNNING = frozenset({
    "shift", "diff", "cumsum", "cumprod", "cummin", "cummax", "rank", "pct_change", "ffill", "bfill", "duplicated",
    "cumcount", "ngroup",
})  # fmt: skip


def aggregated(writer: RowWriter, table: RowTable, call: Call) -> Any:
    """One value of a column, or the table of one group, or a value for each row of a group.

    Raises:
        NotNative: the call has no exact form for one row.
    """
    if not table.by:
        if table.exists is not None:
            writer.leave_when(f"not {table.exists}")
        _check_arguments(call)
        return _one(writer, AGGREGATED, call.name, next(iter(table.columns.values())))
    if call.name in RUNNING:
        return running(writer, table, call)
    if call.name == "transform":
        return _spread(writer, table, call)
    plan = _plan(table, call)
    columns = {
        label: Value("1", INT, may_be_missing=False) if how == "size" else _one(writer, _OF_GROUPS, how, value)
        for label, (value, how) in plan.items()
    }
    single = table.single and call.name != "size" and not (call.name in {"agg", "aggregate"} and _gives_table(call))
    single = single or call.name == "size"
    from litsdf.compiling.one_row import RowTable

    if table.as_index:
        return RowTable(columns, table.by, table.exists, single=single)
    keys = dict(table.by)
    if len(keys) != len(table.by) or not keys.keys().isdisjoint(columns):
        raise NotNative("keys of one name, or named as a result")
    return RowTable(keys | columns, None, table.exists)


def _check_arguments(call: Call) -> None:
    if call.name == "quantile" and not call.options and len(call.arguments) == 1:
        (share,) = call.arguments
        if type(share) in {int, float} and 0 <= share <= 1:
            return
    if call.arguments or call.options:
        raise NotNative(f"{call.name} with options")


def _one(writer: RowWriter, known: dict[str, Any], how: Any, value: Value) -> Value:
    if type(how) is not str or how not in known or value.dtype not in known[how][0]:
        raise NotNative(f"{how} of {value.dtype}")
    missing = is_missing_text(value, writer.scope) if value.may_be_missing and value.dtype not in {INT, BOOL} else None
    text, dtype = known[how][1](value, missing)
    may_be_missing = dtype == FLOAT or (value.may_be_missing and dtype in {STR, DATETIME})
    return writer.named(how, text, dtype, may_be_missing=may_be_missing)


def _gives_table(call: Call) -> bool:
    return not call.arguments or type(call.arguments[0]) is not str


def _plan(table: RowTable, call: Call) -> dict[Any, tuple[Value, Any]]:
    """Result → its column and its aggregation."""
    columns = table.columns
    if call.name == "size":
        _check_arguments(call)
        return {"size" if not table.as_index else None: (_NAN, "size")}
    if call.name not in {"agg", "aggregate"}:
        _check_arguments(call)
        return {name: (value, call.name) for name, value in columns.items()}
    only = next(iter(columns.values())) if table.single else None
    columns = dict(table.by) | columns  # keys can be named outright
    if not call.arguments:
        pairs = {label: (only, how) if only is not None else how for label, how in call.options.items()}
        if not pairs or not all(type(pair) is tuple and len(pair) == 2 for pair in pairs.values()):
            raise NotNative("agg")
        return {label: (_column(columns, name), how) for label, (name, how) in pairs.items()}
    if len(call.arguments) != 1 or call.options:
        raise NotNative("agg with options")
    (how,) = call.arguments
    if type(how) is str and how != "size":
        return {name: (value, how) for name, value in columns.items()}
    if type(how) is dict and only is None:
        if any(type(one) is list for one in how.values()):  # columns of two levels
            return {(name, one): (_column(columns, name), one) for name, listed in how.items()
                    for one in (listed if type(listed) is list else [listed])}  # fmt: skip
        return {name: (_column(columns, name), one) for name, one in how.items()}
    if type(how) is list and only is not None and all(type(one) is str for one in how):
        return {one: (only, one) for one in how}
    raise NotNative("agg")


def _column(columns: dict[Any, Value], name: Any) -> Value:
    if isinstance(name, Value):
        return name
    if name not in columns:
        raise NotNative("a column that is not there")
    return columns[name]


def _spread(writer: RowWriter, table: RowTable, call: Call) -> RowTable:
    if len(call.arguments) != 1 or call.options or not table.single:
        raise NotNative("transform with options")
    (how,) = call.arguments
    if how in RUNNING:
        return running(writer, table, Call(how, (), {}))
    ((name, value),) = table.columns.items()
    return _beside(table, name, _one(writer, _OF_GROUPS, how, value))


def _beside(table: RowTable, name: Any, value: Value) -> RowTable:
    from litsdf.compiling.one_row import RowTable

    return RowTable({name: value}, table.labels, table.exists, single=True)


def running(writer: RowWriter, table: RowTable, call: Call) -> RowTable:
    """A column beside those of the table: what depends on other rows, of which there are none.

    Raises:
        NotNative: the call has no exact form for one row.
    """
    name, how = (next(iter(table.columns)) if table.single else None), call.name
    if how == "duplicated":
        return _beside(table, name, Value("False", BOOL, may_be_missing=False))
    if how in {"cumcount", "ngroup"}:
        _check_arguments(call)
        return _beside(table, name, Value("0", INT, may_be_missing=False))
    if not table.single:
        raise NotNative(how)
    value = table.columns[name]
    if how == "rank":
        if call.arguments or not set(call.options) <= {"method", "pct", "ascending"} or value.dtype not in _NUMBERS:
            raise NotNative("rank with options")
        missing = is_missing_text(value, writer.scope)
        ranked = "1.0" if value.dtype == INT else f"(nan if {missing} else 1.0)"
        return _beside(table, name, writer.named(how, ranked, FLOAT, may_be_missing=True))
    if how in {"shift", "diff"}:
        return _beside(table, name, _from_other_rows(value, call))
    if how in {"ffill", "bfill"} and all(given is None or given is False for given in call.options.values()):
        call = Call(how, call.arguments, {})
    _check_arguments(call)
    if value.dtype not in _NUMBERS:
        raise NotNative(f"{how} of {value.dtype}")
    return _beside(table, name, _NAN if how == "pct_change" else value)


def _from_other_rows(value: Value, call: Call) -> Value:
    """What `shift` and `diff` bring from rows that are not there."""
    periods = call.options.get("periods", call.arguments[0] if call.arguments else 1)
    if len(call.arguments) > 1 or set(call.options) - {"periods"} or type(periods) is not int or periods == 0:
        raise NotNative(f"{call.name} with options")
    if value.dtype in _NUMBERS:
        return _NAN
    if call.name == "shift" and value.dtype in {STR, DATETIME}:
        return Value("nan" if value.dtype == STR else "None", value.dtype, may_be_missing=True)
    raise NotNative(f"{call.name} of {value.dtype}")
