"""A quick look at what a model would take where it is served."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from litmus.deployment import Deployment
from litmus.estimate import Estimate
from litmus.model import Model

__all__ = ["estimate_model", "request_rows"]

_ROWS = 64
"""Rows that requests are made of; they take turns."""
_BUSIEST = 0.95
"""Share of its time that a server is busy at most; beyond, requests wait for ever longer."""
_FEWEST_CALLS = 20
_MOST_CALLS = 2_000
_SAMPLED = 1 << 20
"""Bytes of a file that tell how well all of it is compressed."""


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
    http: Sequence[float] = (),
) -> Estimate:
    """What a model takes for one row in this process and as it is served, and its size.

    How far its times scatter is taken from the work of one thread, so that other work on the machine hardly changes it.

    Args:
        model: the model.
        deployment: where it is to be served, and how much is asked of it there.
        rows: rows to ask for, in turn; the schema's example when left out.
        seconds: how long to measure, about; at least twenty rows are asked for.
        http: seconds that requests take whose answers take no time; none where that is not known.
    """
    inside = _times(model, list(rows) or [model.sample], seconds)
    served = inside if len(http) == 0 else (inside[:, None] + np.asarray(http)[None, :]).ravel()
    p50, p99 = np.quantile(served, [0.5, 0.99])
    waiting = _waiting(deployment, float(p50))
    names = sorted({type(pipeline.algorithm).__name__ for pipeline in model.pipelines})
    return Estimate(
        latency_p50=float(p50) * waiting,
        latency_p99=float(p99) * waiting,
        model_p50=float(np.median(inside)),
        model_p99=float(np.quantile(inside, 0.99)),
        size=_bundle_size(model),
        native=tuple(f"{name}: not compiled" for name in names),
        rows=len(inside),
    )


def _times(model: Model, rows: Sequence[Mapping[str, Any]], seconds: float) -> np.ndarray:
    """Seconds of single answers, as they would be with nothing else running: the usual one, and how its work scatters."""
    for row in rows[:3]:
        model.answer(row)  # the first answers load what is loaded once
    walls: list[float] = []
    works: list[float] = []
    until = time.perf_counter() + seconds
    while len(walls) < _FEWEST_CALLS or (len(walls) < _MOST_CALLS and time.perf_counter() < until):
        row = rows[len(walls) % len(rows)]
        wall, work = time.perf_counter(), time.thread_time()
        model.answer(row)
        works.append(time.thread_time() - work)
        walls.append(time.perf_counter() - wall)
    usual = float(np.median(walls))
    return np.maximum(usual + np.asarray(works) - np.median(works), usual / 2)


def _waiting(deployment: Deployment, seconds: float) -> float:
    """How much longer a request takes than one that is alone, because others are served before it.

    One process answers one request at a time: with connections that send their next request at once, all of them wait for
    each other; with requests at a rate, those do that come while one is answered.
    """
    if deployment.request_rate is None:
        return float(deployment.concurrency)
    busy = min(float(deployment.request_rate) * seconds, _BUSIEST)
    return 1 / (1 - busy)


def _bundle_size(model: Model) -> int:
    """About how many bytes the bundle has: what is the same in several pipelines counts once, all of it compressed."""
    seen: dict[bytes, int] = {}
    with TemporaryDirectory(prefix="litmus-size-") as folder:
        for number, pipeline in enumerate(model.pipelines):
            part = Path(folder) / str(number)
            part.mkdir()
            pipeline.save(part)
            for file in part.rglob("*"):
                if file.is_file():
                    content = file.read_bytes()
                    seen[zlib.adler32(content).to_bytes(4, "big") + len(content).to_bytes(8, "big")] = _packed(content)
    return sum(seen.values())


def _packed(content: bytes) -> int:
    """The size of bytes when they are compressed, told from the first of them."""
    if not content:
        return 0
    sample = content[:_SAMPLED]
    return round(len(content) * len(zlib.compress(sample, 3)) / len(sample))
