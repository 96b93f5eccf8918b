# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Methods of tables and columns of one row: answered from the Python value where that is plain, else from arrays of one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, STR
from litsdf.layouts.record import NO_ROW, RecordColumn, RecordFrame
from litsdf.passing import Passing

__all__ = [
    "OF_COLUMNS", "OF_TABLES", "answer_one_row", "narrowed", "on_arrays", "plain_value", "selected_of_row", "set_in_row", "widened",
]  # fmt: skip

_NUMBERS = {INT, FLOAT, BOOL}
_PLAIN = {INT, FLOAT, BOOL, STR}


_USUAL: dict[str, dict[str, Any]] = {
    "sort_values": {"axis": 0, "ascending": True, "kind": "quicksort", "na_position": "last", "ignore_index": False,
                    "key": None},
    "drop_duplicates": {"keep": "first", "ignore_index": False},
    "fillna": {"axis": None, "inplace": False, "limit": None},
}  # fmt: skip
"""What options are when nobody said otherwise, for methods that hand all of them on."""


def answer_one_row(owner: Any, name: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """Answer a method of a table or column of the record layout.

    Raises:
        NotNative: it is left to pandas.
    """
    column = getattr(owner, "_column", None)
    quick = (OF_TABLES if column is None else OF_COLUMNS).get(name)
    usual = _USUAL.get(name, {})
    if quick is not None and all(key in usual and value is usual[key] for key, value in options.items()):
        try:
            return quick(owner, *args)
        except (NotNative, TypeError):
            pass  # other arguments, or a value that only arrays answer for
    from litsdf.structure.calls import answer

    given = widened(args), widened(dict(options))
    return on_arrays(owner, lambda wide: answer(wide, name, *given))


def on_arrays(owner: Any, call: Callable[[Any], Any]) -> Any:
    """Make a call on arrays of one value; a call that changes them changes the row."""
    wide, part = widened(owner), "_table" if hasattr(owner, "_table") else "_column"
    before = getattr(wide, part)
    names = before.columns.copy() if part == "_table" else None
    result = call(wide)
    after = getattr(wide, part)
    if after is not before or (names is not None and after.columns != names):
        setattr(owner, part, getattr(narrowed(wide), part))
    return narrowed(result)


def selected_of_row(owner: Any, kind: str, key: Any) -> Any:
    """`.loc[key]` and its like on one row.

    Raises:
        NotNative: it is left to pandas.
    """
    if kind in {"iloc", "iat"} and key == 0 and type(key) is int and hasattr(owner, "_column"):
        return plain_value(owner)
    from litsdf.structure.selecting import select_at

    return on_arrays(owner, lambda wide: select_at(wide, kind, _key(key, owner)))


def set_in_row(owner: Any, kind: str, key: Any, value: Any) -> None:
    """`.loc[key] = value` and its like on one row.

    Raises:
        NotNative: it is left to pandas.
    """
    from litsdf.structure.setting import assign_at

    on_arrays(owner, lambda wide: assign_at(wide, kind, _key(key, owner), widened(value)))


def _key(key: Any, owner: Any) -> Any:
    """A key on arrays of one value; a function is called with the row."""
    if callable(key) and not isinstance(key, Passing):
        key = key(owner)
    return tuple(_key(part, owner) for part in key) if type(key) is tuple else widened(key)


def widened(value: Any) -> Any:
    """Give facade objects of the record layout in the numpy layout, also inside lists, tuples and dicts."""
    if isinstance(value, Passing):
        if value.layout != "record":
            return value
        from litsdf.layouts.widened import wide_column, wide_table

        kind: Any = type(value)
        held: Any = getattr(value, "_table", None)
        made = wide_column(value._column) if held is None else wide_table(held)  # type: ignore[attr-defined]
        return kind._of(made, value.fallbacks)
    if type(value) in {list, tuple}:
        return type(value)(widened(item) for item in value)
    if type(value) is dict:
        return {key: widened(item) for key, item in value.items()}
    return value


def narrowed(value: Any) -> Any:
    """Give facade objects of one row back to the record layout; what it has no form for stays in the numpy layout."""
    if isinstance(value, Passing):
        if value.layout != "numpy":
            return value
        from litsdf.layouts.widened import narrow_column, narrow_table

        kind: Any = type(value)
        held: Any = getattr(value, "_table", None)
        try:
            made = narrow_column(value._column) if held is None else narrow_table(held)  # type: ignore[attr-defined]
        except NotNative:
            return value
        return kind._of(made, value._fallbacks)
    if type(value) in {list, tuple}:
        return type(value)(narrowed(item) for item in value)
    if type(value).__name__ == "Windows":
        value.finish = narrowed
    return value


def _value(owner: Any, dtypes: set[str]) -> Any:
    """The value of a column of these dtypes.

    Raises:
        NotNative: there is no row, or the dtype is another.
    """
    column = owner._column
    if column.data is NO_ROW or column.dtype not in dtypes:
        raise NotNative("no plain value")
    return column.data


def _there(value: Any) -> bool:
    return value == value  # noqa: PLR0124  (NaN differs from itself: the fastest test for it)


def _with(owner: Any, value: Any, dtype: str) -> Any:
    column = owner._column
    return owner._new(RecordColumn(value, dtype, column.name, column.labels))


def _count(owner: Any) -> int:
    column = owner._column
    if column.data is NO_ROW or column.dtype not in _PLAIN | {DATETIME}:
        raise NotNative("no plain value")
    return int(column.data is not None and _there(column.data))


def _sum(owner: Any) -> Any:
    value = _value(owner, {FLOAT})
    return value if _there(value) else 0.0


def _product(owner: Any) -> Any:
    value = _value(owner, _NUMBERS)
    if owner._column.dtype == BOOL:
        return int(value)
    return value if _there(value) else 1.0


def _extreme(owner: Any) -> Any:
    value = _value(owner, {FLOAT, STR})
    if not _there(value) and owner._column.dtype == STR:
        raise NotNative("nothing but missing text")
    return value


def _middle(owner: Any) -> float:
    return float(_value(owner, _NUMBERS))


def _spread(owner: Any) -> float:
    """One value has no spread."""
    _value(owner, {INT, FLOAT})
    return math.nan


def _truth(*, empty: bool) -> Callable[[Any], Any]:
    def truth(owner: Any) -> Any:
        value = _value(owner, _NUMBERS)
        return bool(value) if _there(value) else empty

    return truth


def _different(owner: Any) -> int:
    return int(_there(_value(owner, _PLAIN)))


def _in_order(owner: Any) -> bool:
    return bool(_there(_value(owner, _PLAIN)))


def _missing(owner: Any) -> bool:
    return not _there(_value(owner, _PLAIN))


def _itself(owner: Any) -> Any:
    _value(owner, {INT, FLOAT})
    return owner._new(owner._column)


def _first_rows(owner: Any, n: int = 5) -> Any:
    if type(n) is not int or n < 1 or owner._column.data is NO_ROW:
        raise NotNative("no row")
    return owner._new(owner._column)


def _same_row(owner: Any) -> Any:
    _value(owner, _PLAIN)
    return owner._new(owner._column)


def _rank(owner: Any) -> Any:
    value = _value(owner, {INT, FLOAT})
    return _with(owner, 1.0 if _there(value) else math.nan, FLOAT)


def _no_row_before(owner: Any, periods: int = 1) -> Any:
    value, dtype = _value(owner, {INT, FLOAT, STR}), owner._column.dtype
    if type(periods) is not int or not periods:
        raise NotNative("a shift by nothing")
    del value
    return _with(owner, math.nan, STR if dtype == STR else FLOAT)


def _no_difference(owner: Any, periods: int = 1) -> Any:
    _value(owner, {INT, FLOAT})
    if type(periods) is not int or not periods:
        raise NotNative("a difference to itself")
    return _with(owner, math.nan, FLOAT)


def _never_seen(owner: Any) -> Any:
    _value(owner, _PLAIN)
    return _with(owner, value=False, dtype=BOOL)


def _quantile(owner: Any, q: float = 0.5) -> float:
    value = _value(owner, {INT, FLOAT})
    if type(q) is not float or not 0 <= q <= 1:
        raise NotNative("several shares")
    return float(value)


def _place(owner: Any) -> int:
    if not _there(_value(owner, {INT, FLOAT})):
        raise NotNative("nothing but missing values")
    return 0


def _label(owner: Any) -> int:
    if owner._column.labels is not None:
        raise NotNative("labels of its own")
    return _place(owner)


def plain_value(owner: Any) -> Any:
    """The value of a column of a number, a truth value or text.

    Raises:
        NotNative: there is no row, or it is of another dtype.
    """
    return _value(owner, _PLAIN)


OF_COLUMNS: dict[str, Callable[..., Any]] = {
    "count": _count, "sum": _sum, "prod": _product, "product": _product, "min": _extreme, "max": _extreme,
    "mean": _middle, "median": _middle, "std": _spread, "var": _spread, "sem": _spread, "skew": _spread, "kurt": _spread,
    "kurtosis": _spread, "any": _truth(empty=False), "all": _truth(empty=True), "nunique": _different,
    "is_unique": lambda owner: _value(owner, _PLAIN) is not NO_ROW, "is_monotonic_increasing": _in_order,
    "is_monotonic_decreasing": _in_order, "hasnans": _missing, "cumsum": _itself, "cumprod": _itself, "cummin": _itself,
    "cummax": _itself, "head": _first_rows, "tail": _first_rows, "drop_duplicates": _same_row, "sort_values": _same_row,
    "sort_index": _same_row, "rank": _rank, "shift": _no_row_before, "diff": _no_difference, "duplicated": _never_seen,
    "quantile": _quantile, "argmax": _place, "argmin": _place, "idxmax": _label, "idxmin": _label, "item": plain_value,
    "__iter__": lambda owner: iter([plain_value(owner)]),
}  # fmt: skip
"""Methods of a column that a plain Python value answers → how; other arguments go the way of the arrays."""


def _row(owner: Any) -> RecordFrame:
    table: RecordFrame = owner._table
    if table.length != 1:
        raise NotNative("no row")
    return table


def _first_rows_of(owner: Any, n: int = 5) -> Any:
    if type(n) is not int or n < 1:
        raise NotNative("no row")
    return owner._new(_row(owner).copied())


def _sorted(owner: Any, by: Any) -> Any:
    table = _row(owner)
    names = [by] if type(by) is str else by
    if type(names) is not list or not names or any(name not in table.columns for name in names):
        raise NotNative("names that are not there")
    return owner._new(table.copied())


def _by_column(owner: Any, function: Callable[[RecordColumn], RecordColumn]) -> Any:
    table = owner._table
    columns = {name: function(column) for name, column in table.columns.items()}
    return owner._new(RecordFrame(columns, table.length, table.labels))


def _filled(owner: Any, value: Any) -> Any:
    if type(value) not in {int, float, str, bool} or value != value:  # noqa: PLR0124  (NaN)
        raise NotNative("a value to fill with that is none")

    def filled(column: RecordColumn) -> RecordColumn:
        if column.data is NO_ROW or column.dtype not in _PLAIN:
            raise NotNative("no plain value")
        return column if _there(column.data) else column.elementwise("fillna", (), {"value": value})

    return _by_column(owner, filled)


def _flags(operation: str) -> Callable[[Any], Any]:
    return lambda owner: _by_column(owner, lambda column: column.elementwise(operation, (), {}))


def _sorted_by_label(owner: Any) -> Any:
    return owner._new(_row(owner).copied())


def _as_dict(owner: Any, orient: str = "dict") -> Any:
    table = _row(owner)
    if any(column.dtype not in _PLAIN for column in table.columns.values()) or table.labels is not None:
        raise NotNative("values or labels of another kind")
    row = {name: column.data for name, column in table.columns.items()}
    if orient == "records":
        return [row]
    if orient == "list":
        return {name: [value] for name, value in row.items()}
    if orient == "dict":
        return {name: {0: value} for name, value in row.items()}
    raise NotNative("dicts of another form")


OF_TABLES: dict[str, Callable[..., Any]] = {
    "head": _first_rows_of, "tail": _first_rows_of, "sort_values": _sorted, "sort_index": _sorted_by_label,
    "drop_duplicates": lambda owner, subset=None: _sorted(owner, owner._table.names if subset is None else subset),
    "to_dict": _as_dict, "fillna": _filled, "isna": _flags("isna"), "isnull": _flags("isna"), "notna": _flags("notna"),
    "notnull": _flags("notna"),
}  # fmt: skip
"""Methods of a table that one row answers → how."""
