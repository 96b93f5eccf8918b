"""Reading XGBoost's own JSON into trees that need no XGBoost."""

from __future__ import annotations

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
    trees = [_tree(tree) for tree in model["trees"]]
    sizes = np.array([len(tree["left"]) for tree in trees])
    firsts = np.cumsum(sizes) - sizes
    set_counts = np.cumsum([0, *(len(tree["sets"]) for tree in trees)])
    for tree, first, sets_before in zip(trees, firsts, set_counts, strict=False):
        for side in ("left", "right"):
            tree[side] = np.where(tree[side] >= 0, tree[side] + first, -1)
        tree["member"] = np.where(tree["member"] >= 0, tree["member"] + sets_before, -1)
    names = ("left", "right", "feature", "threshold", "missing_left", "member", "values")
    return Trees.of(
        roots=firsts,
        nodes=TreeNodes(**{name: np.concatenate([tree[name] for tree in trees]) for name in names}),
        target=np.array(model["tree_info"]),
        base=_margins(learner, groups),
        sets=CategorySets.of([members for tree in trees for members in tree["sets"]]),
        answer=answer,
        zero_missing=sparse,
        absent=float("nan") if sparse else 0.0,
    )


def _tree(tree: dict[str, Any]) -> dict[str, Any]:
    """One tree's nodes; a split by categories goes left here for those of its set, which XGBoost sends right."""
    left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
    condition = np.array(tree["split_conditions"], dtype=np.float32)
    missing_left = np.array(tree["default_left"]).astype(bool)
    member = np.full(len(left), -1)
    sets = []
    for number, node in enumerate(tree["categories_nodes"]):
        start, size = tree["categories_segments"][number], tree["categories_sizes"][number]
        sets.append([code for code in tree["categories"][start : start + size] if code < _MOST_CODES])
        member[node] = number
    swapped = member >= 0
    return {
        "left": np.where(swapped, right, left),
        "right": np.where(swapped, left, right),
        "feature": np.array(tree["split_indices"]),
        "threshold": just_below(condition),
        "missing_left": missing_left ^ swapped,
        "member": member,
        "values": condition[:, None],
        "sets": sets,
    }


def _margins(learner: dict[str, Any], groups: int) -> np.ndarray:
    """What raw numbers start from: XGBoost keeps it as a probability where the objective is logistic."""
    given = learner["learner_model_param"]["base_score"].strip("[]").split(",")
    base = np.array(given, dtype=np.float32).astype(np.float64)
    if learner["objective"]["name"] in ("binary:logistic", "reg:logistic"):
        base = -np.log(1 / base - 1)
    return np.broadcast_to(base, (groups,)).copy() if len(base) == 1 else base
