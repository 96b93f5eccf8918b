"""Streams of rows with a model's answers and labels, made from real tables, with one planted change or none."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

import litmus
from litmus.monitor import Baseline, baseline_of_trial

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
WINDOWS = 10
PLANTED_AT = 4
PLANTS = ("mean shift", "new category", "missing burst", "label flip", "covariate rotation")


@dataclasses.dataclass(frozen=True)
class Table:
    """A table to make streams from: its target, columns that identify rows or give the target away, and how to prepare it."""

    name: str
    target: str
    drop: tuple[str, ...] = ()
    rows: int = 40_000


CHOOSING = (
    Table("adult", "income"),
    Table("phoneme", "Class"),
    Table("california_housing", "median_house_value"),
    Table("letter", "letter"),
)
"""The rules and limits were chosen while looking at these."""
REPORTING = (
    Table("diamonds", "price"),
    Table("give_me_some_credit", "SeriousDlqin2yrs"),
    Table("hr_job_change", "target", ("enrollee_id",)),
    Table("telco_churn", "Churn", ("customerID",)),
    Table("electricity", "class"),
    Table("covertype_10k", "Cover_Type"),
    Table("bike_sharing_hour", "cnt", ("instant", "casual", "registered", "dteday")),
    Table("satellite", "Class"),
    Table("airbnb_listings", "price", ("id", "host_id", "name", "host_name", "last_review")),
    Table("hflights", "ArrDelay", ("DepDelay", "ActualElapsedTime", "AirTime", "ArrTime", "DepTime", "TailNum", "FlightNum", "CancellationCode", "Cancelled", "Diverted", "Year")),
)  # fmt: skip
"""The figures are those of these."""


@dataclasses.dataclass
class Ready:
    """A table with a model: its baseline, and rows that the model has not seen with its answers to them."""

    table: Table
    baseline: Baseline
    pool: pd.DataFrame
    rows: int


def ready(table: Table, seed: int) -> Ready | None:
    """Train on half of the table and answer the other half; None when too few rows are left for windows of 200."""
    rows = pd.read_parquet(DATA / f"{table.name}.parquet").drop(columns=list(table.drop), errors="ignore")
    rows = rows.loc[rows[table.target].notna()]
    rows = rows.sample(min(len(rows), table.rows), random_state=seed).reset_index(drop=True)
    half = len(rows) // 2
    size = min(500, (len(rows) - half) // WINDOWS)
    if size < 200:
        return None
    run = litmus.train(
        rows.iloc[:half], target=table.target, algorithm=litmus.LightGBM().hyperparams(n_estimators=80),
        callbacks=[], executor="in_process", seed=seed, resources={"train": {"cpus": 2}},
    )  # fmt: skip
    name = next(iter(run.data))
    pool = rows.iloc[half:].reset_index(drop=True)
    answered = run.best.answer(pool)
    pool["prediction"] = list(answered.labels)
    if answered.probabilities is not None:
        for place, label in enumerate(run.best.classes):
            pool[f"probability.{label}"] = np.asarray(answered.probabilities)[:, place]
    return Ready(table, baseline_of_trial(run.data[name], run.best_trials[name]), pool, size)


def stream(made: Ready, plant: str | None, rng: np.random.Generator) -> tuple[pd.DataFrame, str] | None:
    """Six windows, the last two with the change, or ten without one; and what was changed. None when the table has no column for it."""
    size = made.rows
    windows = WINDOWS if plant is None else PLANTED_AT + 2
    rows = made.pool.take(rng.permutation(len(made.pool))[: size * windows]).reset_index(drop=True)
    if plant is None:
        return rows, "nothing"
    late = np.arange(len(rows)) >= size * PLANTED_AT
    schema = made.baseline.schema
    numbers = [name for name in schema.names("numeric") if rows[name].nunique() > 10 and rows[name].std() > 0]
    if plant == "mean shift" and numbers:
        name, by = rng.choice(numbers), rng.choice([0.5, 0.75, 1.0])
        rows[name] = rows[name].astype(float)
        rows.loc[late, name] += by * rows[name].std()
        return rows, f"{name} by {by} standard deviations"
    if plant == "new category" and schema.names("categorical"):
        name, share = rng.choice(schema.names("categorical")), rng.choice([0.05, 0.1, 0.2])
        rows[name] = rows[name].astype(object)
        rows.loc[late & (rng.random(len(rows)) < share), name] = "a new one"
        return rows, f"{share:.0%} of {name}"
    if plant == "missing burst":
        name, share = rng.choice(schema.features), rng.choice([0.1, 0.2, 0.4])
        burst = late & (np.arange(len(rows)) < size * (PLANTED_AT + 2))
        rows[name] = rows[name].astype(object)
        rows.loc[burst & (rng.random(len(rows)) < share), name] = None
        return rows, f"{share:.0%} of {name}"
    if plant == "label flip":
        return _flipped(rows, made.table.target, late, rng)
    if plant == "covariate rotation" and len(numbers) >= 2:
        return _rotated(rows, numbers, late, rng)
    return None


def _flipped(rows: pd.DataFrame, target: str, late: np.ndarray, rng: np.random.Generator) -> tuple[pd.DataFrame, str]:
    """Labels of some rows become others: the next class, or the value of another row."""
    share = rng.choice([0.2, 0.3])
    chosen = np.flatnonzero(late & (rng.random(len(rows)) < share))
    labels = rows[target].to_numpy(dtype=object).copy()
    if rows["prediction"].dtype.kind == "f" and rows[target].nunique() > 30:
        labels[chosen] = labels[rng.permutation(chosen)]
    else:
        classes = sorted(pd.unique(rows[target]))
        following = {label: classes[(place + 1) % len(classes)] for place, label in enumerate(classes)}
        labels[chosen] = [following[label] for label in labels[chosen]]
    rows[target] = pd.Series(labels).infer_objects()
    return rows, f"{share:.0%} of the labels"


def _rotated(
    rows: pd.DataFrame, numbers: list[str], late: np.ndarray, rng: np.random.Generator
) -> tuple[pd.DataFrame, str]:
    """The pair of numbers that go together most is turned by 45 degrees, and up to two more pairs are."""
    related = rows[numbers].corr(method="spearman").abs().fillna(0).to_numpy().copy()
    np.fill_diagonal(related, 0)
    turned = []
    for _ in range(3):
        first, second = np.unravel_index(related.argmax(), related.shape)
        if related[first, second] < 0.1 and turned:
            break
        turned.append((numbers[first], numbers[second]))
        related[[first, second], :] = 0
        related[:, [first, second]] = 0
    angle = np.deg2rad(45 * rng.choice([-1, 1]))
    for one, other in turned:
        mean, spread = rows[[one, other]].mean(), rows[[one, other]].std()
        z = ((rows[[one, other]] - mean) / spread).to_numpy(dtype=float)
        y = z @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        for place, name in enumerate((one, other)):
            rows[name] = rows[name].astype(float)
            rows.loc[late, name] = (y[:, place] * spread[name] + mean[name])[late]
    return rows, f"{len(turned)} pairs by 45 degrees"
