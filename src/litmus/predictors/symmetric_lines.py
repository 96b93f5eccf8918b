"""Lines for symmetric trees, such as CatBoost's: every level asks one question, whose answer is one bit of the leaf.

A line needs a byte a tree instead of a bit a leaf; the lines of a row combined by "or" are the leaves' numbers.
"""

from __future__ import annotations

import numpy as np

from litmus.predictors.tree_lines import Lines
from litmus.predictors.trees import Trees

__all__ = ["are_symmetric", "symmetric_lines", "tree_depths"]

_DEEPEST = 8  # levels whose bits are one byte


def tree_depths(form: Trees) -> np.ndarray:
    """The levels of each tree, if it is symmetric (trees,)."""
    depths: np.ndarray = np.log2((np.diff(form.starts) + 1) / 2).round().astype(np.int64)
    return depths


def are_symmetric(form: Trees) -> bool:
    """Whether all trees are full, ask one question a level, and have leaves of a byte's bits."""
    depths = tree_depths(form)
    if not len(depths) or depths.max() > _DEEPEST or (2 ** (depths + 1) - 1 != np.diff(form.starts)).any():
        return False
    for depth in np.unique(depths):
        level = _levels(int(depth))
        nodes = form.starts[:-1][depths == depth][:, None] + np.arange(len(level))
        inner = level < depth
        if (form.right[nodes] != np.where(inner, 1 << (depth - level), 0)).any():
            return False
        first = nodes[:, level[inner]]  # the leftmost path: its node of level n is the tree's node n
        for asked in (form.feature, form.threshold, form.member, form.missing_left):
            if (asked[nodes[:, inner]] != asked[first]).any():
                return False
    return True


def _levels(depth: int) -> np.ndarray:
    """The level of each node of a full tree in preorder."""
    level = np.zeros(1, dtype=np.int64)
    for _ in range(depth):
        level = np.concatenate([[0], level + 1, level + 1])
    return level


def symmetric_lines(form: Trees) -> list[Lines]:
    """The lines of each shared feature: which bits of the leaves' numbers are set, uint8 (lines, trees)."""
    depths = tree_depths(form)
    tree = np.repeat(np.arange(len(depths)), depths)
    level = np.arange(len(tree)) - np.repeat(np.cumsum(depths) - depths, depths)
    nodes = form.starts[:-1][tree] + level
    bit = (1 << (depths[tree] - 1 - level)).astype(np.uint8)
    place, by_set = form.places.column[form.feature[nodes]], form.member[nodes] >= 0
    found = []
    for column in np.unique(place):
        for kind in np.unique(by_set[place == column]):
            chosen = (place == column) & (by_set == kind)
            make = _category_lines if kind else _number_lines
            found.append(make(form, int(column), nodes[chosen], tree[chosen], bit[chosen]))
    return found


def _number_lines(form: Trees, column: int, nodes: np.ndarray, tree: np.ndarray, bit: np.ndarray) -> Lines:
    limits, at = np.unique(form.threshold[nodes], return_inverse=True)
    lines = np.zeros((len(limits) + 2, len(form.target)), dtype=np.uint8)
    np.bitwise_or.at(lines, (at + 1, tree), bit)
    np.bitwise_or.accumulate(lines[:-1], axis=0, out=lines[:-1])
    lines[-1] = 0
    right = ~form.missing_left[nodes]
    np.bitwise_or.at(lines[-1], tree[right], bit[right])
    return Lines(column, limits, lines)


def _category_lines(form: Trees, column: int, nodes: np.ndarray, tree: np.ndarray, bit: np.ndarray) -> Lines:
    sets, codes = form.member[nodes], form.sets.codes
    ends = form.sets.starts[np.unique(sets) + 1]
    begins = form.sets.starts[np.unique(sets)]
    most = int(codes[ends[ends > begins] - 1].max(initial=-1)) + 1
    lines = np.zeros((most + 3, len(form.target)), dtype=np.uint8)
    for code in range(most + 3):
        if code <= most:
            right = ~form.sets.holds(sets, np.full(len(sets), code, dtype=np.float64))
        else:
            right = ~(form.missing_left[nodes] & (form.minus_one_missing or code > most + 1))
        np.bitwise_or.at(lines[code], tree[right], bit[right])
    return Lines(column, None, lines)
