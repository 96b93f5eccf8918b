"""An ensemble as a trial: chosen, judged and ranked like the others, and delivered as one model."""

from __future__ import annotations

import dataclasses
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from litmus.compiling import sample_rows
from litmus.data import LoadedData
from litmus.evaluate.answers import answer, fit_postprocessing
from litmus.evaluate.assess import (
    Assessment,
    AssessWork,
    out_of_fold,
    score_test,
    score_training,
    score_validation,
)
from litmus.evaluate.bar import Bar, missed, violation_of
from litmus.evaluate.ensemble import Affordable, combinable
from litmus.evaluate.ensemble_choice import (
    Choice,
    Combination,
    better_by_more_than_noise,
    keeps_apart,
    overrides,
    parts_that_decide,
)
from litmus.evaluate.ensemble_options import Ensemble
from litmus.evaluate.ensemble_pruning import Limit, pruned
from litmus.evaluate.model_parts import MemberParts, ModelParts
from litmus.evaluate.plan import Plan
from litmus.evaluate.trial import Trial
from litmus.metrics.predictions import decide
from litmus.model import Model
from litmus.postprocessing import Postprocessor
from litmus.postprocessing.apply import adjusted
from litsdf.interchange import as_frame

__all__ = [
    "EnsemblePlan",
    "ensemble_model",
    "ensemble_parts",
    "ensemble_trial",
    "finish_ensemble_test",
    "trial_of_ensemble",
]


@dataclasses.dataclass(frozen=True)
class EnsemblePlan:
    """What an ensemble is made of.

    Attributes:
        id: number within the run.
        plans: the members' plans, the largest weight first.
        decides: the plan of the best trial, whose thresholds and labels the ensemble takes over, fitted anew.
        combination: their weights, which sum to 1, or the second model that learned from them.
        folder: where the ensemble's predictions are written.
        options: how it was put together.
        fold_models: how many fold models each member keeps; None is all of them.
        thresholds: metric label → threshold chosen on its out-of-fold predictions.
    """

    id: int
    plans: tuple[Plan, ...]
    decides: Plan
    combination: Combination
    folder: Path
    options: Ensemble
    fold_models: int | None = None
    thresholds: dict[str, float] = dataclasses.field(default_factory=dict)

    @property
    def weights(self) -> tuple[float, ...]:
        """The members' weights; of a stacked ensemble those of the greedy selection that chose the members."""
        return self.combination.weighted.weights

    @property
    def data(self) -> LoadedData:
        """The data set."""
        return self.plans[0].data

    def assess_work(self) -> AssessWork:
        """The scoring of the ensemble."""
        first = self.plans[0]
        return AssessWork(
            dataset=first.dataset,
            outputs=(),
            postprocessing=(),
            metrics=first.metrics,
            seed=first.seed,
            folder=str(self.folder),
            thresholds=self.thresholds,
        )


def ensemble_trial(
    trials: Sequence[Trial],
    plans: Mapping[int, Plan],
    *,
    id: int,
    folder: Path,
    options: Ensemble | None = None,
    limit: Limit | None = None,
    bars: Sequence[Bar] = (),
    affordable: Affordable | None = None,
    deadline: float | None = None,
) -> tuple[EnsemblePlan, Trial] | None:
    """The ensemble of a data set's trials, with its scores on the validation and training rows.

    The model's weights are fitted on all out-of-fold rows. They would flatter the ensemble on these same rows, so that its
    scores come from weights that are fitted for each fold on the rows of the other folds.

    Args:
        trials: the trials of one data set, with their validation scores.
        plans: trial id → its plan.
        id: the number of the new trial.
        folder: an empty or absent folder for its files.
        options: how to choose.
        limit: what it may cost. Members, and if need be their fold models, are then chosen within it, and the outcome may
            have one member.
        bars: what models have to meet; members are chosen so that the ensemble meets those on metrics, where it can.
        affordable: whether these trials may be together, where there is no limit; by default all may.
        deadline: `time.monotonic()` second at which it is to be chosen; the scoring that follows takes as long as that of
            any trial. Less time makes fewer steps.

    Returns:
        Its plan and trial; None when fewer than two trials can be combined, one is best alone, nothing is within the
        limit, or there is no time left.
    """
    started = time.perf_counter()
    options = options or Ensemble()
    plan_of_best = next((plans[trial.id] for trial in trials if trial.id in plans), None)
    if plan_of_best is None:
        return None
    metric = plan_of_best.metrics["validation"][0]
    usable = [trial for trial in trials if trial.id in plans and keeps_apart(plans[trial.id])]
    ranked = combinable(usable, metric.label)
    late = deadline is not None and time.monotonic() >= deadline
    if late or len(ranked) < (2 if limit is None else 1):
        return None
    choice, fold_models = Choice(ranked, plans, options, affordable, bars=bars, deadline=deadline), None
    if limit is not None:
        half = None if deadline is None else (time.monotonic() + deadline) / 2
        best = pruned(ranked, metric, limit, options=options, folds=choice.folds, deadline=half).best
        if best is None:
            return None
        fold_models = None if limit.alone else best.fold_models
        choice = Choice(ranked, plans, options, limit.affords(best.fold_models), bars=bars, deadline=deadline)
    whole = choice.combination(None)
    if len(whole.weighted.trials) < 2 and limit is None:
        return None
    answered = choice.cross_fitted()
    note: tuple[str, ...] = ()
    if options.method == "stacking":
        stacked = choice.cross_fitted("stack")
        if better_by_more_than_noise(stacked, answered, metric, seed=plan_of_best.seed):
            answered, whole = stacked, choice.combination(None, "stack")
        else:
            note = ("Stacking was not better than the weighted mean by more than noise; the mean answers.",)
    rows = np.asarray(ranked[0].validation_rows)
    chosen = tuple(plans[number] for number in whole.weighted.trials)
    plan = EnsemblePlan(id, chosen, plans[ranked[0].id], whole, folder, options, fold_models)
    assessment = score_validation(plan.assess_work(), answered, rows, choice.folds)
    plan = dataclasses.replace(plan, thresholds=assessment.thresholds)
    members = [choice.by_id[number] for number in whole.weighted.trials]
    if plan.plans[0].metrics.get("train"):
        assessment = _with_training_rows(plan, members, assessment)
    trial = trial_of_ensemble(plan, members, assessment)
    trial.notes += note
    trial.notes += missed(bars, trial)
    trial.bar_violation = violation_of(bars, trial)
    trial.allowance = choice.luck_of_the_best()
    trial.validation, trial.validation_rows = answered, rows
    trial.cost_seconds = time.perf_counter() - started
    return plan, trial


def finish_ensemble_test(plan: EnsemblePlan, trial: Trial, trials: Mapping[int, Trial]) -> None:
    """Score the ensemble on the test rows from its members' answers there, and put it into the trial.

    Only where members keep some of their fold models are the test rows predicted again: those answers are of all of them.

    Args:
        plan: what the ensemble is made of.
        trial: the ensemble.
        trials: id → trial, for the members; one without answers on the test rows leaves the ensemble unscored, and said.
    """
    tests = [trials[member.id].test for member in plan.plans]
    if any(test is None for test in tests):
        absent = next(member for member, test in zip(plan.plans, tests, strict=True) if test is None)
        trial.notes += (f"The test split was not scored: there are no predictions of {absent.candidate.name} on it.",)
        return
    known = [test for test in tests if test is not None]
    members = [trials[member.id] for member in plan.plans]
    if plan.fold_models is not None and any(len(member.folders) > plan.fold_models for member in members):
        mean = ensemble_model(plan, trials).scores(as_frame(plan.data.test))
    else:
        mean = plan.combination.scores([test.scores for test in known])
    raw = dataclasses.replace(known[0], scores=mean, y_pred=decide(known[0].task, mean))
    answered = answer(raw, _deciding_parts(plan, members))
    assessment = score_test(plan.assess_work(), answered)
    trial.scores.update(assessment.scores)
    trial.notes += assessment.notes
    trial.test = answered


def ensemble_parts(
    plan: EnsemblePlan,
    trials: Mapping[int, Trial],
    *,
    refitted: Mapping[int, str] | None = None,
    metrics: Mapping[str, Any] | None = None,
    lineage: Mapping[str, Any] | None = None,
) -> ModelParts:
    """What the ensemble is made of as one model: its members' fold models, or their pipelines fitted on all rows where there are such.

    Args:
        plan: what the ensemble is made of.
        trials: id → trial, for the members.
        refitted: id of a trial → folder of its pipeline fitted on all rows.
        metrics: split → metric → value.
        lineage: where the model comes from.
    """
    members = [trials[member.id] for member in plan.plans]
    folders = [
        [refitted[trial.id]] if refitted and trial.id in refitted else list(trial.folders[: plan.fold_models])
        for trial in members
    ]
    return ModelParts(
        tuple(
            MemberParts(tuple(of_trial), weight, tuple(_adjusting_parts(member)), member.candidate.name)
            for member, weight, of_trial in zip(plan.plans, plan.weights, folders, strict=True)
        ),
        schema=plan.data.schema,
        target=plan.data.target,
        postprocessing=tuple(_deciding_parts(plan, members)),
        stacker=plan.combination.stacker,
        name=plan.data.name,
        metrics=metrics,
        lineage=lineage,
        sample_rows=sample_rows(plan.data.train, plan.data.schema),
    )


def ensemble_model(
    plan: EnsemblePlan, trials: Mapping[int, Trial], *, refitted: Mapping[int, str] | None = None
) -> Model:
    """The ensemble as one model, its pipelines read; the arguments are those of `ensemble_parts`."""
    return ensemble_parts(plan, trials, refitted=refitted).load()


def _adjusting_parts(plan: Plan) -> list[Postprocessor]:
    """The fitted parts of a member that adjust its scores."""
    parts = plan.candidate.pipeline.postprocessing
    fitted = fit_postprocessing(parts, out_of_fold(plan.assess_work())) if parts else []
    return [part for part in fitted if overrides(part, "adjust")]


def _deciding_parts(plan: EnsemblePlan, members: Sequence[Trial]) -> list[Postprocessor]:
    """The parts that decide, fitted on the ensemble's own out-of-fold scores."""
    parts = parts_that_decide(plan.decides)
    found = [member.validation for member in members if member.validation is not None]
    if not parts:
        return []
    mean = plan.combination.scores([predictions.scores for predictions in found])
    return fit_postprocessing(parts, dataclasses.replace(found[0], scores=mean, y_pred=decide(found[0].task, mean)))


def _with_training_rows(plan: EnsemblePlan, members: Sequence[Trial], assessment: Assessment) -> Assessment:
    """The assessment with the scores on each fold's training rows, from what the members answered there."""
    work, data = plan.assess_work(), plan.data
    adjusting = [_adjusting_parts(member) for member in plan.plans]
    deciding = _deciding_parts(plan, members)
    weight = data.sample_weight
    by_fold = []
    for number in range(work.dataset.n_folds):
        rows, _ = work.dataset.fold(number)
        scores = [
            adjusted(parts, np.load(f"{member.outputs[number]}/train-scores.npy"))
            for member, parts in zip(plan.plans, adjusting, strict=True)
        ]
        own = None if weight is None else np.asarray(weight)[rows]
        raw = work.predictions(np.asarray(data.y)[rows], plan.combination.scores(scores), own)
        by_fold.append(answer(raw, deciding))
    return score_training(work, assessment, by_fold)


def trial_of_ensemble(plan: EnsemblePlan, members: Sequence[Trial], assessment: Assessment) -> Trial:
    """The trial of an ensemble; its times are the sums of its members', because all of them answer."""
    importance: dict[str, float] = defaultdict(float)
    for member, weight in zip(members, plan.weights, strict=True):
        for feature, share in member.importance.items():
            importance[feature] += weight * share
    return Trial(
        id=plan.id,
        name=f"Ensemble of {len(members)}" if len(members) > 1 else f"{members[0].name} within the limit",
        data=plan.data.name,
        algorithm="Ensemble",
        settings={
            "method": "greedy" if plan.combination.stacker is None else "stacking",
            "members": {member.name: weight for member, weight in zip(members, plan.weights, strict=True)},
        },
        scores=dict(assessment.scores),
        fit_seconds=sum(member.fit_seconds for member in members),
        predict_seconds=sum(member.predict_seconds for member in members),
        importance=dict(sorted(importance.items(), key=lambda item: -item[1])),
        notes=assessment.notes,
        folders=tuple(folder for member in members for folder in member.folders[: plan.fold_models]),
        members={member.id: weight for member, weight in zip(members, plan.weights, strict=True)},
        learned_rows=min((one.learned_rows for one in members if one.learned_rows is not None), default=None),
    )
