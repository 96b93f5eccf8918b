"""A metric as users meet it: a named score with a direction, parameters, and what it needs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from litmus.component import check_parameter_names
from litmus.errors import MetricError, ParameterError
from litmus.metrics import bootstrap, spelling, thresholds
from litmus.metrics.definition import Definition, Needs
from litmus.metrics.evaluation import Evaluation, RowEvaluation
from litmus.metrics.paired import Difference, drawn_differences, interval_of
from litmus.metrics.predictions import Predictions
from litmus.metrics.registry import definition as built_in
from litmus.metrics.registry import metric_names
from litmus.metrics.usable import usable_rows
from litmus.metrics.weighted import row_weights
from litmus.task import TaskKind

__all__ = ["Metric"]

_OVERFLOWS = np.errstate(
    over="ignore", invalid="ignore"
)  # a score beyond the range of numbers is not finite, and said to be


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Metric:
    """A named score.

    Attributes:
        name: a built-in's name, also with a class in brackets (`"precision[fraud]"`) and parameters in parentheses
            (`"coverage_at_precision(precision=0.85)"`), as `label` writes it.
        parameters: name → value.
        definition: the facts behind a custom metric, made by `litmus.metric`; None looks the name up.

    Raises:
        UnknownNameError: when there is no such metric.
        ParameterError: when a parameter is unknown, missing, or has a value that is not allowed.

    Example:
        >>> Metric("coverage_at_precision", {"precision": 0.85}).label
        'coverage_at_precision(precision=0.85)'
        >>> Metric("precision[fraud]").parameters["label"]
        'fraud'
    """

    name: str
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    definition: Definition | None = dataclasses.field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ParameterError(f"A metric's name must be a string, not {self.name!r}.")
        if not isinstance(self.parameters, Mapping):
            raise ParameterError(
                f"Parameters of {self.name} must be a dict such as {{'precision': 0.85}}, not {self.parameters!r}."
            )
        name, written = (self.name, {}) if self.definition is not None else spelling.read(self.name)
        found = self.definition or built_in(name)
        for twice in written.keys() & self.parameters.keys():
            raise ParameterError(f"{self.name!r} gives {twice} already; leave it out of the parameters.")
        object.__setattr__(self, "name", found.name)
        object.__setattr__(self, "parameters", MappingProxyType(_checked(found, {**written, **self.parameters})))

    @property
    def label(self) -> str:
        """The metric in writing, which `Metric` reads back: the name with what differs from the defaults."""
        declared = {parameter.name: parameter for parameter in self._definition.parameters}
        return spelling.write(self.name, self.parameters, declared)

    @property
    def maximize(self) -> bool:
        """Whether larger is better."""
        return self._definition.maximize

    @property
    def needs(self) -> Needs:
        """What it is computed from: "labels" (decided classes or predicted values) or "probabilities"."""
        return self._definition.needs

    @property
    def tasks(self) -> tuple[TaskKind, ...]:
        """The tasks it is for."""
        return self._definition.tasks

    @property
    def summary(self) -> str:
        """What it measures, in one sentence."""
        return self._definition.summary

    @property
    def chooses_threshold(self) -> bool:
        """Whether it chooses a confidence threshold: then `threshold`, `score_at` and `details` work."""
        return self._definition.choose is not None

    def with_parameters(self, parameters: Mapping[str, Any]) -> Metric:
        """A copy with some parameters changed.

        Example:
            >>> Metric("f1").with_parameters({"average": "weighted"}).label
            'f1(average=weighted)'
        """
        return Metric(self.name, {**self.parameters, **parameters}, definition=self.definition)

    def check(self, task: TaskKind, classes: Sequence[object] = ()) -> None:
        """Check that the metric can be used for a task with these classes (in the order of their codes).

        Raises:
            MetricError: when it is for other tasks.
            ParameterError: when a parameter names an unknown class or does not fit the task.
        """
        found = self._definition
        if task not in found.tasks:
            usable = metric_names(task)
            raise MetricError(
                f"{self.label!r} is for {', '.join(found.tasks)}; for {task} tasks use one of: {', '.join(usable)}."
            )
        if found.check is not None:
            found.check(task, classes, owner=self.name, **self.parameters)

    @_OVERFLOWS
    def score(self, predictions: Predictions) -> float:
        """The metric's value on predictions, weighted by their sample weights.

        A metric that chooses a threshold chooses it on these same rows, which flatters; see `score_at`.

        Raises:
            MetricError: when it is undefined on these rows, or the rows cannot be scored at all.
            ParameterError: as `check`.
        """
        usable = self._usable(predictions)
        return self._value(self._prepare(usable, None), usable)

    @_OVERFLOWS
    def interval(
        self,
        predictions: Predictions,
        *,
        level: float = 0.95,
        resamples: int = 200,
        seed: int = 0,
        threshold: float | None = None,
    ) -> tuple[float, float]:
        """A confidence interval for the score, by bootstrap over rows (see `litmus.metrics.bootstrap`).

        Args:
            predictions: as for `score`.
            level: the probability with which the interval holds the score of unseen rows.
            resamples: how often rows are drawn with replacement; expensive metrics take fewer.
            seed: the source of all randomness.
            threshold: score at this threshold, for metrics that choose one; None chooses one in each resample.

        Raises:
            MetricError: when the score is undefined, or is on nearly all resamples.
        """
        if not 0 < level < 1 or resamples < 2:
            raise ParameterError(
                f"level must be between 0 and 1 and resamples at least 2, not {level!r}, {resamples!r}."
            )
        if threshold is not None:
            thresholds.check_threshold(threshold)
        usable = self._usable(predictions)
        evaluation = self._prepare(usable, threshold)
        score = self._value(evaluation, usable)
        try:
            low, high = bootstrap.interval(
                lambda rows: self._prepare(rows, threshold),
                usable,
                evaluation,
                score=score,
                level=level,
                resamples=resamples,
                seed=seed,
            )
        except MetricError as error:
            raise MetricError(f"The interval of {self.label} is undefined: {error}") from None
        return self.bounded(low), self.bounded(high)

    @_OVERFLOWS
    def difference(
        self, first: Predictions, second: Predictions, *, level: float = 0.95, resamples: int = 1000, seed: int = 0
    ) -> Difference:
        """By how much the second model is better than the first on the same rows, with a paired bootstrap interval.

        Args:
            first, second: what two models said about the same rows, in the same order.
            level, resamples, seed: as for `interval`.

        Raises:
            MetricError: when a score is undefined, or the rows are not the same.
        """
        if len(first) != len(second) or not np.array_equal(first.y_true, second.y_true):
            raise MetricError(f"{self.label} cannot be compared: the two predictions are not of the same rows.")
        rows = [self._usable(each) for each in (first, second)]
        prepared = [self._prepare(each, None) for each in rows]
        one, other = (self._value(each, of) for each, of in zip(prepared, rows, strict=True))
        sign = 1.0 if self.maximize else -1.0
        weights = (row_weights(rows[0]), row_weights(rows[1]))
        try:
            drawn = sign * drawn_differences(prepared[0], prepared[1], weights, resamples=resamples, seed=seed)
        except MetricError as error:
            raise MetricError(f"The difference of {self.label} is undefined: {error}") from None
        gain = sign * (other - one)
        low, high = interval_of(drawn, gain, level)
        return Difference(one, other, gain, low, high, len(rows[0]))

    def threshold(self, predictions: Predictions) -> float:
        """The confidence threshold that the metric chooses on these (out-of-fold) predictions.

        It is infinite, so that no row is accepted, when no threshold reaches the precision asked for.

        Raises:
            MetricError: when the metric chooses no threshold.
        """
        choose = self._definition.choose
        if choose is None:
            raise self._no_threshold()
        return choose(self._usable(predictions), **self.parameters)

    @_OVERFLOWS
    def score_at(self, predictions: Predictions, threshold: float) -> float:
        """The metric's value on predictions, at a threshold that was chosen on others.

        Raises:
            MetricError: when the metric chooses no threshold, or is undefined at this one.
        """
        thresholds.check_threshold(threshold)
        usable = self._usable(predictions)
        return self._value(self._prepare(usable, threshold), usable)

    def details(self, predictions: Predictions, threshold: float) -> dict[str, Any]:
        """What happens on predictions at a threshold, as JSON values.

        Returns:
            "threshold", "coverage", "precision", "recall": floats, or None where undefined;
            "accepted_rows", "rows": int.

        Raises:
            MetricError: when the metric chooses no threshold.
        """
        if not self.chooses_threshold:
            raise self._no_threshold()
        thresholds.check_threshold(threshold)
        return thresholds.details(self._usable(predictions), threshold, self.parameters.get("label"))

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        """Call the function behind a custom metric with this metric's parameters, such as in a test of it.

        Raises:
            MetricError: for built-ins, which are computed from `Predictions` by `score`.
        """
        function = self._definition.function
        if function is None:
            raise MetricError(f"{self.label} is computed from Predictions: call .score(predictions).")
        return function(y_true, y_pred, **self.parameters)

    @property
    def _definition(self) -> Definition:
        return self.definition or built_in(self.name)

    def _usable(self, predictions: Predictions) -> Predictions:
        """The rows with a positive weight, once it is known that they can be scored."""
        self.check(predictions.task, predictions.classes)
        return usable_rows(self.label, predictions, of_probabilities=self.needs == "probabilities")

    def _prepare(self, predictions: Predictions, threshold: float | None) -> Evaluation | RowEvaluation:
        if threshold is None:
            return self._definition.prepare(predictions, **self.parameters)
        if self._definition.prepare_at is None:
            raise self._no_threshold()
        return self._definition.prepare_at(predictions, threshold, **self.parameters)

    def _value(self, evaluation: Evaluation | RowEvaluation, predictions: Predictions) -> float:
        value = evaluation.score(row_weights(predictions))
        if math.isnan(value):
            raise MetricError(f"{self.label} is undefined: {evaluation.undefined}")
        return self.bounded(value)

    def bounded(self, value: float) -> float:
        """The value without what rounding put beyond the metric's bounds."""
        lowest, highest = self._definition.bounds
        return min(max(value, lowest), highest)

    def _no_threshold(self) -> MetricError:
        choosers = [name for name in metric_names() if built_in(name).choose is not None]
        return MetricError(f"{self.label} chooses no threshold; these do: {', '.join(choosers)}.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Metric) and (self.label, self.maximize) == (other.label, other.maximize)

    def __hash__(self) -> int:
        return hash((self.label, self.maximize))

    def __str__(self) -> str:
        return self.label

    def __repr__(self) -> str:
        parameters = f", {dict(self.parameters)!r}" if self.parameters else ""
        return f"Metric({self.name!r}{parameters})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.name, dict(self.parameters), self.definition)


def _restored(name: str, parameters: dict[str, Any], definition: Definition | None) -> Metric:
    return Metric(name, parameters, definition=definition)


def _checked(found: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as plain Python ones, in the order of declaration."""
    declared = {parameter.name: parameter for parameter in found.parameters}
    check_parameter_names(found.name, values, declared)
    for name, parameter in declared.items():
        if parameter.required and name not in values:
            raise ParameterError(
                f"{found.name} needs {name}, {parameter.allowed}: Metric({found.name!r}, {{{name!r}: …}})."
            )
    return {name: parameter.check(found.name, values[name]) for name, parameter in declared.items() if name in values}
