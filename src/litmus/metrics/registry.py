"""The built-in metrics by name, and what was probably meant by a name that is none."""

from __future__ import annotations

from litmus.errors import UnknownNameError
from litmus.metrics import agreement, multilabel, probability, ranking, regression, thresholds
from litmus.metrics.definition import Definition
from litmus.naming import nearest
from litmus.task import TaskKind

__all__ = ["definition", "metric_names"]

_DEFINITIONS: dict[str, Definition] = {
    found.name: found
    for found in (
        *agreement.DEFINITIONS,
        *ranking.DEFINITIONS,
        *probability.DEFINITIONS,
        *thresholds.DEFINITIONS,
        *regression.DEFINITIONS,
        *multilabel.DEFINITIONS,
    )
}

_ELSEWHERE = {
    "auc": "roc_auc",
    "auroc": "roc_auc",
    "rocauc": "roc_auc",
    "areaunderroc": "roc_auc",
    "aucpr": "pr_auc",
    "auprc": "pr_auc",
    "ap": "pr_auc",
    "averageprecision": "pr_auc",
    "acc": "accuracy",
    "error": "accuracy",
    "logloss": "log_loss",
    "nll": "log_loss",
    "crossentropy": "log_loss",
    "binarycrossentropy": "log_loss",
    "categoricalcrossentropy": "log_loss",
    "ppv": "precision",
    "sensitivity": "recall",
    "tpr": "recall",
    "specificity": "recall",
    "f1score": "f1",
    "fscore": "f1",
    "f1macro": "f1(average=macro)",
    "f1micro": "f1(average=micro)",
    "f1weighted": "f1(average=weighted)",
    "matthewscorrcoef": "mcc",
    "cohenkappa": "kappa",
    "quadraticweightedkappa": "kappa(weights=quadratic)",
    "qwk": "kappa(weights=quadratic)",
    "ece": "expected_calibration_error",
    "brierscoreloss": "brier",
    "topk": "top_k_accuracy(k=5)",
    "top5": "top_k_accuracy(k=5)",
    "mse": "rmse",
    "rootmeansquarederror": "rmse",
    "meansquarederror": "rmse",
    "l2": "rmse",
    "l1": "mae",
    "meanabsoluteerror": "mae",
    "meanabsolutepercentageerror": "mape",
    "medianae": "median_absolute_error",
    "medae": "median_absolute_error",
    "mdae": "median_absolute_error",
    "rsquared": "r2",
    "quantile": "pinball(quantile=0.5)",
    "quantileloss": "pinball(quantile=0.5)",
    "pinballloss": "pinball(quantile=0.5)",
    "lrap": "label_ranking_average_precision",
    "exactmatch": "subset_accuracy",
    "iou": "jaccard",
}
"""What other libraries call a metric → ours. They only make the suggestion good; a metric has one name."""


def metric_names(task: TaskKind | None = None) -> tuple[str, ...]:
    """The names of the built-in metrics, of all or of those for a task.

    Example:
        >>> "roc_auc" in metric_names("binary"), "roc_auc" in metric_names("regression")
        (True, False)
    """
    return tuple(name for name, found in _DEFINITIONS.items() if task is None or task in found.tasks)


def definition(name: str) -> Definition:
    """The built-in metric of this name (case is ignored).

    Raises:
        UnknownNameError: when there is none; the message suggests the nearest and lists all.
    """
    found = _DEFINITIONS.get(name.lower())
    if found is not None:
        return found
    close = _suggest(name)
    hint = f" Did you mean {close!r}?" if close else ""
    raise UnknownNameError(f"There is no metric named {name!r}.{hint} Known: {', '.join(_DEFINITIONS)}.")


def _suggest(name: str) -> str | None:
    plain = name.lower().removeprefix("neg_")
    for word in ("_", "-", " ", "²"):
        plain = plain.replace(word, "2" if word == "²" else "")
    for candidate in (plain, plain.removesuffix("score")):
        if candidate in _ELSEWHERE:
            return _ELSEWHERE[candidate]
        for known in _DEFINITIONS:
            if known.replace("_", "") == candidate:
                return known
    return nearest(name, _DEFINITIONS)
