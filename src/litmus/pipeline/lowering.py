"""The steps of a fitted pipeline as nodes of a program."""

from __future__ import annotations

from collections.abc import Mapping

from litmus.data.schema import Schema
from litmus.pipeline.fitted import FittedPipeline, encoded_columns
from litmus.program import Graph, Kind, LoweredFeatures, Node, NotLoweredError, Sketch
from litmus.steps.base import Encoder

__all__ = ["lower"]

_KINDS: Mapping[str, Kind] = {
    "numeric": "number",
    "boolean": "truth",
    "categorical": "text",
    "text": "text",
    "datetime": "date",
}


def lower(pipeline: FittedPipeline, graph: Graph, schema: Schema | None = None) -> LoweredFeatures:
    """What a fitted pipeline's steps make of a row, in the order that its algorithm sees it.

    Args:
        pipeline: the fitted pipeline.
        graph: where its nodes are made; pipelines lowered into one graph share what they have in common.
        schema: the schema of the rows. Without it, the kind of a column is that of the first step that reads it, and
            own code that reads a column before any built-in step cannot be lowered unless it was compiled in training.

    Raises:
        NotLoweredError: when a step or the algorithm has no compiled form, saying which and why.
    """
    if pipeline.algorithm.accepts == "frame":
        raise NotLoweredError(
            f"{type(pipeline.algorithm).__name__} takes the table itself, not features; it runs as it was trained."
        )
    sketch = Sketch(graph, {name: _kind(name, schema) for name in pipeline.columns})
    blocks: list[Node] = []
    encoded: list[str] = []
    for step in pipeline.steps:
        if isinstance(step, Encoder):
            blocks += step.lower_features(sketch)
            encoded += encoded_columns(step)
        else:
            sketch = step.lower(sketch.without(encoded))
            encoded = []
    features = [sketch.number(name) for name in pipeline.numeric]
    features += blocks if pipeline.algorithm.accepts == "sparse" else [_dense(node, graph) for node in blocks]
    lowered = LoweredFeatures(graph, tuple(node for node in features if node.width))
    if lowered.width != len(pipeline.feature_names):
        raise NotLoweredError(
            f"The steps give {lowered.width:,} features as compiled and {len(pipeline.feature_names):,} in training."
        )
    return lowered


def _kind(name: str, schema: Schema | None) -> Kind:
    column = None if schema is None else schema.get(name)
    return "any" if column is None else _KINDS.get(column.kind, "any")


def _dense(node: Node, graph: Graph) -> Node:
    """A block for an algorithm that takes dense features alone."""
    return graph.node("densified", node) if node.kind == "sparse" else node
