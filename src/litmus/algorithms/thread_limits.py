"""Keeping BLAS and OpenMP inside NumPy and scikit-learn to the threads that were granted."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["limit_threads"]


def limit_threads(threads: int) -> AbstractContextManager[Any]:
    """A context in which the numerical libraries of this process use at most `threads` threads."""
    limiter: AbstractContextManager[Any] = _controller().limit(limits=threads)
    return limiter


@functools.cache
def _controller() -> Any:
    """The loaded libraries; looking for them takes milliseconds, so it is done once, when scikit-learn is loaded."""
    import sklearn.utils
    from threadpoolctl import ThreadpoolController

    del sklearn
    return ThreadpoolController()
