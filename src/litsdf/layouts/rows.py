"""Every row-by-row operation as a Python expression: written once, used for one row, for compiled code and for arrays.

A value that is missing is the one object `nan` in text and list columns, None in date columns, and any NaN in numeric
columns, where arithmetic carries it on by itself. `Value.may_be_missing` lets compiled code leave out the checks that
cannot fail.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT_OR_FLOAT, LIST, STR, TIMEDELTA
from litsdf.layouts import row_functions
from litsdf.operations import REVERSED
from litsdf.operations.datetimes import FIELDS, FLAGS
from litsdf.operations.strings import CHARACTER_TESTS, check_pattern, is_literal, may_backtrack

__all__ = ["EXPRESSIONS", "Scope", "Value", "expression"]


@dataclass(frozen=True, slots=True)
class Value:
    """An operand: how the code spells it, its dtype, whether it can be missing, and its value when it is constant."""

    text: str
    dtype: str
    may_be_missing: bool = True
    constant: bool = False
    value: Any = None


@dataclass(slots=True)
class Scope:
    """The names that generated code refers to: functions and constants bound once."""

    names: dict[str, Any] = field(default_factory=dict)
    single_row: bool = False
    """Whether the code is for one row alone, where a missing text makes `split` a column of floats."""

    def bind(self, name: str, value: Any) -> str:
        """Bind a value under this name, or under a numbered one when the name is taken by another value."""
        chosen, number = name, 1
        while chosen in self.names and self.names[chosen] is not value:
            number += 1
            chosen = f"{name}_{number}"
        self.names[chosen] = value
        return chosen

    def function(self, name: str) -> str:
        """Bind one of the functions of `row_functions`."""
        return self.bind(name, getattr(row_functions, name))


Expression = Callable[[Sequence[Value], Mapping[str, Any], Scope], str]


def expression(operation: str, values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    """Spell one operation in Python.

    Raises:
        NotNative: there is no Python spelling with pandas' exact meaning.
    """
    build = EXPRESSIONS.get(operation)
    if build is None:
        raise NotNative(operation)
    return build(values, parameters, scope)


def _guarded(values: Sequence[Value], text: str, scope: Scope, missing: str | None = None) -> str:
    """Answer missing when an operand is; `missing` says with what (default: the operand's own missing value)."""
    checks, answer = [], missing
    for value in values:
        if not value.may_be_missing:
            continue
        if value.dtype in {STR, LIST}:
            checks.append(f"{value.text} is {scope.bind('nan', math.nan)}")
            answer = answer or scope.bind("nan", math.nan)
        elif value.dtype in {DATETIME, TIMEDELTA}:
            checks.append(f"{value.text} is None")
            answer = answer or "None"
    return f"({answer} if {' or '.join(checks)} else {text})" if checks else text


def _wrapped(values: Sequence[Value], text: str, scope: Scope) -> str:
    """Keep int64 results within 64 bits as NumPy does; floats pass."""
    if any(value.dtype == FLOAT for value in values):
        return text
    return f"(r if -9223372036854775808 <= (r := {text}) <= 9223372036854775807 else {scope.function('wrap')}(r))"


def _arithmetic(symbol: str) -> Expression:
    def build(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
        left, right = values
        text = f"({left.text} {symbol} {right.text})"
        if left.dtype == STR:
            return _guarded(values, text, scope)
        if left.dtype in {DATETIME, TIMEDELTA}:
            return _guarded(values, text, scope)
        if INT_OR_FLOAT in {left.dtype, right.dtype}:
            return text  # small integers by construction
        return _wrapped(values, text, scope)

    return build


def _divide(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
    left, right = values
    if right.constant and right.value != 0:
        return (
            f"({left.text} / {float(right.value)!r})" if math.isfinite(right.value) else f"({left.text} / {right.text})"
        )
    numerator = left.text if left.dtype == FLOAT else f"float({left.text})"
    zero = scope.function("divide_by_zero")
    return f"({numerator} / {right.text} if {right.text} else {zero}({left.text}, {right.text}))"


def _whole(symbol: str, by_zero: str) -> Expression:
    def build(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
        left, right = values
        if right.constant and right.value != 0 and math.isfinite(right.value):
            return f"({left.text} {symbol} {float(right.value)!r})"
        return f"{scope.function(by_zero)}({left.text}, {right.text})"

    return build


def _power(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
    base, exponent = values
    if exponent.constant and exponent.value == 2:
        return f"({base.text} * {base.text})"
    return f"{scope.function('power')}({base.text}, {exponent.text})"


def _negative(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
    return _wrapped(values, f"-{values[0].text}", scope)


def _absolute(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
    return _wrapped(values, f"abs({values[0].text})", scope)


def _comparison(symbol: str) -> Expression:
    def build(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
        left, right = values
        if left.dtype in {STR, DATETIME, TIMEDELTA}:
            answer = "True" if symbol == "!=" else "False"
            return _guarded(values, f"({left.text} {symbol} {right.text})", scope, answer)
        return f"({_as_float(left, right)} {symbol} {_as_float(right, left)})"

    return build


def _as_float(value: Value, other: Value) -> str:
    """Python compares an integer with a float exactly, NumPy as floats."""
    if other.dtype in {FLOAT, INT_OR_FLOAT} and value.dtype in {INT, INT_OR_FLOAT}:
        return repr(float(value.value)) if value.constant else f"float({value.text})"
    return value.text


def _logic(symbol: str) -> Expression:
    return lambda values, _, __: f"({values[0].text} {symbol} {values[1].text})"


def _round(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    return f"{scope.function('round_half_even')}({values[0].text}, {parameters['decimals']})"


def _clip(values: Sequence[Value], parameters: Mapping[str, Any], _: Scope) -> str:
    value, lower, upper = values[0], parameters["lower"], parameters["upper"]
    if value.dtype == FLOAT:
        lower, upper = (bound if bound is None else float(bound) for bound in (lower, upper))
    text = value.text
    if value.dtype == INT_OR_FLOAT:
        # the bound must take the type that the value has
        low, high = (f"type({value.text})({bound!r})" for bound in (lower, upper))
    else:
        low, high = (_spell(bound) for bound in (lower, upper))
    if upper is not None:
        text = f"{high} if {value.text} > {high} else {text}"
    if lower is not None:
        text = f"{low} if {value.text} < {low} else {text}"
    return f"({text})"


def _spell(value: Any) -> str:
    return f"float({str(value)!r})" if isinstance(value, float) and not math.isfinite(value) else repr(value)


def _function(name: str) -> Expression:
    return lambda values, _, scope: f"{scope.function(name)}({values[0].text})"


def _is_missing(value: Value, scope: Scope) -> str:
    if value.dtype in {STR, LIST}:
        return f"{value.text} is {scope.bind('nan', math.nan)}"
    if value.dtype in {DATETIME, TIMEDELTA}:
        return f"{value.text} is None"
    return f"{value.text} != {value.text}"


def _isna(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
    return f"({_is_missing(values[0], scope)})" if values[0].may_be_missing else "False"


def _notna(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    return f"(not {_isna(values, parameters, scope)})"


def _fillna(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    value, fill = values[0], parameters["value"]
    if not value.may_be_missing or value.dtype in {INT, BOOL}:
        return value.text
    if value.dtype in {FLOAT, INT_OR_FLOAT}:
        fill = float(fill)
    text = scope.bind("fill", fill) if value.dtype == DATETIME else _spell(fill)
    return f"({text} if {_is_missing(value, scope)} else {value.text})"


def _where(values: Sequence[Value], _: Mapping[str, Any], __: Scope) -> str:
    value, condition, other = values
    return f"({value.text} if {condition.text} else {other.text})"


def _isin(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    return f"({values[0].text} in {scope.bind('members', frozenset(parameters['values']))})"


def _map(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    mapping = dict(parameters["arg"])
    types = set(map(type, mapping.values()))
    if types == {int, float}:
        mapping = {key: float(value) for key, value in mapping.items()}
    return f"{scope.bind('mapping', mapping)}.get({values[0].text}, {scope.bind('nan', math.nan)})"


def _replace_values(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    return f"{scope.bind('mapping', dict(parameters['mapping']))}.get({values[0].text}, {values[0].text})"


def _astype(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    value, target = values[0], parameters["dtype"]
    if value.dtype == target:
        return value.text
    if target == FLOAT:
        return f"float({value.text})"
    if target == INT:
        return (
            f"int({value.text})" if value.dtype in {BOOL, "int32"} else f"{scope.function('to_integer')}({value.text})"
        )
    if target == BOOL:
        return f"({value.text} != 0)"
    if value.dtype == FLOAT:
        return f"{scope.function('float_to_text')}({value.text})"
    return f"str({value.text})"


def _method(name: str, ascii_only: str | None = None) -> Expression:
    """A method of `str`; `ascii_only` names the function that answers for other text."""

    def build(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
        text = values[0].text
        call = f"{text}.{name}()"
        if ascii_only is not None:
            call = f"({call} if {text}.isascii() else {scope.function(ascii_only)}({text}, {name!r}))"
        return _guarded(values, call, scope)

    return build


def _character_test(name: str) -> Expression:
    def build(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
        text = values[0].text
        other = f"{scope.function('other_text')}({text}, {name!r})"
        return _guarded(values, f"({text}.{name}() if {text}.isascii() else {other})", scope, "False")

    return build


def _strip(name: str) -> Expression:
    def build(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
        characters = "" if parameters["to_strip"] is None else repr(parameters["to_strip"])
        return _guarded(values, f"{values[0].text}.{name}({characters})", scope)

    return build


def _len(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
    return _guarded(values, f"len({values[0].text})", scope)


def _bounded(
    operation: str, values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope, missing: str | None = None
) -> str:
    """Give a pattern on which Python's engine could run for ever to Polars, whose engine takes linear time."""
    function = scope.bind("in_linear_time", row_functions.in_linear_time(operation, parameters))
    return _guarded(values, f"{function}({values[0].text})", scope, missing)


def _contains(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    pattern, text = parameters["pat"], values[0].text
    if not parameters["regex"] or is_literal(pattern):
        return _guarded(values, f"({pattern!r} in {text})", scope, "False")
    if may_backtrack(pattern):
        return _bounded("str.contains", values, parameters, scope, "False")
    search = scope.bind("search", check_pattern(pattern, may_be_empty=True).search)
    return _guarded(values, f"({search}({text}) is not None)", scope, "False")


def _match(*, full: bool) -> Expression:
    def build(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
        compiled = check_pattern(parameters["pat"], may_be_empty=True)
        if may_backtrack(parameters["pat"]):
            return _bounded("str.fullmatch" if full else "str.match", values, parameters, scope, "False")
        match = scope.bind("match", compiled.fullmatch if full else compiled.match)
        return _guarded(values, f"({match}({values[0].text}) is not None)", scope, "False")

    return build


def _affix(name: str) -> Expression:
    def build(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
        return _guarded(values, f"{values[0].text}.{name}({parameters['pat']!r})", scope, "False")

    return build


def _replace(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    pattern, replacement, text = parameters["pat"], parameters["repl"], values[0].text
    literal = not parameters["regex"] or (is_literal(pattern) and "\\" not in replacement)
    if literal:
        return _guarded(values, f"{text}.replace({pattern!r}, {replacement!r})", scope)
    if may_backtrack(pattern):
        return _bounded("str.replace", values, parameters, scope)
    substitute = scope.bind("substitute", check_pattern(pattern, may_be_empty=False).sub)
    return _guarded(values, f"{substitute}({replacement!r}, {text})", scope)


def _split(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    pattern = parameters["pat"]
    separator = "" if pattern is None else repr(pattern)
    missing = f"{scope.function('only_missing')}()" if scope.single_row else None
    return _guarded(values, f"{values[0].text}.split({separator})", scope, missing)


def _get(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    text, position = values[0].text, parameters["i"]
    enough = f"len({text}) > {position}" if position >= 0 else f"len({text}) >= {-position}"
    return _guarded(values, f"({text}[{position}] if {enough} else {scope.bind('nan', math.nan)})", scope)


def _slice(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    start, stop = ("" if parameters[name] is None else str(parameters[name]) for name in ("start", "stop"))
    return _guarded(values, f"{values[0].text}[{start}:{stop}]", scope)


def _count(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    pattern, text = parameters["pat"], values[0].text
    if is_literal(pattern):
        return _guarded(values, f"{text}.count({pattern!r})", scope)
    if may_backtrack(pattern):
        return _bounded("str.count", values, parameters, scope)
    find_all = scope.bind("find_all", check_pattern(pattern, may_be_empty=False).findall)
    return _guarded(values, f"len({find_all}({text}))", scope)


def _find(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    return _guarded(values, f"{values[0].text}.find({parameters['sub']!r})", scope)


def _zfill(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    return _guarded(values, f"{values[0].text}.zfill({parameters['width']})", scope)


def _pad(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    method = {"left": "rjust", "right": "ljust"}[parameters["side"]]
    return _guarded(values, f"{values[0].text}.{method}({parameters['width']}, {parameters['fillchar']!r})", scope)


def _repeat(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    return _guarded(values, f"({values[0].text} * {parameters['repeats']})", scope)


def _remove(name: str) -> Expression:
    def build(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
        (affix,) = parameters.values()
        return _guarded(values, f"{values[0].text}.{name}({affix!r})", scope)

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
        return _guarded(values, text, scope, missing or scope.bind("nan", math.nan))

    return build


EXPRESSIONS: dict[str, Expression] = {
    "add": _arithmetic("+"), "sub": _arithmetic("-"), "mul": _arithmetic("*"), "truediv": _divide,
    "floordiv": _whole("//", "floor_divide"), "mod": _whole("%", "modulo"), "pow": _power,
    "neg": _negative, "abs": _absolute,
    "eq": _comparison("=="), "ne": _comparison("!="), "lt": _comparison("<"), "le": _comparison("<="),
    "gt": _comparison(">"), "ge": _comparison(">="),
    "and": _logic("and"), "or": _logic("or"), "xor": _logic("!="),
    "invert": lambda values, _, __: f"(not {values[0].text})",
    "round": _round, "clip": _clip,
    **{name: _function(name) for name in (
        "log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "sin", "cos", "tanh", "floor", "ceil")},
    "isna": _isna, "notna": _notna, "fillna": _fillna, "where": _where, "isin": _isin, "map": _map,
    "replace": _replace_values, "astype": _astype,
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


def _reverse(build: Expression) -> Expression:
    return lambda values, parameters, scope: build(values[::-1], parameters, scope)


EXPRESSIONS.update({reverse: _reverse(EXPRESSIONS[name]) for reverse, name in REVERSED.items()})
