"""Giving freed memory back to the system: allocators keep what was freed for later, and other processes need it now."""

from __future__ import annotations

import sys

__all__ = ["give_back_memory"]


_WORTH_IT = 4_000_000
"""Bytes that a piece of work passed through from which on giving memory back is worth its time (milliseconds)."""


def give_back_memory(passed: int = _WORTH_IT) -> None:
    """Return the memory that this process has freed; where the system has no such call, nothing happens.

    Args:
        passed: about how many bytes the work that has just ended took; after little work nothing is done.
    """
    if passed < _WORTH_IT:
        return
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux":
        import contextlib
        import ctypes

        with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
            ctypes.CDLL(None).malloc_trim(0)
