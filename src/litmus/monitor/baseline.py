"""What a model saw and said when it was made, small enough to stay with it: what its traffic is compared with."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pandas as pd

from litmus.data import LoadedData, Schema, Target
from litmus.errors import DataError, ParameterError
from litmus.metrics import Predictions
from litmus.monitor.columns import ReferenceColumn, describe_column

if TYPE_CHECKING:
    from litmus.evaluate.trial import Trial

__all__ = ["Baseline", "Outcomes", "baseline_of_trial", "make_baseline"]

_FORMAT = 1
_SAMPLE_ROWS = 5_000
_SAMPLE_CELLS = 500_000
_OUTCOMES = 20_000
_OUTCOME_CELLS = 500_000
_FEWEST_TEST_ROWS = 1_000
"""Test rows from which on the delivered model's own answers are the reference, and not those of its folds."""


@dataclasses.dataclass(frozen=True)
class Outcomes:
    """What a model said of rows that it had not learned from, and what was true.

    Attributes:
        on: "test": the delivered model on test rows; "validation": its folds, each on the rows it had not learned from;
            "given": a table that was given as reference.
        scores: probabilities (rows, classes) or predicted values (rows,), float32.
        y_true: class codes or values; (rows, labels) of a multi-label task. None where the truth is not known.
        y_pred: the same for the answers.
    """

    on: str
    scores: np.ndarray
    y_true: np.ndarray | None
    y_pred: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, rows: np.ndarray) -> Outcomes:
        """Those of some rows."""
        truth = None if self.y_true is None else self.y_true[rows]
        return Outcomes(self.on, self.scores[rows], truth, self.y_pred[rows])


@dataclasses.dataclass(frozen=True)
class Baseline:
    """What a model was trained on and how it did, in a tenth of a megabyte for ten columns, two for fifty of numbers.

    Attributes:
        name: the data set, or what the reference was called.
        created: when it was made (ISO 8601, UTC).
        rows: training rows.
        schema: what each column is.
        target: what is predicted; None for a table without one.
        columns: column → counts of its values.
        importance: column → share of the model's importance, together 1; empty where that is not known.
        outcomes: what the model said of rows it had not learned from; None where that is not known.
        sample: up to 5,000 of those rows (or of the training rows), in canonical types.
        sample_outcomes: for each row of the sample its position in `outcomes`, or -1.
    """

    name: str
    created: str
    rows: int
    schema: Schema
    target: Target | None
    columns: Mapping[str, ReferenceColumn]
    importance: Mapping[str, float]
    outcomes: Outcomes | None
    sample: pd.DataFrame
    sample_outcomes: np.ndarray

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes as answers write them; empty for regression."""
        return () if self.target is None else tuple(map(label_text, self.target.classes))

    def known_outcomes(self) -> tuple[pd.DataFrame, Outcomes] | None:
        """The rows of the sample whose outcome is known, beside it; None when there are none."""
        if self.outcomes is None:
            return None
        known = self.sample_outcomes >= 0
        if not known.any():
            return None
        return self.sample.loc[known].reset_index(drop=True), self.outcomes.take(self.sample_outcomes[known])

    def share_of_importance(self, column: str) -> float:
        """The column's share of the model's importance, from 0 to 1; of features of unknown importance an equal share."""
        if not self.importance:
            return 1 / max(1, len(self.schema.features)) if column in self.schema.features else 0.0
        return self.importance.get(column, 0.0)

    def to_bytes(self) -> bytes:
        """One small file: a zip of JSON, NumPy arrays and a Parquet table, without code in it.

        Example:
            >>> from litmus.data import TaskData
            >>> data = TaskData.create(data={"x": range(100), "y": ["a", "b"] * 50}, target="y").load(seed=0)
            >>> Baseline.from_bytes(make_baseline(data).to_bytes()).rows
            80
        """
        facts = {
            "format": _FORMAT,
            "name": self.name,
            "created": self.created,
            "rows": self.rows,
            "schema": self.schema.to_json(),
            "target": None if self.target is None else self.target.to_json(),
            "columns": msgspec.to_builtins(dict(self.columns)),
            "importance": dict(self.importance),
            "outcomes_on": None if self.outcomes is None else self.outcomes.on,
        }
        arrays = {"sample_outcomes": self.sample_outcomes}
        if self.outcomes is not None:
            arrays |= {"scores": self.outcomes.scores, "y_pred": self.outcomes.y_pred}
            arrays |= {} if self.outcomes.y_true is None else {"y_true": self.outcomes.y_true}
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("baseline.json", msgspec.json.encode(facts))
            out.writestr("rows.parquet", _table_bytes(self.sample))
            packed = io.BytesIO()
            np.savez(packed, allow_pickle=False, **arrays)
            out.writestr("outcomes.npz", packed.getvalue())
        return held.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Baseline:
        """The baseline that `to_bytes` wrote.

        Raises:
            DataError: when it is damaged, or was written by a later version.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as file:
                facts = json.loads(file.read("baseline.json"))
                if facts["format"] > _FORMAT:
                    raise DataError(
                        f"The baseline has format {facts['format']}, and this version reads {_FORMAT}; use a newer Litmus."
                    )
                sample = pd.read_parquet(io.BytesIO(file.read("rows.parquet")))
                with np.load(io.BytesIO(file.read("outcomes.npz")), allow_pickle=False) as arrays:
                    held = dict(arrays)
            return cls._of(facts, sample, held)
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError, msgspec.ValidationError) as error:
            raise DataError(f"The baseline is damaged ({error}); give a table to compare with: baseline=….") from error

    @classmethod
    def _of(cls, facts: dict[str, Any], sample: pd.DataFrame, arrays: dict[str, np.ndarray]) -> Baseline:
        outcomes = None
        if facts["outcomes_on"] is not None:
            outcomes = Outcomes(facts["outcomes_on"], arrays["scores"], arrays.get("y_true"), arrays["y_pred"])
        return cls(
            facts["name"],
            facts["created"],
            facts["rows"],
            Schema.from_json(facts["schema"]),
            None if facts["target"] is None else Target.from_json(facts["target"]),
            msgspec.convert(facts["columns"], dict[str, ReferenceColumn]),
            facts["importance"],
            outcomes,
            sample,
            arrays["sample_outcomes"],
        )


def make_baseline(
    data: LoadedData,
    predictions: Predictions | None = None,
    importance: Mapping[str, float] | None = None,
    *,
    on: str = "validation",
    positions: np.ndarray | None = None,
    seed: int = 0,
) -> Baseline:
    """Describe what a model was trained on and how it did.

    Args:
        data: what it was trained on.
        predictions: what it said of rows it had not learned from; None when that is not known.
        importance: feature → share of importance; None when that is not known.
        on: "test" when the predictions are of the test rows, "validation" when they are of training rows.
        positions: of those rows in `data.train`; None: all of them in order. For test rows leave it out.
        seed: by which rows are drawn.

    Raises:
        ParameterError: when the predictions are not as many as their rows.

    Example:
        >>> from litmus.data import TaskData
        >>> data = TaskData.create(data={"x": range(100), "y": ["a", "b"] * 50}, target="y").load(seed=0)
        >>> make_baseline(data).columns["x"].missing
        0
    """
    rng = np.random.default_rng([seed, 90_211])
    columns = {name: describe_column(data.train[name], data.schema[name].kind) for name in data.train.columns}
    rows = data.test if on == "test" and data.test is not None else data.train
    outcomes, places = None, np.arange(len(rows))
    if predictions is not None:
        if positions is not None:
            places = np.asarray(positions)
        if len(places) != len(predictions):
            raise ParameterError(f"{len(predictions):,} predictions were given for {len(places):,} rows.")
        cells = 1 if predictions.scores.ndim == 1 else predictions.scores.shape[1]
        most = min(_OUTCOMES, max(200, _OUTCOME_CELLS // max(1, cells)))
        kept = rng.permutation(len(places))[:most]
        places = places[kept]
        outcomes = Outcomes(
            on, predictions.scores[kept].astype(np.float32), predictions.y_true[kept], predictions.y_pred[kept]
        )
    most = min(_SAMPLE_ROWS, max(200, _SAMPLE_CELLS // max(1, len(columns))))
    drawn = rng.permutation(len(places))[:most]
    return Baseline(
        name=data.name,
        created=dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        rows=len(data.train),
        schema=data.schema,
        target=data.target,
        columns=columns,
        importance=_by_column(importance or {}, data.schema.features),
        outcomes=outcomes,
        sample=rows.take(places[drawn]).reset_index(drop=True),
        sample_outcomes=drawn.astype(np.int32) if outcomes is not None else np.full(len(drawn), -1, np.int32),
    )


def baseline_of_trial(data: LoadedData, trial: Trial) -> Baseline:
    """The baseline of the model of a trial.

    The delivered model's answers on 1,000 or more test rows are the reference where there are any; they are what it will
    say in service. Else it is what its folds said of the rows they had not learned from, which is a little worse and
    a little more spread than what their mean says.
    """
    if trial.test is not None and data.test is not None and len(trial.test) == len(data.test) >= _FEWEST_TEST_ROWS:
        return make_baseline(data, trial.test, trial.importance, on="test")
    if trial.validation is not None and len(trial.validation_rows) == len(trial.validation):
        return make_baseline(data, trial.validation, trial.importance, positions=trial.validation_rows)
    return make_baseline(data, None, trial.importance)


def label_text(label: Any) -> str:
    """A label as answers and captured columns name it."""
    return str(label).lower() if isinstance(label, bool) else str(label)


def _by_column(importance: Mapping[str, float], columns: Sequence[str]) -> dict[str, float]:
    """The importance of features, added up over the columns that steps made them from: "town=Oslo" is of "town"."""
    shares: dict[str, float] = {}
    for feature, share in importance.items():
        made_from = [
            name for name in columns if feature.startswith(name) and not feature[len(name) : len(name) + 1].isalnum()
        ]
        if made_from:
            column = max(made_from, key=len)
            shares[column] = shares.get(column, 0.0) + max(0.0, float(share))
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()} if total > 0 else {}


def _table_bytes(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet

    held = pa.BufferOutputStream()
    pyarrow.parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), held, compression="zstd")
    return held.getvalue().to_pybytes()
