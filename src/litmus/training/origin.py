"""Where a model of a run comes from: what its lineage holds, so that it can be explained and trained again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litmus.bundle_manifest import plain
from litmus.evaluate.plan import Plan
from litmus.evaluate.trial import Trial
from litmus.pipeline.resolve import resolve_algorithm
from litmus.recording import Writer, without_secrets
from litmus.training.inputs import public_inputs
from litmus.training.journal import Journal

if TYPE_CHECKING:
    from litmus.evaluate.ensemble_trial import EnsemblePlan
    from litmus.training.recorder import RunRecorder

__all__ = ["RunOrigin"]

_FIRST = 1_000_000
"""Trial numbers of one data set; see `litmus.training.study`."""


class RunOrigin:
    """Tells of each model of a run where it comes from.

    Args:
        recorder: what the run is made from.
        facts: data set → what was loaded.
        journal: which trials were opened, and how.
    """

    def __init__(self, recorder: RunRecorder, facts: Mapping[str, Mapping[str, Any]], journal: Journal) -> None:
        self._recorder = recorder
        self._facts = facts
        self._journal = journal

    def lineage(
        self, trial: Trial, plans: Mapping[int, Plan], ensemble: EnsemblePlan | None, trials: Mapping[int, Trial]
    ) -> dict[str, Any]:
        """What the lineage of a trial's model holds beside its own settings.

        Args:
            trial: the trial.
            plans: trial id → its plan.
            ensemble: what the trial is made of, where it is an ensemble.
            trials: trial id → trial.
        """
        origin, writer = self._recorder.origin, Writer(self._recorder.own)
        members = {trial.id: 1.0} if ensemble is None else {ensemble.decides.id: 0.0, **trial.members}
        made_of = [
            self._configuration(trials.get(number, trial), plans[number], weight, writer)
            for number, weight in members.items()
        ]
        return without_secrets(
            {
                "parent": self._recorder.parent,
                "data": dict(self._facts.get(trial.data, {})),
                "inputs": public_inputs(self._recorder.inputs),
                "configurations": made_of,
                "ensemble": None if ensemble is None else _ensemble(ensemble, writer),
                "code": {**origin.code, "own": self._recorder.own.facts()},
                "machine": origin.machine,
                "packages": origin.packages,
            }
        )

    def _configuration(self, trial: Trial, plan: Plan, weight: float, writer: Writer) -> dict[str, Any]:
        """What was trained, in full: the parameters with their defaults for people, the pipeline to train it again."""
        pipeline = plan.candidate.pipeline
        algorithm = resolve_algorithm(pipeline.algorithm, plan.data.task)
        return {
            "name": trial.name,
            "algorithm": trial.algorithm,
            "weight": weight,
            "share": self._share(trial),
            "parameters": plain(algorithm.settings()),
            "pipeline": writer.encode(pipeline),
            "scores": {
                split: {label: plain(score.value) for label, score in scores.items()}
                for split, scores in trial.scores.items()
            },
        }

    def _share(self, trial: Trial) -> float:
        """The share of each fold's rows that a trial learned from."""
        lines: Sequence[Mapping[str, Any]] = self._journal.lines
        place, number = divmod(trial.id, _FIRST)
        for line in lines:
            if line["kind"] == "trial" and (line.get("study"), line["number"]) == (place, number):
                return float(line.get("share", 1.0))
        return 1.0


def _ensemble(ensemble: EnsemblePlan, writer: Writer) -> dict[str, Any]:
    return {
        "weights": {plan.candidate.name: weight for plan, weight in zip(ensemble.plans, ensemble.weights, strict=True)},
        "decides": ensemble.decides.candidate.name,
        "stacked": ensemble.combination.stacker is not None,
        "options": writer.encode(ensemble.options),
        "fold_models": ensemble.fold_models,
        "thresholds": dict(ensemble.thresholds),
    }
