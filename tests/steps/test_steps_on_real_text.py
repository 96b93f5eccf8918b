"""How well a plain linear classifier reads real texts after the default steps."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from litmus.algorithms.base import Classifier
from litmus.data.schema import Column, Schema
from litmus.steps import Encoder, default_steps


@dataclass
class Linear(Classifier):
    """Takes what LinearSVM and LinearModel take."""

    accepts = "sparse"
    wants_scaled = True
    categories = "onehot"

    def fit(self, X, y, context):
        """Learn nothing."""

    def predict_proba(self, X):
        """Say nothing."""


def answers(train, y, new, *, weight=0.5):
    """The classes of new texts."""
    schema = Schema([Column(name, "text") for name in train])
    made = []
    for step in default_steps(schema, Linear(), "multiclass", len(train)):
        if isinstance(step, Encoder):
            made.append((step.fit_encode(train, y).values, step.encode(new).values))
            train, new = train.drop(columns=step.columns_), new.drop(columns=step.columns_)
        else:
            train, new = step.fit_transform(train, y), step.transform(new)
    assert train.shape[1] == new.shape[1] == 0
    train, new = (sparse.hstack(parts, format="csr") for parts in zip(*made, strict=True))
    return LinearSVC(C=weight, random_state=0).fit(train, y).predict(new)


def test_news(real_table):
    table = pd.read_parquet(real_table("ag_news_test"))
    y = pd.factorize(table.pop("label"))[0]
    inside, held_out = next(StratifiedKFold(5, shuffle=True, random_state=0).split(table, y))
    assert (answers(table.iloc[inside], y[inside], table.iloc[held_out]) == y[held_out]).mean() >= 0.88


def test_spam(real_table):
    table = pd.read_parquet(real_table("sms_spam"))
    y = (table.pop("type") == "spam").astype(np.int64).to_numpy()
    found = np.empty_like(y)
    for inside, held_out in StratifiedKFold(3, shuffle=True, random_state=0).split(table, y):
        found[held_out] = answers(table.iloc[inside], y[inside], table.iloc[held_out])
    assert f1_score(y, found) >= 0.95


def test_bank_questions(real_table):
    table = pd.read_parquet(real_table("banking77"))
    inside = (table["split"] == "train").to_numpy()
    y = pd.factorize(table["category"])[0]
    texts = table[["text"]]
    assert (answers(texts[inside], y[inside], texts[~inside]) == y[~inside]).mean() >= 0.9
