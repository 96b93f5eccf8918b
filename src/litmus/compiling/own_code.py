"""Which packages code of a user's own uses, read from its compiled functions."""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator
from typing import Any

__all__ = ["modules_used"]


def modules_used(component: Any) -> set[str]:
    """The top-level modules that a component's own functions import, or use from the file they stand in.

    Args:
        component: an object of a user's class, or one that holds a user's function. Code of Litmus is not looked at.

    Example:
        >>> class Rooted:
        ...     def transform(self, values):
        ...         import math
        ...
        ...         return [math.sqrt(value) for value in values]
        >>> modules_used(Rooted())
        {'math'}
    """
    found: set[str] = set()
    for function in _functions(component):
        for code in _codes(function.__code__):
            found |= _of_code(code, function.__globals__)
    return found


def _functions(component: Any) -> Iterator[types.FunctionType]:
    held = list(vars(component).values()) if hasattr(component, "__dict__") else []
    for cls in type(component).__mro__:
        if cls.__module__.partition(".")[0] not in ("litmus", "builtins"):
            held += [getattr(value, "__func__", value) for value in vars(cls).values()]
    for value in held:
        inner = value.fget if isinstance(value, property) else value
        if isinstance(inner, types.FunctionType) and not inner.__module__.startswith("litmus."):
            yield inner


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code, and that of the functions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _of_code(code: types.CodeType, names: dict[str, Any]) -> set[str]:
    found = set()
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME":
            found.add(str(step.argval).partition(".")[0])
        elif step.opname == "LOAD_GLOBAL" and step.argval in names:
            value = names[step.argval]
            module = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
            if isinstance(module, str):
                found.add(module.partition(".")[0])
    return found - {""}
