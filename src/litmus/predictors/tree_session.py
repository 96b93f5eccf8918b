"""Trees as one node of an ONNX graph: for forests whose trees are too large for tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.predictors.onnx_format import Graph, Tensor, model_bytes
from litmus.predictors.tree_layout import leaf_numbers
from litmus.predictors.trees import Trees

__all__ = ["MOST_ROWS", "OUTPUT", "tree_model"]

OUTPUT = "v0"
"""The name of what the graph computes."""

MOST_ROWS = 2**24
"""Rows of leaf values that one form may have for `tree_model`: their numbers have to be exact in float32."""


def tree_model(forms: Sequence[Trees], width: int, *, numbers: bool = False) -> bytes:
    """The content of an ONNX file that adds up the leaf values of all trees of some forms, or says which ones are reached.

    Args:
        forms: forms on dense features, without category sets.
        width: columns of the input.
        numbers: give for each tree the number of the row of `Trees.leaves` that is reached; otherwise, for leaves of one value,
            the raw numbers of the forms side by side, less their bases.

    Returns:
        A graph from "x" float32 (rows, width) to float32 (rows, trees) or (rows, raw).
    """
    count = sum(len(form.target) if numbers else len(form.base) for form in forms)
    graph = Graph()
    graph.input("x", "float32", ("rows", width))
    trees = graph.add("TreeEnsemble", ["x"], _attributes(forms, count, numbers=numbers), domain="ai.onnx.ml")
    graph.output(trees, "float32", ("rows", count))
    return model_bytes(graph)


def _attributes(forms: Sequence[Trees], count: int, *, numbers: bool) -> dict[str, Any]:
    """Attributes of a TreeEnsemble, which is read three times as fast as the older operator; a leaf has one value."""
    parts: list[dict[str, np.ndarray]] = []
    nodes = leaves = first = 0
    for form in map(_with_roots, forms):
        is_leaf = form.right == 0
        inner, number, leaf = (
            np.flatnonzero(form.right),
            np.cumsum(~is_leaf) - 1 + nodes,
            leaf_numbers(form.right) + leaves,
        )
        true, false = inner + 1, inner + form.right[inner]
        target = np.arange(len(form.target)) if numbers else form.target
        parts.append(
            {
                "nodes_splits": form.threshold[inner],
                "nodes_featureids": form.places.column[form.feature[inner]],
                "nodes_missing_value_tracks_true": form.missing_left[inner],
                "nodes_truenodeids": np.where(is_leaf[true], leaf[true], number[true]),
                "nodes_falsenodeids": np.where(is_leaf[false], leaf[false], number[false]),
                "nodes_trueleafs": is_leaf[true],
                "nodes_falseleafs": is_leaf[false],
                "leaf_targetids": np.repeat(target, (np.diff(form.starts) + 1) // 2) + first,
                "leaf_weights": _row_numbers(form) if numbers else _weights(form),
                "tree_roots": number[form.starts[:-1]],
            }
        )
        nodes, leaves = nodes + len(inner), leaves + form.n_leaves
        first += len(form.target) if numbers else len(form.base)
    attributes: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    for name in ("nodes_splits", "leaf_weights"):
        attributes[name] = Tensor(attributes[name])
    modes = Tensor(np.zeros(nodes, dtype=np.uint8))  # all nodes compare "at most"
    return {**attributes, "nodes_modes": modes, "n_targets": count, "aggregate_function": 1, "post_transform": 0}


def _weights(form: Trees) -> np.ndarray:
    return (form.leaf_values()[:, 0] * np.float64(form.factor)).astype(np.float32)


def _row_numbers(form: Trees) -> np.ndarray:
    return (np.arange(len(form.leaves)) if form.shared is None else form.shared).astype(np.float32)


def _with_roots(form: Trees) -> Trees:
    """The form without trees of a single leaf, which the operator does not know: such a leaf becomes two equal ones."""
    alone = np.flatnonzero(np.diff(form.starts) == 1)
    if not len(alone):
        return form
    at = np.repeat(form.starts[alone], 2)
    leaf = leaf_numbers(form.right)[form.starts[alone]]
    shared = np.arange(len(form.leaves)) if form.shared is None else form.shared
    return dataclasses.replace(
        form,
        starts=form.starts + 2 * np.concatenate([[0], np.cumsum(np.diff(form.starts) == 1)]),
        right=np.insert(form.right, at, np.tile([2, 0], len(alone))),
        feature=np.insert(form.feature, at, 0),
        threshold=np.insert(form.threshold, at, 0),
        missing_left=np.insert(form.missing_left, at, False),
        member=np.insert(form.member, at, -1),
        shared=np.insert(shared, leaf, shared[leaf]),
    )
