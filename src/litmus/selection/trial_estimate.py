"""The estimate of a trial as a job: its bundle is written, opened and asked for a moment."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litmus.deployment import Deployment
from litmus.estimate import Estimate
from litmus.evaluate.model_parts import ModelParts
from litmus.selection.measuring import expected, look_at
from litmus.simulate.http_cost import HttpCost

__all__ = ["EstimateWork", "Ratio", "estimate_parts"]

Ratio = tuple[float, float]
"""How many times as long all fold models of a trial take as its first one, and how many times as large they are."""

_FEW_ROWS = 40
"""Rows that a first look compares the compiled model on; the bundle that is kept is compared on more."""


@dataclasses.dataclass(frozen=True)
class EstimateWork:
    """What estimating a model needs.

    Attributes:
        parts: what it is made of.
        deployment: where it is to be served.
        rows: rows to ask for.
        http: what requests take whose answers take no time; None where that is not known.
        ratio: what is known of other trials of the algorithm: then only one fold model is compiled, which takes a part of
            the time. None compiles all of them together, as they are served.
        seconds: how long to measure, about.
    """

    parts: ModelParts
    deployment: Deployment
    rows: Sequence[Mapping[str, Any]]
    http: HttpCost | None = None
    ratio: Ratio | None = None
    seconds: float = 0.2


def estimate_parts(work: EstimateWork) -> tuple[Estimate, Ratio | None]:
    """The estimate of a model, and how all of its fold models relate to the first one, where it has one member with several."""
    several = len(work.parts.members) == 1 and len(work.parts.members[0].folders) > 1
    if not several:
        whole = look_at(work.parts.load(to_be_kept=True), work.rows, seconds=work.seconds)
        return expected(whole, work.deployment, http=work.http), None
    member = work.parts.members[0]
    first = dataclasses.replace(
        work.parts,
        members=(dataclasses.replace(member, folders=member.folders[:1]),),
        sample_rows=work.parts.sample_rows[:_FEW_ROWS],
    )
    one = look_at(first.load(to_be_kept=True), work.rows, seconds=work.seconds)
    ratio = work.ratio
    if ratio is None:
        whole = look_at(work.parts.load(to_be_kept=True), work.rows, seconds=work.seconds)
        same = one.at(whole.calibration)
        ratio = (float(np.median(whole.inside) / np.median(same.inside)), whole.size / one.size)
    else:
        whole = one.times(*ratio)
    return expected(whole, work.deployment, http=work.http), ratio
