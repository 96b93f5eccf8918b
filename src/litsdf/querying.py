# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""`df.query(…)` and `df.eval(…)`: expressions over the columns of a table, with variables of the caller."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from litsdf.contract import NotNative
from litsdf.passing import Passing, to_pandas

__all__ = ["Querying"]


def _named_in(expr: Any, held: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that an expression names, in pandas' form where they are tables or columns of litsdf."""
    named = {name: value for name, value in held.items() if name in str(expr)}
    return {name: to_pandas(value) if isinstance(value, Passing) else value for name, value in named.items()}


class Querying(Passing):
    """Methods that take an expression as text."""

    __slots__ = ()
    _table: Any

    def query(self, expr: str, **options: Any) -> Any:
        """Keep the rows for which an expression is true, as `pandas.DataFrame.query` does.

        Args:
            expr: names of columns (in backticks where they are no identifiers), constants, operators, `in`, methods of
                columns, and `@name` for a variable of the caller.
            options: those of pandas; all but `local_dict`, `global_dict` and `level` go through pandas.
        """
        return self._by_text("query", expr, options)

    def eval(self, expr: str, **options: Any) -> Any:
        """Calculate an expression, as `pandas.DataFrame.eval` does; assignments in it go through pandas."""
        return self._by_text("eval", expr, options)

    def _by_text(self, name: str, expr: str, options: dict[str, Any]) -> Any:
        caller = sys._getframe(2 + int(options.pop("level", 0)))
        local, world = options.pop("local_dict", None), options.pop("global_dict", None)
        variables = (caller.f_locals if local is None else local, caller.f_globals if world is None else world)
        if self._lazy():
            from litsdf.gathered import gathered, in_memory

            given = {"local_dict": in_memory(dict(variables[0])), "global_dict": variables[1], **options}
            return gathered(self, lambda computed: getattr(computed, name)(expr, **given))
        if not options and self.layout in {"record", "numpy", "polars"}:
            try:
                return self._calculated(name, expr, variables)
            except (NotNative, AttributeError, KeyError, TypeError, ValueError):
                pass  # pandas gives the answer, or the right exception
        if self.layout == "trace":
            return self._run_pandas(name, (expr,), options)
        scope = {"local_dict": _named_in(expr, variables[0]), "global_dict": variables[1], **to_pandas(options)}
        if options.get("inplace"):
            held = self._changeable()
            getattr(held, name)(expr, **scope)
            self.fallbacks.note(name, self.layout)
            self._replace_by(held)
            return None
        return self._through_pandas(name, lambda held: getattr(held, name)(expr, **scope))

    def _calculated(self, name: str, expr: str, variables: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Any:
        from litsdf.expressions import evaluate, parsed

        node, columns = parsed(expr), self._columns_by_clean_name()

        def variable(label: str) -> Any:
            found = variables[0][label] if label in variables[0] else variables[1][label]
            if getattr(found, "layout", self.layout) != self.layout:
                raise NotNative("a variable in another layout")
            return found

        result = evaluate(node, columns, variable)
        column = getattr(result, "_column", None)
        if column is None:
            raise NotNative("a result that is no column")
        if name == "eval":
            return result
        if str(result.dtype) != "bool":
            raise NotNative("rows chosen by something else than flags")
        table: Any = self
        return table.loc[result]

    def _columns_by_clean_name(self) -> dict[str, Any]:
        """The columns under the names that they have in expressions."""
        from importlib import import_module

        clean: Any = import_module("pandas.core.computation.parsing").clean_column_name
        table: Any = self
        names = [name for name in table.columns if isinstance(name, str)]
        if not table.columns.is_unique or len(names) != len(table.columns):
            raise NotNative("names that are repeated or are no text")
        return _Lazily(table, {clean(name): name for name in names})


class _Lazily(dict[str, Any]):
    """Columns taken out of a table when an expression names them."""

    def __init__(self, table: Any, names: dict[str, str]) -> None:
        super().__init__(names)
        self._table = table

    def __getitem__(self, name: str) -> Any:
        return self._table[super().__getitem__(name)]
