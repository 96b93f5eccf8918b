"""One candidate on one data set: the work it is split into, and how its results become a trial."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from litmus.data import LoadedData
from litmus.evaluate.assess import Assessment, AssessWork, assess_test, assess_validation
from litmus.evaluate.candidate import Candidate
from litmus.evaluate.dataset_folder import DatasetFolder
from litmus.evaluate.fit_fold import FitWork, FoldResult
from litmus.evaluate.trial import Trial
from litmus.metrics import Metric
from litmus.metrics.predictions import Predictions

__all__ = ["ASSESS", "Plan", "fail", "finish_folds", "finish_test", "finish_validation", "seed_for"]

_SMALL_FILE = 1_000_000
"""Bytes up to which an array is read, not mapped: each map holds a file open."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """One candidate to be tried on one data set.

    Attributes:
        id: number within the run, from 1.
        candidate: what is tried.
        data: the loaded data set.
        dataset: its files.
        metrics: split → metrics.
        folder: where the trial's files go.
        seed: the run's seed.
        threads: threads a fit may use.
    """

    id: int
    candidate: Candidate
    data: LoadedData
    dataset: DatasetFolder
    metrics: dict[str, tuple[Metric, ...]]
    folder: Path
    seed: int
    threads: int

    @property
    def outputs(self) -> tuple[str, ...]:
        """The output folder of each fold."""
        return tuple(str(self.folder / f"fold-{number}") for number in range(self.dataset.n_folds))

    def fold_works(self) -> list[FitWork]:
        """The fits of the trial, one a fold; every candidate gets the same seed on the same fold."""
        return [
            FitWork(
                dataset=self.dataset,
                pipeline=self.candidate.pipeline,
                fold=number,
                output=output,
                seed=seed_for(self.seed, number),
                threads=self.threads,
                train_scores=bool(self.metrics.get("train")),
            )
            for number, output in enumerate(self.outputs)
        ]

    def assess_work(self, *, thresholds: dict[str, float] | None = None, refit: str | None = None) -> AssessWork:
        """The scoring of the trial."""
        return AssessWork(
            dataset=self.dataset,
            outputs=self.outputs,
            postprocessing=self.candidate.pipeline.postprocessing,
            metrics=self.metrics,
            seed=self.seed,
            folder=str(self.folder),
            thresholds=thresholds or {},
            refit=refit,
        )

    def trial(self) -> Trial:
        """The trial, still without results."""
        return Trial(self.id, self.candidate.name, self.data.name, self.candidate.algorithm, self.candidate.settings)


def seed_for(seed: int, fold: int) -> int:
    """A seed for one fold of a run; the same for every candidate, so that they differ in nothing else."""
    return int(np.random.SeedSequence([seed, fold]).generate_state(1)[0] % (2**31 - 1))


def finish_folds(trial: Trial, results: Sequence[FoldResult]) -> None:
    """Put what the folds gave into the trial: mean times, mean importance, notes."""
    trial.fit_seconds = float(np.mean([result.fit_seconds for result in results]))
    trial.predict_seconds = float(np.mean([result.predict_seconds for result in results]))
    total: dict[str, float] = defaultdict(float)
    for result in results:
        for feature, share in result.importance.items():
            total[feature] += share / len(results)
    trial.importance = dict(sorted(total.items(), key=lambda item: -item[1]))
    trial.notes = tuple(dict.fromkeys(sentence for result in results for sentence in result.notes))
    trial.folders = tuple(f"{result.output}/pipeline" for result in results)


def finish_validation(trial: Trial, plan: Plan, assessment: Assessment) -> None:
    """Put the out-of-fold scores and predictions into the trial."""
    trial.scores.update(assessment.scores)
    trial.notes += assessment.notes
    trial.validation_rows = _read(plan.folder / "validation-rows.npy")
    weight = plan.data.sample_weight
    trial.validation = _predictions(
        plan,
        "validation",
        np.asarray(plan.data.y)[trial.validation_rows],
        None if weight is None else weight[trial.validation_rows],
    )


def finish_test(trial: Trial, plan: Plan, assessment: Assessment) -> None:
    """Put the test scores and predictions into the trial."""
    trial.scores.update(assessment.scores)
    trial.notes += assessment.notes
    if plan.data.y_test is not None:
        trial.test = _predictions(plan, "test", plan.data.y_test, plan.data.test_weight)


def fail(trial: Trial, reason: str) -> None:
    """Mark the trial as failed; the first reason stays."""
    if trial.status == "complete":
        trial.status = "failed"
        trial.reason = reason


def _predictions(plan: Plan, split: str, y: np.ndarray, weight: np.ndarray | None) -> Predictions:
    """A split's predictions, mapped from the files that the worker wrote."""
    return Predictions(
        plan.data.task,
        y,
        _read(plan.folder / f"{split}-scores.npy"),
        _read(plan.folder / f"{split}-pred.npy"),
        tuple(plan.data.target.classes),
        weight,
    )


def _read(path: Path) -> np.ndarray:
    """An array as the worker wrote it: mapped when it is large, because a search keeps those of hundreds of trials."""
    found: np.ndarray = np.load(path, mmap_mode="r" if path.stat().st_size > _SMALL_FILE else None)
    return found


ASSESS = {"validation": assess_validation, "test": assess_test}
"""The function that scores each split."""
