"""Modin: pandas' interface over all cores or a cluster."""

from __future__ import annotations

from typing import Any, ClassVar

from litsdf.layouts.pandas_like import PandasLikeFrame

__all__ = ["ModinFrame"]


class ModinFrame(PandasLikeFrame):
    """A Modin DataFrame; Modin 0.37 needs pandas 2.3, with `pandas.options.future.infer_string = True`."""

    __slots__ = ()
    layout: ClassVar[str] = "modin"
    library: ClassVar[str] = "modin.pandas"
    package: ClassVar[str] = "'modin[dask]'"

    @classmethod
    def as_pandas(cls, held: Any) -> Any:
        """Gather the parts."""
        return held.modin.to_pandas()
