"""Operations on text and on dates as Python expressions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from litsdf.layouts import row_functions
from litsdf.layouts.row_code import Expression, Scope, Value, guarded
from litsdf.operations.datetimes import FIELDS, FLAGS
from litsdf.operations.strings import CHARACTER_TESTS, check_pattern, is_literal, may_backtrack

__all__ = ["EXPRESSIONS"]


def _method(name: str, ascii_only: str | None = None) -> Expression:
    """A method of `str`; `ascii_only` names the function that answers for other text."""

    def build(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
        text = values[0].text
        call = f"{text}.{name}()"
        if ascii_only is not None:
            call = f"({call} if {text}.isascii() else {scope.function(ascii_only)}({text}, {name!r}))"
        return guarded(values, call, scope)

    return build


def _character_test(name: str) -> Expression:
    def build(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
        text = values[0].text
        other = f"{scope.function('other_text')}({text}, {name!r})"
        return guarded(values, f"({text}.{name}() if {text}.isascii() else {other})", scope, "False")

    return build


def _strip(name: str) -> Expression:
    def build(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
        characters = "" if parameters["to_strip"] is None else repr(parameters["to_strip"])
        return guarded(values, f"{values[0].text}.{name}({characters})", scope)

    return build


def _len(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
    return guarded(values, f"len({values[0].text})", scope)


def _bounded(
    operation: str, values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope, missing: str | None = None
) -> str:
    """Give a pattern on which Python's engine could run for ever to Polars, whose engine takes linear time."""
    function = scope.bind("in_linear_time", row_functions.in_linear_time(operation, parameters))
    return guarded(values, f"{function}({values[0].text})", scope, missing)


def _contains(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    pattern, text = parameters["pat"], values[0].text
    if not parameters["regex"] or is_literal(pattern):
        return guarded(values, f"({pattern!r} in {text})", scope, "False")
    if may_backtrack(pattern):
        return _bounded("str.contains", values, parameters, scope, "False")
    search = scope.bind("search", check_pattern(pattern, may_be_empty=True).search)
    return guarded(values, f"({search}({text}) is not None)", scope, "False")


def _match(*, full: bool) -> Expression:
    def build(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
        compiled = check_pattern(parameters["pat"], may_be_empty=True)
        if may_backtrack(parameters["pat"]):
            return _bounded("str.fullmatch" if full else "str.match", values, parameters, scope, "False")
        match = scope.bind("match", compiled.fullmatch if full else compiled.match)
        return guarded(values, f"({match}({values[0].text}) is not None)", scope, "False")

    return build


def _affix(name: str) -> Expression:
    def build(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
        return guarded(values, f"{values[0].text}.{name}({parameters['pat']!r})", scope, "False")

    return build


def _replace(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    pattern, replacement, text = parameters["pat"], parameters["repl"], values[0].text
    literal = not parameters["regex"] or (is_literal(pattern) and "\\" not in replacement)
    if literal:
        return guarded(values, f"{text}.replace({pattern!r}, {replacement!r})", scope)
    if may_backtrack(pattern):
        return _bounded("str.replace", values, parameters, scope)
    substitute = scope.bind("substitute", check_pattern(pattern, may_be_empty=False).sub)
    return guarded(values, f"{substitute}({replacement!r}, {text})", scope)


def _split(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    pattern = parameters["pat"]
    separator = "" if pattern is None else repr(pattern)
    missing = f"{scope.function('only_missing')}()" if scope.single_row else None
    return guarded(values, f"{values[0].text}.split({separator})", scope, missing)


def _get(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    text, position = values[0].text, parameters["i"]
    enough = f"len({text}) > {position}" if position >= 0 else f"len({text}) >= {-position}"
    return guarded(values, f"({text}[{position}] if {enough} else {scope.bind('nan', math.nan)})", scope)


def _slice(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    start, stop = ("" if parameters[name] is None else str(parameters[name]) for name in ("start", "stop"))
    return guarded(values, f"{values[0].text}[{start}:{stop}]", scope)


def _count(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    pattern, text = parameters["pat"], values[0].text
    if is_literal(pattern):
        return guarded(values, f"{text}.count({pattern!r})", scope)
    if may_backtrack(pattern):
        return _bounded("str.count", values, parameters, scope)
    find_all = scope.bind("find_all", check_pattern(pattern, may_be_empty=False).findall)
    return guarded(values, f"len({find_all}({text}))", scope)


def _find(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    return guarded(values, f"{values[0].text}.find({parameters['sub']!r})", scope)


def _zfill(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    return guarded(values, f"{values[0].text}.zfill({parameters['width']})", scope)


def _pad(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    method = {"left": "rjust", "right": "ljust"}[parameters["side"]]
    return guarded(values, f"{values[0].text}.{method}({parameters['width']}, {parameters['fillchar']!r})", scope)


def _repeat(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    return guarded(values, f"({values[0].text} * {parameters['repeats']})", scope)


def _remove(name: str) -> Expression:
    def build(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
        (affix,) = parameters.values()
        return guarded(values, f"{values[0].text}.{name}({affix!r})", scope)

    return build


_DATE_FIELDS = {
    name: f"{{0}}.{name}" for name in ("year", "month", "day", "hour", "minute", "second", "microsecond")
} | {
    "day_of_week": "{0}.weekday()",
    "day_of_year": "{0}.timetuple().tm_yday",
    "quarter": "(({0}.month + 2) // 3)",
    "days_in_month": "{days_in_month}({0})",
}
_DATE_FLAGS = {
    "is_month_start": "({0}.day == 1)",
    "is_month_end": "({0}.day == {days_in_month}({0}))",
    "is_year_start": "({0}.month == 1 and {0}.day == 1)",
    "is_year_end": "({0}.month == 12 and {0}.day == 31)",
    "is_leap_year": "({days_in_year}({0}) == 366)",
}


def _date(template: str, missing: str | None) -> Expression:
    def build(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
        functions = {
            name: scope.function(name) for name in ("days_in_month", "days_in_year") if f"{{{name}}}" in template
        }
        text = template.format(values[0].text, **functions)
        return guarded(values, text, scope, missing or scope.bind("nan", math.nan))

    return build


EXPRESSIONS: dict[str, Expression] = {
    "str.lower": _method("lower", "other_case"), "str.upper": _method("upper", "other_case"),
    "str.title": _method("title", "other_text"), "str.capitalize": _method("capitalize", "other_text"),
    "str.swapcase": _method("swapcase", "other_text"),
    **{f"str.{name}": _character_test(name) for name in CHARACTER_TESTS},
    "str.strip": _strip("strip"), "str.lstrip": _strip("lstrip"), "str.rstrip": _strip("rstrip"), "str.len": _len,
    "str.contains": _contains, "str.match": _match(full=False), "str.startswith": _affix("startswith"),
    "str.endswith": _affix("endswith"), "str.replace": _replace, "str.split": _split, "str.get": _get,
    "str.slice": _slice, "str.count": _count, "str.find": _find, "str.zfill": _zfill, "str.pad": _pad,
    "str.repeat": _repeat, "str.removeprefix": _remove("removeprefix"), "str.removesuffix": _remove("removesuffix"),
    **{f"dt.{name}": _date(_DATE_FIELDS[name], None) for name in FIELDS},
    **{f"dt.{name}": _date(_DATE_FLAGS[name], "False") for name in FLAGS},
    "dt.normalize": _date("{0}.replace(hour=0, minute=0, second=0, microsecond=0)", "None"),
    "dt.total_seconds": _date("{0}.total_seconds()", None),
    "dt.days": _date("{0}.days", None),
}  # fmt: skip
