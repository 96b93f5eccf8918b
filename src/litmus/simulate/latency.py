"""How long answers took: the times that half, 95 and 99 of a hundred stay within."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from litmus.quantities import duration_text

__all__ = ["Latency"]


@dataclasses.dataclass(frozen=True)
class Latency:
    """Quantiles of measured times, in seconds.

    Attributes:
        p50, p95, p99: half, 95 % and 99 % of the answers took at most this long.
        most: the longest.
        count: how many were measured.
    """

    p50: float
    p95: float
    p99: float
    most: float
    count: int

    @classmethod
    def of(cls, seconds: np.ndarray) -> Self:
        """The quantiles of some times (at least one).

        Example:
            >>> Latency.of(np.array([0.001, 0.002, 0.003])).p50
            0.002
        """
        p50, p95, p99 = np.quantile(seconds, [0.5, 0.95, 0.99]).tolist()
        return cls(p50, p95, p99, float(seconds.max()), len(seconds))

    def times(self, factor: float) -> Self:
        """The quantiles of times that are so many times as long."""
        return dataclasses.replace(
            self, p50=self.p50 * factor, p95=self.p95 * factor, p99=self.p99 * factor, most=self.most * factor
        )

    def to_json(self) -> dict[str, float]:
        """The fields."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any] | None) -> Self | None:
        """What `to_json` gave."""
        return None if values is None else cls(**values)

    def __str__(self) -> str:
        return f"p50 {duration_text(self.p50)}, p95 {duration_text(self.p95)}, p99 {duration_text(self.p99)}"
