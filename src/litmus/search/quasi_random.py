"""Points that fill the unit cube more evenly than random ones do."""

from __future__ import annotations

import numpy as np

__all__ = ["quasi_random_point"]


def quasi_random_point(number: int, dimensions: int, seed: int) -> np.ndarray:
    """The point of this number, float64 (dimensions,), of a sequence that is shifted at random by the seed.

    The sequence adds the powers of a generalised golden ratio (M. Roberts, "The unreasonable effectiveness of
    quasirandom sequences", 2018).
    """
    if dimensions == 0:
        return np.empty(0)
    ratio = 2.0
    for _ in range(40):  # the root of x ** (dimensions + 1) = x + 1, by iteration
        ratio = (1 + ratio) ** (1 / (dimensions + 1))
    steps = ratio ** -np.arange(1.0, dimensions + 1)
    shift = np.random.default_rng([seed, dimensions]).random(dimensions)
    return np.asarray((shift + (number + 1) * steps) % 1.0)
