"""From which size on a change counts: p-values alone would alarm at every tiny difference of a million rows."""

from __future__ import annotations

import dataclasses
import math

from litmus.errors import ParameterError

__all__ = ["Limits"]


@dataclasses.dataclass(frozen=True)
class Limits:
    """When a change is worth a warning, and when an alarm. A change counts when it is larger than chance *and* than its limit.

    Attributes:
        alpha: how unlikely a change must be by chance alone, after the correction for many columns.
        rows: rows that are needed for a verdict.
        labels: labelled rows that are needed for a verdict on quality.
        group_rows: rows that a group needs for a verdict on bias.
        distance, distance_alarm: of distributions: Kolmogorov-Smirnov, and the share of rows in other categories.
        stability, stability_alarm: the population stability index.
        missing, missing_alarm: the change of the share of missing values.
        wrong, wrong_alarm: the share of values of the wrong type, out of range, or of unknown category.
        correlation, correlation_alarm: the change of the correlation of two columns.
        separation, separation_alarm: the ROC AUC at which rows of then and now can be told apart.
        quality, quality_alarm: by how much accuracy or ROC AUC fell; of errors, the relative rise divided by three.
        bias, bias_alarm: the change of a group's difference in positive answers.
        attribution, attribution_alarm: the share of the attributions that moved to other columns.

    Example:
        >>> Limits(missing=0.05).missing
        0.05
    """

    alpha: float = 0.001
    rows: int = 50
    labels: int = 50
    group_rows: int = 30
    distance: float = 0.1
    distance_alarm: float = 0.2
    stability: float = 0.1
    stability_alarm: float = 0.25
    missing: float = 0.02
    missing_alarm: float = 0.1
    wrong: float = 0.005
    wrong_alarm: float = 0.05
    correlation: float = 0.15
    correlation_alarm: float = 0.3
    separation: float = 0.6
    separation_alarm: float = 0.75
    quality: float = 0.03
    quality_alarm: float = 0.06
    bias: float = 0.05
    bias_alarm: float = 0.1
    attribution: float = 0.1
    attribution_alarm: float = 0.2

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0 or math.isinf(value):
                raise ParameterError(f"Limits({field.name}={value!r}) is not allowed; give a number above 0.")
        if self.alpha >= 1:
            raise ParameterError(f"Limits(alpha={self.alpha!r}) is not allowed; give a chance between 0 and 1.")
