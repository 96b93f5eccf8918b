# ruff: noqa: SLF001  (friends read one another's held values)
"""Which methods of a table or column are answered by moving rows or by statistics of arrays, and how a call is made."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from litsdf.contract import NotNative
from litsdf.own_labels import hold
from litsdf.passing import from_pandas
from litsdf.structure.grid import HOLDING, Grid, table_of

__all__ = [
    "MISSING",
    "Refused",
    "answer",
    "arguments",
    "frame_method",
    "kept",
    "native_names",
    "said_in_place",
    "series_method",
    "wrap",
]


class Refused(Exception):  # noqa: N818  (a signal: users see the error in it)
    """What pandas refuses, known here: the error is raised without asking pandas for it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


Native = Callable[[Any, str, tuple[Any, ...], dict[str, Any]], Any]
"""Takes the facade object, the name of the method, and its arguments; gives a result or raises NotNative."""

SERIES: dict[str, Native] = {}
FRAME: dict[str, Native] = {}
_MODULES = (
    *(f"structure.{name}" for name in (
        "series_rows", "frame_rows", "ordering", "repeats", "labelling", "reshaping", "joining", "frame_values",
        "each_column", "alignment",
    )),
    *(f"statistics.{name}" for name in ("reductions", "places", "counts", "running")),
    "windowing.windows", "applying.columns", "applying.tables",
)  # fmt: skip
MISSING: Any = object()


def series_method(*names: str) -> Callable[[Native], Native]:
    """Register a function as the native answer of methods of a Series."""
    return _registering(SERIES, names)


def frame_method(*names: str) -> Callable[[Native], Native]:
    """Register a function as the native answer of methods of a DataFrame."""
    return _registering(FRAME, names)


def _registering(registry: dict[str, Native], names: tuple[str, ...]) -> Callable[[Native], Native]:
    def register(function: Native) -> Native:
        registry.update(dict.fromkeys(names, function))
        return function

    return register


@lru_cache(maxsize=1)
def _loaded() -> bool:
    for name in _MODULES:
        import_module(f"litsdf.{name}")
    return True


def native_names(part: str) -> set[str]:
    """Names of the methods that are answered here, for `Series` or `DataFrame`."""
    _loaded()
    return set(SERIES if part == "Series" else FRAME)


def answer(owner: Any, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Answer a method natively.

    Raises:
        NotNative: the method, these arguments or this layout are left to pandas.
    """
    if owner.layout not in HOLDING:
        raise NotNative(owner.layout)
    _loaded()
    is_series = hasattr(owner, "_column")
    native = (SERIES if is_series else FRAME).get(name)
    if native is None:
        raise NotNative(name)
    try:
        return native(owner, name, args, dict(options))
    except Refused as refusal:
        raise refusal.error from None
    except (AttributeError, NotImplementedError, TypeError, ValueError) as error:
        raise NotNative(str(error)) from error  # pandas itself says what is wrong with the arguments or the values


def wrap(owner: Any, held: Any) -> Any:
    """Give the facade object of a column, a grid or a plain value."""
    from litsdf.frame import DataFrame
    from litsdf.layouts.columnar import Column
    from litsdf.series import Series

    if isinstance(held, Column):
        return Series._of(held, owner.fallbacks)
    if isinstance(held, Grid):
        return DataFrame._of(table_of(held), owner.fallbacks)
    return held


def kept(owner: Any, held: Any, *, inplace: bool) -> Any:
    """Give a result, or put it in the place of what the object holds."""
    if not inplace:
        return wrap(owner, held)
    if isinstance(held, Grid):
        owner._table = table_of(held)
    else:
        hold(owner, "_column", held)
    return None


@lru_cache(maxsize=512)
def _signature(part: str, name: str) -> inspect.Signature:
    import pandas as pd

    return inspect.signature(getattr(getattr(pd, part), name))


def arguments(owner: Any, name: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of pandas' method with what was given for them; NotNative where pandas would refuse them.

    Parameters whose default is pandas' own marker are left out unless given.
    """
    part = "Series" if hasattr(owner, "_column") else "DataFrame"
    try:
        bound = _signature(part, name).bind(owner, *args, **options)
    except TypeError as error:
        raise NotNative(str(error)) from None
    given = dict(bound.arguments)
    bound.apply_defaults()
    found = {
        key: value
        for key, value in bound.arguments.items()
        if key != "self" and (key in given or type(value).__name__ != "_NoDefault")
    }
    if found.get("kwargs") == {}:
        del found["kwargs"]
    return found


def said_in_place(part: Any, name: str, options: Mapping[str, Any], *args: Any) -> bool:
    """Whether a method changes its object; what pandas says about the keyword it says on a small object of its own.

    Raises:
        NotNative: the keyword is no truth value.
    """
    inplace = options.get("inplace", False)
    if type(inplace) is not bool:
        raise NotNative("in place, or not")
    if "inplace" in options:
        getattr(part, name)(*args, inplace=inplace)
    return inplace


def as_given(owner: Any, result: Any) -> Any:
    """Hold what pandas made of labels alone (an index, a Series of dtypes) as the facade holds it."""
    return from_pandas(result, owner.layout, owner._fallbacks)
