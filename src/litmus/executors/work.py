"""What happens to one job inside a worker."""

from __future__ import annotations

import pickle
import sys
from typing import Any

from litmus.executors.base import Job, attempt, explain
from litmus.quantities import bytes_text

__all__ = ["LARGEST_RESULT", "run_job"]

LARGEST_RESULT = 256 * 1024 * 1024
"""Bytes that a job may return; the program that asked for it must not run out of memory when every job returns them."""


def run_job(payload: bytes, threads: int) -> bytes:
    """Run the job in `payload` with native thread pools held to `threads`; returns its pickled (value, error, seconds)."""
    from threadpoolctl import threadpool_limits

    try:
        job: Job = pickle.loads(payload)
    except BaseException as error:
        return _failure(f"The job could not be read by a worker. {explain(error)}", 0.0)
    _limit_arrow(threads)
    with threadpool_limits(threads):
        outcome = attempt(job, caught=(BaseException,))
    try:
        answer = _dumps((outcome.value, outcome.error, outcome.seconds))
    except BaseException as error:
        return _failure(f"The result could not be sent back. {explain(error)}", outcome.seconds)
    if len(answer) > LARGEST_RESULT:
        return _failure(
            f"The result takes {bytes_text(len(answer))}, and a job may return at most {bytes_text(LARGEST_RESULT)}; "
            "write what is large to a file.",
            outcome.seconds,
        )
    return answer


def _failure(reason: str, seconds: float) -> bytes:
    return pickle.dumps((None, reason, seconds))


def _limit_arrow(threads: int) -> None:
    """Hold Arrow's pool, which the limits of other libraries do not reach."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None and arrow.cpu_count() != threads:
        arrow.set_cpu_count(threads)


def _dumps(value: Any) -> bytes:
    import cloudpickle

    return cloudpickle.dumps(value)
