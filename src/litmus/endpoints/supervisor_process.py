"""The program of a supervisor: it goes into the background and looks after one endpoint until it is told to stop."""

from __future__ import annotations

import contextlib
import os
import socket
import traceback
from collections.abc import Sequence
from pathlib import Path

import msgspec

from litmus.endpoints.state import read_state, write_state
from litmus.endpoints.supervisor import Supervisor

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Arguments: the endpoint's folder, and the numbers of its listening socket and of its lock, both open."""
    folder, listener, lock = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    if os.fork():  # whoever deploys has no child to wait for, and none that stays behind as a zombie
        os._exit(0)
    os.set_inheritable(lock, False)
    os.set_inheritable(listener, False)
    try:
        return Supervisor(folder, socket.socket(fileno=listener), lock).run()
    except Exception as error:
        traceback.print_exc()
        with contextlib.suppress(OSError):
            message = f"The supervisor failed ({type(error).__name__}: {' '.join(str(error).split())[:300]})."
            write_state(folder, msgspec.structs.replace(read_state(folder), status="failed", message=message, pid=0))
        return 1
