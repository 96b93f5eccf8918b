"""Reading LightGBM's own model text into trees that need no LightGBM."""

from __future__ import annotations

import numpy as np

from litmus.predictors.answer import Answer
from litmus.predictors.not_converted import NotConvertedError
from litmus.predictors.rounding import rounded_down
from litmus.predictors.trees import CategorySets, TreeNodes, Trees

__all__ = ["lightgbm_trees"]

_CATEGORICAL, _DEFAULT_LEFT = 1, 2  # bits of a decision type; two more say what counts as missing
_NONE, _ZERO = 0, 1  # nothing (NaN is 0 then), zeros, or else NaN


def lightgbm_trees(text: str, answer: Answer) -> Trees:
    """The trees of a model in LightGBM's text format.

    Args:
        text: what `Booster.model_to_string` gives.
        answer: how raw numbers become scores.

    Raises:
        NotConvertedError: for linear trees, and where zeros count as missing.
    """
    header, *blocks = text.split("\nTree=")
    facts = _facts(header)
    per_round = int(facts.get("num_tree_per_iteration", "1"))
    trees = _Trees([_facts(block.partition("\nend of trees")[0]) for block in blocks])
    nodes, sets = trees.nodes()
    return Trees.of(
        roots=trees.first,
        nodes=nodes,
        target=np.arange(len(blocks)) % per_round,
        base=np.zeros(per_round),
        factor=per_round / len(blocks) if "average_output" in header.split("\n") else 1.0,
        sets=CategorySets.of_bits(sets),
        answer=answer,
    )


def _facts(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.split("\n") if "=" in line)


class _Trees:
    """All trees at once: of each tree its inner nodes first, then its leaves.

    Attributes:
        first: first node of each tree (trees,).
    """

    def __init__(self, facts: list[dict[str, str]]) -> None:
        if any(tree.get("is_linear", "0") != "0" for tree in facts):
            raise NotConvertedError("LightGBM's linear trees have formulas in their leaves; set linear_tree to false.")
        self._facts = facts
        leaves = np.array([int(tree["num_leaves"]) for tree in facts])
        self._inner = np.repeat(np.arange(len(facts)), leaves - 1)  # the tree of each inner node
        self.first = np.cumsum(2 * leaves - 1) - (2 * leaves - 1)
        self._count = int((2 * leaves - 1).sum())
        rank = np.arange(len(self._inner)) - np.repeat(np.cumsum(leaves - 1) - (leaves - 1), leaves - 1)
        self._at = self.first[self._inner] + rank  # the place of each inner node among all nodes
        self._first_leaf = self.first + leaves - 1
        self._is_leaf = np.ones(self._count, dtype=bool)
        self._is_leaf[self._at] = False

    def _numbers(self, name: str, dtype: type) -> np.ndarray:
        """What all trees have by this name, one after the other."""
        return np.fromstring(" ".join(tree.get(name, "") for tree in self._facts), dtype=dtype, sep=" ")

    def _placed(self, name: str) -> np.ndarray:
        """Places of children: LightGBM counts inner nodes from 0, and leaves downwards from -1."""
        child = self._numbers(name, np.int64)
        placed = np.where(child < 0, self._first_leaf[self._inner] + ~child, self.first[self._inner] + child)
        return self._spread(placed, -1)

    def _spread(self, values: np.ndarray, rest: float) -> np.ndarray:
        """Values of the inner nodes, and `rest` for the leaves (nodes,)."""
        out = np.full(self._count, rest, dtype=values.dtype)
        out[self._at] = values
        return out

    def nodes(self) -> tuple[TreeNodes, list[bytes]]:
        """The nodes, and the bits of the category sets that they name."""
        kind, threshold = self._numbers("decision_type", np.int64), self._numbers("threshold", np.float64)
        categorical = (kind & _CATEGORICAL) > 0
        missing = (kind >> 2) & 3
        if (missing[~categorical] == _ZERO).any():
            raise NotConvertedError("The LightGBM model counts zeros as missing (zero_as_missing); set it to false.")
        missing_left = np.where(missing == _NONE, threshold >= 0, (kind & _DEFAULT_LEFT) > 0) & ~categorical
        values = np.zeros((self._count, 1))
        values[self._is_leaf, 0] = self._numbers("leaf_value", np.float64)
        member, sets = self._members(np.flatnonzero(categorical), threshold)
        nodes = TreeNodes(
            left=self._placed("left_child"),
            right=self._placed("right_child"),
            feature=self._spread(self._numbers("split_feature", np.int64), 0),
            threshold=self._spread(rounded_down(np.where(categorical, 0.0, threshold)), 0),
            missing_left=self._spread(missing_left, False),
            member=self._spread(member, -1),
            values=values,
        )
        return nodes, sets

    def _members(self, categorical: np.ndarray, threshold: np.ndarray) -> tuple[np.ndarray, list[bytes]]:
        """The set of each inner node, -1 for a comparison; and the bits of the sets, each once."""
        member = np.full(len(threshold), -1)
        sets: dict[bytes, int] = {}
        words: dict[int, tuple[list[int], bytes]] = {}
        for node, tree in zip(categorical.tolist(), self._inner[categorical].tolist(), strict=True):
            if tree not in words:
                facts = self._facts[tree]
                bounds = [4 * int(bound) for bound in facts["cat_boundaries"].split()]
                words[tree] = bounds, np.array(facts["cat_threshold"].split(), dtype=np.uint32).tobytes()
            bounds, bits = words[tree]
            number = int(threshold[node])
            member[node] = sets.setdefault(bits[bounds[number] : bounds[number + 1]].rstrip(b"\0"), len(sets))
        return member, list(sets)
