"""Capture in a worker: the recorder that its configuration asks for, and `/feedback` for what came true."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from litmus.capture import CaptureRecorder, Feedback
from litmus.errors import ParameterError
from litmus.serve.body_budget import BodyBudget, HeldBody
from litmus.serve.config import CaptureConfig, LimitsConfig
from litmus.serve.refusal import Refusal
from litmus.serve.reply import FIXED_HEADERS
from litmus.serve.request_rows import read_body
from litmus.serve.responses import json_bytes
from litmus.serve.service import Service

__all__ = ["Capturing"]

_FEEDBACK_BYTES = 1024 * 1024
_LATER_SECONDS = "30"


class Capturing:
    """The recorder and the path `POST /feedback`; an `Extension` of `litmus.serve.hooks`.

    Args:
        folder: the endpoint's folder.
        config: what is captured.
        service: what the worker serves.

    Attributes:
        recorder: what requests are handed to.
    """

    def __init__(self, folder: Path, config: CaptureConfig, service: Service) -> None:
        self.recorder = CaptureRecorder(folder, share=config.share, max_bytes=config.max_bytes, masked=config.masked)
        self._feedback = Feedback(folder, max_bytes=config.max_bytes)
        self._limits = LimitsConfig(max_body_bytes=_FEEDBACK_BYTES)
        self._budget = BodyBudget(_FEEDBACK_BYTES)
        self.use(service)

    def use(self, service: Service) -> None:
        """Models that answer from now on."""
        variants = service.variants
        inputs = {name for each in variants for name in each.model.schema.inputs}
        self.recorder.know(
            inputs=inputs if variants and service.chooser is None else None,
            classes={each.name: each.keys for each in variants},
        )

    def routes(self, _: Service) -> Sequence[Route]:
        """The path."""
        return [Route("/feedback", self._take, methods=["POST"])]

    def start(self) -> None:
        """Begin to write."""
        self.recorder.start()

    def stop(self) -> None:
        """Write what is in memory."""
        self.recorder.stop()

    async def _take(self, request: Request) -> Response:
        with HeldBody(self._budget) as held:
            body = await read_body(request, self._limits, held)
        try:
            given = msgspec.json.decode(body)
            kept = await asyncio.to_thread(self._feedback.add, given)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refusal(400, f"The body is not valid JSON: {error}.") from None
        except ParameterError as error:
            raise Refusal(422, str(error)) from None
        except OSError as error:
            reason = f"The labels could not be kept ({error.strerror or error}); send them again later."
            raise Refusal(503, reason, {"Retry-After": _LATER_SECONDS}) from error
        return Response(json_bytes({"kept": kept}), 202, FIXED_HEADERS, "application/json")
