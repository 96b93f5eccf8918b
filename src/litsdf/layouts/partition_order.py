"""An order of rows: by columns, ascending or not; how portions are cut so that each part goes where it belongs in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from litsdf.layouts.polars import PolarsFrame

__all__ = ["Order", "boundaries"]

_SAMPLE = 200
"""Rows of a portion that are looked at to find the boundaries."""


@dataclass(frozen=True)
class Order:
    """Rows by these columns; rows that are equal in all of them stay as they are."""

    keys: tuple[str, ...]
    descending: tuple[bool, ...]
    nulls_last: bool = True

    @classmethod
    def ascending(cls, keys: Sequence[str]) -> Order:
        """Rows by these columns, the smallest first, missing values last."""
        return cls(tuple(keys), (False,) * len(keys))

    def values(self, frame: PolarsFrame) -> pl.DataFrame:
        """The columns that decide, numbered; zeros have no sign."""
        columns = [frame.columns[key].data for key in self.keys]
        return pl.DataFrame([
            (series + 0.0 if series.dtype == pl.Float64 else series).alias(str(place))
            for place, series in enumerate(columns)
        ])  # fmt: skip

    def places(self, values: pl.DataFrame) -> np.ndarray:
        """Positions that put rows of these values in order."""
        positions = pl.arg_sort_by(
            values.columns, descending=list(self.descending), nulls_last=[self.nulls_last] * values.width,
            maintain_order=True,
        )  # fmt: skip
        return values.select(positions).to_series().to_numpy()

    def arranged(self, frame: PolarsFrame) -> PolarsFrame:
        """Put the rows of a portion in order."""
        places = self.places(self.values(frame))
        return PolarsFrame({name: c.taken(places, None) for name, c in frame.columns.items()}, len(frame))

    def sample(self, frame: PolarsFrame) -> pl.DataFrame:
        """The values of some rows of a portion, evenly spaced."""
        places = np.linspace(0, len(frame) - 1, min(len(frame), _SAMPLE)).astype(int)
        return self.values(frame)[places]

    def parted(self, frame: PolarsFrame, cuts: pl.DataFrame) -> list[PolarsFrame]:
        """Cut a portion at the boundaries; each part is in order."""
        marks = cuts.height
        places = self.places(pl.concat([cuts, self.values(frame)]))
        is_mark = places < marks
        part_of = np.cumsum(is_mark)[~is_mark]
        rows = places[~is_mark] - marks
        taken = {name: column.taken(rows, None) for name, column in frame.columns.items()}
        ends = np.cumsum(np.bincount(part_of, minlength=marks + 1))
        return [
            PolarsFrame({n: type(c)(c.data[a:b], c.dtype, n) for n, c in taken.items()}, int(b - a))
            for a, b in zip(np.concatenate([[0], ends[:-1]]).tolist(), ends.tolist(), strict=True)
        ]


def boundaries(order: Order, samples: Sequence[pl.DataFrame], parts: int) -> pl.DataFrame:
    """The values at which rows are cut into about equal parts: no more than `parts` - 1."""
    values = pl.concat(samples)
    values = values[order.places(values)]
    places = np.linspace(0, values.height, parts + 1).astype(int)[1:-1]
    return values[places].unique(maintain_order=True) if values.height else values
