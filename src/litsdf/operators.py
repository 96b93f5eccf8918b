# ruff: noqa: SLF001, FBT001, PLR0917  (the facade's classes are friends: they read one another's held values)
"""The operators of a Series, and the NumPy functions that take one."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from litsdf.by_array import ByArray, is_index
from litsdf.contract import NotNative
from litsdf.passing import Passing, from_pandas, to_pandas

__all__ = ["MIRRORED", "UFUNCS", "Operators"]

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "pow": operator.pow, "eq": operator.eq, "ne": operator.ne,
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "and": operator.and_,
    "or": operator.or_, "xor": operator.xor, "divmod": divmod,
}  # fmt: skip
UFUNCS = {
    "log": "log", "log1p": "log1p", "log2": "log2", "log10": "log10", "exp": "exp", "expm1": "expm1", "sqrt": "sqrt",
    "sin": "sin", "cos": "cos", "tanh": "tanh", "floor": "floor", "ceil": "ceil", "absolute": "abs",
    "negative": "neg", "positive": "pos", "invert": "invert", "add": "add", "subtract": "sub", "multiply": "mul",
    "divide": "truediv", "floor_divide": "floordiv", "remainder": "mod", "power": "pow", "divmod": "divmod", "equal": "eq",
    "not_equal": "ne", "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge", "bitwise_and": "and",
    "bitwise_or": "or", "bitwise_xor": "xor",
}  # fmt: skip
_ALIGNING = {name for name in _FUNCTIONS if name not in {"eq", "ne", "lt", "le", "gt", "ge", "and", "or", "xor"}}
"""Operators that bring labels together; comparisons refuse labels that differ."""
MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
"""Comparisons seen from the other operand."""


class Operators(ByArray):
    """Arithmetic, comparison and logic with pandas' dtype and alignment rules."""

    __slots__ = ()
    __pandas_priority__ = 4500
    """Anything of pandas leaves an operator with one of our columns to us."""

    def _operate(self, operation: str, other: Any) -> Any:
        column = self._column
        if column.layout != "pandas":
            try:
                operand = other._column if isinstance(other, Operators) else other
                made = self._new(column.elementwise(operation, (operand,), {}))
                return made.rename(self._name_with(other)) if is_index(other) else made
            except NotNative:
                pass
            try:
                return self._operate_on_arrays(operation, other)
            except NotNative:
                pass
            try:
                return self._operate_aligned(operation, other)
            except NotNative:
                pass
        return self._operate_in_pandas(operation, other)

    def _operate_aligned(self, operation: str, other: Any) -> Any:
        """Bring two columns with different labels under the same ones first; comparisons and logic have other rules."""
        mine, theirs = self._column, getattr(other, "_column", None)
        if operation not in _ALIGNING or theirs is None or self.layout not in {"numpy", "polars"}:
            raise NotNative("nothing to align")
        from litsdf.layouts.columnar import same_labels
        from litsdf.structure.alignment import aligned_columns

        if theirs.layout != mine.layout or (len(mine) == len(theirs) and same_labels(mine.labels, theirs.labels)):
            raise NotNative("columns with the same labels, or in two layouts")
        try:
            left, right = aligned_columns(mine, theirs, join="outer")
        except (TypeError, ValueError) as error:
            raise NotNative(str(error)) from error  # pandas itself says which labels do not go together
        return self._new(left)._operate_on_arrays(operation, self._new(right))

    def _operate_on_arrays(self, operation: str, other: Any) -> Any:
        values, operand = self._array(), self._operand(other)
        from litsdf.kernels.operators import operate

        result, name = operate(operation, values, operand), self._name_with(other)
        if type(result) is tuple:
            return tuple(self._of_array(part, name) for part in result)
        return self._of_array(result, name)

    def _operate_by_name(self, name: str, operation: str, other: Any, level: Any, fill_value: Any, axis: Any) -> Any:
        """An operator called by name: `fill_value` stands in where one of the two operands is missing."""
        if self.layout != "pandas" and level is None and axis in (0, "index", "rows", None):
            try:
                return self._operate_filled(operation, other, fill_value)
            except NotNative:
                pass
        options = {"level": level, "fill_value": fill_value, "axis": axis}
        given = {
            key: value for key, value in options.items() if value is not None and not (key == "axis" and value == 0)
        }
        return self._run_pandas(name, (other,), given)

    def _operate_filled(self, operation: str, other: Any, fill_value: Any) -> Any:
        operand = self._operand(other)
        listed = isinstance(operand, list | tuple) or getattr(operand, "ndim", 0) == 1
        if isinstance(operand, tuple) or is_index(other):
            raise NotNative("a tuple, or an Index")
        if listed and len(operand) != len(self._column):
            raise ValueError("Lengths must be equal")
        if fill_value is None:
            return self._operate(operation, other)
        from pandas import isna

        if not listed:
            column: Any = self
            return (
                self._operate(operation, fill_value)
                if isna(operand)
                else column.fillna(fill_value)._operate(operation, other)
            )
        from litsdf.kernels.arrays import inferred, stored
        from litsdf.kernels.operators import filled, operate

        right = inferred(operand) if isinstance(operand, list) else stored(operand)
        left, right = filled(self._array(), right, fill_value)
        result, name = operate(operation, left, right), self._name_with(other)
        if type(result) is tuple:
            return tuple(self._of_array(part, name) for part in result)
        return self._of_array(result, name)

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

    def __divmod__(self, other: Any) -> Any:
        return self._operate("divmod", other)

    def __rdivmod__(self, other: Any) -> Any:
        return self._operate("rdivmod", other)

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
        self,
        operation: str,
        call: Callable[[Any], Any],
        *,
        kernel: Callable[[Any], Any] | None = None,
        **parameters: Any,
    ) -> Any:
        """Run one row-by-row operation natively, else by a kernel on the array, else the same call on pandas."""
        column = self._column
        if column.layout != "pandas":
            try:
                return self._new(column.elementwise(operation, (), parameters))
            except NotNative:
                pass
            try:
                if kernel is not None:
                    return self._by_kernel(kernel)
            except NotNative:
                pass
        return self._through_pandas(operation, call)

    def _sign(self, operation: str, call: Callable[[Any], Any]) -> Any:
        def kernel(values: Any) -> Any:
            from litsdf.kernels.operators import unary

            return unary(operation, values)

        return self._apply(operation, call, kernel=kernel)

    def __neg__(self) -> Any:
        return self._sign("neg", operator.neg)

    def __pos__(self) -> Any:
        return self._sign("pos", operator.pos)

    def __abs__(self) -> Any:
        return self._sign("abs", abs)

    def __invert__(self) -> Any:
        return self._sign("invert", operator.invert)

    def __bool__(self) -> bool:
        raise ValueError(
            f"The truth value of a {type(self).__name__} is ambiguous. "
            "Use a.empty, a.bool(), a.item(), a.any() or a.all()."
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__" and not options and self.layout != "pandas":
            try:
                return self._universal(ufunc, inputs)
            except NotNative:
                pass
        arguments = [item._held() if isinstance(item, Passing) else item for item in inputs]
        if self.layout != "pandas":
            self.fallbacks.note(ufunc.__name__, self.layout)
        return from_pandas(getattr(ufunc, method)(*arguments, **to_pandas(options)), self.layout, self._fallbacks)

    def _universal(self, ufunc: Any, inputs: tuple[Any, ...]) -> Any:
        """Apply a universal function of NumPy: as an operator where it is one, else to the arrays."""
        operation = UFUNCS.get(ufunc.__name__)
        if operation is not None and len(inputs) == 2:
            if inputs[0] is self:
                return self._operate(operation, inputs[1])
            return self._operate(MIRRORED.get(operation, f"r{operation}"), inputs[0])
        if operation in {"neg", "pos", "abs", "invert"}:
            return {"neg": self.__neg__, "pos": self.__pos__, "abs": self.__abs__, "invert": self.__invert__}[
                operation
            ]()
        if operation is not None:
            try:
                return self._new(self._column.elementwise(operation, (), {}))
            except NotNative:
                pass
        return self._universal_on_arrays(ufunc, inputs)

    def _universal_on_arrays(self, ufunc: Any, inputs: tuple[Any, ...]) -> Any:
        self._array()
        from litsdf.kernels.arrays import operand, wrapped

        names = {item.name for item in inputs if hasattr(item, "name")}
        name = names.pop() if len(names) == 1 else None
        result = ufunc(*(wrapped(operand(self._operand(item))) for item in inputs))
        if type(result) is tuple:
            return tuple(self._of_array(part, name) for part in result)
        return self._of_array(result, name)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self._column.to_pandas().__array__(dtype, copy)
