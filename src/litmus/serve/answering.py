"""From a request to its reply, whichever server and protocol carry them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import logging
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from litmus.errors import DataError, PredictionError
from litmus.serve.admission import Admission
from litmus.serve.body_budget import BodyBudget
from litmus.serve.counters import Counters
from litmus.serve.event_file import add_event
from litmus.serve.hooks import Gate, Recorder
from litmus.serve.media_types import Form, answer_form, body_form
from litmus.serve.refusal import Refusal
from litmus.serve.reply import JSON, Reply, RequestIds, error_reply
from litmus.serve.request_rows import parse_json, parse_rows
from litmus.serve.responses import answers_reply, json_bytes, one_answer
from litmus.serve.served import Answers
from litmus.serve.service import Service, Variant
from litmus.serve.shadowing import Shadowing

__all__ = ["SLOW_SECONDS", "Answering", "Asked", "Failed", "Rows", "refused"]

_log = logging.getLogger("litmus.serve")
SLOW_SECONDS = 0.02
_AT_ONCE = 4
_ANY = ("", "*/*", JSON)
_READY_SECONDS = 1.0
_CHECK_SECONDS = 10.0
_INLINE_BYTES = 64 * 1024
_LARGE_BYTES = 1024 * 1024
_NO_REQUESTS = (401, 403, 404, 429, 503)  # what no model was asked
Rows = dict[str, Any] | list[dict[str, Any]]


class Asked(Protocol):
    """What is read of a request for predictions.

    Attributes:
        arrived: when, in seconds of `time.perf_counter()`.
        request_id: as the answer carries it.
        target: the variant or model that it names, or None.
        content_type, accept: the headers, empty when there are none.
    """

    arrived: float
    request_id: bytes
    target: str | None
    content_type: str
    accept: str


class Failed(Exception):  # noqa: N818 (a note that an error is counted, on its way to the client)
    """An error that the counters of the variant have."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Answering:
    """Answers requests with the service of the moment.

    All its methods are called in the event loop, one at a time; predictions that take long run in threads.

    Args:
        service: what answers; it may be replaced at any time, and requests keep the one they began with.
        gate: who may ask; None lets everyone in.
        counters: what is counted.
        recorder: gets requests and answers; None keeps nothing.
        folder: of the endpoint, whose other workers are counted too; None when there are none.

    Attributes:
        service, gate, counters, recorder, folder: these.
        ids: names requests.
        in_threads: predictions that run in threads or wait for one.
        budget: the memory for bodies.
    """

    def __init__(
        self,
        service: Service,
        *,
        gate: Gate | None = None,
        counters: Counters | None = None,
        recorder: Recorder | None = None,
        folder: Path | None = None,
    ) -> None:
        self.folder = folder
        self.gate = gate
        self.counters = Counters.in_memory() if counters is None else counters
        self.service = service
        self.recorder = recorder
        self.ids = RequestIds()
        self.shadowing = Shadowing(self.counters, None if folder is None else functools.partial(add_event, folder))
        self.in_threads = 0
        self.budget = BodyBudget(service.config.limits.max_body_bytes)
        self._admission = Admission()
        self._large = threading.Lock()
        self._threads: concurrent.futures.ThreadPoolExecutor | None = None
        self._checked = (0.0, "")
        self.use(service)

    def use(self, service: Service) -> None:
        """Answer with this service from now on; requests that are under way keep the one before."""
        for each in [*service.variants, *service.shadows]:
            each.counters(self.counters)  # made here, as threads may not
        self.service = service
        self._checked = (0.0, "")

    async def why_not_ready(self) -> str:
        """Why a real prediction does not work, as one sentence; empty when it does. Asked at most once a second."""
        at, sentence = self._checked
        if time.monotonic() < at + _READY_SECONDS:
            return sentence
        try:  # not among the threads of predictions, which may all be at work: busy is not broken
            async with asyncio.timeout(_CHECK_SECONDS):
                await asyncio.to_thread(self.service.check_ready)
            sentence = ""
        except Exception as error:
            sentence = f"The model does not answer its own sample row ({type(error).__name__}); see the server's log."
            _log.exception("Not ready")
        self._checked = (time.monotonic(), sentence)
        return sentence

    def row_now(self, asked: Asked, body: bytes) -> Reply | Rows:
        """Answer one row of JSON here and now, which costs less than a thread; else give the rows to `rows_later`.

        Raises:
            Refusal, PredictionError, DataError: as `refused` takes them.
        """
        service = self.service
        rows = parse_json(body, service.config.limits)
        variant = self.variant_now(service, asked, rows)
        if variant is None or variant.row_seconds > SLOW_SECONDS:
            return rows
        started = time.perf_counter()
        try:
            answers = variant.model.answer(rows)
        except Exception as error:
            raise self.counted(variant, asked, time.perf_counter() - started, error) from error
        seconds = time.perf_counter() - started
        variant.row_seconds += 0.2 * (seconds - variant.row_seconds)
        return self.row_reply((service, variant), asked, rows, answers, seconds)

    @staticmethod
    def variant_now(service: Service, asked: Asked, rows: Rows) -> Variant | None:
        """The variant for one plain row whose answer is JSON; None for what `rows_later` answers.

        Raises:
            Refusal: as `Service.choose`.
        """
        if type(rows) is not dict or asked.accept not in _ANY:
            return None
        for value in rows.values():
            if type(value) is list:  # alone, a dict of lists would be a table
                return None
        return service.choose(asked.target)

    def row_reply(
        self, chosen: tuple[Service, Variant], asked: Asked, row: Rows, answers: Answers, seconds: float
    ) -> Reply:
        """The reply for one row, which is counted."""
        variant = chosen[1]
        body = json_bytes(one_answer(answers, variant.keys, variant.version))
        self._answered(chosen, asked, row, answers, seconds)
        return Reply(200, body, JSON, variant.headers)

    def _count(self, variant: Variant, asked: Asked, seconds: float, status_class: int, rows: int) -> None:
        overhead = time.perf_counter() - asked.arrived - seconds
        variant.counters(self.counters).observe(seconds, max(0.0, overhead), status_class, rows)

    def counted(self, variant: Variant, asked: Asked, seconds: float, error: Exception) -> Failed:
        """An error that a variant raised, counted."""
        self._count_error(variant, asked, seconds, error)
        return Failed(error)

    def _count_error(self, variant: Variant, asked: Asked, seconds: float, error: BaseException) -> None:
        mistake = isinstance(error, PredictionError | DataError) or (isinstance(error, Refusal) and error.status < 500)
        self._count(variant, asked, seconds, 4 if mistake else 5, 0)

    def failed(self, asked: Asked, error: BaseException) -> Reply:
        """What a client is told of an error, which is counted; no traceback reaches the client."""
        if isinstance(error, Failed):
            return refused(error.error, asked.request_id)
        main = self.service.main
        if main is not None and not (isinstance(error, Refusal) and error.status in _NO_REQUESTS):
            self._count_error(main, asked, 0.0, error)
        return refused(error, asked.request_id)

    def _answered(
        self, chosen: tuple[Service, Variant], asked: Asked, rows: Rows, answers: Answers, seconds: float
    ) -> None:
        """Count an answer, hand it to the recorder, and a copy of the rows to the shadows."""
        service, variant = chosen
        n_rows = 1 if isinstance(rows, dict) else len(rows)
        self._count(variant, asked, seconds, 2, n_rows)
        if service.shadows:
            self.shadowing.copy(service.shadows, variant, rows, answers)
        if self.recorder is not None:
            listed = [rows] if isinstance(rows, dict) else rows
            self.recorder.record(
                asked.request_id.decode("ascii"), variant.name, variant.version,
                rows=listed, answers=answers, seconds=seconds,
            )  # fmt: skip

    async def body_later(self, asked: Asked, body: bytes) -> Reply:
        """Answer a body of any form; parsing and predicting run in a thread.

        Raises:
            Refusal, PredictionError, DataError: as `refused` takes them.
        """
        form = body_form(asked.content_type)
        if form == "json" and len(body) <= _INLINE_BYTES:
            found = self.row_now(asked, body)
            return found if isinstance(found, Reply) else await self.rows_later(asked, found)
        return await self.rows_later(asked, functools.partial(self._parse, form, body), form)

    def _parse(self, form: Form, body: bytes) -> Rows:
        limits = self.service.config.limits
        if len(body) < _LARGE_BYTES:
            return parse_rows(form, body, limits)
        with self._large:  # what a large body becomes takes many times its size: one at a time
            return parse_rows(form, body, limits)

    async def rows_later(self, asked: Asked, rows: Rows | Callable[[], Rows], form: Form = "json") -> Reply:
        """Answer rows in a thread, so that other requests are answered meanwhile.

        Raises:
            Refusal, PredictionError, DataError: as `refused` takes them.
        """
        given, variant, answers = await self.predicted(asked, rows)
        encode = functools.partial(
            answers_reply, answer_form(asked.accept, form), answers, variant, one=isinstance(given, dict)
        )
        reply = await self.in_thread(encode) if isinstance(given, list) and len(given) > 100 else encode()
        reply.headers = {**variant.headers, **reply.headers}
        return reply

    async def predicted(self, asked: Asked, rows: Rows | Callable[[], Rows]) -> tuple[Rows, Variant, Answers]:
        """The rows, the variant that was chosen, and its answers, counted; other protocols write them in their own way.

        Raises:
            Refusal, PredictionError, DataError: as `refused` takes them.
        """
        service = self.service
        self._check_turn(service)
        variant = service.choose(asked.target)
        if variant is None:
            variant = await self.in_thread(functools.partial(service.load, asked.target))
        timed = _Timed(variant, rows)
        try:
            given, answers = await self.in_thread(timed)
        except Exception as error:
            raise self.counted(variant, asked, timed.seconds, error) from error
        if isinstance(given, dict):
            variant.row_seconds += 0.2 * (timed.seconds - variant.row_seconds)
        self._answered((service, variant), asked, given, answers, timed.seconds)
        return given, variant, answers

    def _check_turn(self, service: Service) -> None:
        seconds = 0.0 if service.main is None else service.main.row_seconds / _AT_ONCE
        if not self._admission.lets_in(self.in_threads - _AT_ONCE, service.config.limits.max_waiting, seconds):
            self.reject()
            raise Refusal(
                503, "Too many requests wait for their turn; send it again in a second.", {"Retry-After": "1"}
            )

    def reject(self) -> None:
        """Count a request that is turned down because too many wait."""
        self.counters.rejected()
        main = self.service.main
        if main is not None:
            main.counters(self.counters).rejected()

    async def in_thread(self, work: Callable[[], Any]) -> Any:
        """Do something beside the loop, within the time that a prediction may take.

        Raises:
            Refusal: 503 when it takes longer.
        """
        if self._threads is None:
            self._threads = concurrent.futures.ThreadPoolExecutor(_AT_ONCE, "litmus-predict")
        seconds = self.service.config.limits.timeout_seconds
        self.in_threads += 1
        future = self._threads.submit(work)
        future.add_done_callback(functools.partial(self._left, asyncio.get_running_loop()))
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            future.cancel()
            raise Refusal(
                503,
                f"The prediction took longer than {seconds:g} seconds; send fewer rows in one request.",
                {"Retry-After": "1"},
            ) from None

    def _left(self, loop: asyncio.AbstractEventLoop, _: object) -> None:
        """A prediction that was given up still holds its thread; it waits no more when it ends."""
        try:
            loop.call_soon_threadsafe(self._left_now)
        except RuntimeError:  # the loop has closed
            self._left_now()

    def _left_now(self) -> None:
        self.in_threads -= 1

    def close(self) -> None:
        """End the threads; what they work on is given up."""
        self.shadowing.close()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


class _Timed:
    """A prediction and the seconds that the model took; parsing in the same thread is not among them."""

    def __init__(self, variant: Variant, rows: Rows | Callable[[], Rows]) -> None:
        self.variant = variant
        self.rows = rows
        self.seconds = 0.0

    def __call__(self) -> tuple[Rows, Answers]:
        rows = self.rows() if callable(self.rows) else self.rows
        one = isinstance(rows, dict) and any(isinstance(value, list) for value in rows.values())
        started = time.perf_counter()
        try:
            return rows, self.variant.model.answer([rows] if one else rows)
        finally:
            self.seconds = time.perf_counter() - started


def refused(error: BaseException, request_id: bytes) -> Reply:
    """What a client is told of an error: no traceback reaches it."""
    if isinstance(error, Failed):
        error = error.error
    if isinstance(error, Refusal):
        return error_reply(error.status, error.sentence, error.headers)
    if isinstance(error, PredictionError | DataError):
        return error_reply(422, str(error))
    incident = secrets.token_hex(8)
    _log.error("Request %s failed, id %s", request_id.decode("ascii"), incident, exc_info=error)
    return error_reply(500, "The server failed on this request; its log has the reason under this id.", id=incident)
