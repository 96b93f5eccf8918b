"""The last step of a load: cut the prepared rows into training and test frames and describe them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from litmus.data.loaded import LoadedData
from litmus.data.planning import FoldPlan
from litmus.data.prepared import MainRows, PreparedRows
from litmus.data.schema import FEATURE_KINDS, Column, Schema
from litmus.data.splits import TEST

__all__ = ["assemble"]


def assemble(
    name: str,
    main: MainRows,
    test: PreparedRows | None,
    plan: FoldPlan,
    *,
    weight: str | None,
    sources: dict[str, str],
    notes: tuple[str, ...],
) -> LoadedData:
    """Cut the rows; `main` and `test` give their columns away, so that no table exists twice."""
    learned, tested = np.flatnonzero(main.part != TEST), np.flatnonzero(main.part == TEST)
    prepared = main.rows
    held, positions = (prepared, tested) if test is None else (test, np.arange(len(test.y)))
    schema = _described(main.schema, prepared.columns, learned)
    sample_weight, test_weight = prepared.weights(weight, learned), held.weights(weight, positions)
    fingerprint = _fingerprint(schema, main, test, (sample_weight, test_weight))
    column_hashes = prepared.column_hashes(schema)
    if test is not None:
        column_hashes |= {f"test rows: {name}": value for name, value in test.column_hashes(schema).items()}
    if test is None:
        train_frame, test_frame = prepared.cut(schema.inputs, learned, tested)
    else:
        train_frame, _ = prepared.cut(schema.inputs, learned, tested)
        test_frame, _ = test.cut(schema.inputs, positions, tested)
    has_test = len(positions) > 0
    return LoadedData(
        name=name,
        task=main.target.task,
        schema=schema,
        target=main.target,
        train=train_frame,
        y=prepared.y[learned],
        test=test_frame if has_test else None,
        y_test=held.y[positions] if has_test else None,
        sample_weight=sample_weight,
        test_weight=test_weight if has_test else None,
        folds=plan.folds,
        fold_plan=plan.words,
        notes=notes,
        sources=sources,
        fingerprint=fingerprint,
        column_hashes=column_hashes,
    )


def _described(schema: Schema, columns: Mapping[str, pd.Series], learned: np.ndarray) -> Schema:
    """The schema with what the training rows say: which features are never missing, and an example of each."""
    described: list[Column] = []
    for column in schema.values():
        if column.kind == "target":
            described.append(column)
            continue
        values = columns[column.name]
        absent = values.isna().to_numpy()[learned]
        present = learned[~absent]
        example = _plain(values.iloc[int(present[0])]) if len(present) else None
        required = column.kind in FEATURE_KINDS and not absent.any()
        described.append(dataclasses.replace(column, required=required, example=example))
    return Schema(described)


def _plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, str | int | float | bool) else str(value)


def _fingerprint(
    schema: Schema, main: MainRows, test: PreparedRows | None, weights: tuple[np.ndarray | None, ...]
) -> str:
    digest = hashlib.sha256(json.dumps(schema.to_json(), default=str).encode())
    digest.update(main.rows.hashes.rows.tobytes())
    digest.update(main.part.astype(np.int8).tobytes())
    if test is not None:
        digest.update(test.hashes.rows.tobytes())
    for weight in weights:
        digest.update(b"" if weight is None else weight.tobytes())
    return digest.hexdigest()
