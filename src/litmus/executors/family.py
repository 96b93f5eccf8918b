"""The processes that a process started, and those that they started."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import psutil

__all__ = ["children_of", "clears_up", "descendants_of", "inherit_orphans"]

_PR_SET_CHILD_SUBREAPER = 36


def inherit_orphans() -> None:
    """Make this process the parent of descendants whose own parent dies, so that none gets out of sight (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children_of(pid: int) -> list[int]:
    """The process ids of the children; none when the process has ended."""
    try:
        files = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for file in files for child in (file / "children").read_text().split()]
    except OSError:
        pass  # no such list in this system, or a thread has ended meanwhile
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def descendants_of(pid: int) -> list[int]:
    """The process ids of children, their children and so on; parents come before their children."""
    found: list[int] = []
    ahead = children_of(pid)
    while ahead:
        child = ahead.pop(0)
        if child not in found:
            found.append(child)
            ahead += children_of(child)
    return found


def clears_up(pid: int) -> bool:
    """Whether it is the process in which Python unlinks shared memory that its owner forgot, or has ended."""
    try:
        return any("resource_tracker" in word for word in psutil.Process(pid).cmdline())
    except psutil.Error:
        return True
