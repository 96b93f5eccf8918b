"""Which process a number meant: numbers are used again, and a machine that restarts begins anew."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
from pathlib import Path

__all__ = ["adopt_orphans", "born", "is_alive", "send_signal"]

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


def born(pid: int) -> str:
    """What tells a running process from every other that had or will have its number; "" when there is none.

    Example:
        >>> import os
        >>> is_alive(os.getpid(), born(os.getpid()))
        True
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        boot = _boot()
    except OSError:
        return "" if Path("/proc/self/stat").exists() else _born_elsewhere(pid)
    return "" if fields[0] in (b"Z", b"X") else f"{boot[:8]}-{int(fields[19])}"


@functools.cache
def _boot() -> str:
    """Which start of the machine this is."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _born_elsewhere(pid: int) -> str:
    """The same where there is no /proc."""
    import psutil

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return f"{process.create_time():.2f}"
    return ""


def is_alive(pid: int, birth: str) -> bool:
    """Whether the process that `born` told of still runs."""
    return bool(birth) and born(pid) == birth


def send_signal(pid: int, birth: str, number: int = signal.SIGTERM) -> bool:
    """Send a signal to that process and to no other; False when it has ended."""
    if not is_alive(pid, birth):
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
        return True
    return False


def adopt_orphans() -> None:
    """Become the parent of what this process' children leave behind, where the system knows that (Linux)."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)
