"""Between Starlette's requests and responses and what answers them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from litmus.serve.answering import Answering
from litmus.serve.reply import FIXED_HEADERS, Reply

__all__ = ["Endpoint", "StarletteAsked", "answered", "guarded", "response_of"]

Endpoint = Callable[[Request], Awaitable[Response]]
_TARGETS = ("x-litmus-target", "x-amzn-sagemaker-target-variant", "x-amzn-sagemaker-target-model")


class StarletteAsked:
    """A request as `Answering` reads it; see `litmus.serve.answering.Asked`."""

    def __init__(self, request: Request, answering: Answering, target: str | None = None) -> None:
        headers = request.headers
        self.arrived: float = request.scope.get("litmus.arrived") or time.perf_counter()
        given = headers.get("x-request-id")
        known = request.scope.get("litmus.request_id")
        self.request_id: bytes = known or answering.ids.of(None if given is None else given.encode("latin-1"))
        request.scope["litmus.request_id"] = self.request_id
        self.target = (
            target if target is not None else next((headers[name] for name in _TARGETS if name in headers), None)
        )
        self.content_type = headers.get("content-type", "")
        self.accept = headers.get("accept", "")


def response_of(reply: Reply, request_id: bytes | None = None) -> Response:
    """A reply as Starlette sends it."""
    headers = {**FIXED_HEADERS, **reply.headers}
    if request_id is not None:
        headers["x-request-id"] = request_id.decode("ascii")
    return Response(reply.body, reply.status, headers, reply.media_type)


def guarded(answering: Answering, endpoint: Endpoint) -> Endpoint:
    """The endpoint for those whom the gate lets through, with every outcome turned into a response."""

    async def checked(request: Request) -> Response:
        if answering.gate is not None:
            given = request.headers.get("authorization")
            client = request.client.host if request.client is not None else ""
            answering.gate.check(None if given is None else given.encode("latin-1"), client)
        return await endpoint(request)

    return answered(answering, checked)


def answered(answering: Answering, endpoint: Endpoint) -> Endpoint:
    """The endpoint with every outcome turned into a response: no traceback reaches a client."""

    async def safely(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except Exception as error:
            asked = StarletteAsked(request, answering)
            return response_of(answering.failed(asked, error), asked.request_id)

    return safely
