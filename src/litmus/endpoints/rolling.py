"""Carries an update out: step by step, watched, and taken back whole when an alarm is raised."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from litmus.endpoints.alarms import Alarm
from litmus.endpoints.judging import Judging
from litmus.endpoints.plan import Plan, drop_plan, step_config, write_plan
from litmus.endpoints.state import RolloutState
from litmus.endpoints.workers import Note, Workers
from litmus.quantities import duration_text
from litmus.serve.config import ServiceConfig
from litmus.serve.totals import Totals, VariantTotals

__all__ = ["Rolling"]

_LOAD_SECONDS = 300.0
_LOOK_SECONDS = 0.5
_MOST_DEATHS = 3
_Phase = Literal["applying", "baking", "rolling back", "finished", "rolled back"]


class Rolling:
    """An update under way; `tick` moves it on and never waits.

    Args:
        folder: the endpoint's folder.
        plan: the update.
        workers: the endpoint's workers.
        serve: replaces what is served, and says as which generation.
        note: writes events down.
        clock: seconds that only go forward.

    Attributes:
        plan: the update, and how far it is.
    """

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        workers: Workers,
        serve: Callable[[ServiceConfig], int],
        note: Note,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan = plan
        self._folder = folder
        self._workers = workers
        self._serve = serve
        self._note = note
        self._clock = clock
        self._alarms = [Alarm(**each) for each in plan.alarms]
        self._judging = Judging(folder, plan, clock)
        self._phase: _Phase = "applying"
        self._generation = 0
        self._began = clock()
        self._until = ""
        self._looked = 0.0
        self._baseline: Totals | None = None
        self._deaths = workers.deaths
        self._message = ""
        if plan.back:
            self._go_back(plan.back)
        else:
            self._apply()

    @property
    def is_done(self) -> bool:
        """Whether the update is over, either way."""
        return self._phase in ("finished", "rolled back")

    @property
    def state(self) -> RolloutState:
        """How far it is, as `state.json` has it."""
        plan = self.plan
        share = 0.0 if self._phase in ("rolling back", "rolled back") else plan.shares[plan.step]
        return RolloutState(
            id=plan.id,
            status=self._phase,
            step=plan.step + 1,
            steps=len(plan.shares),
            percent=round(100 * share, 6),
            versions=[each.version for each in plan.new],
            message=self._message,
            until=self._until if self._phase == "baking" else "",
        )

    def cancel(self, why: str) -> None:
        """Take it back, unless that is done already."""
        if not self.is_done and self._phase != "rolling back":
            self._go_back(why)

    def tick(self, totals: Totals) -> None:
        """Move on as far as can be done now."""
        if self._phase == "applying":
            self._look_whether_applied(totals)
        elif self._phase == "baking":
            self._watch(totals)
        elif self._phase == "rolling back":
            self._look_whether_back()

    def _apply(self) -> None:
        plan = self.plan
        share = plan.shares[plan.step]
        self._phase, self._began, self._deaths = "applying", self._clock(), self._workers.deaths
        self._generation = self._serve(step_config(plan.before, plan.after, share, 0))
        self._message = (
            f"Step {plan.step + 1} of {len(plan.shares)}: {self._names()} gets {_percent(share)} of the requests."
        )
        self._note(
            "rollout step",
            self._message,
            id=plan.id,
            step=plan.step + 1,
            steps=len(plan.shares),
            percent=100 * share,
            generation=self._generation,
        )

    def _look_whether_applied(self, totals: Totals) -> None:
        if why := self._workers.error():
            self._go_back(why)
        elif self._too_many_deaths():
            return
        elif self._clock() - self._began > _LOAD_SECONDS:
            self._go_back(f"workers did not load it within {duration_text(_LOAD_SECONDS)}")
        elif self._workers.ready(self._generation) and not self._workers.behind(self._generation):
            self._begin_to_watch(totals)

    def _begin_to_watch(self, totals: Totals) -> None:
        plan = self.plan
        self._phase, self._began, self._baseline = "baking", self._clock(), totals
        self._looked = 0.0
        until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=plan.seconds)
        self._until = until.isoformat(timespec="seconds")
        watched = f", watched for {duration_text(plan.seconds)}" if plan.seconds else ""
        self._message = f"{self._names()} gets {_percent(plan.shares[plan.step])} of the requests{watched}."
        self._judging.begin()
        self._watch(totals)

    def _watch(self, totals: Totals) -> None:
        now = self._clock()
        over = now - self._began >= self.plan.seconds
        if self._too_many_deaths() or (not over and now - self._looked < _LOOK_SECONDS):
            return
        self._looked = now
        done = self._new_totals(totals)
        for alarm in self._alarms:
            if why := alarm.judge(done):
                self._raise(alarm, why)
                return
        if why := self._judging.look(done, final=over):
            self._raise(None, why)
        elif over and self._judging.is_settled:
            self._step_is_over(done)

    def _step_is_over(self, done: VariantTotals) -> None:
        plan = self.plan
        few = [str(alarm) for alarm in self._alarms if done.requests < alarm.at_least]
        if few:
            self._note(
                "not judged",
                f"Only {done.requests:,} requests reached {self._names()}, too few to judge {', '.join(few)}.",
                id=plan.id,
                requests=done.requests,
            )
        if plan.step + 1 < len(plan.shares):
            self.plan = msgspec.structs.replace(plan, step=plan.step + 1)
            write_plan(self._folder, self.plan)
            self._apply()
            return
        self._phase, self._message = "finished", f"{self._names()} gets all requests."
        self._note("rollout finished", self._message, id=plan.id, generation=self._generation)
        self._end()

    def _raise(self, alarm: Alarm | None, why: str) -> None:
        self._note("alarm", f"{why[:1].upper()}{why[1:]}.", id=self.plan.id, alarm=str(alarm) if alarm else "your own")
        self._go_back(why)

    def _too_many_deaths(self) -> bool:
        died = self._workers.deaths - self._deaths
        if died < _MOST_DEATHS:
            return False
        self._go_back(f"workers died {died} times since the step began")
        return True

    def _go_back(self, why: str) -> None:
        self._phase, self._began = "rolling back", self._clock()
        self.plan = msgspec.structs.replace(self.plan, back=why)
        write_plan(self._folder, self.plan)  # before anything else: a supervisor that is killed now goes back too
        self._judging.stop()
        self._generation = self._serve(self.plan.before)
        self._message = f"Taken back: {why.rstrip('.')}."
        self._note("rollback", self._message, id=self.plan.id, generation=self._generation)

    def _look_whether_back(self) -> None:
        workers = self._workers
        applied = workers.ready(self._generation) and not workers.behind(self._generation)
        if applied or self._clock() - self._began > _LOAD_SECONDS:
            self._phase = "rolled back"
            self._note("rolled back", "What was served before gets all requests again.", id=self.plan.id)
            self._end()

    def _end(self) -> None:
        self._judging.stop()
        drop_plan(self._folder)
        if self.plan.judges:
            (self._folder / self.plan.judges).unlink(missing_ok=True)

    def _new_totals(self, totals: Totals) -> VariantTotals:
        since = totals - self._baseline if self._baseline is not None else totals
        none = VariantTotals()
        return sum((since.variants.get(each.name, none) for each in self.plan.new), none)

    def _names(self) -> str:
        return " and ".join(each.version for each in self.plan.new) or self.plan.after.name


def _percent(share: float) -> str:
    return "all" if share >= 1 else f"{100 * share:.3g} %"
