"""Scores of predictions: built-in metrics by name, users' functions, and what curves are drawn from."""

from litmus.metrics.base import Metric
from litmus.metrics.custom import metric
from litmus.metrics.paired import Difference
from litmus.metrics.predictions import Predictions, decide
from litmus.metrics.registry import metric_names
from litmus.metrics.resolve import default_metrics, resolve_metric
from litmus.metrics.threshold_choice import choose_threshold

__all__ = [
    "Difference",
    "Metric",
    "Predictions",
    "choose_threshold",
    "decide",
    "default_metrics",
    "metric",
    "metric_names",
    "resolve_metric",
]
