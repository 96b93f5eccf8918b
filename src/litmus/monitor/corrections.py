"""P-values of many tests at once: without a correction, of 50 columns two or three "drift" in every window."""

from __future__ import annotations

import numpy as np

__all__ = ["benjamini_hochberg", "holm"]


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjusted p-values that keep the chance of a single false alarm below the level they are compared with.

    Holm 1979, "A simple sequentially rejective multiple test procedure".

    Example:
        >>> holm(np.array([0.01, 0.04])).tolist()
        [0.02, 0.04]
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    scaled = np.maximum.accumulate(p_values[order] * (count - np.arange(count)))
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(scaled, 1.0)
    return adjusted


def benjamini_hochberg(p_values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Adjusted p-values that keep the expected share of false findings below the level they are compared with.

    Benjamini and Hochberg 1995, "Controlling the false discovery rate"; with weights, p-values are divided by them first
    (Genovese, Roeder and Wasserman 2006, "False discovery control with p-value weighting").

    Args:
        p_values: (tests,).
        weights: how much each test matters; scaled to a mean of 1 here. None: all alike.

    Example:
        >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).round(3).tolist()
        [0.03, 0.04, 0.04]
    """
    count = len(p_values)
    if not count:
        return np.empty(0)
    weighted = p_values if weights is None else np.minimum(p_values / (weights / weights.mean()), 1.0)
    order = np.argsort(weighted, kind="stable")
    scaled = weighted[order] * count / np.arange(1, count + 1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
