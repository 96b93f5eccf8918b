"""`python -m litmus.asynchronous FOLDER`: answer what waits in the queue of an endpoint's folder."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded

from litmus.asynchronous.process import run_asynchronous
from litmus.errors import LitmusError


def main() -> int:
    """Work through the queue; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m litmus.asynchronous", description="Answer what waits in a queue.")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the endpoint's folder")
    parser.add_argument("--slot", type=int, default=0, help="which of the endpoint's processes this is (default: 0)")
    parser.add_argument(
        "--idle", type=float, default=None, metavar="SECONDS",
        help="end after so long without work; default: 10, and never where the endpoint keeps a minimum",
    )  # fmt: skip
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    try:
        run_asynchronous(given.folder, given.slot, idle_seconds=given.idle)
    except LitmusError as error:
        sys.stderr.write(f"litmus: {' '.join(str(error).split())}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
