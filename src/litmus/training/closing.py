"""What follows the trials of a run that has a time limit: how long it will take, and the part of it that may be killed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from litmus.bundle_reader import read_manifest
from litmus.errors import TrainingError
from litmus.evaluate.fit_fold import FoldResult
from litmus.evaluate.model_parts import ModelParts
from litmus.evaluate.trial import Trial
from litmus.executors import Executor, Job
from litmus.store import Store

__all__ = ["affordable_within", "keep_in_time", "needed_to_close", "seconds_to_keep", "slowness"]

_BYTES_PER_SECOND = 25e6
"""Of fitted models that are read, checked, hashed and compressed, on one core of a busy machine."""
_SECONDS_PER_MODEL = 0.03
_LEAST_SECONDS = 1.0
_MOST_SLOWNESS = 4.0
_MEMBERS = 4
"""How many of the best trials an ensemble is likely to have."""
_REFIT = 1.5
"""How many times as long as on a fold a fit on all rows may take."""


def seconds_to_keep(results: Iterable[FoldResult]) -> float:
    """About how long it takes to read a trial's fitted models and to write them into a bundle.

    What took long to write took its time to be turned into bytes, and is taken to need it again to be turned back.
    """
    folds = list(results)
    quiet = sum(one.bytes / _BYTES_PER_SECOND + _SECONDS_PER_MODEL for one in folds)
    return quiet * slowness(folds) + sum(one.save_seconds for one in folds)


def slowness(folds: Sequence[FoldResult]) -> float:
    """How many times longer than on a quiet machine work takes, as the fits tell; 1 where they used several cores."""
    cpu = sum(one.cpu_seconds for one in folds)
    return 1.0 if cpu <= 0 else min(max(sum(one.fit_seconds for one in folds) / cpu, 1.0), _MOST_SLOWNESS)


def needed_to_close(
    trials: Sequence[tuple[float, Sequence[FoldResult]]], *, refit: bool, most_for_others: float = math.inf
) -> float:
    """Seconds that the model of a data set will need once training is over.

    Args:
        trials: the objective, larger is better, and the folds of each complete trial.
        refit: whether the best one is fitted again on all rows.
        most_for_others: seconds that are kept at most for trials beside the best one; an ensemble does without members for
            which there is no time (`affordable_within`).
    """
    best = [results for _, results in sorted(trials, key=lambda trial: -trial[0])[:_MEMBERS]]
    if not best:
        return 0.0
    fits = [max((one.fit_seconds for one in results), default=0.0) for results in best]
    others = min(sum(map(seconds_to_keep, best[1:])), most_for_others)
    return seconds_to_keep(best[0]) + others + (_REFIT * max(fits) if refit else 0.0)


def affordable_within(seconds: float, costs: dict[int, float]) -> Callable[[Sequence[Trial]], bool]:
    """Whether the models of some trials can be read and written in so many seconds; `costs`: id of a trial → its part."""
    return lambda trials: sum(costs.get(trial.id, 0.0) for trial in trials) <= seconds


def keep_in_time(
    executor: Executor, parts: ModelParts, *, deadline: float, folder: Path, note: Callable[[str], None]
) -> str:
    """Put a model into the store, in a process that is killed at `deadline`, a `time.monotonic()` second.

    It is there first as it is; only where it holds its user's own code it is then compiled in its place, and where time is over
    before that, the note says so. A second is always given: a run that began late, on a busy machine, would else have nothing
    to show.

    Returns:
        Its version.

    Raises:
        TrainingError: when it could not be put there, or not in time.
    """
    mark = folder / "kept"
    mark.unlink(missing_ok=True)
    deadline = max(deadline, time.monotonic() + _LEAST_SECONDS)
    job = Job("keep", _keep, (parts, str(Store().home), str(mark)), deadline=deadline)
    outcome = next(iter(executor.run([job])))
    if mark.is_file():
        version = mark.read_text(encoding="utf-8")
        if outcome.error is not None:
            why = "the time limit came first" if outcome.stopped == "deadline" else outcome.error.rstrip(".")
            note(f"{version} is not compiled: {why}. Save it again to have it compiled.")
        return version
    if outcome.stopped == "deadline":
        raise TrainingError("the time limit came first; run.best.save(…) writes it.")
    raise TrainingError(outcome.error or "nothing came back.")


def _keep(parts: ModelParts, home: str, mark: str) -> None:
    """Put a model into the store, and write its version into the file `mark`; compile it if it holds its user's own code."""
    store, model = Store(home), parts.load(to_be_kept=True)
    version = store.add_model(model, compiled=False)
    begun = Path(f"{mark}.part")
    begun.write_text(version, encoding="utf-8")
    begun.rename(mark)
    if read_manifest(store.find(version).path)["needs_trust"]:
        store.compile_model(model, version)
