"""A pytest plugin: the tests of pandas itself build litsdf's tables and columns instead of pandas' own.

In every module of `pandas.tests`, `Series`, `DataFrame` and the names reached through `pd` are litsdf's, held in the
layout of the environment variable LITSDF_LAYOUT; pandas' assertions take litsdf's objects by converting them. Where a
warning comes from in the stack is not compared: litsdf's own files lie between.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import litsdf_call_counting as counting
import pandas as pd
import pandas._testing as tm

import litsdf
from litsdf.passing import Passing

LAYOUT = os.environ.get("LITSDF_LAYOUT", "polars")
MADE = [0]
FUNCTIONS: dict[str, Any] = {}
EXERCISED: list[str] = []
PANDAS_SERIES, PANDAS_FRAME = pd.Series, pd.DataFrame


def _in_layout(value: Any) -> Any:
    MADE[0] += 1
    try:
        held = value.to_layout(LAYOUT)
        return litsdf.repartition(held, 2) if LAYOUT == "dask" else held
    except litsdf.LayoutError:
        return value


class _Like(type):
    """Makes `isinstance(x, Series)` true for litsdf's Series in a pandas test."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.kinds)

    def __getattr__(cls, name: str) -> Any:
        ours, theirs = getattr(cls.kinds[0], name, None), getattr(cls.kinds[1], name)
        if not inspect.isfunction(theirs) or not callable(ours):
            return theirs

        @functools.wraps(theirs)
        def call(first: Any, *args: Any, **options: Any) -> Any:
            return (ours if isinstance(first, cls.kinds[0]) else theirs)(first, *args, **options)

        return call


class Series(metaclass=_Like):
    kinds = (litsdf.Series, PANDAS_SERIES)

    def __new__(cls, *args: Any, **options: Any) -> Any:
        options.pop("copy", None)
        return _in_layout(litsdf.Series(PANDAS_SERIES(*_plain(args), **_plain(options)), layout="pandas"))


class DataFrame(metaclass=_Like):
    kinds = (litsdf.DataFrame, PANDAS_FRAME)

    def __new__(cls, *args: Any, **options: Any) -> Any:
        options.pop("copy", None)
        return _in_layout(litsdf.DataFrame(PANDAS_FRAME(*_plain(args), **_plain(options)), layout="pandas"))


def _plain(value: Any) -> Any:
    if isinstance(value, Passing):
        return value.to_pandas()
    if type(value) in {list, tuple}:
        return type(value)(_plain(item) for item in value)
    if type(value) is dict:
        return {key: _plain(item) for key, item in value.items()}
    return value


_FUNCTIONS = (
    "concat", "merge", "get_dummies", "cut", "qcut", "to_datetime", "to_numeric", "crosstab", "melt", "pivot",
    "pivot_table", "wide_to_long", "lreshape", "isna", "notna", "from_dummies",
)  # fmt: skip


class _Library(ModuleType):
    """`pd` as a pandas test sees it."""

    Series = Series
    DataFrame = DataFrame

    def __getattr__(self, name: str) -> Any:
        return FUNCTIONS.get(name) or getattr(pd, name)


def _chosen(frame: Any, kind: Any) -> Any:
    """What `tm.get_obj` does, without pandas' private methods."""
    return frame if kind is DataFrame or kind is PANDAS_FRAME else frame.iloc[:, 0]


def _converting(function: Any) -> Any:
    def call(*args: Any, **options: Any) -> Any:
        return function(*_plain(args), **_plain(options))

    return call


def pytest_configure() -> None:
    for name, function in inspect.getmembers(tm, inspect.isfunction):
        if name.startswith("assert_") and name not in {"assert_produces_warning"}:
            setattr(tm, name, _converting(function))
    tm.assert_produces_warning = functools.partial(tm.assert_produces_warning, check_stacklevel=False)
    tm.get_obj = _chosen
    counting.install()
    FUNCTIONS.update({name: counting.counted(getattr(litsdf, name), name) for name in _FUNCTIONS})


def pytest_collection_modifyitems(items: list[Any]) -> None:
    library = _Library("pandas")
    replacements = {"Series": Series, "DataFrame": DataFrame, "pd": library, **FUNCTIONS}
    theirs = {"Series": PANDAS_SERIES, "DataFrame": PANDAS_FRAME, "pd": pd}
    for module in {item.module for item in items if hasattr(item, "module")}:
        if not module.__name__.startswith("pandas.tests"):
            continue
        for name, replacement in replacements.items():
            if getattr(module, name, None) is theirs.get(name, getattr(pd, name, None)):
                setattr(module, name, replacement)

    for item in items:
        parameters = getattr(item, "callspec", None)
        for name, value in list(parameters.params.items()) if parameters else ():
            if value is PANDAS_SERIES or value is PANDAS_FRAME:
                parameters.params[name] = Series if value is PANDAS_SERIES else DataFrame


def pytest_runtest_setup() -> None:
    MADE[0] = 0


def pytest_runtest_call(item: Any) -> None:
    counting.TEST[0] = item.nodeid


def pytest_runtest_teardown(item: Any) -> None:
    counting.TEST[0] = ""
    if MADE[0]:
        EXERCISED.append(item.nodeid)


def pytest_sessionfinish() -> None:
    target = os.environ.get("LITSDF_CALLS")
    if target:
        calls = {test: sorted(counts.items()) for test, counts in counting.CALLS.items()}
        Path(target).write_text(json.dumps({"calls": calls, "exercised": EXERCISED}), encoding="utf-8")
