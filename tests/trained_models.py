"""Small models fitted on real and made tables, for the tests of models, bundles and serving."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from litmus.algorithms.context import FitContext
from litmus.data import LoadedData, TaskData
from litmus.metrics.predictions import Predictions
from litmus.model import Model
from litmus.pipeline import Pipeline
from litmus.pipeline.pipeline import TrainingRows


@dataclasses.dataclass
class Trained:
    model: Model
    data: LoadedData


def train_model(
    data: Any,
    *,
    target: str | Sequence[str],
    algorithm: Any = "LinearModel",
    before: Sequence[Any] = (),
    postprocessing: Sequence[Any] = (),
    folds: int = 1,
    **options: Any,
) -> Trained:
    """Fit `folds` pipelines on different rows of the training split, and join them in a model."""
    loaded = TaskData.create(data=data, target=target, name="small", **options).load(seed=0)
    pipeline = Pipeline(algorithm, before=before, postprocessing=postprocessing)
    n_outputs = len(loaded.target.classes)
    fitted = []
    for fold in range(folds):
        rows = np.arange(len(loaded.train))
        kept = rows if folds == 1 else rows[rows % folds != fold]
        part = TrainingRows(loaded.train.iloc[kept].reset_index(drop=True), loaded.y[kept])
        fitted.append(
            pipeline.fit(
                part, schema=loaded.schema, task=loaded.task, context=FitContext(n_classes=n_outputs, seed=fold)
            )
        )
    parts = [part.clone() for part in pipeline.postprocessing]
    scores = fitted[0].scores(loaded.train)
    for part in parts:
        part.fit(Predictions(loaded.task, loaded.y, scores, loaded.y, tuple(loaded.target.classes)))
    model = Model(
        fitted,
        schema=loaded.schema,
        target=loaded.target,
        postprocessing=parts,
        name="small",
        metrics={"validation": {"accuracy": 0.875, "roc_auc": float("nan")}},
        lineage={"run": "20260101-000000-abc", "algorithm": str(algorithm), "seed": 0},
    )
    return Trained(model, loaded)


def people(rows: int = 300) -> pd.DataFrame:
    """A table with every kind of column and some missing values."""
    rng = np.random.default_rng(0)
    age = rng.integers(18, 80, rows)
    city = rng.choice(["Delft", "Lyon", "Oslo"], rows)
    frame = pd.DataFrame(
        {
            "age": age,
            "city": city,
            "height": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(170, 10, rows).round(1)),
            "member": rng.random(rows) < 0.5,
            "since": pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 1000, rows), unit="D"),
            "rich": np.where(age + 10 * (city == "Oslo") + rng.normal(0, 5, rows) > 50, "yes", "no"),
        }
    )
    frame.loc[rng.random(rows) < 0.1, "city"] = None
    return frame
