"""Training a model again and comparing: the same scores, or why not."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from litmus.errors import DataError, LitmusError, ParameterError
from litmus.events import Subscriber
from litmus.executors import Executor
from litmus.lineage.comparing import Comparison, compare_facts
from litmus.lineage.differences import is_computing
from litmus.lineage.trained_again import Record, read_record, same_executor, whole_run, winner
from litmus.model import Model
from litmus.recording import OwnCode
from litmus.recording.origin import find_origin
from litmus.run import Run
from litmus.store import Store
from litmus.training.carrying_out import carry_out
from litmus.training.inputs import data_facts, read_resources

__all__ = ["Reproduction", "ScorePair", "reproduce"]

TOLERANCE = 1e-6


@dataclasses.dataclass(frozen=True)
class ScorePair:
    """A score of then and of now.

    Attributes:
        trial: whose score.
        split, metric: which one.
        then, now: the values; None where there is none.
        same: whether they are the same within the tolerance.
    """

    trial: str
    split: str
    metric: str
    then: float | None
    now: float | None
    same: bool

    @property
    def sentence(self) -> str:
        """The pair in words."""
        a, b = ("none" if value is None else f"{value:.9g}" for value in (self.then, self.now))
        return f"{self.trial}, {self.split} {self.metric}: {a} then, {b} now"


@dataclasses.dataclass(frozen=True)
class Reproduction:
    """What came of training a model again.

    Attributes:
        name: what was trained again.
        scores: every score that both have.
        tolerance: by how much, as a share of the score where that is above 1, they may differ.
        reasons: why scores differ, or what differs although they do not, most likely first.
        differences: what differs between the record and now.
        run: the run of now.
    """

    name: str
    scores: tuple[ScorePair, ...]
    tolerance: float
    reasons: tuple[str, ...]
    differences: Comparison
    run: Run

    @property
    def same(self) -> bool:
        """Whether there are scores, and all of them are the same within the tolerance."""
        return bool(self.scores) and all(pair.same for pair in self.scores)

    @property
    def largest(self) -> float:
        """The largest difference between two scores; infinite where one of them is absent."""
        gaps = [
            math.inf if (p.then is None) != (p.now is None) else abs((p.then or 0) - (p.now or 0)) for p in self.scores
        ]
        return max(gaps, default=math.inf)

    @property
    def sentence(self) -> str:
        """What came of it, in words."""
        many = len(self.scores)
        if self.same:
            return (
                f"{self.name} was reproduced: {many} scores are the same within {self.tolerance:g}; the largest difference is "
                f"{self.largest:.3g}."
            )
        other = sum(not pair.same for pair in self.scores)
        if not many:
            return f"{self.name} was not reproduced: what was trained now has none of its scores."
        return f"{self.name} was not reproduced: {other} of {many} scores differ by more than {self.tolerance:g}."

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON values."""
        return {
            "name": self.name,
            "same": self.same,
            "sentence": self.sentence,
            "tolerance": self.tolerance,
            "largest_difference": self.largest if math.isfinite(self.largest) else None,
            "scores": [dataclasses.asdict(pair) for pair in self.scores],
            "reasons": list(self.reasons),
            "differences": self.differences.to_json(),
            "seconds": self.run.seconds,
        }

    def __repr__(self) -> str:
        lines = [self.sentence]
        if not self.same:
            lines += [f"  {pair.sentence}" for pair in self.scores if not pair.same][:12]
        if self.reasons:
            lines.append("Why:" if not self.same else "It made no difference that:")
            lines += [f"  {reason}" for reason in self.reasons]
        return "\n".join(lines)


def reproduce(
    reference: str | Path | Model | Run,
    *,
    data: Any = None,
    whole_run: bool = False,
    trust: bool = False,
    tolerance: float = TOLERANCE,
    code: Mapping[str, Any] | None = None,
    executor: Executor | str | None = None,
    callbacks: Sequence[Subscriber] | None = None,
    store: Store | None = None,
) -> Reproduction:
    """Train a model again from its record, and compare the scores; nothing is put into the store but that it was done.

    By default exactly what won is trained: its pipelines with their parameters, on the folds and with the seed of then; an
    ensemble's members with the weights of then, whose own validation score, of weights chosen without each fold, is then not
    compared, but those of its members and its test score are.

    Args:
        reference: a version, a name, "adult@champion", a model, the path of its file, or a run or its id.
        data: where the rows are now, if they moved, or the rows themselves; of several data sets a dict by their names.
        whole_run: whether all that the run tried is tried again, as often as then, whatever time that takes.
        trust: whether code of the run's maker's own may be run.
        tolerance: by how much two scores may differ, as a share of the score where that is above 1.
        code: name of a function or class of the user's → an object to take instead of the one kept with the run.
        executor: as in `train`; by default processes that have as many threads as then.
        callbacks: as in `train`.
        store: where it is looked up; the default store if left out.

    Returns:
        The result: `.same`, `.sentence`, `.scores`, `.reasons`.

    Raises:
        LitmusError: when the record is not there, the rows are gone, or code may not be run; the message says what to do.

    Example:
        >>> import litmus, litmus.lineage
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> litmus.lineage.reproduce(run.best, data=rows, callbacks=[], executor="in_process").same
        True
    """
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not tolerance >= 0:
        raise ParameterError(f"tolerance={tolerance!r} is not allowed; give a number of 0 or more, such as 1e-6.")
    record = read_record(reference, data=data, trust=trust, code=code, store=store)
    whole = whole_run or not record.facts.get("configurations")
    run, note = _trained(record, whole=whole, executor=executor, callbacks=callbacks)
    now = _facts_now(record, run)
    differences = compare_facts(record.facts, now, f"{record.name} then", "now")
    pairs = tuple(_pairs(record, run, tolerance, whole=whole))
    result = Reproduction(record.name, pairs, float(tolerance), (), differences, run)
    reasons = tuple(_reasons(record, result, note, given=code or {}, whole=whole))
    result = dataclasses.replace(result, reasons=reasons)
    _write_down(record, result)
    return result


def _trained(
    record: Record, *, whole: bool, executor: Executor | str | None, callbacks: Sequence[Subscriber] | None
) -> tuple[Run, str]:
    """The run of now, and what is other about how its work is shared."""
    request, replay = whole_run(record) if whole else winner(record)
    note = ""
    if executor is None:
        executor, note = same_executor(record.inputs)
    try:
        run = carry_out(
            request, read_resources(record.inputs), executor=executor, callbacks=callbacks, replay=replay, keep=False
        )
    except DataError as error:
        hint = "" if "--data" in str(error) else " If the rows are elsewhere now, say where: --data PATH, or data=…."
        raise DataError(f"{record.name} cannot be trained again: {error}{hint}") from error
    return run, note


def _facts_now(record: Record, run: Run) -> dict[str, Any]:
    """The lineage that the record would have if it were made now."""
    loaded = {name: data_facts(data) for name, data in run.data.items()}
    before = record.facts.get("data_sets") or {}
    held = record.facts.get("data") or {}
    for name, facts in loaded.items():
        judged = (before.get(name) or (held if held.get("name") == name else {})).get("judged")
        facts["judged"] = judged or facts["judged"]
    origin = find_origin(OwnCode())
    return {
        **record.facts,
        "data_sets": loaded if before else None,
        "data": next(iter(loaded.values())),
        "code": {**origin.code, "own": (record.facts.get("code") or {}).get("own") or []},
        "environment": {**origin.environment(), "packages": None, "machine": None},
        "machine": origin.machine,
        "packages": origin.packages,
        "scores": record.facts.get("scores"),
    }


def _pairs(record: Record, run: Run, tolerance: float, *, whole: bool) -> Iterator[ScorePair]:
    """The scores of then beside those of now, by the names of trials."""
    now = {
        (trial.data, trial.name): {
            (split, label): score.value for split, scores in trial.scores.items() for label, score in scores.items()
        }
        for trial in run.leaderboard
    }
    for data, name, splits, needed in _scores_then(record, whole=whole):
        found = now.get((data, name))
        if found is None and name.startswith("Ensemble of"):
            found = next(
                (one for (of, other), one in now.items() if of == data and other.startswith("Ensemble of")), None
            )
        for split, scores in splits.items():
            if not needed(split):
                continue
            for label, then in scores.items():
                value = None if found is None else found.get((split, label))
                value = None if value is None or not math.isfinite(value) else value
                yield ScorePair(name, split, label, then, value, _same(then, value, tolerance))


def _scores_then(record: Record, *, whole: bool) -> Iterator[tuple[str, str, Mapping[str, Mapping[str, Any]], Any]]:
    """Data set, trial, scores, and which splits are compared."""

    def every(_: str) -> bool:
        return True

    def of_model(split: str) -> bool:
        return split == "test"

    facts = record.facts
    if not whole:
        data = facts["data"]["name"]
        for one in facts["configurations"]:
            yield data, one["name"], one["scores"], every
        if facts.get("ensemble"):
            yield data, facts["trial"], facts.get("scores") or {}, of_model
        return
    for row in record.store.trials_of(str(facts.get("run"))):
        if row["status"] == "complete":
            values = {
                split: {label: one["value"] for label, one in scores.items()} for split, scores in row["scores"].items()
            }
            yield row["data"], row["name"], values, every


def _same(then: float | None, now: float | None, tolerance: float) -> bool:
    if then is None or now is None:
        return then is now
    return abs(then - now) <= tolerance * max(1.0, abs(then))


def _reasons(
    record: Record, result: Reproduction, note: str, *, given: Mapping[str, Any], whole: bool
) -> Iterator[str]:
    """What may have made a difference, the most likely first."""
    differences, executor = result.differences, record.inputs.get("executor") or {}
    yield from (
        f"The data changed: {one.sentence}." for one in differences.of("data") if one.what not in ("sources", "name")
    )
    for name in given:
        yield f"Other code was given: {name} is not what was kept with the run."
    environment = differences.of("environment")
    yield from (f"Python changed: {one.sentence}." for one in environment if one.what == "python")
    packages = {**(record.facts.get("packages") or {}), **_installed(result)}
    of_packages = [one for one in environment if one.what in packages]
    yield from (f"A package changed: {one.sentence}." for one in of_packages if is_computing(one.what))
    if result.same:
        return
    others = [one.what for one in of_packages if not is_computing(one.what)]
    if others:
        yield f"Other packages changed too, which should make no difference: {', '.join(others[:8])}."
    for one in environment:
        if one.what in ("processor", "usable cores", "threads allowed"):
            yield f"The machine is another one: {one.sentence}."
    if note:
        yield f"The work was shared otherwise: {note}."
    if (record.inputs.get("budget") or {}).get("seconds") is not None:
        limit = record.inputs["budget"]["seconds"]
        yield f"The run had a time limit of {limit:g} s, which may have cut fits short by the clock; now they had all their time."
    if executor.get("executor") == "RayCluster":
        yield "The run was trained on a cluster, and now on this machine."
    own = [one for one in differences.of("code") if one.what in ("commit", "uncommitted changes")]
    if own and (record.facts.get("code") or {}).get("own"):
        yield "The code of the run's maker's own that was run is the one kept with the run, not that of the present commit."
    if whole and record.facts.get("inputs", record.inputs).get("deployment"):
        yield "The run was held to a deployment, whose measured times are never twice the same."


def _installed(result: Reproduction) -> dict[str, Any]:
    return {one.what: one.second for one in result.differences.of("environment") if isinstance(one.second, str)}


def _write_down(record: Record, result: Reproduction) -> None:
    """Keep with the version that it was trained again, and what came of it; nothing is lost where that cannot be written."""
    version = record.facts.get("version")
    if version is None:
        return
    facts = {"tolerance": result.tolerance, "largest": result.largest if math.isfinite(result.largest) else None}
    try:
        record.store.decide(
            "reproduce",
            version,
            after="same" if result.same else "different",
            reason="; ".join(result.reasons),
            facts=facts,
        )
    except (LitmusError, OSError):
        return
