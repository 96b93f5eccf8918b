"""What a layout must provide, and how it says what it does not provide.

A layout stores columns in its own way. Whatever it cannot do *exactly* as pandas does, it declines by raising
`NotNative`; the facade then takes the data through pandas and back, and counts it. So a layout is never wrong, only
slower, and a new layout starts with `to_pandas` and `from_pandas` and grows from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ColumnLayout", "FrameLayout", "NotNative", "not_implemented"]


class NotNative(Exception):  # noqa: N818  (a signal between layout and facade: users never see it)
    """The layout cannot give pandas' exact answer here by itself."""


class not_implemented:  # noqa: N801  (reads as a statement: `rank = not_implemented()`)
    """Mark a method that a layout leaves to pandas: one visible line, counted in the completeness table."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> Any:
        if instance is None:
            return self
        raise NotNative(self.name)


class ColumnLayout(Protocol):
    """One column in some layout: values of one dtype, a name, and row labels.

    `labels` is None for the default labels 0 … n-1, else a pandas Index. Columns never change: every method
    returns a new one, so that columns may be shared between frames (copy-on-write costs nothing).
    """

    layout: str
    dtype: str
    name: Any
    labels: Any

    def __len__(self) -> int: ...

    @classmethod
    def from_pandas(cls, series: pd.Series, labels: Any) -> Self:
        """Hold a pandas Series, exactly: what the layout has no form for is kept as it is, opaquely."""
        ...

    def to_pandas(self) -> pd.Series:
        """Give the column back as pandas would hold it."""
        ...

    def elementwise(self, operation: str, others: Sequence[Any], parameters: Mapping[str, Any]) -> Self:
        """Apply one operation of `litsdf.operations` row by row; other operands are columns or scalars."""
        ...

    def reduce(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Aggregate the column to one value: `sum`, `mean`, `min`, …."""
        ...


class FrameLayout(Protocol):
    """A table in some layout: columns in order, of one length, sharing row labels."""

    layout: str
    labels: Any

    def __len__(self) -> int: ...

    @property
    def names(self) -> list[Any]:
        """Column names in order."""
        ...

    @classmethod
    def from_pandas(cls, frame: pd.DataFrame) -> Self:
        """Hold a pandas DataFrame, exactly."""
        ...

    def to_pandas(self) -> pd.DataFrame:
        """Give the table back as pandas would hold it."""
        ...

    def column(self, name: Any) -> ColumnLayout:
        """One column; KeyError when there is none of this name."""
        ...
