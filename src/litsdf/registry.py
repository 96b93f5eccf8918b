"""Which layouts there are: the built-in ones, and plug-ins found through the entry point group `litsdf.layouts`."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

from litsdf.errors import LayoutError

__all__ = ["frame_class", "layout_names"]

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
        return _plug_ins()[layout].load()
    raise LayoutError(f"There is no layout {layout!r}. Layouts are {', '.join(layout_names())}.")
