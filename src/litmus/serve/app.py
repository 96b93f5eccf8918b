"""The ASGI application: every path, for any ASGI server. Litmus' own server answers single rows before they get here."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from litmus.serve.answering import Answering
from litmus.serve.api_key import ApiKey
from litmus.serve.body_budget import HeldBody
from litmus.serve.config import MAX_BODY_BYTES, MAX_ROWS, TIMEOUT_SECONDS, LimitsConfig
from litmus.serve.openapi import openapi_document
from litmus.serve.page import page_response
from litmus.serve.reply import FIXED_HEADERS, Reply, error_reply
from litmus.serve.request_rows import read_body
from litmus.serve.responses import json_bytes
from litmus.serve.served import Served
from litmus.serve.service import service_of

__all__ = ["StarletteAsked", "answered", "application", "create_app", "guarded", "response_of"]

Endpoint = Callable[[Request], Awaitable[Response]]
_TARGETS = ("x-litmus-target", "x-amzn-sagemaker-target-variant", "x-amzn-sagemaker-target-model")


def create_app(
    model: Served,
    *,
    key: str | None,
    max_rows: int = MAX_ROWS,
    max_body_bytes: int = MAX_BODY_BYTES,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Starlette:
    """The application that answers for `model`.

    `POST /predict` and `POST /invocations` take one row as a JSON object, many as a list, or another form by content type;
    `GET /ping` and `GET /health` say that the server is up; `GET /openapi.json` describes it and `GET /docs` is a page
    to try it. All but `/ping`, `/health` and the empty page need the key.

    Args:
        model: what answers.
        key: what clients must send as `Authorization: Bearer <key>`; None lets everyone in.
        max_rows: rows in one request.
        max_body_bytes: bytes of a request's body.
        timeout_seconds: seconds a client may take to send its request, and seconds a prediction may take.

    Raises:
        ParameterError: when the key or a limit is not allowed.

    Example:
        >>> app = create_app(litmus.load("model.litmus"), key="secret")    # doctest: +SKIP
    """
    limits = LimitsConfig(max_rows=max_rows, max_body_bytes=max_body_bytes, timeout_seconds=timeout_seconds)
    gate = ApiKey(key)
    return application(Answering(service_of(model, limits=limits), gate=gate if gate.needed else None))


def application(answering: Answering, *, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The application around what answers.

    Args:
        answering: what answers; its service may be replaced meanwhile.
        routes: others; `guarded` puts them behind the gate.
    """
    endpoints = _Endpoints(answering)
    own = [
        Route("/predict", guarded(answering, endpoints.predict), methods=["POST"]),
        Route("/invocations", guarded(answering, endpoints.predict), methods=["POST"]),
        Route("/ping", answered(answering, endpoints.ping), methods=["GET"]),
        Route("/health", answered(answering, endpoints.ping), methods=["GET"]),
        Route("/openapi.json", guarded(answering, endpoints.openapi), methods=["GET"]),
        Route("/docs", answered(answering, endpoints.docs), methods=["GET"]),
    ]
    return Starlette(routes=[*own, *routes], exception_handlers={HTTPException: _no_route})


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


class _Endpoints:
    """What the paths of predictions do."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._document: tuple[Any, bytes] = (None, b"")

    async def predict(self, request: Request) -> Response:
        """Answer rows of any form."""
        answering = self._answering
        asked = StarletteAsked(request, answering)
        with HeldBody(answering.budget) as held:
            body = await read_body(request, answering.service.config.limits, held)
            reply = await answering.body_later(asked, body)
        return response_of(reply, asked.request_id)

    async def ping(self, _: Request) -> Response:
        """Say that the process is up."""
        return response_of(Reply(200, b'{"status":"ok"}'))

    async def openapi(self, _: Request) -> Response:
        """Describe the service of the moment."""
        service = self._answering.service
        if self._document[0] is not service:
            document = openapi_document(service, needs_key=self._answering.gate is not None)
            self._document = (service, json_bytes(document))
        return response_of(Reply(200, self._document[1]))

    async def docs(self, _: Request) -> Response:
        """The page."""
        return page_response()


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


async def _no_route(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    headers = getattr(error, "headers", None)
    path = request.url.path[:200]
    if status == 404:
        return response_of(error_reply(404, f"There is nothing at {path}; see /docs for what there is."))
    if status == 405:
        allowed = (headers or {}).get("Allow", "")
        return response_of(error_reply(405, f"{path} takes {allowed}, not {request.method}.", headers))
    return response_of(error_reply(status, str(getattr(error, "detail", "The request cannot be answered.")), headers))
