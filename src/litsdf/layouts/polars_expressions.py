# ruff: noqa: FBT001  (every builder has the same signature; tokens of patterns are no passwords)
r"""Every row-by-row operation as a Polars expression: used one by one on columns, and fused by compiled functions.

Missing values are always null, never NaN: results that may be NaN are turned to null at once. `careful` is True when
the text may hold characters beyond ASCII, where Polars and pandas differ about case, whitespace and `\w`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT32, INT32_OR_FLOAT, INT_OR_FLOAT, LIST, STR, TIMEDELTA
from litsdf.layouts.polars_kernels import arrow_kernel, numpy_function
from litsdf.layouts.rust_patterns import SPACE_CLASS, rust_pattern
from litsdf.operations import REVERSED
from litsdf.operations.strings import CHARACTER_TESTS, is_literal

__all__ = ["EXPRESSIONS", "POLARS_DTYPES", "Operand", "expression", "literal"]

POLARS_DTYPES: dict[str, Any] = {
    INT: pl.Int64, INT32: pl.Int32, FLOAT: pl.Float64, BOOL: pl.Boolean, STR: pl.String, DATETIME: pl.Datetime("us"),
    TIMEDELTA: pl.Duration("us"), LIST: pl.List(pl.String), INT_OR_FLOAT: pl.Int64, INT32_OR_FLOAT: pl.Int32,
}  # fmt: skip
_SPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000"
)


@dataclass(frozen=True, slots=True)
class Operand:
    """An operand: its expression, its dtype, whether it can be missing, and its value when it is constant."""

    expression: pl.Expr
    dtype: str
    may_be_missing: bool = True
    constant: bool = False
    value: Any = None


Build = Callable[[Sequence[Operand], Mapping[str, Any], bool], pl.Expr]


def literal(value: Any, dtype: str) -> Operand:
    """Make a constant operand."""
    return Operand(pl.lit(value, dtype=POLARS_DTYPES[dtype]), dtype, may_be_missing=False, constant=True, value=value)


def expression(operation: str, operands: Sequence[Operand], parameters: Mapping[str, Any], *, careful: bool) -> pl.Expr:
    """Build the expression of one operation.

    Raises:
        NotNative: there is no Polars expression with pandas' exact meaning.
    """
    build = EXPRESSIONS.get(operation)
    if build is None:
        raise NotNative(operation)
    return build(operands, parameters, careful)


def _arithmetic(function: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Build:
    def build(operands: Sequence[Operand], _: Mapping[str, Any], __: bool) -> pl.Expr:
        left, right = (_number(operand, operands) for operand in operands)
        result = function(left, right)
        return result.fill_nan(None) if _gives_float(operands) and not _plain_constant(operands) else result

    return build


def _plain_constant(operands: Sequence[Operand]) -> bool:
    """Whether an operand is a finite constant other than zero, with which no number gives NaN."""
    return any(
        operand.constant and type(operand.value) in {int, float} and operand.value != 0 and math.isfinite(operand.value)
        for operand in operands
    )


def _gives_float(operands: Sequence[Operand]) -> bool:
    return any(operand.dtype == FLOAT for operand in operands)


def _number(operand: Operand, operands: Sequence[Operand]) -> pl.Expr:
    if operand.dtype == BOOL:
        return operand.expression.cast(pl.Int64)
    if operand.dtype == INT and _gives_float(operands):
        return operand.expression.cast(pl.Float64)
    return operand.expression


def _divide(operands: Sequence[Operand], _: Mapping[str, Any], __: bool) -> pl.Expr:
    left, right = (operand.expression.cast(pl.Float64) for operand in operands)
    if _plain_constant(operands[1:]):
        return left / right if _has_exact_reciprocal(operands[1].value) else left / _spread(right, left)
    return (left / _spread(right, left) if operands[1].constant else left / right).fill_nan(None)


def _has_exact_reciprocal(divisor: float) -> bool:
    """Whether it is a power of two, so that multiplying by the reciprocal is dividing."""
    return abs(math.frexp(divisor)[0]) == 0.5 and 2.0**-1000 < abs(divisor) < 2.0**1000


def _spread(constant: pl.Expr, rows: pl.Expr) -> pl.Expr:
    """Make a column of a constant divisor: Polars multiplies by the reciprocal of a scalar, which rounds differently."""
    return rows.is_null().cast(pl.Float64) + constant  # what it says beside a missing value does not matter


def _power(operands: Sequence[Operand], _: Mapping[str, Any], __: bool) -> pl.Expr:
    base, exponent = operands
    if exponent.constant and exponent.value == 2:
        return base.expression * base.expression
    raise NotNative("powers other than squares")


def _comparison(function: Callable[[pl.Expr, pl.Expr], pl.Expr], *, missing: bool) -> Build:
    def build(operands: Sequence[Operand], _: Mapping[str, Any], __: bool) -> pl.Expr:
        expressions = [operand.expression for operand in operands]
        if any(operand.dtype in {FLOAT, INT_OR_FLOAT} for operand in operands):
            expressions = [item.cast(pl.Float64) for item in expressions]
        elif len({operand.dtype for operand in operands}) > 1:
            expressions = [item.cast(pl.Int64) for item in expressions]
        result = function(*expressions)
        return result.fill_null(missing) if any(operand.may_be_missing for operand in operands) else result

    return build


def _one(function: Callable[[pl.Expr], pl.Expr]) -> Build:
    return lambda operands, _, __: function(operands[0].expression)


def _function(name: str) -> Build:
    """Use NumPy's function: the one that pandas uses, to the last bit, and on many processors the faster one."""

    def build(operands: Sequence[Operand], _: Mapping[str, Any], __: bool) -> pl.Expr:
        numbers = operands[0].expression.cast(pl.Float64)
        return numbers.map_batches(numpy_function(name), return_dtype=pl.Float64, is_elementwise=True).fill_nan(None)

    return build


def _round(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
    factor = 10.0 ** parameters["decimals"]
    scaled = (operands[0].expression * factor).round(0, mode="half_to_even")
    return scaled / _spread(pl.lit(factor), scaled)


def _clip(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
    dtype = POLARS_DTYPES[operands[0].dtype]
    bounds = [
        None if bound is None else pl.lit(bound, dtype=dtype) for bound in (parameters["lower"], parameters["upper"])
    ]
    return operands[0].expression.clip(*bounds)


def _isna(operands: Sequence[Operand], _: Mapping[str, Any], __: bool) -> pl.Expr:
    return operands[0].expression.is_null()


def _fillna(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
    operand = operands[0]
    return operand.expression.fill_null(pl.lit(parameters["value"], dtype=POLARS_DTYPES[operand.dtype]))


def _where(operands: Sequence[Operand], _: Mapping[str, Any], __: bool) -> pl.Expr:
    value, condition, other = (operand.expression for operand in operands)
    return pl.when(condition).then(value).otherwise(other)


def _isin(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
    members = pl.Series(list(parameters["values"]), dtype=POLARS_DTYPES[operands[0].dtype], strict=False)
    return operands[0].expression.is_in(members.implode()).fill_null(value=False)


def _map(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
    mapping = parameters["arg"]
    types = set(map(type, mapping.values()))
    dtype = pl.String if types == {str} else pl.Int64 if types == {int} else pl.Float64
    new = pl.Series(list(mapping.values()), dtype=dtype, strict=False)
    if dtype == pl.Float64:
        new = new.fill_nan(None)
    old = pl.Series(list(mapping), dtype=POLARS_DTYPES[operands[0].dtype])
    return operands[0].expression.replace_strict(old, new, default=None, return_dtype=dtype)


def _replace_values(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
    mapping, dtype = parameters["mapping"], POLARS_DTYPES[operands[0].dtype]
    old, new = pl.Series(list(mapping), dtype=dtype), pl.Series(list(mapping.values()), dtype=dtype)
    return operands[0].expression.replace(old, new)


def _astype(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
    operand, target = operands[0], parameters["dtype"]
    if operand.dtype == target:
        return operand.expression
    if target == BOOL and operand.dtype in {INT, FLOAT}:
        return (operand.expression != 0).fill_null(value=True)
    if (
        target == FLOAT
        or (target == INT and operand.dtype in {BOOL, INT32})
        or (target == STR and operand.dtype == INT)
    ):
        return operand.expression.cast(POLARS_DTYPES[target])
    raise NotNative(f"astype {target} of {operand.dtype}")


def _arrow_text(kernel: str, native: Callable[[pl.Expr], pl.Expr] | None = None) -> Build:
    """Use the kernel that pandas' own strings use, or Polars' where the two agree."""

    def build(operands: Sequence[Operand], _: Mapping[str, Any], careful: bool) -> pl.Expr:
        if native is not None and not careful:
            return native(operands[0].expression)
        return operands[0].expression.map_batches(
            arrow_kernel(kernel, pl.String), return_dtype=pl.String, is_elementwise=True
        )

    return build


def _character_test(kernel: str) -> Build:
    def build(operands: Sequence[Operand], _: Mapping[str, Any], __: bool) -> pl.Expr:
        kernel_of = arrow_kernel(kernel, pl.Boolean)
        tested = operands[0].expression.map_batches(kernel_of, return_dtype=pl.Boolean, is_elementwise=True)
        return tested.fill_null(value=False)

    return build


def _strip(name: str) -> Build:
    def build(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
        characters = _SPACE if parameters["to_strip"] is None else parameters["to_strip"]
        return getattr(operands[0].expression.str, name)(characters)

    return build


def _len(operands: Sequence[Operand], _: Mapping[str, Any], __: bool) -> pl.Expr:
    operand = operands[0].expression
    return (operand.list.len() if operands[0].dtype == LIST else operand.str.len_chars()).cast(pl.Int64)


def _contains(operands: Sequence[Operand], parameters: Mapping[str, Any], careful: bool) -> pl.Expr:
    pattern, text = parameters["pat"], operands[0].expression.str
    if not parameters["regex"] or is_literal(pattern):
        found = text.contains(pattern, literal=True)
    else:
        found = text.contains(rust_pattern(pattern, careful=careful, at_end=True))
    return found.fill_null(value=False)


def _match(operands: Sequence[Operand], parameters: Mapping[str, Any], careful: bool) -> pl.Expr:
    pattern = rust_pattern(parameters["pat"], careful=careful, at_end=False)
    return operands[0].expression.str.contains(f"^(?:{pattern})").fill_null(value=False)


def _affix(name: str) -> Build:
    def build(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
        return getattr(operands[0].expression.str, name)(parameters["pat"]).fill_null(value=False)

    return build


def _replace(operands: Sequence[Operand], parameters: Mapping[str, Any], careful: bool) -> pl.Expr:
    pattern, replacement, text = parameters["pat"], parameters["repl"], operands[0].expression.str
    if not parameters["regex"] or (is_literal(pattern) and "\\" not in replacement):
        return text.replace_all(pattern, replacement, literal=True)
    spelled = re.sub(r"\\([1-9])", r"${\1}", replacement)
    return text.replace_all(rust_pattern(pattern, careful=careful, at_end=False), spelled)


def _split(operands: Sequence[Operand], parameters: Mapping[str, Any], careful: bool) -> pl.Expr:
    text = operands[0].expression.str
    if parameters["pat"] is None:
        return text.extract_all(f"[^{SPACE_CLASS[careful]}]+")
    return text.split(parameters["pat"])


def _get(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
    text, position = operands[0].expression, parameters["i"]
    enough = text.str.len_chars() > position if position >= 0 else text.str.len_chars() >= -position
    return pl.when(enough).then(text.str.slice(position, 1)).otherwise(None)


def _slice(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
    text, start, stop = operands[0].expression.str, parameters["start"] or 0, parameters["stop"]
    if stop is None:
        return text.slice(start) if start >= 0 else text.tail(-start)
    if start == 0:
        return text.head(stop)
    if start > 0 and stop >= 0:
        return text.slice(start, max(stop - start, 0))
    raise NotNative("slice from the end")


def _count(operands: Sequence[Operand], parameters: Mapping[str, Any], careful: bool) -> pl.Expr:
    pattern, text = parameters["pat"], operands[0].expression.str
    if is_literal(pattern):
        return text.count_matches(pattern, literal=True).cast(pl.Int64)
    return text.count_matches(rust_pattern(pattern, careful=careful, at_end=False)).cast(pl.Int64)


def _find(operands: Sequence[Operand], parameters: Mapping[str, Any], careful: bool) -> pl.Expr:
    if careful:
        raise NotNative("positions in text beyond ASCII")
    text = operands[0].expression
    position = text.str.find(parameters["sub"], literal=True).cast(pl.Int64).fill_null(-1)
    return pl.when(text.is_null()).then(None).otherwise(position)


def _pad(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
    method = {"left": "pad_start", "right": "pad_end"}[parameters["side"]]
    return getattr(operands[0].expression.str, method)(max(parameters["width"], 0), parameters["fillchar"])


def _repeat(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
    if not 1 <= parameters["repeats"] <= 64:
        raise NotNative("repeat")
    return pl.concat_str([operands[0].expression] * parameters["repeats"])


def _remove(name: str) -> Build:
    def build(operands: Sequence[Operand], parameters: Mapping[str, Any], _: bool) -> pl.Expr:
        (affix,) = parameters.values()
        return getattr(operands[0].expression.str, name)(affix) if affix else operands[0].expression

    return build


def _field(function: Callable[[Any], pl.Expr]) -> Build:
    return lambda operands, _, __: function(operands[0].expression.dt).cast(pl.Int32)


def _flag(function: Callable[[Any], pl.Expr]) -> Build:
    return lambda operands, _, __: function(operands[0].expression.dt).fill_null(value=False)


def _microseconds(operands: Sequence[Operand]) -> pl.Expr:
    return operands[0].expression.dt.total_microseconds()


EXPRESSIONS: dict[str, Build] = {
    "add": _arithmetic(lambda a, b: a + b), "sub": _arithmetic(lambda a, b: a - b), "mul": _arithmetic(lambda a, b: a * b),
    "truediv": _divide, "pow": _power,
    "neg": _one(lambda a: -a), "abs": _one(lambda a: a.abs()), "invert": _one(lambda a: ~a),
    "eq": _comparison(lambda a, b: a == b, missing=False), "ne": _comparison(lambda a, b: a != b, missing=True),
    "lt": _comparison(lambda a, b: a < b, missing=False), "le": _comparison(lambda a, b: a <= b, missing=False),
    "gt": _comparison(lambda a, b: a > b, missing=False), "ge": _comparison(lambda a, b: a >= b, missing=False),
    "and": lambda o, _, __: o[0].expression & o[1].expression, "or": lambda o, _, __: o[0].expression | o[1].expression,
    "xor": lambda o, _, __: o[0].expression ^ o[1].expression,
    "round": _round, "clip": _clip, "isna": _isna, "notna": lambda o, _, __: o[0].expression.is_not_null(),
    "fillna": _fillna, "where": _where, "isin": _isin, "map": _map, "replace": _replace_values, "astype": _astype,
    **{name: _function(name) for name in ("log", "log1p", "log2", "log10", "exp", "expm1", "sin", "cos", "tanh")},
    "sqrt": _one(lambda x: x.cast(pl.Float64).sqrt().fill_nan(None)), "floor": _one(lambda x: x.floor()), "ceil": _one(lambda x: x.ceil()),
    "str.lower": _arrow_text("utf8_lower", lambda x: x.str.to_lowercase()),
    "str.upper": _arrow_text("utf8_upper", lambda x: x.str.to_uppercase()),
    "str.title": _arrow_text("utf8_title"), "str.capitalize": _arrow_text("utf8_capitalize"),
    "str.swapcase": _arrow_text("utf8_swapcase"),
    **{f"str.{name}": _character_test(f"utf8_is_{name[2:]}") for name in CHARACTER_TESTS},
    "str.strip": _strip("strip_chars"), "str.lstrip": _strip("strip_chars_start"), "str.rstrip": _strip("strip_chars_end"),
    "str.len": _len, "str.contains": _contains, "str.match": _match, "str.startswith": _affix("starts_with"),
    "str.endswith": _affix("ends_with"), "str.replace": _replace, "str.split": _split, "str.get": _get,
    "str.slice": _slice, "str.count": _count, "str.find": _find,
    "str.zfill": lambda o, p, _: o[0].expression.str.zfill(max(p["width"], 0)), "str.pad": _pad, "str.repeat": _repeat,
    "str.removeprefix": _remove("strip_prefix"), "str.removesuffix": _remove("strip_suffix"),
    "dt.year": _field(lambda d: d.year()), "dt.month": _field(lambda d: d.month()), "dt.day": _field(lambda d: d.day()),
    "dt.hour": _field(lambda d: d.hour()), "dt.minute": _field(lambda d: d.minute()),
    "dt.second": _field(lambda d: d.second()), "dt.microsecond": _field(lambda d: d.microsecond()),
    "dt.day_of_week": _field(lambda d: d.weekday() - 1), "dt.day_of_year": _field(lambda d: d.ordinal_day()),
    "dt.quarter": _field(lambda d: d.quarter()), "dt.days_in_month": _field(lambda d: d.days_in_month()),
    "dt.is_month_start": _flag(lambda d: d.day() == 1), "dt.is_month_end": _flag(lambda d: d.day() == d.days_in_month()),
    "dt.is_year_start": _flag(lambda d: d.ordinal_day() == 1),
    "dt.is_year_end": _flag(lambda d: (d.month() == 12) & (d.day() == 31)),
    "dt.is_leap_year": _flag(lambda d: d.is_leap_year()), "dt.normalize": lambda o, _, __: o[0].expression.dt.truncate("1d"),
    "dt.total_seconds": lambda o, _, __: _microseconds(o).cast(pl.Float64) / 1e6,
    "dt.days": lambda o, _, __: _microseconds(o) // 86_400_000_000,
}  # fmt: skip


def _reverse(build: Build) -> Build:
    return lambda operands, parameters, careful: build(operands[::-1], parameters, careful)


EXPRESSIONS.update({reverse: _reverse(EXPRESSIONS[name]) for reverse, name in REVERSED.items() if name in EXPRESSIONS})
