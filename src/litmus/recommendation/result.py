"""The ranked ways to serve a model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litmus.quantities import bytes_text, duration_text
from litmus.recommendation.prices import MachinePrice, PriceTable, cost_per_inference
from litmus.recommendation.sweep import Measured

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Option", "Recommendation", "ranked"]

_SHOWN = 12


@dataclasses.dataclass(frozen=True)
class Option:
    """One way to serve a model.

    Attributes:
        machine: what it runs on, and what that costs.
        measured: processes, threads, batches, and what was found for them.
        merit: how good it is under the weights, from 0 to 1; 1 is best in everything that counts.
        misses: why it is not allowed, such as its latency; "" when it is.
    """

    machine: MachinePrice
    measured: Measured
    merit: float = 0.0
    misses: str = ""

    @property
    def cost_per_million(self) -> float:
        """What a million predictions cost when the machine is kept busy."""
        return (
            cost_per_inference(self.machine.per_hour, self.measured.invocations_per_minute) / self.measured.batch * 1e6
        )

    @property
    def rows_per_second(self) -> float:
        """Predictions a second, at most."""
        return self.measured.invocations_per_minute / 60 * self.measured.batch

    def to_json(self) -> dict[str, Any]:
        """Everything, times in seconds and sizes in bytes."""
        return {
            "machine": self.machine.name,
            "cpus": self.machine.cpus,
            "per_hour": self.machine.per_hour,
            "workers": self.measured.layout.workers,
            "threads": self.measured.layout.threads,
            "batch": self.measured.batch,
            "form": self.measured.form,
            "precision": self.measured.precision,
            "latency_p50": self.measured.latency_p50,
            "latency_p99": self.measured.latency_p99,
            "invocations_per_minute": self.measured.invocations_per_minute,
            "rows_per_second": self.rows_per_second,
            "memory": self.measured.memory,
            "cost_per_million": self.cost_per_million,
            "merit": self.merit,
            "misses": self.misses,
        }


@dataclasses.dataclass(frozen=True)
class Recommendation:
    """Ways to serve a model, the best first. It prints as a table.

    Attributes:
        model: its version or name.
        options: the ways, ranked; those that miss a limit come last.
        weights: what counts how much.
        prices: what machines cost.
        processor: what was measured on.
        notes: what to know about the figures, a sentence each.
    """

    model: str
    options: tuple[Option, ...]
    weights: Mapping[str, float]
    prices: PriceTable
    processor: str
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> Option | None:
        """The first option; None where every one misses a limit."""
        return next((option for option in self.options if not option.misses), None)

    @property
    def sentence(self) -> str:
        """What to take, in words."""
        best = self.best
        if best is None:
            nearest = min(self.options, key=lambda option: option.measured.latency_p99)
            return f"No way to serve it keeps the limits; the nearest is {_what(nearest)}: {nearest.misses}."
        found = best.measured
        return (
            f"Take {_what(best)}: {best.cost_per_million:.3g} {self.prices.currency} for a million predictions, p99 latency "
            f"{duration_text(found.latency_p99)}, {best.rows_per_second:,.0f} rows a second."
        )

    def to_pandas(self) -> pd.DataFrame:
        """A row an option, the best first; times in seconds and sizes in bytes."""
        import pandas as pd

        return pd.DataFrame([{"rank": rank, **option.to_json()} for rank, option in enumerate(self.options, 1)])

    def to_json(self) -> dict[str, Any]:
        """Everything, as plain JSON values."""
        return {
            "model": self.model,
            "sentence": self.sentence,
            "weights": dict(self.weights),
            "options": [{"rank": rank, **option.to_json()} for rank, option in enumerate(self.options, 1)],
            "prices": self.prices.to_json(),
            "processor": self.processor,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        headings = (
            "rank",
            "machine",
            "workers",
            "threads",
            "batch",
            "as",
            "precision",
            "p50",
            "p99",
            "rows/s",
            "memory",
            f"{self.prices.currency}/million",
            "merit",
        )
        rows = [headings, *(_line(rank, option) for rank, option in enumerate(self.options[:_SHOWN], 1))]
        widths = [max(len(row[place]) for row in rows) for place in range(len(headings))]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        more = len(self.options) - _SHOWN
        counts = " and ".join(f"{name} {share:.0%}".replace("%", " %") for name, share in self.weights.items() if share)
        marked = ["✗ misses a limit."] if any(option.misses for option in self.options[:_SHOWN]) else []
        return "\n".join(
            [
                *lines,
                *([f"… and {more} more: see to_pandas()."] if more > 0 else []),
                "",
                self.sentence,
                f"What counts: {counts}. Prices: {self.prices.source}, {self.prices.date}. Measured on: {self.processor}.",
                *marked,
                *self.notes,
            ]
        )


def ranked(options: Sequence[Option], weights: Mapping[str, float]) -> tuple[Option, ...]:
    """The options with their merit, the best first, and those that miss a limit last.

    The merit of an option is the weighted mean of how near it is to the best one in each respect: 1 is the best cost, latency
    or throughput there is, and one half means twice the cost, twice the latency, half the throughput.
    """
    if not options:
        return ()
    cost = min(option.cost_per_million for option in options)
    latency = min(option.measured.latency_p99 for option in options)
    throughput = max(option.rows_per_second for option in options)

    def merit(option: Option) -> float:
        shares = {
            "cost": cost / option.cost_per_million if option.cost_per_million else 1.0,
            "latency": latency / option.measured.latency_p99,
            "throughput": option.rows_per_second / throughput,
        }
        return sum(weights[name] * share for name, share in shares.items())

    judged = [dataclasses.replace(option, merit=merit(option)) for option in options]
    return tuple(sorted(judged, key=lambda option: (bool(option.misses), -option.merit)))


def _what(option: Option) -> str:
    layout = option.measured.layout
    workers = "1 worker" if layout.workers == 1 else f"{layout.workers} workers"
    threads = "1 thread" if layout.threads == 1 else f"{layout.threads} threads"
    batch = (
        "one row a request"
        if option.measured.batch == 1
        else f"{option.measured.batch} rows a request as {option.measured.form.upper()}"
    )
    weights = "" if option.measured.precision == "float32" else f", networks in {option.measured.precision}"
    return f"{option.machine.name} with {workers} of {threads} and {batch}{weights}"


def _line(rank: int, option: Option) -> tuple[str, ...]:
    found = option.measured
    return (
        f"✗ {rank}" if option.misses else str(rank),
        option.machine.name,
        str(found.layout.workers),
        str(found.layout.threads),
        str(found.batch),
        found.form,
        found.precision,
        duration_text(found.latency_p50),
        duration_text(found.latency_p99),
        f"{option.rows_per_second:,.0f}",
        bytes_text(found.memory),
        f"{option.cost_per_million:.3g}",
        f"{option.merit:.2f}",
    )
