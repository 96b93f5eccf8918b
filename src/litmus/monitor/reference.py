"""What traffic is compared with: the baseline that was made with a model, or a table that is given in its place."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from litmus.data import Column, Schema, Target
from litmus.data.markers import Markers
from litmus.data.notebook import Notebook
from litmus.data.raw_table import RawTable
from litmus.data.typing_columns import type_columns
from litmus.errors import DataError
from litmus.monitor.answers import codes_of, truth_of, values_of
from litmus.monitor.baseline import Baseline, Outcomes, label_text
from litmus.monitor.collecting import canonical
from litmus.monitor.columns import describe_column
from litmus.monitor.keeping import ROLE
from litmus.monitor.traffic import Piece, TableTraffic

__all__ = ["Answering", "baseline_in", "baseline_of_table", "stored_baseline", "without_columns"]

_MOST_ROWS = 200_000
_SAMPLE = 5_000
_OUTCOMES = 20_000


class Answering(Protocol):
    """A model that answers rows: `litmus.Model` or `litmus.runtime.RuntimeModel`."""

    def predict(self, rows: Any) -> Any:
        """A label a row."""
        ...

    def predict_proba(self, rows: Any) -> Any:
        """Probabilities of each row."""
        ...


def stored_baseline(version: str) -> Baseline | None:
    """The baseline that was attached to a version in the store; None when it has none.

    Raises:
        DataError: when it is damaged.
        ArtifactError: when its file is gone or was changed.
    """
    from litmus.store import Store

    path = Store().attached(version, ROLE)
    return None if path is None else Baseline.from_bytes(path.read_bytes())


def baseline_in(given: Any, schema: Schema | None, target: Target | None, model: Answering | None) -> Baseline:
    """A baseline from what a user gives: a baseline, the file of one, the version of a model, or a table.

    Raises:
        DataError: when it is none of these.
    """
    if isinstance(given, Baseline):
        return given
    if isinstance(given, bytes):
        return Baseline.from_bytes(given)
    if isinstance(given, str | os.PathLike) and str(given).endswith(".baseline"):
        return Baseline.from_bytes(Path(given).read_bytes())
    if isinstance(given, str) and not Path(given).exists() and os.sep not in given and "." not in given:
        found = stored_baseline(given)
        if found is None:
            raise DataError(
                f"{given!r} is neither a file nor a version with a baseline; give a table, such as the rows it was trained on."
            )
        return found
    return baseline_of_table(given, schema=schema, target=target, model=model)


def baseline_of_table(
    table: Any,
    *,
    schema: Schema | None = None,
    target: Target | None = None,
    model: Answering | None = None,
    name: str = "reference",
    seed: int = 0,
) -> Baseline:
    """A baseline from rows that are known to be right, for a model that has none of its own.

    Args:
        table: a frame, file, folder or URL; the first 200,000 rows are looked at. Its columns may be those of the schema or
            captured ones (`input.NAME`, `prediction`, `probability.CLASS`, `label`).
        schema: what the columns are; None: it is inferred.
        target: what is predicted; its column, where the table has it, is the truth.
        model: answers the rows where the table has no predictions. Rows that it has learned from flatter it.
        name: what to call it.
        seed: by which rows are drawn.

    Raises:
        DataError: when the table has no rows, or none of the columns.

    Example:
        >>> baseline_of_table({"age": [30, 40, 50, 60]}).columns["age"].missing
        0
    """
    if schema is None:
        schema = _inferred(table, () if target is None else target.names)
    inputs = frozenset(schema.inputs)
    pieces, rows = [], 0
    for piece in TableTraffic(table, inputs=inputs, target=() if target is None else target.names).pieces(None, None):
        pieces.append(piece)
        rows += piece.rows
        if rows >= _MOST_ROWS:
            break
    if not rows:
        raise DataError("The table to compare with has no rows.")
    columns = {column.name: _canonical_column(pieces, column) for column in map(schema.__getitem__, schema.inputs)}
    known = {name: values for name, values in columns.items() if values is not None}
    if not known:
        raise DataError(f"The table to compare with has none of the columns {', '.join(schema.inputs[:10])}.")
    frame = pd.DataFrame(known)
    rng = np.random.default_rng([seed, 90_212])
    drawn = rng.permutation(rows)[:_OUTCOMES]
    outcomes = _outcomes(pieces, frame, drawn, target, model)
    kept = np.arange(min(_SAMPLE, len(drawn)))
    return Baseline(
        name=name,
        created=dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        rows=rows,
        schema=schema,
        target=target,
        columns={name: describe_column(values, schema[name].kind) for name, values in known.items()},
        importance={},
        outcomes=outcomes,
        sample=frame.take(drawn[kept]).reset_index(drop=True),
        sample_outcomes=kept.astype(np.int32) if outcomes is not None else np.full(len(kept), -1, np.int32),
    )


def without_columns(baseline: Baseline, names: Sequence[str]) -> Baseline:
    """The baseline without columns that cannot be compared, such as those that capture hashes."""
    left_out = [name for name in names if name in baseline.columns]
    if not left_out:
        return baseline
    return dataclasses.replace(
        baseline,
        schema=Schema([column for column in baseline.schema.values() if column.name not in left_out]),
        columns={name: column for name, column in baseline.columns.items() if name not in left_out},
        sample=baseline.sample.drop(columns=[name for name in left_out if name in baseline.sample]),
    )


def _inferred(table: Any, target: tuple[str, ...]) -> Schema:
    """What the columns of a table are, by looking at its first rows."""
    for piece in TableTraffic(table, target=target).pieces(None, None):
        raw = RawTable(dict(piece.inputs), piece.rows)
        return type_columns(raw, {}, Markers(), Notebook()).schema
    raise DataError("The table to compare with has no rows.")


def _canonical_column(pieces: list[Piece], column: Column) -> pd.Series | None:
    parts = [canonical(piece.inputs[column.name], column)[0] for piece in pieces if column.name in piece.inputs]
    return pd.concat(parts, ignore_index=True) if len(parts) == len(pieces) else None


def _outcomes(
    pieces: list[Piece], frame: pd.DataFrame, drawn: np.ndarray, target: Target | None, model: Answering | None
) -> Outcomes | None:
    """What was answered to the rows that were drawn, by the table itself or by the model."""
    if target is None or target.task == "multilabel":
        return None
    truth = None
    if all("label" in piece.facts for piece in pieces):
        truth = truth_of(pd.concat([piece.facts["label"] for piece in pieces], ignore_index=True), target)[drawn]
        if (np.isnan(truth) if target.task == "regression" else truth < 0).any():
            truth = None
    told = all("prediction" in piece.facts for piece in pieces)
    classes = tuple(map(label_text, target.classes))
    scored = target.task == "regression" or all(name in piece.probabilities for piece in pieces for name in classes)
    if told and scored:
        answers = pd.concat([piece.facts["prediction"] for piece in pieces], ignore_index=True)
        if target.task == "regression":
            values = values_of(answers)[drawn]
            return Outcomes("given", values, truth, values)
        scores = np.column_stack([np.concatenate([piece.probabilities[name] for piece in pieces]) for name in classes])
        return Outcomes("given", scores[drawn].astype(np.float32), truth, codes_of(answers, target.classes)[drawn])
    if model is None:
        return None
    rows = frame.take(drawn).reset_index(drop=True)
    answers = pd.Series(np.asarray(model.predict(rows)))
    if target.task == "regression":
        return Outcomes("given", values_of(answers), truth, values_of(answers))
    scores = np.asarray(model.predict_proba(rows), dtype=np.float32)
    codes = codes_of(answers, target.classes)
    return Outcomes("given", scores, truth, np.where(codes < 0, scores.argmax(axis=1), codes))
