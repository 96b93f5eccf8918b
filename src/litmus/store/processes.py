"""Which process does something, so that others can tell whether it still does."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["is_gone", "this_process"]


def this_process() -> dict[str, Any]:
    """The machine, this process, and when it was born, which another one with its number was not."""
    return {"machine": socket.gethostname(), "pid": os.getpid(), "born": _born(os.getpid())}


def is_gone(process: Mapping[str, Any]) -> bool:
    """Whether a process of this machine has ended; of others nothing is known.

    Example:
        >>> is_gone(this_process())
        False
    """
    pid = process.get("pid")
    if process.get("machine") != socket.gethostname() or not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return process.get("born") not in {None, _born(pid)}


def _born(pid: int) -> str | None:
    """The start of a process since the machine was started, in its ticks; None where the system does not tell."""
    with contextlib.suppress(OSError, IndexError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
        return f"{boot}-{Path(f'/proc/{pid}/stat').read_text(encoding='utf-8').rpartition(')')[2].split()[19]}"
    return None
