"""The steps of a fitted pipeline as nodes of a program."""

from __future__ import annotations

from collections.abc import Mapping

from litmus.data.schema import Schema
from litmus.pipeline.fitted import FittedPipeline, encoded_columns
from litmus.pipeline.own_steps import is_own
from litmus.program import Graph, Kind, LoweredFeatures, Node, NotLoweredError, Sketch
from litmus.program.own_code import lower_plan
from litmus.steps.base import Encoder, Step
from litsdf import compile as compile_function

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
            sketch = _lower(step, sketch.without(encoded), schema)
            encoded = []
    features = [sketch.number(name) for name in pipeline.numeric]
    features += blocks if pipeline.algorithm.accepts == "sparse" else [_dense(node, graph) for node in blocks]
    lowered = LoweredFeatures(graph, tuple(node for node in features if node.width))
    if lowered.width != len(pipeline.feature_names):
        raise NotLoweredError(
            f"The steps give {lowered.width:,} features as compiled and {len(pipeline.feature_names):,} in training."
        )
    return lowered


def _lower(step: Step, sketch: Sketch, schema: Schema | None) -> Sketch:
    """A step on a table of nodes; that of a user who wrote no `lower` is traced."""
    if not is_own(step) or type(step).lower is not Step.lower:
        return step.lower(sketch)
    if getattr(step, "in_pandas_", ""):
        raise NotLoweredError(f"The step {step.name!r} gets pandas frames ({step.in_pandas_}).")  # type: ignore[attr-defined]
    example = {name: _dtype(sketch[name], schema) for name in sketch}
    unknown = [name for name, dtype in example.items() if dtype is None]
    if unknown:
        raise NotLoweredError(
            f"The step {step.name!r} reads columns of unknown types, such as {unknown[0]!r}; give a schema."
        )
    import pandas as pd

    table = pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in example.items()})
    compiled = compile_function(step.transform, table)
    if compiled.plan is None:
        raise NotLoweredError(
            f"The step {step.name!r} cannot be compiled: {compiled.fallback or 'it brings rows together'}."
        )
    return lower_plan(compiled.plan, sketch)


def _dtype(node: Node, schema: Schema | None) -> str | None:
    """The type that a column has in the tables that own code gets."""
    if node.kind == "number":
        column = None if schema is None or node.operation != "input" else schema.get(str(node.constants["column"]))
        whole = column is not None and column.dtype == "int64"
        held = node.constants.get("dtype") if node.operation == "own_result" else None
        return held if held in ("int64", "float64") else "int64" if whole else "float64"
    return {"truth": "boolean", "text": "str", "date": "datetime64[us]"}.get(node.kind)


def _kind(name: str, schema: Schema | None) -> Kind:
    column = None if schema is None else schema.get(name)
    return "any" if column is None else _KINDS.get(column.kind, "any")


def _dense(node: Node, graph: Graph) -> Node:
    """A block for an algorithm that takes dense features alone."""
    return graph.node("densified", node) if node.kind == "sparse" else node
