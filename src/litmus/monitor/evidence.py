"""What the monitors look at: the baseline, what was collected, and the limits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from litmus.monitor.baseline import Baseline
from litmus.monitor.collecting import Collected
from litmus.monitor.labels import LabelFacts
from litmus.monitor.limits import Limits

__all__ = ["Attributions", "Evidence"]

Attributions = Callable[[pd.DataFrame], pd.DataFrame]
"""Rows in canonical columns → what each column added to each answer, a column for each column."""


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What the monitors look at.

    Attributes:
        baseline: what the model was trained on.
        collected: what arrived.
        limits: from which size on a change counts.
        labels: what was noticed about labels; None when none were looked for.
        groups: columns by which bias is watched.
        positive: the code of the class that counts as positive; None: the last one of two.
        attributions: what explains answers; None when nothing does.
        seed: by which rows are drawn.
    """

    baseline: Baseline
    collected: Collected
    limits: Limits
    labels: LabelFacts | None = None
    groups: Sequence[str] = ()
    positive: int | None = None
    attributions: Attributions | None = None
    seed: int = 0

    def rng(self, purpose: int) -> np.random.Generator:
        """Randomness for one purpose, the same in every check of the same rows."""
        return np.random.default_rng([self.seed, 31_007, purpose])
