"""A pytest plugin: the tests of pandas itself build litsdf's tables and columns instead of pandas' own.

In every module of `pandas.tests`, `Series`, `DataFrame` and the names reached through `pd` are litsdf's, held in the
layout of the environment variable LITSDF_LAYOUT; pandas' assertions take litsdf's objects by converting them. Calls are
counted: native ones, and those that went through pandas.
"""

from __future__ import annotations

import inspect
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pandas._testing as tm

import litsdf
from litsdf.layouts import numpy as numpy_layout
from litsdf.layouts import polars as polars_layout
from litsdf.layouts import record as record_layout
from litsdf.passing import Fallbacks, Passing

LAYOUT = os.environ.get("LITSDF_LAYOUT", "polars")
CALLS = {"native": 0, "pandas": 0}
MADE = [0]
EXERCISED: list[str] = []
PANDAS_SERIES, PANDAS_FRAME = pd.Series, pd.DataFrame


def _in_layout(value: Any) -> Any:
    MADE[0] += 1
    try:
        return value.to_layout(LAYOUT)
    except litsdf.LayoutError:
        return value


class _Like(type):
    """Makes `isinstance(x, Series)` true for litsdf's Series in a pandas test."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.kinds)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.kinds[1], name)


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


class _Library(ModuleType):
    """`pd` as a pandas test sees it."""

    Series = Series
    DataFrame = DataFrame

    def __getattr__(self, name: str) -> Any:
        if name in {"concat", "merge", "get_dummies", "cut", "qcut", "to_datetime", "to_numeric"}:
            return getattr(litsdf, name)
        return getattr(pd, name)


def _converting(function: Any) -> Any:
    def call(*args: Any, **options: Any) -> Any:
        return function(*_plain(args), **_plain(options))

    return call


def pytest_configure() -> None:
    for name, function in inspect.getmembers(tm, inspect.isfunction):
        if name.startswith("assert_") and name not in {"assert_produces_warning"}:
            setattr(tm, name, _converting(function))
    note = Fallbacks.note

    def counted(self: Any, operation: str, layout: str) -> None:
        CALLS["pandas"] += 1
        note(self, operation, layout)

    Fallbacks.note = counted
    for kind in (record_layout.RecordColumn, numpy_layout.NumpyColumn, polars_layout.PolarsColumn):
        for name in ("elementwise", "reduce", "filtered", "taken"):
            setattr(kind, name, _counting(getattr(kind, name)))


def _counting(function: Any) -> Any:
    def call(*args: Any, **options: Any) -> Any:
        result = function(*args, **options)
        CALLS["native"] += 1
        return result

    return call


def pytest_collection_modifyitems(items: list[Any]) -> None:
    library = _Library("pandas")
    for module in {item.module for item in items if hasattr(item, "module")}:
        if not module.__name__.startswith("pandas.tests"):
            continue
        for name, replacement in (("Series", Series), ("DataFrame", DataFrame), ("pd", library)):
            if hasattr(module, name):
                setattr(module, name, replacement)


def pytest_runtest_setup() -> None:
    MADE[0] = 0


def pytest_runtest_teardown(item: Any) -> None:
    if MADE[0]:
        EXERCISED.append(item.nodeid)


def pytest_sessionfinish() -> None:
    target = os.environ.get("LITSDF_CALLS")
    if target:
        Path(target).write_text(json.dumps({**CALLS, "exercised": EXERCISED}), encoding="utf-8")
