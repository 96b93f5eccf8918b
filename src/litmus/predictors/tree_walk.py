"""Walking down all trees side by side with NumPy: one row while the session of a large forest is still being opened."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from litmus.predictors.leaf_values import LeafSums
from litmus.predictors.tree_layout import leaf_numbers
from litmus.predictors.trees import Trees

__all__ = ["TreeWalk"]


class TreeWalk:
    """The trees of some forms, each level of all of them one step.

    Args:
        forms: forms on dense features, without category sets; their raw numbers come out side by side, less their bases.
    """

    def __init__(self, forms: Sequence[Trees]) -> None:
        self._sums = LeafSums(forms)
        columns, thresholds, missing, below, roots, leaves = [], [], [], [], [], []
        first = 0
        for form in forms:
            place = form.places.column if len(form.places.column) else np.zeros(1, dtype=np.int64)
            columns.append(place[form.feature].astype(np.int32))
            thresholds.append(form.threshold)
            missing.append(form.missing_left)
            here = np.arange(first, first + len(form.right), dtype=np.int32)  # a leaf leads to itself
            left = here + (form.right > 0)
            below.append(np.stack((here + form.right, left), axis=1).ravel().astype(np.int32))
            roots.append(form.starts[:-1] + first)
            number = np.minimum(leaf_numbers(form.right), form.n_leaves - 1)
            leaves.append((number if form.shared is None else form.shared[number]).astype(np.int32))
            first += len(form.right)
        self._column, self._threshold, self._missing_left = map(np.concatenate, (columns, thresholds, missing))
        self._below, self._roots, self._leaves = map(np.concatenate, (below, roots, leaves))

    def row(self, dense: np.ndarray) -> np.ndarray:
        """The raw numbers (raw,), less their bases, of one row of shared features (width,)."""
        nodes = self._roots
        missing = bool(np.isnan(dense).any())
        while True:
            value = dense.take(self._column.take(nodes))
            left = value <= self._threshold.take(nodes)
            if missing:
                left |= np.isnan(value) & self._missing_left.take(nodes)
            below = self._below.take(2 * nodes + left)
            if (below == nodes).all():
                sums: np.ndarray = self._sums.of(self._leaves.take(nodes)[None])[0]
                return sums
            nodes = below
