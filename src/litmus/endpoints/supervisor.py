"""What looks after one endpoint: it owns the socket, keeps the workers running, and carries orders out."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import msgspec

from litmus.endpoints.forker import Forker
from litmus.endpoints.identity import adopt_orphans, born
from litmus.endpoints.journal import add_event
from litmus.endpoints.keeper import Keeper
from litmus.endpoints.log import shorten
from litmus.endpoints.models import drop_unused
from litmus.endpoints.orders import Order, order_mark, read_order
from litmus.endpoints.plan import Plan, read_plan, write_plan
from litmus.endpoints.rolling import Rolling
from litmus.endpoints.scaling import Scaling, Tracker
from litmus.endpoints.settings import read_settings, write_settings
from litmus.endpoints.state import RolloutState, State, Status, WorkerProcess, now, read_state, write_state
from litmus.endpoints.worker_kinds import KINDS
from litmus.endpoints.workers import Workers
from litmus.errors import LitmusError
from litmus.serve.address import url_of
from litmus.serve.config import ServiceConfig, load_config, save_config
from litmus.serve.counters import read_counters
from litmus.serve.totals import Totals

__all__ = ["Supervisor"]

_TICK_SECONDS = 0.1
_QUIET_TICK_SECONDS = 0.25
_LOOK_SECONDS = 1.0
_SCALE_SECONDS = 1.0
_LOG_SECONDS = 5.0
_FORKER_PAUSE = 2.0
_TROUBLE_SECONDS = 1.0


class Supervisor:
    """Looks after one endpoint until it is told to stop.

    Args:
        folder: the endpoint's folder.
        listener: the listening socket that its workers share.
        lock: the lock of the folder, held as long as this process lives.
    """

    def __init__(self, folder: Path, listener: socket.socket, lock: int) -> None:
        self._folder = folder
        self._listener = listener
        self._keeper = Keeper(folder, listener, lock)
        self._config = load_config(folder)
        self._scaling = read_settings(folder).scaling
        self._tracker = Tracker(self._scaling)
        self._workers = Workers(folder, self._note)
        self._workers.wanted["http"] = self._scaling.minimum
        self._lifeline, self._held_end = os.pipe()
        self._forker: Forker | None = None
        self._next_forker: Forker | None = None
        self._forker_due = 0.0
        self._rolling: Rolling | None = None
        self._last_rollout: RolloutState | None = None
        self._told_to_stop = 0
        self._failure = ""
        self._was_up = False
        self._totals = Totals({}, {}, time.monotonic())
        before = read_state(folder)
        self._order, self._refused = before.order, before.refused
        self._last_rollout = before.rollout
        self._written: State | None = None
        self._since = now()
        self._due: dict[str, float] = {}
        self._order_mark: tuple[int, int] | None = None
        self._born = born(os.getpid())
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Work until SIGTERM, or until the models turn out not to load; returns the exit code."""
        adopt_orphans()
        self._hear_signals()
        self._keeper.look()
        self._forker = self._new_forker()
        self._note(
            "started", f"The endpoint starts at {self._url}.", pid=os.getpid(), generation=self._config.generation
        )
        self._publish()
        self._go_on_with_rollout()
        while not self._told_to_stop and not self._failure:
            self._wait()
            try:
                self._tick()
            except Exception:  # such as a full disk: an endpoint goes on answering while its supervisor cannot write
                traceback.print_exc()
                time.sleep(_TROUBLE_SECONDS)
        self._shut_down()
        return 1 if self._failure else 0

    def _hear_signals(self) -> None:
        waker, wakes = socket.socketpair()
        waker.setblocking(False)
        wakes.setblocking(False)
        self._waker, self._wakes = waker, wakes
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)

        def stop(*_: Any) -> None:
            self._told_to_stop += 1

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: self._due.pop("look", None))  # an adopted worker ended: look at once
        self._selector.register(wakes, selectors.EVENT_READ, "signal")

    def _wait(self) -> None:
        """Until a forker says something, a signal comes, or a tick has passed."""
        for key, _ in self._selector.select(_QUIET_TICK_SECONDS if self._is_quiet else _TICK_SECONDS):
            if key.data == "signal":
                with contextlib.suppress(BlockingIOError):
                    self._wakes.recv(4096)

    @property
    def _is_quiet(self) -> bool:
        """Whether all is as it should be; a supervisor that has nothing to do takes next to no time from the workers."""
        up = self._was_up and self._rolling is None and not self._told_to_stop
        return up and self._workers.ready() == self._workers.wanted["http"] == self._workers.count("http")

    def _tick(self) -> None:
        self._hear_forkers()
        if self._is_due("look", _LOOK_SECONDS) or not self._is_quiet:
            self._workers.find_ended()
            self._totals = read_counters(self._folder)
            self._workers.see(self._totals)
            if (again := self._keeper.look()) is not None:
                self._note(
                    "keeper died", "The process that watches the supervisor ended; it is started again.", pid=again
                )
        self._take_orders()
        self._roll()
        if self._is_due("scale", _SCALE_SECONDS):
            self._scale()
        forker = self._forker if self._forker is not None and self._forker.loaded else None
        self._workers.keep(forker)
        if self._is_due("log", _LOG_SECONDS):
            shorten(self._folder)
            if self._is_quiet and self._next_forker is None:
                self._workers.renew()
        self._publish()

    # The forker

    def _new_forker(self) -> Forker:
        forker = Forker(self._folder, self._listener, self._lifeline)
        self._selector.register(forker, selectors.EVENT_READ, "forker")
        return forker

    def _drop(self, forker: Forker) -> None:
        self._selector.unregister(forker)
        forker.retire()

    def _hear_forkers(self) -> None:
        for forker in (self._forker, self._next_forker):
            if forker is None:
                continue
            for event in forker.events():
                if event["event"] == "forked":
                    self._workers.forked(event["kind"], event["slot"], event["pid"])
                else:
                    self._workers.ended(event["kind"], event["slot"], event["pid"], event["code"])
        if self._next_forker is not None and self._next_forker.loaded:
            if self._forker is not None:
                self._drop(self._forker)
            self._forker, self._next_forker = self._next_forker, None
            self._workers.origin += 1
        elif self._next_forker is not None and self._next_forker.ended:
            self._drop(self._next_forker)  # the one before goes on; its workers load what is new by themselves
            self._next_forker = None
        if self._forker is not None and self._forker.ended:
            self._forker_is_gone(self._forker)
        elif self._forker is None and time.monotonic() >= self._forker_due:
            self._forker = self._new_forker()

    def _forker_is_gone(self, forker: Forker) -> None:
        self._drop(forker)
        self._forker = None
        why = forker.failure or f"The process that loads the model {forker.how_it_ended()}; the log may say why."
        if self._rolling is not None and forker.failure and not self._rolling.plan.back:
            self._rolling.cancel(why)  # killed while it brought a model that cannot be loaded, and started again
        elif not self._was_up:
            self._failure = why
            return
        self._forker_due = time.monotonic() + _FORKER_PAUSE
        self._note("forker died", f"{why} It is started again.")

    # Orders

    def _take_orders(self) -> None:
        mark = order_mark(self._folder)
        if mark == self._order_mark:
            return
        self._order_mark = mark
        order = read_order(self._folder)
        if order is None or order.id == self._order:
            return
        self._refused = ""
        try:
            if order.kind == "scale" and order.scaling is not None:
                self._rescale(order.scaling)
            elif order.kind == "cancel":
                self._cancel()
            elif order.config is not None:
                self._begin_rollout(order, order.config)
        except (LitmusError, OSError) as error:
            self._refused = " ".join(str(error).split())
        self._order = order.id

    def _rescale(self, scaling: Scaling) -> None:
        write_settings(self._folder, msgspec.structs.replace(read_settings(self._folder), scaling=scaling))
        self._scaling = scaling
        self._tracker = Tracker(scaling)
        current = self._workers.wanted["http"]
        self._workers.wanted["http"] = min(max(current, scaling.minimum), scaling.maximum)
        self._note("scaling changed", f"There are {scaling} from now on.")

    def _cancel(self) -> None:
        if self._rolling is None:
            self._refused = "No update is under way, so there is none to cancel."
        else:
            self._rolling.cancel("it was cancelled")

    def _begin_rollout(self, order: Order, config: ServiceConfig) -> None:
        if self._rolling is not None:
            self._refused = (
                f"An update is under way ({self._rolling.state.message.rstrip('.')}); wait until it is over, or take it back with: "
                f"litmus endpoints update {self._folder.name} --cancel"
            )
            return
        if order.expected != self._config.generation:
            self._refused = "Somebody else changed the endpoint at the same time; look at it and ask again."
            return
        plan = Plan(order.id, self._config, config, order.shares, order.seconds, order.alarms, order.judges, order.how)
        write_plan(self._folder, plan)
        self._note(
            "update",
            f"Update to {', '.join(each.version for each in plan.new) or config.name}: {order.how}.",
            id=order.id,
        )
        self._rolling = Rolling(self._folder, plan, self._workers, self._serve, self._note)

    def _go_on_with_rollout(self) -> None:
        """Take up the update that a supervisor before this one was killed in."""
        plan = read_plan(self._folder)
        if plan is not None:
            self._note("update resumed", f"The update {plan.id} goes on at step {plan.step + 1}.", id=plan.id)
            self._rolling = Rolling(self._folder, plan, self._workers, self._serve, self._note)
            self._order = plan.id if read_order(self._folder) is None else self._order

    def _serve(self, config: ServiceConfig) -> int:
        """Have the workers serve something else; returns its generation."""
        self._config = msgspec.structs.replace(config, generation=self._config.generation + 1)
        save_config(self._config, self._folder)
        return self._config.generation

    def _roll(self) -> None:
        if self._rolling is None or not self._was_up:
            return
        self._rolling.tick(self._totals)
        if self._rolling.is_done:
            plan, self._last_rollout, self._rolling = self._rolling.plan, self._rolling.state, None
            drop_unused(self._folder, [plan.before, plan.after])
            if self._last_rollout.status == "finished" and self._next_forker is None:
                self._next_forker = self._new_forker()  # workers that start from now on share what is served now

    # Scaling

    def _scale(self) -> None:
        for kind in KINDS:
            running = self._workers.count(kind.name)
            wanted = kind.wanted(self._folder, self._config, running)
            if wanted is not None:
                self._workers.wanted[kind.name] = wanted
        current = self._workers.wanted["http"]
        self._tracker.observe(
            time.monotonic(), busy_seconds=self._totals.all.busy_seconds, in_flight=self._totals.in_flight
        )
        wanted = self._tracker.wanted(current)
        if wanted != current:
            self._workers.wanted["http"] = wanted
            self._note("scaled", f"{current} workers become {wanted}.", workers=wanted, before=current)

    # What others see

    def _publish(self) -> None:
        rolling = self._rolling.state if self._rolling is not None else None
        status, message = self._status(rolling)
        if self._written is None or status != self._written.status:
            self._since = now()
        state = State(
            status,
            message,
            pid=os.getpid(),
            born=self._born,
            url=self._url,
            port=self._listener.getsockname()[1],
            generation=self._config.generation,
            workers=self._workers.report(),
            forkers=[
                WorkerProcess(each.pid, each.born, number, "forker")
                for number, each in enumerate((self._forker, self._next_forker))
                if each is not None
            ],
            rollout=rolling or self._last_rollout,
            since=self._since,
            order=self._order,
            refused=self._refused,
        )
        if state != self._written:
            with contextlib.suppress(OSError):  # a full disk: tried again at the next tick
                write_state(self._folder, state)
                self._written = state

    def _status(self, rolling: RolloutState | None) -> tuple[Status, str]:
        if self._failure:
            return "failed", self._failure
        if self._told_to_stop:
            return "stopped", "It was stopped."
        ready, wanted = self._workers.ready(), self._workers.wanted["http"]
        if not self._was_up and ready >= wanted:
            self._was_up = True
            self._note("up", f"{ready} worker{'s answer' if ready > 1 else ' answers'} at {self._url}.", workers=ready)
        if rolling is not None and ready:
            return "updating", rolling.message
        trouble = self._workers.error() or self._workers.trouble()
        if not self._was_up:
            if self._workers.deaths >= 3 * wanted:
                self._failure = f"Its workers do not start: {trouble or 'they end at once'}."
                return "failed", self._failure
            return "starting", "The model is being loaded." if not trouble else f"Starting: {trouble}."
        if not ready:
            return "failed", f"No worker answers: {trouble or 'they are being started again'}."
        return "running", f"{ready} of {wanted} workers answer." if wanted > 1 else "Its worker answers."

    @property
    def _url(self) -> str:
        return url_of(self._listener, tls=self._config.tls is not None)

    def _note(self, event: str, message: str = "", **facts: Any) -> None:
        """Write an event into the journal and the log."""
        sys.stderr.write(f"{now()} supervisor: {message or event}\n")
        with contextlib.suppress(OSError):
            add_event(self._folder, event, message, **facts)

    def _is_due(self, name: str, seconds: float) -> bool:
        moment = time.monotonic()
        if moment < self._due.get(name, 0.0):
            return False
        self._due[name] = moment + seconds
        return True

    def _shut_down(self) -> None:
        """End every process, and say that the endpoint is stopped when none is left."""
        self._keeper.dismiss()
        self._workers.stop()
        asked = self._told_to_stop
        while self._workers.any_left:
            self._wait()
            self._hear_forkers()
            self._workers.find_ended()
            self._workers.keep(None)
            if self._told_to_stop > asked:  # somebody is in a hurry
                self._workers.kill()
        for forker in (self._forker, self._next_forker):
            if forker is not None:
                self._drop(forker)
        self._listener.close()
        self._note("failed" if self._failure else "stopped", self._failure or "The endpoint was stopped.")
        self._publish_end()

    def _publish_end(self) -> None:
        state = self._written or read_state(self._folder)
        status: Status = "failed" if self._failure else "stopped"
        message = self._failure or "It was stopped."
        write_state(
            self._folder,
            msgspec.structs.replace(
                state, status=status, message=message, pid=0, born="", workers=[], forkers=[], since=now()
            ),
        )
