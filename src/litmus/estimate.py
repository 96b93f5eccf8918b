"""What a model is expected to take once it is served, estimated without serving it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, Self

__all__ = ["Estimate"]


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What a model is expected to take once it is served.

    Attributes:
        latency_p50, latency_p99: seconds for a request with one row, as the deployment's load would see it.
        model_p50, model_p99: seconds for one row within the process: a dict in, label and probabilities out.
        size: bytes of the bundle.
        installed_size: bytes of the bundle and of the packages it needs; None where that is not known.
        packages: distributions that it needs → their versions; None where they are not known.
        forbidden: those of them that the deployment does not allow.
        native: what is not compiled but runs in the library that trained it, and why, a phrase each.
        rows: rows that were timed.
        reference_seconds: of a round of the reference work on the core that the times hold for; None where that is not known.

    Example:
        >>> found = Estimate(0.0001, 0.0004, 0.0001, 0.0004, size=1_800_000)
        >>> found.measured()
        {'latency_p99': 0.0004, 'max_size': 1800000}
    """

    latency_p50: float
    latency_p99: float
    model_p50: float
    model_p99: float
    size: int
    installed_size: int | None = None
    packages: Mapping[str, str] | None = None
    forbidden: tuple[str, ...] = ()
    native: tuple[str, ...] = ()
    rows: int = 0
    reference_seconds: float | None = None

    def measured(self) -> dict[str, Any]:
        """The values that `Deployment.violations` judges; the size is at least the bundle's where packages are not known."""
        found: dict[str, Any] = {
            "latency_p99": self.latency_p99,
            "max_size": self.size if self.installed_size is None else self.installed_size,
        }
        return found if self.packages is None else {**found, "packages": list(self.forbidden)}

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values, times in seconds and sizes in bytes."""
        values = dataclasses.asdict(self)
        values["native"], values["forbidden"] = list(self.native), list(self.forbidden)
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in values.items()
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The estimate that `to_json` wrote."""
        known = {field.name for field in dataclasses.fields(cls)}
        given = {name: value for name, value in values.items() if name in known}
        listed = {name: tuple(given.get(name, ())) for name in ("native", "forbidden")}
        return cls(**{**given, **listed})
