"""A library that speaks pandas, as small as can be: its tables and columns are classes of its own around pandas' own.

It counts the calls it answers, so that a test sees that the library was asked and not pandas. Like cuDF, it neither takes
pandas objects in its methods nor turns into an array by itself.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from litsdf.layouts.pandas_like import PandasLikeFrame

CALLS: Counter[str] = Counter()


def wrap(value: Any) -> Any:
    kinds = {pd.DataFrame: DataFrame, pd.Series: Series, pd.Index: Labels, pd.RangeIndex: Labels}
    if type(value) in kinds:
        return kinds[type(value)](value)
    if type(value).__module__.startswith("pandas.core") and not isinstance(value, pd.api.extensions.ExtensionDtype):
        return Other(value)
    return value


def plain(value: Any) -> Any:
    if isinstance(value, Own):
        return value._inner
    if isinstance(value, pd.DataFrame | pd.Series):
        raise TypeError("the tiny library takes no pandas objects in its methods")
    if isinstance(value, list | tuple):
        return type(value)(plain(item) for item in value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


class Own:
    def __init__(self, data: Any) -> None:
        object.__setattr__(self, "_inner", data)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        CALLS[name] += 1
        found = getattr(self._inner, name)
        if not callable(found) or name in {"loc", "iloc", "at", "iat"}:
            return wrap(found)
        return lambda *args, **options: wrap(found(*plain(args), **plain(options)))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._inner, name, plain(value))

    def __getitem__(self, key: Any) -> Any:
        CALLS["[]"] += 1
        return wrap(self._inner[plain(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        self._inner[plain(key)] = plain(value)

    def __len__(self) -> int:
        return len(self._inner)

    def __iter__(self) -> Any:
        return (wrap(item) for item in self._inner)

    def __repr__(self) -> str:
        return repr(self._inner)

    def to_pandas(self) -> Any:
        return self._inner.copy()


class Labels(Own):
    pass


class Other(Own):
    pass


class Table(Own):
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("the tiny library turns into no array by itself")


def _operator(name: str) -> Any:
    def call(self: Any, *others: Any) -> Any:
        CALLS[name] += 1
        return wrap(getattr(self._inner, name)(*plain(others)))

    return call


_BINARY = ["add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv", "mod", "pow"]
_BINARY += ["eq", "ne", "lt", "le", "gt", "ge", "and", "or", "xor"]
for _name in [*_BINARY, "neg", "invert", "abs"]:
    setattr(Table, f"__{_name}__", _operator(f"__{_name}__"))
Table.__hash__ = None


class Series(Table):
    pass


class DataFrame(Table):
    pass


def concat(objects: Any, **options: Any) -> Any:
    CALLS["concat"] += 1
    return wrap(pd.concat(plain(objects), **options))


class TinyFrame(PandasLikeFrame):
    layout = "tiny"
    library = "tiny_library"
    package = "tiny-library"


class AbsentFrame(PandasLikeFrame):
    layout = "absent"
    library = "a_library_that_is_not_there.pandas"
    package = "a-library"
