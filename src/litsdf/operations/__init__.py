"""What each row-by-row operation gives: the dtype rules, written once for every layout.

An operation takes one or more operands (columns or scalars) and parameters. Its rule names the dtype of the result,
or raises `NotNative` when only pandas itself knows the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from litsdf.contract import NotNative
from litsdf.operations import arithmetic, datetimes, missing, strings

__all__ = ["REVERSED", "RULES", "result_dtype"]

Rule = Callable[[tuple[str, ...], Mapping[str, Any]], str]

RULES: dict[str, Rule] = {**arithmetic.RULES, **missing.RULES, **strings.RULES, **datetimes.RULES}

REVERSED = {f"r{name}": name for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")}
"""Operators whose left operand is the other one: `1 - series` is `rsub`."""


def _reverse(rule: Rule) -> Rule:
    return lambda dtypes, parameters: rule(dtypes[::-1], parameters)


RULES.update({reverse: _reverse(RULES[name]) for reverse, name in REVERSED.items()})


def result_dtype(operation: str, dtypes: tuple[str, ...], parameters: Mapping[str, Any]) -> str:
    """Name the dtype of the result of an operation on operands of these dtypes.

    Raises:
        NotNative: the operation, these dtypes or these parameters are left to pandas.
    """
    rule = RULES.get(operation)
    if rule is None:
        raise NotNative(operation)
    return rule(dtypes, parameters)
