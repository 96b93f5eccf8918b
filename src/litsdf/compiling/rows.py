# ruff: noqa: PLR0124, ICN001  (NaN differs from itself: the fastest test for it)
"""A plan as straight-line Python for one row."""

from __future__ import annotations

import builtins
import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litsdf.dtypes import BOOL, DATETIME, FLOAT, INT, INT32, OPAQUE, STR, TIMEDELTA, is_missing
from litsdf.errors import FieldError
from litsdf.layouts.rows import Scope, Value, expression
from litsdf.plan import Constant, Node, Plan

__all__ = ["compiled_source", "constant_value", "reading_lines", "row_code"]

_LIMIT = 2**63


def row_code(plan: Plan) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    """Write and compile the code of a plan: its source, and the function from a row to the results.

    Raises:
        NotNative: an operation has no Python spelling with pandas' exact meaning.
    """
    scope = Scope({"nan": math.nan}, single_row=True)
    values: dict[int, Value] = {}
    lines = [*reading_lines(plan, scope, values)]
    counts: dict[str, int] = {}
    for node in plan.nodes():
        operands = [_value(operand, values, scope) for operand in node.operands]
        text = expression(node.operation, operands, node.parameters, scope)
        base = node.operation.rpartition(".")[2]
        counts[base] = counts.get(base, 0) + 1
        name = f"{base}_{counts[base]}"
        lines.append(f"    {name} = {text}")
        values[id(node)] = Value(name, node.dtype, node.may_be_missing)
        if node is plan.keep:
            lines.append(f"    if not {name}:\n        return None")
    if plan.keep is not None and not isinstance(plan.keep, Node):
        lines.append(f"    if not {_value(plan.keep, values, scope).text}:\n        return None")
    results = {name: _value(output, values, scope).text for name, output in plan.outputs.items()}
    if plan.single:
        lines.append(f"    return {next(iter(results.values()))}")
    else:
        lines.append("    return {" + ", ".join(f"{name!r}: {text}" for name, text in results.items()) + "}")
    return compiled_source(lines, scope)


def compiled_source(lines: Sequence[str], scope: Scope) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    """Compile lines that read `row` and return the result: the source, and its function."""
    source = "def run(row):\n" + "\n".join(lines) + "\n"
    names = dict(scope.names)
    exec(builtins.compile(source, "<compiled by litsdf>", "exec"), names)  # noqa: S102  (our own text, checked parts)
    return source, names["run"]


def _value(node: Any, values: dict[int, Value], scope: Scope) -> Value:
    return constant_value(node, scope) if isinstance(node, Constant) else values[id(node)]


def constant_value(node: Constant, scope: Scope) -> Value:
    """How a constant is spelled: as it is, or by a name that is bound once."""
    value = node.value
    if isinstance(value, float) and not math.isfinite(value):
        text = "nan" if value != value else scope.bind("infinity", value)
    elif isinstance(value, bool | int | float | str):
        text = repr(value) if not isinstance(value, int | float) or value >= 0 else f"({value!r})"
    else:
        text = scope.bind("constant", value)
    return Value(text, node.dtype, node.may_be_missing, constant=True, value=value)


def reading_lines(plan: Plan, scope: Scope, values: dict[int, Value]) -> list[str]:
    """Read the fields of a row and check their types, in the way that costs a right row the least."""
    if not plan.inputs:
        return []
    taken: dict[str, str] = {}
    for number, column in enumerate(plan.inputs):
        plain = (
            column.name.isidentifier() and not hasattr(builtins, column.name) and column.name not in {"row", "r", "nan"}
        )
        taken[column.name] = f"in_{column.name}" if plain else f"in_{number}"
        values[id(column)] = Value(taken[column.name], column.dtype, column.may_be_missing)
    lines = ["    try:"]
    lines += [f"        {name} = row[{field!r}]" for field, name in taken.items()]
    lines += [
        "    except KeyError as error:",
        f"        raise {scope.bind('missing_field', _missing_field)}(error) from None",
    ]
    for column in plan.inputs:
        name = taken[column.name]
        kind, convert = _CHECKS.get(column.dtype, (None, None))
        if convert is None:
            continue
        test = f"type({name}) is not {scope.bind(kind.__name__, kind)}"
        if column.dtype == INT:
            test += f" or not -{_LIMIT} <= {name} < {_LIMIT}"
        call = f"{scope.bind(convert.__name__.lstrip('_'), convert)}({column.name!r}, {name})"
        lines.append(f"    if {test}:\n        {name} = {call}")
    return lines


def _missing_field(error: KeyError) -> FieldError:
    return FieldError(
        f"The row has no field {error.args[0]!r}, which the compiled function reads. Add it, or None if it is unknown."
    )


def _wrong(field: str, expected: str, value: Any) -> FieldError:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "…"
    return FieldError(f"The field {field!r} must be {expected}, but it is {shown} ({type(value).__name__}).")


def _as_text(field: str, value: Any) -> Any:
    if is_missing(value):
        return math.nan
    if isinstance(value, str):
        return str(value)
    raise _wrong(field, "text", value)


def _as_float(field: str, value: Any) -> float:
    if is_missing(value):
        return math.nan
    if type(value) in {int, float} or type(value).__module__ == "numpy":
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            pass
    raise _wrong(field, "a number", value)


def _as_integer(field: str, value: Any) -> int:
    if type(value).__module__ == "numpy" and hasattr(value, "item") and type(value.item()) is int:
        value = value.item()
    if type(value) is int and -_LIMIT <= value < _LIMIT:
        return value
    raise _wrong(field, "an integer of at most 64 bits", value)


def _as_flag(field: str, value: Any) -> bool:
    if type(value).__module__ == "numpy" and hasattr(value, "item") and type(value.item()) is bool:
        return bool(value)
    raise _wrong(field, "true or false", value)


def _as_date(field: str, value: Any) -> Any:
    if is_missing(value):
        return None
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    raise _wrong(field, "a date and time without a zone", value)


def _as_duration(field: str, value: Any) -> Any:
    if is_missing(value):
        return None
    if isinstance(value, datetime.timedelta):
        return value.to_pytimedelta() if hasattr(value, "to_pytimedelta") else value
    raise _wrong(field, "a duration", value)


_CHECKS: dict[str, tuple[Any, Any]] = {
    STR: (str, _as_text), FLOAT: (float, _as_float), INT: (int, _as_integer), INT32: (int, _as_integer),
    BOOL: (bool, _as_flag), DATETIME: (datetime.datetime, _as_date), TIMEDELTA: (datetime.timedelta, _as_duration),
    OPAQUE: (None, None),
}  # fmt: skip
