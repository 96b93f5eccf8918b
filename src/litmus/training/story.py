"""The story of a run: load, try, rank, deliver."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import shutil
import time
from collections.abc import Callable, Sequence
from typing import Any

from litmus.data import LoadedData
from litmus.environment import describe_environment
from litmus.errors import LitmusError
from litmus.evaluate.dataset_folder import DatasetFolder
from litmus.evaluate.ensemble_again import ensemble_again
from litmus.evaluate.ensemble_trial import EnsemblePlan, ensemble_trial, finish_ensemble_test
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.model_parts import ModelParts
from litmus.evaluate.trial import Trial
from litmus.events import Events
from litmus.executors import Executor
from litmus.executors.choice import modules_of
from litmus.executors.head_start import HeadStart
from litmus.freed import give_back_memory
from litmus.resources import Resources
from litmus.run import Run
from litmus.training.attempt import Attempt
from litmus.training.budget import Budget, Clock
from litmus.training.closing import affordable_within, keep_in_time, seconds_to_keep
from litmus.training.contenders import make_contenders
from litmus.training.fold_count import folds_within
from litmus.training.inputs import data_facts
from litmus.training.journal import Journal
from litmus.training.judged_rows import judged_on, shares_within
from litmus.training.loop import TrialLoop
from litmus.training.open_files import allow_many_files
from litmus.training.origin import RunOrigin
from litmus.training.phases import refit, score_test
from litmus.training.recorder import RunRecorder
from litmus.training.replay import Replay
from litmus.training.request import Request
from litmus.training.resuming import check_same_data, folds_before, shares_before
from litmus.training.serving import Serving
from litmus.training.study import Study
from litmus.training.summary import summary_of

__all__ = ["Story"]

_CHOOSING = 0.4
"""What choosing an ensemble may take of the time that is left; the rest is for reading and writing its models."""


@dataclasses.dataclass
class Story:
    """One run, from its checked arguments to its result.

    Attributes:
        request: what is asked for.
        allowed: what training and prediction may use.
        events: told what happens.
        pool: where jobs run.
        journal: where trials are written down.
        clock: the time there is.
        recorder: keeps what the run is made from.
        replay: what is taken over from an earlier run that is trained again.
        keep: whether the best models are put into the store.
    """

    request: Request
    allowed: dict[str, Resources]
    events: Events
    pool: Executor
    journal: Journal
    clock: Clock
    recorder: RunRecorder
    replay: Replay | None = None
    keep: bool = True

    def __post_init__(self) -> None:
        """Nothing is known of the data yet."""
        self._facts: dict[str, dict[str, Any]] = {}

    def run(self) -> Run:
        """Load the data, try everything, rank it, and deliver."""
        self.journal.elapsed = lambda: self.clock.elapsed
        allow_many_files()
        self.pool.start()
        for sentence in self.pool.notes:
            self.events.emit("note", sentence)
        studies = [self._study(place) for place in range(len(self.request.data))]
        at_most = self.allowed["train"].fits_at_once(max(study.dataset.size for study in studies))
        threads = self._threads(at_most)
        for study in studies:
            study.threads = threads
            if self._serving is not None:
                self._serving.measure_http(study)
        self._announce(studies)
        at_once = min(self.pool.workers, at_most or self.pool.workers)
        memory = self.allowed["train"].share(at_once, max(study.dataset.size for study in studies))
        refits = self.request.final == "refit"
        last_call = self.clock.last_call
        # with a time limit a worker writes the model, and this process never needs the libraries
        head_start = HeadStart(modules_of(self.request) if last_call is None else ())
        TrialLoop(self.pool, studies, self.clock, self.events, at_most=at_most, memory=memory, refit=refits).run()
        attempts = _shown([attempt for study in studies for attempt in study.attempts])
        ensembles = self._ensembles(studies, attempts)
        trials = [attempt.trial for attempt in attempts] + [trial for _, trial in ensembles]
        leaderboard = Leaderboard(trials, {study.data.name: study.objective.label for study in studies})
        best = leaderboard.best_of_each()
        needed = {number for trial in best.values() for number in (trial.members or [trial.id])}
        serving = self._serving
        wanted = needed if serving is None else needed | serving.finalists(leaderboard)
        refitted = self._refitted([attempt for attempt in attempts if attempt.trial.id in wanted])
        plans = {attempt.plan.id: attempt.plan for attempt in attempts}
        ensemble_plans = {plan.id: plan for plan, _ in ensembles}
        reports = {}
        if serving is not None:
            reports = serving.choose(studies, leaderboard, plans, ensemble_plans, refitted)
            leaderboard = Leaderboard(trials, leaderboard.objectives)  # what was simulated may have missed a limit
            best = leaderboard.best_of_each()
            needed = {number for trial in best.values() for number in (trial.members or [trial.id])}
        self._score_test(attempts, leaderboard, refitted, needed)
        by_id = {trial.id: trial for trial in trials}
        for plan, trial in ensembles:
            finish_ensemble_test(plan, trial, by_id)
        run = Run(
            id=self.journal.run_id,
            created=dt.datetime.fromisoformat(self.journal.facts["created"]),
            seconds=self.clock.elapsed,
            seed=self.request.seed,
            leaderboard=leaderboard,
            best_trials=best,
            plans=plans,
            refitted=refitted,
            events=self.events,
            environment=describe_environment(),
            resources=self.allowed,
            remove=self.journal.remove,
            ensembles=ensemble_plans,
            deployment_reports=reports,
            origin=RunOrigin(self.recorder, self._facts, self.journal),
        )
        head_start.wait()
        if self.keep:
            run.register(None if last_call is None else functools.partial(self._keep, last_call))
        run.seconds = self.clock.elapsed
        self.events.emit(
            "run.finished",
            run.summary(),
            best={name: trial.name for name, trial in best.items()},
            versions=dict(run.versions),
            seconds=run.seconds,
        )
        return run

    def summary(self, run: Run | None) -> dict[str, Any]:
        """What came of the run, as plain values; None where it was cut off or failed."""
        return summary_of(run, self._facts, self.journal.lines)

    def _keep(self, last_call: float, parts: ModelParts) -> str:
        """Put a model into the store before the time is over; returns its version."""

        def note(sentence: str) -> None:
            self.events.emit("note", sentence)

        return keep_in_time(self.pool, parts, deadline=last_call, folder=self.journal.home, note=note)

    @property
    def _serving(self) -> Serving | None:
        """What looks at where the model is to be served; None where that is not said."""
        deployment = self.request.deployment
        return None if deployment is None else Serving(self.request, deployment, self.clock, self.events, self.pool)

    def _study(self, place: int) -> Study:
        """Load a data set, write it for the workers, and pair it with what is tried on it."""
        request = self.request
        scratch = self.journal.home / f"reading-{place:02d}"
        shutil.rmtree(scratch, ignore_errors=True)
        folds = self._usual_folds(place)
        data = request.data[place].load(seed=request.seed, events=self.events, scratch=scratch, usual_folds=folds)
        data, judged = self._judged(place, data)
        self._facts[data.name] = data_facts(data, judged=judged)
        candidates, metrics = request.candidates(data), request.metrics_for(data)
        contenders, openings = make_contenders(
            candidates,
            data,
            request.search,
            automatic=request.algorithms is None,
            bounded=request.budget != Budget(),
            remembered=request.remembered,
        )
        facts: dict[str, Any] = {
            "name": data.name,
            "rows": data.fingerprint,
            "candidates": [one.name for one in candidates],
        }
        facts |= {"folds": len(data.folds), "judged": judged}
        check_same_data(self.journal, place, facts)
        folder = self.journal.home / f"data-{place:02d}"
        shutil.rmtree(folder, ignore_errors=True)  # a run that goes on writes its data anew
        dataset = DatasetFolder.write(data, folder)
        data = dataset.mapped(data)
        shutil.rmtree(scratch, ignore_errors=True)
        give_back_memory()  # what loading took, before the workers take theirs
        return Study(
            place=place,
            data=data,
            dataset=dataset,
            contenders=contenders,
            openings=openings,
            metrics=metrics,
            folder=self.journal.home / f"trials-{place:02d}",
            journal=self.journal,
            seed=request.seed,
            threads=self.pool.threads,
            most=request.budget.trials,
            counted=request.budget.seconds is None,
            racing=request.search is not None and request.stop_folds_early,
            estimates=None if self._serving is None else self._serving.estimates(data),
            bars=request.bars,
            shares={} if self.replay is None else self.replay.shares,
            again=() if self.replay is None else self.replay.lines,
        )

    def _judged(self, place: int, data: LoadedData) -> tuple[LoadedData, list[float]]:
        """The data set with the rows that trials are judged on: as before when a run goes on, else as the time allows."""
        cpus = self.pool.workers * self.pool.threads
        replayed = None if self.replay is None else self.replay.judged.get(self.request.data[place].name)
        shares = replayed or shares_before(self.journal, place)
        shares = shares or shares_within(self.request.budget.seconds, cpus, data)
        judged = judged_on(shares, data, seed=self.request.seed)
        for sentence in judged.notes[len(data.notes) :]:
            self.events.emit("data.noted", sentence, data=data.name)
        return judged, list(shares)

    def _usual_folds(self, place: int) -> Callable[[int, int, int], int] | None:
        """How many folds there are where that is left open: as before when a run goes on, else as the time allows."""
        before = folds_before(self.journal, place)
        if self.replay is not None:
            before = self.replay.folds.get(self.request.data[place].name, before)
        if before is not None:
            return lambda *_: before
        return folds_within(self.request.budget.seconds, self.pool.workers * self.pool.threads)

    def _announce(self, studies: Sequence[Study]) -> None:
        pipelines = sum(len(study.openings) for study in studies)
        jobs = sum(len(study.openings) * study.dataset.n_folds for study in studies)
        what = f"{pipelines} candidates, {jobs} fits on {self.pool.workers} workers"
        if self.request.search is not None:
            most, seconds = self.request.budget.trials, self.request.budget.seconds
            bounds = [f"up to {most} configurations"] if most is not None else []
            bounds += [f"{seconds:g} s"] if seconds is not None else []
            what = f"{pipelines} candidates, then {type(self.request.search).__name__}: {' or '.join(bounds)}"
        self.events.emit(
            "run.started",
            what,
            candidates=pipelines,
            folds=jobs,
            jobs=jobs,
            time_limit=self.request.budget.seconds,
            max_trials=self.request.budget.trials,
            searching=self.request.search is not None,
            data_sets=len(studies),
        )

    def _threads(self, at_most: int | None) -> int:
        """Threads of a fit: where memory lets fewer fits run than there are workers, the cores of the others are theirs."""
        if at_most is None:
            return self.pool.threads
        return max(self.pool.threads, self.pool.workers * self.pool.threads // at_most)

    def _ensembles(self, studies: Sequence[Study], attempts: Sequence[Attempt]) -> list[tuple[EnsemblePlan, Trial]]:
        """The ensemble of each data set, where one is wanted and trials can be combined."""
        serving = self._serving
        chosen = {} if self.replay is None else self.replay.ensembles
        if self.request.ensemble is None and serving is None and not chosen:
            return []
        found = []
        end = self.clock.end
        for study in studies:
            own = [attempt for attempt in attempts if attempt.trial.data == study.data.name]
            begun = self.clock.elapsed
            own_trials = [attempt.trial for attempt in own]
            plans = {attempt.plan.id: attempt.plan for attempt in own}
            folder = study.folder / "ensemble"
            deadline = None if end is None else time.monotonic() + _CHOOSING * (end - time.monotonic())
            if study.data.name in chosen:
                again = chosen[study.data.name]
                made = ensemble_again(own_trials, plans, id=study.next_id, folder=folder, chosen=again)
            elif serving is not None:
                made = serving.ensemble(study, own_trials, plans, folder, deadline)
            else:
                made = ensemble_trial(
                    own_trials,
                    plans,
                    id=study.next_id,
                    folder=folder,
                    options=self.request.ensemble,
                    bars=self.request.bars,
                    affordable=None if end is None else self._affordable(own, end - time.monotonic()),
                    deadline=deadline,
                )
            if made is not None:
                found.append(made)
                trial = made[1]
                trial.started, trial.finished = begun, self.clock.elapsed
                score = trial.score(study.objective.label)
                self.events.emit(
                    "trial.finished",
                    f"{trial.name}: {study.objective.label} {score.value:.4f}" if score else trial.name,
                    trial=trial.name,
                    data=trial.data,
                    status=trial.status,
                    metric=study.objective.label,
                    score=None if score is None else score.value,
                    maximize=study.objective.maximize,
                    cost=trial.cost_seconds,
                )
        return found

    def _affordable(self, attempts: Sequence[Attempt], left: float) -> Callable[[Sequence[Trial]], bool]:
        """Whether the models of some trials can be read and written in the time that is left beside choosing them."""
        costs = {attempt.trial.id: seconds_to_keep(attempt.results.values()) for attempt in attempts}
        return affordable_within((1 - _CHOOSING) * left, costs)

    def _refitted(self, attempts: Sequence[Attempt]) -> dict[int, str]:
        """Trial → folder of its pipeline fitted on all rows; where that fails, the fold models are kept instead."""
        if self.request.final != "refit":
            return {}
        done: dict[int, str] = {}
        for attempt in attempts:
            trial = attempt.trial
            try:
                results = [attempt.results[fold] for fold in attempt.folds]
                share, end = attempt.share, self.clock.end
                done[trial.id] = refit(self.pool, attempt.plan, results, share=share, deadline=end)
            except LitmusError as error:
                sentence = f"{str(error).rstrip('.')}. The fold models predict together instead."
                trial.notes += (sentence,)
                self.events.emit("note", sentence, data=trial.data)
        return done

    def _score_test(
        self, attempts: Sequence[Attempt], leaderboard: Leaderboard, refitted: dict[int, str], needed: set[int]
    ) -> None:
        """Score the test rows, the best trials first, as far as the time reaches; those of the best model always."""
        rank = {row.trial.id: place for place, row in enumerate(leaderboard.rows)}
        scored = sorted((one for one in attempts if one.assessment is not None), key=lambda one: rank[one.trial.id])
        score_test(
            self.pool,
            [attempt.plan for attempt in scored],
            {attempt.trial.id: attempt.trial for attempt in scored},
            {attempt.trial.id: attempt.assessment for attempt in scored if attempt.assessment is not None},
            refitted=refitted,
            workers=self.allowed["predict"].workers or self.allowed["predict"].n_cpus,
            deadline=self.clock.end,
            always=needed,
            last_call=self.clock.last_call,
        )


def _shown(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The trials for the leaderboard: of a configuration that was taken up again with more effort, the last one."""
    last: dict[object, Attempt] = {}
    for attempt in attempts:
        space, settings = attempt.contender.space, attempt.settings
        key: object = attempt.plan.id
        if attempt.settings is not None and space is not None and settings is not None:
            key = (attempt.trial.data, attempt.contender.place, space.key(settings), attempt.parent)
        held = last.get(key)
        if held is None or attempt.fidelity >= held.fidelity:
            last[key] = attempt
    return sorted(last.values(), key=lambda attempt: attempt.plan.id)
