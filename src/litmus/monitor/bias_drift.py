"""Whether groups of people (or of anything else) are treated otherwise than when the model was made."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from litmus.data.counted import counted, listed, percent
from litmus.errors import ParameterError
from litmus.monitor.columns import NumberColumn, as_numbers
from litmus.monitor.corrections import holm
from litmus.monitor.evidence import Evidence
from litmus.monitor.limits import Limits
from litmus.monitor.result import Finding, KindResult, Severity, in_order, verdict_of
from litmus.naming import nearest

__all__ = ["bias_drift", "check_groups"]

_QUARTERS = 4
_MOST_GROUPS = 20


@dataclasses.dataclass(frozen=True)
class _Shares:
    """Positive answers of a group and of the rest."""

    rows: int
    share: float
    others: int
    other_share: float

    @property
    def difference(self) -> float:
        """The difference in positive proportions."""
        return self.share - self.other_share

    @property
    def variance(self) -> float:
        """Of the difference; half a row is added to each count, so that none is without variance."""
        p, q = ((s * n + 0.5) / (n + 1) for s, n in ((self.share, self.rows), (self.other_share, self.others)))
        return p * (1 - p) / max(1, self.rows) + q * (1 - q) / max(1, self.others)


def check_groups(names: list[str], known: list[str]) -> None:
    """Refuse columns that are not there.

    Raises:
        ParameterError: naming the column and the nearest one.
    """
    for name in names:
        if name not in known:
            close = nearest(name, known)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(
                f"Bias cannot be watched by {name!r}: there is no such column.{hint} Columns: {listed(known, 20)}."
            )


def bias_drift(evidence: Evidence) -> KindResult:
    """Compare, for each group, the difference in positive answers between it and all others, then and now.

    The measure is the difference in positive proportions of predicted labels, and with labels the difference in true
    positive rates (equal opportunity: Hardt, Price and Srebro 2016, "Equality of opportunity in supervised learning").
    Differences then and now are compared by a z-test of four proportions, corrected over all groups by Holm's procedure.
    Numbers are grouped by quarters of the training rows.
    """
    baseline, limits = evidence.baseline, evidence.limits
    if not evidence.groups:
        return _nothing("name columns to watch: by=[…], or --by COLUMN")
    if baseline.target is None or baseline.target.task not in ("binary", "multiclass"):
        return _nothing("bias is judged on classes")
    known = baseline.known_outcomes()
    answers = evidence.collected.sample_answers
    if known is None or answers is None:
        return _nothing("the baseline or the traffic holds no answers")
    rows, outcomes = known
    positive = _positive(evidence)
    now = evidence.collected.sample
    found: list[tuple[Finding, float]] = []
    figures: dict[str, Any] = {}
    for name in evidence.groups:
        before_groups, now_groups = groups_of(evidence, name, rows), groups_of(evidence, name, now)
        sides = [
            (
                "positive answers",
                outcomes.y_pred == positive,
                answers == positive,
                np.ones(len(rows), bool),
                answers >= 0,
            )
        ]
        if outcomes.y_true is not None:
            truth = evidence.collected.sample_truth
            sides.append(
                (
                    "true positive rate",
                    outcomes.y_pred == positive,
                    answers == positive,
                    outcomes.y_true == positive,
                    truth == positive,
                )
            )
        for measure, then_yes, now_yes, then_counts, now_counts in sides:
            then_shares = _shares(before_groups[then_counts], then_yes[then_counts])
            now_shares = _shares(now_groups[now_counts], now_yes[now_counts])
            for group in [group for group in then_shares if group in now_shares][:_MOST_GROUPS]:
                then, current = then_shares[group], now_shares[group]
                if min(then.rows, then.others, current.rows, current.others) < limits.group_rows:
                    continue
                figures.setdefault(name, {}).setdefault(str(group), {})[measure] = {
                    "reference": then.difference,
                    "current": current.difference,
                    "share": current.share,
                    "disparate impact": current.share / current.other_share if current.other_share else None,
                    "rows": current.rows,
                }
                found.append((_finding(limits, (name, str(group)), measure, then, current), _p_value(then, current)))
    if not found:
        return _nothing(f"no group of {listed(evidence.groups)} has {limits.group_rows} rows then and now")
    adjusted = holm(np.array([p_value for _, p_value in found])).tolist()
    kept = [
        dataclasses.replace(finding, p_value=p_value)
        for (finding, _), p_value in zip(found, adjusted, strict=True)
        if abs(finding.value) >= limits.bias and p_value < limits.alpha
    ]
    kept = in_order(kept)
    sentence = f"Groups of {listed(evidence.groups)} are treated as they were: no difference changed by {percent(limits.bias)} or more."
    return KindResult("bias_drift", verdict_of(kept), kept[0].sentence if kept else sentence, tuple(kept), figures)


def groups_of(evidence: Evidence, name: str, rows: pd.DataFrame) -> np.ndarray:
    """The group of each row: its category, the quarter of training rows its number is in, or "missing"."""
    reference = evidence.baseline.columns[name]
    values = rows[name]
    if isinstance(reference, NumberColumn):
        numbers = as_numbers(values)
        shares = np.cumsum(reference.counts) / max(1, sum(reference.counts))
        edges = (
            sorted(
                {
                    reference.points[min(int(np.searchsorted(shares, part / _QUARTERS)), len(reference.points) - 1)]
                    for part in range(1, _QUARTERS)
                }
            )
            if reference.points
            else []
        )
        names = np.array(
            [*[f"up to {edge:g}" for edge in edges], f"above {edges[-1]:g}" if edges else "all"], dtype=object
        )
        return np.where(np.isnan(numbers), "missing", names[np.searchsorted(edges, numbers, side="left")])
    return values.astype(object).where(values.notna(), "missing").map(str).to_numpy(dtype=object)


def _shares(groups: np.ndarray, yes: np.ndarray) -> dict[Hashable, _Shares]:
    """For each group, the most frequent first, its positive answers and those of all others."""
    codes, names = pd.factorize(groups)
    rows = np.bincount(codes, minlength=len(names))
    positive = np.bincount(codes, weights=yes, minlength=len(names))
    found: dict[Hashable, _Shares] = {}
    for place in np.argsort(-rows, kind="stable"):
        n, rest = int(rows[place]), int(rows.sum() - rows[place])
        if n and rest:
            found[names[place]] = _Shares(n, positive[place] / n, rest, (positive.sum() - positive[place]) / rest)
    return found


def _p_value(then: _Shares, now: _Shares) -> float:
    z = abs(now.difference - then.difference) / math.sqrt(then.variance + now.variance)
    return math.erfc(z / math.sqrt(2))


def _finding(limits: Limits, place: tuple[str, str], measure: str, then: _Shares, now: _Shares) -> Finding:
    name, group = place
    change = now.difference - then.difference
    severity: Severity = "alarm" if abs(change) >= limits.bias_alarm else "warning"
    what = "is answered positively" if measure == "positive answers" else "is answered positively where it should be"
    sentence = (
        f"{name} = {group}: {what} in {percent(now.share)} of {counted(now.rows, 'row')}, all others in "
        f"{percent(now.other_share)}; the difference went from {then.difference:+.2f} to {now.difference:+.2f}."
    )
    return Finding(
        "bias_drift", name, measure, change, limits.bias, None, sentence, severity, then.difference, now.difference
    )


def _positive(evidence: Evidence) -> int:
    target = evidence.baseline.target
    if evidence.positive is not None or target is None:
        return evidence.positive or 0
    return len(target.classes) - 1


def _nothing(why: str) -> KindResult:
    return KindResult("bias_drift", "not enough data", f"Nothing can be said: {why}.")
