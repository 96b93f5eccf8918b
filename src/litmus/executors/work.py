"""What happens to one job inside a worker."""

from __future__ import annotations

import pickle

from litmus.executors.base import Job, Outcome, attempt, explain

__all__ = ["run_job"]


def run_job(payload: bytes, threads: int) -> bytes:
    """Run the job in `payload` with native thread pools held to `threads`; returns the pickled outcome."""
    from threadpoolctl import threadpool_limits

    try:
        job: Job = pickle.loads(payload)
    except Exception as error:
        return pickle.dumps(
            Outcome(Job(None, run_job), error=f"The job could not be read by a worker. {explain(error)}")
        )
    with threadpool_limits(threads):
        outcome = attempt(job)
    try:
        return _dumps(outcome)
    except Exception as error:
        return _dumps(
            Outcome(
                Job(job.key, run_job, group=job.group), error=f"The result could not be sent back. {explain(error)}"
            )
        )


def _dumps(outcome: Outcome) -> bytes:
    import cloudpickle

    return cloudpickle.dumps(outcome)
