"""Carrying out checked arguments: what `train` does once they are read, and what trains a run again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from litmus.errors import ParameterError, TrainingError
from litmus.events import Events, Subscriber
from litmus.executors import Executor
from litmus.executors.choice import choose_executor
from litmus.recording import Writer
from litmus.resources import Resources
from litmus.run import Run
from litmus.training.budget import Clock
from litmus.training.inputs import write_inputs
from litmus.training.journal import Journal
from litmus.training.recorder import RunRecorder
from litmus.training.replay import Replay
from litmus.training.request import Request
from litmus.training.resuming import open_journal
from litmus.training.serving import reserve_for
from litmus.training.story import Story

if TYPE_CHECKING:
    from litmus.store import Store

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
    recorder = None
    clock = Clock(request.budget.seconds, spent=journal.spent, reserve=reserve_for(request))
    clock.started = clock.started if started is None else started
    story = None
    try:
        events.emit("run.created", "", run=journal.run_id, folder=str(journal.home))
        with contextlib.closing(choose_executor(executor, request, allowed["train"])) as pool:
            recorder = _recorder(
                request,
                allowed,
                pool,
                journal,
                parent=parent,
                resumed=resume is not None,
                store=_store if keep else None,
            )
            story = Story(request, dict(allowed), events, pool, journal, clock, recorder, replay, keep)
            run = story.run()
            recorder.finish("finished", seconds=run.seconds, summary=story.summary(run), lines=journal.lines)
            for sentence in recorder.problems:
                events.emit("note", sentence)
            return run
    except BaseException as error:
        if recorder is not None:
            stopped = not isinstance(error, Exception)
            summary = {"error": f"{type(error).__name__}: {error}" if stopped else str(error) or type(error).__name__}
            summary |= {} if story is None else story.summary(None)
            recorder.finish(
                "killed" if stopped else "failed", seconds=clock.elapsed, summary=summary, lines=journal.lines
            )
        if keep and journal.worth_keeping and not isinstance(error, TrainingError):
            journal.close()
            sentence = f"Finished trials are kept; go on with: litmus train --resume {journal.run_id}"
            error.add_note(sentence)
            events.emit("run.interrupted", sentence, run=journal.run_id)
        else:
            journal.remove()
        events.emit("run.failed", str(error) or type(error).__name__)
        raise


def _recorder(
    request: Request,
    allowed: Mapping[str, Resources],
    pool: Executor,
    journal: Journal,
    *,
    parent: str | None,
    resumed: bool,
    store: Callable[[], Store] | None,
) -> RunRecorder:
    writer = Writer()
    workers = {"executor": type(pool).__name__, "workers": pool.workers, "threads": pool.threads}
    return RunRecorder(
        journal.run_id,
        name=", ".join(data.name for data in request.data),
        inputs=write_inputs(request, allowed, writer, workers=workers),
        own=writer.own,
        parent=parent or next(iter(request.warm_started), None),
        resumed=resumed,
        store=store,
    )


def _store() -> Store:
    from litmus.store import Store

    return Store()


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
