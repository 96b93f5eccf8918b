"""What alarms are judged by: what monitors said of an endpoint, in the one form that conditions read."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["KINDS", "SEVERITIES", "Observed", "Seen"]

KINDS = (
    "data_quality",
    "data_drift",
    "prediction_drift",
    "model_quality",
    "estimated_quality",
    "bias_drift",
    "attribution_drift",
    "endpoint",
    "any",
)
"""What conditions may be about: the kinds of monitors, whether the endpoint itself does its work, or any of them."""

SEVERITIES = ("ok", "warning", "alarm")
"""Verdicts that can be compared, the mildest first."""


@dataclasses.dataclass(frozen=True)
class Seen:
    """One figure.

    Attributes:
        kind: of the monitor.
        statistic: which figure, such as "psi".
        value: the figure, or None.
        severity: "ok", "warning" or "alarm".
        sentence: what it means.
        column: of which column; "" for none.
    """

    kind: str
    statistic: str
    value: float | None
    severity: str
    sentence: str
    column: str = ""

    @property
    def label(self) -> str:
        """The figure's name."""
        return f"{self.statistic} of {self.column}" if self.column else self.statistic

    def to_json(self) -> dict[str, Any]:
        """The fields as plain values."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Observed:
    """What monitors said of an endpoint at one time.

    Attributes:
        subject: the endpoint.
        verdicts: kind → "ok", "warning", "alarm" or "not enough data".
        seen: the figures.
        sentence: all of it in words.
    """

    subject: str
    verdicts: dict[str, str]
    seen: tuple[Seen, ...] = ()
    sentence: str = ""
