"""The phases of a run: fit every fold, score out-of-fold, fit the best again if asked to, score the test split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from litmus.errors import LitmusError
from litmus.evaluate.assess import Assessment
from litmus.evaluate.fit_fold import FitWork, FoldResult, fit_all_rows, fit_fold
from litmus.evaluate.plan import ASSESS, Plan, fail, finish_folds, finish_test, finish_validation, seed_for
from litmus.evaluate.trial import Trial
from litmus.events import Events
from litmus.executors import Executor, Job
from litmus.pipeline.resolve import resolve_algorithm

__all__ = ["fit_folds", "refit", "score_test", "score_validation", "trial_folder"]


def fit_folds(
    executor: Executor,
    plans: Sequence[Plan],
    trials: dict[int, Trial],
    events: Events,
    *,
    at_most: int | None = None,
) -> dict[int, list[FoldResult]]:
    """Fit every candidate on every fold; a candidate that fails on one fold is not tried on the rest."""
    jobs = [
        Job((plan.id, number), fit_fold, (work,), group=plan.id)
        for plan in plans
        for number, work in enumerate(plan.fold_works())
    ]
    results: dict[int, dict[int, FoldResult]] = defaultdict(dict)
    skipped: list[Job] = []

    def of_failed_trial(job: Job) -> bool:
        if trials[job.key[0]].status == "failed":
            skipped.append(job)
            return True
        return False

    for finished, outcome in enumerate(executor.run(jobs, at_most=at_most, skip=of_failed_trial), 1):
        trial_id, fold = outcome.job.key
        trial = trials[trial_id]
        if outcome.error is None:
            results[trial_id][fold] = outcome.value
        else:
            fail(trial, outcome.error)
            events.emit(
                "trial.finished",
                f"{trial.name} failed: {trial.reason}",
                trial=trial.name,
                data=trial.data,
                status="failed",
                reason=trial.reason,
            )
        events.emit(
            "fold.finished",
            f"{trial.name}, fold {fold + 1}: {outcome.seconds:.1f} s",
            trial=trial.name,
            data=trial.data,
            fold=fold,
            done=finished + len(skipped),
            total=len(jobs),
            seconds=outcome.seconds,
        )
    return {
        trial_id: [folds[number] for number in sorted(folds)]
        for trial_id, folds in results.items()
        if trials[trial_id].status == "complete"
    }


def score_validation(
    executor: Executor,
    plans: Sequence[Plan],
    trials: dict[int, Trial],
    results: dict[int, list[FoldResult]],
    events: Events,
) -> dict[int, Assessment]:
    """Score the out-of-fold predictions of every trial that has all its folds."""
    whole = {plan.id: plan for plan in plans if plan.id in results}
    jobs = [Job(plan.id, ASSESS["validation"], (plan.assess_work(),)) for plan in whole.values()]
    assessments: dict[int, Assessment] = {}
    for outcome in executor.run(jobs):
        trial, plan = trials[outcome.job.key], whole[outcome.job.key]
        if outcome.error is None:
            assessments[trial.id] = outcome.value
            finish_folds(trial, results[trial.id])
            finish_validation(trial, plan, outcome.value)
        else:
            fail(trial, outcome.error)
        objective = plan.metrics["validation"][0]
        score = trial.score(objective.label)
        events.emit(
            "trial.finished",
            f"{trial.name}: {objective.label} {score.value:.4f}" if score else f"{trial.name} failed: {trial.reason}",
            trial=trial.name,
            data=trial.data,
            status=trial.status,
            metric=objective.label,
            score=None if score is None else score.value,
            maximize=objective.maximize,
            reason=trial.reason,
        )
    return assessments


def refit(executor: Executor, plan: Plan, results: Sequence[FoldResult]) -> str:
    """Fit a candidate on all training rows with the mean number of rounds its folds chose; returns the folder.

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
    work = FitWork(plan.dataset, pipeline, -1, str(output), seed_for(plan.seed, len(results)), plan.threads)
    for outcome in executor.run([Job(plan.id, fit_all_rows, (work,))]):
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
    at_most: int,
) -> None:
    """Score every complete trial on the test split, once."""
    jobs = [
        Job(
            plan.id,
            ASSESS["test"],
            (plan.assess_work(thresholds=assessments[plan.id].thresholds, refit=refitted.get(plan.id)),),
        )
        for plan in plans
        if plan.id in assessments and plan.data.test is not None and plan.data.y_test is not None
    ]
    by_id = {plan.id: plan for plan in plans}
    for outcome in executor.run(jobs, at_most=at_most):
        trial = trials[outcome.job.key]
        if outcome.error is None:
            finish_test(trial, by_id[trial.id], outcome.value)
        else:
            trial.notes += (f"The test split was not scored: {outcome.error}",)


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


def trial_folder(home: Path, trial_id: int) -> Path:
    """Where a trial's files go."""
    return home / f"trial-{trial_id:03d}"
