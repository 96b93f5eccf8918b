"""Giving freed memory back to the system: allocators keep what was freed for later, and other processes need it now."""

from __future__ import annotations

import sys

__all__ = ["give_back_memory"]


def give_back_memory() -> None:
    """Return the memory that this process has freed; where the system has no such call, nothing happens."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux":
        import contextlib
        import ctypes

        with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
            ctypes.CDLL(None).malloc_trim(0)
