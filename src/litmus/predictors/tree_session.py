"""Trees as one node of an ONNX graph: for forests whose trees are too large for tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.predictors.onnx_format import Graph, Tensor, model_bytes
from litmus.predictors.tree_layout import leaf_numbers
from litmus.predictors.trees import Trees

__all__ = ["tree_model"]


def tree_model(forms: Sequence[Trees], width: int) -> bytes:
    """The content of an ONNX file that adds up the leaf values of all trees of some forms.

    Args:
        forms: forms on dense features, without category sets; their raw numbers come out side by side, less their bases.
        width: columns of the input.

    Returns:
        A graph from "x" float32 (rows, width) to float32 (rows, raw).
    """
    raw = sum(len(form.base) for form in forms)
    graph = Graph()
    graph.input("x", "float32", ("rows", width))
    one_each = all(form.leaves.shape[1] == 1 for form in forms)
    operator, attributes = ("TreeEnsemble", _single) if one_each else ("TreeEnsembleRegressor", _several)
    graph.output(graph.add(operator, ["x"], attributes(forms, raw), domain="ai.onnx.ml"), "float32", ("rows", raw))
    return model_bytes(graph, trees_version=5 if one_each else 3)


def _single(forms: Sequence[Trees], raw: int) -> dict[str, Any]:
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
        parts.append(
            {
                "nodes_splits": form.threshold[inner],
                "nodes_featureids": form.places.column[form.feature[inner]],
                "nodes_missing_value_tracks_true": form.missing_left[inner].astype(np.int64),
                "nodes_truenodeids": np.where(is_leaf[true], leaf[true], number[true]),
                "nodes_falsenodeids": np.where(is_leaf[false], leaf[false], number[false]),
                "nodes_trueleafs": is_leaf[true].astype(np.int64),
                "nodes_falseleafs": is_leaf[false].astype(np.int64),
                "leaf_targetids": np.repeat(form.target, (np.diff(form.starts) + 1) // 2) + first,
                "leaf_weights": (form.leaves[:, 0] * np.float64(form.factor)).astype(np.float32),
                "tree_roots": number[form.starts[:-1]],
            }
        )
        nodes, leaves, first = nodes + len(inner), leaves + len(form.leaves), first + len(form.base)
    attributes: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    for name in ("nodes_splits", "leaf_weights"):
        attributes[name] = Tensor(attributes[name])
    modes = Tensor(np.zeros(nodes, dtype=np.uint8))  # all nodes compare "at most"
    return {**attributes, "nodes_modes": modes, "n_targets": raw, "aggregate_function": 1, "post_transform": 0}


def _with_roots(form: Trees) -> Trees:
    """The form without trees of a single leaf, which the operator does not know: such a leaf becomes two equal ones."""
    alone = np.flatnonzero(np.diff(form.starts) == 1)
    if not len(alone):
        return form
    at = np.repeat(form.starts[alone], 2)
    leaf = leaf_numbers(form.right)[form.starts[alone]]
    return dataclasses.replace(
        form,
        starts=form.starts + 2 * np.concatenate([[0], np.cumsum(np.diff(form.starts) == 1)]),
        right=np.insert(form.right, at, np.tile([2, 0], len(alone))),
        feature=np.insert(form.feature, at, 0),
        threshold=np.insert(form.threshold, at, 0),
        missing_left=np.insert(form.missing_left, at, False),
        member=np.insert(form.member, at, -1),
        leaves=np.insert(form.leaves, leaf, form.leaves[leaf], axis=0),
    )


def _several(forms: Sequence[Trees], raw: int) -> dict[str, Any]:
    """Attributes of a TreeEnsembleRegressor, whose leaves have any number of values."""
    parts: list[dict[str, np.ndarray]] = []
    trees = first = 0
    for form in forms:
        tree = np.repeat(np.arange(len(form.target)), np.diff(form.starts))
        node, inner = np.arange(len(form.right)) - form.starts[tree], form.right > 0
        leaf, values = np.flatnonzero(~inner), form.leaves.shape[1]
        parts.append(
            {
                "nodes_treeids": tree + trees,
                "nodes_nodeids": node,
                "nodes_featureids": form.places.column[form.feature] if len(form.places.column) else form.feature,
                "nodes_values": form.threshold,
                "nodes_missing_value_tracks_true": form.missing_left.astype(np.int64),
                "nodes_truenodeids": np.where(inner, node + 1, 0),
                "nodes_falsenodeids": np.where(inner, node + form.right, 0),
                "nodes_modes": inner,
                "target_treeids": np.repeat(tree[leaf] + trees, values),
                "target_nodeids": np.repeat(node[leaf], values),
                "target_ids": (form.target[tree[leaf]][:, None] + first + np.arange(values)).ravel(),
                "target_weights": (form.leaves * np.float64(form.factor)).astype(np.float32).ravel(),
            }
        )
        trees, first = trees + len(form.target), first + len(form.base)
    attributes: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    modes = ["BRANCH_LEQ" if inner else "LEAF" for inner in attributes["nodes_modes"].tolist()]
    return {**attributes, "nodes_modes": modes, "n_targets": raw, "aggregate_function": "SUM", "post_transform": "NONE"}
