"""The arguments of `train`, checked before any work is done."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, get_args

from litmus.data import LoadedData, TaskData
from litmus.deployment import Deployment, parse_deployment
from litmus.errors import LitmusError, ParameterError
from litmus.evaluate.bar import Bar, read_bars
from litmus.evaluate.candidate import Candidate, make_candidates
from litmus.evaluate.ensemble_options import Ensemble, resolve_ensemble
from litmus.metrics import Metric, default_metrics, resolve_metric
from litmus.naming import nearest
from litmus.pipeline import Pipeline
from litmus.pipeline.resolve import AlgorithmLike, StepLike, check_algorithm, resolve_algorithm, resolve_step
from litmus.training.budget import Budget, parse_budget
from litmus.training.warm_start import read_warm_start, warm_start_ids

if TYPE_CHECKING:
    from litmus.search import SearchStrategy

__all__ = ["DEFAULT_TRIALS", "Delivery", "Request", "Split", "check_request"]

DEFAULT_TRIALS = 30
"""Configurations tried on each data set when a search is asked for without a budget."""

_PROPER = ("log_loss", "brier", "expected_calibration_error")
"""Metrics of the probabilities themselves: with one as the objective, the temperature of every candidate is calibrated."""

Delivery = Literal["bagged", "refit"]
Split = Literal["train", "validation", "test"]


@dataclasses.dataclass(frozen=True)
class Request:
    """What is to be trained, on what, and how it is judged.

    Attributes:
        data: the data sets.
        algorithms: algorithms and pipelines, or None for the default ones.
        metrics: split → metrics; a split that is absent gets the task's default metrics (train: none).
        objective: the metric that ranks, or None for the first validation metric.
        steps: steps run before every candidate's own.
        final: whether the fold models predict together, or the best candidate is fitted again on all rows.
        seed: the source of all randomness.
        budget: the seconds and trials there are.
        search: who suggests configurations once those asked for are tried; None when nothing is searched.
        stop_folds_early: whether a search stops trials that are hopeless before all their folds are done.
        ensemble: how trials are put together at the end; None for not at all.
        bars: what models have to meet; those that do not rank after all that do.
        remembered: algorithm → settings that earlier runs found good, best first.
        warm_started: the ids of those runs.
        deployment: where the model is to be served, whose limits it has to keep; None where that does not matter.
        finalists: how many of the best trials are served in a simulation of it.
    """

    data: tuple[TaskData, ...]
    algorithms: tuple[AlgorithmLike | Pipeline, ...] | None
    metrics: dict[str, tuple[Metric, ...]]
    objective: Metric | None
    steps: tuple[StepLike, ...]
    final: Delivery
    seed: int
    budget: Budget = dataclasses.field(default_factory=Budget)
    search: SearchStrategy | None = None
    stop_folds_early: bool = True
    ensemble: Ensemble | None = None
    bars: tuple[Bar, ...] = ()
    remembered: dict[str, list[dict[str, Any]]] = dataclasses.field(default_factory=dict)
    deployment: Deployment | None = None
    finalists: int = 3
    warm_started: tuple[str, ...] = ()

    def candidates(self, data: LoadedData) -> tuple[Candidate, ...]:
        """The candidates for one data set.

        Raises:
            LitmusError: when none of those asked for can work on its task.
        """
        if self.algorithms is None:
            from litmus.algorithms.registry import default_names
            from litmus.training.contenders import portfolio_for

            names = default_names(data.task, len(data.train))
            if self.search is not None:
                names = tuple(dict.fromkeys(entry.algorithm for entry in portfolio_for(data)))
            objective = self.metrics_for(data)["validation"][0]
            calibrated = self.search is not None and data.task in ("binary", "multiclass") and objective.name in _PROPER
            return make_candidates([_pipeline(name, calibrated=calibrated) for name in names], steps=self.steps)
        candidates = make_candidates(self.algorithms, steps=self.steps)
        errors: list[LitmusError] = []
        for candidate in candidates[: len(self.algorithms)]:
            try:
                resolve_algorithm(candidate.pipeline.algorithm, data.task)
            except LitmusError as error:
                errors.append(error)
        if len(errors) == len(self.algorithms):
            raise errors[0]
        return candidates

    def metrics_for(self, data: LoadedData) -> dict[str, tuple[Metric, ...]]:
        """Split → metrics for one data set, the objective first among the validation metrics.

        Raises:
            LitmusError: when a metric cannot be used for its task, or names an unknown class.
        """
        chosen = {split: self.metrics.get(split, default_metrics(data.task)) for split in ("validation", "test")}
        chosen["train"] = self.metrics.get("train", ())
        if self.objective is not None:
            others = [metric for metric in chosen["validation"] if metric.label != self.objective.label]
            chosen["validation"] = (self.objective, *others)
        for split in ("validation", "test"):  # a bar is judged on the validation rows, and told of the test rows
            known = {metric.label for metric in chosen[split]}
            chosen[split] += tuple(bar.metric for bar in self.bars if bar.metric and bar.metric.label not in known)
        for metric in {metric.label: metric for split in chosen.values() for metric in split}.values():
            metric.check(data.task, tuple(data.target.classes))
        return chosen

    @property
    def guessed_jobs(self) -> int:
        """About how many fits there will be, to size the executor before the data are read."""
        if self.search is not None:
            return 10**6
        algorithms = 6 if self.algorithms is None else len(self.algorithms) + 1
        folds = [getattr(data.k_fold, "folds", data.k_fold) for data in self.data]
        return sum(algorithms * (count if isinstance(count, int) else 5) for count in folds)


def check_request(
    *,
    data: Any,
    target: str | Sequence[str] | None,
    task: str | Sequence[str] | None,
    schema: Any,
    k_fold: Any,
    algorithm: Any,
    metrics: Any,
    objective: Any,
    steps: Sequence[StepLike],
    final: str,
    seed: int,
    search: Any = None,
    time_limit: Any = None,
    max_trials: Any = None,
    stop_folds_early: bool = True,
    ensemble: Any = "auto",
    bar: Any = None,
    warm_start: Any = None,
    deployment: Any = None,
    finalists: int = 3,
) -> Request:
    """Turn what the user wrote into a `Request`.

    Raises:
        LitmusError: for anything that is wrong without looking at the data.
    """
    if final not in get_args(Delivery):
        raise ParameterError(f"final={final!r} is not allowed; use 'bagged' or 'refit'.")
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise ParameterError(f"seed={seed!r} is not allowed; give a whole number of 0 or more.")
    if isinstance(finalists, bool) or not isinstance(finalists, Integral) or finalists < 0:
        raise ParameterError(f"finalists={finalists!r} is not allowed; give a whole number, 0 to simulate none.")
    budget = parse_budget(time_limit, max_trials)
    strategy = _read_search(True if search is None and warm_start is not None else search, budget)
    if strategy is not None and budget == Budget():
        budget = Budget(trials=DEFAULT_TRIALS)
    steps = steps if isinstance(steps, list | tuple) else [steps]
    for step in steps:
        resolve_step(step)
    return Request(
        data=_read_data(data, {"target": target, "task": task, "schema": schema, "k_fold": k_fold}),
        algorithms=_read_algorithms(algorithm),
        metrics=_read_metrics(metrics),
        objective=None if objective is None else resolve_metric(objective),
        steps=tuple(steps),
        final=final,
        seed=int(seed),
        budget=budget,
        search=strategy,
        stop_folds_early=bool(stop_folds_early),
        bars=read_bars(bar),
        remembered=read_warm_start(warm_start),
        warm_started=warm_start_ids(warm_start),
        deployment=None if deployment is None else parse_deployment(deployment),
        finalists=int(finalists),
        ensemble=resolve_ensemble(ensemble if ensemble != "auto" or strategy is not None else None),
    )


def _pipeline(algorithm: str, *, calibrated: bool) -> Pipeline:
    """The default pipeline of an algorithm."""
    from litmus.postprocessing import Calibrate

    parts = [Calibrate(method="temperature")] if calibrated and algorithm != "Baseline" else []
    return Pipeline(algorithm, postprocessing=parts)


def _read_search(search: Any, budget: Budget) -> SearchStrategy | None:
    """The strategy asked for; the default one where a budget is given without a word on how to spend it."""
    if search is False or (search is None and budget == Budget()):
        return None
    from litmus.search import resolve_strategy

    if search is None or search is True:
        return resolve_strategy("bayesian" if importlib.util.find_spec("optuna") else "random")
    return resolve_strategy(search)


def _read_data(data: Any, options: dict[str, Any]) -> tuple[TaskData, ...]:
    """One data set, or a list of `TaskData`; a list of dicts is one table of rows."""
    several = isinstance(data, list | tuple) and any(isinstance(item, TaskData) for item in data)
    if isinstance(data, TaskData) or several:
        items = (data,) if isinstance(data, TaskData) else tuple(data)
        strangers = [type(item).__name__ for item in items if not isinstance(item, TaskData)]
        if strangers:
            raise ParameterError(f"data= mixes TaskData with {strangers[0]}; wrap each with TaskData.create(data=…).")
        given = [name for name, value in options.items() if value is not None]
        if given:
            raise ParameterError(f"{given[0]}= belongs into TaskData.create(…) when data= is TaskData; move it there.")
        names = [item.name for item in items]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ParameterError(
                f"Two data sets are named {twice!r}; give each a name of its own: TaskData.create(name=…)."
            )
        return items
    return (TaskData.create(data=data, **options),)


def _read_algorithms(algorithm: Any) -> tuple[Any, ...] | None:
    if isinstance(algorithm, str) and algorithm.lower() == "auto":
        return None
    listed = algorithm if isinstance(algorithm, list | tuple) else [algorithm]
    checked = tuple(item if isinstance(item, Pipeline) else check_algorithm(item) for item in listed)
    if not checked:
        raise ParameterError("algorithm=[] names nothing to train; give at least one, such as ['XGBoost'], or 'auto'.")
    return checked


def _read_metrics(metrics: Any) -> dict[str, tuple[Metric, ...]]:
    if metrics is None:
        return {}
    if not isinstance(metrics, Mapping):
        listed = metrics if isinstance(metrics, list | tuple) else [metrics]
        metrics = {"validation": listed, "test": listed}
    result = {}
    for split, listed in metrics.items():
        if split not in get_args(Split):
            close = nearest(str(split), get_args(Split))
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(f"metrics has no split {split!r}.{hint} Splits: {', '.join(get_args(Split))}.")
        listed = listed if isinstance(listed, list | tuple) else [listed]
        if not listed and split == "validation":
            raise ParameterError("metrics['validation'] is empty; name at least one metric, such as ['accuracy'].")
        result[split] = tuple(resolve_metric(metric) for metric in listed)
    return result
