"""Reading LightGBM's own model text into trees that need no LightGBM."""

from __future__ import annotations

import dataclasses

import numpy as np

from litmus.predictors.answer import Answer
from litmus.predictors.not_converted import NotConvertedError
from litmus.predictors.rounding import rounded_down
from litmus.predictors.trees import CategorySets, TreeNodes, Trees

__all__ = ["lightgbm_trees"]

_CATEGORICAL, _DEFAULT_LEFT = 1, 2  # bits of a decision type; two more say what counts as missing
_NONE, _ZERO = 0, 1  # nothing (NaN is 0 then), zeros, or else NaN


@dataclasses.dataclass
class _Nodes:
    """The nodes of all trees so far, as `Trees.of` takes them."""

    arrays: dict[str, list[np.ndarray]] = dataclasses.field(default_factory=dict)
    sets: dict[bytes, int] = dataclasses.field(default_factory=dict)
    roots: list[int] = dataclasses.field(default_factory=list)
    count: int = 0

    def add(self, **arrays: np.ndarray) -> None:
        for name, array in arrays.items():
            self.arrays.setdefault(name, []).append(array)
        self.roots.append(self.count)
        self.count += len(arrays["left"])

    def set_number(self, words: np.ndarray) -> int:
        return self.sets.setdefault(words.tobytes().rstrip(b"\0"), len(self.sets))


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
    nodes = _Nodes()
    for block in blocks:
        _add_tree(nodes, _facts(block.split("\nend of trees")[0]))
    factor = per_round / len(blocks) if "average_output" in header.split("\n") else 1.0
    columns = {name: np.concatenate(arrays) for name, arrays in nodes.arrays.items()}
    return Trees.of(
        roots=np.array(nodes.roots),
        nodes=TreeNodes(**columns),
        target=np.arange(len(blocks)) % per_round,
        base=np.zeros(per_round),
        factor=factor,
        sets=CategorySets.of([_codes(words) for words in nodes.sets]),
        answer=answer,
    )


def _facts(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.split("\n") if "=" in line)


def _add_tree(nodes: _Nodes, facts: dict[str, str]) -> None:
    """Add a tree: its inner nodes first, then its leaves."""

    def numbers(name: str, dtype: type) -> np.ndarray:
        return np.array(facts.get(name, "").split(), dtype=dtype)

    if facts.get("is_linear", "0") != "0":
        raise NotConvertedError("LightGBM's linear trees have formulas in their leaves; set linear_tree to false.")
    leaf_values = numbers("leaf_value", np.float64)
    leaves, inner = len(leaf_values), len(leaf_values) - 1
    kind = numbers("decision_type", np.int64)
    threshold = numbers("threshold", np.float64)
    categorical = (kind & _CATEGORICAL) > 0
    missing = (kind >> 2) & 3
    if (missing[~categorical] == _ZERO).any():
        raise NotConvertedError("The LightGBM model counts zeros as missing (zero_as_missing); set it to false.")
    missing_left = np.where(missing == _NONE, threshold >= 0, (kind & _DEFAULT_LEFT) > 0) & ~categorical
    member = np.full(inner, -1)
    bounds, words = numbers("cat_boundaries", np.int64), numbers("cat_threshold", np.uint32)
    for node in np.flatnonzero(categorical):
        number = int(threshold[node])
        member[node] = nodes.set_number(words[bounds[number] : bounds[number + 1]])
    padding = np.zeros(leaves)
    nodes.add(
        left=np.concatenate([_placed(numbers("left_child", np.int64), inner) + nodes.count, np.full(leaves, -1)]),
        right=np.concatenate([_placed(numbers("right_child", np.int64), inner) + nodes.count, np.full(leaves, -1)]),
        feature=np.concatenate([numbers("split_feature", np.int64), padding.astype(np.int64)]),
        threshold=np.concatenate([rounded_down(np.where(categorical, 0.0, threshold)), padding]),
        missing_left=np.concatenate([missing_left, padding > 0]),
        member=np.concatenate([member, np.full(leaves, -1)]),
        values=np.concatenate([np.zeros(inner), leaf_values])[:, None],
    )


def _placed(children: np.ndarray, inner: int) -> np.ndarray:
    """Positions in the tree: LightGBM counts inner nodes from 0, and leaves downwards from -1."""
    return np.where(children < 0, inner + ~children, children)


def _codes(words: bytes) -> list[int]:
    """The codes whose bits are set."""
    bits = np.unpackbits(np.frombuffer(words, dtype=np.uint8), bitorder="little")
    codes: list[int] = np.flatnonzero(bits).tolist()
    return codes
