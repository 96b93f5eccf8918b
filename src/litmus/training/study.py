"""The trials of one data set: which is opened next, what it may know of the others, when it stops early."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.data import LoadedData
from litmus.evaluate.bar import Bar, missed, violation_of
from litmus.evaluate.candidate import Candidate
from litmus.evaluate.dataset_folder import DatasetFolder
from litmus.evaluate.plan import Plan
from litmus.metrics import Metric
from litmus.pipeline.resolve import algorithm_label, resolve_algorithm
from litmus.training.attempt import Attempt
from litmus.training.contender import Contender
from litmus.training.estimates import Estimates
from litmus.training.journal import Journal
from litmus.training.more_rows import next_on_more_rows
from litmus.training.observing import history_of
from litmus.training.racing import why_hopeless
from litmus.training.results import best_of, configurations, has_value, mean_costs, only_fails, value_of
from litmus.training.selection import choose_contender

if TYPE_CHECKING:
    from litmus.search import Suggestion

__all__ = ["LAG", "Study"]

LAG = 4
"""Where trials are counted, a trial knows the results of those at least this many numbers before it, and takes the others
as pending. So what it tries does not depend on how many workers there are, and this many trials can run side by side."""

_FIRST = 1_000_000
"""Trial numbers of the second data set start here, of the third at twice this, so that no two trials have one number."""


@dataclasses.dataclass
class Study:
    """The trials of one data set.

    Attributes:
        place: number of the data set in the run, from 0.
        data: the loaded data set.
        dataset: its files.
        contenders: what is tried, in order.
        openings: the trials to begin with, in order: a contender, and the settings to try it with; None for as it is given.
        metrics: split → metrics.
        folder: where the trials' files go.
        journal: where trials are written down.
        seed: the run's seed.
        threads: threads a fit may use.
        most: most configurations to try, the baseline not counted; None for no bound.
        counted: whether the run is bounded by trials and not by time, so that its trials must not depend on timing.
        bars: what models have to meet.
        racing: whether configurations that nobody asked for by name are stopped when they are hopeless.
        estimates: what trials are estimated and held to where they are to be served; None where that does not matter.
        share: share of each fold's training rows that trials learn from, before the best get more.
        shares: pipeline → the share that it learns from instead, where an earlier run is trained again.
        again: the journal's lines of the trials of a run that is trained again; with any, no other trial is opened.
    """

    place: int
    data: LoadedData
    dataset: DatasetFolder
    contenders: Sequence[Contender]
    openings: Sequence[tuple[Contender, dict[str, Any] | None]]
    metrics: dict[str, tuple[Metric, ...]]
    folder: Path
    journal: Journal
    seed: int
    threads: int
    most: int | None = None
    counted: bool = True
    racing: bool = False
    estimates: Estimates | None = None
    bars: tuple[Bar, ...] = ()
    share: float = 1.0
    shares: Mapping[str, float] = dataclasses.field(default_factory=dict)
    again: Sequence[Mapping[str, Any]] = ()
    attempts: list[Attempt] = dataclasses.field(default_factory=list)
    over: bool = False

    def __post_init__(self) -> None:
        """Read what an earlier part of the run has opened and given up."""
        self._opened = {**self.journal.of("trial", self.place), **self._lines_again("trial")}
        self._ended = {**self.journal.of("ended", self.place), **self._lines_again("ended")}
        self._searched = any(contender.searchable for contender in self.contenders)

    @property
    def objective(self) -> Metric:
        """The metric that ranks."""
        return self.metrics["validation"][0]

    @property
    def live(self) -> list[Attempt]:
        """The trials under way."""
        return [attempt for attempt in self.attempts if attempt.state != "done"]

    @property
    def best(self) -> Attempt | None:
        """The best complete trial so far."""
        return best_of(self.attempts)

    @property
    def ranked(self) -> list[Attempt]:
        """The complete trials that have a value."""
        return [attempt for attempt in self.attempts if attempt.fidelity >= 1 and has_value(attempt)]

    @property
    def to_begin(self) -> int:
        """How many of the trials to begin with are still to be opened."""
        return max(0, len(self.openings) - sum(attempt.parent is None for attempt in self.attempts))

    @property
    def next_id(self) -> int:
        """The number within the run that the next trial would have."""
        return self.place * _FIRST + len(self.attempts) + 1

    def stop_opening(self) -> None:
        """Open no more trials."""
        self.over = True

    def open_next(self) -> Attempt | None:
        """Open the next trial; None when there is none, or none yet: then some trial must end first."""
        if self.over:
            return None
        number = len(self.attempts) + 1
        if number in self._opened:
            line = self._opened[number]
            if not self._are_done(line["known"]):
                return None
            attempt = self._as_written(number, line)
        elif self.again:
            self.over = True
            return None
        elif self.to_begin:
            contender, settings = self.openings[-self.to_begin]
            if settings is not None and not self._are_done(max(0, number - LAG)):
                return None
            attempt = (
                self._as_given(number, contender)
                if settings is None
                else self._configured(number, contender, settings, 1.0)
            )
        elif not self._searched or (self.most is not None and configurations(self.attempts) >= self.most):
            found = self._promotion(number) if self._searched else None
            if found is None:
                self.over = self._nothing_more()
                return None
            attempt = found
        else:
            suggested = self._suggested(number)
            if suggested is None:
                return None
            attempt = suggested
        self._write_down(attempt)
        self.attempts.append(attempt)
        return attempt

    def open_on_more_rows(self, seconds: float) -> Attempt | None:
        """Open the best trial again on as many more rows as a fit can learn from in so many seconds; None where there is none.

        One at a time: what it comes to says which one is worth it next.
        """
        if self.share >= 1 or self.over or any(one.parent is not None for one in self.live):
            return None
        number = len(self.attempts) + 1
        found = None if number in self._opened else next_on_more_rows(self.attempts, seconds)
        if found is None:
            return None
        attempt = self._on_more_rows(number, *found)
        attempt.allowed = seconds
        self._write_down(attempt)
        self.attempts.append(attempt)
        return attempt

    def judge(self, attempt: Attempt) -> str:
        """Why a trial should stop now, given the folds it has; empty when it should go on."""
        if not attempt.raced or attempt.fidelity < 1:
            return ""
        return why_hopeless(attempt, self.attempts[: attempt.known], self.objective)

    def say_rows(self, attempt: Attempt) -> None:
        """Note what share of the rows a scored trial learned from, where it was not all."""
        trial, most = attempt.trial, len(self.data.folds[0].train)
        if trial.learned_rows is not None:
            sentence = (
                f"Each fit learned from {trial.learned_rows:,} of {most:,} rows: what the time limit leaves time for."
            )
            trial.notes = (sentence, *trial.notes)

    def hold_to_bars(self, attempt: Attempt) -> None:
        """Note by how much a scored trial misses what models have to meet."""
        trial = attempt.trial
        if self.bars and not attempt.contender.is_baseline:
            trial.notes += missed(self.bars, trial)
        trial.bar_violation = violation_of(self.bars, trial)

    def write_end(self, attempt: Attempt) -> None:
        """Write down that a trial failed or was stopped, so that it is not tried again when the run is resumed."""
        if attempt.number not in self._ended:
            trial = attempt.trial
            self.journal.write(
                "ended",
                study=self.place,
                number=attempt.number,
                status=trial.status,
                reason=trial.reason,
                cause=trial.cause,
            )

    def _lines_again(self, kind: str) -> dict[int, dict[str, Any]]:
        """Trial number → the line of a kind of the run that is trained again."""
        lines = [line for line in self.again if line["kind"] == kind and line.get("study") == self.place]
        return {int(line["number"]): dict(line) for line in lines}

    def _write_down(self, attempt: Attempt) -> None:
        if attempt.number in self._opened:
            return
        space = attempt.contender.space
        settings = None if space is None or attempt.settings is None else space.to_json(attempt.settings)
        self.journal.write(
            "trial",
            study=self.place,
            number=attempt.number,
            contender=attempt.contender.name,
            given=attempt.plan.candidate is attempt.contender.candidate,
            settings=settings,
            fidelity=attempt.fidelity,
            known=attempt.known,
            name=attempt.trial.name,
            share=attempt.share,
            parent=attempt.parent,
        )

    def _as_written(self, number: int, line: dict[str, Any]) -> Attempt:
        """A trial that an earlier part of the run has opened."""
        contender = next(one for one in self.contenders if one.name == line["contender"])
        share = float(line.get("share", 1.0))
        if line.get("parent") is not None:
            attempt = self._on_more_rows(number, self.attempts[int(line["parent"]) - 1], share)
        elif line["given"] or contender.space is None:
            attempt = self._as_given(number, contender, share)
        else:
            settings = contender.space.from_json(line["settings"])
            attempt = self._configured(
                number, contender, settings, float(line["fidelity"]), known=int(line["known"]), share=share
            )
        ended = self._ended.get(number)
        if ended is not None:
            trial = attempt.trial
            trial.status, trial.reason, trial.cause = ended["status"], ended["reason"], ended.get("cause", "")
            trial.fold_scores = attempt.fold_scores
            attempt.state = "done"
            if attempt.fidelity < 1 and attempt.whole:
                attempt.value = attempt.scores()[0]
        return attempt

    def _suggested(self, number: int) -> Attempt | None:
        """The next configuration of a search; None when all is tried, or a trial has to end first."""
        known = max(0, number - LAG) if self.counted else len(self.attempts)
        if not self._are_done(known):
            return None
        found = self._ask(number, known)
        if found is None and any(contender.searchable for contender in self.contenders):
            if self.live:
                return None  # what is under way may tell more
            found = self._ask(number, len(self.attempts))
        if found is None:
            self.over = self._nothing_more()
        return found

    def _are_done(self, known: int) -> bool:
        """Whether the trials that the next one knows of are done; where time bounds the run, it takes them as they are."""
        return not self.counted or all(attempt.state == "done" for attempt in self.attempts[:known])

    def _nothing_more(self) -> bool:
        return not self.live

    def _ask(self, number: int, known: int) -> Attempt | None:
        """The first configuration that a contender suggests, asked in an order drawn by how good they are."""
        rng = np.random.default_rng([self.seed, self.place, number])
        before = self.attempts[:known]
        left = [one for one in self.contenders if one.searchable and not only_fails(before, one)]
        while left:
            costs = None if self.counted else mean_costs(self.attempts, left)  # None where time must not count
            chosen = left[choose_contender([value_of(before, one) for one in left], rng, seconds=costs)]
            suggestion = self._suggestion(chosen, known)
            if suggestion is not None:
                return self._configured(number, chosen, dict(suggestion.settings), suggestion.fidelity, known=known)
            chosen.exhausted = known == len(self.attempts) and not self.live
            left.remove(chosen)
        return None

    def _promotion(self, number: int) -> Attempt | None:
        """A configuration already tried that is worth more effort, once no new one may be opened."""
        if self.live:
            return None
        for contender in self.contenders:
            suggestion = self._suggestion(contender, len(self.attempts)) if contender.searchable else None
            if suggestion is not None and suggestion.parent is not None:
                return self._configured(number, contender, dict(suggestion.settings), suggestion.fidelity)
        return None

    def _suggestion(self, contender: Contender, known: int) -> Suggestion | None:
        from litmus.search import next_suggestion

        if contender.space is None or contender.strategy is None:
            return None
        seed = int(np.random.SeedSequence([self.seed, self.place, contender.place]).generate_state(1)[0])
        return next_suggestion(
            contender.strategy, contender.space, history_of(self.attempts, contender, known, seed=seed)
        )

    def _as_given(self, number: int, contender: Contender, share: float | None = None) -> Attempt:
        """A trial of a pipeline as the user gave it."""
        usual = self.shares.get(contender.name, 1.0 if contender.is_baseline else self.share)
        share = usual if share is None else share
        return self._attempt(number, contender, contender.given(), contender.candidate, share=share)

    def _on_more_rows(self, number: int, before: Attempt, share: float) -> Attempt:
        """A trial of what was tried before, on more rows."""
        first = before
        while first.parent is not None:
            first = self.attempts[first.parent - 1]
        named = dataclasses.replace(
            first.plan.candidate, name=f"{first.plan.candidate.name} on {self._learned_rows(share):,} rows"
        )
        more: dict[str, Any] = {"share": share, "parent": before.number, "known": number - 1}
        return self._attempt(number, before.contender, before.settings, named, **more)

    def _learned_rows(self, share: float) -> int:
        """About how many rows each fit learns from."""
        return round(share * len(self.data.folds[0].train))

    def _attempt(
        self,
        number: int,
        contender: Contender,
        settings: Any,
        candidate: Candidate,
        **more: Any,
    ) -> Attempt:
        trial_id = self.place * _FIRST + number
        plan = Plan(
            id=trial_id,
            candidate=candidate,
            data=self.data,
            dataset=self.dataset,
            metrics=self.metrics,
            folder=self.folder / f"trial-{number:04d}",
            seed=self.seed,
            threads=self.threads,
        )
        trial = plan.trial()
        trial.learned_rows = self._learned_rows(more["share"]) if more.get("share", 1.0) < 1 else None
        trial.searched = contender.searched(settings, given=self.to_begin > 0, fidelity=more.get("fidelity", 1.0))
        return Attempt(number, contender, plan, trial, settings, **more)

    def _configured(
        self,
        number: int,
        contender: Contender,
        settings: dict[str, Any],
        fidelity: float,
        *,
        known: int | None = None,
        share: float | None = None,
    ) -> Attempt:
        """A trial of a searched configuration."""
        from litmus.search import applied

        task = self.data.task
        base = contender.candidate
        pipeline, part = applied(base.pipeline, task, settings), 1.0
        if fidelity < 1:
            from litmus.search import reduced

            pipeline, part = reduced(pipeline, task, fidelity)
        algorithm, differing = algorithm_label(resolve_algorithm(pipeline.algorithm, task))
        candidate = Candidate(f"{base.name} #{number}", base.algorithm or algorithm, differing, pipeline)
        return self._attempt(
            number,
            contender,
            settings,
            candidate,
            fidelity=fidelity,
            share=self.share * part if share is None else share,
            raced=self.racing and fidelity >= 1,
            known=(max(0, number - LAG) if self.counted else len(self.attempts)) if known is None else known,
        )
