"""Values of leaves: which leaves answer the same, and the sums of the leaves that rows reach."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from litmus.predictors.trees import Trees

__all__ = ["LeafSums", "each_once"]

_CHUNK = 32_768  # leaves whose values are looked at together
_WORTH = 0.7  # of the rows remain at most, or keeping them all is simpler
_ROWS = 1_024  # whose sums stay in the cache


def each_once(leaves: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """The different rows of `leaves` (leaves, values), and which of them each leaf has; None where that saves little.

    In a forest of many classes most leaves hold one class, so that few rows are different.

    Example:
        >>> rows, shared = each_once(np.array([[1.0, 0], [0, 1], [1, 0], [1, 0]], dtype=np.float32))
        >>> rows[shared].tolist()
        [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]
    """
    if leaves.shape[1] == 1:
        return leaves, None
    weights = np.random.default_rng(0).random(leaves.shape[1])
    marks = np.empty(len(leaves))
    for low in range(0, len(leaves), _CHUNK):
        marks[low : low + _CHUNK] = leaves[low : low + _CHUNK] @ weights
    _, first, shared = np.unique(marks, return_index=True, return_inverse=True)
    if len(first) > _WORTH * len(leaves):
        return leaves, None
    rows, shared = leaves[first], shared.astype(np.int32)
    for low in range(0, len(leaves), _CHUNK):  # different rows could have the same mark
        if not np.array_equal(rows[shared[low : low + _CHUNK]], leaves[low : low + _CHUNK]):
            return leaves, None
    return rows, shared


class LeafSums:
    """The sums of the values of the leaves that rows reach, for forms whose leaves have any number of values.

    Args:
        forms: their trees are counted one after the other; their raw numbers come out side by side, less their bases.
    """

    def __init__(self, forms: Sequence[Trees]) -> None:
        self._parts: list[tuple[np.ndarray, float, list[tuple[int, int, int]]]] = []
        tree = self._raw = 0
        for form in forms:
            bounds = [*np.flatnonzero(np.diff(form.target, prepend=-1)).tolist(), len(form.target)]
            runs = [
                (tree + low, tree + high, self._raw + int(form.target[low])) for low, high in itertools.pairwise(bounds)
            ]
            self._parts.append((form.leaves, form.factor, runs))
            tree, self._raw = tree + len(form.target), self._raw + len(form.base)

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Sums float64 (rows, raw) for the numbers of the rows of `Trees.leaves` that rows reach (rows, trees)."""
        out = np.zeros((len(rows), self._raw))
        for values, factor, runs in self._parts:
            for low, high, target in runs:
                reached = rows[:, low:high]
                part = out[:, target : target + values.shape[1]]
                if len(rows) == 1:
                    part += factor * values.take(reached[0], axis=0).sum(axis=0, dtype=np.float64)
                else:
                    _add(part, values, factor, reached)
        return out


def _add(out: np.ndarray, values: np.ndarray, factor: float, reached: np.ndarray) -> None:
    """Add the values (rows, values) of what rows reach in each of some trees (rows, trees)."""
    for low in range(0, len(out), _ROWS):
        numbers = np.ascontiguousarray(reached[low : low + _ROWS].T)
        total = np.zeros((numbers.shape[1], values.shape[1]))
        for tree in numbers:
            total += values.take(tree, axis=0)
        out[low : low + _ROWS] += factor * total
