"""Made-up predictions for the tests of metrics: by hypothesis, and fixed ones."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import strategies as st

from litmus.metrics import Predictions, decide

NAMES = ("ant", "bee", "cat", "dog", "elk", "fox")


def classified(seed, rows, n_classes, *, ties=False, weighted=False, dtype=np.float64):
    """Predictions of a binary (two classes) or multi-class task, better than chance."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, n_classes, rows)
    scores = rng.dirichlet(np.ones(n_classes), rows)
    scores = (
        0.7 * scores
        + 0.3 * np.eye(n_classes)[np.where(rng.random(rows) < 0.7, codes, rng.integers(0, n_classes, rows))]
    )
    if ties:
        scores = np.round(scores * 4) + 0.25
        scores = np.round(scores / scores.sum(axis=1, keepdims=True), 3)
        scores[:, -1] = 1 - scores[:, :-1].sum(axis=1)
    task = "binary" if n_classes == 2 else "multiclass"
    weight = rng.gamma(1.0, 1.0, rows) + 0.01 if weighted else None
    scores = scores.astype(dtype)
    return Predictions(task, codes, scores, decide(task, scores), NAMES[:n_classes], weight)


def labelled(seed, rows, n_labels, *, weighted=False):
    """Predictions of a multi-label task."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((rows, n_labels)) < rng.uniform(0.1, 0.7, n_labels)).astype(np.int8)
    scores = np.clip(0.4 * truth + 0.6 * rng.random((rows, n_labels)), 0, 1)
    weight = rng.gamma(1.0, 1.0, rows) + 0.01 if weighted else None
    return Predictions("multilabel", truth, scores, decide("multilabel", scores), NAMES[:n_labels], weight)


def valued(seed, rows, *, weighted=False, positive=False):
    """Predictions of a regression task."""
    rng = np.random.default_rng(seed)
    truth = rng.gamma(2.0, 3.0, rows) + 0.5 if positive else rng.normal(5.0, 3.0, rows)
    predicted = truth + rng.normal(0.0, 1.0, rows)
    if positive:
        predicted = np.abs(predicted)
    weight = rng.gamma(1.0, 1.0, rows) + 0.01 if weighted else None
    return Predictions("regression", truth, predicted, predicted, (), weight)


seeds = st.integers(0, 10_000)
classifications = st.builds(
    classified, seeds, st.integers(2, 60), st.integers(2, 5), ties=st.booleans(), weighted=st.booleans()
)
binaries = st.builds(classified, seeds, st.integers(2, 60), st.just(2), ties=st.booleans(), weighted=st.booleans())
labellings = st.builds(labelled, seeds, st.integers(1, 50), st.integers(2, 6), weighted=st.booleans())
regressions = st.builds(valued, seeds, st.integers(2, 60), weighted=st.booleans())


def repeated(predictions, times):
    """The same rows, each as often as `times` (rows,) says, without weights."""
    rows = np.repeat(np.arange(len(predictions)), times)
    return dataclasses.replace(predictions.take(rows), sample_weight=None)
