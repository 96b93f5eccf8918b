"""A quick look at what a model takes where it is served: its bundle is written, opened as the server does, and asked."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from litmus.bundle_reader import read_manifest
from litmus.deployment import Deployment
from litmus.estimate import Estimate
from litmus.model import Model

if TYPE_CHECKING:
    from litmus.simulate.calibration import Calibration
    from litmus.simulate.http_cost import HttpCost

__all__ = ["Look", "estimate_model", "expected", "look_at", "look_at_bundle", "request_rows"]

_ROWS = 64
"""Rows that requests are made of; they take turns."""
_BUSIEST = 0.95
"""Share of its time that a server is busy at most; beyond, requests wait for ever longer."""
_FEWEST_CALLS = 50


@dataclasses.dataclass(frozen=True)
class Look:
    """What was seen of a model.

    Attributes:
        inside: seconds of single answers in this process, as they would be with nothing else running.
        size: bytes of its bundle.
        requirements: what has to be installed for it.
        native: what is not compiled, and why.
        calibration: how fast the core was meanwhile; None where that is not known.
    """

    inside: np.ndarray
    size: int
    requirements: tuple[str, ...]
    native: tuple[str, ...]
    calibration: Calibration | None = None

    def times(self, latency: float, size: float) -> Look:
        """What would be seen of a model that takes so many times as long, and is so many times as large."""
        return dataclasses.replace(self, inside=self.inside * latency, size=round(self.size * size))

    def at(self, calibration: Calibration | None) -> Look:
        """What would be seen on a core as fast as `calibration` says; the same where one of the two is not known."""
        if calibration is None or self.calibration is None:
            return self
        inside = self.inside * self.calibration.factor_to(calibration)
        return dataclasses.replace(self, inside=inside, calibration=calibration)


def request_rows(frame: pd.DataFrame, most: int = _ROWS) -> list[dict[str, Any]]:
    """Some rows of a table as requests have them, evenly spread; missing values are None."""
    places = np.unique(np.linspace(0, max(len(frame) - 1, 0), min(most, len(frame))).astype(np.int64))
    records = frame.iloc[places].to_dict("records")
    return [{str(name): None if pd.isna(value) else value for name, value in row.items()} for row in records]


def estimate_model(
    model: Model,
    deployment: Deployment,
    *,
    rows: Sequence[Mapping[str, Any]] = (),
    seconds: float = 0.3,
    http: HttpCost | None = None,
) -> Estimate:
    """What a model takes for one row in this process and as it is served, and its size.

    Args:
        model: the model.
        deployment: where it is to be served, and how much is asked of it there.
        rows: rows to ask for, in turn; the schema's example when left out.
        seconds: how long to measure, about; at least fifty rows are asked for.
        http: what requests take whose answers take no time; None where that is not known.
    """
    return expected(look_at(model, rows, seconds=seconds), deployment, http=http)


def look_at(model: Model, rows: Sequence[Mapping[str, Any]] = (), *, seconds: float = 0.3) -> Look:
    """Write the bundle of a model, open it as a server does, and time its answers."""
    with TemporaryDirectory(prefix="litmus-estimate-") as folder:
        return look_at_bundle(model.save(Path(folder) / "model.litmus"), rows, seconds=seconds)


def look_at_bundle(path: Path, rows: Sequence[Mapping[str, Any]] = (), *, seconds: float = 0.3) -> Look:
    """Open a bundle as a server does, and time its answers.

    How far times scatter is taken from the work of one thread, so that other work on the machine hardly changes it.
    """
    from litmus.runtime import load
    from litmus.simulate.answer_times import answer_times
    from litmus.simulate.estimating import steady_times
    from litmus.simulate.requirements import requirements_of

    manifest = read_manifest(path)
    served = load(path, trust=True)
    served.settle()
    asked = list(rows) or [served.sample]
    inside, calibration = steady_times(answer_times(served.answer, asked, seconds, least=_FEWEST_CALLS))
    return Look(inside, path.stat().st_size, tuple(requirements_of(manifest)), tuple(served.notes), calibration)


def expected(look: Look, deployment: Deployment, *, http: HttpCost | None = None) -> Estimate:
    """What a model is expected to take where it is served, from what was seen of it, on a core as fast as that of `http`."""
    from litmus.simulate.estimating import summed

    if http is None:
        served = look.inside
    else:
        look = look.at(http.calibration)
        served = summed(look.inside, http.seconds)
    p50, p99 = np.quantile(served, [0.5, 0.99])
    waiting = _waiting(deployment, float(p50))
    packages, forbidden, environment = _needs(look.requirements, deployment.packages)
    return Estimate(
        latency_p50=float(p50) * waiting,
        latency_p99=float(p99) * waiting,
        model_p50=float(np.median(look.inside)),
        model_p99=float(np.quantile(look.inside, 0.99)),
        size=look.size,
        installed_size=look.size + environment,
        packages=dict(packages),
        forbidden=forbidden,
        native=look.native,
        rows=len(look.inside),
        reference_seconds=None if look.calibration is None else look.calibration.seconds,
    )


@functools.lru_cache(maxsize=32)
def _needs(
    requirements: tuple[str, ...], allowed: tuple[str, ...] | None
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], int]:
    """The packages that have to be installed, those of them that are not allowed, and the bytes of all."""
    from litmus.simulate.clean_environment import closure_of, install

    closure = closure_of(requirements)
    limits = Deployment(packages=allowed)
    permitted = closure.reached_from(
        [name for name, version in closure.packages.items() if limits.allows(name, version)]
    )
    forbidden = tuple(f"{name}=={version}" for name, version in closure.packages.items() if name not in permitted)
    with TemporaryDirectory(prefix="litmus-estimate-") as folder:
        size = install(closure, Path(folder))
    return tuple(closure.packages.items()), forbidden, size


def _waiting(deployment: Deployment, seconds: float) -> float:
    """How much longer a request takes than one that is alone, because others are served before it.

    One process answers one request at a time: with connections that send their next request at once, all of them wait for
    each other; with requests at a rate, those do that come while one is answered.
    """
    if deployment.request_rate is None:
        return float(deployment.concurrency)
    busy = min(float(deployment.request_rate) * seconds, _BUSIEST)
    return 1 / (1 - busy)
