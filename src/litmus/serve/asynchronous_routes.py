"""`/async`: requests that are queued and answered later by another process."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from litmus.asynchronous.full_disk import QueueDiskError
from litmus.asynchronous.media import content_type_of, media_type_of
from litmus.asynchronous.places import allowed_place
from litmus.asynchronous.queue import Job, Queue, QueueFullError
from litmus.errors import ParameterError
from litmus.serve.body_budget import BodyBudget, HeldBody
from litmus.serve.config import AsynchronousConfig, ServiceConfig
from litmus.serve.refusal import Refusal
from litmus.serve.reply import FIXED_HEADERS
from litmus.serve.request_rows import read_body
from litmus.serve.responses import json_bytes
from litmus.serve.service import Service

__all__ = ["AsynchronousRoutes"]

Answer = TypeVar("Answer")
_BUSY_SECONDS = "10"
_FULL_SECONDS = "30"
_FINISHED = ("done", "failed", "cancelled", "expired")


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A request whose rows are elsewhere."""

    input: str
    output: str | None = None
    content_type: str | None = None
    keep: bool = False


class AsynchronousRoutes:
    """The paths of asynchronous requests; an `Extension` of `litmus.serve.hooks`.

    `POST /async` takes rows of any form that `/predict` takes, or `{"input": URI, "output": URI}`, and answers 202 with
    the request's id; `GET /async/ID` says how it is, `GET /async/ID/result` gives the result, `DELETE /async/ID` cancels it.

    Args:
        folder: the endpoint's folder.
        config: what it serves.
    """

    def __init__(self, folder: Path, config: ServiceConfig) -> None:
        settings = config.asynchronous or AsynchronousConfig(workers=1)
        self._settings = settings
        self._limits = config.limits
        self._budget = BodyBudget(config.limits.max_body_bytes)
        self._queue = Queue(folder, max_waiting=settings.max_waiting, keep_seconds=settings.keep_seconds)

    def routes(self, _: Service) -> Sequence[Route]:
        """The paths."""
        return [
            Route("/async", self._submit, methods=["POST"]),
            Route("/async/{identity}", self._status, methods=["GET"]),
            Route("/async/{identity}", self._cancel, methods=["DELETE"]),
            Route("/async/{identity}/result", self._result, methods=["GET"]),
        ]

    def start(self) -> None:
        """Nothing: another process answers."""

    def stop(self) -> None:
        """Let go of the queue."""
        self._queue.close()

    async def _submit(self, request: Request) -> Response:
        with HeldBody(self._budget) as held:
            body = await read_body(request, self._limits, held)
            try:
                kind = content_type_of(request.headers.get("content-type", ""))
            except ParameterError as error:
                raise Refusal(415, str(error)) from error
            asked = _asked_elsewhere(body) if kind == "application/json" else None
            try:
                if asked is None:
                    submit = functools.partial(self._queue.submit, body, content_type=kind)
                else:
                    submit = functools.partial(self._queue.submit, None, **self._named(asked))
                name = request.headers.get("idempotency-key")
                if name is not None and not 0 < len(name) <= 200:
                    raise Refusal(400, "The Idempotency-Key must have at most 200 signs.")
                job = await _in_thread(functools.partial(submit, same_as=name))
            except QueueFullError as error:
                raise Refusal(503, str(error), {"Retry-After": _BUSY_SECONDS}) from error
            except ParameterError as error:
                raise Refusal(422, str(error)) from error
        return _described(job, 202, {"Location": f"/async/{job.id}"})

    def _named(self, asked: _Asked) -> dict[str, Any]:
        """The places of a request, when they are allowed."""
        place = allowed_place(asked.input, self._settings.inputs, what="input")
        output = None if asked.output is None else allowed_place(asked.output, self._settings.outputs, what="output")
        return {"content_type": asked.content_type or "", "input": place, "output": output, "keep": asked.keep}

    async def _status(self, request: Request) -> Response:
        return _described(await self._job(request), 200)

    async def _cancel(self, request: Request) -> Response:
        job = await _in_thread(functools.partial(self._queue.cancel, request.path_params["identity"]))
        if job is None:
            raise _unknown()
        return _described(job, 200)

    async def _result(self, request: Request) -> Response:
        job = await self._job(request)
        if job.status not in _FINISHED:
            raise Refusal(409, f"The request is {job.status}; ask again later.", {"Retry-After": "1"})
        if job.status != "done":
            raise Refusal(422 if job.status == "failed" else 410, job.error or f"The request is {job.status}.")
        if job.output is not None:
            raise Refusal(409, f"The result is at {job.output}, where the request wanted it.")
        file = self._queue.result(job)
        if not file.exists():
            raise _unknown()
        headers = {**FIXED_HEADERS, "x-litmus-model": (job.model or "").encode("ascii", "replace").decode()}
        return FileResponse(file, media_type=media_type_of(job), headers=headers)

    async def _job(self, request: Request) -> Job:
        job = await _in_thread(functools.partial(self._queue.get, request.path_params["identity"]))
        if job is None:
            raise _unknown()
        return job


def _unknown() -> Refusal:
    return Refusal(404, "There is no asynchronous request of that id, or it is kept no longer.")


async def _in_thread(work: Callable[[], Answer]) -> Answer:
    """The queue is on disk, and may be busy for a moment."""
    try:
        return await asyncio.to_thread(work)
    except QueueDiskError as error:
        sentence = "The server's disk is full, so that nothing can be queued or changed there; send it again later."
        raise Refusal(503, sentence, {"Retry-After": _FULL_SECONDS}) from error


def _asked_elsewhere(body: bytes) -> _Asked | None:
    """The places that a request names instead of sending rows; None when it sends rows."""
    if len(body) > 16_384:
        return None
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # what is wrong with it the job will say
    if (
        not isinstance(found, dict)
        or not isinstance(found.get("input"), str)
        or not found.keys() <= set(_Asked.__struct_fields__)
    ):
        return None
    try:
        return msgspec.convert(found, _Asked)
    except msgspec.ValidationError as error:
        raise Refusal(422, f"The request is not understood: {error}.") from None


def _described(job: Job, status: int, headers: dict[str, str] | None = None) -> Response:
    """What is told of a job."""
    held: dict[str, Any] = {"id": job.id, "status": job.status, "created": job.created, "expires": job.expires}
    held["result"] = job.output or f"/async/{job.id}/result"
    for name in ("started", "finished", "rows", "model", "error"):
        value = getattr(job, name)
        if value is not None:
            held[name] = value
    return Response(json_bytes(held), status, {**FIXED_HEADERS, **(headers or {})}, "application/json")
