"""Which layouts there are: the built-in ones, and plug-ins found through the entry point group `litsdf.layouts`."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import Any

from litsdf.errors import LayoutError

__all__ = ["frame_class", "layout_names", "library", "pandas_like_of", "speaks_pandas"]

_BUILT_IN = {
    "record": ("litsdf.layouts.record", "RecordFrame", None),
    "numpy": ("litsdf.layouts.numpy", "NumpyFrame", "numpy"),
    "pandas": ("litsdf.layouts.pandas", "PandasFrame", "pandas"),
    "polars": ("litsdf.layouts.polars", "PolarsFrame", "polars"),
    "dask": ("litsdf.layouts.dask", "DaskFrame", "dask"),
}


def layout_names() -> list[str]:
    """Name every layout that can be asked for, installed or not."""
    return [*_BUILT_IN, *sorted(_plug_ins())]


@lru_cache(maxsize=1)
def _plug_ins() -> dict[str, Any]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group="litsdf.layouts")}


@lru_cache(maxsize=32)
def frame_class(layout: str) -> Any:
    """Give the table class of a layout.

    Raises:
        LayoutError: there is no such layout, or its library is not installed; the message has the install line.
    """
    if layout in _BUILT_IN:
        module, name, package = _BUILT_IN[layout]
        try:
            loaded = import_module(module)
            if package is not None:
                import_module(package)
        except ImportError as error:
            raise LayoutError(
                f"The {layout} layout needs {package}, which is not installed. Run `pip install {package}`."
            ) from error
        return getattr(loaded, name)
    if layout in _plug_ins():
        loaded = _plug_ins()[layout].load()
        if hasattr(loaded, "module"):
            loaded.module()  # an absent library is said here, with its install line
        return loaded
    raise LayoutError(f"There is no layout {layout!r}. Layouts are {', '.join(layout_names())}.")


def library(layout: str) -> Any:
    """Give the module whose top-level functions a layout uses: its own where the layout speaks pandas, else pandas."""
    return frame_class(layout).module() if speaks_pandas(layout) else import_module("pandas")


def speaks_pandas(layout: str) -> bool:
    """Whether a layout is a plug-in whose library has pandas' interface, so that its own methods are called."""
    return layout not in _BUILT_IN and layout in _plug_ins() and hasattr(frame_class(layout), "module")


_KNOWN = frozenset({"builtins", "numpy", "pandas", "polars", "pyarrow", "litsdf", "dask", "datetime", "collections"})


def pandas_like_of(value: Any) -> Any:
    """Give the table class of the plug-in whose library, one that speaks pandas, made an object; None for others."""
    package = type(value).__module__.partition(".")[0]
    return None if package in _KNOWN else _plug_in_of(package)


@lru_cache(maxsize=256)
def _plug_in_of(package: str) -> Any:
    for point in _plug_ins().values():
        with suppress(ImportError):  # a plug-in that does not load holds nothing
            loaded = point.load()
            if getattr(loaded, "library", "").partition(".")[0] == package:
                return loaded
    return None
