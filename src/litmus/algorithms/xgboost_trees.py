"""Reading XGBoost's own JSON into trees that need no XGBoost."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np

from litmus.predictors.answer import Answer
from litmus.predictors.not_converted import NotConvertedError
from litmus.predictors.rounding import just_below
from litmus.predictors.trees import CategorySets, TreeNodes, Trees

__all__ = ["xgboost_trees"]

_MOST_CODES = 2**24  # as XGBoost has it; higher codes are in no set


def xgboost_trees(raw: bytes, answer: Answer, *, sparse: bool) -> Trees:
    """The trees of a model in XGBoost's JSON format.

    Args:
        raw: what `Booster.save_raw("json")` gives.
        answer: how raw numbers become scores.
        sparse: whether the model learned from a sparse matrix, in which zeros are absent, and absent is missing.

    Raises:
        NotConvertedError: for another booster than plain trees.
    """
    learner = json.loads(raw)["learner"]
    booster = learner["gradient_booster"]
    if booster["name"] != "gbtree":
        raise NotConvertedError(f"The XGBoost booster is {booster['name']!r}; only 'gbtree' can be converted.")
    groups = max(1, int(learner["learner_model_param"].get("num_class", "0")))
    model = booster["model"]
    trees = _Trees(model["trees"])
    return Trees.of(
        roots=trees.first,
        nodes=trees.nodes(),
        target=np.array(model["tree_info"]),
        base=_margins(learner, groups),
        sets=trees.sets(),
        answer=answer,
        zero_missing=sparse,
        absent=float("nan") if sparse else 0.0,
    )


class _Trees:
    """The nodes of all trees, one tree after the other.

    Attributes:
        first: first node of each tree (trees,).
    """

    def __init__(self, trees: list[dict[str, Any]]) -> None:
        self._trees = trees
        self._sizes = np.array([len(tree["left_children"]) for tree in trees], dtype=np.int64)
        self.first = np.cumsum(self._sizes) - self._sizes
        self._set_counts = np.array([len(tree["categories_nodes"]) for tree in trees], dtype=np.int64)

    def _numbers(self, name: str, dtype: type) -> np.ndarray:
        """What all trees have by this name, one after the other."""
        return np.array(list(itertools.chain.from_iterable(tree[name] for tree in self._trees)), dtype=dtype)

    def nodes(self) -> TreeNodes:
        """The nodes; a split by categories goes left here for those of its set, which XGBoost sends right."""
        before = np.repeat(self.first, self._sizes)
        left, right = (
            np.where(child >= 0, child + before, -1)
            for child in (self._numbers("left_children", np.int64), self._numbers("right_children", np.int64))
        )
        condition = self._numbers("split_conditions", np.float32)
        member = np.full(len(left), -1)
        by_set = self._numbers("categories_nodes", np.int64) + np.repeat(self.first, self._set_counts)
        member[by_set] = np.arange(len(by_set))
        swapped = member >= 0
        return TreeNodes(
            left=np.where(swapped, right, left),
            right=np.where(swapped, left, right),
            feature=self._numbers("split_indices", np.int64),
            threshold=just_below(condition),
            missing_left=self._numbers("default_left", np.int64).astype(bool) ^ swapped,
            member=member,
            values=condition[:, None],
        )

    def sets(self) -> CategorySets:
        """The category sets in the order of `categories_nodes`."""
        codes = self._numbers("categories", np.int64)
        counts = np.array([len(tree["categories"]) for tree in self._trees], dtype=np.int64)
        sizes = self._numbers("categories_sizes", np.int64)
        begin = self._numbers("categories_segments", np.int64)
        begin += np.repeat(np.cumsum(counts) - counts, self._set_counts)
        number = np.repeat(np.arange(len(sizes)), sizes)
        at = np.arange(len(number)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(begin, sizes)
        codes = codes[at]
        known = codes < _MOST_CODES
        codes, number = codes[known], number[known]
        order = np.lexsort((codes, number))
        starts = np.concatenate([[0], np.cumsum(np.bincount(number, minlength=len(sizes)))]).astype(np.int64)
        return CategorySets(starts, codes[order].astype(np.int32))


def _margins(learner: dict[str, Any], groups: int) -> np.ndarray:
    """What raw numbers start from: XGBoost keeps it as a probability where the objective is logistic."""
    given = learner["learner_model_param"]["base_score"].strip("[]").split(",")
    base = np.array(given, dtype=np.float32).astype(np.float64)
    if learner["objective"]["name"] in ("binary:logistic", "reg:logistic"):
        base = -np.log(1 / base - 1)
    return np.broadcast_to(base, (groups,)).copy() if len(base) == 1 else base
