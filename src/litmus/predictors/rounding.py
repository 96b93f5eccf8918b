"""Thresholds in float32 that split float32 values as the library's own thresholds do."""

from __future__ import annotations

import numpy as np

__all__ = ["just_below", "rounded_down"]


def rounded_down(thresholds: np.ndarray) -> np.ndarray:
    """The largest float32 at most each threshold: a float32 is at most one exactly when it is at most the other.

    Example:
        >>> bool(rounded_down(np.array([0.1]))[0] <= 0.1)
        True
    """
    with np.errstate(over="ignore"):
        nearest = np.asarray(thresholds).astype(np.float32)
    return np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def just_below(thresholds: np.ndarray) -> np.ndarray:
    """The float32 before each float32 threshold: at most that exactly when below the threshold.

    Example:
        >>> bool(just_below(np.array([1.0], dtype=np.float32))[0] < 1)
        True
    """
    return np.nextafter(np.asarray(thresholds, dtype=np.float32), np.float32(-np.inf))
