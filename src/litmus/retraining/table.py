"""Labelled rows in the form of a model's own columns, wherever they come from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from litmus.data import Schema, Target, conform
from litmus.data.kept_rows import labels_frame, row_marks
from litmus.data.readers import read_source
from litmus.errors import DataError, PredictionError

if TYPE_CHECKING:
    from litmus.endpoints import Endpoint

__all__ = ["Table", "captured_rows", "read_labelled"]

_MOST_NAMED = 5


@dataclasses.dataclass(frozen=True)
class Table:
    """Labelled rows.

    Attributes:
        inputs: the columns that the model is asked with, in canonical types.
        codes: the encoded target.
        others: columns that have other uses in training, such as groups and weights.
        notes: what was left out and why, a sentence each.
        unknown: label that the model does not know → rows that have it.
    """

    inputs: pd.DataFrame
    codes: np.ndarray
    others: pd.DataFrame
    notes: tuple[str, ...] = ()
    unknown: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, mask: np.ndarray) -> Table:
        """Some rows (a mask)."""
        return dataclasses.replace(
            self,
            inputs=self.inputs[mask].reset_index(drop=True),
            codes=self.codes[mask],
            others=self.others[mask].reset_index(drop=True),
        )

    def beside(self, other: Table, schema: Schema) -> Table:
        """These rows and others; where those have no groups each is one of its own, and their weight is the usual one."""
        added = other.others.copy()
        for name in self.others:
            if name not in added and name in schema.names("weight"):
                added[name] = float(pd.to_numeric(self.others[name]).mean())
            elif name not in added:
                added[name] = [f"captured-{number}" for number in range(len(other))]
        return Table(
            pd.concat([self.inputs, other.inputs], ignore_index=True),
            np.concatenate([self.codes, other.codes]),
            pd.concat([_as_text_where_mixed(self.others, added), added], ignore_index=True)[list(self.others)],
            (*self.notes, *other.notes),
            {**self.unknown, **other.unknown},
        )

    def marks(self, schema: Schema) -> np.ndarray:
        """The marks of the rows by their features (rows,)."""
        return row_marks(self.inputs, schema)

    def full_marks(self, schema: Schema) -> np.ndarray:
        """The marks of the rows by their features and target (rows,)."""
        return row_marks(self.inputs, schema, self.codes)

    def frame(self, target: Target) -> pd.DataFrame:
        """The rows as one table to train on."""
        labels = labels_frame(target, self.codes)
        return pd.concat([self.inputs, self.others, labels], axis=1)


def _as_text_where_mixed(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    mixed = [
        name
        for name in one
        if pd.api.types.is_numeric_dtype(one[name]) and not pd.api.types.is_numeric_dtype(other[name])
    ]
    return one.assign(**{str(name): one[name].astype("str") for name in mixed})


def read_labelled(source: Any, schema: Schema, target: Target, others: Sequence[str] = ()) -> Table:
    """Labelled rows from a source that training takes too.

    Args:
        source: a path, a URL or a frame.
        schema: the model's columns.
        target: what it predicts.
        others: columns to keep that have other uses; absent ones are left out.

    Raises:
        DataError: when it cannot be read, has no target, lacks a column that the model must have, or holds values of
            another kind than the model learned from.
    """
    raw = read_source(source)
    absent = [name for name in target.names if name not in raw.columns]
    if absent:
        columns = ", ".join(list(raw.columns)[:20])
        raise DataError(
            f"{raw.origin} has no target {absent[0]!r}, so nothing can be learned from it; its columns are: {columns}. "
            "Give data with the target, or --labels to use what came true."
        )
    frame = raw.frame()
    kept = [name for name in others if name in frame]
    return _table(frame, frame[list(target.names)], schema, target, others=kept, origin=raw.origin)


def _table(
    frame: pd.DataFrame,
    labels: pd.DataFrame,
    schema: Schema,
    target: Target,
    *,
    others: Sequence[str] = (),
    origin: str,
) -> Table:
    codes, known, unknown, notes = _encoded(labels, target, origin)
    frame = frame[known].reset_index(drop=True)
    try:
        conformed, _ = conform(frame, schema)
    except PredictionError as error:
        raise DataError(
            f"The columns of {origin} are not those that the model learned from: {str(error).rstrip('.')}. "
            "A changed table needs a new run: litmus train."
        ) from error
    inputs = pd.DataFrame(conformed.to_pandas() if hasattr(conformed, "to_pandas") else conformed).reset_index(
        drop=True
    )
    extra = [name for name in frame if name not in schema and name not in target.names and name not in others]
    if extra:
        shown = ", ".join(map(repr, extra[:_MOST_NAMED])) + (
            f" and {len(extra) - _MOST_NAMED} more" if len(extra) > _MOST_NAMED else ""
        )
        notes.append(f"{origin} also has {shown}, which the model does not use; ignored.")
    return Table(inputs, codes, frame[list(others)], tuple(notes), unknown)


def _encoded(
    labels: pd.DataFrame, target: Target, origin: str
) -> tuple[np.ndarray, np.ndarray, dict[str, int], list[str]]:
    """Codes of the rows whose label is known, which rows these are (a mask), unknown labels, and notes."""
    notes: list[str] = []
    if len(target.names) > 1 or target.form != "values":
        known = labels.notna().all(axis=1).to_numpy()
        values = labels[known] if len(target.names) > 1 else labels[known].iloc[:, 0]
        codes = target.encode(values.reset_index(drop=True))
        unknown: dict[str, int] = {}
    else:
        column = labels.iloc[:, 0]
        code_of: dict[Any, Any] = {}
        unknown = {}
        for value, count in column.dropna().value_counts().items():
            try:
                code_of[value] = target.encode(pd.Series([value]))[0]
            except DataError:
                unknown[str(value)] = int(count)
        known = column.isin(list(code_of)).to_numpy()
        kind = np.float64 if target.task == "regression" else np.int64
        codes = np.array([code_of[value] for value in column[known]], dtype=kind)
    missing = int(len(labels) - known.sum()) - sum(unknown.values())
    if missing:
        notes.append(f"{missing:,} rows of {origin} have no {target.name}; left out.")
    if unknown:
        shown = ", ".join(f"{label!r} ({count:,} rows)" for label, count in list(unknown.items())[:_MOST_NAMED])
        notes.append(f"{origin} has labels that the model does not know: {shown}; left out.")
    return codes, known, unknown, notes


def captured_rows(endpoint: Endpoint, schema: Schema, target: Target) -> Table:
    """The requests that an endpoint took down and whose truth is known; of several labels the last one counts.

    Raises:
        DataError: when columns that the model learns from are masked in the record, or the rows do not fit the model.
    """
    from litmus.capture import read
    from litmus.serve.config import load_config

    capture = load_config(endpoint.folder).capture
    masked = [] if capture is None else [name.partition("=")[0] for name in capture.masked]
    hidden = [name for name in schema.features if name in masked]
    if hidden:
        raise DataError(
            f"{endpoint.name} masks {', '.join(map(repr, hidden))} in what it takes down, so that captured rows cannot be learned "
            "from; give labelled rows with --data."
        )
    table = read(endpoint.folder)
    table = table.loc[(table["labels"] > 0).to_numpy() & table["label"].notna().to_numpy()].reset_index(drop=True)
    inputs = table[[name for name in table.columns if name.startswith("input.")]]
    inputs = inputs.rename(columns=lambda name: name.removeprefix("input."))
    origin = f"what {endpoint.name} captured"
    if table.empty:
        empty = pd.DataFrame({name: [] for name in schema.inputs})
        return Table(empty, _no_codes(target), pd.DataFrame(index=empty.index), (f"{origin} has no labels yet.",))
    return _table(inputs, _label_columns(table["label"], target), schema, target, origin=origin)


def _label_columns(labels: pd.Series, target: Target) -> pd.DataFrame:
    """Labels as they were sent, in the target's columns."""
    if len(target.names) == 1:
        return pd.DataFrame({target.names[0]: labels})
    rows = [each if isinstance(each, dict) else {} for each in labels]
    return pd.DataFrame(rows, columns=list(target.names))


def _no_codes(target: Target) -> np.ndarray:
    if target.task == "multilabel":
        return np.zeros((0, len(target.classes)), dtype=np.int8)
    return np.zeros(0, dtype=np.float64 if target.task == "regression" else np.int64)
