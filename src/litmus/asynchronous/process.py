"""The process that works through a queue: it is started when jobs wait, and ends when there is nothing to do."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from litmus.asynchronous.full_disk import QueueDiskError
from litmus.asynchronous.queue import QUEUE_FILE, Job, Queue
from litmus.asynchronous.settings import AsynchronousSettings, QueueSettings, ServedModel, read_settings
from litmus.asynchronous.work import StoppedError, answer_job
from litmus.errors import LitmusError, ParameterError
from litmus.runtime import RuntimeModel

__all__ = ["run_asynchronous", "waiting"]

_log = logging.getLogger("litmus.asynchronous")
_IDLE_SECONDS = 10.0
_LOOK_SECONDS = 0.1
_SWEEP_SECONDS = 60.0
_FULL_SECONDS = 1.0
_GRACE_SECONDS = 60.0
"""How long after its time is over a job may go on that does not look at the clock; then the process ends."""


def waiting(folder: Path) -> int:
    """How many jobs wait in an endpoint's folder, those of ended processes included; cheap enough to ask every second."""
    file = Path(folder) / QUEUE_FILE
    if not file.exists():
        return 0
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as database:
        try:
            (count,) = database.execute(
                "SELECT count(*) FROM jobs WHERE status = 'waiting' OR (status = 'running' AND lease < ?)",
                (time.time(),),
            ).fetchone()
        except sqlite3.OperationalError:  # the table is being made
            return 0
    return int(count)


def run_asynchronous(folder: Path, slot: int = 0, *, idle_seconds: float | None = None) -> None:
    """Answer jobs until there were none for a while, or SIGTERM: a job that is under way then goes back to the queue.

    Args:
        folder: the endpoint's folder.
        slot: which of the endpoint's processes this is; those below the configured minimum do not end when idle.
        idle_seconds: how long to wait for work; None: 10 seconds.

    Raises:
        ParameterError: when the folder has no configuration, or one without an asynchronous part.
        BundleError: when no model can be loaded.
    """
    home = Path(folder)
    worker = _Worker(home)
    keeps = idle_seconds is None and slot < worker.options.minimum
    with worker.stopped_by_signals():
        worker.run(None if keeps else (_IDLE_SECONDS if idle_seconds is None else idle_seconds))


class _Worker:
    def __init__(self, home: Path) -> None:
        import psutil

        self._home = home
        self._settings = self._read()
        options = self.options
        self._queue = Queue(home, max_waiting=options.max_waiting, keep_seconds=options.keep_seconds)
        self._owner = f"{os.getpid()}:{psutil.Process().create_time():.2f}"
        self._models: dict[str, RuntimeModel] = {}
        self._ending = threading.Event()
        self._random = random.Random()  # noqa: S311 - a share of traffic is no secret

    @property
    def options(self) -> QueueSettings:
        return self._settings.asynchronous or QueueSettings()

    def _read(self) -> AsynchronousSettings:
        self._stamp = _stamp(self._home)
        settings = read_settings(self._home)
        if settings.asynchronous is None:
            raise ParameterError(f"The endpoint in {self._home} is not asynchronous; deploy it with asynchronous=….")
        if not any(model.weight > 0 for model in settings.variants if not model.shadow):
            raise ParameterError(
                f"The endpoint in {self._home} names no model of its own; asynchronous requests need one."
            )
        return settings

    @contextlib.contextmanager
    def stopped_by_signals(self) -> Iterator[None]:
        """SIGTERM and Ctrl-C end the work between two pieces."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, lambda *_: self._ending.set()) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def run(self, idle_seconds: float | None) -> None:
        """Answer jobs until told to end, or idle for so long."""
        self._worked = self._swept = time.monotonic()
        recovered = False
        try:
            while not self._ending.is_set():
                try:
                    if not recovered:
                        self._queue.recover()
                        recovered = True
                    if not self._turn(idle_seconds):
                        return
                except QueueDiskError as error:
                    _log.error("%s Accepted requests wait until then.", error)
                    self._ending.wait(_FULL_SECONDS)
        finally:
            self._queue.close()

    def _turn(self, idle_seconds: float | None) -> bool:
        """Answer a job or wait a moment; False when there was nothing to do for long enough."""
        job = self._queue.take(self._owner)
        if job is not None:
            self._answer(job)
            self._worked = time.monotonic()
            return True
        if idle_seconds is not None and time.monotonic() - self._worked > idle_seconds:
            return False
        if time.monotonic() - self._swept > _SWEEP_SECONDS:
            self._swept = time.monotonic()
            self._queue.recover()
            self._queue.sweep()
        self._ending.wait(_LOOK_SECONDS)
        return True

    def _answer(self, job: Job) -> None:
        """Answer one job; whatever is wrong with it is said in it."""
        done = threading.Event()
        lost = threading.Event()
        watch = threading.Thread(target=self._watch, args=(job, done, lost), daemon=True)
        watch.start()
        deadline = time.monotonic() + self.options.max_seconds

        def check() -> None:
            if self._ending.is_set() or lost.is_set():
                raise StoppedError
            if time.monotonic() > deadline:
                raise LitmusError(
                    f"It took longer than the {self.options.max_seconds:g} seconds that one request may take."
                )

        try:
            answer_job(self._queue, job, self._model(), check)
        except StoppedError:
            if lost.is_set():
                self._queue.fail(job, "It was stopped.")
            else:
                self._queue.release(job)
        except QueueDiskError:
            self._keep(job)
            raise
        except LitmusError as error:
            self._queue.fail(job, str(error))
        except Exception:
            _log.exception("Job %s failed", job.id)
            self._queue.fail(job, "The server failed on this request; its log has the reason under the request's id.")
        finally:
            done.set()
            watch.join()

    def _keep(self, job: Job) -> None:
        """Give a job back that the disk has no room for, as soon as it has room for that; until then it stays this process's."""
        while not self._ending.is_set():
            with contextlib.suppress(QueueDiskError):
                self._queue.release(job)
                return
            self._ending.wait(_FULL_SECONDS)

    def _watch(self, job: Job, done: threading.Event, lost: threading.Event) -> None:
        """Keep a job this process's while it is worked on; end the process when it does not come back."""
        started = time.monotonic()
        while not done.wait(min(1.0, self._queue.lease_seconds / 3)):
            with contextlib.suppress(sqlite3.OperationalError, QueueDiskError):  # a busy queue is asked again
                if not self._queue.renew(job):
                    lost.set()
            if time.monotonic() - started > self.options.max_seconds + _GRACE_SECONDS:
                with contextlib.suppress(QueueDiskError):
                    self._queue.fail(
                        job, f"It took longer than the {self.options.max_seconds:g} seconds that one request may take."
                    )
                _log.error("Job %s does not end; ending the process", job.id)
                os._exit(75)

    def _model(self) -> RuntimeModel:
        """The model for the next job, of the configuration as it is now; one that cannot be used leaves the one before."""
        if _stamp(self._home) != self._stamp:
            try:
                before, self._settings = self._settings, self._read()
            except LitmusError as error:
                _log.warning("The new configuration is not used: %s", error)
            else:
                try:
                    self._load(self._chosen())
                except LitmusError as error:
                    _log.warning("The new configuration is not used: %s", error)
                    self._settings = before
        return self._load(self._chosen())

    def _chosen(self) -> ServedModel:
        answering = [model for model in self._settings.variants if not model.shadow and model.weight > 0]
        return self._random.choices(answering, [model.weight for model in answering])[0]

    def _load(self, wanted: ServedModel) -> RuntimeModel:
        if wanted.path not in self._models:
            from litmus.runtime import load

            self._models = {path: model for path, model in self._models.items() if path in self._paths()}
            self._models[wanted.path] = load(self._home / wanted.path, trust=self._settings.trust)
        return self._models[wanted.path]

    def _paths(self) -> set[str]:
        return {model.path for model in self._settings.variants}


def _stamp(home: Path) -> tuple[int, int]:
    try:
        facts = (home / "config.json").stat()
    except OSError:
        return (0, 0)
    return (facts.st_mtime_ns, facts.st_ino)
