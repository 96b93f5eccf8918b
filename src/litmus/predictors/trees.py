"""Sums of decision trees: one form for boosting of every library, for forests and for a single tree."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from litmus.predictors.answer import Answer
from litmus.predictors.form import RawForm, SparseBlock
from litmus.predictors.leaf_values import each_once
from litmus.predictors.places import Places
from litmus.predictors.statistics import Statistics
from litmus.predictors.stored import checked_array, damaged
from litmus.predictors.tree_layout import in_preorder, leaf_numbers

__all__ = ["CategorySets", "TreeNodes", "Trees"]

_CHUNK = 256  # rows that walk down the trees together
_MOST_CELLS = 4_000_000  # of a table of sets and codes


@dataclasses.dataclass(frozen=True)
class CategorySets:
    """Sets of category codes: set i is `codes[starts[i]:starts[i + 1]]`, ascending.

    Example:
        >>> CategorySets.of([[0, 3], [1]]).codes.tolist()
        [0, 3, 1]
    """

    starts: np.ndarray
    codes: np.ndarray

    @classmethod
    def of(cls, sets: Sequence[Sequence[int]]) -> Self:
        """Sets from lists of codes."""
        sizes = [len(members) for members in sets]
        codes = np.array([code for members in sets for code in sorted(members)], dtype=np.int32)
        return cls(np.cumsum([0, *sizes], dtype=np.int64), codes)

    @classmethod
    def of_bits(cls, sets: Sequence[bytes]) -> Self:
        """Sets from the bytes whose bits are set, the lowest first."""
        longest = max(map(len, sets), default=0)
        cells = np.frombuffer(b"".join(bits.ljust(longest, b"\0") for bits in sets), dtype=np.uint8)
        held = np.unpackbits(cells.reshape(len(sets), longest), axis=1, bitorder="little")
        starts = np.concatenate([[0], np.cumsum(held.sum(axis=1, dtype=np.int64))])
        return cls(starts, np.nonzero(held)[1].astype(np.int32))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def holds(self, sets: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Whether set `sets[i]` holds the code that is the integer part of `values[i]`; NaN is in none."""
        size, keys, table = self._look_up
        inside = (values > -1) & (values < size)
        wanted = sets * size + np.where(inside, values, 0).astype(np.int64)
        if len(table):
            known: np.ndarray = inside & table[wanted]
            return known
        at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        held: np.ndarray = inside & (keys[at] == wanted) if len(keys) else np.zeros(len(values), dtype=bool)
        return held

    @functools.cached_property
    def _look_up(self) -> tuple[int, np.ndarray, np.ndarray]:
        """One more than the largest code, set and code as ascending numbers, and whether each number is there if they are few."""
        size = int(self.codes.max(initial=0)) + 1
        keys = np.repeat(np.arange(len(self)), np.diff(self.starts)) * size + self.codes
        table = np.zeros(len(self) * size if len(self) * size <= _MOST_CELLS else 0, dtype=bool)
        if len(table):
            table[keys] = True
        return size, keys, table


@dataclasses.dataclass(frozen=True)
class TreeNodes:
    """The nodes of trees in any order.

    Attributes:
        left, right: positions of the children among all nodes; -1 for a leaf (nodes,).
        feature: the algorithm's feature (nodes,).
        threshold: rounded so that `x <= threshold` in float32 is the library's comparison (nodes,).
        missing_left: whether NaN goes left (nodes,).
        values: of the leaves; rows of inner nodes do not count (nodes, values).
        member: the set of a node, -1 for a comparison (nodes,); None when no node has a set.
    """

    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    values: np.ndarray
    member: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class Trees(RawForm):
    """Trees whose leaf values are added up: `base + factor * sum`, each tree to the raw numbers from its target on.

    Nodes are in preorder, tree after tree: a node's left child is the next node. A comparison goes left when the value
    is at most the threshold; a missing value goes where `missing_left` says. A node of a set goes left when the set holds
    the value's code.

    Attributes:
        starts: first node of each tree, and the number of nodes (trees + 1,).
        right: how many nodes further the right child is; 0 for a leaf (nodes,).
        feature: which feature a node looks at, counted in `places` (nodes,).
        threshold: float32 (nodes,).
        missing_left: whether NaN goes left (nodes,).
        member: the set of a node, -1 for a comparison (nodes,).
        sets: the sets.
        leaves: values of the leaves in the order of their nodes, float32 (leaves, values); where there is `shared`, each
            different row of values once.
        target: the raw number that a tree's first value is added to (trees,).
        base: what the raw numbers start from (raw,).
        factor: what the sum is multiplied by: 1 / trees for a mean.
        places: where the features are.
        zero_missing: whether a value of 0 counts as missing.
        minus_one_missing: whether the category code -1 means missing; otherwise it is a code that no set holds.
        absent: what a sparse block means where it holds nothing: 0 or NaN.
        answer: how raw numbers become scores.
        statistics: columns made of categories, which some features are; None where there are none.
        shared: which row of `leaves` each leaf has (leaves,); None where leaf i has row i.
    """

    starts: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    member: np.ndarray
    sets: CategorySets
    leaves: np.ndarray
    target: np.ndarray
    base: np.ndarray
    factor: float
    places: Places
    zero_missing: bool
    absent: float
    answer: Answer
    statistics: Statistics | None = None
    minus_one_missing: bool = False
    shared: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        *,
        nodes: TreeNodes,
        roots: np.ndarray,
        target: np.ndarray,
        base: np.ndarray,
        answer: Answer,
        factor: float = 1.0,
        sets: CategorySets | None = None,
        zero_missing: bool = False,
        absent: float = 0.0,
        statistics: Statistics | None = None,
        first_derived: int = 0,
        minus_one_missing: bool = False,
    ) -> Self:
        """Trees from nodes in any order, as libraries have them.

        Args:
            nodes: of all trees.
            roots: the root node of each tree (trees,).
            target, base, answer, factor, sets, zero_missing, absent, statistics, minus_one_missing: see the class.
            first_derived: the number that nodes use for the first column of statistics.
        """
        target = np.asarray(target)
        by_target = np.argsort(target, kind="stable")  # so that what adds up lies together
        roots, target = np.asarray(roots)[by_target], target[by_target]
        order, jump, starts = in_preorder(nodes.left, nodes.right, roots)
        leaf = jump == 0
        feature = np.where(leaf, 0, nodes.feature[order])
        seen = np.zeros(int(feature.max(initial=0)) + 1, dtype=bool)
        seen[feature[~leaf]] = True
        used, local = np.flatnonzero(seen), np.maximum(np.cumsum(seen) - 1, 0)
        leaves, shared = each_once(np.asarray(nodes.values)[order[leaf]].astype(np.float32))
        member = np.full(len(order), -1) if nodes.member is None else np.where(leaf, -1, nodes.member[order])
        return cls(
            starts=starts,
            right=jump.astype(np.int32),
            feature=np.where(leaf, 0, local[feature]).astype(np.int32),
            threshold=np.where(leaf, 0, nodes.threshold[order]).astype(np.float32),
            missing_left=nodes.missing_left[order].astype(bool) & ~leaf,
            member=member.astype(np.int32),
            sets=CategorySets.of([]) if sets is None else sets,
            leaves=leaves,
            shared=shared,
            target=target.astype(np.int32),
            base=np.asarray(base, dtype=np.float64),
            factor=float(factor),
            places=Places.dense(used) if statistics is None else Places.with_derived(used, first_derived),
            zero_missing=zero_missing,
            absent=absent,
            answer=answer,
            statistics=statistics,
            minus_one_missing=minus_one_missing,
        )

    def moved(self, columns: np.ndarray, width: int, sparse: Sequence[tuple[int, int]] = ()) -> Trees:
        """The same trees on shared features; see `Form.moved`."""
        del width
        statistics = None if self.statistics is None else self.statistics.moved(columns, sparse)
        return dataclasses.replace(self, places=self.places.moved(columns, sparse), statistics=statistics)

    def raw(self, dense: np.ndarray, sparse: Sequence[SparseBlock] = ()) -> np.ndarray:
        """The raw numbers float64 (rows, raw): every row walks down every tree."""
        values = self.places.gathered(dense, sparse, self.absent)
        if self.statistics is not None:
            derived = self.places.derived
            values[:, derived] = self.statistics.columns(dense)[:, self.places.column[derived]]
        if self.zero_missing:
            values = np.where(values == 0, np.float32(np.nan), values)
        out = np.tile(self.base, (len(values), 1))
        leaf_of = leaf_numbers(self.right)
        if self.shared is not None:
            leaf_of = self.shared[np.minimum(leaf_of, len(self.shared) - 1)]
        width = self.leaves.shape[1]
        for low in range(0, len(values), _CHUNK):
            reached = leaf_of[self._walk(values[low : low + _CHUNK])]
            for first in np.unique(self.target):
                chosen = self.leaves[reached[:, self.target == first]].astype(np.float64)
                out[low : low + _CHUNK, first : first + width] += self.factor * chosen.sum(axis=1)
        return out

    @property
    def n_leaves(self) -> int:
        """How many leaves there are."""
        return len(self.leaves if self.shared is None else self.shared)

    def leaf_values(self) -> np.ndarray:
        """The values of each leaf, float32 (leaves, values)."""
        return self.leaves if self.shared is None else self.leaves[self.shared]

    def _walk(self, values: np.ndarray) -> np.ndarray:
        """The leaf node that each row reaches in each tree (rows, trees)."""
        rows, trees = len(values), len(self.target)
        nodes = np.tile(self.starts[:-1], rows)
        row = np.repeat(np.arange(rows), trees)
        walking = np.flatnonzero(self.right[nodes] > 0)
        while len(walking):
            here = nodes[walking]
            value = values[row[walking], self.feature[here]]
            left = value <= self.threshold[here]
            left |= np.isnan(value) & self.missing_left[here]
            by_set = np.flatnonzero(self.member[here] >= 0)
            if len(by_set):
                at, inside = here[by_set], value[by_set]
                missing = np.isnan(inside) | (self.minus_one_missing & (inside == -1))
                left[by_set] = self.sets.holds(self.member[at], inside) | (missing & self.missing_left[at])
            nodes[walking] = here = here + np.where(left, 1, self.right[here])
            walking = walking[self.right[here] > 0]
        return nodes.reshape(rows, trees)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays; see `Form.state`."""
        names = ("starts", "right", "feature", "threshold", "missing_left", "leaves", "target", "base")
        arrays = {name: getattr(self, name) for name in names} | self.places.arrays()
        if len(self.sets):
            arrays |= {"member": self.member, "set_starts": self.sets.starts, "set_codes": self.sets.codes}
        if self.statistics is not None:
            arrays |= self.statistics.arrays()
        if self.shared is not None:
            arrays["shared"] = self.shared
        values = {
            "factor": self.factor,
            "zero_missing": self.zero_missing,
            "absent_missing": bool(np.isnan(self.absent)),
            "minus_one_missing": self.minus_one_missing,
        }
        return {**values, "answer": self.answer.to_json()}, arrays

    @classmethod
    def from_state(cls, values: dict[str, Any], arrays: dict[str, np.ndarray]) -> Self:
        """The trees that `state` described, checked so that following any node ends at a leaf; see `Form.from_state`."""
        right = checked_array(arrays, "right", "iu").astype(np.int32)
        base = checked_array(arrays, "base", "f").astype(np.float64)
        sets, member = CategorySets.of([]), np.full(len(right), -1, np.int32)
        if "member" in arrays:
            sets = CategorySets(checked_array(arrays, "set_starts", "i"), checked_array(arrays, "set_codes", "i"))
            member = checked_array(arrays, "member", "i").astype(np.int32)
        factor = values.get("factor")
        if not isinstance(factor, float) or not np.isfinite(factor):
            raise damaged("the factor of the trees is no finite number")
        trees = cls(
            starts=checked_array(arrays, "starts", "i").astype(np.int64),
            right=right,
            feature=checked_array(arrays, "feature", "iu").astype(np.int32),
            threshold=checked_array(arrays, "threshold", "f").astype(np.float32),
            missing_left=checked_array(arrays, "missing_left", "b"),
            member=member,
            sets=sets,
            leaves=checked_array(arrays, "leaves", "f", 2).astype(np.float32),
            target=checked_array(arrays, "target", "i").astype(np.int32),
            base=base,
            factor=factor,
            places=Places.from_arrays(arrays),
            zero_missing=bool(values.get("zero_missing")),
            absent=float("nan") if values.get("absent_missing") else 0.0,
            answer=Answer.from_json(values.get("answer"), len(base)),
            statistics=Statistics.from_arrays(arrays),
            minus_one_missing=bool(values.get("minus_one_missing")),
            shared=checked_array(arrays, "shared", "i") if "shared" in arrays else None,
        )
        _check(trees)
        return trees


def _check(trees: Trees) -> None:
    """Raise BundleError unless every row of any numbers ends at a leaf, and every index is in range."""
    starts, right, nodes = trees.starts, trees.right, len(trees.right)
    if len(starts) < 1 or starts[0] != 0 or starts[-1] != nodes or (np.diff(starts) < 1).any():
        raise damaged("the trees' starts do not divide the nodes")
    if len(trees.target) != len(starts) - 1:
        raise damaged("the trees and their targets differ in number")
    if any(len(array) != nodes for array in (trees.feature, trees.threshold, trees.missing_left, trees.member)):
        raise damaged("the trees' arrays differ in length")
    inner = np.flatnonzero(right)
    end = np.repeat(starts[1:], np.diff(starts))[inner]
    if (right[inner] < 2).any() or (inner + right[inner] >= end).any():
        raise damaged("a tree has a node that points nowhere")
    parents = np.bincount(np.concatenate([inner + 1, inner + right[inner]]), minlength=nodes)
    parents[starts[:-1]] += 1  # a root has no other
    if (parents != 1).any() or trees.n_leaves != nodes - len(inner):
        raise damaged("the nodes of a tree do not hang together")
    if len(inner) and ((trees.feature < 0).any() or trees.feature[inner].max() >= len(trees.places.column)):
        raise damaged("a tree looks at a feature that there is not")
    if trees.shared is not None and ((trees.shared < 0).any() or trees.shared.max(initial=0) >= len(trees.leaves)):
        raise damaged("a leaf of the trees has values that there are not")
    width = trees.leaves.shape[1]
    if (trees.target < 0).any() or (len(trees.target) and trees.target.max() + width > len(trees.base)):
        raise damaged("a tree adds to a number that there is not")
    if not (np.isfinite(trees.leaves).all() and np.isfinite(trees.base).all()) or np.isnan(trees.threshold).any():
        raise damaged("the trees hold numbers that are not finite")
    derived = trees.places.column[trees.places.derived]
    if len(derived) and (trees.statistics is None or derived.max() >= len(trees.statistics.combination)):
        raise damaged("a tree looks at a statistic that there is not")
    _check_sets(trees.sets, trees.member)


def _check_sets(sets: CategorySets, member: np.ndarray) -> None:
    starts, codes = sets.starts, sets.codes
    divided = len(starts) > 0 and starts[0] == 0 and starts[-1] == len(codes) and not (np.diff(starts) < 0).any()
    if not divided or (codes < 0).any() or (member < -1).any() or (member >= len(sets)).any():
        raise damaged("the category sets of the trees are malformed")
    firsts = np.zeros(len(codes), dtype=bool)
    firsts[starts[:-1][starts[:-1] < len(codes)]] = True
    if ((np.diff(codes.astype(np.int64)) <= 0) & ~firsts[1:]).any():
        raise damaged("a category set of the trees is not ascending")
