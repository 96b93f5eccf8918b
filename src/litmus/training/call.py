"""`train`: from data to a ranked leaderboard and a model that is ready to be served."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import secrets
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litmus.environment import describe_environment
from litmus.errors import LitmusError, ParameterError
from litmus.evaluate.dataset_folder import DatasetFolder
from litmus.evaluate.fit_fold import FoldResult
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.plan import Plan
from litmus.evaluate.trial import Trial
from litmus.events import Events, Subscriber
from litmus.executors import Executor
from litmus.executors.choice import choose_executor
from litmus.freed import give_back_memory
from litmus.resources import Resources, parse_resources
from litmus.run import Run
from litmus.training.phases import fit_folds, refit, score_test, score_validation, trial_folder
from litmus.training.request import Request, check_request

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
    )
    allowed = parse_resources(resources)
    events = Events(_subscribers(callbacks))
    home = Path(tempfile.mkdtemp(prefix="litmus-run-"))
    try:
        with contextlib.closing(choose_executor(executor, request, allowed["train"])) as pool:
            return _run(request, allowed, events, pool, home)
    except BaseException as error:
        shutil.rmtree(home, ignore_errors=True)
        events.emit("run.failed", str(error) or type(error).__name__)
        raise


def _run(request: Request, allowed: dict[str, Resources], events: Events, pool: Executor, home: Path) -> Run:
    """The story of a run, once its arguments are known to be sound."""
    created, started = dt.datetime.now(dt.UTC), time.perf_counter()
    pool.start()
    plans = _plan(request, pool, events, home)
    trials = {plan.id: plan.trial() for plan in plans}
    jobs = sum(plan.dataset.n_folds for plan in plans)
    events.emit(
        "run.started",
        f"{len(plans)} candidates, {jobs} fits on {pool.workers} workers",
        candidates=len(plans),
        folds=jobs,
        jobs=jobs,
    )
    at_most = allowed["train"].at_most(max(plan.dataset.size for plan in plans))
    plans = [dataclasses.replace(plan, threads=_threads(pool, allowed["train"], at_most)) for plan in plans]
    results = fit_folds(pool, plans, trials, events, at_most=at_most)
    assessments = score_validation(pool, plans, trials, results, events)
    leaderboard = Leaderboard(
        list(trials.values()), {plan.data.name: plan.metrics["validation"][0].label for plan in plans}
    )
    best = leaderboard.best_of_each()
    first = {trial.id for trial in best.values()}
    chosen = [plan for plan in plans if request.final == "refit" and plan.id in first]
    refitted = {plan.id: path for plan in chosen if (path := _refit(pool, plan, trials, results, events)) is not None}
    score_test(pool, plans, trials, assessments, refitted=refitted, at_most=allowed["predict"].n_cpus)
    run = Run(
        id=f"{created:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        created=created,
        seconds=time.perf_counter() - started,
        seed=request.seed,
        leaderboard=leaderboard,
        best_trials=best,
        plans={plan.id: plan for plan in plans},
        refitted=refitted,
        events=events,
        environment=describe_environment(),
        resources=allowed,
        home=home,
    )
    run.register()
    events.emit("run.finished", run.summary(), best={n: trial.name for n, trial in best.items()}, seconds=run.seconds)
    return run


def _plan(request: Request, pool: Executor, events: Events, home: Path) -> list[Plan]:
    """Load each data set, write it for the workers, and pair it with its candidates."""
    plans: list[Plan] = []
    for number, task_data in enumerate(request.data):
        scratch = home / f"reading-{number:02d}"
        data = task_data.load(seed=request.seed, events=events, scratch=scratch)
        candidates, metrics = request.candidates(data), request.metrics_for(data)
        dataset = DatasetFolder.write(data, home / f"data-{number:02d}")
        data = dataset.mapped(data)
        shutil.rmtree(scratch, ignore_errors=True)
        give_back_memory()  # what loading took, before the workers take theirs
        plans += [
            Plan(
                id=len(plans) + place,
                candidate=candidate,
                data=data,
                dataset=dataset,
                metrics=metrics,
                folder=trial_folder(home, len(plans) + place),
                seed=request.seed,
                threads=pool.threads,
            )
            for place, candidate in enumerate(candidates, 1)
        ]
    return plans


def _threads(pool: Executor, allowed: Resources, at_most: int | None) -> int:
    """Threads of a fit: where memory lets fewer fits run than there are workers, the cores of the others are theirs."""
    return pool.threads if at_most is None else max(pool.threads, allowed.n_cpus // at_most)


def _refit(
    pool: Executor, plan: Plan, trials: dict[int, Trial], results: dict[int, list[FoldResult]], events: Events
) -> str | None:
    """The folder of the best candidate fitted on all rows; None when that fails, and its fold models are kept instead."""
    try:
        return refit(pool, plan, results[plan.id])
    except LitmusError as error:
        sentence = f"{str(error).rstrip('.')}. The fold models predict together instead."
        trials[plan.id].notes += (sentence,)
        events.emit("note", sentence, data=plan.data.name)
        return None


def _subscribers(callbacks: Sequence[Subscriber] | None) -> tuple[Subscriber, ...]:
    if callbacks is not None:
        listed = tuple(callbacks) if isinstance(callbacks, list | tuple) else (callbacks,)
        stranger = next((item for item in listed if not callable(item)), None)
        if stranger is not None:
            raise ParameterError(
                f"callbacks holds {stranger!r}, which cannot be called; give functions of one event, or [] for silence."
            )
        return listed
    from litmus.progress import default_progress

    return (default_progress(),)
