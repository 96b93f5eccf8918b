"""Every row-by-row operation as a Python expression: written once, used for one row, for compiled code and for arrays.

A value that is missing is the one object `nan` in text and list columns, None in date columns, and any NaN in numeric
columns, where arithmetic carries it on by itself. `Value.may_be_missing` lets compiled code leave out the checks that
cannot fail.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT_OR_FLOAT, STR, TIMEDELTA
from litsdf.layouts import row_texts
from litsdf.layouts.row_code import Expression, Scope, Value, guarded, is_missing_text
from litsdf.operations import REVERSED

__all__ = ["EXPRESSIONS", "Scope", "Value", "expression"]


def expression(operation: str, values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    """Spell one operation in Python.

    Raises:
        NotNative: there is no Python spelling with pandas' exact meaning.
    """
    build = EXPRESSIONS.get(operation)
    if build is None:
        raise NotNative(operation)
    return build(values, parameters, scope)


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
            return guarded(values, text, scope)
        if left.dtype in {DATETIME, TIMEDELTA}:
            return guarded(values, text, scope)
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
            return guarded(values, f"({left.text} {symbol} {right.text})", scope, answer)
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


def _isna(values: Sequence[Value], _: Mapping[str, Any], scope: Scope) -> str:
    return f"({is_missing_text(values[0], scope)})" if values[0].may_be_missing else "False"


def _notna(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    return f"(not {_isna(values, parameters, scope)})"


def _fillna(values: Sequence[Value], parameters: Mapping[str, Any], scope: Scope) -> str:
    value, fill = values[0], parameters["value"]
    if not value.may_be_missing or value.dtype in {INT, BOOL}:
        return value.text
    if value.dtype in {FLOAT, INT_OR_FLOAT}:
        fill = float(fill)
    text = scope.bind("fill", fill) if value.dtype == DATETIME else _spell(fill)
    return f"({text} if {is_missing_text(value, scope)} else {value.text})"


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
    **row_texts.EXPRESSIONS,
}  # fmt: skip


def _reverse(build: Expression) -> Expression:
    return lambda values, parameters, scope: build(values[::-1], parameters, scope)


EXPRESSIONS.update({reverse: _reverse(EXPRESSIONS[name]) for reverse, name in REVERSED.items()})
