"""`litmus monitor run`: checks endpoints when they are due, tells of alarms, and has models trained again, until it is told to end."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.errors import LitmusError
from litmus.quantities import duration_text
from litmus.retraining.cycle import Cycle
from litmus.retraining.lock import held_lock
from litmus.retraining.plan import read_plan

if TYPE_CHECKING:
    from litmus.store import Store

__all__ = ["Scheduler"]

_TICK_SECONDS = 1.0
_DELIVERY_SECONDS = 2.0
_REFRESH_SECONDS = 10.0
_CLOCK_SLACK_SECONDS = 30.0
_END_SECONDS = 20.0
_THREADS = 4
Tell = Callable[[str], object]


class Scheduler:
    """Runs a plan.

    Args:
        file: the plan's file; it is read again when it changes.
        store: where all is kept, also what has to be done after a restart.
        tell: called with a sentence for all that happens.
        clock: the time, for tests.
    """

    def __init__(self, file: Path, store: Store, *, tell: Tell, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._store = store
        self._tell = tell
        self._clock = clock
        self._cycle = Cycle(read_plan(file), store)
        self._changed = self._modified()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._child: tuple[str, subprocess.Popen[bytes]] | None = None
        self._jobs: Any = None

    def run(self) -> None:
        """Work until `stop` is called, from a signal's handler too; then what is under way is ended.

        Raises:
            BusyError: when another process does this for the same store.
            LitmusError: when the store cannot be used.
        """
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        with held_lock(self._store.home, "monitor-run", "litmus monitor run"):
            self._cycle.tidy()
            executors = {"default": ThreadPoolExecutor(_THREADS), "deliveries": ThreadPoolExecutor(1)}
            defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
            self._jobs = BackgroundScheduler(timezone=dt.UTC, executors=executors, job_defaults=defaults)
            self._jobs.start()
            try:
                self._every("deliveries", _DELIVERY_SECONDS, self._deliver, executor="deliveries")
                self._every("refresh", _REFRESH_SECONDS, self._refresh)
                self._watch_clock()
            finally:
                self._jobs.shutdown(wait=False)
                self._end_child()

    def stop(self) -> None:
        """End `run` soon; may be called from a signal's handler."""
        self._stop.set()

    def _every(
        self, name: str, seconds: float, work: Callable[[], None], *, first: float = 0.0, executor: str = "default"
    ) -> None:
        due = dt.datetime.fromtimestamp(time.time() + first, dt.UTC)
        self._jobs.add_job(
            functools.partial(self._safely, name, work),
            "interval",
            seconds=seconds,
            id=name,
            next_run_time=due,
            executor=executor,
            replace_existing=True,
        )

    def _safely(self, name: str, work: Callable[[], None]) -> None:
        """A failure is told, and the work is done again when it is due next."""
        if self._stop.is_set():
            return
        try:
            work()
        except LitmusError as error:
            self._tell(f"{name}: {error}")
        except Exception as error:  # whatever it is, the other work goes on
            self._tell(f"{name} failed: {type(error).__name__}: {error}")

    def _watch_clock(self) -> None:
        """Wait; when the clock was changed, let everything be due by the new time: jobs wait for times of the old one."""
        offset = self._clock() - time.monotonic()
        while not self._stop.wait(_TICK_SECONDS):
            now = self._clock() - time.monotonic()
            if abs(now - offset) > _CLOCK_SLACK_SECONDS:
                self._tell(
                    f"The clock was changed by {duration_text(abs(now - offset))}; everything is due by the new time."
                )
                offset = now
                for job in self._jobs.get_jobs():
                    job.modify(next_run_time=dt.datetime.now(dt.UTC))

    def _refresh(self) -> None:
        """Take up changes of the file, and endpoints that came or went."""
        if self._modified() != self._changed:
            self._changed = self._modified()
            self._cycle = Cycle(read_plan(self._file), self._store)
            self._cycle.tidy()
            self._tell(f"{self._file} changed and was read again.")
            for job in self._jobs.get_jobs():
                if job.id.startswith("check "):
                    job.remove()
        known = {job.id for job in self._jobs.get_jobs()}
        names = self._cycle.endpoints()
        for name in names:
            schedule = self._cycle.plan.schedule_of(name)
            if f"check {name}" not in known and schedule is not None:
                first = self._due_in(name, schedule.every)
                self._every(f"check {name}", schedule.every, functools.partial(self._check, name), first=first)
                self._tell(
                    f"{name} is checked every {duration_text(schedule.every)}, next {f'in {duration_text(first)}' if first else 'now'}."
                )
        for gone in known - {f"check {name}" for name in names} - {"deliveries", "refresh"}:
            self._jobs.remove_job(gone)
            self._tell(f"{gone.removeprefix('check ')} is not checked any more.")
        self._look_after_child()

    def _due_in(self, name: str, every: float) -> float:
        """Seconds until a check is due, by the last one in the store; a clock that was set back makes it due now."""
        found = self._store.monitor_results(name, kind="check", last=1)
        if not found:
            return 0.0
        passed = self._clock() - dt.datetime.fromisoformat(found[0].time).timestamp()
        return max(0.0, every - passed) if passed >= 0 else 0.0

    def _modified(self) -> tuple[int, int]:
        try:
            facts = self._file.stat()
        except OSError:
            return 0, 0
        return facts.st_mtime_ns, facts.st_size

    def _deliver(self) -> None:
        self._cycle.deliver()

    def _check(self, name: str) -> None:
        looked = self._cycle.check(name)
        self._tell(f"{name}: {looked.observed.sentence}")
        for alarm in looked.alarms:
            if alarm.is_new:
                self._tell(f"{name}: alarm {alarm.rule}: {alarm.message}")
        reason = self._cycle.reason(name)
        if reason:
            self._retrain(name, reason)

    def _retrain(self, name: str, reason: str) -> None:
        """Have a model trained again in a process of its own; one at a time, those that wait have their reason at the next check."""
        with self._lock:
            self._look_after_child()
            if self._child is not None or self._stop.is_set():
                return
            self._tell(f"{name}: is trained again, because of {reason}")
            command = [sys.executable, "-m", "litmus", "retrain", name, "--plan", str(self._file), "--reason", reason]
            self._child = (
                name,
                subprocess.Popen(  # noqa: S603 - our own program
                    command, stdin=subprocess.DEVNULL, stdout=2, start_new_session=True
                ),
            )

    def _look_after_child(self) -> None:
        if self._child is not None and self._child[1].poll() is not None:
            name, process = self._child
            self._child = None
            outcome = {0: "done", 4: "refused by the gate", 5: "under way elsewhere", 6: "taken back"}
            self._tell(f"{name}: retraining ended: {outcome.get(process.returncode, f'failed ({process.returncode})')}")

    def _end_child(self) -> None:
        """A rollout that was begun goes on without it; what came of it is written down when this is started again."""
        if self._child is None:
            return
        name, process = self._child
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._tell(f"{name}: its retraining was ended.")
