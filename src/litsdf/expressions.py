# ruff: noqa: SLF001  (friends read one another's held values)
"""Text such as `price > @limit and kind in ["a", "b"]`, calculated with the columns of a table by their own operators."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from litsdf.contract import NotNative
from litsdf.passing import Passing

__all__ = ["evaluate", "parsed"]

_LOCAL = "__pd_eval_local_"
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip


@lru_cache(maxsize=256)
def parsed(text: str) -> ast.expr:
    """Read an expression by pandas' grammar: `@name`, names in backticks, `&` and `|` that bind like `and` and `or`.

    Raises:
        NotNative: it is no single expression; pandas says what is wrong with it.
    """
    pandas_expressions: Any = import_module("pandas.core.computation.expr")
    if not isinstance(text, str) or "\n" in text.strip():
        raise NotNative("several lines")
    try:
        source = pandas_expressions._preparse(
            text.strip(),
            f=pandas_expressions._compose(
                pandas_expressions._replace_locals,
                pandas_expressions._replace_booleans,
                pandas_expressions.clean_backtick_quoted_toks,
            ),
        )
        return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, TypeError) as error:
        raise NotNative(str(error)) from None


def evaluate(node: ast.expr, columns: Mapping[str, Any], variables: Callable[[str], Any]) -> Any:
    """Calculate an expression.

    Args:
        node: what `parsed` gave.
        columns: columns by their names as pandas cleans them.
        variables: gives the value of a variable of the caller; KeyError when there is none.

    Raises:
        NotNative: a construct, or values, whose meaning pandas decides.
    """
    return _Calculation(columns, variables).value(node)


class _Calculation:
    """One expression on its way to a value."""

    def __init__(self, columns: Mapping[str, Any], variables: Callable[[str], Any]) -> None:
        self.columns = columns
        self.variables = variables

    def value(self, node: ast.expr) -> Any:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise NotNative(f"a {type(node).__name__} in an expression")
        return method(node)

    def _constant(self, node: ast.Constant) -> Any:
        if type(node.value) not in {int, float, str, bool}:
            raise NotNative("a constant of another kind")
        return node.value

    def _list(self, node: ast.List | ast.Tuple) -> Any:
        return [self.value(item) for item in node.elts]

    _tuple = _list

    def _name(self, node: ast.Name) -> Any:
        if node.id.startswith(_LOCAL):
            try:
                return self.variables(node.id.removeprefix(_LOCAL))
            except KeyError:
                raise NotNative("a variable that is not there") from None
        if node.id in {"True", "False", "None"} or node.id not in self.columns:
            raise NotNative("a name that is no column")
        return self.columns[node.id]

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not | ast.Invert):
            return ~_flags(value)
        if isinstance(value, bool) or not isinstance(value, Passing | int | float):
            raise NotNative("a sign before something else")
        return -value if isinstance(node.op, ast.USub) else +value  # type: ignore[operator]

    def _binop(self, node: ast.BinOp) -> Any:
        function = _ARITHMETIC.get(type(node.op))
        if function is None:
            raise NotNative("an operator of bits")
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, list) or isinstance(right, list):
            raise NotNative("calculating with a list")
        return function(left, right)

    def _boolop(self, node: ast.BoolOp) -> Any:
        both = isinstance(node.op, ast.And)
        parts = [_flags(self.value(part)) for part in node.values]
        result = parts[0]
        for part in parts[1:]:
            result = result & part if both else result | part
        return result

    def _compare(self, node: ast.Compare) -> Any:
        left, result = self.value(node.left), None
        for kind, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part)
            found = _compared(kind, left, right)
            result = found if result is None else _flags(result) & _flags(found)
            left = right
        return result

    def _attribute(self, node: ast.Attribute) -> Any:
        owner = self.value(node.value)
        if node.attr.startswith("_") or not (isinstance(owner, Passing) or type(owner).__module__.startswith("litsdf")):
            raise NotNative("an attribute of something else")
        return getattr(owner, node.attr)

    def _call(self, node: ast.Call) -> Any:
        if not isinstance(node.func, ast.Attribute):
            raise NotNative("a function that is no method")
        if any(isinstance(part, ast.Starred) for part in node.args) or any(k.arg is None for k in node.keywords):
            raise NotNative("arguments spread out")
        args = [self.value(part) for part in node.args]
        named = {str(keyword.arg): self.value(keyword.value) for keyword in node.keywords}
        return self._attribute(node.func)(*args, **named)


def _flags(value: Any) -> Any:
    """A column of true and false."""
    if not isinstance(value, Passing) or str(getattr(value, "dtype", "")) != "bool":
        raise NotNative("logic of something else than flags")
    return value


def _compared(kind: ast.cmpop, left: Any, right: Any) -> Any:
    if isinstance(kind, ast.Eq | ast.NotEq) and (isinstance(left, list) or isinstance(right, list)):
        kind = ast.In() if isinstance(kind, ast.Eq) else ast.NotIn()
        left, right = (right, left) if isinstance(left, list) else (left, right)
    if isinstance(kind, ast.In | ast.NotIn):
        if not isinstance(left, Passing) or isinstance(right, str) or not hasattr(right, "__iter__"):
            raise NotNative("a search in something else")
        found = left.isin(right)  # type: ignore[attr-defined]
        return found if isinstance(kind, ast.In) else ~found
    function = _COMPARISONS.get(type(kind))
    if function is None or isinstance(left, list) or isinstance(right, list):
        raise NotNative("a comparison of another kind")
    return function(left, right)
