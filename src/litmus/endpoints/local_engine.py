"""Endpoints as processes on this machine: a supervisor that survives the terminal, and its workers."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import msgspec

from litmus.endpoints.identity import is_alive, send_signal
from litmus.endpoints.lock import is_held, take
from litmus.endpoints.log import open_log, tail
from litmus.endpoints.orders import Order, give_order, new_id
from litmus.endpoints.programs import command, environment
from litmus.endpoints.settings import Settings, read_settings, write_settings
from litmus.endpoints.state import State, now, read_state, write_state
from litmus.errors import LitmusError, ResourceError
from litmus.serve.address import listen, url_of
from litmus.serve.config import ServiceConfig, load_config

__all__ = ["LocalEngine", "end_orphans", "say_starting", "start_supervisor"]

_STOP_SECONDS = 60.0
_ORPHAN_SECONDS = 40.0
_PORT_SECONDS = 3.0
_LOOK_SECONDS = 0.03


class LocalEngine:
    """Runs endpoints on this machine."""

    steps = True

    def start(self, folder: Path, *, wait: bool = True, seconds: float = 120.0) -> State:
        """Start the supervisor of an endpoint.

        Args:
            folder: the endpoint's folder.
            wait: whether to return only when it answers.
            seconds: to wait.

        Raises:
            ResourceError: when it runs already, its port is taken, or it does not come up.
        """
        lock = take(folder)
        if lock is None:
            url = read_state(folder).url
            raise ResourceError(f"{folder.name} is running already{f' at {url}' if url else ''}.")
        listener = None
        try:
            settings = read_settings(folder)
            before = read_state(folder)
            end_orphans(before)
            listener = _listen_again(settings, was_killed=before.status not in ("stopped", "failed"))
            _keep_port(folder, settings, listener)
            say_starting(folder, listener, "Its supervisor is being started.")
            start_supervisor(folder, listener, lock)
        except OSError as error:
            raise ResourceError(f"{folder.name} cannot be started: {error.strerror or error}.") from error
        finally:
            os.close(lock)
            if listener is not None:
                listener.close()
        return _wait_until_up(folder, seconds) if wait else self.describe(folder)

    def stop(self, folder: Path) -> None:
        """Tell the supervisor to end, and wait until everything has.

        Raises:
            ResourceError: when it does not end.
        """
        end = time.monotonic() + _STOP_SECONDS
        told = 0
        while is_held(folder):
            state = read_state(folder)
            if state.pid != told and send_signal(state.pid, state.born):
                told = state.pid  # another one, where the first was killed before it was told
            if time.monotonic() > end:
                raise ResourceError(
                    f"{folder.name} (process {state.pid}) does not stop; see: litmus endpoints logs {folder.name}"
                )
            time.sleep(_LOOK_SECONDS)
        end_orphans(read_state(folder))
        state = read_state(folder)
        if state.status not in ("stopped", "failed"):
            _write_ended(folder, state, "It was stopped.")

    def describe(self, folder: Path) -> State:
        """What it is doing now, whatever its files say."""
        state = read_state(folder)
        if state.status in ("stopped", "failed") or is_held(folder):
            if state.status == "failed" and not is_held(folder):
                return msgspec.structs.replace(state, pid=0, workers=[], forkers=[])
            if state.pid and not is_alive(state.pid, state.born):
                return _between(folder)
            return state
        state = read_state(folder)  # it may have ended well between the two
        if state.status in ("stopped", "failed"):
            return state
        ended = (
            "Its supervisor is gone: it was killed, or the machine was restarted. Start it with: litmus endpoints start"
        )
        return msgspec.structs.replace(
            state, status="stopped", message=f"{ended} {folder.name}", pid=0, workers=[], forkers=[], born=""
        )

    def apply(self, folder: Path, config: ServiceConfig) -> None:
        """Serve another configuration at once."""
        order = Order(new_id(), "update", config, load_config(folder).generation)
        give_order(folder, order)
        while True:
            rollout = read_state(folder).rollout
            if rollout is not None and rollout.id == order.id and rollout.status in ("finished", "rolled back"):
                if rollout.status == "rolled back":
                    raise ResourceError(rollout.message)
                return
            if not is_held(folder):
                raise ResourceError(f"{folder.name} was stopped before the change was done.")
            time.sleep(_LOOK_SECONDS)


def _between(folder: Path) -> State:
    """The state while the lock is held and the supervisor that wrote it is gone: it has ended well, or was killed."""
    state = read_state(folder)
    if state.status in ("stopped", "failed") or is_alive(state.pid, state.born) or not state.pid:
        return state
    message = "Its supervisor was killed and is started again."
    return msgspec.structs.replace(state, status="starting", message=message, pid=0, workers=[], forkers=[], born="")


def _listen_again(settings: Settings, *, was_killed: bool) -> socket.socket:
    """Listen; where processes were killed a moment ago, the system may take some time to give their port back."""
    end = time.monotonic() + (_PORT_SECONDS if was_killed else 0.0)
    while True:
        try:
            return listen(settings.host, settings.port)
        except ResourceError:
            if time.monotonic() > end:
                raise
            time.sleep(_LOOK_SECONDS)


def _keep_port(folder: Path, settings: Settings, listener: socket.socket) -> None:
    """The port stays the same from now on, so that callers find the endpoint after a restart."""
    port = listener.getsockname()[1]
    if settings.port != port:
        write_settings(folder, msgspec.structs.replace(settings, port=port))


def say_starting(folder: Path, listener: socket.socket, message: str) -> None:
    """Write down that a supervisor is on its way, which will write the state itself."""
    before, config = read_state(folder), load_config(folder)
    url, port = url_of(listener, tls=config.tls is not None), listener.getsockname()[1]
    state = State("starting", message, url=url, port=port, since=now())
    state = msgspec.structs.replace(
        state, generation=config.generation, order=before.order, refused=before.refused, rollout=before.rollout
    )
    write_state(folder, state)


def start_supervisor(folder: Path, listener: socket.socket, lock: int) -> None:
    """In a session of its own, so that it survives the terminal; it takes over the socket and the lock."""
    log = open_log(folder)
    try:
        started = subprocess.Popen(  # noqa: S603 - our own program
            command("supervisor_process", folder, listener.fileno(), lock),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(listener.fileno(), lock),
            cwd=folder,
            start_new_session=True,
        )
        started.wait()  # the supervisor itself is its child
    finally:
        os.close(log)


def _wait_until_up(folder: Path, seconds: float) -> State:
    end = time.monotonic() + seconds
    while True:
        held = is_held(folder)
        state = read_state(folder)
        if state.status in ("running", "updating"):
            return state
        if not held or (state.status == "failed" and not state.pid):
            break
        if time.monotonic() > end:
            raise ResourceError(
                f"{folder.name} does not answer after {seconds:g} seconds: {state.message.rstrip('.')}."
            )
        time.sleep(_LOOK_SECONDS)
    while is_held(folder):
        time.sleep(_LOOK_SECONDS)
    state = read_state(folder)
    if state.status == "failed":
        raise ResourceError(state.message)
    said = next((line for line in reversed(tail(folder, 20)) if line.strip()), "its log says nothing")
    _write_ended(folder, state, f"Its supervisor ended while it started: {said}")
    raise ResourceError(f"{folder.name} ended while it started: {said}")


def end_orphans(state: State) -> None:
    """Workers end when their supervisor is killed, within the time that requests under way may take; wait for that."""
    for forker in state.forkers:
        send_signal(forker.pid, forker.born, signal.SIGKILL)
    workers = [worker for worker in state.workers if is_alive(worker.pid, worker.born)]
    for worker in workers:
        send_signal(worker.pid, worker.born)
    end = time.monotonic() + _ORPHAN_SECONDS
    while workers:
        time.sleep(_LOOK_SECONDS)
        workers = [worker for worker in workers if is_alive(worker.pid, worker.born)]
        if time.monotonic() > end:
            for worker in workers:
                send_signal(worker.pid, worker.born, signal.SIGKILL)


def _write_ended(folder: Path, state: State, message: str) -> None:
    with contextlib.suppress(OSError, LitmusError):
        ended = msgspec.structs.replace(
            state, status="stopped", message=message, pid=0, born="", workers=[], forkers=[], since=now()
        )
        write_state(folder, ended)
