# ruff: noqa: SLF001, FBT001  (the facade's classes are friends: they read one another's held values)
"""The operators of a Series, and the NumPy functions that take one."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from litsdf.contract import NotNative
from litsdf.passing import Passing, from_pandas, to_pandas

__all__ = ["Operators"]

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "pow": operator.pow, "eq": operator.eq, "ne": operator.ne,
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "and": operator.and_,
    "or": operator.or_, "xor": operator.xor,
}  # fmt: skip
_UFUNCS = {
    "log": "log", "log1p": "log1p", "log2": "log2", "log10": "log10", "exp": "exp", "expm1": "expm1", "sqrt": "sqrt",
    "sin": "sin", "cos": "cos", "tanh": "tanh", "floor": "floor", "ceil": "ceil", "absolute": "abs",
    "negative": "neg", "invert": "invert", "add": "add", "subtract": "sub", "multiply": "mul", "divide": "truediv",
}  # fmt: skip


class Operators(Passing):
    """Arithmetic, comparison and logic with pandas' dtype and alignment rules."""

    __slots__ = ()
    _column: Any

    def _new(self, column: Any) -> Any:
        raise NotImplementedError

    def _operate(self, operation: str, other: Any) -> Any:
        column = self._column
        if column.layout != "pandas":
            try:
                operand = other._column if isinstance(other, Operators) else other
                return self._new(column.elementwise(operation, (operand,), {}))
            except NotNative:
                pass
        return self._operate_in_pandas(operation, other)

    def _operate_in_pandas(self, operation: str, other: Any) -> Any:
        other = to_pandas(other) if isinstance(other, Passing) else getattr(other, "to_pandas", lambda: other)()
        if operation in _FUNCTIONS:
            function = _FUNCTIONS[operation]
            return self._through_pandas(operation, lambda held: function(held, other))
        function = _FUNCTIONS[operation[1:]]
        return self._through_pandas(operation, lambda held: function(other, held))

    def __add__(self, other: Any) -> Any:
        return self._operate("add", other)

    def __radd__(self, other: Any) -> Any:
        return self._operate("radd", other)

    def __sub__(self, other: Any) -> Any:
        return self._operate("sub", other)

    def __rsub__(self, other: Any) -> Any:
        return self._operate("rsub", other)

    def __mul__(self, other: Any) -> Any:
        return self._operate("mul", other)

    def __rmul__(self, other: Any) -> Any:
        return self._operate("rmul", other)

    def __truediv__(self, other: Any) -> Any:
        return self._operate("truediv", other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._operate("rtruediv", other)

    def __floordiv__(self, other: Any) -> Any:
        return self._operate("floordiv", other)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._operate("rfloordiv", other)

    def __mod__(self, other: Any) -> Any:
        return self._operate("mod", other)

    def __rmod__(self, other: Any) -> Any:
        return self._operate("rmod", other)

    def __pow__(self, other: Any) -> Any:
        return self._operate("pow", other)

    def __rpow__(self, other: Any) -> Any:
        return self._operate("rpow", other)

    def __eq__(self, other: object) -> Any:
        return self._operate("eq", other)

    def __ne__(self, other: object) -> Any:
        return self._operate("ne", other)

    def __lt__(self, other: Any) -> Any:
        return self._operate("lt", other)

    def __le__(self, other: Any) -> Any:
        return self._operate("le", other)

    def __gt__(self, other: Any) -> Any:
        return self._operate("gt", other)

    def __ge__(self, other: Any) -> Any:
        return self._operate("ge", other)

    def __and__(self, other: Any) -> Any:
        return self._operate("and", other)

    def __or__(self, other: Any) -> Any:
        return self._operate("or", other)

    def __xor__(self, other: Any) -> Any:
        return self._operate("xor", other)

    __rand__ = __and__
    __ror__ = __or__
    __rxor__ = __xor__
    __hash__ = None  # type: ignore[assignment]

    def _apply(
        self, operation: str, call: Callable[[Any], Any], others: tuple[Any, ...] = (), **parameters: Any
    ) -> Any:
        """Run one row-by-row operation natively, else the same call on pandas."""
        column = self._column
        if column.layout != "pandas":
            try:
                return self._new(column.elementwise(operation, others, parameters))
            except NotNative:
                pass
        return self._through_pandas(operation, call)

    def __neg__(self) -> Any:
        return self._apply("neg", operator.neg)

    def __pos__(self) -> Any:
        return self._through_pandas("pos", operator.pos) if self.layout == "pandas" else self

    def __abs__(self) -> Any:
        return self._apply("abs", abs)

    def __invert__(self) -> Any:
        return self._apply("invert", operator.invert)

    def __bool__(self) -> bool:
        raise ValueError(
            f"The truth value of a {type(self).__name__} is ambiguous. "
            "Use a.empty, a.bool(), a.item(), a.any() or a.all()."
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        operation = _UFUNCS.get(ufunc.__name__)
        if operation is not None and method == "__call__" and not options and inputs[0] is self:
            if len(inputs) == 1:
                return self._apply(operation, ufunc)
            return self._operate(operation, inputs[1])
        arguments = [item._held() if isinstance(item, Passing) else item for item in inputs]
        if self.layout != "pandas":
            self.fallbacks.note(ufunc.__name__, self.layout)
        return from_pandas(getattr(ufunc, method)(*arguments, **to_pandas(options)), self.layout, self._fallbacks)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        if copy is None:
            return np.array(self._column.to_pandas(), dtype=dtype)
        return np.array(self._column.to_pandas(), dtype=dtype, copy=copy)
