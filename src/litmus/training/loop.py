"""Running the trials of a run: which job next, what its outcome means, when to stop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from litmus.evaluate.fit_fold import FoldResult, clear_unfinished, fit_fold
from litmus.evaluate.plan import ASSESS, finish_folds, finish_validation
from litmus.evaluate.trial import Cause
from litmus.events import Events
from litmus.executors import Executor, Job, Outcome
from litmus.executors.base import attempt as run_here
from litmus.training.attempt import Attempt
from litmus.training.budget import Clock
from litmus.training.closing import needed_to_close, slowness
from litmus.training.study import Study
from litmus.training.telling import Telling
from litmus.training.timetable import Timetable

__all__ = ["TrialLoop"]

_LATEST = 20
"""Fits whose times tell how busy the machine is: the latest ones."""

_SCORED_AT_END = 1.5
"""How many times as long as scoring a trial it takes to score the ensemble and the test rows."""

_MOST_FOR_OTHERS = 0.08
"""Share of the time limit kept for reading and writing members of the ensemble beside the best one."""

_NO_TIME_TO_WAIT = 6.0
"""Seconds of a time limit up to which the baseline does not wait for workers to get ready."""

_TICK_SECONDS = 1.0
"""How often, at most, the loop looks up from waiting, to say how much time is left."""


class TrialLoop:
    """Runs trials until there are none left or the time is over.

    Args:
        executor: where jobs run.
        studies: the data sets with their trials.
        clock: the time there is.
        events: told what happens.
        at_most: how many fits may run at once.
        memory: bytes that one fit may take, or None.
        refit: whether the best trials are fitted again on all rows afterwards, for which time is kept.
    """

    def __init__(
        self,
        executor: Executor,
        studies: Sequence[Study],
        clock: Clock,
        events: Events,
        *,
        at_most: int | None = None,
        memory: int | None = None,
        refit: bool = False,
    ) -> None:
        self._executor = executor
        self._studies = list(studies)
        self._clock = clock
        self._room = min(executor.workers, at_most or executor.workers)
        self._memory = memory
        self._refit = refit
        self._times = Timetable(clock, self._room, len(self._studies))
        self._running: dict[Any, tuple[Study, Attempt]] = {}
        self._seconds: dict[int, list[float]] = defaultdict(list)
        self._telling = Telling(events, self._studies, clock)
        self._longest_scoring = 0.0

    def run(self) -> None:
        """Run until every trial is done."""
        for study in self._studies:
            study.share = self._times.first_share(study)
            wanted = (
                len(study.openings) if self._in_any_order(study) else 1
            )  # the baseline, however little time there is
            while len(study.attempts) < wanted and self._open(study) is not None:
                pass
            if self._clock.limit is not None and self._clock.limit <= _NO_TIME_TO_WAIT:
                self._baseline_here(study)
        while True:
            self._fill()
            if not self._running:
                return
            outcome = self._executor.next(timeout=self._patience())
            if outcome is not None:
                self._take(outcome)
            else:
                if self._clock.left() <= 0:
                    self._stop_all()
                self._telling.time_passed()

    def _baseline_here(self, study: Study) -> None:
        """Fit and score the baseline in this process, which learns next to nothing: workers take seconds to get ready."""
        first = study.attempts[0] if study.attempts else None
        if first is None or not first.contender.is_baseline:
            return
        while first.state in ("open", "scoring"):
            found = self._scoring(study) or self._fold(study, ahead=False)
            if found is None:
                return
            self._running[found[2].key] = found[:2]
            self._take(run_here(found[2]))

    def _patience(self) -> float | None:
        """How long to wait for an outcome."""
        return None if self._clock.limit is None else max(0.05, min(_TICK_SECONDS, self._clock.left()))

    def _fill(self) -> None:
        """Give every free worker something to do."""
        while len(self._running) < self._room:
            found = self._next()
            if found is None:
                return
            study, attempt, job = found
            self._running[job.key] = (study, attempt)
            self._executor.submit(job)

    def _next(self) -> tuple[Study, Attempt, Job] | None:
        """The next job: scoring first, then folds of trials under way, then a new trial, then folds ahead of time."""
        busy = [study for study, _ in self._running.values()]
        for study in sorted(self._studies, key=lambda one: (busy.count(one), one.place)):
            found = self._scoring(study) or self._fold(study, ahead=False) or self._opened(study)
            if found is not None:
                return found
        for study in self._studies:
            found = self._fold(study, ahead=True)
            if found is not None:
                return found
        return None

    def _scoring(self, study: Study) -> tuple[Study, Attempt, Job] | None:
        for attempt in study.live:
            if attempt.state == "scoring" and (attempt.plan.id, "score") not in self._running:
                work = attempt.plan.assess_work()
                latest = None if attempt.contender.is_baseline else self._clock.last_call
                key = (attempt.plan.id, "score")
                return study, attempt, Job(key, ASSESS["validation"], (work,), deadline=latest, memory=self._memory)
            if attempt.state == "estimating" and (attempt.plan.id, "estimate") not in self._running:
                return self._estimate(study, attempt)
        return None

    def _estimate(self, study: Study, attempt: Attempt) -> tuple[Study, Attempt, Job] | None:
        """The estimate of what a trial takes where it is served; none once the time for training is over."""
        left = 0.0 if study.estimates is None else self._clock.left() + study.estimates.grace
        if study.estimates is None or left <= 0:
            self._estimated(study, attempt, None)
            return None
        return study, attempt, study.estimates.job(attempt, left)

    def _fold(self, study: Study, *, ahead: bool) -> tuple[Study, Attempt, Job] | None:
        """A fold to fit. Where all trials are known from the start, the longest first: Graham's LPT rule, see `order`."""
        waiting = [attempt for attempt in study.live if attempt.next_fold(ahead=ahead) is not None]
        if not waiting or (self._clock.left() <= 0 and not waiting[0].contender.is_baseline):
            return None
        attempt = min(waiting, key=lambda one: self._urgency(study, one))
        fold = attempt.next_fold(ahead=ahead)
        if fold is None:
            return None
        attempt.running.add(fold)
        last = None if attempt.contender.is_baseline else self._clock.last_training
        patience = None if last is None else self._times.patience_for(study, attempt)
        work = attempt.work(fold, deadline=last, patience=patience)
        job = Job(
            (attempt.plan.id, fold),
            fit_fold,
            (work,),
            group=attempt.plan.id,
            deadline=self._times.killed_at(last, patience, warm=self._telling.folds_done >= self._room),
            memory=self._memory,
            threads=attempt.plan.threads,
            travels=True,
        )
        return study, attempt, job

    def _in_any_order(self, study: Study) -> bool:
        """Whether all trials are known from the start and all will be done, so that their order is free."""
        return self._clock.limit is None and not study.racing

    def _urgency(self, study: Study, attempt: Attempt) -> tuple[Any, ...]:
        if not self._in_any_order(study):
            return (not attempt.contender.is_baseline, attempt.number)
        started = bool(attempt.results or attempt.running)
        seconds = self._seconds[attempt.plan.id]
        expected = sum(seconds) / len(seconds) if seconds else float("inf")
        return (started, -expected if started else 0.0, attempt.number)

    def _opened(self, study: Study) -> tuple[Study, Attempt, Job] | None:
        """Open a trial, and give its first job. One that an earlier part of the run finished may have none left."""
        while True:
            if self._clock.left() <= 0:
                study.stop_opening()
                return None
            attempt = self._opened_on_more_rows(study)
            if attempt is None:
                if not self._worth_opening(study):
                    return None
                attempt = self._open(study)
            if attempt is None:
                return None
            found = self._scoring(study) or self._fold(study, ahead=False)
            if found is not None:
                return found

    def _open(self, study: Study) -> Attempt | None:
        """Open the next trial, if there is one; it may have been done by an earlier part of the run."""
        attempt = study.open_next()
        if attempt is not None:
            self._begin(study, attempt)
        return attempt

    def _opened_on_more_rows(self, study: Study) -> Attempt | None:
        """Open the best trial again on more rows, when it is time for it."""
        seconds = self._times.seconds_for_more_rows(study)
        attempt = None if seconds is None else study.open_on_more_rows(seconds)
        if attempt is not None:
            self._begin(study, attempt)
        return attempt

    def _begin(self, study: Study, attempt: Attempt) -> None:
        """Tell of a trial that was opened; one that an earlier part of the run did ends at once."""
        attempt.trial.started = self._clock.elapsed
        if attempt.state == "open":
            self._telling.started(attempt)
            self._go_on(study, attempt)

    def _worth_opening(self, study: Study) -> bool:
        """Whether a search's next trial is likely to end in time; the trials a run begins with are always tried."""
        if study.to_begin or self._times.worth_opening(study, self._seconds.values()):
            return True
        study.stop_opening()
        return False

    def _take(self, outcome: Outcome) -> None:
        """Record an outcome."""
        study, attempt = self._running.pop(outcome.job.key)
        attempt.trial.cost_seconds += outcome.seconds
        _, part = outcome.job.key
        if part == "score":
            self._scored(study, attempt, outcome)
            return
        if part == "estimate":
            self._estimated(study, attempt, outcome)
            return
        attempt.running.discard(part)
        if outcome.stopped:
            clear_unfinished(attempt.plan.outputs[part])
        self._telling.folds_done += 1
        if attempt.state != "open":
            return  # a fold of a trial that was given up meanwhile
        if outcome.error is not None:
            self._give_up(study, attempt, outcome)
        else:
            attempt.results[part] = outcome.value
            self._seconds[attempt.plan.id].append(outcome.seconds)
        self._telling.fold_finished(attempt, part, outcome.seconds)
        if attempt.state == "open":
            self._go_on(study, attempt)

    def _go_on(self, study: Study, attempt: Attempt) -> None:
        """Decide what the folds that are there mean."""
        hopeless = study.judge(attempt)
        if hopeless:
            self._end(study, attempt, "stopped", hopeless, "hopeless")
        elif attempt.whole and attempt.fidelity < 1:
            scores = attempt.scores()
            attempt.value = scores[0] if scores else None
            self._end(study, attempt, "stopped", f"tried with {attempt.fidelity:.0%} of the effort only", "effort")
        elif attempt.whole:
            attempt.state = "scoring"

    def _give_up(self, study: Study, attempt: Attempt, outcome: Outcome) -> None:
        """End a trial whose fold failed, or was killed because of time."""
        late = outcome.stopped == "deadline"
        if late and self._clock.left() <= 0:
            reason = f"the time limit came after {len(attempt.results)} of {len(attempt.folds)} folds"
        else:
            reason = outcome.error or "it failed without a reason"
        self._end(study, attempt, "stopped" if late or outcome.stopped == "asked" else "failed", reason, "time")

    def _stop_all(self) -> None:
        """End what is under way when the time is over, but not the baseline and what is being scored."""
        for key, (study, attempt) in list(self._running.items()):
            study.stop_opening()
            if key[1] != "score" and attempt.state == "open" and not attempt.contender.is_baseline:
                reason = f"the time limit came after {len(attempt.results)} of {len(attempt.folds)} folds"
                self._end(study, attempt, "stopped", reason, "time")

    def _end(self, study: Study, attempt: Attempt, status: Any, reason: str, cause: Cause = "") -> None:
        """Give a trial up."""
        trial = attempt.trial
        trial.status, trial.reason, trial.cause = status, reason, cause if status == "stopped" else ""
        trial.fold_scores = attempt.fold_scores
        trial.finished = self._clock.elapsed
        attempt.state = "done"
        for fold in attempt.running:
            self._executor.stop((attempt.plan.id, fold))
        study.write_end(attempt)
        attempt.forget_models()
        self._telling.finished(study, attempt)

    def _scored(self, study: Study, attempt: Attempt, outcome: Outcome) -> None:
        trial, plan = attempt.trial, attempt.plan
        if outcome.error is not None:
            late = outcome.stopped == "deadline"
            reason = "the time limit came while its answers were scored" if late else outcome.error
            self._end(study, attempt, "stopped" if late else "failed", reason, "time")
            return
        attempt.assessment = outcome.value
        self._longest_scoring = max(self._longest_scoring, outcome.seconds)
        finish_folds(trial, _in_order(attempt))
        finish_validation(trial, plan, outcome.value)
        study.say_rows(attempt)
        study.hold_to_bars(attempt)
        score = trial.score(study.objective.label)
        if score is not None:
            attempt.value = score.value if score.maximize else -score.value
        if study.estimates is not None:
            attempt.state = "estimating"
        else:
            self._finish(study, attempt)

    def _estimated(self, study: Study, attempt: Attempt, outcome: Outcome | None) -> None:
        """Put what a trial takes where it is served into it, and finish it."""
        if study.estimates is not None:
            study.estimates.take(attempt, outcome)
        self._finish(study, attempt)

    def _finish(self, study: Study, attempt: Attempt) -> None:
        attempt.state = "done"
        attempt.trial.finished = self._clock.elapsed
        self._keep_time()
        self._telling.finished(study, attempt)

    def _keep_time(self) -> None:
        """Keep the time that the model will need once training is over, as the trials so far tell."""
        if self._clock.limit is not None:
            attempts = [one for study in self._studies for one in study.attempts if not one.contender.is_baseline]
            results = [result for one in attempts for result in one.results.values()]
            self._clock.slowness = slowness(results[-_LATEST:])
            self._clock.to_keep = _SCORED_AT_END * self._longest_scoring + sum(
                needed_to_close(
                    [(one.value, list(one.results.values())) for one in study.ranked if one.value is not None],
                    refit=self._refit,
                    most_for_others=_MOST_FOR_OTHERS * self._clock.limit,
                )
                for study in self._studies
            )


def _in_order(attempt: Attempt) -> list[FoldResult]:
    return [attempt.results[fold] for fold in attempt.folds]
