"""Choose a layout by the number of rows."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

__all__ = ["Thresholds", "choose_layout"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Up to how many rows each layout is the fastest; the defaults come from `benchmarks/litsdf_layouts.py`.

    Args:
        record: largest number of rows held as plain Python values; the record layout holds one row at most.
        pandas: largest number of rows held by pandas; above it, Polars when it is installed.
    """

    record: int = 1
    pandas: int = 1_000


def choose_layout(rows: int, thresholds: Thresholds | None = None) -> str:
    """Name the layout for a table of this many rows.

    >>> choose_layout(1)
    'record'
    >>> choose_layout(500)
    'pandas'
    """
    limits = thresholds or Thresholds()
    if rows == 1 <= limits.record:
        return "record"
    if rows > limits.pandas and find_spec("polars") is not None:
        return "polars"
    return "pandas"
