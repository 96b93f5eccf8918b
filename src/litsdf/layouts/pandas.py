"""The pandas layout, and the base of every layout whose library speaks pandas: a column is a Series, a table a DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from litsdf.contract import not_implemented

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PandasColumn", "PandasFrame"]


class PandasColumn:
    """A pandas Series. The facade calls its methods directly, so nothing here is a fallback."""

    __slots__ = ("series",)
    layout: ClassVar[str] = "pandas"

    def __init__(self, series: pd.Series) -> None:
        self.series = series

    elementwise = not_implemented()
    reduce = not_implemented()
    transformed = not_implemented()
    array = not_implemented()

    def __len__(self) -> int:
        return len(self.series)

    @property
    def name(self) -> Any:
        """Name of the column."""
        return self.series.name

    @property
    def dtype(self) -> str:
        """Name of the dtype."""
        return str(self.series.dtype)

    @property
    def labels(self) -> Any:
        """Row labels."""
        return self.series.index

    @classmethod
    def from_pandas(cls, series: pd.Series, labels: Any) -> Self:  # noqa: ARG003  (pandas keeps its own)
        """Hold a pandas Series."""
        return cls(series)

    def to_pandas(self) -> pd.Series:
        """Give the Series."""
        return self.series


class PandasFrame:
    """A pandas DataFrame."""

    __slots__ = ("frame",)
    layout: ClassVar[str] = "pandas"
    column_class: ClassVar[type[PandasColumn]] = PandasColumn

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def names(self) -> list[Any]:
        """Column names in order."""
        return list(self.frame.columns)

    @property
    def labels(self) -> Any:
        """Row labels."""
        return self.frame.index

    @property
    def plain_columns(self) -> pd.Index:
        """Column names, as pandas holds them."""
        return self.frame.columns

    @property
    def plain_dtypes(self) -> pd.Series:
        """The dtype of each column, in a pandas Series."""
        return self.frame.dtypes

    @classmethod
    def from_pandas(cls, frame: pd.DataFrame) -> Self:
        """Hold a pandas DataFrame."""
        return cls(frame)

    def to_pandas(self) -> pd.DataFrame:
        """Give the DataFrame."""
        return self.frame

    def column(self, name: Any) -> PandasColumn:
        """One column."""
        return self.column_class(self.frame[name])

    def copied(self) -> Self:
        """Give a table of its own; pandas copies the values when one of the two is changed."""
        return type(self)(self.frame.copy(deep=False))
