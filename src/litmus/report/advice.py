"""What to look at first: the few things about a run that a careful colleague would point out."""

from __future__ import annotations

import numpy as np

from litmus.data import LoadedData
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.number_text import decimals_for, number_text, one_line, percent_text, plural
from litmus.evaluate.trial import Score, Trial
from litmus.metrics.predictions import Predictions
from litmus.report.best_sections import judged_rows
from litmus.report.blocks import Finding, Tone
from litmus.report.confidence import confidence_bins
from litmus.report.confusion import Confusion
from litmus.report.trial_charts import bounds

__all__ = ["MOST_FINDINGS", "model_findings", "ordered"]

MOST_FINDINGS = 7
_ORDER: dict[Tone, int] = {"bad": 0, "caution": 1, "plain": 2, "good": 3}


def ordered(findings: list[Finding]) -> list[Finding]:
    """The most serious findings first, and no more than a reader takes in."""
    return sorted(findings, key=lambda finding: _ORDER[finding.tone])[:MOST_FINDINGS]


def model_findings(board: Leaderboard, data: LoadedData, best: Trial) -> list[Finding]:
    """What the trials and the best model's predictions show."""
    score = board.objective_score(best)
    found: list[Finding | None] = []
    if best.algorithm != "Baseline" and score is not None:
        found += [
            _memorised(best, score),
            _worse_on_test(best, score),
            _unsure(score, len(data.train)),
            _tie(board, best, score),
        ]
        judged = judged_rows(best)
        if judged is not None and judged[0].task in ("binary", "multiclass"):
            found += [_weakest_class(judged[0]), _miscalibrated(judged[0])]
        elif judged is not None and judged[0].task == "regression":
            found.append(_few_large_errors(judged[0]))
        found.append(_one_feature(best))
    found.append(_failed(board))
    return [finding for finding in found if finding is not None]


def _failed(board: Leaderboard) -> Finding | None:
    failed = [trial for trial in board if trial.status == "failed"]
    if not failed:
        return None
    names = ", ".join(one_line(trial.name, 40) for trial in failed[:3]) + (" and others" if len(failed) > 3 else "")
    text = f"{names} could not be trained and took no part in the comparison; the reasons stand below the table."
    return Finding("caution", f"{plural(len(failed), 'trial')} failed", text, "leaderboard")


def _gap(worse: Score, better: Score) -> float:
    """By how much of the better score's size the other one is worse; below 0 when it is not."""
    difference = better.value - worse.value if worse.maximize else worse.value - better.value
    return difference / max(abs(better.value), 1e-12)


def _memorised(best: Trial, score: Score) -> Finding | None:
    train = best.score(score.metric, "train")
    if train is None or _gap(score, train) < 0.1:
        return None
    decimals = decimals_for([score.value])
    text = (
        f"It reaches {score.metric} {number_text(train.value, decimals)} on rows it has learned from and "
        f"{number_text(score.value, decimals)} on rows it has not. More rows or a simpler model may close the gap; "
        "only the second figure says what to expect."
    )
    return Finding("plain", "It knows its training rows much better than new ones", text, "leaderboard")


def _worse_on_test(best: Trial, score: Score) -> Finding | None:
    """The test score is worse than the validation score, by more than both of their margins."""
    test, own = best.score(score.metric, "test"), bounds(score)
    if test is None or own is None:
        return None
    low, high = bounds(test) or (test.value, test.value)
    apart = high < own[0] if score.maximize else low > own[1]
    if not apart or _gap(test, score) <= 0:
        return None
    decimals = decimals_for([score.value])
    text = (
        f"{number_text(test.value, decimals)} against {number_text(score.value, decimals)} in validation, more than chance "
        "explains. The test rows may differ from the training rows (another time, another group); expect the lower figure."
    )
    return Finding("bad", f"{score.metric} is worse on the test rows", text, "leaderboard")


def _unsure(score: Score, n_rows: int) -> Finding | None:
    if score.low is None or score.high is None or not score.value:
        return None
    width = (score.high - score.low) / abs(score.value)
    if width < 0.1:
        return None
    decimals = decimals_for([score.value])
    text = (
        f"With {plural(n_rows, 'training row')}, {score.metric} may lie anywhere from {number_text(score.low, decimals)} to "
        f"{number_text(score.high, decimals)}. More rows would narrow it down."
    )
    return Finding("caution" if width > 0.2 else "plain", "The score is not known precisely", text, "leaderboard")


def _tie(board: Leaderboard, best: Trial, score: Score) -> Finding | None:
    """Another trial within the margin that answers at least twice as fast."""
    margin = bounds(score)
    if margin is None:
        return None
    equals = []
    for trial in board:
        other = board.objective_score(trial)
        if trial is best or trial.status != "complete" or other is None or trial.algorithm == "Baseline":
            continue
        if (other.value >= margin[0]) if score.maximize else (other.value <= margin[1]):
            equals.append(trial)
    faster = min(equals, key=lambda trial: trial.predict_seconds, default=None)
    if faster is None or faster.predict_seconds <= 0:
        return None
    ratio = best.predict_seconds / faster.predict_seconds
    if ratio < 2:
        return None
    text = (
        f"Its score lies within the margin of error of {one_line(best.name, 40)}, and it answers {ratio:.0f} times as fast. "
        "Where speed matters, take it."
    )
    return Finding("plain", f"{one_line(faster.name, 40)} is about as good and faster", text, "leaderboard")


def _weakest_class(predictions: Predictions) -> Finding | None:
    """The class found least often, when more than a quarter of its rows are missed."""
    confusion = Confusion.of(predictions)
    known = np.flatnonzero(confusion.support > 0)
    recall = confusion.recall[known]
    code = int(known[recall.argmin()])
    share = float(recall.min())
    if share >= 0.75:
        return None
    wrong = next((pair for pair in confusion.mistakes() if pair[0] == code), None)
    taken = ""
    if len(confusion.names) > 2 and wrong is not None:  # of two classes there is only one other
        taken = f", most of the others being taken for {confusion.names[wrong[1]]}"
    text = (
        f"Of the {plural(int(confusion.support[code]), 'row')} that are {confusion.names[code]}, {percent_text(share, 0)} are "
        f"found{taken}. If missing them costs more than false alarms, lower the threshold or weigh the class."
    )
    return Finding("caution", f"{confusion.names[code]} is often missed", text, "errors")


def _miscalibrated(predictions: Predictions) -> Finding | None:
    """Stated probabilities that are off by more than five points on average."""
    bins = confidence_bins(predictions)
    rows = sum(n for _, _, n in bins)
    off = sum(n * abs(said - came) for said, came, n in bins) / rows
    if off < 0.05:
        return None
    text = (
        f"What it states differs from what came true by {off * 100:.0f} percentage points on average. "
        "Calibrate it before acting on the probabilities; the chosen classes are not affected."
    )
    return Finding("caution", "Its probabilities cannot be taken literally", text, "confidence")


def _few_large_errors(predictions: Predictions) -> Finding | None:
    """One row in a hundred makes more than half of the squared error."""
    squared = (np.asarray(predictions.y_true, np.float64) - np.asarray(predictions.y_pred, np.float64)) ** 2
    worst = max(len(squared) // 100, 1)
    total = float(squared.sum())
    share = float(np.partition(squared, -worst)[-worst:].sum()) / total if total > 0 else 0.0
    if share < 0.5 or len(squared) < 100:
        return None
    text = (
        f"The worst hundredth of the rows makes {percent_text(share, 0)} of the squared error. "
        "Look at them: wrong data, or a kind of row the columns do not explain."
    )
    return Finding("caution", "A few rows make most of the error", text, "errors")


def _one_feature(best: Trial) -> Finding | None:
    """One of several columns carries nearly all of the importance, which is how a leak looks."""
    shares = sorted(best.importance.items(), key=lambda item: -item[1])
    if len(shares) < 3 or shares[0][1] < 0.8:
        return None
    text = (
        f"{percent_text(shares[0][1], 0)} of the importance lies on {one_line(shares[0][0], 60)}. Make sure that it is known "
        "at the time of prediction and is not a consequence of the target."
    )
    return Finding("caution", "One column decides nearly everything", text, "importance")
