"""What labelled feedback says of a model that is being rolled out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from litmus.bundle_reader import read_manifest
from litmus.capture import labelled_answers
from litmus.data import Target
from litmus.evaluate.bar import read_bars
from litmus.metrics import Predictions
from litmus.serve.config import load_config

__all__ = ["missed_score"]


def missed_score(folder: Path, score: str, variants: Sequence[str], since: str, at_least: int) -> str:
    """Why the answers of variants miss a score, or "" when they keep it or too few of them were labelled.

    Args:
        folder: the endpoint's.
        score: such as "accuracy >= 0.85".
        variants: whose answers count.
        since: only answers from then on (ISO 8601, UTC).
        at_least: labelled rows from which on they are judged.

    Raises:
        ParameterError: when `score` cannot be read.
    """
    bar = read_bars(score)[0]
    answers = labelled_answers(folder, variants=list(variants), since=since)
    if len(answers) < at_least or bar.metric is None:
        return ""
    config = load_config(folder)
    bundle = next(each.path for each in config.variants if each.name in variants)
    value = float(bar.metric.score(_predictions(Target.from_json(read_manifest(folder / bundle)["target"]), answers)))
    if bar.violation(value) <= 0:
        return ""
    return f"{bar.label} is {value:.4g} on {len(answers):,} labelled rows, and {bar} is asked for"


def _predictions(target: Target, answers: Sequence[dict[str, Any]]) -> Predictions:
    """Answers and the truth as metrics take them; without probabilities, the predicted label has all of it."""
    y_true = target.encode([each["truth"] for each in answers])
    y_pred = target.encode([each["prediction"] for each in answers])
    if target.task == "regression":
        return Predictions(target.task, y_true, y_pred, y_pred)
    scores = np.zeros((len(answers), len(target.classes)))
    for row, each in enumerate(answers):
        told = each.get("probabilities") or {}
        if told:
            scores[row] = [float(told.get(_text(label), 0.0)) for label in target.classes]
        elif target.task == "multilabel":
            scores[row] = y_pred[row]
        else:
            scores[row, y_pred[row]] = 1.0
    return Predictions(target.task, y_true, scores, y_pred, tuple(target.classes))


def _text(label: Any) -> str:
    """A label as answers name it."""
    return str(label).lower() if isinstance(label, bool) else str(label)
