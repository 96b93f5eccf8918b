"""What one call of `train` gave: the leaderboard, the models, the report."""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from litmus.data import LoadedData
from litmus.errors import ParameterError, SelectionError, TrainingError
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.trial import Trial
from litmus.events import Events
from litmus.resources import Resources

if TYPE_CHECKING:
    import pandas as pd

    from litmus.evaluate.ensemble_trial import EnsemblePlan
    from litmus.evaluate.model_parts import ModelParts
    from litmus.evaluate.pareto import Axis
    from litmus.evaluate.plan import Plan
    from litmus.model import Model
    from litmus.selection.deployment_report import DeploymentReport

__all__ = ["Run"]


class _Origin(Protocol):
    """Tells what a model was made from; `litmus.training.origin.RunOrigin`."""

    def lineage(
        self, trial: Trial, plans: Mapping[int, Plan], ensemble: EnsemblePlan | None, trials: Mapping[int, Trial]
    ) -> dict[str, Any]: ...


class Run:
    """The result of `train`.

    Attributes:
        id: unique, sorts by time.
        created: when it began (UTC).
        seconds: how long it took.
        seed: the seed it was given.
        leaderboard: the trials, ranked for each data set.
        best_trials: data set → the trial ranked first; a data set without a ranked trial is left out.
        data: data set → what was loaded, with its notes and profile.
        events: everything that happened.
        environment: versions and machine.
        resources: what training and prediction were allowed to use.
        versions: data set → version of its best model in the store.
        deployment_reports: data set → how its trials stand to the deployment that was given, or asked for last.
    """

    def __init__(
        self,
        *,
        id: str,
        created: dt.datetime,
        seconds: float,
        seed: int,
        leaderboard: Leaderboard,
        best_trials: Mapping[str, Trial],
        plans: Mapping[int, Plan],
        refitted: Mapping[int, str],
        events: Events,
        environment: Mapping[str, str],
        resources: Mapping[str, Resources],
        remove: Callable[[], None],
        ensembles: Mapping[int, EnsemblePlan] | None = None,
        deployment_reports: Mapping[str, DeploymentReport] | None = None,
        origin: _Origin | None = None,
    ) -> None:
        self.id = id
        self.created = created
        self.seconds = seconds
        self.seed = seed
        self.leaderboard = leaderboard
        self.best_trials = dict(best_trials)
        self.data: dict[str, LoadedData] = {plan.data.name: plan.data for plan in plans.values()}
        self.events = events
        self.environment = dict(environment)
        self.resources = dict(resources)
        self.versions: dict[str, str] = {}
        self.deployment_reports = dict(deployment_reports or {})
        self._plans = dict(plans)
        self._refitted = dict(refitted)
        self._ensembles = dict(ensembles or {})
        self._models: dict[int, Model] = {}
        self._origin = origin
        # the fitted pipelines live in a folder that goes when the run does; models in memory do not need it
        self._remove = weakref.finalize(self, remove)

    @property
    def name(self) -> str:
        """The data sets of the run."""
        return ", ".join(self.data)

    @property
    def best(self) -> Model:
        """The model ranked first, of the only data set that has one; `model.name` says which data set that is.

        With a deployment it is the best one that keeps its limits.

        Raises:
            ParameterError: when several data sets have a model; then use `run.model(data=…)`.
            SelectionError: when no trial keeps the limits; the message says by how much they miss, and what would help.
        """
        if len(self.best_trials) != 1:
            return self.model()
        data = next(iter(self.best_trials))
        report = self.deployment_reports.get(data)
        if report is not None and report.chosen is None:
            raise SelectionError(f"{report.sentence} The nearest to it is still there: run.model(1).")
        return self.model(data=data)

    @property
    def deployment_report(self) -> DeploymentReport:
        """How the trials of the only data set stand to the deployment; of several, see `deployment_reports`.

        Raises:
            ParameterError: when there is none, or there are several.
        """
        if len(self.deployment_reports) != 1:
            what = "several: see run.deployment_reports" if self.deployment_reports else "none: train(…, deployment=…)"
            raise ParameterError(f"A deployment report is of one data set, and this run has {what}, or run.select(…).")
        return next(iter(self.deployment_reports.values()))

    def select(self, deployment: Any = None, *, data: str | None = None, finalists: int = 3) -> Model:
        """The model of the best trial that keeps the limits of a deployment, the best few of them served in a simulation of it.

        Trials without an estimate get one first, the best ones first, until enough of them keep the limits. What was found
        is in `run.deployment_report`; the leaderboard shows it, and keeps the order that it has.

        Args:
            deployment: a `litmus.Deployment`, a dict of its fields, or None for the default one.
            data: the data set, where the run has several.
            finalists: how many to simulate; 0 goes by estimates.

        Raises:
            SelectionError: when no trial keeps the limits; the message says by how much they miss, and what would help.
            ParameterError: when an argument is not allowed.
        """
        from litmus.selection.of_run import select

        return select(self, deployment, data=data, finalists=finalists)

    def pareto(self, x: Axis = "p99", *, data: str | None = None) -> pd.DataFrame:
        """The ranked trials that no other one beats in both score and cost, the cheapest first.

        Args:
            x: "p99", the estimated latency of a request in seconds, or "size", that of the bundle in bytes.
            data: the data set, where the run has several.

        Returns:
            A row a trial: rank, name, algorithm, the objective, "p99 seconds", "bundle bytes" and what limits it misses.

        Raises:
            ParameterError: when an argument is not allowed.
        """
        from litmus.selection.of_run import pareto

        return pareto(self, x, data=data)

    def model(self, name: str | int = 1, *, data: str | None = None) -> Model:
        """The model of a trial, by rank or name, of the only data set or of the one named.

        Raises:
            ParameterError: when the run has several data sets and none is named, or there is no such trial.
            TrainingError: when the trial failed, or no trial of the data set could be ranked; the message says why.

        Example:
            >>> import litmus
            >>> rows = [{"size": size, "price": 3 * size} for size in range(100)]
            >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[])
            >>> run.model("Baseline").predict({"size": 3})
            150.0
        """
        if data is None and len(self.data) > 1:
            names = ", ".join(map(repr, self.data))
            raise ParameterError(f"This run has data {names}; say which: run.model(data={next(iter(self.data))!r}).")
        board = self.leaderboard if data is None else self.leaderboard.of_data(data)
        trial = board.best() if name == 1 else board[name]
        if trial.status != "complete":
            raise TrainingError(f"{trial.name} failed and has no model: {trial.reason}")
        if trial.id not in self._models:
            self._models[trial.id] = self._load(trial)
        return self._models[trial.id]

    def report(self, path: str | Path = "report.html") -> Path:
        """Write a self-contained HTML page about the run; returns its path."""
        from litmus.report import write_report

        return write_report(self, path)

    def register(self, keep: Callable[[ModelParts], str] | None = None) -> None:
        """Put the trials and the best model of each data set into the store; a problem there is an event, never a lost run.

        Args:
            keep: puts a model into the store and returns its version; by default it is done here, and the model kept in memory.
        """
        from litmus.store import Store

        try:
            Store().add_trials(self.id, self.leaderboard.to_json())
        except OSError as error:
            self.events.emit("note", f"What was tried was not put into the store: {error}")
        for data, trial in self.best_trials.items():
            try:
                if keep is not None:
                    self.versions[data] = keep(self.parts(trial))
                else:
                    model = self.model(trial.name, data=data)
                    self.versions[data] = model.version = Store().add_model(model, compiled=None)
            except Exception as error:
                self.events.emit("note", f"The model of {data!r} was not put into the store: {error}", data=data)
                continue
            self._keep_rows(data)
            self._keep_baseline(data, trial)

    def _keep_rows(self, data: str) -> None:
        """Keep what a later model is compared by: the test rows, and marks of the rows that were learned from."""
        from litmus.data.kept_rows import LearnedRows, TestRows
        from litmus.store import Store

        version, loaded = self.versions[data], self.data[data]
        try:
            tested = TestRows.of(loaded)
            if tested is not None:
                Store().attach(version, "test_rows", tested.to_bytes())
            Store().attach(version, "learned_rows", LearnedRows.of(loaded).to_bytes())
        except Exception as error:
            self.events.emit("note", f"The test rows of {version} were not kept: {error}", data=data)

    def _keep_baseline(self, data: str, trial: Trial) -> None:
        """Keep what the model was trained on and how it did, in short, for those who watch it in service."""
        from litmus.monitor.keeping import keep_baseline

        try:
            keep_baseline(self.versions[data], self.data[data], trial)
        except Exception as error:
            self.events.emit("note", f"The baseline of {data!r} was not put into the store: {error}", data=data)

    def summary(self) -> str:
        """One sentence on each data set: the best model and its score."""
        sentences = []
        for data in self.data:
            trial = self.best_trials.get(data)
            score = None if trial is None else trial.score(self.leaderboard.objectives[data])
            value = "" if score is None else f", {score.metric} {score.value:.4f}"
            found = "no trial could be ranked" if trial is None else f"best is {trial.name}{value}"
            report = self.deployment_reports.get(data)
            sentences.append(f"{data}: {found}" + ("" if report is None else f". {report.sentence.rstrip('.')}"))
        return "; ".join(sentences)

    def _load(self, trial: Trial) -> Model:
        """The trial's pipelines and postprocessing as one model."""
        model = self.parts(trial).load()
        if self.best_trials.get(trial.data) is trial:
            model.version = self.versions.get(trial.data)
        return model

    def parts(self, trial: Trial) -> ModelParts:
        """What the model of a complete trial is made of, by the folders of its fitted pipelines."""
        from litmus.evaluate.ensemble_trial import ensemble_parts
        from litmus.evaluate.model_parts import parts_of_plan

        metrics = {
            split: {label: score.value for label, score in scores.items()} for split, scores in trial.scores.items()
        }
        if trial.id in self._ensembles:
            ensemble = self._ensembles[trial.id]
            return ensemble_parts(
                ensemble,
                {other.id: other for other in self.leaderboard},
                refitted=self._refitted,
                metrics=metrics,
                lineage=self._lineage(trial, ensemble.data),
            )
        plan = self._plans[trial.id]
        refitted = self._refitted.get(trial.id)
        return parts_of_plan(
            plan,
            (refitted,) if refitted else trial.folders,
            metrics=metrics,
            lineage=self._lineage(trial, plan.data),
        )

    def _lineage(self, trial: Trial, data: LoadedData) -> dict[str, Any]:
        """Where a model comes from, as plain values."""
        return {
            "run": self.id,
            "created": self.created.isoformat(),
            "trial": trial.name,
            "algorithm": trial.algorithm,
            "settings": {name: _plain(value) for name, value in trial.settings.items()},
            "seed": self.seed,
            "folds": data.fold_plan,
            **({} if trial.learned_rows is None else {"learned_rows": trial.learned_rows}),
            "final": "refit" if {trial.id, *trial.members} & self._refitted.keys() else "bagged",
            "sources": dict(data.sources),
            "fingerprint": data.fingerprint,
            "environment": self.environment,
            **({} if trial.estimate is None else {"estimate": trial.estimate.to_json()}),
            **({"misses": [miss.sentence for miss in trial.misses]} if trial.misses else {}),
            **self._made_from(trial),
        }

    def _made_from(self, trial: Trial) -> dict[str, Any]:
        """The arguments, the code and the machine that a model was made with."""
        if self._origin is None:
            return {}
        trials = {other.id: other for other in self.leaderboard}
        return self._origin.lineage(trial, self._plans, self._ensembles.get(trial.id), trials)

    def __repr__(self) -> str:
        return f"Run {self.id} ({self.seconds:.0f} s)\n{self.leaderboard}"

    def _repr_html_(self) -> str:
        return self.leaderboard._repr_html_()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)
