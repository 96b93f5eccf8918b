"""Rows for a program out of canonical frames, and features as plain matrices, so that both ways can be compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from litmus.data.schema import Column, Schema
from litmus.pipeline.lowering import lower
from litmus.pipeline.pipeline import Pipeline, TrainingRows
from litmus.program import Graph, Program
from litsdf.interchange import as_frame


def kind_of(series):
    """The kind of a canonical column."""
    name = str(series.dtype)
    if name in ("bool", "boolean"):
        return "truth"
    if name.startswith("datetime64"):
        return "date"
    return "number" if name.startswith(("int", "float", "uint", "Int", "Float")) else "text"


def arrays_of(frame, *, arrow=False):
    """Column → array, as `Program.rows` takes them."""
    frame = as_frame(frame).to_pandas()
    made = {}
    for name in frame:
        kind = kind_of(frame[name])
        if kind == "date":
            made[name] = frame[name].to_numpy(dtype="datetime64[us]")
        elif kind == "text" and arrow:
            import pyarrow as pa

            made[name] = pa.array(frame[name], type=pa.large_string(), from_pandas=True)
        elif kind == "text":
            values = frame[name].to_numpy(dtype=object)
            made[name] = np.array(
                [None if value is None or value != value else value for value in values], dtype=object
            )
        else:
            made[name] = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return made


def dicts_of(frame):
    """The rows as dicts of plain values, as `Program.row` takes them."""
    frame = as_frame(frame).to_pandas()
    columns = {}
    for name in frame:
        kind = kind_of(frame[name])
        if kind == "truth":
            columns[name] = [None if value is pd.NA else bool(value) for value in frame[name]]
        elif kind == "date":
            columns[name] = [None if value is pd.NaT else value.to_pydatetime() for value in frame[name]]
        elif kind == "text":
            columns[name] = [value if isinstance(value, str) else None for value in frame[name]]
        else:
            columns[name] = frame[name].tolist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def matrix_of(features):
    """The features that a pipeline makes, dense."""
    values = features.values
    return np.asarray(values.toarray() if sparse.issparse(values) else values, dtype=np.float32)


def matrix_from(program, number, dense, blocks):
    """The features of one pipeline out of what a program gives for rows."""
    columns = program.columns[number]
    made = np.zeros((len(dense), len(columns)), dtype=np.float32)
    held = columns >= 0
    made[:, held] = dense[:, columns[held]]
    for block, offset in program.sparse[number]:
        indptr, indices, values, width = blocks[block]
        part = sparse.csr_matrix((values, indices, indptr), shape=(len(dense), width))
        made[:, offset : offset + width] = part.toarray()
    return made


def by_rows(program, number, dicts):
    """The features of one pipeline, row by row."""
    made = []
    for values in dicts:
        row = program.row(values)
        assert row.dense.shape == (1, program.width)
        assert row.dense.dtype == np.float32
        blocks = [
            (np.array([0, len(indices)]), indices, found, width)
            for (indices, found), width in zip(row.sparse, program.sparse_widths, strict=True)
        ]
        made.append(matrix_from(program, number, row.dense, blocks))
    return np.concatenate(made)


def by_arrays(program, number, frame, *, arrow=False):
    """The features of one pipeline, from arrays."""
    rows = program.rows(arrays_of(frame, arrow=arrow), len(frame))
    assert rows.dense.shape == (len(frame), program.width)
    assert rows.dense.dtype == np.float32
    return matrix_from(program, number, rows.dense, rows.sparse)


def assert_same_features(pipelines, frame, schema=None, *, rows=200, tolerance=2e-6):
    """The program of some fitted pipelines gives what each of them makes of the rows; the program.

    Args:
        pipelines: fitted pipelines.
        frame: canonical rows.
        schema: their schema, or None.
        rows: so many of the rows are tried one by one.
        tolerance: relative.
    """
    graph = Graph()
    program = Program.of([lower(pipeline, graph, schema) for pipeline in pipelines])
    frame = as_frame(frame)
    few = frame.to_pandas().iloc[:rows]
    dicts = dicts_of(few)
    for number, pipeline in enumerate(pipelines):
        expected = matrix_of(pipeline.features(frame))
        for made in (by_arrays(program, number, frame), by_arrays(program, number, frame, arrow=True)):
            np.testing.assert_allclose(made, expected, rtol=tolerance, atol=1e-7)
        np.testing.assert_allclose(by_rows(program, number, dicts), expected[: len(dicts)], rtol=tolerance, atol=1e-7)
    return program


def fitted(steps, frame, y=None, *, algorithm="XGBoost", task="binary", schema=None):
    """A pipeline with these steps, or the default ones for None, fitted on a canonical frame; its algorithm is not."""
    from litmus.algorithms import FitContext

    schema = schema or Schema([Column(name, SCHEMA_KINDS[kind_of(frame[name])]) for name in frame])
    if y is None:
        y = np.arange(len(frame)) % 2 if task == "binary" else np.arange(len(frame), dtype=float)
    pipeline = Pipeline(algorithm, steps=steps)
    context = FitContext(n_classes=2 if task == "binary" else 0, threads=1, seed=1)
    prepared = pipeline.prepare(TrainingRows(frame, y), schema=schema, task=task, context=context)
    return prepared.fitted


SCHEMA_KINDS = {"truth": "boolean", "date": "datetime", "number": "numeric", "text": "categorical"}
