"""Forms with only the first of their trees."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from litmus.predictors.tree_layout import leaf_numbers
from litmus.predictors.trees import Trees

__all__ = ["first_trees"]


def first_trees(form: Trees, share: float) -> Trees:
    """The form with the first `share` of the trees of each raw number, at least one; a mean stays a mean.

    Args:
        form: the trees; trees of the same target are in the order in which they were learned.
        share: above 0, at most 1.

    Raises:
        ValueError: when the share is not allowed.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share of trees is above 0 and at most 1, not {share!r}")
    order = np.zeros(len(form.target), dtype=np.int64)
    keep = np.zeros(len(form.target), dtype=bool)
    for target in np.unique(form.target):
        mine = np.flatnonzero(form.target == target)
        order[mine] = np.arange(len(mine))
        keep[mine] = order[mine] < max(1, math.ceil(share * len(mine)))
    sizes = np.diff(form.starts)
    nodes = np.repeat(keep, sizes)
    leaves = np.zeros(form.n_leaves, dtype=bool)
    leaves[leaf_numbers(form.right)[nodes & (form.right == 0)]] = True
    values, shared = form.leaves[leaves] if form.shared is None else form.leaves, None
    if form.shared is not None:
        used, shared = np.unique(form.shared[leaves], return_inverse=True)
        values, shared = form.leaves[used], shared.astype(np.int32)
    is_mean = np.isclose(form.factor * len(form.target), 1.0)
    return dataclasses.replace(
        form,
        starts=np.concatenate([[0], np.cumsum(sizes[keep])]).astype(np.int64),
        right=form.right[nodes],
        feature=form.feature[nodes],
        threshold=form.threshold[nodes],
        missing_left=form.missing_left[nodes],
        member=form.member[nodes],
        leaves=values,
        shared=shared,
        target=form.target[keep],
        factor=1.0 / int(keep.sum()) if is_mean and len(form.target) > 1 else form.factor,
    )
