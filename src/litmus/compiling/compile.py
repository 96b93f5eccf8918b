"""Compiling a model: what can be is, what cannot stays native, and all of it is compared with the model itself."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.algorithms.thread_limits import limit_threads
from litmus.compiling.compiled import Compiled
from litmus.compiling.pipelines import CompiledPipelines, compile_pipelines
from litmus.compiling.postprocessing import changes_scores, lowered_part
from litmus.compiling.probe import TOLERANCE, Probe, difference, quietly
from litmus.predictors import combined
from litmus.program import Rows
from litmus.runtime.labels import Labels
from litmus.runtime.model import Facts, RuntimeModel
from litmus.runtime.native import NativePart
from litmus.runtime.scoring import CompiledStacker, Scoring, StackerLike, Voice, log_odds

if TYPE_CHECKING:
    from litmus.model import Model

__all__ = ["compile_model"]

_ALONE = 60  # rows that are also asked one at a time


def compile_model(model: Model, rows: Sequence[Mapping[str, Any]] | None = None) -> Compiled:
    """Compile a model for inference and compare the copy with it, on real rows and on made-up ones at the edges.

    Nothing of a model makes this fail: a part that cannot be compiled, or whose copy answers otherwise, runs natively in the
    copy, and `notes` says which and why.

    Args:
        model: the model.
        rows: real rows to compare on; default: those that the model carries.

    Example:
        >>> import litmus
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> compiled = compile_model(run.best)
        >>> round(compiled.model.predict({"size": 50}), -1), compiled.notes
        (150.0, ())
    """
    with limit_threads(1):  # a few hundred rows: threads that wait for each other take longer
        return _compiled(model, rows)


def _compiled(model: Model, rows: Sequence[Mapping[str, Any]] | None) -> Compiled:
    started = time.perf_counter()
    probe = Probe.of(model, model.sample_rows if rows is None else rows)
    pipelines = compile_pipelines(model.pipelines, model.schema, probe)
    reasons: dict[str, str] = {}
    scoring, native = _put_together(model, pipelines, probe, reasons)
    apart = _apart(model, scoring, probe)
    if apart > TOLERANCE and pipelines.forms:  # each part is right alone, so putting them together is what went wrong
        why = f"the compiled model answers otherwise, by up to {apart:.2g}"
        everything = dict.fromkeys(range(len(model.pipelines)), why)
        pipelines = compile_pipelines(model.pipelines, model.schema, probe, everything)
        scoring, native = _put_together(model, pipelines, probe, reasons)
        apart = _apart(model, scoring, probe)
    notes = (*_notes(model, pipelines.reasons), *reasons.values())
    predictors = [voice.predictor for voice in scoring.voices if voice.predictor is not None]
    if isinstance(scoring.stacker, CompiledStacker):
        predictors.append(scoring.stacker.predictor)
    facts = Facts(model.name, model.version, model.schema, model.sample, notes, background=model.background)
    return Compiled(
        model=RuntimeModel(facts, scoring, Labels(model.target.to_json())),
        native=native,
        native_components=_native_components(model, pipelines, scoring),
        notes=notes,
        parity={
            "rows": probe.n_real,
            "made_up_rows": len(probe.rows) - probe.n_real,
            "largest_difference": apart,
        },
        seconds=time.perf_counter() - started,
        parts=tuple(dict.fromkeys(part for predictor in predictors for part in predictor.parts)),
    )


def _put_together(
    model: Model, pipelines: CompiledPipelines, probe: Probe, reasons: dict[str, str]
) -> tuple[Scoring, tuple[tuple[int, ...], ...]]:
    """The scoring, and the numbers of the pipelines that run natively in each of its voices."""
    shares: list[tuple[float, dict[int, float], tuple[Any, ...]]] = []
    start = 0
    for member in model.members:
        places = range(start, start := start + len(member.pipelines))
        parts = member.postprocessing if changes_scores(member.postprocessing) else ()
        shares.append((member.weight, dict.fromkeys(places, 1 / len(member.pipelines)), parts))
    if model.stacker is None and not any(parts for _, _, parts in shares):  # one sum of everything
        weights = {number: weight * share for weight, numbers, _ in shares for number, share in numbers.items()}
        shares = [(1.0, weights, ())]
    voices, native = [], []
    for weight, numbers, parts in shares:
        used = [number for number in numbers if number in pipelines.forms]
        compiled = [(pipelines.forms[number], numbers[number]) for number in used]
        rest = {number: share for number, share in numbers.items() if number not in pipelines.forms}
        known = [pipelines.numbers.get(number) for number in used]
        predictor = combined(compiled, pipelines.made, numbers=known) if compiled else None
        left = tuple((model.pipelines[number], share) for number, share in rest.items())
        voices.append(Voice(weight, predictor, left, tuple(map(lowered_part, parts))))
        native.append(tuple(rest))
    scoring = Scoring(
        pipelines.program,
        tuple(voices),
        _stacker(model, voices, pipelines, probe, reasons),
        tuple(map(lowered_part, model.postprocessing)),
    )
    return scoring, tuple(native)


def _stacker(
    model: Model, voices: list[Voice], pipelines: CompiledPipelines, probe: Probe, reasons: dict[str, str]
) -> StackerLike | None:
    stacker = model.stacker
    if stacker is None:
        return None
    try:
        with quietly():
            scores = [voice.scores(pipelines.made, probe.frame) for voice in voices]
            features = ((log_odds(scores, model.task) - stacker.center) / stacker.scale).astype(np.float32)
            features = features[np.isfinite(features).all(axis=1)]
            form = stacker.algorithm.lowered().moved(np.arange(features.shape[1]), features.shape[1])
            predictor = combined([(form, 1.0)], Rows(features, []))
            compiled = CompiledStacker(model.task, stacker.center, stacker.scale, predictor)
            apart = difference(stacker.combine(scores), compiled.combine(scores))
        if apart <= TOLERANCE:
            return compiled
        reason = f"its compiled form answers otherwise, by up to {apart:.2g}"
    except Exception as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    reasons["stacker"] = f"What puts the members together runs natively: {reason}."
    return stacker


def _apart(model: Model, scoring: Scoring, probe: Probe) -> float:
    """How far the copy's scores lie from the model's, for rows together and one at a time."""
    try:
        with quietly():
            expected = probe.scores
            together = np.asarray(scoring.many(probe.columns, len(probe.rows), probe.frame), dtype=np.float64)
            apart = difference(expected, together)
            if scoring.program is None or apart > TOLERANCE:
                return apart
            asked = [*range(0, probe.n_real, max(1, probe.n_real // _ALONE)), *range(probe.n_real, len(probe.rows))]
            copy = RuntimeModel(Facts(model.name, None, model.schema, {}), scoring, Labels(model.target.to_json()))
            asked = [row for row in asked if np.isfinite(expected[row]).all()]
            alone = np.concatenate([copy.scores(probe.rows[row]) for row in asked] or [expected[:0]])
            return max(apart, difference(expected[asked], alone))
    except Exception:
        return np.inf


def _notes(model: Model, reasons: Mapping[int, str]) -> list[str]:
    """A sentence for each reason, with the pipelines that it holds for."""
    grouped: dict[tuple[str, str], int] = {}
    number = 0
    for member in model.members:
        for pipeline in member.pipelines:
            if number in reasons:
                name = type(pipeline.algorithm).__name__
                which = f"{name} of {member.name!r}" if member.name and len(model.members) > 1 else name
                grouped[(which, reasons[number])] = grouped.get((which, reasons[number]), 0) + 1
            number += 1
    return [
        f"{which} runs natively{f' ({count} fitted pipelines)' if count > 1 else ''}: {reason}."
        for (which, reason), count in grouped.items()
    ]


def _native_components(model: Model, pipelines: CompiledPipelines, scoring: Scoring) -> tuple[Any, ...]:
    """The fitted components whose libraries the copy needs."""
    found: list[Any] = []
    for number in pipelines.reasons:
        pipeline = model.pipelines[number]
        found += [pipeline.algorithm, *pipeline.steps]
    parts = [*scoring.postprocessing, *(part for voice in scoring.voices for part in voice.adjusting)]
    found += [part.part for part in parts if isinstance(part, NativePart)]
    if model.stacker is not None and scoring.stacker is model.stacker:
        found.append(model.stacker.algorithm)
    return tuple(found)
