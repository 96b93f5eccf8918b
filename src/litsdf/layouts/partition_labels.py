"""Row labels of a lazy table, made of the hidden columns that go with its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from litsdf.layouts.polars import PolarsFrame
from litsdf.layouts.portions import HIDDEN, ROW, SHIFT

if TYPE_CHECKING:
    from litsdf.layouts.partition_rows import Rows

__all__ = ["HeldLabels", "KeptLabels"]


@dataclass(frozen=True)
class KeptLabels:
    """Positions among the rows that these were chosen from."""

    base: Rows
    columns: tuple[str, ...] = (ROW,)

    def index(self, frame: PolarsFrame) -> Any:
        """Labels of these rows."""
        import pandas as pd

        encoded = frame.columns[ROW].data.to_numpy()
        starts = np.concatenate([[0], np.cumsum(self.base.lengths())])
        return pd.Index(starts[encoded >> SHIFT] + (encoded & ((1 << SHIFT) - 1)), dtype="int64")


@dataclass(frozen=True)
class HeldLabels:
    """An index of the user's, one hidden column a level."""

    names: tuple[Any, ...]
    levels: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The hidden columns."""
        return tuple(f"{HIDDEN}label{number}" for number in range(len(self.names)))

    def index(self, frame: PolarsFrame) -> Any:
        """Labels of these rows."""
        import pandas as pd

        values = [frame.columns[name].to_pandas() for name in self.columns]
        if self.levels:
            return pd.MultiIndex.from_arrays(values, names=self.names)
        return pd.Index(values[0], dtype=values[0].dtype).rename(self.names[0])
