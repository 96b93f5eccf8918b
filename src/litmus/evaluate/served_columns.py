"""What a leaderboard shows of trials where they are served: estimated latency and size, and what is not compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litmus.evaluate.number_text import duration_text, plural
from litmus.evaluate.trial import Trial
from litmus.quantities import bytes_text

__all__ = [
    "MISSED",
    "has_estimates",
    "latency_text",
    "misses_text",
    "native_text",
    "served_columns",
    "served_notes",
    "size_text",
]

MISSED = "✗"
"""The mark of a value beyond the deployment's limit."""
_NATIVE = "*"
_LONGEST = 3


def has_estimates(trials: Sequence[Trial]) -> bool:
    """Whether it was estimated what these trials take where they are served, or tried to."""
    return any(trial.estimate is not None or trial.not_estimated for trial in trials)


def latency_text(trial: Trial) -> str:
    """The estimated 99th percentile of a request, marked where it misses its limit or is not of compiled code."""
    if trial.estimate is None:
        return "—"
    native = _NATIVE if trial.estimate.native else ""
    return f"{duration_text(trial.estimate.latency_p99)}{native}{_mark(trial, 'latency_p99')}"


def size_text(trial: Trial) -> str:
    """The estimated size of the bundle, marked where what has to be installed with it misses its limit."""
    if trial.estimate is None:
        return "—"
    return f"{bytes_text(trial.estimate.size)}{_mark(trial, 'max_size')}"


def misses_text(trial: Trial) -> str:
    """The limits that a trial misses, in words; empty when it keeps them all."""
    if trial.not_estimated:
        return f"not estimated: {trial.not_estimated}"
    return "; ".join(miss.sentence for miss in trial.misses)


def native_text(trial: Trial) -> str:
    """What of a trial is not compiled, and why; empty when all of it is, or it is not known."""
    return "; ".join(trial.estimate.native) if trial.estimate is not None else ""


def served_columns(trials: Sequence[Trial]) -> dict[str, Any]:
    """The columns of a frame: times in seconds, sizes in bytes, what is native and what is missed in words."""
    import pandas as pd

    found = [trial.estimate for trial in trials]
    nan = float("nan")
    return {
        "p99 seconds": [nan if one is None else one.latency_p99 for one in found],
        "p50 seconds": [nan if one is None else one.latency_p50 for one in found],
        "bundle bytes": pd.array([None if one is None else one.size for one in found], dtype="Int64"),
        "installed bytes": pd.array([None if one is None else one.installed_size for one in found], dtype="Int64"),
        "native": pd.array([native_text(trial) for trial in trials], dtype="str"),
        "misses": pd.array([misses_text(trial) for trial in trials], dtype="str"),
    }


def served_notes(trials: Sequence[Trial]) -> list[str]:
    """What the marks of a table mean, a sentence each."""
    notes = []
    if any(trial.misses for trial in trials):
        notes.append(f"{MISSED} misses the limit of the deployment, and ranks after all that keep it.")
    native = dict.fromkeys(part for trial in trials if trial.estimate is not None for part in trial.estimate.native)
    if native:
        listed = list(native)
        more = f" and {plural(len(listed) - _LONGEST, 'more reason')}" if len(listed) > _LONGEST else ""
        notes.append(f"{_NATIVE} runs natively: {'; '.join(listed[:_LONGEST])}{more}.")
    return notes


def _mark(trial: Trial, limit: str) -> str:
    return f" {MISSED}" if any(miss.name == limit for miss in trial.misses) else ""
