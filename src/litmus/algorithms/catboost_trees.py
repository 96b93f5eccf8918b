"""Reading CatBoost's own JSON into trees that need no CatBoost."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.algorithms.catboost_statistics import StatisticsReader
from litmus.predictors.answer import Answer
from litmus.predictors.city_hash import code_hashes
from litmus.predictors.not_converted import NotConvertedError
from litmus.predictors.trees import CategorySets, TreeNodes, Trees

__all__ = ["catboost_trees"]

_MOST_CODES = 65_536


@dataclasses.dataclass(frozen=True)
class Split:
    """A split as trees have it: true for one side of a threshold, or for the codes of a set.

    Attributes:
        feature: the algorithm's feature, or for `derived` the number of a column of statistics.
        threshold: values above are true; unused for sets.
        codes: the set, or None.
        in_set: whether the codes of the set are true (else all others are).
        missing: whether missing values are true.
        derived: whether the feature is a column of statistics.
    """

    feature: int
    threshold: float = 0.0
    codes: tuple[int, ...] | None = None
    in_set: bool = True
    missing: bool = False
    derived: bool = False


def catboost_trees(text: str, categorical: Sequence[int], n_features: int, answer: Answer) -> Trees:
    """The trees of a model in CatBoost's JSON format.

    Args:
        text: what `save_model(format="json")` writes.
        categorical: which features are category codes; they are the model's category features, in order.
        n_features: how many features there are.
        answer: how raw numbers become scores.

    Raises:
        NotConvertedError: for trees that are not symmetric, and statistics of an unknown kind.
    """
    model = json.loads(text)
    if "oblivious_trees" not in model:
        raise NotConvertedError("The CatBoost model's trees are not symmetric; only symmetric trees can be converted.")
    numeric = [feature for feature in range(n_features) if feature not in set(categorical)]
    reader = StatisticsReader(model, numeric, categorical)
    splits = _splits(model["features_info"], numeric, categorical) + reader.splits()
    scale, bias = model["scale_and_bias"]
    raw = answer.raw
    trees = _Forest(splits, raw)
    for tree in model["oblivious_trees"]:
        trees.add([split["split_index"] for split in tree.get("splits") or []], np.array(tree["leaf_values"]))
    return Trees.of(
        nodes=trees.nodes(n_features),
        roots=np.array(trees.roots),
        target=np.zeros(len(trees.roots)),
        base=np.broadcast_to(np.array(bias, dtype=np.float64), (raw,)).copy(),
        factor=float(scale),
        sets=CategorySets.of(list(trees.sets)),
        answer=answer,
        statistics=reader.statistics(),
        first_derived=n_features,
        minus_one_missing=True,
    )


def _splits(info: dict[str, Any], numeric: Sequence[int], categorical: Sequence[int]) -> list[Split]:
    """The splits of numbers, then those of single categories, as the model numbers them."""
    splits = []
    for feature in info.get("float_features", []):
        above = feature["nan_value_treatment"] == "AsTrue"
        for border in feature["borders"] or []:
            splits.append(Split(numeric[feature["feature_index"]], border, missing=above))  # noqa: PERF401
    for feature in info.get("categorical_features", []):
        for value in feature.get("values") or []:
            code = _code_of(value)
            codes = () if code is None or code < 0 else (code,)
            splits.append(Split(categorical[feature["feature_index"]], codes=codes, missing=code == -1))
    return splits


@functools.cache
def _codes() -> dict[int, int]:
    hashes = code_hashes(_MOST_CODES)[:-1].view(np.int64).tolist()
    return {value: code for code, value in zip(range(_MOST_CODES - 1, -2, -1), reversed(hashes), strict=True)}


def _code_of(value: int) -> int | None:
    """The category code whose hash is this."""
    found = _codes().get(int(np.int64(np.int32(np.uint32(value & 0xFFFFFFFF)))))
    if found is None:
        raise NotConvertedError(f"The CatBoost model has a category that is no code below {_MOST_CODES:,}.")
    return found


class _Forest:
    """The nodes of symmetric trees as they are added, each in the order of a heap."""

    def __init__(self, splits: list[Split], raw: int) -> None:
        self.roots: list[int] = []
        self.sets: dict[tuple[int, ...], int] = {}
        self._splits, self._raw = splits, raw
        self._parts: list[tuple[np.ndarray, ...]] = []
        self._count = 0

    def add(self, numbers: list[int], leaf_values: np.ndarray) -> None:
        """Add a tree: split `numbers[i]` gives bit i of the leaf."""
        depth = len(numbers)
        chosen = [self._splits[number] for number in numbers]
        inner, leaves = 2**depth - 1, 2**depth
        level = np.repeat(np.arange(depth), 2 ** np.arange(depth))
        heap = np.arange(inner)
        true, false = 2 * heap + 2, 2 * heap + 1
        # A comparison goes left when it is false; a set goes left for its codes.
        left_is_true = np.array([split.codes is not None and split.in_set for split in chosen], dtype=bool)[level]
        missing = np.array([split.missing for split in chosen], dtype=bool)[level]
        path = np.arange(leaves)
        place = sum(((path >> (depth - 1 - bit)) & 1) << bit for bit in range(depth)) + np.zeros(leaves, dtype=np.int64)
        empty = np.full(leaves, -1)
        values = np.zeros((inner + leaves, self._raw))
        values[inner:] = leaf_values.reshape(leaves, self._raw)[place]

        def spread(given: list[float], rest: float) -> np.ndarray:
            return np.concatenate([np.array(given, dtype=np.float64)[level], np.full(leaves, rest)])

        self._parts.append(
            (
                np.concatenate([np.where(left_is_true, true, false) + self._count, empty]),
                np.concatenate([np.where(left_is_true, false, true) + self._count, empty]),
                spread([-1 - split.feature if split.derived else split.feature for split in chosen], 0),
                spread([split.threshold for split in chosen], 0),
                np.concatenate([missing == left_is_true, np.zeros(leaves, dtype=bool)]),
                values,
                spread([self._set_number(split) for split in chosen], -1),
            )
        )
        self.roots.append(self._count)
        self._count += inner + leaves

    def _set_number(self, split: Split) -> int:
        return -1 if split.codes is None else self.sets.setdefault(split.codes, len(self.sets))

    def nodes(self, n_features: int) -> TreeNodes:
        """All nodes; columns of statistics are counted behind the features."""
        left, right, feature, threshold, missing_left, values, member = (
            np.concatenate(column) for column in zip(*self._parts, strict=True)
        )
        return TreeNodes(
            left=left,
            right=right,
            feature=np.where(feature < 0, n_features - 1 - feature, feature).astype(np.int64),
            threshold=threshold.astype(np.float32),
            missing_left=missing_left,
            values=values,
            member=member.astype(np.int64),
        )
