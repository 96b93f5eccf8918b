"""Dealing rows out to parts, so that parts are of equal size, alike in their strata, and no unit is torn apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["deal", "draw"]


def _random(seed: int, purpose: int) -> np.random.Generator:
    """A stream of its own for each purpose: data that a user drew with the same seed must not steer the split."""
    return np.random.default_rng([seed, purpose, 0x11735])


def _ordered_units(
    units: np.ndarray, strata: np.ndarray | None, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The units by stratum, then largest first, then at random; and the stratum of each, in the same order.

    A unit's stratum is the most frequent one of its rows.
    """
    sizes = np.bincount(units)
    if strata is None:
        stratum = np.zeros(len(sizes), dtype=np.int64)
    elif len(sizes) == len(units):
        stratum = np.empty(len(sizes), dtype=np.int64)
        stratum[units] = strata
    else:
        pairs = pd.DataFrame({"unit": units, "stratum": strata}).value_counts(sort=False).reset_index()
        # Sorted by count, the last entry a unit gets is its most frequent stratum.
        pairs = pairs.sort_values(["count", "stratum"], kind="stable")
        stratum = np.empty(len(sizes), dtype=np.int64)
        stratum[pairs["unit"].to_numpy()] = pairs["stratum"].to_numpy()
    order = np.lexsort((random.random(len(sizes)), -sizes, stratum))
    return order, stratum[order]


def deal(units: np.ndarray, parts: int, *, strata: np.ndarray | None = None, seed: int) -> np.ndarray:
    """Deal rows out to `parts` parts of about equal size.

    Units are dealt in turn, as cards are, from stratum to stratum without a break: the sizes of the parts, and of
    each stratum within them, differ by one at most while no row has copies, and by the largest unit otherwise.

    Args:
        units: int64 (rows,), 0 … n_units - 1; rows of one unit go to the same part.
        parts: how many parts.
        strata: int64 (rows,), what should be alike in all parts, such as the class; None for nothing.
        seed: the source of randomness.

    Returns:
        int64 (rows,), the part of each row, 0 … parts - 1.
    """
    random = _random(seed, 1)
    order, _ = _ordered_units(units, strata, random)
    part = np.empty(len(order), dtype=np.int64)
    part[order] = random.permutation(parts)[np.arange(len(order)) % parts]
    return part[units]


def draw(
    units: np.ndarray, share: float, *, strata: np.ndarray | None = None, seed: int, keep_rare: bool = False
) -> np.ndarray:
    """Draw about `share` of the rows.

    Args:
        units: int64 (rows,), 0 … n_units - 1; rows of one unit are drawn together.
        share: between 0 and 1.
        strata: int64 (rows,), of each of which the same share is drawn; None for nothing.
        seed: the source of randomness.
        keep_rare: whether at least one unit of each stratum is left behind.

    Returns:
        bool (rows,), True where drawn. At least one unit is drawn and at least one is not.
    """
    random = _random(seed, 2)
    order, stratum = _ordered_units(units, strata, random)
    alone = np.zeros(len(order), dtype=bool)
    if keep_rare:
        alone = np.bincount(stratum)[stratum] == 1
    candidates = order[~alone]
    # Every (1 / share)-th unit from a random start: the share is exact in total and within one unit in each stratum.
    wanted = min(max(share * len(order), 1.0), len(candidates) - 1.0)
    marks = np.floor(np.arange(len(candidates) + 1) * (wanted / max(1, len(candidates))) + random.random())
    drawn = np.zeros(len(order), dtype=bool)
    drawn[candidates[np.diff(marks) > 0]] = True
    if not drawn.any() and len(candidates):
        drawn[candidates[random.integers(len(candidates))]] = True
    if keep_rare:
        _leave_one(drawn, order, stratum)
    return drawn[units]


def _leave_one(drawn: np.ndarray, order: np.ndarray, stratum: np.ndarray) -> None:
    """Take back one unit of each stratum that was drawn whole."""
    left = np.bincount(stratum, weights=~drawn[order], minlength=int(stratum.max()) + 1)
    emptied = np.flatnonzero((left == 0) & (np.bincount(stratum) > 0))
    first = np.searchsorted(stratum, emptied)
    drawn[order[first]] = False
