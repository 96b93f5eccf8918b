"""`python -m litmus.serve MODEL`: `litmus serve`, started without the rest of the command line."""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded: answers take a thread each

from litmus.errors import LitmusError
from litmus.serve.command import serve_model

__all__ = ["main"]


def main() -> int:
    """Serve a model; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m litmus.serve",
        description="Answer predictions over HTTP, as `litmus serve` does, started as fast as it can be: for containers.",
    )
    parser.add_argument("model", metavar="MODEL", nargs="?", help="a model file, or a version from `litmus models`")
    parser.add_argument("--port", type=int, default=8080, help="the port; 0 takes a free one (default: 8080)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument(
        "--key", default=os.environ.get("LITMUS_KEY"), help="the key that callers must send (or LITMUS_KEY)"
    )
    parser.add_argument("--trust", action="store_true", help="allow a model that holds its author's own code to run it")
    parser.add_argument("--json", action="store_true", help="write the address and a key that was made as JSON")
    worker = parser.add_argument_group("as a worker of an endpoint, in place of MODEL")
    worker.add_argument("--config", metavar="FOLDER", help="the endpoint's folder")
    worker.add_argument("--slot", type=int, default=0, metavar="N", help="the worker's number")
    worker.add_argument("--listen-fd", type=int, metavar="FD", help="the number of the listening socket it inherits")
    given = parser.parse_args()
    if (given.model is None) == (given.config is None) or (given.config is not None and given.listen_fd is None):
        parser.error("give a MODEL, or --config FOLDER and --listen-fd FD")
    try:
        if given.config is not None:
            from litmus.serve.worker import main as work

            return work(given.config, given.slot, given.listen_fd)
        serve_model(
            given.model,
            host=given.host,
            port=given.port,
            key=given.key or None,
            trust=given.trust,
            as_json=given.json,
            say=_say,
        )
    except LitmusError as error:
        sys.stderr.write(f"litmus: {' '.join(str(error).split())}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("litmus: stopped.\n")
        return 130
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
