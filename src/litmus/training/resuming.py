"""Beginning a run's journal, or opening the one of a run that did not finish, and making sure that it is the same run."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from litmus.errors import LitmusError, ParameterError
from litmus.training.journal import Journal
from litmus.training.judged_rows import JudgedShares
from litmus.training.request import Request

__all__ = ["check_same_data", "folds_before", "open_journal", "shares_before"]


def open_journal(resume: str | None, request: Request) -> Journal:
    """The journal of a new run, or of the one to resume.

    Raises:
        LitmusError: when there is no such run, it is still running, or other arguments are given than it was begun with.
    """
    facts = _facts(request)
    if resume is None:
        created = dt.datetime.now(dt.UTC)
        run_id = f"{created:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        return Journal.begin(run_id, {"created": created.isoformat(), **facts})
    journal = Journal.resume(resume)
    try:
        for name, now in facts.items():
            then = journal.facts.get(name)
            if then != now:
                raise ParameterError(
                    f"Run {resume} was begun with {name} {then!r}, not {now!r}; give the same arguments, or begin a new run."
                )
    except BaseException:
        journal.close()
        raise
    return journal


def check_same_data(journal: Journal, place: int, facts: dict[str, Any]) -> None:
    """Write down what a data set is, or compare it with what it was when the run was begun.

    Raises:
        LitmusError: when the rows or the candidates are others.
    """
    before = _data_line(journal, place)
    if not before:
        journal.write("data", study=place, **facts)
        return
    for name, now in facts.items():
        if before.get(name) != now:
            raise LitmusError(
                f"Run {journal.run_id} cannot go on: the {name} of data {facts['name']!r} changed since it was begun. "
                "Restore it, or begin a new run."
            )


def folds_before(journal: Journal, place: int) -> int | None:
    """How many folds a data set had when the run was begun; None for a new run."""
    return _data_line(journal, place).get("folds")


def shares_before(journal: Journal, place: int) -> JudgedShares | None:
    """The shares of held-out and test rows that trials were judged on when the run was begun; None for a new run."""
    line = _data_line(journal, place)
    return (1.0, 1.0) if line and "judged" not in line else tuple(line["judged"]) if line else None


def _data_line(journal: Journal, place: int) -> dict[str, Any]:
    """What was written of a data set when the run was begun; empty for a new run."""
    return next((line for line in journal.lines if line["kind"] == "data" and line["study"] == place), {})


def _facts(request: Request) -> dict[str, Any]:
    """What fixes a run, as plain values. The time limit and the number of trials may be others when it goes on."""
    return {
        "seed": request.seed,
        "data": [data.name for data in request.data],
        "search": None if request.search is None else repr(request.search),
        **({} if request.deployment is None else {"deployment": request.deployment.to_json()}),
    }
