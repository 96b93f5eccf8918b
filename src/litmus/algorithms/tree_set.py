"""Fitted scikit-learn trees as plain arrays: small, safe to read, and quick for one row."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import numpy as np

from litmus.algorithms.fitted_files import read_arrays, write_arrays
from litmus.predictors.answer import Answer
from litmus.predictors.rounding import rounded_down
from litmus.predictors.trees import TreeNodes, Trees

__all__ = ["TreeSet"]

_LEAF = -1
_MOST_VALUES = 1_000_000  # of a node; more are no classes but a damaged file
_FEW_TREES = 16
_FEW_ROWS = 16  # up to here one walk down all trees at once is faster than a call of each tree


class TreeSet:
    """Trees whose answers are averaged.

    scikit-learn's own tree objects are unsafe to read from strangers: an index out of range crashes the process. Here
    trees are written as arrays of numbers, and every index is checked before a tree is made of them again.

    Leaf values have float32 precision. They are rounded when the set is made, so that restoring changes no answer.
    """

    def __init__(self, arrays: dict[str, np.ndarray], n_features: int) -> None:
        """Make trees from arrays as `write` writes them; raises ValueError when they are malformed."""
        _check(arrays, n_features)
        self._arrays = arrays
        self._n_features = n_features

    @functools.cached_property
    def trees(self) -> list[Any]:
        """scikit-learn's trees, made when they are first asked: a model that is only passed on needs none."""
        bounds = itertools.pairwise(self._arrays["starts"])
        return [_build(self._arrays, start, end, self._n_features) for start, end in bounds]

    @functools.cached_property
    def _walk(self) -> _Walk:
        return _Walk(self._arrays)

    @property
    def _count(self) -> int:
        return len(self._arrays["starts"]) - 1

    @classmethod
    def from_estimators(cls, estimators: Sequence[Any], n_features: int) -> Self:
        """The trees of fitted `DecisionTreeClassifier` or `DecisionTreeRegressor` objects."""
        states = [estimator.tree_.__getstate__() for estimator in estimators]
        nodes = np.concatenate([state["nodes"] for state in states])
        starts = np.cumsum([0, *(state["node_count"] for state in states)])
        arrays: dict[str, np.ndarray] = {
            "starts": starts.astype(np.int64),
            "left": nodes["left_child"].astype(np.int32),
            "right": nodes["right_child"].astype(np.int32),
            "feature": nodes["feature"].astype(np.int32),
            "threshold": nodes["threshold"].astype(np.float64),
            "missing_left": nodes["missing_go_to_left"].astype(np.uint8),
            "values": np.concatenate([state["values"][:, 0, :] for state in states]).astype(np.float32),
            "depths": np.array([state["max_depth"] for state in states], dtype=np.int32),
        }
        arrays["values"][arrays["left"] != _LEAF] = 0  # only leaves answer
        return cls(arrays, n_features)

    def respond(self, X: Any, threads: int) -> np.ndarray:
        """The mean leaf values of the trees (rows, values); trees are added in order, so threads change nothing."""
        if threads == 1 or X.shape[0] <= _FEW_ROWS:
            return self._mean(X)
        self.trees  # noqa: B018 - made before the threads need them
        with ThreadPoolExecutor(threads) as pool:
            bounds = np.linspace(0, X.shape[0], threads + 1).astype(int)
            parts = pool.map(self._mean, [X[low:high] for low, high in itertools.pairwise(bounds)])
            return np.concatenate(list(parts))

    def _mean(self, X: Any) -> np.ndarray:
        if X.shape[0] <= _FEW_ROWS and self._count > _FEW_TREES:
            return self._walk.mean(X)
        total = np.zeros((X.shape[0], self._arrays["values"].shape[1]))
        for tree in self.trees:
            total += tree.predict(X).reshape(total.shape)
        return total / len(self.trees)

    def lowered(self, answer: Answer) -> Trees:
        """The trees in a form of their own.

        Args:
            answer: how mean leaf values become scores; of two classes with one raw number, only the second is kept.
        """
        arrays = self._arrays
        first = np.repeat(arrays["starts"][:-1], np.diff(arrays["starts"]))
        leaf = arrays["left"] == _LEAF
        values = arrays["values"] if answer.raw == arrays["values"].shape[1] else arrays["values"][:, 1:]
        return Trees.of(
            roots=arrays["starts"][:-1],
            nodes=TreeNodes(
                left=np.where(leaf, -1, arrays["left"] + first),
                right=np.where(leaf, -1, arrays["right"] + first),
                feature=arrays["feature"],
                threshold=rounded_down(arrays["threshold"]),
                missing_left=arrays["missing_left"],
                values=values,
            ),
            target=np.zeros(self._count),
            base=np.zeros(values.shape[1]),
            factor=1 / self._count,
            answer=answer,
        )

    def write(self, path: Path) -> None:
        """Write the trees into one `.npz` file, of the values only those of leaves that are not 0: with many classes few are."""
        arrays = {name: array for name, array in self._arrays.items() if name != "values"}
        leaves = self._arrays["values"][self._arrays["left"] == _LEAF]
        rows, columns = np.nonzero(leaves)
        arrays["value_counts"] = np.bincount(rows, minlength=len(leaves)).astype(np.int32)
        arrays["value_columns"] = columns.astype(np.int32)
        arrays["value_numbers"] = leaves[rows, columns]
        arrays["value_width"] = np.array([leaves.shape[1]], dtype=np.int32)
        write_arrays(path, arrays)

    @classmethod
    def read(cls, path: Path, n_features: int) -> Self:
        """The trees that `write` wrote; raises BundleError or ValueError when the file is malformed."""
        arrays = read_arrays(path)
        if "values" not in arrays:  # the first form had all values
            arrays["values"] = _values(arrays)
        return cls(arrays, n_features)


class _Walk:
    """All trees side by side: each level of all of them is one NumPy step. Answers are those of the trees to the bit."""

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        sizes = np.diff(arrays["starts"])
        first = np.repeat(arrays["starts"][:-1], sizes)
        leaf = arrays["left"] == _LEAF
        here = np.arange(len(leaf))
        left, right = (np.where(leaf, here, arrays[side] + first) for side in ("left", "right"))
        self._children = np.stack((right, left), axis=1).ravel()
        self._feature = np.where(leaf, 0, arrays["feature"]).astype(np.intp)
        self._threshold, self._missing_left = arrays["threshold"], arrays["missing_left"].astype(bool)
        self._values, self._roots = arrays["values"], arrays["starts"][:-1]

    def mean(self, X: np.ndarray) -> np.ndarray:
        rows = np.arange(X.shape[0])[:, None]
        nodes = np.broadcast_to(self._roots, (X.shape[0], len(self._roots)))
        while True:
            value = X[rows, self._feature[nodes]]
            to_left = (value <= self._threshold[nodes]) | (np.isnan(value) & self._missing_left[nodes])
            below = self._children[2 * nodes + to_left]
            if np.array_equal(below, nodes):
                break
            nodes = below
        leaves = self._values[nodes].astype(np.float64)
        total: np.ndarray = np.add.accumulate(leaves, axis=1)[:, -1]  # in order, as one tree after another
        return total / len(self._roots)


def _values(arrays: dict[str, np.ndarray]) -> np.ndarray:
    """The values of all nodes (nodes, values) from those of leaves that are not 0, which are taken out of `arrays`."""
    counts, columns, numbers, width = (
        arrays.pop(f"value_{name}") for name in ("counts", "columns", "numbers", "width")
    )
    leaves = np.flatnonzero(arrays["left"] == _LEAF)
    kinds = "".join(array.dtype.kind for array in (counts, columns, numbers, width))
    if kinds != "iifi" or any(array.ndim != 1 for array in (counts, columns, numbers, width)) or len(width) != 1:
        raise ValueError("the trees' values have the wrong type or shape")
    outputs = int(width[0])
    if len(counts) != len(leaves) or (counts < 0).any() or not 1 <= outputs <= _MOST_VALUES:
        raise ValueError("the trees' values do not fit their leaves")
    if int(counts.sum()) != len(columns) or len(columns) != len(numbers):
        raise ValueError("the trees' values differ in length")
    if len(columns) and (columns.min() < 0 or columns.max() >= outputs):
        raise ValueError("the trees have a value of no class")
    values = np.zeros((len(arrays["left"]), outputs), dtype=np.float32)
    values[np.repeat(leaves, counts), columns] = numbers
    return values


def _check(arrays: dict[str, np.ndarray], n_features: int) -> None:
    """Raise ValueError unless following the arrays ends at a leaf for every row of `n_features` numbers."""
    starts, left, right, values = arrays["starts"], arrays["left"], arrays["right"], arrays["values"]
    kinds = {"starts": "i", "left": "i", "right": "i", "feature": "i", "threshold": "f", "missing_left": "u",
             "values": "f", "depths": "i"}  # fmt: skip
    for name, kind in kinds.items():
        if arrays[name].dtype.kind != kind or arrays[name].ndim != (2 if name == "values" else 1):
            raise ValueError(f"the trees' {name!r} array has the wrong type or shape")
    count = len(left)
    if any(len(arrays[name]) != count for name in ("right", "feature", "threshold", "missing_left", "values")):
        raise ValueError("the trees' arrays differ in length")
    if len(starts) < 2 or starts[0] != 0 or starts[-1] != count or (np.diff(starts) < 1).any():
        raise ValueError("the trees' starts do not divide the nodes")
    if len(arrays["depths"]) != len(starts) - 1 or (arrays["depths"] < 0).any() or values.shape[1] < 1:
        raise ValueError("the trees' depths or values do not fit the trees")
    if not np.isfinite(values).all() or np.isnan(arrays["threshold"]).any():
        raise ValueError("the trees hold numbers that are not finite")
    sizes = np.diff(starts)
    position = np.arange(count) - np.repeat(starts[:-1], sizes)
    size = np.repeat(sizes, sizes)
    leaf = left == _LEAF
    inner_is_right = (left > position) & (right > position) & (left < size) & (right < size)
    inner_is_right &= (arrays["feature"] >= 0) & (arrays["feature"] < n_features)
    if not np.where(leaf, right == _LEAF, inner_is_right).all():
        raise ValueError("the trees have a node that points nowhere")


def _build(arrays: dict[str, np.ndarray], start: int, end: int, n_features: int) -> Any:
    """One scikit-learn tree from nodes that were checked."""
    from sklearn.tree import _tree

    nodes = np.zeros(end - start, dtype=_tree.NODE_DTYPE)
    nodes["left_child"], nodes["right_child"] = arrays["left"][start:end], arrays["right"][start:end]
    nodes["feature"], nodes["threshold"] = arrays["feature"][start:end], arrays["threshold"][start:end]
    nodes["missing_go_to_left"] = arrays["missing_left"][start:end]
    values = np.ascontiguousarray(arrays["values"][start:end, None, :], dtype=np.float64)
    tree = _tree.Tree(n_features, np.array([values.shape[2]], dtype=np.intp), 1)
    depth = int(arrays["depths"][np.searchsorted(arrays["starts"], start)])
    tree.__setstate__({"max_depth": depth, "node_count": end - start, "nodes": nodes, "values": values})
    return tree
