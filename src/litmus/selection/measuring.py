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
    deployment: Deployment,  # noqa: ARG001 - its load does not count yet
    *,
    rows: Sequence[Mapping[str, Any]] = (),
    seconds: float = 0.3,
) -> Estimate:
    """What a model takes for one row in this process, and its size.

    Times are of one thread's work, so that other work on the machine hardly changes them.

    Args:
        model: the model.
        deployment: where it is to be served.
        rows: rows to ask for, in turn; the schema's example when left out.
        seconds: how long to measure, about; at least twenty rows are asked for.
    """
    asked = list(rows) or [model.sample]
    for row in asked[:3]:
        model.answer(row)  # the first answers load what is loaded once
    walls: list[float] = []
    works: list[float] = []
    until = time.perf_counter() + seconds
    while len(walls) < _FEWEST_CALLS or (len(walls) < _MOST_CALLS and time.perf_counter() < until):
        row = asked[len(walls) % len(asked)]
        wall, work = time.perf_counter(), time.thread_time()
        model.answer(row)
        works.append(time.thread_time() - work)
        walls.append(time.perf_counter() - wall)
    p50 = float(np.median(walls))
    p99 = p50 + float(np.quantile(works, 0.99) - np.median(works))
    names = sorted({type(pipeline.algorithm).__name__ for pipeline in model.pipelines})
    return Estimate(
        latency_p50=p50,
        latency_p99=p99,
        model_p50=p50,
        model_p99=p99,
        size=_bundle_size(model),
        native=tuple(f"{name}: not compiled" for name in names),
        rows=len(walls),
    )


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
