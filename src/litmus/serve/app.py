"""The HTTP application of one model."""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from litmus.errors import DataError, PredictionError
from litmus.serve.api_key import ApiKey
from litmus.serve.limits import Limits
from litmus.serve.openapi import openapi_document
from litmus.serve.page import page_response
from litmus.serve.refusal import Refusal
from litmus.serve.request_rows import is_csv, parse_csv, parse_json, read_body
from litmus.serve.responses import csv_response, json_response, label_text, many_answers, one_answer
from litmus.serve.served import Answers, Served

__all__ = ["create_app"]

_log = logging.getLogger("litmus.serve")
_SLOW_SECONDS = 0.02
_BATCHES_AT_ONCE = 4
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    model: Served,
    *,
    key: str | None,
    max_rows: int = Limits.max_rows,
    max_body_bytes: int = Limits.max_body_bytes,
    timeout_seconds: float = Limits.timeout_seconds,
) -> Starlette:
    """The application that answers for `model`.

    `POST /predict` and `POST /invocations` take one row as a JSON object, many as a list, or CSV;
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
    limits = Limits(max_rows=max_rows, max_body_bytes=max_body_bytes, timeout_seconds=timeout_seconds)
    guard = ApiKey(key)
    predict = _guarded(Predict(model, limits), guard)
    document = openapi_document(model, limits, needs_key=guard.needed)

    async def openapi(_: Request) -> Response:
        return json_response(document)

    async def ping(_: Request) -> Response:
        return json_response({"status": "ok"})

    async def docs(_: Request) -> Response:
        return page_response()

    return Starlette(
        routes=[
            Route("/predict", predict, methods=["POST"]),
            Route("/invocations", predict, methods=["POST"]),
            Route("/ping", _answered(ping), methods=["GET"]),
            Route("/health", _answered(ping), methods=["GET"]),
            Route("/openapi.json", _guarded(openapi, guard), methods=["GET"]),
            Route("/docs", _answered(docs), methods=["GET"]),
        ],
        exception_handlers={HTTPException: _no_route},
    )


class Predict:
    """The endpoint that predicts."""

    def __init__(self, model: Served, limits: Limits) -> None:
        self._model = model
        self._limits = limits
        self._keys = [label_text(label) for label in model.classes]
        self._name = model.version or model.name
        self._row_seconds = 0.0
        self._threads: anyio.CapacityLimiter | None = None

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        csv = is_csv(request)
        body = await read_body(request, self._limits)
        if csv:
            answers = await self._in_thread(lambda: parse_csv(body, self._limits))
            return csv_response(answers, self._keys, self._name)
        rows = parse_json(body, self._limits)
        if isinstance(rows, dict):
            return json_response(one_answer(await self._one(rows), self._keys, self._name))
        return json_response(many_answers(await self._in_thread(lambda: rows), self._keys, self._name))

    async def _one(self, row: dict[str, Any]) -> Answers:
        """A single row is predicted here and now: moving it to a thread would cost more than most models take."""
        if any(isinstance(value, list) for value in row.values()):
            return await self._in_thread(lambda: [row])  # alone, a dict of lists would be a table
        if self._row_seconds > _SLOW_SECONDS:
            return await self._in_thread(lambda: row)
        start = time.perf_counter()
        answers = self._model.answer(row)
        self._row_seconds += 0.2 * (time.perf_counter() - start - self._row_seconds)
        return answers

    async def _in_thread(self, rows: Callable[[], Any]) -> Answers:
        """Parse and predict beside the event loop, so that other requests are answered meanwhile."""
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(_BATCHES_AT_ONCE)
        work = functools.partial(anyio.to_thread.run_sync, abandon_on_cancel=True, limiter=self._threads)
        try:
            async with asyncio.timeout(self._limits.timeout_seconds):
                return await work(lambda: self._model.answer(rows()))
        except TimeoutError:
            raise Refusal(
                503,
                f"The prediction took longer than {self._limits.timeout_seconds:g} seconds; send fewer rows in one request.",
                {"Retry-After": "1"},
            ) from None


def _guarded(endpoint: Endpoint, guard: ApiKey) -> Endpoint:
    """The endpoint for those who have the key."""

    async def checked(request: Request) -> Response:
        guard.check(request)
        return await endpoint(request)

    return _answered(checked)


def _answered(endpoint: Endpoint) -> Endpoint:
    """The endpoint with every outcome turned into a response: no traceback reaches a client."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as refusal:
            return json_response({"error": refusal.sentence}, refusal.status, refusal.headers)
        except (PredictionError, DataError) as error:
            return json_response({"error": str(error)}, 422)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except Exception:
            incident = secrets.token_hex(8)
            _log.exception("Request failed, id %s", incident)
            return json_response(
                {"error": "The server failed on this request; its log has the reason under this id.", "id": incident},
                500,
            )

    return answered


async def _no_route(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    headers = getattr(error, "headers", None)
    if status == 404:
        return json_response({"error": f"There is nothing at {request.url.path}; see /docs for what there is."}, 404)
    if status == 405:
        allowed = (headers or {}).get("Allow", "")
        return json_response({"error": f"{request.url.path} takes {allowed}, not {request.method}."}, 405, headers)
    return json_response({"error": str(getattr(error, "detail", "The request cannot be answered."))}, status, headers)
