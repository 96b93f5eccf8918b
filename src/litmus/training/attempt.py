"""One trial while it is under way: which of its folds are done, and what is to be done next."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from litmus.evaluate.assess import Assessment
from litmus.evaluate.fit_fold import FitWork, FoldResult, finished_fold
from litmus.evaluate.plan import Plan
from litmus.evaluate.trial import Trial
from litmus.training.contender import Contender

__all__ = ["Attempt"]


@dataclasses.dataclass
class Attempt:
    """One trial under way.

    Attributes:
        number: place among the data set's trials, from 1.
        contender: whose configuration it is.
        plan: the work it is split into.
        trial: what it becomes.
        settings: the configuration in the contender's space; None for the one given, without a search.
        fidelity: share of the full effort; below 1 it is judged on the first fold only, and never ranked.
        share: share of each fold's training rows it learns from.
        parent: number of the trial of the same configuration that learned from fewer rows; None where it is the first.
        allowed: seconds that one of its fits may take, where that is not what is usual.
        raced: whether it is stopped when it is hopeless.
        known: how many of the data set's trials it may know the results of, counted from the first.
        results: fold → what it gave.
        running: folds that are being fitted.
        state: "open" while folds are wanted, "scoring" when all are there, "estimating" when what it takes where it is
            served is still to be found out, "done" at the end.
        value: the objective, larger is better; None while unknown, and when there is none.
        assessment: the scores, once there are some.
    """

    number: int
    contender: Contender
    plan: Plan
    trial: Trial
    settings: Mapping[str, Any] | None = None
    fidelity: float = 1.0
    share: float = 1.0
    parent: int | None = None
    allowed: float | None = None
    raced: bool = False
    known: int = 0
    results: dict[int, FoldResult] = dataclasses.field(default_factory=dict)
    running: set[int] = dataclasses.field(default_factory=set)
    state: Literal["open", "scoring", "estimating", "done"] = "open"
    value: float | None = None
    assessment: Assessment | None = None

    def __post_init__(self) -> None:
        """Take over the folds that an earlier part of the run has fitted."""
        for fold in self.folds:
            found = finished_fold(self.plan.outputs[fold])
            if found is not None:
                self.results[fold] = found
                self.trial.cost_seconds += found.fit_seconds

    @property
    def folds(self) -> range:
        """The folds it is judged on."""
        return range(1 if self.fidelity < 1 else self.plan.dataset.n_folds)

    @property
    def prefix(self) -> list[FoldResult]:
        """The results from the first fold on, without a gap, so that decisions do not depend on who finished first."""
        found = []
        for fold in self.folds:
            if fold not in self.results:
                break
            found.append(self.results[fold])
        return found

    @property
    def whole(self) -> bool:
        """Whether every fold is there."""
        return len(self.results) == len(self.folds)

    def next_fold(self, *, ahead: bool) -> int | None:
        """The next fold to fit, or None.

        A raced trial goes on fold by fold, so that nothing is done for a hopeless one; `ahead` lets it go on before the
        fold under way has ended, for a worker that would have nothing else to do.
        """
        if self.state != "open" or (self.raced and self.running and not ahead):
            return None
        return next((fold for fold in self.folds if fold not in self.results and fold not in self.running), None)

    def work(self, fold: int, *, deadline: float | None = None, patience: float | None = None) -> FitWork:
        """The fit of a fold, which should stop learning after so many seconds, and at the deadline."""
        return dataclasses.replace(
            self.plan.fold_works()[fold],
            test_scores=self.plan.data.test is not None and (self.raced or deadline is not None),
            objective=self.plan.metrics["validation"][0],
            share=self.share,
            deadline=deadline,
            patience=patience,
        )

    def scores(self) -> list[float]:
        """The objective on each fold of the prefix, larger is better; NaN where there is none."""
        sign = 1.0 if self.plan.metrics["validation"][0].maximize else -1.0
        return [float("nan") if result.score is None else sign * result.score for result in self.prefix]

    @property
    def fold_scores(self) -> tuple[float, ...]:
        """The objective on each fold of the prefix as the metric gives it, without the folds that have none."""
        return tuple(result.score for result in self.prefix if result.score is not None)

    def forget_models(self) -> None:
        """Remove the fitted models of a trial that has no rank; what its folds scored stays, for when the run is resumed."""
        for fold in self.results:
            shutil.rmtree(Path(self.plan.outputs[fold]) / "pipeline", ignore_errors=True)
            for file in Path(self.plan.outputs[fold]).glob("*.npy"):
                file.unlink(missing_ok=True)
