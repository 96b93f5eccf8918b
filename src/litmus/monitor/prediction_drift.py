"""Whether the model says other things than it did."""

from __future__ import annotations

import numpy as np

from litmus.data.counted import counted, percent
from litmus.evaluate.number_text import short_number
from litmus.monitor.collecting import score_columns
from litmus.monitor.column_drift import ColumnDrift, drift_of_numbers
from litmus.monitor.corrections import holm
from litmus.monitor.data_drift import size_of
from litmus.monitor.distances import chi_square, jensen_shannon, population_stability, total_variation
from litmus.monitor.evidence import Evidence
from litmus.monitor.result import Finding, KindResult, in_order, verdict_of

__all__ = ["prediction_drift"]


def prediction_drift(evidence: Evidence) -> KindResult:
    """Compare answers with what the model said of rows that it had not learned from: classes, probabilities or values."""
    baseline, collected, limits = evidence.baseline, evidence.collected, evidence.limits
    if baseline.outcomes is None:
        return KindResult(
            "prediction_drift",
            "not enough data",
            "It is not known what the model said when it was made: the baseline holds no predictions.",
        )
    drifts: dict[str, ColumnDrift] = {}
    classes = _classes(evidence)
    if classes is not None:
        drifts["answers"] = classes
    references = score_columns(baseline)
    for name, tally in collected.scores.items():
        drift = drift_of_numbers(references[name], tally) if tally.counts.sum() >= limits.rows else None
        if drift is not None:
            drifts[name] = drift
    if not drifts:
        return KindResult(
            "prediction_drift",
            "not enough data",
            f"{counted(max(sum(collected.answers.values()), 0), 'answer')} arrived, and {limits.rows} are needed.",
        )
    adjusted = holm(np.array([drift.p_value for drift in drifts.values()])).tolist()
    found = []
    for (name, drift), p_value in zip(drifts.items(), adjusted, strict=True):
        severity = size_of(drift, limits)
        if severity is not None and p_value < limits.alpha:
            by_distance = drift.distance / limits.distance >= drift.stability / limits.stability
            value, limit = (drift.distance, limits.distance) if by_distance else (drift.stability, limits.stability)
            measure = drift.measure if by_distance else "psi"
            sentence = _what_changed(evidence, name, drift)
            found.append(
                Finding(
                    "prediction_drift",
                    None if name in ("answers", "prediction") else name,
                    measure,
                    value,
                    limit,
                    p_value,
                    sentence,
                    severity,
                    drift.reference,
                    drift.current,
                )
            )
    strange = collected.answers.get("", 0)
    if strange:
        share = strange / max(1, sum(collected.answers.values()))
        sentence = f"{counted(strange, 'answer')} ({percent(share)}) are none of the model's classes: another model answers, or the labels were renamed."
        found.append(
            Finding(
                "prediction_drift",
                None,
                "unknown class share",
                share,
                limits.wrong,
                None,
                sentence,
                "alarm" if share >= limits.wrong else "warning",
            )
        )
    found = in_order(found)
    figures = {
        name: {
            drift.measure: drift.distance,
            "psi": drift.stability,
            "jensen_shannon": drift.jensen_shannon,
            "p_value": drift.p_value,
        }
        for name, drift in drifts.items()
    }
    sentence = found[0].sentence if found else "The model says what it said of rows like those of training."
    return KindResult("prediction_drift", verdict_of(found), sentence, tuple(found), figures)


def class_counts(evidence: Evidence) -> tuple[list[str], np.ndarray, np.ndarray] | None:
    """Answers by class, then and now; None for regression or where nothing was answered."""
    baseline, collected = evidence.baseline, evidence.collected
    outcomes, target = baseline.outcomes, baseline.target
    if outcomes is None or target is None or target.task not in ("binary", "multiclass"):
        return None
    now = np.array([collected.answers.get(name, 0) for name in baseline.classes], dtype=np.float64)
    if now.sum() == 0:
        return None
    before = np.bincount(outcomes.y_pred, minlength=len(baseline.classes)).astype(np.float64)
    return list(baseline.classes), before, now


def _classes(evidence: Evidence) -> ColumnDrift | None:
    counts = class_counts(evidence)
    if counts is None or counts[2].sum() < evidence.limits.rows:
        return None
    _, before, now = counts
    statistic, p_value = chi_square(before, now)
    return ColumnDrift(
        total_variation(before, now),
        "share moved",
        population_stability(before, now),
        jensen_shannon(before, now),
        statistic,
        p_value,
    )


def _what_changed(evidence: Evidence, name: str, drift: ColumnDrift) -> str:
    counts = class_counts(evidence)
    if name == "answers" and counts is not None:
        names, before, now = counts
        p, q = before / max(1.0, before.sum()), now / max(1.0, now.sum())
        most = int((q - p).argmax())
        return f"The model answers {names[most]!r} for {percent(q[most])} of the rows; it was {percent(p[most])} on rows like those of training."
    mean, current = drift.reference or 0.0, drift.current or 0.0
    if name == "prediction":
        return f"The predicted values changed: their mean went from {short_number(mean)} to {short_number(current)} (distance {drift.distance:.2f})."
    return f"The probabilities of {name!r} changed: their mean went from {mean:.3f} to {current:.3f} (distance {drift.distance:.2f})."
