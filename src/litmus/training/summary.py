"""What came of a run, as plain values for the store."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litmus.run import Run

__all__ = ["summary_of"]


def summary_of(
    run: Run | None, facts: Mapping[str, Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What came of a run.

    Args:
        run: its result; None where it was cut off or failed.
        facts: data set → what was loaded.
        lines: the lines of its journal.

    Returns:
        "data", what was loaded; "trials", how many were opened on each data set, so that the run can be repeated by their
        number; and of a run that finished "winners", "versions" and "statuses".
    """
    names = list(facts)
    opened = Counter(line["study"] for line in lines if line.get("kind") == "trial")
    summary: dict[str, Any] = {
        "data": {name: dict(one) for name, one in facts.items()},
        "trials": {name: opened.get(place, 0) for place, name in enumerate(names)},
    }
    if run is None:
        return summary
    best = {}
    for data, trial in run.best_trials.items():
        score = trial.score(run.leaderboard.objectives[data])
        value = None if score is None or not math.isfinite(score.value) else score.value
        best[data] = {
            "trial": trial.name,
            "algorithm": trial.algorithm,
            "metric": run.leaderboard.objectives[data],
            "score": value,
            "scores": {
                split: {label: one.value if math.isfinite(one.value) else None for label, one in scores.items()}
                for split, scores in trial.scores.items()
            },
        }
    return {
        **summary,
        "winners": best,
        "versions": dict(run.versions),
        "statuses": dict(Counter(trial.status for trial in run.leaderboard)),
    }
