"""How good the answers were, once it is known what came true."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from litmus.data.counted import counted, percent
from litmus.errors import MetricError
from litmus.evaluate.number_text import number_text
from litmus.metrics import Metric, Predictions
from litmus.monitor.baseline import Baseline, Outcomes
from litmus.monitor.corrections import holm
from litmus.monitor.distances import chi_square, total_variation
from litmus.monitor.evidence import Evidence
from litmus.monitor.result import Finding, KindResult, Severity, in_order, verdict_of
from litmus.monitor.tests_of_change import area_under_roc, means, proportions
from litmus.quantities import duration_text

__all__ = ["Measured", "model_quality", "outcomes_now"]

_LEAST_PROBABILITY = 0.01
"""Log loss is computed on probabilities of at least this, so that no single row decides a mean."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """A measure of quality then and now.

    Attributes:
        name: "accuracy", "roc_auc", "log_loss", "mae" or "rmse".
        reference, current: its values.
        fall: by how much it got worse, in the unit of `Limits.quality`; negative when it got better.
        p_value: of a change as large.
    """

    name: str
    reference: float
    current: float
    fall: float
    p_value: float


def model_quality(evidence: Evidence) -> KindResult:
    """Compare the answers with what came true, and both with how the model did on rows it had not learned from.

    Accuracy by the test of two proportions, ROC AUC with DeLong's variances, mean losses by Welch's test; corrected by Holm's
    procedure. Labels are also compared by themselves: a class that became frequent changes every score.
    """
    baseline, limits = evidence.baseline, evidence.limits
    notes = tuple(_label_notes(evidence))
    task = None if baseline.target is None else baseline.target.task
    if task is None or task == "multilabel":
        why = "the baseline has no target" if task is None else "quality of multi-label answers is not judged"
        return KindResult("model_quality", "not enough data", f"Nothing can be said: {why}.", notes)
    now = outcomes_now(evidence)
    if now is None or now.y_true is None or evidence.collected.labelled < limits.labels:
        return KindResult(
            "model_quality",
            "not enough data",
            f"{counted(evidence.collected.labelled, 'row')} with an answer and a label, and {limits.labels} are needed.",
            notes,
        )
    current = {"now": scores_of(baseline, now)}
    if baseline.outcomes is None or baseline.outcomes.y_true is None:
        return KindResult(
            "model_quality",
            "not enough data",
            "It is not known how good the model was when it was made: the baseline holds no labels and predictions.",
            notes,
            current,
        )
    measured = _measured(baseline.outcomes, now, task, len(baseline.classes))
    adjusted = holm(np.array([each.p_value for each in measured])).tolist()
    found = []
    for each, p_value in zip(measured, adjusted, strict=True):
        if each.fall >= limits.quality and p_value < limits.alpha:
            severity: Severity = "alarm" if each.fall >= limits.quality_alarm else "warning"
            sentence = f"{_worse(each)} on {counted(evidence.collected.labelled, 'labelled row')}."
            found.append(
                Finding(
                    "model_quality",
                    None,
                    each.name,
                    each.fall,
                    limits.quality,
                    p_value,
                    sentence,
                    severity,
                    each.reference,
                    each.current,
                )
            )
    found += _labels_drift(evidence, now)
    verdict = verdict_of(found)
    figures = {
        each.name: {"reference": each.reference, "current": each.current, "p_value": each.p_value} for each in measured
    }
    best = measured[0]
    sentence = f"The answers are as good as they were: {best.name} {number_text(best.current)} on {counted(evidence.collected.labelled, 'labelled row')}, {number_text(best.reference)} when the model was made."
    found = in_order(found)
    if verdict != "ok":
        sentence = found[0].sentence
    return KindResult("model_quality", verdict, sentence, (*found, *notes), {**figures, **current})


def outcomes_now(evidence: Evidence) -> Outcomes | None:
    """Labelled rows as outcomes; None when there are none. Without probabilities the answer has all of it."""
    collected, target = evidence.collected, evidence.baseline.target
    answers, truth = collected.labelled_answers, collected.labelled_truth
    if target is None or answers is None or not len(truth):
        return None
    scores = collected.labelled_scores
    if target.task == "regression":
        known = np.isfinite(answers) & np.isfinite(truth)
        return Outcomes("now", answers[known], truth[known], answers[known]) if known.any() else None
    known = (answers >= 0) & (truth >= 0)
    if scores is None:
        scores = np.zeros((len(answers), len(target.classes)))
        scores[np.flatnonzero(known), answers[known]] = 1.0
    known &= np.isfinite(scores).all(axis=1)
    return Outcomes("now", scores[known], truth[known], answers[known]) if known.any() else None


def scores_of(baseline: Baseline, outcomes: Outcomes) -> dict[str, float]:
    """The usual metrics of a task on outcomes, by name; those that are undefined on these rows are left out."""
    target = baseline.target
    if target is None or outcomes.y_true is None:
        return {}
    names = {
        "binary": ("roc_auc", "pr_auc", "accuracy", "f1", "log_loss", "brier"),
        "multiclass": ("accuracy", "f1(average=macro)", "log_loss"),
        "regression": ("mae", "rmse", "r2"),
    }[target.task]
    predictions = Predictions(
        target.task, outcomes.y_true, outcomes.scores.astype(np.float64), outcomes.y_pred, target.classes
    )
    found = {}
    for name in names:
        try:
            found[name] = float(Metric(name).score(predictions))
        except MetricError:  # such as one class only
            continue
    return found


def _measured(then: Outcomes, now: Outcomes, task: str, classes: int) -> list[Measured]:
    if task == "regression":
        return _errors(then, now)
    found = []
    if classes == 2:
        found.append(_area(then, now))
    right, others = _right(then), _right(now)
    tested = proportions(right.sum(), len(right), others.sum(), len(others))
    found.append(Measured("accuracy", float(right.mean()), float(others.mean()), -tested.value, tested.p_value))
    loss, other = _log_losses(then), _log_losses(now)
    changed = means(loss, other)
    relative = changed.value / max(float(loss.mean()), 0.05) / 3
    found.append(Measured("log_loss", float(loss.mean()), float(other.mean()), relative, changed.p_value))
    return [each for each in found if math.isfinite(each.fall)]


def _area(then: Outcomes, now: Outcomes) -> Measured:
    before, spread = _roc(then)
    after, other = _roc(now)
    z = abs(before - after) / math.sqrt(spread + other) if math.isfinite(spread + other) else 0.0
    return Measured("roc_auc", before, after, before - after, math.erfc(z / math.sqrt(2)))


def _roc(outcomes: Outcomes) -> tuple[float, float]:
    score = outcomes.scores[:, 1].astype(np.float64)
    positive = outcomes.y_true == 1
    return area_under_roc(score[positive], score[~positive])


def _right(outcomes: Outcomes) -> np.ndarray:
    return np.asarray(outcomes.y_pred == outcomes.y_true)


def _log_losses(outcomes: Outcomes) -> np.ndarray:
    given = outcomes.scores[np.arange(len(outcomes)), outcomes.y_true].astype(np.float64)
    return -np.log(np.clip(given, _LEAST_PROBABILITY, 1.0))


def _misses(outcomes: Outcomes) -> np.ndarray:
    return np.abs(np.asarray(outcomes.y_true, dtype=np.float64) - outcomes.y_pred)


def _errors(then: Outcomes, now: Outcomes) -> list[Measured]:
    found = []
    for name, power in (("mae", 1), ("rmse", 2)):
        before, after = (_misses(each) ** power for each in (then, now))
        changed = means(before, after)
        left, right = float(before.mean()) ** (1 / power), float(after.mean()) ** (1 / power)
        rise = (right - left) / max(left, 1e-12) / 3
        found.append(Measured(name, left, right, rise, changed.p_value))
    return found


def _worse(each: Measured) -> str:
    up = each.name in ("log_loss", "mae", "rmse")
    return f"The answers got worse: {each.name} {'rose' if up else 'fell'} from {number_text(each.reference)} to {number_text(each.current)}"


def _labels_drift(evidence: Evidence, now: Outcomes) -> list[Finding]:
    """Whether classes became more or less frequent among what came true."""
    baseline, limits = evidence.baseline, evidence.limits
    then = baseline.outcomes
    if then is None or then.y_true is None or now.y_true is None or not baseline.classes:
        return []
    before = np.bincount(then.y_true, minlength=len(baseline.classes)).astype(np.float64)
    after = np.bincount(now.y_true, minlength=len(baseline.classes)).astype(np.float64)
    _, p_value = chi_square(before, after)
    moved = total_variation(before, after)
    if moved < limits.distance or p_value >= limits.alpha:
        return []
    p, q = before / before.sum(), after / after.sum()
    most = int(np.abs(q - p).argmax())
    sentence = f"What comes true changed: {percent(q[most])} of the labels are {baseline.classes[most]!r}, {percent(p[most])} were."
    severity: Severity = "alarm" if moved >= limits.distance_alarm else "warning"
    return [Finding("model_quality", None, "labels moved", moved, limits.distance, p_value, sentence, severity)]


def _label_notes(evidence: Evidence) -> list[Finding]:
    """What was noticed about the labels themselves."""
    facts, strange = evidence.labels, evidence.collected.strange_labels
    notes: list[tuple[str, float, str, Severity]] = []
    if strange:
        notes.append(
            (
                "strange labels",
                strange,
                f"{counted(strange, 'label')} cannot be used: the model does not know such a class, or it is no number.",
                "warning",
            )
        )
    if facts is not None and facts.given:
        if facts.unknown:
            notes.append(
                (
                    "unknown requests",
                    facts.unknown,
                    f"{counted(facts.unknown, 'label')} of {facts.given:,} belong to requests that were not captured; they are not counted.",
                    "note",
                )
            )
        if facts.repeated:
            differ = f"; {counted(facts.changed, 'row has', 'rows have')} labels that disagree" if facts.changed else ""
            notes.append(
                (
                    "repeated labels",
                    facts.repeated,
                    f"{counted(facts.repeated, 'label')} came for a row that had one already{differ}.",
                    "note",
                )
            )
        if facts.early:
            notes.append(
                (
                    "early labels",
                    facts.early,
                    f"{counted(facts.early, 'label is', 'labels are')} older than the answer: a clock is wrong.",
                    "warning",
                )
            )
        if facts.delay is not None and facts.delay > 1:
            notes.append(
                (
                    "label delay",
                    facts.delay,
                    f"Half of the labels came within {duration_text(facts.delay)} of the answer, the last after {duration_text(facts.slowest)}.",
                    "note",
                )
            )
    return [
        Finding("model_quality", None, name, float(value), None, None, text, severity)
        for name, value, text, severity in notes
    ]
