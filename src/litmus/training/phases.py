"""What follows the trials of a run: the best is fitted again if asked to, and the test split is scored."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from litmus.errors import LitmusError
from litmus.evaluate.assess import Assessment
from litmus.evaluate.fit_fold import FitWork, FoldResult, fit_all_rows
from litmus.evaluate.plan import ASSESS, Plan, finish_test, seed_for
from litmus.evaluate.trial import Trial
from litmus.executors import Executor, Job
from litmus.pipeline.resolve import resolve_algorithm

__all__ = ["refit", "score_test"]


def refit(
    executor: Executor, plan: Plan, results: Sequence[FoldResult], *, share: float = 1.0, deadline: float | None = None
) -> str:
    """Fit a candidate on all training rows with the mean number of rounds its folds chose; returns the folder.

    Where its folds learned from a share of their rows, so does this fit of all of them. It is killed at `deadline`, a `time.monotonic()` second.

    Raises:
        LitmusError: when the fit fails.
    """
    settings = _mean_settings([result.refit_settings for result in results])
    pipeline = plan.candidate.pipeline
    if settings:
        pipeline = pipeline.with_algorithm(
            resolve_algorithm(pipeline.algorithm, plan.data.task).hyperparams(**settings)
        )
    output = plan.folder / "all-rows"
    work = FitWork(
        plan.dataset, pipeline, -1, str(output), seed_for(plan.seed, len(results)), plan.threads, share=share
    )
    for outcome in executor.run([Job(plan.id, fit_all_rows, (work,), threads=plan.threads, deadline=deadline)]):
        if outcome.error is not None:
            raise LitmusError(f"{plan.candidate.name} could not be fitted on all rows: {outcome.error}")
    return str(output / "pipeline")


def score_test(
    executor: Executor,
    plans: Sequence[Plan],
    trials: dict[int, Trial],
    assessments: dict[int, Assessment],
    *,
    refitted: dict[int, str],
    workers: int,
    deadline: float | None = None,
    always: Collection[int] = (),
    last_call: float | None = None,
) -> None:
    """Score every complete trial on the test split, once, `workers` at a time.

    From `deadline` on only those whose numbers are in `always` are scored, and these are killed at `last_call`; both are
    `time.monotonic()` seconds.
    """
    jobs = [
        Job(
            plan.id,
            ASSESS["test"],
            (plan.assess_work(thresholds=assessments[plan.id].thresholds, refit=refitted.get(plan.id)),),
            deadline=last_call if plan.id in always else deadline,
        )
        for plan in plans
        if plan.id in assessments and plan.data.test is not None and plan.data.y_test is not None
    ]
    by_id = {plan.id: plan for plan in plans}
    before = executor.workers, executor.threads
    at_once = min(workers, len(jobs))
    if at_once > executor.workers:
        executor.resize(at_once, threads=1)
    try:
        for outcome in executor.run(jobs, at_most=at_once):
            trial = trials[outcome.job.key]
            if outcome.error is None:
                finish_test(trial, by_id[trial.id], outcome.value)
            elif outcome.stopped == "deadline":
                trial.notes += ("The test split was not scored: the time limit came first.",)
            else:
                trial.notes += (f"The test split was not scored: {outcome.error}",)
    finally:
        if at_once > before[0]:
            executor.resize(before[0], threads=before[1])


def _mean_settings(settings: Sequence[dict[str, object]]) -> dict[str, object]:
    """The mean of each numeric setting over the folds, whole if it was whole; other settings as the first fold has them."""
    means: dict[str, object] = {}
    for name, first in (settings[0] if settings else {}).items():
        values = [one[name] for one in settings]
        if isinstance(first, bool) or not isinstance(first, int | float):
            means[name] = first
        else:
            mean = float(np.mean(np.asarray(values, dtype=np.float64)))
            means[name] = round(mean) if isinstance(first, int) else mean
    return means
