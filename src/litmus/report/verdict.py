"""The first thing on the page: which model, how good, against what, in plain words."""

from __future__ import annotations

import dataclasses

import numpy as np

from litmus.data import LoadedData
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.number_text import count_text, duration_text, number_text, one_line, plural
from litmus.evaluate.trial import Score, Trial
from litmus.report.blocks import Tile, Tone
from litmus.report.plain_words import baseline_sentence, figure, meaning
from litmus.report.trial_charts import bounds

__all__ = ["Verdict", "asked_sentence", "baseline_of", "verdict"]

_TASK_WORDS = {
    "binary": "one of two classes",
    "multiclass": "one of {} classes",
    "multilabel": "any of {} labels",
    "regression": "a number",
}
_ABSTRACT = ("roc_auc", "pr_auc", "log_loss", "brier", "mcc", "kappa", "f1", "expected_calibration_error")
"""Metrics that say little to those who do not know them; accuracy is told beside them where it was measured."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The judgement on one data set: a headline, sentences below it, and large figures."""

    tone: Tone
    headline: str
    sentences: tuple[str, ...]
    tiles: tuple[Tile, ...]


def asked_sentence(data: LoadedData, board: Leaderboard) -> str:
    """What was asked: target, task, rows, columns, folds, objective."""
    target = one_line(", ".join(data.target.names), 80)
    kind = _TASK_WORDS[data.task].format(len(data.target.classes))
    rows = f"{plural(len(data.train), 'row')} to learn from"
    if data.test is not None:
        rows += f" and {count_text(len(data.test))} kept apart as a test"
    trials = plural(len(board.rows), "trial" if board.searched else "candidate")
    return (
        f"Predict {target}, {kind}, from {plural(len(data.schema.features), 'column')}: {rows}. "
        f"{trials} judged by {board.objectives[data.name]} over {data.fold_plan}."
    )


def baseline_of(board: Leaderboard, data: str) -> Trial | None:
    """The constant baseline's trial on a data set."""
    found = [row.trial for row in board.rows if row.trial.data == data and row.trial.algorithm == "Baseline"]
    return next((trial for trial in found if trial.status == "complete"), None)


def verdict(board: Leaderboard, data: LoadedData, best: Trial | None) -> Verdict:
    """The judgement on one data set; `best` is None when no trial could be ranked."""
    score = None if best is None else board.objective_score(best)
    if best is None or score is None:
        reasons = tuple(f"{one_line(t.name, 60)}: {board.reason(t)}" for t in board if t.data == data.name)
        return Verdict("bad", "No model could be trained.", reasons[:5], ())
    name, target = one_line(best.name, 60), one_line(", ".join(data.target.names), 60)
    baseline = baseline_of(board, data.name)
    floor = None if baseline is None else board.objective_score(baseline)
    if best.algorithm == "Baseline":
        headline = f"No model beats the constant baseline on {board.objectives[data.name]}."
        others = len(board.rows) - 1
        sentence = (
            f"None of the {plural(others, 'other candidate')} scores better than answering the same for every row."
        )
        advice = "The columns may say nothing about the target, or there are too few rows."
        return Verdict("bad", headline, (sentence, advice), _tiles(best, score, None, data))
    headline = f"{name} {meaning(score, target)}."
    sentences = []
    tone: Tone = "good"
    if floor is not None:
        sentences.append(baseline_sentence(score, floor, _constant(data)))
        if _overlap(score, floor):
            tone = "caution"
            sentences.append("That is within the margin of error: it is not certain that the model is better at all.")
    plain = best.score("accuracy")
    if plain is not None and score.metric in _ABSTRACT:
        sentences.append(f"Put simply, it {meaning(plain, target)}.")
        simple = None if baseline is None else baseline.score("accuracy")
        sentences += [baseline_sentence(plain, simple, _constant(data))] if simple is not None else []
    held_out = _test_sentence(best, score.metric)
    sentences += [held_out] if held_out else []
    return Verdict(tone, headline, tuple(sentences), _tiles(best, score, floor, data))


def _overlap(score: Score, floor: Score) -> bool:
    own, other = bounds(score) or (score.value,) * 2, bounds(floor) or (floor.value,) * 2
    return own[0] <= other[1] if score.maximize else own[1] >= other[0]


def _constant(data: LoadedData) -> str:
    """The one answer of the constant baseline, where it is a class."""
    if data.task not in ("binary", "multiclass") or not len(data.y):
        return ""
    code = int(np.bincount(np.asarray(data.y, np.int64)).argmax())
    return f"“{one_line(str(data.target.classes[code]), 40)}”"


def _test_sentence(best: Trial, metric: str) -> str:
    score = best.score(metric, "test")
    if score is None:
        return ""
    interval = _interval_text(score)
    rows = "" if best.test is None else f"{count_text(len(best.test))} "
    return f"On the {rows}test rows, looked at once at the end: {figure(metric, score.value)}{interval and f' ({interval})'}."


def _interval_text(score: Score) -> str:
    if score.low is None or score.high is None:
        return ""
    return f"95 % interval {figure(score.metric, score.low)} to {figure(score.metric, score.high)}"


def _tiles(best: Trial, score: Score, floor: Score | None, data: LoadedData) -> tuple[Tile, ...]:
    small = _interval_text(score)
    if not small and score.spread is not None:
        small = f"±{number_text(score.spread)} over folds"
    tiles = [Tile(f"{score.metric}, validation", figure(score.metric, score.value), small, "good")]
    test = best.score(score.metric, "test")
    if test is not None:
        tiles.append(Tile(f"{score.metric}, test", figure(score.metric, test.value), _interval_text(test)))
    if floor is not None:
        tiles.append(Tile("constant baseline", figure(score.metric, floor.value), "the same answer for every row"))
    tiles.append(Tile("time per row", duration_text(best.predict_seconds / 1000), "predicting many rows at once"))
    tiles.append(Tile("training rows", count_text(len(data.train)), f"{count_text(len(data.schema.features))} columns"))
    return tuple(tiles)
