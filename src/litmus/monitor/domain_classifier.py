"""Whether a classifier can tell rows of then from rows of now: a test of all columns together, and of texts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from litmus.monitor.baseline import Baseline
from litmus.monitor.columns import CategoryColumn, as_numbers
from litmus.monitor.tests_of_change import Tested, area_under_roc

__all__ = ["matrix_of", "told_apart", "told_apart_texts"]

_ROWS = 2_000
"""Rows of each side: enough to see what matters, and a second of work."""
_FOLDS = 3
_COLUMNS = 100
_CATEGORIES = 250
_LONGEST_TEXT = 2_000


def told_apart(baseline: Baseline, then: pd.DataFrame, now: pd.DataFrame, rng: np.random.Generator) -> Tested:
    """How well boosted trees tell rows of then and now apart: ROC AUC over folds they have not learned from, 0.5 for not at all.

    Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample tests"; Rabanser, Günnemann and Lipton 2019, "Failing
    loudly: an empirical study of methods for detecting dataset shift". The p-value is that of the Mann-Whitney statistic of
    each fold (Mann and Whitney 1947), whose classifier knows none of the fold's rows, put together over the folds.

    Args:
        baseline: what kinds the columns are of, and which matter most: the hundred of most importance are looked at.
        then, now: rows in canonical columns.
        rng: by which rows are drawn and dealt.
    """
    left, right = matrix_of(baseline, _drawn(then, rng)), matrix_of(baseline, _drawn(now, rng))
    if not left.shape[1] or min(len(left), len(right)) < 2 * _FOLDS:
        return Tested(0.5, 1.0)

    def fitted(rows: np.ndarray, which: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        from sklearn.ensemble import HistGradientBoostingClassifier

        trees = HistGradientBoostingClassifier(
            max_iter=40, max_leaf_nodes=8, min_samples_leaf=20, learning_rate=0.15, early_stopping=False, random_state=0
        )
        trees.fit(rows, which)
        decide: Callable[[np.ndarray], np.ndarray] = trees.decision_function
        return decide

    import sklearn.ensemble  # noqa: F401 - its threads can be limited once it is loaded
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # on a busy machine threads that wait for each other take a hundred times as long
        return _over_folds(np.vstack([left, right]), len(left), fitted, rng)


def told_apart_texts(then: pd.Series, now: pd.Series, rng: np.random.Generator) -> Tested:
    """How well a linear model on hashed words and pairs of words tells texts of then and now apart: ROC AUC, as `told_apart`.

    The features are those of Weinberger et al. 2009, "Feature hashing for large scale multitask learning", weighted by TF-IDF
    (Spärck Jones 1972).
    """
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
    from sklearn.linear_model import LogisticRegression

    left, right = (_drawn(texts.dropna().str.slice(0, _LONGEST_TEXT), rng) for texts in (then, now))
    if min(len(left), len(right)) < 2 * _FOLDS:
        return Tested(0.5, 1.0)
    words = HashingVectorizer(n_features=2**15, ngram_range=(1, 2), alternate_sign=False, norm=None, binary=True)
    rows = words.transform(left.tolist() + right.tolist())

    def fitted(held: Any, which: np.ndarray) -> Callable[[Any], np.ndarray]:
        weights = TfidfTransformer().fit(held)
        line = LogisticRegression(C=3.0, solver="liblinear", class_weight="balanced").fit(
            weights.transform(held), which
        )
        return lambda others: line.decision_function(weights.transform(others))

    return _over_folds(rows, len(left), fitted, rng)


def _over_folds(
    rows: Any,
    first: int,
    fitted: Callable[[Any, np.ndarray], Callable[[Any], np.ndarray]],
    rng: np.random.Generator,
) -> Tested:
    count = rows.shape[0]
    which = (np.arange(count) >= first).astype(np.int64)
    fold = np.empty(count, dtype=np.int64)
    for side in (0, 1):
        places = np.flatnonzero(which == side)
        fold[rng.permutation(places)] = np.arange(len(places)) % _FOLDS
    areas, variances, sizes = [], [], []
    for number in range(_FOLDS):
        held = fold == number
        scores = fitted(rows[~held], which[~held])(rows[held])
        positive, negative = scores[which[held] == 1], scores[which[held] == 0]
        n, m = len(positive), len(negative)
        areas.append(area_under_roc(positive, negative)[0])
        variances.append((n + m + 1) / (12 * n * m))
        sizes.append(n + m)
    area = float(np.average(areas, weights=sizes))
    z = (sum(areas) - 0.5 * _FOLDS) / math.sqrt(sum(variances))
    return Tested(area, math.erfc(z / math.sqrt(2)) / 2)


def matrix_of(baseline: Baseline, rows: pd.DataFrame) -> np.ndarray:
    """Rows as numbers (rows, columns), NaN where missing: categories by how frequent they were in training, new ones alike."""
    names = [name for name in baseline.schema.names("numeric", "boolean", "categorical") if name in baseline.columns]
    names = sorted(names, key=lambda name: -baseline.share_of_importance(name))[:_COLUMNS]
    columns = [_numbers(baseline, name, rows[name]) for name in names]
    return np.column_stack(columns) if columns else np.empty((len(rows), 0))


def _numbers(baseline: Baseline, name: str, values: pd.Series) -> np.ndarray:
    reference = baseline.columns[name]
    if not isinstance(reference, CategoryColumn):
        return as_numbers(values)
    if values.dtype == "boolean":
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    codes = {category: float(code) for code, category in enumerate(reference.names[:_CATEGORIES])}
    found, distinct = pd.factorize(values)
    lookup = np.array([codes.get(category, float(_CATEGORIES)) for category in distinct] + [np.nan])
    return lookup[found]


def _drawn(rows: Any, rng: np.random.Generator) -> Any:
    if len(rows) <= _ROWS:
        return rows
    return rows.iloc[np.sort(rng.permutation(len(rows))[:_ROWS])]
