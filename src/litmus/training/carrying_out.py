"""Carrying out checked arguments: what `train` does once they are read, and what trains a run again."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from litmus.errors import ParameterError, TrainingError
from litmus.events import Events, Subscriber
from litmus.executors import Executor
from litmus.executors.choice import choose_executor
from litmus.recording import Writer
from litmus.resources import Resources
from litmus.run import Run
from litmus.store import Store
from litmus.store.trial_log import TrialLog
from litmus.training.budget import Clock
from litmus.training.inputs import write_inputs
from litmus.training.journal import Journal
from litmus.training.recorder import RunRecorder
from litmus.training.replay import Replay
from litmus.training.request import Request
from litmus.training.resuming import open_journal
from litmus.training.serving import reserve_for
from litmus.training.story import Story

__all__ = ["carry_out"]


def carry_out(
    request: Request,
    allowed: Mapping[str, Resources],
    *,
    executor: Executor | str | None = None,
    callbacks: Sequence[Subscriber] | None = None,
    resume: str | None = None,
    started: float | None = None,
    parent: str | None = None,
    replay: Replay | None = None,
    keep: bool = True,
) -> Run:
    """Train what is asked for.

    Args:
        request: the checked arguments.
        allowed: what training and prediction may use.
        executor, callbacks, resume: as in `train`.
        started: the `time.monotonic()` second at which the time limit began to run; now by default.
        parent: the run that this one is made from, where no warm start says so.
        replay: what is taken over from an earlier run.
        keep: whether the run and its best model are put into the store.

    Raises:
        LitmusError: when an argument, the data or the machine do not allow it.
    """
    events = Events(_subscribers(callbacks))
    journal = open_journal(resume, request)
    log = TrialLog(Store(), journal.run_id, resumed=resume is not None) if keep else None
    if log is not None:
        events.subscribe(log)
    clock = Clock(request.budget.seconds, spent=journal.spent, reserve=reserve_for(request))
    clock.started = clock.started if started is None else started
    recorder: RunRecorder | None = None
    story: Story | None = None
    versions: tuple[str, ...] = ()
    try:
        events.emit("run.created", "", run=journal.run_id, folder=str(journal.home))
        with contextlib.closing(choose_executor(executor, request, allowed["train"])) as pool:
            recorder = _recorder(request, allowed, pool, journal, parent=parent, log=log)
            story = Story(request, dict(allowed), events, pool, journal, clock, recorder, replay, keep)
            run = story.run()
            recorder.end(story.summary(run))
            versions = tuple(run.versions.values())
            return run
    except BaseException as error:
        stopped = not isinstance(error, Exception)
        if keep and journal.worth_keeping and not isinstance(error, TrainingError):
            journal.close()
            sentence = f"Finished trials are kept; go on with: litmus train --resume {journal.run_id}"
            error.add_note(sentence)
            events.emit("run.interrupted", sentence, run=journal.run_id)
        else:
            journal.remove()
        events.emit("run.failed", str(error) or type(error).__name__)
        if recorder is not None:
            said = f"{type(error).__name__}: {error}" if stopped else str(error) or type(error).__name__
            recorder.end({"error": said, **({} if story is None else story.summary(None))}, killed=stopped)
        raise
    finally:
        if log is not None:
            _close(log, recorder, journal, events, versions)


def _close(
    log: TrialLog, recorder: RunRecorder | None, journal: Journal, events: Events, versions: tuple[str, ...]
) -> None:
    """Wait until the run is in the store, and keep its files; what fails is said."""
    log.close()
    if log.problem:
        events.emit("note", f"What was tried waits to be put into the store's database: {log.problem}")
    problem = "" if recorder is None else recorder.attach(Store(), journal.lines, versions)
    if problem:
        events.emit("note", problem)


def _recorder(
    request: Request,
    allowed: Mapping[str, Resources],
    pool: Executor,
    journal: Journal,
    *,
    parent: str | None,
    log: TrialLog | None,
) -> RunRecorder:
    writer = Writer()
    workers = {"executor": type(pool).__name__, "workers": pool.workers, "threads": pool.threads}
    return RunRecorder(
        journal.run_id,
        inputs=write_inputs(request, allowed, writer, workers=workers),
        own=writer.own,
        parent=parent or next(iter(request.warm_started), None),
        log=log,
    )


def _subscribers(callbacks: Sequence[Subscriber] | None) -> tuple[Subscriber, ...]:
    if callbacks is not None:
        listed = tuple(callbacks) if isinstance(callbacks, list | tuple) else (callbacks,)
        stranger = next((item for item in listed if not callable(item)), None)
        if stranger is not None:
            raise ParameterError(
                f"callbacks holds {stranger!r}, which cannot be called; give functions of one event, or [] for silence."
            )
        return listed
    from litmus.progress import default_progress

    return (default_progress(),)
