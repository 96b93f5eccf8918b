"""Each fitted pipeline as features of one program and a form of its own, or the reason why it stays as it is."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from litmus.compiling.probe import TOLERANCE, Probe, difference, quietly
from litmus.errors import LitmusError
from litmus.pipeline.lowering import lower
from litmus.predictors import Form, NotConvertedError
from litmus.predictors.form import RawForm
from litmus.program import Graph, LoweredFeatures, NotLoweredError, Program, Rows

if TYPE_CHECKING:
    from litmus.data import Schema
    from litmus.pipeline import FittedPipeline

__all__ = ["CompiledPipelines", "compile_pipelines"]


@dataclasses.dataclass(frozen=True)
class CompiledPipelines:
    """The pipelines of a model that could be compiled.

    Attributes:
        program: makes the features of all of them; None when there are none.
        made: the features of the probe's rows.
        forms: number of a pipeline → its algorithm's form on the program's features.
        numbers: number of a pipeline → the raw numbers of its form for the probe's rows, where it has such.
        reasons: number of a pipeline → why it could not be compiled.
    """

    program: Program | None
    made: Rows | None
    forms: dict[int, Form]
    numbers: dict[int, np.ndarray]
    reasons: dict[int, str]


def compile_pipelines(
    pipelines: tuple[FittedPipeline, ...], schema: Schema, probe: Probe, without: dict[int, str] | None = None
) -> CompiledPipelines:
    """Lower the steps and convert the algorithm of each pipeline, and compare its scores with its own.

    Args:
        pipelines: the pipelines.
        schema: the columns of the rows.
        probe: the rows that are compared.
        without: numbers of pipelines that are not to be compiled, with the reason.
    """
    graph, reasons = Graph(), dict(without or {})
    lowered: dict[int, LoweredFeatures] = {}
    forms: dict[int, Form] = {}
    for number, pipeline in enumerate(pipelines):
        if number in reasons:
            continue
        try:
            with quietly():
                lowered[number], forms[number] = lower(pipeline, graph, schema), pipeline.algorithm.lowered()
        except Exception as error:
            reasons[number] = _reason(error)
            lowered.pop(number, None)
    while lowered:
        found = _compared(lowered, forms, probe)
        if isinstance(found, CompiledPipelines):
            return dataclasses.replace(found, reasons=reasons)
        reasons |= found
        lowered = {number: features for number, features in lowered.items() if number not in found}
    return CompiledPipelines(None, None, {}, {}, reasons)


def _moved(program: Program, forms: dict[int, Form]) -> dict[int, Form]:
    """The forms on the program's features, whose pipelines stand in the same order."""
    return {
        number: form.moved(program.columns[place], program.width, program.sparse[place])
        for place, (number, form) in enumerate(forms.items())
    }


def _compared(
    lowered: dict[int, LoweredFeatures], forms: dict[int, Form], probe: Probe
) -> CompiledPipelines | dict[int, str]:
    """The pipelines compiled; or those whose form answers otherwise, with the reason."""
    try:
        with quietly():
            program = Program.of(list(lowered.values()))
            made = program.rows(probe.columns, len(probe.rows))
            moved = _moved(program, {number: forms[number] for number in lowered})
    except Exception as error:
        return dict.fromkeys(lowered, _reason(error))
    wrong: dict[int, str] = {}
    numbers: dict[int, np.ndarray] = {}
    for number, form in moved.items():
        try:
            with quietly():
                if isinstance(form, RawForm):
                    numbers[number] = form.raw(made.dense, made.sparse)
                    got = form.answer.scores(numbers[number])
                else:
                    got = form.scores(made.dense, made.sparse)
                apart = difference(probe.parts[number], np.asarray(got, dtype=np.float64))
        except Exception as error:
            wrong[number] = _reason(error)
            continue
        if apart > TOLERANCE:
            wrong[number] = f"its compiled form answers otherwise, by up to {apart:.2g}"
    return wrong or CompiledPipelines(program, made, moved, numbers, {})


def _reason(error: Exception) -> str:
    """What an error says, as a part of a sentence."""
    text = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    if isinstance(error, NotLoweredError | NotConvertedError | LitmusError):
        return text[:300]
    return f"compiling it failed ({type(error).__name__}: {text})"[:300]
