"""The columns of one row, read by straight-line code that is written once for a schema."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from litmus.data.markers import column_markers
from litmus.data.one_value import moment_of, number_of, refuse_absent, text_of, truth_of, whole_characters
from litmus.data.schema import Column, Schema

__all__ = ["MEANINGS", "NOTHING", "ColumnGiven", "RowParser", "is_column", "parser_source", "row_parser"]

RowParser = Callable[[Mapping[Any, Any]], dict[str, Any]]
MEANINGS: dict[str, Callable[[Any, Column], Any]] = {
    "numeric": number_of,
    "categorical": text_of,
    "text": text_of,
    "boolean": truth_of,
    "datetime": moment_of,
}
"""Kind → what it makes of any value; columns of other kinds are no input of a compiled model."""

NOTHING: dict[str, Any] = {"numeric": math.nan, "categorical": None, "text": None, "boolean": None, "datetime": None}
"""Kind → the value of a column that a row does not have."""

_KNOWN_TEXTS = 4_096
_LONG = 64
_ABSENT = object()


class ColumnGiven(Exception):  # noqa: N818 - no error: what was taken for a row is a table
    """A value of the dict is a column of values, not a single one."""


def is_column(value: Any) -> bool:
    """Whether a value of a dict is a column of values, not a single one."""
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return hasattr(value, "__len__") and not isinstance(value, str | bytes | Mapping)


def row_parser(schema: Schema, needed: Collection[str] | None = None) -> RowParser:
    """A function that turns a row into plain values, a key for each column that is needed.

    It means what `litmus.data.conform` does: numbers that arrive as text, markers of missing values, other types.
    The row is not changed; unknown columns are ignored.

    Args:
        schema: the columns.
        needed: the columns to give; every one is checked all the same. None gives all that a model can read.

    Raises:
        PredictionError: by the function, when a required column is absent or a value has the wrong type.

    Example:
        >>> parse = row_parser(Schema([Column("age", "numeric"), Column("city", "categorical")]))
        >>> parse({"age": "39", "other": 1})
        {'age': 39, 'city': None}
    """
    source, names = parser_source(schema, needed)
    exec(compile(source, "<row parser>", "exec"), names)  # noqa: S102 - our own text, in which names stand as constants only
    parse: RowParser = names["parse"]
    return parse


def parser_source(schema: Schema, needed: Collection[str] | None = None) -> tuple[str, dict[str, Any]]:
    """The function's source, and the names it uses; a column's name never stands in the source itself."""
    names: dict[str, Any] = {"ABSENT": _ABSENT, "NAN": math.nan, "refuse": _refusing(schema)}
    lines = ["def parse(row):", "    get = row.get", "    lacking = False"]
    given = []
    for place, name in enumerate(schema.inputs):
        column = schema[name]
        if column.kind not in MEANINGS:
            if column.required:
                names[f"n{place}"] = name
                lines += [f"    if n{place} not in row: lacking = True"]
            continue
        if needed is None or name in needed:
            given.append(f"n{place}: v{place}")
        elif column.kind in ("categorical", "text") and not column.required:
            continue  # any value is a text
        names |= {f"n{place}": name, f"read{place}": _reader(column), f"nothing{place}": NOTHING[column.kind]}
        lines += _lines(column, place, names)
    lines += ["    if lacking: refuse(row)", f"    return {{{', '.join(given)}}}"]
    return "\n".join(lines) + "\n", names


def _lines(column: Column, place: int, names: dict[str, Any]) -> list[str]:
    """The lines that read one column: the usual types where they stand, everything else by a call."""
    v = f"v{place}"
    absent = f"{v} = nothing{place}" + ("; lacking = True" if column.required else "")
    lines = [f"    {v} = get(n{place}, ABSENT)", f"    t = {v}.__class__"]
    if column.kind == "numeric":
        lines += [
            "    if t is int:",
            f"        if not -0x8000000000000000 <= {v} <= 0x7FFFFFFFFFFFFFFF: {v} = read{place}({v})",
            "    elif t is float:",
            f"        if {v} - {v} != 0.0: {v} = NAN",  # infinite or missing
            f"    elif {v} is None: {v} = NAN",
        ]
    elif column.kind in ("categorical", "text"):
        names |= {f"known{place}": _KnownTexts(column)} if column.kind == "categorical" else _text_names(column, place)
        lines += ["    if t is str:"]
        if column.kind == "categorical":
            lines += [f"        {v} = known{place}[{v}]"]
        else:
            lines += [
                f"        {v} = {v}.strip()",
                f"        if {v} in markers{place}: {v} = None",
                f"        elif not {v}.isascii(): {v} = whole({v})",
            ]
        lines += [f"    elif {v} is None: pass"]
    elif column.kind == "boolean":
        lines += ["    if t is bool: pass", f"    elif {v} is None: pass"]
    else:
        lines += [f"    if {v} is None: pass"]
    return [*lines, f"    elif {v} is ABSENT: {absent}", f"    else: {v} = read{place}({v})"]


def _text_names(column: Column, place: int) -> dict[str, Any]:
    return {f"markers{place}": column_markers(column), "whole": whole_characters}


def _reader(column: Column) -> Callable[[Any], Any]:
    meaning = MEANINGS[column.kind]

    def read(value: Any) -> Any:
        if is_column(value):
            raise ColumnGiven
        return meaning(value, column)

    return read


def _refusing(schema: Schema) -> Callable[[Mapping[Any, Any]], None]:
    required = [schema[name] for name in schema.inputs if schema[name].required]

    def refuse(row: Mapping[Any, Any]) -> None:
        refuse_absent(column for column in required if column.name not in row)

    return refuse


class _KnownTexts(dict[str, str | None]):
    """What a categorical column makes of texts, each read once; how many are kept is bounded."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._column = column

    def __missing__(self, text: str) -> str | None:
        meant = text_of(text, self._column)
        if len(self) < _KNOWN_TEXTS and len(text) <= _LONG:
            self[text] = meant
        return meant
