"""The lines of a simulation's table: what, limit, measured, verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal

from litmus.quantities import asked_bytes_text, bytes_text, duration_text
from litmus.simulate.latency import Latency
from litmus.simulate.result import Simulation

__all__ = ["Line", "closing_lines", "headline", "lines_of"]

_NONE = "—"


@dataclasses.dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        what: was measured.
        limit: that the deployment sets, or a dash.
        measured: the figure.
        verdict: "ok" or "missed" where there is a limit.
        more: a few words on the figure.
    """

    what: str
    limit: str
    measured: str
    verdict: Literal["ok", "missed", ""]
    more: str = ""


def headline(simulation: Simulation) -> str:
    """The verdict in one line."""
    verdict = "qualifies" if simulation.qualifies else "does not qualify"
    cpus = simulation.deployment.cpus
    memory = simulation.deployment.memory
    on = "1 cpu" if cpus == 1 else f"{cpus} cpus"
    within = "" if memory is None else f" and {asked_bytes_text(int(memory))}"
    return f"{simulation.model} {verdict} on {on}{within}"


def lines_of(simulation: Simulation) -> list[Line]:
    """All lines, those that the verdict rests on first."""
    limits = simulation.deployment
    missed = {violation.name for violation in simulation.violations}

    def line(name: str, what: str, value: float | None, show: Callable[[float], str], more: str = "") -> Line:
        limit = limits.limits.get(name)
        verdict: Literal["ok", "missed", ""] = ""
        if limit is not None and value is not None:
            verdict = "missed" if name in missed else "ok"
        show_limit = asked_bytes_text if show is bytes_text else show
        shown = _NONE if limit is None else show_limit(limit)
        return Line(what, shown, _NONE if value is None else show(value), verdict, more)

    loaded = simulation.under_load
    found = [
        line(
            "latency_p99",
            f"p99, {_load(simulation)}",
            None if loaded is None else loaded.p99,
            duration_text,
            _beside(loaded),
        ),
        line("request_rate", "requests answered a second", simulation.request_rate, _rate, _kept(simulation)),
        line("cold_start", "cold start", simulation.cold_start, duration_text, _starts(simulation)),
        line("memory", "peak memory", simulation.memory, bytes_text),
        line("max_size", "installed size", simulation.installed_size, bytes_text, _sizes(simulation)),
        _packages(simulation),
        _python(simulation),
    ]
    parts = {
        "one row at a time": simulation.one_row,
        "  steps": simulation.steps,
        "  model" if simulation.steps is not None else "  steps and model": simulation.predict,
        "  HTTP": simulation.http,
    }
    found += [
        Line(what, _NONE, f"p99 {duration_text(part.p99)}", "", _beside(part))
        for what, part in parts.items()
        if part is not None
    ]
    failed = "" if not simulation.failures else f"the first: {simulation.first_failure}"
    verdict: Literal["ok", "missed"] = "missed" if simulation.failures else "ok"
    count = f"{simulation.failures:,} of {simulation.requests:,}"
    return [*found, Line("failed requests", "0", count, verdict if simulation.requests else "", failed)]


def closing_lines(simulation: Simulation) -> list[str]:
    """Where the figures hold, and what to know about them."""
    speed = ""
    if simulation.calibration is not None:
        speed = f" The reference work takes {duration_text(simulation.calibration.seconds)} there."
    return [f"Measured in {simulation.seconds:.0f} s, and holds, on: {simulation.machine}.{speed}", *simulation.notes]


def _load(simulation: Simulation) -> str:
    limits = simulation.deployment
    connections = "1 connection" if limits.concurrency == 1 else f"{limits.concurrency} connections"
    return connections if limits.request_rate is None else f"{_rate(float(limits.request_rate))} on {connections}"


def _rate(value: float) -> str:
    return f"{value:,.0f}/s" if value >= 100 else f"{value:.3g}/s"


def _beside(latency: Latency | None) -> str:
    """The other quantiles."""
    if latency is None:
        return ""
    return f"p50 {duration_text(latency.p50)}, p95 {duration_text(latency.p95)}"


def _kept(simulation: Simulation) -> str:
    if simulation.request_rate is None:
        return ""
    limit = simulation.deployment.latency_p99
    return "at most" if limit is None else f"while p99 stays within {duration_text(float(limit))}"


def _starts(simulation: Simulation) -> str:
    starts = simulation.cold_starts
    return f"median of {len(starts)} starts" if len(starts) > 1 else ""


def _sizes(simulation: Simulation) -> str:
    return f"bundle {bytes_text(simulation.bundle_size)}, packages {bytes_text(simulation.environment_size)}"


def _packages(simulation: Simulation) -> Line:
    allowed = simulation.deployment.packages
    wrong = [
        *(f"{name} not allowed" for name in simulation.forbidden),
        *(f"{name} missing" for name in simulation.missing),
    ]
    verdict: Literal["ok", "missed", ""] = "missed" if wrong else "ok" if allowed is not None else ""
    return Line(
        "packages",
        _NONE if allowed is None else f"{len(allowed)} allowed",
        f"{len(simulation.packages)} needed",
        verdict,
        ", ".join(wrong),
    )


def _python(simulation: Simulation) -> Line:
    wanted = simulation.deployment.python
    missed = any(violation.name == "python" for violation in simulation.violations)
    verdict: Literal["ok", "missed", ""] = "" if wanted is None else "missed" if missed else "ok"
    return Line("Python", wanted or _NONE, simulation.python, verdict)
