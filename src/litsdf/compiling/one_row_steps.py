# ruff: noqa: SLF001  (friends read one another's held values)
"""Labels, names and joins of a table of one row."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT_OR_FLOAT, STR
from litsdf.layouts.row_code import Value, is_missing_text
from litsdf.relations import Call, Reference, SavedTable

if TYPE_CHECKING:
    from litsdf.compiling.one_row import RowTable, RowWriter

__all__ = ["STEPS"]

Table = Callable[[Reference], Any]
_EXACT = 2**53


def _given(call: Call, *names: str, **defaults: Any) -> dict[str, Any]:
    """The arguments of a call by name; NotNative for any other."""
    if len(call.arguments) > len(names) or not set(call.options) <= {*names, *defaults}:
        raise NotNative(f"{call.name} with options")
    return defaults | dict(zip(names, call.arguments, strict=False)) | call.options


def _made(table: RowTable, columns: dict[Any, Value], labels: Any, *, single: bool = False) -> RowTable:
    from litsdf.compiling.one_row import RowTable

    return RowTable(columns, labels, table.exists, single=single)


def _first(_: RowWriter, table: RowTable, call: Call, __: Table, *, on_spine: bool) -> RowTable:  # noqa: ARG001
    number = _given(call, "n", n=5)["n"]
    if type(number) is not int or number < 1:
        raise NotNative(f"{call.name} of no rows")
    return table


def _reset_index(_: RowWriter, table: RowTable, call: Call, __: Table, *, on_spine: bool) -> RowTable:  # noqa: ARG001
    given = _given(call, "level", level=None, drop=False, name=None)
    if given["level"] is not None:
        raise NotNative("some levels")
    columns = dict(table.columns)
    if given["name"] is not None:
        if not table.single:
            raise NotNative("reset_index by a name")
        columns = {given["name"]: next(iter(columns.values()))}
    if given["drop"] is True:
        return _made(table, columns, None, single=table.single)
    if table.single and None in columns:  # a column without a name gets the number 0
        raise NotNative("a column without a name")
    if table.labels is None:
        labels = {"level_0" if "index" in columns else "index": Value("0", INT, may_be_missing=False)}
    else:
        several = len(table.labels) > 1
        labels = {
            (f"level_{level}" if several else "index") if name is None else name: value
            for level, (name, value) in enumerate(table.labels)
        }
    if not labels.keys().isdisjoint(columns) or (table.labels is not None and len(labels) != len(table.labels)):
        raise NotNative("labels named as a column")
    return _made(table, labels | columns, None)


def _set_index(_: RowWriter, table: RowTable, call: Call, __: Table, *, on_spine: bool) -> RowTable:  # noqa: ARG001
    keys = _given(call, "keys")["keys"]
    keys = [keys] if type(keys) is str else keys
    if type(keys) is not list or any(type(key) is not str for key in keys) or len(keys) == len(table.columns):
        raise NotNative("set_index")
    rest = {name: value for name, value in table.columns.items() if name not in keys}
    return _made(table, rest, [(key, table.columns[key]) for key in keys])


def _set_axis(_: RowWriter, table: RowTable, call: Call, __: Table, *, on_spine: bool) -> RowTable:  # noqa: ARG001
    given = _given(call, "labels", axis=0)
    names = given["labels"]
    if given["axis"] not in {1, "columns"} or type(names) is not list or len(names) != len(table.columns):
        raise NotNative("set_axis")
    if len(set(names)) != len(names) or any(type(name) is not str for name in names):
        raise NotNative("repeated names")
    return _made(table, dict(zip(names, table.columns.values(), strict=True)), table.labels)


def _rename(_: RowWriter, table: RowTable, call: Call, __: Table, *, on_spine: bool) -> RowTable:  # noqa: ARG001
    if table.single:
        (name,) = call.arguments if len(call.arguments) == 1 and not call.options else (None,)
        if type(name) is not str:
            raise NotNative("rename")
        return _made(table, {name: next(iter(table.columns.values()))}, table.labels, single=True)
    names = _given(call, columns=None)["columns"]
    if type(names) is not dict:
        raise NotNative("rename")
    columns = {names.get(name, name): value for name, value in table.columns.items()}
    if len(columns) != len(table.columns):
        raise NotNative("repeated names")
    return _made(table, columns, table.labels)


def _rename_axis(_: RowWriter, table: RowTable, call: Call, __: Table, *, on_spine: bool) -> RowTable:  # noqa: ARG001
    name = _given(call, "mapper")["mapper"]
    if type(name) is not str or (table.labels is not None and len(table.labels) > 1):
        raise NotNative("rename_axis")
    value = Value("0", INT, may_be_missing=False) if table.labels is None else table.labels[0][1]
    return _made(table, table.columns, [(name, value)], single=table.single)


def _to_frame(_: RowWriter, table: RowTable, call: Call, __: Table, *, on_spine: bool) -> RowTable:  # noqa: ARG001
    ((own, value),) = table.columns.items()
    name = _given(call, "name", name=own)["name"]
    if type(name) is not str:
        raise NotNative("a column without a name")
    return _made(table, {name: value}, table.labels)


def _merge(writer: RowWriter, table: RowTable, call: Call, other: Table, *, on_spine: bool) -> RowTable:
    given = _given(call, "right", "how", "on", how="inner", on=None, left_on=None, right_on=None, suffixes=("_x", "_y"))
    if given["how"] not in {"inner", "left"} or table.single:
        raise NotNative("merge")
    held = given["right"]
    right = other(held) if isinstance(held, Reference) else None
    outside = _lists(held) if right is None else {}
    names = list(outside if right is None else right.columns)
    if right is not None and right.single:
        raise NotNative("a merge with a column")
    ours, theirs = _keys(given, list(table.columns), names)
    inner = given["how"] == "inner"
    if right is None:
        there, values = _Looked(writer, table, ours).constant(outside, theirs, inner=inner)
    else:
        there, values = _matched(table, right, ours, theirs, inner=inner)
    shared = {name for name, theirs_ in zip(ours, theirs, strict=True) if name == theirs_}
    columns = _joined_columns(table.columns, {n: v for n, v in values.items() if n not in shared}, given["suffixes"])
    exists = table.exists
    if inner and there != "True":
        if on_spine:
            writer.lines.append(f"    if not {there}:\n        return None")
        else:
            exists = there if exists is None else f"({exists} and {there})"
    columns = {
        name: value if name in table.columns and value is table.columns[name] else writer.named(
            "joined", value.text, value.dtype, may_be_missing=value.may_be_missing)
        for name, value in columns.items()
    }  # fmt: skip
    from litsdf.compiling.one_row import RowTable

    return RowTable(columns, None, exists)


def _keys(given: dict[str, Any], ours: list[Any], theirs: list[Any]) -> tuple[list[str], list[str]]:
    listed = [[part] if type(part) is str else part for part in (given["on"], given["left_on"], given["right_on"])]
    on, left, right = listed
    if on is None and left is None and right is None:
        on = [name for name in ours if name in theirs]
    left, right = (on, on) if on is not None else (left, right)
    if type(left) is not list or type(right) is not list or not left or len(left) != len(right):
        raise NotNative("keys of a merge")
    if not set(left) <= set(ours) or not set(right) <= set(theirs):
        raise NotNative("keys that are no columns")
    return left, right


def _joined_columns(ours: dict[Any, Value], theirs: dict[Any, Value], suffixes: Any) -> dict[Any, Value]:
    both = set(ours) & set(theirs)
    if type(suffixes) not in {list, tuple} or len(suffixes) != 2 or any(type(suffix) is not str for suffix in suffixes):
        raise NotNative("suffixes")
    columns = {f"{name}{suffixes[0]}" if name in both else name: value for name, value in ours.items()}
    more = {f"{name}{suffixes[1]}" if name in both else name: value for name, value in theirs.items()}
    if not columns.keys().isdisjoint(more) or len(columns) + len(more) != len(ours) + len(theirs):
        raise NotNative("repeated names")
    return columns | more


class _Looked:
    """A table from outside as a dictionary that is bound once."""

    def __init__(self, writer: RowWriter, table: RowTable, keys: list[str]) -> None:
        self.writer = writer
        self.keys = [table.columns[name] for name in keys]

    def constant(
        self, lists: dict[Any, tuple[str, list[Any]]], names: list[str], *, inner: bool
    ) -> tuple[str, dict[Any, Value]]:
        """The condition under which a row is found, and how its values are spelled."""
        for left, name in zip(self.keys, names, strict=True):
            if left.dtype not in {INT, STR} or lists[name][0] != left.dtype:
                raise NotNative("keys of these dtypes")
        keys = [lists[name][1] for name in names]
        places = keys[0] if len(keys) == 1 else list(zip(*keys, strict=True))
        rows = list(zip(*(values for _, values in lists.values()), strict=True))
        table = dict(zip(places, rows, strict=True))
        if len(table) != len(places):
            raise NotNative("keys that are there twice")
        texts = [key.text for key in self.keys]
        key = texts[0] if len(keys) == 1 else f"({', '.join(texts)})"
        bound = self.writer.scope.bind("lookup", table)
        found = self.writer.named("found", f"{bound}.get({key})", "found", may_be_missing=False).text
        values = {}
        for place, (name, (dtype, listed)) in enumerate(lists.items()):
            values[name] = _from_right(f"{found}[{place}]", dtype, None if inner else f"{found} is not None")
            if not inner and dtype == INT and any(abs(value) >= _EXACT for value in listed):
                raise NotNative("large integers become floats")
        return f"({found} is not None)", values


def _lists(held: Any) -> dict[Any, tuple[str, list[Any]]]:
    """Dtype and Python values of the columns of a table from outside."""
    if isinstance(held, SavedTable):
        return held.lists()
    if not hasattr(held, "columns"):
        raise NotNative("a merge with a column")
    return {name: _listed(held[name]) for name in held}


def _listed(column: Any) -> tuple[str, list[Any]]:
    """Dtype and Python values of a column of a table from outside."""
    from litsdf.layouts.pandas_forms import dtype_name

    series = column._held()
    dtype = dtype_name(series.dtype)
    if dtype not in {INT, FLOAT, STR, BOOL, DATETIME}:
        raise NotNative("a table of other dtypes")
    values = series.tolist()
    if dtype == DATETIME:
        return dtype, [None if value != value else value.to_pydatetime() for value in values]  # noqa: PLR0124  (NaT)
    return dtype, [math.nan if value != value else value for value in values]  # noqa: PLR0124  (the one nan object)


def _from_right(text: str, dtype: str, there: str | None) -> Value:
    """A value of the other table; `there` is the condition under which it has a row, None when it is known to."""
    if there is None:
        return Value(text, dtype, may_be_missing=dtype not in {INT, BOOL})
    if dtype not in {INT, FLOAT, STR, DATETIME}:
        raise NotNative("truth values that may be missing")
    missing = "None" if dtype == DATETIME else "nan"
    return Value(f"({text} if {there} else {missing})", INT_OR_FLOAT if dtype == INT else dtype, may_be_missing=True)


def _matched(
    table: RowTable, right: RowTable, ours: list[str], theirs: list[str], *, inner: bool
) -> tuple[str, dict[Any, Value]]:
    """Whether the rows of two tables of one row have the same keys, and the values of the other."""
    conditions = [] if right.exists is None else [right.exists]
    for name, other in zip(ours, theirs, strict=True):
        left, key = table.columns[name], right.columns[other]
        if left.dtype != key.dtype or left.dtype not in {INT, STR}:
            raise NotNative("keys of these dtypes")
        if left.text != key.text:
            conditions.append(f"({left.text} is {key.text} or {left.text} == {key.text})")
    there = f"({' and '.join(conditions)})" if conditions else "True"
    always = inner or there == "True"
    return there, {
        name: _from_right(value.text, value.dtype, None if always else there) if not always else value
        for name, value in right.columns.items()
    }


def _join(writer: RowWriter, table: RowTable, call: Call, _: Table, *, on_spine: bool) -> RowTable:
    """Columns of a table from outside, found by its labels."""
    given = _given(call, "other", "on", "how", on=None, how="left")
    held, on = given["other"], given["on"]
    held = held.facade() if isinstance(held, SavedTable) else held
    if isinstance(held, Reference) or not hasattr(held, "reset_index") or type(on) is not str or table.single:
        raise NotNative("join")
    label = "__label"
    keyed = held.rename_axis(label).reset_index() if held.index.nlevels == 1 and label not in held else None
    if keyed is None or given["how"] not in {"inner", "left"} or not set(held).isdisjoint(table.columns):
        raise NotNative("join")
    inner = given["how"] == "inner"
    there, values = _Looked(writer, table, [on]).constant(_lists(keyed), [label], inner=inner)
    del values[label]
    found = (
        {n: writer.named("joined", v.text, v.dtype, may_be_missing=v.may_be_missing) for n, v in values.items()}
        if not inner
        else values
    )
    exists = table.exists
    if inner and on_spine:
        writer.lines.append(f"    if not {there}:\n        return None")
    elif inner:
        exists = there if exists is None else f"({exists} and {there})"
    from litsdf.compiling.one_row import RowTable

    return RowTable(table.columns | found, table.labels, exists)


def _extreme(writer: RowWriter, table: RowTable, call: Call, __: Table, *, on_spine: bool) -> RowTable:  # noqa: ARG001
    """The row itself, where the column that decides has a number."""
    given = _given(call, "n", "columns", n=5)
    column = next(iter(table.columns), None) if table.single else given.get("columns")
    if type(given["n"]) is not int or given["n"] < 1 or column not in table.columns:
        raise NotNative(call.name)
    value = table.columns[column]
    if value.dtype not in {INT, FLOAT}:
        raise NotNative(f"{call.name} of {value.dtype}")
    if value.dtype == FLOAT:
        writer.leave_when(is_missing_text(value, writer.scope))
    return table


STEPS: dict[str, Callable[..., Any]] = {
    "head": _first, "tail": _first, "reset_index": _reset_index, "set_index": _set_index, "set_axis": _set_axis,
    "rename": _rename, "rename_axis": _rename_axis, "to_frame": _to_frame, "merge": _merge, "join": _join,
    "nlargest": _extreme, "nsmallest": _extreme,
}  # fmt: skip
