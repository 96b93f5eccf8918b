"""Requests that are answered later: a durable queue in an endpoint's folder, and the process that works through it."""

from litmus.asynchronous.process import run_asynchronous, waiting
from litmus.asynchronous.queue import Job, Queue, QueueFullError

__all__ = ["Job", "Queue", "QueueFullError", "run_asynchronous", "waiting"]
