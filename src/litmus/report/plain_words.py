"""What a score means, for readers who do not know the metric's name."""

from __future__ import annotations

import re

from litmus.evaluate.number_text import number_text, percent_text
from litmus.evaluate.trial import Score

__all__ = ["baseline_sentence", "figure", "is_share", "meaning", "metric_name"]

_SHARES = {
    "accuracy",
    "balanced_accuracy",
    "subset_accuracy",
    "top_k_accuracy",
    "precision",
    "recall",
    "mape",
    "coverage_at_precision",
    "precision_at_coverage",
    "recall_at_precision",
}

_MEANINGS = {
    "accuracy": "gives the right {target} for {value} of the rows it had not seen",
    "balanced_accuracy": "finds {value} of each class of {target} on average, in rows it had not seen",
    "subset_accuracy": "gets every label right for {value} of the rows it had not seen",
    "top_k_accuracy": "has the right {target} among its first guesses for {value} of the rows it had not seen",
    "f1": "balances finding the right rows and false alarms at an F1 score of {value} in unseen rows (1 is perfect)",
    "roc_auc": "separates the classes of {target} in unseen rows with an area under the ROC curve of {value} "
    "(0.5 is guessing, 1 is perfect)",
    "rmse": "is off by about {value} in {target} on rows it had not seen, large errors counting most",
    "mae": "is off by {value} in {target} on average, on rows it had not seen",
    "median_absolute_error": "is off by at most {value} in {target} for half of the rows it had not seen",
    "mape": "is off by {value} of {target} on average, on rows it had not seen",
    "r2": "explains {value} of the variation of {target} in rows it had not seen (1 is perfect, 0 is the mean)",
    "coverage_at_precision": "can answer {value} of unseen rows by itself at a precision of {precision}",
    "precision_at_coverage": "is right for {value} of its answers when it answers {coverage} of unseen rows",
    "recall_at_precision": "finds {value} of the class in unseen rows at a precision of {precision}",
}


def metric_name(label: str) -> str:
    """The metric's name without its parameters: "precision" of "precision[fraud]" and of "precision(label='fraud')"."""
    return re.split(r"[\[(]", label, maxsplit=1)[0]


def is_share(label: str) -> bool:
    """Whether the metric is a share of rows, which reads best as a percentage."""
    return metric_name(label) in _SHARES


def figure(label: str, value: float | None) -> str:
    """A value as it is shown large: a percentage where the metric is a share."""
    return percent_text(value) if is_share(label) else number_text(value)


def meaning(score: Score, target: str) -> str:
    """What the score says about the model, to follow its name: "gives the right income for 87.4 % of the rows …"."""
    name = metric_name(score.metric)
    value = figure(score.metric, score.value)
    class_asked = "[" in score.metric or "label=" in score.metric
    if name in _MEANINGS and not (class_asked and name not in ("coverage_at_precision", "recall_at_precision")):
        words = {"precision": "?", "coverage": "?", **_parameters(score.metric), "value": value, "target": target}
        return _MEANINGS[name].format_map(words)
    better = "higher" if score.maximize else "lower"
    return f"reaches {score.metric} {value} on rows it had not seen ({better} is better)"


def baseline_sentence(score: Score, baseline: Score, constant: str) -> str:
    """How the score compares with answering the same for every row."""
    value = figure(score.metric, baseline.value)
    always = f"Always answering {constant}" if constant else "Answering the same for every row"
    sentence = f"{always} would reach {value}."
    if not score.maximize and baseline.value > 0:
        change = 1 - score.value / baseline.value
        if change > 0:
            sentence = (
                f"{always} would reach {value}, so the model's {score.metric} is {percent_text(change, 0)} smaller."
            )
    elif metric_name(score.metric) in ("accuracy", "subset_accuracy") and baseline.value < 1:
        change = 1 - (1 - score.value) / (1 - baseline.value)
        if change > 0:
            sentence = (
                f"{always} would be right for {value}, so the model avoids {percent_text(change, 0)} of those mistakes."
            )
    return sentence


def _parameters(label: str) -> dict[str, str]:
    found = dict(re.findall(r"(\w+)=([^,)\]]+)", label))
    return {
        name: percent_text(float(text)) if re.fullmatch(r"0?\.\d+|1(\.0)?", text) else text
        for name, text in found.items()
    }
