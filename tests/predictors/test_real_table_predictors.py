"""On real tables, after the default steps: each algorithm's form answers held-out rows as its library does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from shared_features import Given, block
from test_predictor_parity import QUICK

from litmus.algorithms import FitContext, registry
from litmus.data import TaskData
from litmus.pipeline import Pipeline
from litmus.pipeline.pipeline import TrainingRows
from litmus.predictors import NotConvertedError, combined

TABLES = {
    "adult": "income",
    "german_credit": "class",
    "house_prices_ames_kaggle": "SalePrice",
    "letter": "letter",
    "sms_spam": "type",
}
ROWS = 600
FOR_TEXTS = ("LightGBM", "XGBoost", "LinearModel", "LinearSVM", "NaiveBayes", "NearestNeighbours")


def loaded(name, path):
    table = pd.read_csv(path) if path.suffix == ".gz" else pd.read_parquet(path)
    data = TaskData.create(data=table.sample(min(len(table), ROWS), random_state=0), target=TABLES[name])
    return data.load(seed=0)


def differences(name, data):
    """The largest difference of scores, and of one row's, relative to the spread of values."""
    family = registry.family(name).hyperparams(**QUICK.get(name, {}))
    if data.task not in ("binary", "multiclass") and name == "NaiveBayes":
        return None
    n_classes = 0 if data.task == "regression" else len(data.target.classes)
    context = FitContext(n_classes=n_classes, threads=1, seed=1)
    rows = TrainingRows(data.train, data.y, data.sample_weight)
    fitted = Pipeline(family).fit(rows, schema=data.schema, task=data.task, context=context)
    features = fitted.features(data.test).values
    native = np.asarray(fitted.scores(data.test), dtype=np.float64)
    form = fitted.algorithm.lowered()
    if sparse.issparse(features):
        moved = form.moved(np.full(features.shape[1], -1), 0, [(0, 0)])
        given = Given(np.empty((features.shape[0], 0), dtype=np.float32), (block(features.tocsr()),))
    else:
        moved, given = form.moved(np.arange(features.shape[1]), features.shape[1]), Given(features)
    predictor = combined([(moved, 1.0)])
    one = np.stack([predictor.row(given.one(at)) for at in range(20)]).reshape(native[:20].shape)
    spread = 1.0 if n_classes else float(np.std(native)) + 1e-9
    return max(np.abs(predictor.rows(given) - native).max(), np.abs(one - native[:20]).max()) / spread


@pytest.mark.parametrize("table", list(TABLES))
def test_parity_on_a_real_table(table, adult_path, real_table):
    data = loaded(table, adult_path if table == "adult" else real_table(table))
    checked = 0
    names = FOR_TEXTS if table == "sms_spam" else registry.names()
    for name in names:
        try:
            found = differences(name, data)
        except NotConvertedError:
            assert (name, table) == ("NearestNeighbours", "sms_spam")  # whose training rows are sparse
            continue
        if found is not None:
            assert found < 1e-5, name
            checked += 1
    assert checked >= len(names) - 1
