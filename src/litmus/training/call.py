"""`train`: from data to a ranked leaderboard and a model that is ready to be served."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litmus.executors.head_start import begin_imports

if TYPE_CHECKING:
    from litmus.events import Subscriber
    from litmus.executors import Executor
    from litmus.run import Run

__all__ = ["train"]


def train(
    data: Any,
    *,
    target: str | Sequence[str] | None = None,
    task: str | Sequence[str] | None = None,
    schema: Any = None,
    k_fold: Any = None,
    algorithm: Any = "auto",
    metrics: Mapping[str, Any] | Sequence[Any] | None = None,
    objective: Any = None,
    steps: Sequence[Any] = (),
    resources: Mapping[str, Any] | None = None,
    search: Any = None,
    time_limit: float | str | None = None,
    max_trials: int | None = None,
    stop_folds_early: bool = True,
    ensemble: Any = "auto",
    deployment: Any = None,
    finalists: int = 3,
    bar: Any = None,
    warm_start: Any = None,
    resume: str | None = None,
    final: str = "bagged",
    seed: int = 0,
    executor: Executor | str | None = None,
    callbacks: Sequence[Subscriber] | None = None,
) -> Run:
    """Train every algorithm on every data set, judge each on rows it has not seen, and rank them.

    Args:
        data: a `TaskData`, a list of them, or anything `TaskData.create(data=…)` takes: a path, a URL, a frame, rows.
        target, task, schema, k_fold: as in `TaskData.create`, when `data` is not a `TaskData` already.
        algorithm: one or a list of: a built-in's name, `litmus.XGBoost().hyperparams(…)`, your own algorithm,
            a scikit-learn estimator, a `litmus.Pipeline`; or "auto". A constant baseline is always added.
        metrics: `{"train": […], "validation": […], "test": […]}`, or one list for validation and test.
        objective: the metric that ranks; by default the first validation metric.
        steps: steps or plain functions run before the default steps of every algorithm.
        resources: `{"train": {"cpus": 4}, "predict": {"cpus": 2}}`; by default all cores.
        search: who suggests more configurations once those asked for are tried: "bayesian", "random", "grid", "hyperband",
            "bohb", "evolutionary", a `litmus.SearchStrategy`, or False for nobody. By default there is a search when
            `time_limit` or `max_trials` is given.
        time_limit: seconds the call may take, or text such as "10m"; what is finished by then is ranked.
        max_trials: configurations tried on each data set, those asked for included and the baseline not; the
            leaderboard is then the same whatever the number of workers.
        stop_folds_early: whether the search stops trials that are hopeless before all their folds are done.
        ensemble: how trials are put together into one model at the end: "greedy", "stacking", a `litmus.Ensemble`, True, or
            False for not at all; by default greedily, when there was a search.
        deployment: where the model is to be served: a `litmus.Deployment`, or a dict such as {"latency_p99": "5ms"}. Each
            trial then gets an estimate of its latency and size there, and what misses a limit ranks after all that keep
            them, is no best model, and is what the search and the ensemble avoid.
        finalists: how many of the best trials are served in a simulation of the deployment before the best is chosen; 0 to
            go by estimates alone.
        bar: what the model has to meet on the validation rows, such as "recall >= 0.8" or ["recall[fraud] >= 0.8",
            "predict_ms <= 2"]: a metric, `predict_ms`, `size_mb` or `models`. What misses it ranks after all that meets it.
        warm_start: an earlier run, its id, or a list of such, of this or other data: the search begins with the settings
            that were best there.
        resume: the id of a run that was interrupted or killed; give the same arguments as then.
        final: "bagged": the fold models predict together; "refit": the best candidate is fitted again on all rows.
        seed: the source of all randomness; the same seed gives the same leaderboard.
        executor: "local" (processes, the default), "in_process", or an `Executor`.
        callbacks: functions called with each event; by default a progress display. `[]` is silent.

    Returns:
        The run: `run.leaderboard`, `run.best`, `run.report()`.

    Raises:
        LitmusError: when an argument, the data or the machine do not allow it; before any work is done where possible.

    Example:
        >>> import litmus
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[])
        >>> run.leaderboard[1].name
        'LinearModel'
    """
    started = time.monotonic()
    begin_imports(executor, resources)  # the workers import the libraries while this process imports what follows
    from litmus.resources import parse_resources
    from litmus.training.carrying_out import carry_out
    from litmus.training.request import check_request

    request = check_request(
        data=data,
        target=target,
        task=task,
        schema=schema,
        k_fold=k_fold,
        algorithm=algorithm,
        metrics=metrics,
        objective=objective,
        steps=steps,
        final=final,
        seed=seed,
        search=search,
        time_limit=time_limit,
        max_trials=max_trials,
        stop_folds_early=stop_folds_early,
        ensemble=ensemble,
        deployment=deployment,
        finalists=finalists,
        bar=bar,
        warm_start=warm_start,
    )
    return carry_out(
        request, parse_resources(resources), executor=executor, callbacks=callbacks, resume=resume, started=started
    )
