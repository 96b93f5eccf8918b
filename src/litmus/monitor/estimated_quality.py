"""How good the answers probably are, before anybody knows what came true."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from litmus.data.counted import counted
from litmus.evaluate.number_text import number_text
from litmus.monitor.evidence import Evidence
from litmus.monitor.result import Finding, KindResult, Severity, verdict_of

__all__ = ["Estimated", "calibrated", "estimate", "estimated_quality", "expected_accuracy", "expected_area"]

_RESAMPLES = 20
_ROWS = 5_000
_FEWEST_PER_CLASS = 20


@dataclasses.dataclass(frozen=True)
class Estimated:
    """An estimate of a metric.

    Attributes:
        name: "roc_auc" or "accuracy".
        value: the estimate.
        error: its standard error: chance of the rows of now and of those the calibration was learned from.
        reference: the same estimate on the rows that the calibration was learned from.
        change_error: the standard error of the difference of the two.
    """

    name: str
    value: float
    error: float
    reference: float
    change_error: float


def estimated_quality(evidence: Evidence) -> KindResult:
    """Estimate ROC AUC and accuracy from the model's own confidence.

    Confidence-based estimation (Guillory et al. 2021, "Predicting with confidence on unseen distributions"; Białek et al.
    2024, "Estimating model performance under covariate shift without labels"): each row counts as positive to the
    degree of its probability, which is first made right on rows whose labels are known, by beta calibration (Kull,
    Silva Filho and Flach 2017). It holds when the rows change and what the columns mean for the label does not; a change of
    that only labels can show.
    """
    baseline, collected, limits = evidence.baseline, evidence.collected, evidence.limits
    target, outcomes = baseline.target, baseline.outcomes
    if target is None or target.task not in ("binary", "multiclass"):
        return _nothing("an estimate needs classes with probabilities")
    if outcomes is None or outcomes.y_true is None:
        return _nothing("the baseline holds no labels and predictions to calibrate by")
    if collected.sample_scores is None:
        return _nothing("the answers came without probabilities")
    scores = collected.sample_scores[np.isfinite(collected.sample_scores).all(axis=1)]
    counts = np.bincount(outcomes.y_true, minlength=len(target.classes))
    if len(scores) < limits.rows or (counts > 0).sum() < 2 or np.sort(counts)[-2] < _FEWEST_PER_CLASS:
        return _nothing(f"{counted(len(scores), 'row')} with probabilities, and {limits.rows} are needed")
    found = estimate(outcomes.scores, outcomes.y_true, scores, evidence.rng(3))
    findings, figures = [], {}
    for each in found:
        figures[each.name] = {"estimate": each.value, "error": each.error, "reference": each.reference}
        fall = each.reference - each.value
        z = fall / max(each.change_error, 1e-9)
        p_value = min(1.0, len(found) * math.erfc(abs(z) / math.sqrt(2)))
        if fall >= limits.quality and p_value < limits.alpha:
            severity: Severity = "alarm" if fall >= limits.quality_alarm else "warning"
            sentence = f"The answers are probably worse: {each.name} is estimated at {number_text(each.value)}, and was {number_text(each.reference)}. Labels would tell."
            findings.append(
                Finding(
                    "estimated_quality",
                    None,
                    each.name,
                    fall,
                    limits.quality,
                    p_value,
                    sentence,
                    severity,
                    each.reference,
                    each.value,
                )
            )
    best = found[0]
    sentence = f"The answers are probably as good as they were: {best.name} is estimated at {number_text(best.value)} ± {number_text(2 * best.error, 4)}, and was {number_text(best.reference)}."
    return KindResult(
        "estimated_quality",
        verdict_of(findings),
        findings[0].sentence if findings else sentence,
        tuple(findings),
        figures,
    )


def estimate(
    scores: np.ndarray, truth: np.ndarray, current: np.ndarray, rng: np.random.Generator, *, resamples: int = _RESAMPLES
) -> list[Estimated]:
    """Estimate ROC AUC (of two classes) and accuracy (else) of answers whose truth is not known.

    Args:
        scores: probabilities (rows, classes) of rows whose truth is known.
        truth: their class codes.
        current: probabilities of rows whose truth is not known.
        rng: by which rows are drawn.
        resamples: how often both are drawn again for the standard error.
    """
    scores, current = np.asarray(scores, dtype=np.float64), np.asarray(current, dtype=np.float64)
    binary = scores.shape[1] == 2
    measure = _binary_measures if binary else _class_measures
    names = ("roc_auc", "accuracy") if binary else ("accuracy",)
    value, reference = measure(scores, truth, (current, scores))
    draws = []
    for _ in range(resamples):
        known = rng.integers(0, len(scores), min(len(scores), _ROWS))
        now = rng.integers(0, len(current), min(len(current), _ROWS))
        if len(np.unique(truth[known])) > 1:
            draws.append(measure(scores[known], truth[known], (current[now], scores[known])))
    spread = np.std(draws, axis=0)
    change = np.std([np.subtract(now, then) for now, then in draws], axis=0)
    return [
        Estimated(name, float(value[i]), float(spread[0, i]), float(reference[i]), float(change[i]))
        for i, name in enumerate(names)
    ]


def _binary_measures(scores: np.ndarray, truth: np.ndarray, asked: Sequence[np.ndarray]) -> list[tuple[float, ...]]:
    """ROC AUC and accuracy of each of the asked rows, by what is known of the others."""
    right = calibrated(scores[:, 1], truth == 1)
    return [
        (expected_area(rows[:, 1], right(rows[:, 1])), expected_accuracy(right(rows[:, 1]), rows[:, 1] > rows[:, 0]))
        for rows in asked
    ]


def _class_measures(scores: np.ndarray, truth: np.ndarray, asked: Sequence[np.ndarray]) -> list[tuple[float, ...]]:
    """Accuracy of the likeliest class: how often an answer of that confidence was right."""
    right = scores.argmax(axis=1) == truth
    if right.all() or not right.any():
        return [(float(right.mean()),)] * len(asked)
    found = calibrated(scores.max(axis=1), right)
    return [(float(found(rows.max(axis=1)).mean()),) for rows in asked]


def calibrated(
    scores: np.ndarray, truth: np.ndarray, weights: np.ndarray | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    """Beta calibration: a probability → how often it comes true.

    A logistic regression on ln p and -ln(1 - p), of which neither may count against itself (Kull, Silva Filho and Flach
    2017, "Beta calibration: a well-founded and easily implemented improvement on logistic calibration").

    Args:
        scores: probabilities (rows,).
        truth: whether it came true, bool (rows,).
        weights: how much each row counts; None: all alike.
    """

    def sides(values: np.ndarray) -> np.ndarray:
        held = np.clip(values, 1e-6, 1 - 1e-6)
        return np.column_stack([np.log(held), -np.log1p(-held)])

    given, kept = sides(scores), [0, 1]
    line = _logistic(given, truth, weights)
    if (line[:2] < 0).any():
        kept = [int(line[:2].argmax())]
        line = _logistic(given[:, kept], truth, weights)
    return lambda values: _chance(sides(values)[:, kept] @ line[:-1] + line[-1])


def _logistic(rows: np.ndarray, truth: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Coefficients and intercept of a logistic regression of one or two columns, by Newton's method with a slight ridge."""
    count = np.ones(len(rows)) if weights is None else weights
    x = np.column_stack([rows, np.ones(len(rows))])
    ridge = np.append(np.full(rows.shape[1], 0.01), 1e-6)
    line = np.append(np.full(rows.shape[1], 1 / rows.shape[1]), 0.0)  # probabilities that are right already
    for _ in range(30):
        chance = _chance(x @ line)
        slope = x.T @ (count * (chance - truth)) + ridge * line
        bend = (x * (count * np.maximum(chance * (1 - chance), 1e-9))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))  # no leap, where most chances are near 0 or 1
        line = line - step
        if np.abs(step).max() < 1e-7:
            break
    return line


def _chance(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(values, -500, 500)))


def expected_area(scores: np.ndarray, chances: np.ndarray) -> float:
    """The expected ROC AUC when row i is positive with probability `chances[i]`, each row for itself.

    The share of pairs of a positive and a negative row that the scores put in the right order, with expected counts in place
    of counts; a row is no pair with itself.

    Example:
        >>> round(expected_area(np.array([0.1, 0.9]), np.array([0.0, 1.0])), 6)
        1.0
    """
    _, place = np.unique(scores, return_inverse=True)
    positive, negative = np.bincount(place, chances), np.bincount(place, 1 - chances)
    below = np.cumsum(negative) - negative
    with_itself = (chances * (1 - chances)).sum()
    pairs = chances.sum() * (1 - chances).sum() - with_itself
    if pairs <= 0:
        return 0.5
    return float(((positive * (below + negative / 2)).sum() - with_itself / 2) / pairs)


def expected_accuracy(chances: np.ndarray, answered: np.ndarray) -> float:
    """The expected share of right answers when row i is positive with probability `chances[i]`.

    Example:
        >>> expected_accuracy(np.array([1.0, 0.5]), np.array([True, True]))
        0.75
    """
    return float(np.where(answered, chances, 1 - chances).mean())


def _nothing(why: str) -> KindResult:
    return KindResult("estimated_quality", "not enough data", f"Nothing can be estimated: {why}.")
