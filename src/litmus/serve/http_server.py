"""The HTTP server of one process: connections, the queue of requests that wait for their turn, and time limits.

Most requests ask for the prediction of one row. They are answered here from the parsed head and body, without the rest of
the application (`asgi`), which answers everything else. A request that has arrived joins a queue, which is worked off for a
few milliseconds at a time; in between, whatever has arrived is read, and turned down at once when the queue is full.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections import deque
from typing import Any

from litmus.serve.admission import Admission
from litmus.serve.answering import SLOW_SECONDS, Answering
from litmus.serve.asgi import AsgiApp, run_asgi
from litmus.serve.connection import Connection, Request
from litmus.serve.reply import Reply, error_reply
from litmus.serve.request_rows import parse_json
from litmus.serve.served import Answers
from litmus.serve.service import Service
from litmus.serve.siblings import Siblings
from litmus.serve.together import RowOf, answers_of, groups_of, most_together
from litmus.serve.turned_away import FULL, is_whole_prediction

__all__ = ["HttpServer"]

CONNECTIONS = 1_000
_HEAD_SECONDS = 10.0
_IDLE_SECONDS = 75.0
_SWEEP_SECONDS = 0.2
_SLICE_SECONDS = 0.004
_TELL_SECONDS = 0.02  # until a request that is turned down is told so, at most
_TELLING_SHARE = 0.5
_LITTLE_SECONDS = 2e-5  # nothing was predicted
_GROUPS_AT_ONCE = 2
_YIELD_SECONDS = 0.001
_MANY_MORE = 4
_HANDSHAKE_SECONDS = 10.0
_CROWDED = error_reply(503, "Too many connections are open; connect again in a second.", {"retry-after": "1"})


class HttpServer:
    """Serves one listening socket until it is told to stop.

    Args:
        answering: answers predictions.
        app: the ASGI application for everything else.
        listener: a listening socket, which other processes may listen on too.
        tls: makes connections secret; None leaves them plain.
        siblings: the processes that share the socket; None when there are none.

    Attributes:
        answering: this.
        draining: whether it answers what is under way and takes no more.
    """

    def __init__(
        self,
        answering: Answering,
        app: AsgiApp,
        listener: socket.socket,
        *,
        tls: ssl.SSLContext | None = None,
        siblings: Siblings | None = None,
    ) -> None:
        self.answering = answering
        self.draining = False
        self._app = app
        self._listener = listener
        self._tls = tls
        self._siblings = siblings
        self._connecting = 0
        self._connections: set[Connection] = set()
        self._waiting: deque[Request] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False
        self._groups = 0
        self._few = 0
        self._turned_down: deque[tuple[float, Connection]] = deque()
        self._admission = Admission()
        self._stopped: asyncio.Event | None = None

    @property
    def max_body_bytes(self) -> int:
        """Bytes of a request's body."""
        return self.answering.service.config.limits.max_body_bytes

    async def run(self) -> None:
        """Answer until `stop`."""
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._stopped = asyncio.Event()
        self._listener.setblocking(False)
        self._listen()
        self._sweep()
        await self._stopped.wait()

    async def stop(self, *, seconds: float, grace: float = 0.0) -> None:
        """Take no more connections, answer what is under way, and end.

        Args:
            seconds: at most until what is still under way is given up.
            grace: seconds in which connections that are open may ask once more, so that no request is lost that a client
                sends while its connection is being closed.
        """
        self.draining = True
        self._loop.remove_reader(self._listener.fileno())
        ends = time.monotonic() + seconds
        graceful = time.monotonic() + min(grace, seconds)
        while self._connections and time.monotonic() < ends:
            if time.monotonic() >= graceful:
                for connection in [each for each in self._connections if each.idle]:
                    connection.close()
            await asyncio.sleep(0.02)
        for task in self._tasks:
            task.cancel()
        for connection in list(self._connections):
            connection.close()
        self.answering.close()
        if self._siblings is not None:
            self._siblings.close()
        if self._stopped is not None:
            self._stopped.set()

    def _listen(self) -> None:
        if not self.draining:
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        """Take one connection, or leave it for a moment to a process that has fewer; others take the others."""
        fewest = None if self._siblings is None else self._siblings.fewest()
        more = 0 if fewest is None else len(self._connections) + self._connecting - fewest
        if more <= 0:
            self._accept_now()
            return
        self._loop.remove_reader(self._listener.fileno())
        self._loop.call_later(_YIELD_SECONDS if more < _MANY_MORE else 5 * _YIELD_SECONDS, self._accept_after_all)

    def _accept_after_all(self) -> None:
        if not self.draining:
            self._accept_now()
            self._listen()

    def _accept_now(self) -> None:
        try:
            accepted, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:  # no descriptors are left: wait until some are
            self._loop.remove_reader(self._listener.fileno())
            self._loop.call_later(0.1, self._listen)
            return
        accepted.setblocking(False)
        with contextlib.suppress(OSError):
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connecting += 1
        self._count_connections()
        self._spawn(self._connect(accepted))

    def _count_connections(self) -> None:
        self.answering.counters.connections(len(self._connections) + self._connecting)

    async def _connect(self, accepted: socket.socket) -> None:
        timeout = _HANDSHAKE_SECONDS if self._tls is not None else None
        try:
            await self._loop.connect_accepted_socket(
                lambda: Connection(self), accepted, ssl=self._tls, ssl_handshake_timeout=timeout
            )
        except (OSError, ssl.SSLError):  # it was closed meanwhile, or speaks no TLS
            accepted.close()
        finally:
            self._connecting -= 1
            self._count_connections()

    def _spawn(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What connections call.

    def opened(self, connection: Connection) -> None:
        """A connection is there; beyond the limit, the one that was idle longest makes room for it."""
        self._connections.add(connection)
        if len(self._connections) > CONNECTIONS:
            idle = [each for each in self._connections if each.idle and each is not connection]
            if idle:
                min(idle, key=lambda each: each.since).close()
            else:
                connection.refuse(_CROWDED)
        self._count_connections()

    def closed(self, connection: Connection) -> None:
        """It is gone."""
        self._connections.discard(connection)
        self._count_connections()

    def quick(self, request: Request) -> None:
        """A request for the prediction of one row has arrived whole."""
        waiting, service = self._waiting, self.answering.service
        config, together = service.config, most_together(service)
        seconds = 0.0 if service.main is None else service.main.row_seconds / together
        if not self._admission.lets_in(len(waiting), config.limits.max_waiting, seconds, together=together):
            self._few = self._admission.few(seconds, together)
            while len(waiting) > self._few:  # overload begins, and these have waited long
                self._refuse(waiting.popleft())
            self._refuse(request)
            return
        waiting.append(request)
        self._schedule(0.0 if config.batching is None else config.batching.max_wait_ms / 1e3)

    def _refuse(self, request: Request) -> None:
        self.answering.reject()
        request.connection.send(request, FULL)

    def _schedule(self, seconds: float) -> None:
        if self._scheduled or not (self._waiting or self._turned_down):
            return
        self._scheduled = True
        if seconds:
            self._loop.call_later(seconds, self._work)
        else:
            self._loop.call_soon(self._work)

    def turns_down(self, connection: Connection, data: bytes) -> bool:
        """Whether what a connection received is a request that is turned down before it is parsed; it is told so soon."""
        if not self._admission.is_full(len(self._waiting), self._few) or self.draining or not is_whole_prediction(data):
            return False
        self._admission.turned_down()
        self.answering.reject()
        self._turned_down.append((time.perf_counter() + _TELL_SECONDS, connection))
        self._schedule(0.0)
        return True

    def slow(self, request: Request) -> None:
        """The head of any other request has arrived."""
        self._spawn(run_asgi(self._app, request, draining=lambda: self.draining))

    def _work(self) -> None:
        """Answer requests for a few milliseconds; then the loop reads what has arrived meanwhile."""
        waiting, started = self._waiting, time.perf_counter()
        ends = started + _SLICE_SECONDS
        self.answering.counters.in_flight(len(waiting) + len(self._tasks))
        together = most_together(self.answering.service)
        while waiting and self._groups < _GROUPS_AT_ONCE:
            if together > 1:
                self._answer_together([waiting.popleft() for _ in range(min(len(waiting), together))])
            elif not (request := waiting.popleft()).connection.gone:
                self._answer(request)
            if waiting and time.perf_counter() > ends:
                break
        if self._turned_down:
            self._tell(time.perf_counter() - started)
        self._scheduled = False
        if self._groups < _GROUPS_AT_ONCE or self._turned_down:
            self._schedule(0.0)

    def _tell(self, worked: float) -> None:
        """Answer those that were turned down: in a part of the time that answers took, or when nothing else is to do, or is it time.

        Clients that ask again as soon as they are told would otherwise keep the server from its answers; those that wait for
        a free connection meanwhile ask the less.
        """
        turned_down, now = self._turned_down, time.perf_counter()
        ends = now + (_TELLING_SHARE * worked if worked > _LITTLE_SECONDS else _SLICE_SECONDS)
        while turned_down and (now < ends or turned_down[0][0] < now):
            turned_down.popleft()[1].tell_turned_down()
            now = time.perf_counter()

    def _answer(self, request: Request) -> None:
        answering = self.answering
        try:
            if answering.gate is not None:
                answering.gate.check(request.named.get(b"authorization"), request.connection.client)
            found = answering.row_now(request, request.body)
        except Exception as error:
            request.connection.send(request, answering.failed(request, error))
            return
        if isinstance(found, Reply):
            request.connection.send(request, found)
        else:
            self._spawn(self._answer_later(request, found))

    def _answer_together(self, requests: list[Request]) -> None:
        """Predict the rows of several requests in one call for each variant."""
        answering, service, rows = self.answering, self.answering.service, []
        for request in requests:
            if request.connection.gone:
                continue
            try:
                if answering.gate is not None:
                    answering.gate.check(request.named.get(b"authorization"), request.connection.client)
                row = parse_json(request.body, service.config.limits)
                variant = answering.variant_now(service, request, row)
            except Exception as error:
                request.connection.send(request, answering.failed(request, error))
                continue
            if variant is None or not isinstance(row, dict):
                self._spawn(self._answer_later(request, row))
            else:
                rows.append(RowOf(request, variant, row))
        for group in groups_of(rows):
            if group[0].variant.row_seconds > SLOW_SECONDS:
                self._groups += 1  # while threads are at work, requests gather for the next group
                self._spawn(self._group_later(service, group))
            else:
                self._send_group(service, group, answers_of(group))

    async def _group_later(self, service: Service, group: list[RowOf]) -> None:
        try:
            found = await self.answering.in_thread(lambda: answers_of(group))
        except Exception as error:
            for each in group:
                each.request.connection.send(each.request, self.answering.failed(each.request, error))
        else:
            self._send_group(service, group, found)
        finally:
            self._groups -= 1
            self._schedule(0.0)

    def _send_group(self, service: Service, group: list[RowOf], found: tuple[list[Answers | Exception], float]) -> None:
        answering, (answers, seconds) = self.answering, found
        variant = group[0].variant
        variant.row_seconds += 0.2 * (seconds * len(group) - variant.row_seconds)  # of a call, whatever its rows
        for each, answer in zip(group, answers, strict=True):
            request = each.request
            if isinstance(answer, Exception):
                reply = answering.failed(request, answering.counted(variant, request, seconds, answer))
            else:
                reply = each.context.run(answering.row_reply, (service, variant), request, each.row, answer, seconds)
            request.connection.send(request, reply)

    async def _answer_later(self, request: Request, rows: Any) -> None:
        try:
            reply = await self.answering.rows_later(request, rows)
        except Exception as error:
            reply = self.answering.failed(request, error)
        request.connection.send(request, reply)

    def _sweep(self) -> None:
        """See to the time limits of all connections."""
        if self._stopped is None or self._stopped.is_set():
            return
        now = time.perf_counter()
        body_seconds = self.answering.service.config.limits.timeout_seconds
        for connection in list(self._connections):
            connection.check_time(now, min(_HEAD_SECONDS, body_seconds), body_seconds, _IDLE_SECONDS)
        self.answering.counters.in_flight(len(self._waiting) + len(self._tasks))
        self._loop.call_later(_SWEEP_SECONDS, self._sweep)
