"""Judging on fewer rows where answering for all of them would take the time of training."""

from __future__ import annotations

import dataclasses

import numpy as np

from litmus.data import LoadedData
from litmus.data.folds import Fold

__all__ = ["JudgedShares", "judged_on", "shares_within"]

_PARTS = 8
"""Into how many parts the time is cut: a trial should take one of them."""
_ANSWERING = 0.25
"""Of a trial's time, what answering for held-out and test rows may take."""
_SECONDS_PER_ANSWER = 5e-6
"""Of a boosted model on one core, for each tree of a round."""
_FEWEST_HELD_OUT, _FEWEST_TEST = 10_000, 5_000
"""Rows that tell good models from better ones."""

JudgedShares = tuple[float, float]
"""Shares of the held-out rows of each fold and of the test rows that trials are judged on."""


def shares_within(seconds: float | None, cpus: int, data: LoadedData) -> JudgedShares:
    """What share of the held-out rows and of the test rows a trial can answer for in its part of the time.

    Args:
        seconds: the time limit; None takes all rows.
        cpus: how many cores train.
        data: the data set.
    """
    if seconds is None or not data.folds:
        return 1.0, 1.0
    classes = data.y.shape[1] if data.y.ndim == 2 else len(data.target.classes)
    trees = classes if classes > 2 else 1
    held_out = sum(len(fold.valid) for fold in data.folds)
    test = 0 if data.test is None else len(data.test)
    answers = seconds * cpus / _PARTS * _ANSWERING / (_SECONDS_PER_ANSWER * trees)
    share = answers / max(held_out + test * len(data.folds), 1)
    return _share_of(held_out, share, _FEWEST_HELD_OUT), _share_of(test, share, _FEWEST_TEST)


def judged_on(shares: JudgedShares, data: LoadedData, *, seed: int) -> LoadedData:
    """The data set with a share of each fold's held-out rows, and a share of its test rows; what is learned from stays.

    Of classes it is the same share of each, and a row at least.
    """
    held_out, tested = shares
    notes = []
    rng = np.random.default_rng(seed)
    if held_out < 1:
        before = sum(len(fold.valid) for fold in data.folds)
        folds = tuple(Fold(one.train, _drawn(one.valid, data.y, held_out, rng), one.repeat) for one in data.folds)
        now = sum(len(fold.valid) for fold in folds)
        data = dataclasses.replace(data, folds=folds)
        notes.append(
            f"The time limit leaves no time to judge on all held-out rows: it is done on {now:,} of {before:,}."
        )
    if tested < 1 and data.test is not None and data.y_test is not None:
        before = len(data.test)
        rows = _drawn(np.arange(before), data.y_test, tested, rng)
        data = dataclasses.replace(
            data,
            test=data.test.iloc[rows].reset_index(drop=True),
            y_test=np.asarray(data.y_test)[rows],
            test_weight=None if data.test_weight is None else np.asarray(data.test_weight)[rows],
        )
        notes.append(
            f"Test scores are of {len(rows):,} of {before:,} test rows: the time limit leaves no time for more."
        )
    return dataclasses.replace(data, notes=(*data.notes, *notes)) if notes else data


def _share_of(rows: int, share: float, fewest: int) -> float:
    return min(1.0, max(share, fewest / max(rows, 1)))


def _drawn(rows: np.ndarray, y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A share of some row positions, in their order."""
    shuffled = rng.permutation(rows)
    if y.ndim == 2 or not np.issubdtype(y.dtype, np.integer):
        return np.sort(shuffled[: max(1, round(share * len(rows)))])
    codes = np.asarray(y)[shuffled]
    parts = [shuffled[codes == code] for code in np.unique(codes)]
    return np.sort(np.concatenate([part[: max(1, round(share * len(part)))] for part in parts]))
