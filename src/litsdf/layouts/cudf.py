"""cuDF: pandas' interface on one NVIDIA GPU."""

from __future__ import annotations

from typing import ClassVar

from litsdf.layouts.pandas_like import PandasLikeFrame

__all__ = ["CudfFrame"]


class CudfFrame(PandasLikeFrame):
    """A cuDF DataFrame."""

    __slots__ = ()
    layout: ClassVar[str] = "cudf"
    library: ClassVar[str] = "cudf"
    package: ClassVar[str] = "cudf-cu12"
