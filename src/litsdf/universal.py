# ruff: noqa: SLF001  (friends read one another's held values)
"""NumPy's universal functions of a table: an operator where it is one, else a function of each column."""

from __future__ import annotations

from typing import Any

from litsdf.contract import NotNative
from litsdf.gathered import gathered, in_memory
from litsdf.operators import MIRRORED, UFUNCS
from litsdf.passing import Passing, from_pandas, to_pandas

__all__ = ["applied"]


def applied(owner: Any, ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What `ufunc` gives for a table, as pandas does: a table under the same labels."""
    if method == "__call__" and not options and owner.layout != "pandas":
        try:
            return _native(owner, ufunc, inputs)
        except NotNative:
            pass
    if owner._lazy():
        given, named = in_memory(inputs), in_memory(options)
        return gathered(owner, lambda _: getattr(ufunc, method)(*given, **named))
    if owner.layout != "pandas":
        owner.fallbacks.note(ufunc.__name__, owner.layout)
    result = getattr(ufunc, method)(*to_pandas(inputs), **to_pandas(options))
    return from_pandas(result, owner.layout, owner._fallbacks)


def _native(owner: Any, ufunc: Any, inputs: tuple[Any, ...]) -> Any:
    operation = UFUNCS.get(ufunc.__name__)
    if len(inputs) == 2 and operation is not None:
        if inputs[0] is owner:
            return getattr(owner, f"__{operation}__")(inputs[1])
        if isinstance(inputs[0], Passing):
            raise NotNative("a column and a table")
        return getattr(owner, f"__{MIRRORED.get(operation, f'r{operation}')}__")(inputs[0])
    if len(inputs) == 1 and ufunc.nout == 1 and len(set(owner._table.names)) == len(owner._table.names):
        names = owner._table.names
        if names and all(type(name) is str for name in names) and not hasattr(owner._table, "header"):
            return owner.assign(**{name: ufunc(owner[name]) for name in names})
    raise NotNative(ufunc.__name__)
