"""What a simulation found, against what the deployment allows."""

from __future__ import annotations

import dataclasses
from typing import Any

from litmus.deployment import Deployment, Violation
from litmus.simulate.calibration import Calibration
from litmus.simulate.latency import Latency
from litmus.simulate.machine import Machine

__all__ = ["Simulation"]


@dataclasses.dataclass(frozen=True)
class Simulation:
    """A model, run as it will be served, on one machine.

    Times are seconds, sizes bytes. What could not be measured, because the server did not start or ended, is None.

    Attributes:
        model: its version or name.
        deployment: what was asked for.
        one_row: requests sent one at a time over one connection.
        under_load: requests sent as the deployment says; its p99 is what the limit is held against.
        steps: of `one_row`, the time in the process of the server to read a row and make features of it; None for a bundle whose
            parts are not timed apart.
        predict: the time to make an answer of these features; with `steps` None, of the whole answer.
        http: the rest of `one_row`: the server, its protocol, and the way there and back.
        request_rate: answers a second while p99 latency stays within the limit; without that limit, at most.
        cold_start: from the start of the server's process to its first answer, the median of `cold_starts`.
        cold_starts: the times of the starts.
        memory: bytes that the server held at most.
        bundle_size: bytes of the bundle.
        environment_size: bytes of the packages it needs, Litmus' own included.
        packages: name → version of these.
        forbidden: those that are not allowed, and that no allowed one requires.
        missing: requirements that are not installed here.
        python: the version of Python that the server ran on.
        rows: how many different rows were sent.
        requests: how many requests were sent.
        failures: how many were answered with an error, or not at all.
        first_failure: what the first of these said.
        problem: why the measurement has an early end, a sentence; "" when it has none.
        notes: what to know about the figures, a sentence each.
        machine: where they hold.
        calibration: how fast it is; see `Calibration.factor_to`.
        seconds: that the simulation took.
    """

    model: str
    deployment: Deployment
    one_row: Latency | None
    under_load: Latency | None
    steps: Latency | None
    predict: Latency | None
    http: Latency | None
    request_rate: float | None
    cold_start: float | None
    cold_starts: tuple[float, ...]
    memory: int | None
    bundle_size: int
    environment_size: int
    packages: dict[str, str]
    forbidden: tuple[str, ...]
    missing: tuple[str, ...]
    python: str
    rows: int
    requests: int
    failures: int
    first_failure: str
    problem: str
    notes: tuple[str, ...]
    machine: Machine
    calibration: Calibration | None
    seconds: float

    @property
    def installed_size(self) -> int:
        """Bytes of the bundle and of the packages it needs."""
        return self.bundle_size + self.environment_size

    @property
    def measured(self) -> dict[str, Any]:
        """What `Deployment.violations` takes."""
        return {
            "latency_p99": None if self.under_load is None else self.under_load.p99,
            "request_rate": self.request_rate,
            "memory": self.memory,
            "max_size": self.installed_size,
            "cold_start": self.cold_start,
            "packages": list(self.forbidden),
            "python": self.python,
        }

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The limits that are missed, and by how much."""
        return self.deployment.violations(self.measured)

    @property
    def qualifies(self) -> bool:
        """Whether the model can be deployed so: it ran to the end, every request was answered, and no limit is missed."""
        return not (self.problem or self.failures or self.missing or self.violations)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it does not qualify, a sentence each."""
        found = [self.problem] if self.problem else []
        if self.missing and not self.problem:
            found.append(f"{', '.join(self.missing)} is required and not installed here.")
        found += [f"{_begun(violation)}." for violation in self.violations]
        if self.failures:
            found.append(f"{self.failures:,} of {self.requests:,} requests failed: {self.first_failure}")
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """The fields and the verdict, of types that JSON knows."""
        values: dict[str, Any] = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in ("deployment", "machine", "calibration")
        }
        for name, value in values.items():
            if isinstance(value, Latency):
                values[name] = value.to_json()
            elif isinstance(value, tuple):
                values[name] = list(value)
        return {
            "qualifies": self.qualifies,
            "reasons": list(self.reasons),
            "violations": [violation.to_json() for violation in self.violations],
            "deployment": self.deployment.to_json(),
            **values,
            "installed_size": self.installed_size,
            "machine": self.machine.to_json(),
            "calibration": None if self.calibration is None else self.calibration.to_json(),
        }

    def to_html(self) -> str:
        """A part of a page, in the classes of the report's style sheet."""
        from litmus.simulate.result_html import simulation_html

        return simulation_html(self)

    def __str__(self) -> str:
        from litmus.simulate.result_text import simulation_text

        return simulation_text(self)

    def _repr_html_(self) -> str:
        return self.to_html()


def _begun(violation: Violation) -> str:
    """The sentence with a capital, unless it begins with the name of a package or with p99."""
    sentence = violation.sentence
    if violation.name in ("packages", "latency_p99"):
        return sentence
    return sentence[0].upper() + sentence[1:]
