"""Training a run again from its record: exactly, or on other rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litmus.errors import DataError, LitmusError
from litmus.evaluate.ensemble_again import ChosenEnsemble
from litmus.events import Subscriber
from litmus.executors import Executor
from litmus.executors.in_process import InProcess
from litmus.lineage.facts import inputs_of, kept_file, of, run_of
from litmus.model import Model
from litmus.pipeline import Pipeline
from litmus.recording import OwnCode, Reader
from litmus.resources import available_cpus
from litmus.run import Run
from litmus.store import Store
from litmus.training.budget import Budget
from litmus.training.carrying_out import carry_out
from litmus.training.inputs import read_inputs, read_resources
from litmus.training.recorder import CODE_ROLE, JOURNAL_ROLE, journal_lines
from litmus.training.replay import Replay
from litmus.training.request import Request

__all__ = ["Record", "read_record", "same_executor", "train_again", "whole_run", "winner"]


@dataclasses.dataclass(frozen=True)
class Record:
    """What is known of a model or a run, ready to be trained.

    Attributes:
        facts: its lineage.
        inputs: what the run was asked to do.
        reader: opens what only code can say.
        request: the run's arguments.
        store: where it was looked up.
    """

    facts: Mapping[str, Any]
    inputs: Mapping[str, Any]
    reader: Reader
    request: Request
    store: Store

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.facts.get("version") or self.facts.get("run") or self.facts.get("name"))

    @property
    def data(self) -> str | None:
        """The data set of the model; None for a run of several."""
        return (self.facts.get("data") or {}).get("name")


def read_record(
    reference: str | Path | Model | Run,
    *,
    data: Any = None,
    trust: bool = False,
    code: Mapping[str, Any] | None = None,
    store: Store | None = None,
) -> Record:
    """Read what a model or a run was made from.

    Args:
        reference: as in `of`.
        data: where the rows are now, or the rows; None takes the places of then.
        trust: whether the run's own code may be opened.
        code: name of an own part → an object to take instead.
        store: where it is looked up.

    Raises:
        LitmusError: when that was not recorded, the rows are gone, or the code may not be opened.
    """
    store = Store() if store is None else store
    facts = of(reference, store=store)
    inputs = inputs_of(facts, store)
    kept = kept_file(facts, CODE_ROLE, store)
    reader = Reader(OwnCode() if kept is None else OwnCode.from_bytes(kept), trust=trust, given=code)
    return Record(facts, inputs, reader, read_inputs(inputs, reader, data=data), store)


def train_again(
    reference: str | Path | Model | Run,
    data: Any = None,
    *,
    only_winner: bool = False,
    trust: bool = False,
    seed: int | None = None,
    time_limit: float | None = None,
    max_trials: int | None = None,
    executor: Executor | str | None = None,
    callbacks: Sequence[Subscriber] | None = None,
    store: Store | None = None,
    keep: bool = True,
) -> Run:
    """Train by the record of a model or a run, on the same or on other rows; the new run names the old one as its parent.

    Args:
        reference: a version, a name, "adult@champion", a model, the path of its file, or a run or its id.
        data: the rows to train on, a place or a table; None takes the places of then.
        only_winner: whether only the configuration that won is trained, instead of all that the run tried.
        trust: whether the run's own code may be opened.
        seed, time_limit, max_trials: others than then.
        executor, callbacks: as in `litmus.train`.
        store: where the record is; new models go into the default store.
        keep: whether the new run and its model are put into the store.

    Raises:
        LitmusError: when the record does not allow it; the message says what is missing.

    Example:
        >>> import litmus, litmus.lineage
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> more = [{"size": size, "price": 3 * size} for size in range(300)]
        >>> again = litmus.lineage.train_again(run.best, more, callbacks=[], executor="in_process")
        >>> again.best.lineage["parent"] == run.id
        True
    """
    record = read_record(reference, data=data, trust=trust, store=store)
    request, replay = (record.request, Replay()) if not only_winner else winner(record)
    if only_winner:  # the rows are others: folds and shares are not those of then
        replay = Replay(ensembles=replay.ensembles)
    budget = request.budget
    if time_limit is not None or max_trials is not None:
        budget = Budget(time_limit, max_trials)
    request = dataclasses.replace(request, budget=budget, seed=request.seed if seed is None else seed)
    run_id = record.facts.get("run")
    allowed = read_resources(record.inputs)
    return carry_out(request, allowed, executor=executor, callbacks=callbacks, parent=run_id, replay=replay, keep=keep)


def winner(record: Record) -> tuple[Request, Replay]:
    """The arguments of a run of nothing but the configuration that won, held to its folds, rows and weights.

    Raises:
        LitmusError: when it was not recorded, as for a run that made no model.
    """
    made_of = record.facts.get("configurations")
    if not made_of:
        raise LitmusError(
            f"{record.name} has no model whose configuration is recorded; train the whole run again instead."
        )
    facts = record.facts["data"]
    name = facts["name"]
    chosen = [data for data in record.request.data if data.name == name]
    if not chosen:
        raise DataError(f"The record of {record.name} has no data set {name!r}; it is damaged.")
    request = dataclasses.replace(
        record.request,
        data=tuple(chosen),
        algorithms=tuple(_pipeline(one, record.reader) for one in made_of),
        steps=(),
        search=None,
        budget=Budget(),
        ensemble=None,
        deployment=None,
        remembered={},
    )
    ensemble = record.facts.get("ensemble")
    ensembles = {} if not ensemble else {name: _ensemble(ensemble, record.reader)}
    shares = {one["name"]: float(one["share"]) for one in made_of}
    return request, Replay({name: int(facts["folds"])}, {name: tuple(facts["judged"])}, shares, ensembles)


def whole_run(record: Record) -> tuple[Request, Replay]:
    """The arguments of the whole run, bounded by the trials that it reached, each of which is tried again as it was."""
    journal = kept_file(record.facts, JOURNAL_ROLE, record.store)
    lines = [] if journal is None else journal_lines(journal)
    loaded = _loaded(record)
    replay = Replay(
        folds={name: int(facts["folds"]) for name, facts in loaded.items()},
        judged={name: tuple(facts["judged"]) for name, facts in loaded.items()},
        lines=[
            line for line in lines if line["kind"] == "trial" or (line["kind"], line.get("cause")) == ("ended", "time")
        ],
    )
    request = record.request
    if request.budget.seconds is not None:
        opened = [
            sum(line["kind"] == "trial" and line["study"] == place for line in lines) for place in range(len(loaded))
        ]
        if not lines:
            raise LitmusError(
                f"{record.name} is of a run with a time limit, and the list of what it tried is not in this store; without "
                "it only the configuration that won can be trained again."
            )
        request = dataclasses.replace(request, budget=Budget(trials=max(opened)))
    return request, replay


def same_executor(inputs: Mapping[str, Any]) -> tuple[Executor | None, str]:
    """Workers with as many threads a fit as then, as many of them as this machine has cores for, and what differs in words.

    Scores do not depend on the number of workers; on the number of threads of a fit some libraries' last digits do.
    """
    shared = inputs.get("executor") or {}
    threads, workers = int(shared.get("threads") or 0), int(shared.get("workers") or 0)
    if not threads or not workers:
        return None, "how the work was shared is not recorded"
    cores = available_cpus()
    fitting = min(threads, cores)
    note = "" if fitting == threads else f"a fit had {threads} threads then, and this machine has {cores} cores"
    if shared.get("executor") == "InProcess":
        return InProcess(threads=fitting), note
    from litmus.executors.local import LocalProcesses

    return LocalProcesses(max(1, min(workers, cores // fitting)), threads=fitting), note


def _loaded(record: Record) -> dict[str, Mapping[str, Any]]:
    """Data set → what was loaded."""
    found = dict(record.facts.get("data_sets") or {})
    if found:
        return found
    kept = run_of(record.facts.get("run"), record.store)
    found = {} if kept is None else kept.summary.get("data") or {}
    facts = record.facts.get("data") or {}
    return found or ({facts["name"]: facts} if facts else {})


def _pipeline(described: Mapping[str, Any], reader: Reader) -> Pipeline:
    pipeline: Pipeline = reader.decode(described["pipeline"])
    pipeline.name = described["name"]
    return pipeline


def _ensemble(described: Mapping[str, Any], reader: Reader) -> ChosenEnsemble:
    return ChosenEnsemble(
        weights=dict(described["weights"]),
        decides=described["decides"],
        stacked=bool(described["stacked"]),
        options=reader.decode(described["options"]),
        fold_models=described["fold_models"],
        thresholds=dict(described["thresholds"]),
    )
