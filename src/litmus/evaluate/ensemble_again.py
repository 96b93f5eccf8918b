"""An ensemble whose members and weights are known already: the model of an earlier run, made again."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from litmus.evaluate.answers import cross_fitted
from litmus.evaluate.assess import score_validation
from litmus.evaluate.ensemble import Weighted
from litmus.evaluate.ensemble_choice import Choice, Combination, parts_that_decide
from litmus.evaluate.ensemble_options import Ensemble
from litmus.evaluate.ensemble_trial import EnsemblePlan, trial_of_ensemble
from litmus.evaluate.plan import Plan
from litmus.evaluate.trial import Trial
from litmus.metrics.predictions import Predictions, decide
from litmus.stacker import fit_stacker

__all__ = ["ChosenEnsemble", "ensemble_again"]


@dataclasses.dataclass(frozen=True)
class ChosenEnsemble:
    """What an ensemble was made of.

    Attributes:
        weights: name of a member → its weight, the largest first.
        decides: the trial whose thresholds and labels it took over.
        stacked: whether a second model learned from the members.
        options: how it was put together.
        fold_models: how many fold models each member keeps; None is all of them.
        thresholds: metric label → the threshold that was chosen.
    """

    weights: Mapping[str, float]
    decides: str
    stacked: bool
    options: Ensemble
    fold_models: int | None = None
    thresholds: Mapping[str, float] = dataclasses.field(default_factory=dict)


def ensemble_again(
    trials: Sequence[Trial], plans: Mapping[int, Plan], *, id: int, folder: Path, chosen: ChosenEnsemble
) -> tuple[EnsemblePlan, Trial] | None:
    """The ensemble of these members and weights; None when one of them has no out-of-fold predictions.

    Its validation score is of weights that were fitted on the same rows and so flatters; its test score is that of the model.
    """
    known = {trial.name: trial for trial in trials if trial.validation is not None}
    if not {*chosen.weights, chosen.decides} <= known.keys():
        return None
    best, members = known[chosen.decides], [known[name] for name in chosen.weights]
    weights = tuple(chosen.weights.values())
    weighted = Weighted(tuple(member.id for member in members), weights, math.nan, best.id)
    scores = [_validation(member).scores for member in members]
    deciding = plans[best.id]
    stacker = None
    if chosen.stacked:
        learns = chosen.options.algorithm
        stacker = fit_stacker(learns, scores, _validation(best), seed=deciding.seed, threads=deciding.threads)
    combination = Combination(weighted, stacker)
    plan = EnsemblePlan(
        id,
        tuple(plans[member.id] for member in members),
        deciding,
        combination,
        folder,
        chosen.options,
        chosen.fold_models,
    )
    mean = combination.scores(scores)
    raw = dataclasses.replace(_validation(best), scores=mean, y_pred=decide(deciding.data.task, mean))
    folds = Choice([best], plans, chosen.options).folds
    answered = cross_fitted(parts_that_decide(deciding), raw, folds)
    assessment = score_validation(plan.assess_work(), answered, best.validation_rows, folds)
    plan = dataclasses.replace(plan, thresholds={**assessment.thresholds, **chosen.thresholds})
    trial = trial_of_ensemble(plan, members, assessment)
    trial.validation, trial.validation_rows = answered, best.validation_rows
    return plan, trial


def _validation(trial: Trial) -> Predictions:
    if trial.validation is None:
        raise ValueError(f"{trial.name} has no out-of-fold predictions.")
    return trial.validation
