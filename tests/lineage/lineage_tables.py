"""Small real and made tables, and code of a user's own, for the tests of lineage."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

import litmus
from litmus import Float, param


def people(rows: int = 240, *, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, rows),
            "town": rng.choice(["Oslo", "Rome", "Lima"], rows),
            "height": rng.normal(170, 10, rows).round(1),
        }
    )
    frame.loc[::7, "height"] = np.nan
    return frame.assign(bought=np.where(frame["age"] + rng.normal(0, 9, rows) > 50, "yes", "no"))


def add_ratio(df):
    df["ratio"] = df["height"] / df["age"]
    return df


@dataclasses.dataclass
class ClipTails(litmus.Step):
    tail: float = param(0.01, Float(0.0, 0.2))

    def fit(self, df, y=None):
        self.low_, self.high_ = float(df["height"].quantile(self.tail)), float(df["height"].quantile(1 - self.tail))

    def transform(self, df):
        return df.assign(height=df["height"].clip(self.low_, self.high_))


@litmus.metric(maximize=False)
def refund_cost(y_true, y_pred, *, refund=20.0):
    return refund * float(((y_true == "no") & (y_pred == "yes")).mean())


@dataclasses.dataclass
class ClassMeans(litmus.Classifier):
    """The nearest class mean."""

    power: float = param(2.0, Float(1.0, 4.0))

    def fit(self, X, y, context):
        X = np.nan_to_num(np.asarray(X, dtype=np.float64))
        self.means_ = np.stack([X[y == code].mean(axis=0) for code in range(context.n_classes)])

    def predict_proba(self, X):
        X = np.nan_to_num(np.asarray(X, dtype=np.float64))
        away = np.stack([(np.abs(X - mean) ** self.power).sum(axis=1) for mean in self.means_], axis=1) + 1e-9
        near = 1 / away
        return (near / near.sum(axis=1, keepdims=True)).astype(np.float32)
