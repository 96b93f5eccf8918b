"""A server whose model takes as long for many rows as for one, for the tests of overload and of predicting together.

Arguments: options as JSON: seconds, and those of `ServiceConfig`. Says its port on standard output.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import msgspec
import numpy as np
from small_served import Adults, Answers

from litmus.errors import PredictionError
from litmus.serve.address import listen
from litmus.serve.answering import Answering
from litmus.serve.app import application
from litmus.serve.config import BatchingConfig, LimitsConfig
from litmus.serve.event_loop import run_loop, stop_on_signals
from litmus.serve.http_server import HttpServer
from litmus.serve.service import service_of


class Constant(Adults):
    """Says how many rows it was asked for at once; a negative age is a mistake."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def answer(self, rows):
        time.sleep(self.seconds)
        listed = [rows] if isinstance(rows, dict) else rows
        if any(row["age"] < 0 for row in listed):
            raise PredictionError("Column 'age' must not be negative.")
        return Answers([len(listed)] * len(listed), np.array([[0.0, row["age"]] for row in listed]))


def main() -> None:
    options = json.loads(sys.argv[1])
    service = service_of(
        Constant(options["seconds"]),
        limits=msgspec.convert(options.get("limits", {}), LimitsConfig),
        batching=msgspec.convert(options.get("batching"), BatchingConfig | None),
    )
    if options.get("measure"):
        service.variants[0].measure()
    answering = Answering(service)
    with listen("127.0.0.1", 0) as listener:
        server = HttpServer(answering, application(answering), listener)

        async def serve() -> None:
            stop_on_signals(lambda: server.stop(seconds=5))
            running = asyncio.ensure_future(server.run())
            print(listener.getsockname()[1], flush=True)
            await running

        run_loop(serve())


if __name__ == "__main__":
    main()
