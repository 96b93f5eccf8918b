"""Whether the rows are other ones: column by column, texts by their words, and all columns together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from litmus.data.counted import counted, listed, percent
from litmus.evaluate.number_text import short_number
from litmus.monitor.column_drift import ColumnDrift, binned, drift_of
from litmus.monitor.columns import CategoryColumn
from litmus.monitor.corrections import benjamini_hochberg, holm
from litmus.monitor.dependence import changed_dependence
from litmus.monitor.domain_classifier import told_apart, told_apart_texts
from litmus.monitor.evidence import Evidence
from litmus.monitor.limits import Limits
from litmus.monitor.result import Finding, KindResult, Severity, in_order, verdict_of
from litmus.monitor.tallies import CategoryTally
from litmus.monitor.tests_of_change import Tested

__all__ = ["data_drift", "size_of"]

_LEAST_WEIGHT = 0.25
"""How little the test of a column of no importance counts: never not at all, as importance can change with the data."""


def data_drift(evidence: Evidence) -> KindResult:
    """Compare distributions with those of training.

    P-values of columns are corrected by the procedure of Benjamini and Hochberg, weighted by the columns' importance to the
    model; those of the tests of all columns together by Holm's.
    """
    collected, limits = evidence.collected, evidence.limits
    if collected.rows < limits.rows:
        return KindResult(
            "data_drift", "not enough data", f"{counted(collected.rows, 'row')} arrived, and {limits.rows} are needed."
        )
    drifts = _columns(evidence)
    texts = _texts(evidence)
    found = [*_column_findings(evidence, drifts, texts), *_together(evidence)]
    found = in_order(found)
    verdict = verdict_of(found)
    drifted = list(dict.fromkeys(each.column for each in found if each.column and each.severity != "note"))
    carried = sum(evidence.baseline.share_of_importance(name) for name in drifted)
    figures = {
        "columns": {name: _figures(evidence, name, drift) for name, drift in drifts.items()},
        "texts": {name: {"roc_auc": tested.value, "p_value": tested.p_value} for name, tested in texts.items()},
        "drifted": drifted,
        "importance drifted": carried,
        "weighted drift": sum(
            evidence.baseline.share_of_importance(name) * drift.jensen_shannon for name, drift in drifts.items()
        ),
    }
    return KindResult(
        "data_drift", verdict, _sentence(verdict, found, drifted, carried, len(drifts)), tuple(found), figures
    )


def size_of(drift: ColumnDrift, limits: Limits) -> Severity | None:
    """How large a drift is, or None when it is below the limits, whatever its p-value."""
    if drift.distance >= limits.distance_alarm or drift.stability >= limits.stability_alarm:
        return "alarm"
    return "warning" if drift.distance >= limits.distance or drift.stability >= limits.stability else None


def _columns(evidence: Evidence) -> dict[str, ColumnDrift]:
    """The drift of each column of which enough values arrived; times go on, so that they are not compared."""
    drifts = {}
    for name in evidence.baseline.schema.features:
        reference, tally = evidence.baseline.columns[name], evidence.collected.tallies[name]
        if reference.kind != "datetime" and tally.present >= evidence.limits.rows:
            drift = drift_of(reference, tally)
            if drift is not None:
                drifts[name] = drift
    return drifts


def _texts(evidence: Evidence) -> dict[str, Tested]:
    tested = {}
    for place, name in enumerate(evidence.baseline.schema.names("text")):
        then, now = evidence.baseline.sample[name], evidence.collected.sample.get(name, pd.Series(dtype="str"))
        if min(then.notna().sum(), now.notna().sum()) >= evidence.limits.rows:
            tested[name] = told_apart_texts(then, now, evidence.rng(100 + place))
    return tested


def _column_findings(evidence: Evidence, drifts: dict[str, ColumnDrift], texts: dict[str, Tested]) -> list[Finding]:
    limits, baseline = evidence.limits, evidence.baseline
    names = [*drifts, *texts]
    if not names:
        return []
    p_values = np.array([drift.p_value for drift in drifts.values()] + [tested.p_value for tested in texts.values()])
    equal = 1 / max(1, len(baseline.schema.features))
    weights = np.array([max(_LEAST_WEIGHT, min(4.0, baseline.share_of_importance(name) / equal)) for name in names])
    adjusted = benjamini_hochberg(p_values, weights).tolist()
    found = []
    for (name, drift), p_value in zip(drifts.items(), adjusted, strict=False):
        severity = size_of(drift, limits)
        if severity is not None and p_value < limits.alpha:
            found.append(_of_column(evidence, name, drift, p_value, severity))
    for (name, tested), p_value in zip(texts.items(), adjusted[len(drifts) :], strict=True):
        if tested.value >= limits.separation and p_value < limits.alpha:
            grave: Severity = "alarm" if tested.value >= limits.separation_alarm else "warning"
            sentence = f"{name}: the texts are other ones: a classifier tells those of training from those of now (ROC AUC {tested.value:.2f})."
            found.append(
                Finding("data_drift", name, "text roc_auc", tested.value, limits.separation, p_value, sentence, grave)
            )
    return found


def _of_column(evidence: Evidence, name: str, drift: ColumnDrift, p_value: float, severity: Severity) -> Finding:
    limits, baseline = evidence.limits, evidence.baseline
    by_distance = drift.distance / limits.distance >= drift.stability / limits.stability
    value, limit = (drift.distance, limits.distance) if by_distance else (drift.stability, limits.stability)
    share = baseline.share_of_importance(name)
    carries = f" The column carries {percent(share)} of the model's importance." if baseline.importance else ""
    return Finding(
        "data_drift",
        name,
        drift.measure if by_distance else "psi",
        value,
        limit,
        p_value,
        f"{name}: {_what_changed(evidence, name, drift)}{carries}",
        severity,
        drift.reference,
        drift.current,
    )


def _what_changed(evidence: Evidence, name: str, drift: ColumnDrift) -> str:
    reference, tally = evidence.baseline.columns[name], evidence.collected.tallies[name]
    if isinstance(reference, CategoryColumn) and isinstance(tally, CategoryTally):
        names, before, now = binned(reference, tally)
        p, q = before / max(1.0, before.sum()), now / max(1.0, now.sum())
        most = int(np.abs(q - p).argmax())
        return f"{percent(drift.distance)} of the rows moved to other categories; {names[most]!r} went from {percent(p[most])} to {percent(q[most])}."
    if drift.reference is None or drift.current is None:
        return "the distribution changed."
    what = "the mean length of texts" if reference.kind == "text" else "the mean"
    moved = f"{what} went from {short_number(drift.reference)} to {short_number(drift.current)}"
    return f"the distribution changed; {moved} (distance {drift.distance:.2f}, PSI {drift.stability:.2f})."


def _together(evidence: Evidence) -> list[Finding]:
    """All columns together: how they go together, and whether rows can be told apart."""
    baseline, limits = evidence.baseline, evidence.limits
    then, now = baseline.sample, evidence.collected.sample
    if min(len(then), len(now)) < limits.rows:
        return []
    found = []
    numbers = [name for name in baseline.schema.names("numeric", "boolean") if name in baseline.columns]
    numbers = sorted(numbers, key=lambda name: -baseline.share_of_importance(name))[:100]
    changed = changed_dependence(_values(then, numbers), _values(now, numbers))
    apart = told_apart(baseline, then, now, evidence.rng(1))
    p_values = holm(np.array([1.0 if changed is None else changed.p_value, apart.p_value])).tolist()
    if changed is not None and changed.change >= limits.correlation and p_values[0] < limits.alpha:
        pair = f"{numbers[changed.first]} and {numbers[changed.second]}"
        more = f" ({changed.pairs:,} pairs changed)" if changed.pairs > 1 else ""
        severity: Severity = "alarm" if changed.change >= limits.correlation_alarm else "warning"
        sentence = f"{pair} no longer go together as in training: their correlation went from {changed.reference:.2f} to {changed.current:.2f}{more}."
        found.append(
            Finding(
                "data_drift",
                None,
                "correlation",
                changed.change,
                limits.correlation,
                p_values[0],
                sentence,
                severity,
                changed.reference,
                changed.current,
            )
        )
    if apart.value >= limits.separation and p_values[1] < limits.alpha:
        severity = "alarm" if apart.value >= limits.separation_alarm else "warning"
        sentence = f"All columns together: a classifier tells rows of training from rows of now (ROC AUC {apart.value:.2f}; 0.5 would be not at all)."
        found.append(
            Finding(
                "data_drift", None, "joint roc_auc", apart.value, limits.separation, p_values[1], sentence, severity
            )
        )
    return found


def _values(rows: pd.DataFrame, names: list[str]) -> np.ndarray:
    if not names:
        return np.empty((len(rows), 0))
    return np.column_stack([rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names])


def _figures(evidence: Evidence, name: str, drift: ColumnDrift) -> dict[str, Any]:
    return {
        drift.measure: drift.distance,
        "psi": drift.stability,
        "jensen_shannon": drift.jensen_shannon,
        "chi_square": drift.statistic,
        "p_value": drift.p_value,
        "importance": evidence.baseline.share_of_importance(name),
    }


def _sentence(verdict: str, found: list[Finding], drifted: list[str], carried: float, columns: int) -> str:
    if verdict == "ok":
        return f"The rows are like those of training: no column of {columns} drifted by more than chance and its limit."
    if not drifted:
        return found[0].sentence
    carry = (
        f"; together {'it carries' if len(drifted) == 1 else 'they carry'} {percent(carried)} of the model's importance"
        if carried
        else ""
    )
    return f"{counted(len(drifted), 'column')} of {columns} drifted: {listed(drifted)}{carry}."
