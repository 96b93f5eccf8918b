"""Which contender gets the next trial of a search."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = ["choose_contender"]

_FLOOR = 0.04
"""Least chance of a contender beside the best one, so that none is given up for good."""


def choose_contender(
    best: Sequence[float | None], rng: np.random.Generator, *, seconds: Sequence[float] | None = None
) -> int:
    """Draw the contender to search next: the better its best score ranks, the likelier, each rank half as likely.

    Args:
        best: the best objective of each contender, larger is better; None when it has none yet.
        rng: the randomness.
        seconds: what a trial of each costs; a contender that costs four times the median is drawn half as often. None
            when time is not to count, so that the draw is the same on every machine.

    Example:
        >>> draws = [choose_contender([0.9, 0.8, None], np.random.default_rng(i)) for i in range(300)]
        >>> draws.count(0) > draws.count(1) > 0
        True
    """
    values = np.array([-math.inf if value is None or math.isnan(value) else value for value in best])
    rank = np.argsort(np.argsort(-values, kind="stable"), kind="stable")
    weight = np.maximum(0.5**rank, _FLOOR)
    if seconds is not None:
        cost = np.maximum(np.asarray(seconds, dtype=np.float64), 1e-3)
        weight = weight * np.clip(np.sqrt(np.median(cost) / cost), 0.25, 2.0)
    return int(rng.choice(len(weight), p=weight / weight.sum()))
