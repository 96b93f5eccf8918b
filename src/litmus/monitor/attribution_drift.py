"""Whether answers rest on other columns than they did."""

from __future__ import annotations

import numpy as np
import pandas as pd

from litmus.data.counted import percent
from litmus.monitor.evidence import Evidence
from litmus.monitor.result import Finding, KindResult, Severity, verdict_of

__all__ = ["attribution_drift", "rank_agreement"]

_ROWS = 200
_SHUFFLES = 999
_AGREE = 0.9


def attribution_drift(evidence: Evidence) -> KindResult:
    """Compare the mean size of attributions of each column on rows of training and of now.

    The share that moved to other columns is half the sum of the differences; how surely it did is found by dealing the rows
    of both sides anew (a permutation test). The agreement of the two rankings, NDCG (Järvelin and Kekäläinen 2002,
    "Cumulated gain-based evaluation of IR techniques"), is told beside it; below 0.9 is a common alarm.
    """
    limits = evidence.limits
    if evidence.attributions is None:
        return _nothing("no attributions can be computed for this model")
    rng = evidence.rng(5)
    then, now = _drawn(evidence.baseline.sample, rng), _drawn(evidence.collected.sample, rng)
    if min(len(then), len(now)) < limits.rows:
        return _nothing(f"{len(now):,} rows arrived, and {limits.rows} are needed")
    left, right = evidence.attributions(then).abs(), evidence.attributions(now).abs()
    both = np.vstack([left.to_numpy(dtype=np.float64), right[left.columns].to_numpy(dtype=np.float64)])
    both = np.nan_to_num(both)
    names = list(left.columns)
    before, after = _shares_of(both[: len(then)]), _shares_of(both[len(then) :])
    moved = float(np.abs(before - after).sum() / 2)
    dealt = np.empty(_SHUFFLES)
    for number in range(_SHUFFLES):
        order = rng.permutation(len(both))
        first, second = _shares_of(both[order[: len(then)]]), _shares_of(both[order[len(then) :]])
        dealt[number] = np.abs(first - second).sum() / 2
    p_value = float((1 + (dealt >= moved).sum()) / (1 + _SHUFFLES))
    agreement = rank_agreement(before, after)
    figures = {
        "moved": moved,
        "ndcg": agreement,
        "p_value": p_value,
        "columns": {
            name: {"reference": float(b), "current": float(a)} for name, b, a in zip(names, before, after, strict=True)
        },
    }
    most = int(np.abs(after - before).argmax())
    if moved < limits.attribution or p_value > max(limits.alpha, 1 / (1 + _SHUFFLES)):
        sentence = f"Answers rest on the same columns as in training: {percent(moved)} of the attributions moved."
        return KindResult("attribution_drift", "ok", sentence, (), figures)
    severity: Severity = "alarm" if moved >= limits.attribution_alarm or agreement < _AGREE else "warning"
    sentence = f"Answers rest on other columns: {percent(moved)} of the attributions moved; {names[most]} went from {percent(before[most])} to {percent(after[most])}."
    finding = Finding(
        "attribution_drift",
        names[most],
        "attributions moved",
        moved,
        limits.attribution,
        p_value,
        sentence,
        severity,
        float(before[most]),
        float(after[most]),
    )
    return KindResult("attribution_drift", verdict_of([finding]), sentence, (finding,), figures)


def rank_agreement(before: np.ndarray, after: np.ndarray) -> float:
    """Normalised discounted cumulative gain of today's ranking of columns, judged by their shares of then; 1 for the same ranking.

    Example:
        >>> rank_agreement(np.array([0.6, 0.3, 0.1]), np.array([0.5, 0.4, 0.1]))
        1.0
    """
    discount = 1 / np.log2(np.arange(2, len(before) + 2))
    gained = (before[np.argsort(-after, kind="stable")] * discount).sum()
    ideal = (np.sort(before)[::-1] * discount).sum()
    return float(gained / ideal) if ideal > 0 else 1.0


def _shares_of(sizes: np.ndarray) -> np.ndarray:
    mean = sizes.mean(axis=0)
    return mean / max(mean.sum(), 1e-300)


def _drawn(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    if len(rows) <= _ROWS:
        return rows
    return rows.iloc[np.sort(rng.permutation(len(rows))[:_ROWS])].reset_index(drop=True)


def _nothing(why: str) -> KindResult:
    return KindResult("attribution_drift", "not enough data", f"Nothing can be said: {why}.")
