"""The ASGI application: every path, for any ASGI server. Litmus' own server answers single rows before they get here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from litmus.serve.answering import Answering
from litmus.serve.api_key import ApiKey
from litmus.serve.app_support import StarletteAsked, answered, guarded, response_of
from litmus.serve.body_budget import HeldBody
from litmus.serve.config import MAX_BODY_BYTES, MAX_ROWS, TIMEOUT_SECONDS, LimitsConfig
from litmus.serve.counters import read_counters
from litmus.serve.explaining import Explaining, is_asked_for
from litmus.serve.metrics_text import CONTENT_TYPE, metrics_text
from litmus.serve.openapi import openapi_document
from litmus.serve.page import page_response
from litmus.serve.reply import Reply, error_reply
from litmus.serve.request_rows import read_body
from litmus.serve.responses import json_bytes
from litmus.serve.served import Served
from litmus.serve.service import service_of
from litmus.serve.v2 import v2_routes

__all__ = ["application", "create_app"]


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
    `GET /ping` and `GET /health` say whether a prediction works; `/v2/…` speaks the Open Inference Protocol; `GET /openapi.json` describes it and `GET /docs` is a page
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


def application(answering: Answering, *, routes: Sequence[Route] = ()) -> Starlette:
    """The application around what answers.

    Args:
        answering: what answers; its service may be replaced meanwhile.
        routes: others, which stand behind the gate.
    """
    endpoints = _Endpoints(answering)
    own = [
        Route("/predict", guarded(answering, endpoints.predict), methods=["POST"]),
        Route("/invocations", guarded(answering, endpoints.predict), methods=["POST"]),
        Route("/models/{model}/predict", guarded(answering, endpoints.predict), methods=["POST"]),
        Route("/ping", answered(answering, endpoints.ping), methods=["GET"]),
        Route("/health", answered(answering, endpoints.ping), methods=["GET"]),
        Route("/openapi.json", guarded(answering, endpoints.openapi), methods=["GET"]),
        Route("/docs", answered(answering, endpoints.docs), methods=["GET"]),
        Route("/metrics", guarded(answering, endpoints.metrics), methods=["GET"]),
        *v2_routes(answering),
    ]
    others = [Route(each.path, guarded(answering, each.endpoint), methods=list(each.methods or ())) for each in routes]
    app = Starlette(routes=[*own, *others], exception_handlers={HTTPException: _no_route})
    app.router.redirect_slashes = False  # it would send clients to whatever host their request names
    return app


class _Endpoints:
    """What the paths of predictions do."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._explaining = Explaining(answering)
        self._document: tuple[Any, bytes] = (None, b"")

    async def predict(self, request: Request) -> Response:
        """Answer rows of any form."""
        answering = self._answering
        asked = StarletteAsked(request, answering, request.path_params.get("model"))
        with HeldBody(answering.budget) as held:
            explains = is_asked_for(request.query_params.get("explain"))
            body = await read_body(request, answering.service.config.limits, held)
            reply = await (self._explaining.reply(asked, body) if explains else answering.body_later(asked, body))
        return response_of(reply, asked.request_id)

    async def ping(self, _: Request) -> Response:
        """Say whether a real prediction works."""
        why = await self._answering.why_not_ready()
        return response_of(error_reply(503, why, {"Retry-After": "1"}) if why else Reply(200, b'{"status":"ok"}'))

    async def metrics(self, _: Request) -> Response:
        """What all workers of the endpoint counted."""
        answering = self._answering
        totals = answering.counters.read() if answering.folder is None else read_counters(answering.folder)
        versions = {each.name: each.version for each in [*answering.service.variants, *answering.service.shadows]}
        return response_of(Reply(200, metrics_text(totals, versions).encode("utf-8"), CONTENT_TYPE))

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


async def _no_route(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    headers = getattr(error, "headers", None)
    path = "".join(letter if letter.isprintable() else "?" for letter in request.url.path[:200])
    if status == 404:
        return response_of(error_reply(404, f"There is nothing at {path}; see /docs for what there is."))
    if status == 405:
        allowed = (headers or {}).get("Allow", "")
        return response_of(error_reply(405, f"{path} takes {allowed}, not {request.method}.", headers))
    return response_of(error_reply(status, str(getattr(error, "detail", "The request cannot be answered.")), headers))
