"""Which processes a simulation has started."""

from __future__ import annotations

import os
from pathlib import Path

import psutil


def processes_in(folder: Path, program: str = "") -> list[int]:
    """The processes that were started with a path inside `folder`, and with `program` in their command."""
    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if str(folder) in command and program in command and process.pid != os.getpid():
            found.append(process.pid)
    return found
