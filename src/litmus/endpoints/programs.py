"""How an endpoint's processes are started."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["command", "environment"]

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def command(program: str, *arguments: object) -> list[str]:
    """The command that runs `main` of the module `litmus.endpoints.PROGRAM`."""
    here = Path(__file__).resolve()
    return [
        sys.executable,
        "-P",
        str(here.with_name("_process.py")),
        str(here.parents[2]),
        program,
        *map(str, arguments),
    ]


def environment(**others: str) -> Mapping[str, str]:
    """The variables of an endpoint's processes: libraries take one thread each, as there is a worker for each core."""
    ours = {name: os.environ.get(name, "1") for name in _ONE_THREAD}
    return {**os.environ, **ours, "PYTHONUNBUFFERED": "1", **others}
