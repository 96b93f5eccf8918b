"""What earlier runs found good, as a start for a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from litmus.errors import ParameterError
from litmus.run import Run
from litmus.training.contender import Contender

if TYPE_CHECKING:
    from litmus.training.contenders import Opening

__all__ = ["read_warm_start", "warm_openings", "warm_start_ids"]

_MOST = 5
"""Configurations of an algorithm that are taken over."""

Remembered = dict[str, list[dict[str, Any]]]
"""Algorithm → settings, best first."""


def read_warm_start(warm_start: Any) -> Remembered:
    """The best settings of each algorithm in earlier runs, best first; one after the other where there are several runs.

    Args:
        warm_start: a `Run`, the id of a run in the store, or a list of such.

    Raises:
        LitmusError: when it is none of these, or there is no such run.
    """
    if warm_start is None:
        return {}
    given = warm_start if isinstance(warm_start, list | tuple) else [warm_start]
    ranked = [settings for run in given for settings in _boards(run)]
    found: Remembered = {}
    for place in range(max((len(board) for board in ranked), default=0)):
        for board in ranked:
            if place < len(board):
                algorithm, settings = board[place]
                known = found.setdefault(algorithm, [])
                if settings and settings not in known:
                    known.append(settings)
    return found


def warm_start_ids(warm_start: Any) -> tuple[str, ...]:
    """The ids of the runs that `read_warm_start` was given, in their order."""
    given = warm_start if isinstance(warm_start, list | tuple) else [] if warm_start is None else [warm_start]
    return tuple(run.id if isinstance(run, Run) else str(run) for run in given)


def warm_openings(contenders: Iterable[Contender], remembered: Mapping[str, list[dict[str, Any]]]) -> list[Opening]:
    """The trials that a search begins with because earlier runs found them good, moved into the ranges of this search."""
    openings: list[Opening] = []
    for contender in contenders:
        seen: list[dict[str, Any]] = [contender.given() or {}]
        for values in remembered.get(contender.candidate.algorithm, []):
            settings = contender.near(values)
            if settings is not None and settings not in seen and len(seen) <= _MOST:
                seen.append(settings)
                openings.append((contender, settings))
    return openings


def _boards(run: Any) -> list[list[tuple[str, dict[str, Any]]]]:
    """Of each data set of a run, the ranked trials: algorithm and settings."""
    if isinstance(run, Run):
        rows = run.leaderboard.to_json()
    elif isinstance(run, str):
        from litmus.store import Store

        rows = Store().trials_of(run)
    else:
        raise ParameterError(f"warm_start={run!r} is not allowed; give a run, the id of one, or a list of such.")
    boards: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for row in rows:
        if row["rank"] is not None and row["algorithm"] not in ("Baseline", "Ensemble"):
            boards.setdefault(row["data"], []).append((row["algorithm"], dict(row["settings"])))
    return list(boards.values())
