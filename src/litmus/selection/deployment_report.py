"""What became of the trials of a data set where they are to be served: who was simulated, how right the estimates were."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.deployment import Deployment
from litmus.estimate import Estimate
from litmus.evaluate.number_text import number_text, percent_text, plural
from litmus.quantities import bytes_text, duration_text

if TYPE_CHECKING:
    from litmus.simulate import Simulation

__all__ = ["DeploymentReport", "Finalist"]

_CLOSE = 0.25
"""Share of the simulated latency that an estimate may be off by to count as close."""


@dataclasses.dataclass(frozen=True)
class Finalist:
    """A trial that was served in a simulation, or would have been.

    Attributes:
        trial: its name.
        metric: the objective.
        score: its value.
        estimate: what it was expected to take.
        simulation: what it took; None where it was not simulated.
        problem: why it was not simulated, a sentence; "" where it was.
    """

    trial: str
    metric: str
    score: float
    estimate: Estimate
    simulation: Simulation | None = None
    problem: str = ""

    @property
    def simulated_p99(self) -> float | None:
        """Seconds that 99 of 100 requests took at most; None where that was not measured."""
        if self.simulation is None or self.simulation.under_load is None:
            return None
        return float(self.simulation.under_load.p99)

    @property
    def error(self) -> float | None:
        """By which share of the simulated p99 the estimate is too high, or below 0 too low; None without a simulation.

        The estimate is brought to the speed that the server's core had in the simulation: on shared machines cores are at times half
        as fast as at others, which says nothing about the model.
        """
        p99 = self.simulated_p99
        if p99 is None or self.simulation is None:
            return None
        known, there = self.estimate.reference_seconds, self.simulation.calibration
        factor = 1.0 if known is None or there is None else there.seconds / known
        return (factor * self.estimate.latency_p99 - p99) / p99

    @property
    def qualifies(self) -> bool | None:
        """Whether it keeps every limit, simulated; None where it was not."""
        return None if self.simulation is None else bool(self.simulation.qualifies)

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values; of the simulation what it says itself."""
        return {
            "trial": self.trial,
            "metric": self.metric,
            "score": self.score if math.isfinite(self.score) else None,
            "estimate": self.estimate.to_json(),
            "simulated_p99": self.simulated_p99,
            "error": self.error,
            "qualifies": self.qualifies,
            "problem": self.problem,
            "simulation": None if self.simulation is None else self.simulation.to_json(),
        }


@dataclasses.dataclass(frozen=True)
class DeploymentReport:
    """How the trials of one data set stand to a deployment.

    It prints as a table of the finalists.

    Attributes:
        data: the data set.
        deployment: what is allowed.
        estimated: trials of which there is an estimate.
        within: those of them that keep every limit, as estimated.
        finalists: the best of these, in the order of the leaderboard, with their simulations.
        chosen: name of the trial that is best among those that keep every limit; None when none does.
        sentence: the outcome; when nothing qualifies, by how much each misses, and what would help.
    """

    data: str
    deployment: Deployment
    estimated: int
    within: int
    finalists: tuple[Finalist, ...]
    chosen: str | None
    sentence: str

    @property
    def errors(self) -> tuple[float, ...]:
        """The error of each finalist's estimate of p99 latency, as a share of what was simulated."""
        return tuple(one.error for one in self.finalists if one.error is not None)

    @property
    def accuracy(self) -> str:
        """How right the estimates were, a sentence; empty where nothing was simulated."""
        if not self.errors:
            return ""
        sizes = np.abs(self.errors)
        close = int((sizes <= _CLOSE).sum())
        return (
            f"Estimates of p99 latency were off by {percent_text(float(np.median(sizes)), 0)} at the median; {close} of "
            f"{plural(len(sizes), 'finalist')} within {percent_text(_CLOSE, 0)}."
        )

    def lines(self) -> list[tuple[str, ...]]:
        """The table of the finalists: trial, score, p99 estimated and simulated, error, size, verdict."""
        return [
            (
                one.trial,
                number_text(one.score),
                duration_text(one.estimate.latency_p99),
                duration_text(one.simulated_p99),
                "—" if one.error is None else f"{one.error:+.0%}".replace("%", " %"),
                bytes_text(one.estimate.size if one.simulation is None else one.simulation.bundle_size),
                _verdict(one),
            )
            for one in self.finalists
        ]

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of `lines`."""
        metric = self.finalists[0].metric if self.finalists else "score"
        return ("trial", metric, "p99 estimated", "simulated", "error", "bundle", "verdict")

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return {
            "data": self.data,
            "deployment": self.deployment.to_json(),
            "estimated": self.estimated,
            "within": self.within,
            "finalists": [one.to_json() for one in self.finalists],
            "errors": list(self.errors),
            "chosen": self.chosen,
            "sentence": self.sentence,
        }

    def __str__(self) -> str:
        rows = [self.headings, *self.lines()]
        widths = [max(len(row[place]) for row in rows) for place in range(len(self.headings))]
        drawn = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        table = [drawn[0], "  ".join("─" * width for width in widths), *drawn[1:]] if self.finalists else []
        return "\n".join([*table, *([""] if table else []), *filter(None, (self.sentence, self.accuracy))])


def _verdict(finalist: Finalist) -> str:
    if finalist.simulation is None:
        return finalist.problem or "not simulated"
    return "keeps every limit" if finalist.simulation.qualifies else " ".join(finalist.simulation.reasons)
