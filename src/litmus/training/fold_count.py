"""How many folds a run with a time limit deals where the user leaves it open."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["SECONDS_PER_CELL", "folds_within"]

_USUAL, _FEWEST = 5, 3
_PARTS = 8
"""Into how many parts the time is cut: a trial should take one of them."""
SECONDS_PER_CELL = 1e-6
"""Of boosting 150 rounds on one core, for each number in the table and each tree of a round."""


def folds_within(seconds: float | None, cpus: int) -> Callable[[int, int, int], int] | None:
    """Rows, columns, classes → folds: fewer than usual where five fits of boosting would not fit into a trial's time.

    Each fold less gives time to other configurations, which on big tables are worth more than a fifth fold is.

    Args:
        seconds: the time limit; None leaves the usual number.
        cpus: how many cores train.

    Example:
        >>> count = folds_within(60, cpus=4)
        >>> count(1_000, 20, 2), count(20_000, 16, 26), count(1_000_000, 30, 2)
        (5, 3, 3)
    """
    if seconds is None:
        return None
    share = seconds * cpus / _PARTS

    def count(rows: int, columns: int, classes: int) -> int:
        trees = classes if classes > 2 else 1
        fit = SECONDS_PER_CELL * max(1, rows * columns * trees)
        return max(_FEWEST, min(_USUAL, int(share / fit)))

    return count
