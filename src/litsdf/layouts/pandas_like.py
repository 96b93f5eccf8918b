"""The base of layouts whose library speaks pandas (Modin, cuDF): a method called on the facade is the library's own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Self

from litsdf.dtypes import OPAQUE
from litsdf.errors import LayoutError
from litsdf.layouts.pandas import PandasColumn, PandasFrame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PandasLikeColumn", "PandasLikeFrame"]


class PandasLikeColumn(PandasColumn):
    """A Series of a library that speaks pandas; made for each `PandasLikeFrame`, never written by hand."""

    __slots__ = ()
    frame_class: ClassVar[type[PandasLikeFrame]]

    @property
    def dtype(self) -> str:
        """The library knows its own dtypes, so the facade asks it."""
        return OPAQUE

    @property
    def labels(self) -> Any:
        """Row labels, as pandas holds them."""
        return self.frame_class.as_plain(self.series.index)

    @classmethod
    def from_pandas(cls, series: Any, labels: Any) -> Self:  # noqa: ARG003  (the library keeps its own)
        """Hold a pandas Series, or one of the library."""
        return cls(cls.frame_class.own(series, "Series"))

    def to_pandas(self) -> pd.Series:
        """Give a pandas Series."""
        return self.frame_class.as_pandas(self.series)

    def renamed(self, name: Any) -> Self:
        """Give the same column under another name."""
        return type(self)(self.series.rename(name))


class PandasLikeFrame(PandasFrame):
    """A table of a library that speaks pandas. A plug-in is a subclass that says three names.

    Methods called on `litsdf.DataFrame` and `Series` are called on the library's objects, and what they give is wrapped
    again; nothing goes through pandas unless the library itself does so. Register the subclass in the entry point group
    `litsdf.layouts`.

    Attributes:
        layout: name of the layout.
        library: the module that has `DataFrame` and `Series`.
        package: what `pip install` takes.

    >>> class CudfFrame(PandasLikeFrame):
    ...     layout = "cudf"
    ...     library = "cudf"
    ...     package = "cudf-cu12"
    """

    __slots__ = ()
    library: ClassVar[str]
    package: ClassVar[str]
    column_class: ClassVar[type[PandasColumn]] = PandasLikeColumn

    def __init_subclass__(cls) -> None:
        members = {"__slots__": (), "layout": cls.layout, "frame_class": cls}
        cls.column_class = type(cls.__name__.replace("Frame", "Column"), (PandasLikeColumn,), members)

    @classmethod
    def module(cls) -> Any:
        """The library.

        Raises:
            LayoutError: it is not installed; the message has the install line.
        """
        try:
            return import_module(cls.library)
        except ImportError as error:
            raise LayoutError(
                f"The {cls.layout} layout needs {cls.library.partition('.')[0]}, which is not installed. "
                f"Run `pip install {cls.package}`."
            ) from error

    @classmethod
    def as_pandas(cls, held: Any) -> Any:
        """Give one of the library's tables or columns as pandas' own; override where the method is not `to_pandas`."""
        return held.to_pandas()

    @classmethod
    def as_own(cls, held: Any) -> Any:
        """Give one of pandas' tables or columns as the library's own."""
        return getattr(cls.module(), type(held).__name__)(held)

    @classmethod
    def own(cls, held: Any, kind: str) -> Any:
        """Give a table or column as the library's own, whichever of the two it is."""
        return held if isinstance(held, getattr(cls.module(), kind)) else cls.as_own(held)

    @classmethod
    def as_plain(cls, value: Any) -> Any:
        """Give labels of the library as pandas' own."""
        return value.to_pandas() if cls.made(value) and hasattr(value, "to_pandas") else value

    @classmethod
    def made(cls, value: Any) -> bool:
        """Whether an object is of a class of the library."""
        return type(value).__module__.partition(".")[0] == cls.library.partition(".")[0]

    @classmethod
    def held_form(cls, value: Any) -> Self | PandasColumn | None:
        """Hold one of the library's tables or columns; None for everything else."""
        module = cls.module()
        if isinstance(value, module.DataFrame):
            return cls(value)
        return cls.column_class(value) if isinstance(value, module.Series) else None

    @property
    def labels(self) -> Any:
        """Row labels, as pandas holds them."""
        return self.as_plain(self.frame.index)

    @property
    def names(self) -> list[Any]:
        """Column names in order."""
        return list(self.plain_columns)

    @property
    def plain_columns(self) -> Any:
        """Column names, as pandas holds them."""
        return self.as_plain(self.frame.columns)

    @property
    def plain_dtypes(self) -> Any:
        """The dtype of each column, in a pandas Series."""
        return self.as_plain(self.frame.dtypes)

    @classmethod
    def from_pandas(cls, frame: Any) -> Self:
        """Hold a pandas DataFrame, or one of the library."""
        return cls(cls.own(frame, "DataFrame"))

    def to_pandas(self) -> pd.DataFrame:
        """Give a pandas DataFrame."""
        return self.as_pandas(self.frame)

    def copied(self) -> Self:
        """Give a table of its own."""
        return type(self)(self.frame.copy())
