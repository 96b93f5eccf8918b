# mypy: disable-error-code="attr-defined,import-not-found,type-var,call-arg,unused-ignore"

"""Operators and NumPy functions on arrays, by pandas' rules for every pair of dtypes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.core import ops, roperator

from litsdf.kernels.arrays import operand, wrapped

__all__ = ["filled", "operate", "unary"]

_Operator = Callable[[Any, Any], Any]
_COMPARISONS: dict[str, _Operator] = {name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")}
_LOGIC: dict[str, _Operator] = {
    "and": operator.and_, "or": operator.or_, "xor": operator.xor, "rand": roperator.rand_, "ror": roperator.ror_,
    "rxor": roperator.rxor,
}  # fmt: skip
_ARITHMETIC: dict[str, _Operator] = {
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")},
    **{name: getattr(roperator, name) for name in ("radd", "rsub", "rmul", "rtruediv", "rfloordiv", "rmod", "rpow", "rdivmod")},
    "divmod": divmod,
}  # fmt: skip


def operate(operation: str, left: Any, right: Any) -> Any:
    """Apply an operator of Python to an array and a scalar or array; divmod gives a tuple.

    Raises:
        what pandas raises for these operands.
    """
    left, right = wrapped(left), operand(right)
    if operation in _COMPARISONS:
        if not isinstance(left, pd.api.extensions.ExtensionArray) and left.dtype != object:
            ops.maybe_warn_listlike(right)
        return ops.comparison_op(left, right, _COMPARISONS[operation])
    if operation in _LOGIC:
        return ops.logical_op(left, right, _LOGIC[operation])
    if isinstance(right, range):
        right = np.arange(right.start, right.stop, right.step)
    right = wrapped(ops.maybe_prepare_scalar_for_op(right, left.shape))
    with np.errstate(all="ignore"):
        return ops.arithmetic_op(left, right, _ARITHMETIC[operation])


def filled(left: Any, right: Any, value: Any) -> tuple[Any, Any]:
    """Put a value where exactly one of two arrays is missing."""
    return ops.fill_binop(wrapped(left), wrapped(right), value)


def _negative(values: Any) -> Any:
    return operator.inv(values) if pd.api.types.is_bool_dtype(values.dtype) else operator.neg(values)


def _positive(values: Any) -> Any:
    return values if pd.api.types.is_bool_dtype(values.dtype) else operator.pos(values)


_UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": _negative, "pos": _positive, "invert": lambda values: operator.invert(values) if len(values) else values,
    "abs": np.abs,
}  # fmt: skip


def unary(operation: str, values: Any) -> Any:
    """Apply a sign, `~` or the absolute value to an array."""
    return _UNARY[operation](wrapped(values))
