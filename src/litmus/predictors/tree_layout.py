"""Bringing the nodes of trees into preorder, and what can be read from that order."""

from __future__ import annotations

import numpy as np

__all__ = ["in_preorder", "leaf_numbers", "leaf_spans"]


def in_preorder(left: np.ndarray, right: np.ndarray, roots: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nodes of trees so that each is followed by its left subtree and then its right one.

    Args:
        left, right: positions of the children; -1 for a leaf (nodes,).
        roots: the root of each tree (trees,).

    Returns:
        The positions of the nodes in the new order, how many nodes further the right child is (0 for a leaf), and the first
        node of each tree with the number of nodes at the end.

    Raises:
        ValueError: when the nodes are no trees: a child is out of range or reached twice.

    Example:
        >>> order, jump, starts = in_preorder(np.array([1, -1, -1]), np.array([2, -1, -1]), np.array([0]))
        >>> jump.tolist(), starts.tolist()
        ([2, 0, 0], [0, 3])
    """
    left, right = np.asarray(left, dtype=np.int64), np.asarray(right, dtype=np.int64)
    levels, level, seen = [], np.asarray(roots, dtype=np.int64), 0
    while len(level):
        seen += len(level)
        if seen > len(left) or level.max() >= len(left) or level.min() < 0:
            raise ValueError("the nodes are not trees")
        levels.append(level)
        inner = level[left[level] >= 0]
        level = np.concatenate([left[inner], right[inner]])
    size = np.ones(len(left), dtype=np.int64)
    for level in reversed(levels):
        inner = level[left[level] >= 0]
        size[inner] += size[left[inner]] + size[right[inner]]
    starts = np.concatenate([[0], np.cumsum(size[roots])]).astype(np.int64)
    place = np.full(len(left), -1, dtype=np.int64)
    place[roots] = starts[:-1]
    for level in levels:
        inner = level[left[level] >= 0]
        place[left[inner]] = place[inner] + 1
        place[right[inner]] = place[inner] + 1 + size[left[inner]]
    reached = np.flatnonzero(place >= 0)
    if len(reached) != seen:
        raise ValueError("a node of the trees is reached twice")
    order = np.empty(seen, dtype=np.int64)
    order[place[reached]] = reached
    jump = np.where(left[order] >= 0, 1 + size[np.maximum(left[order], 0)], 0)
    return order, jump, starts


def leaf_numbers(right: np.ndarray) -> np.ndarray:
    """For each node the number of leaves before it; for a leaf, its number (nodes,)."""
    leaf = right == 0
    return np.cumsum(leaf) - leaf


def leaf_spans(right: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The inner nodes, and the leaves below each: from which leaf on, up to which those on the left, and on the right."""
    before = np.append(leaf_numbers(right), int((right == 0).sum()))
    inner = np.flatnonzero(right)
    end = np.empty(len(right), dtype=np.int64)
    end[starts[:-1]] = starts[1:]
    level = starts[:-1][right[starts[:-1]] > 0]
    while len(level):
        middle = level + right[level]
        end[level + 1], end[middle] = middle, end[level]
        children = np.concatenate([level + 1, middle])
        level = children[right[children] > 0]
    return inner, before[inner + 1], before[inner + right[inner]], before[end[inner]]
