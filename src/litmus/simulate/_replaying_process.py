"""Sends prepared requests to a server and notes how long each answer took.

A program of its own that needs the standard library and a module of Litmus that needs no more, so that the one that measures is
not the one that is slow. Its argument is a file with the order (JSON); what it found is written beside it: a line of JSON,
then the seconds of each answer as float64, then the number of the row of each as uint32.

Requests of an order with a rate are due at times drawn beforehand, whatever the server does, and their seconds are
counted from when they were due: a server that stalls is charged for those it kept waiting.
"""

from __future__ import annotations

import array
import gc
import json
import os
import random
import re
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

_LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: *(\d+)")
_GRACE_SECONDS = 5.0
_ERROR_CHARACTERS = 500
_GLANCE_SECONDS = 0.001
_clock = time.perf_counter


class _Connection:
    """A connection that is kept open; one request at a time."""

    __slots__ = ("due", "left", "row", "socket", "start")

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=10.0)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.start = b""
        self.row = 0
        self.due = 0.0
        self.left = 0  # bytes of the answer still to come, once its head is known


class _Replay:
    def __init__(
        self, order: dict[str, Any], requests: list[bytes], waited: Callable[[], float], speed: Callable[[], float]
    ) -> None:
        self.order = order
        self.requests = requests
        self.seconds = array.array("d")
        self.rows = array.array("I")
        self.failures = 0
        self.first_failure = ""
        self.unanswered = 0
        self.server_gone = False
        self.late: list[float] = []
        self.marks: list[tuple[float, int, float]] = []
        self.glances: list[tuple[int, float]] = []
        self._address = (order["host"], order["port"])
        self._draw = random.Random(order["seed"])  # noqa: S311 - the order of rows is no secret
        self._poller = select.epoll()
        self._waited, self._speed = waited, speed
        self._free: deque[_Connection] = deque()
        self._busy: dict[int, _Connection] = {}

    def run(self) -> None:
        """Send for as long as the order says, then wait for the answers that are still to come."""
        for _ in range(self.order["connections"]):
            self._connect()
        due = deque(self._arrivals())
        paced = bool(self.order["rate"])
        begun = _clock()
        end, most = begun + self.order["seconds"], self.order["most"]
        sent = 0
        next_mark, wanted = begun, False
        while not self.server_gone:
            now = _clock()
            if now >= next_mark:
                self.mark()
                next_mark, wanted = now + self.order["slice"], True
            if wanted and not self._busy and (not paced or (due and begun + due[0] > now + _GLANCE_SECONDS)):
                self.glance()
                wanted = False
                now = _clock()
            sending = now < end and sent < most
            while self._free and sending and (not paced or (due and begun + due[0] <= now)):
                intended = begun + due.popleft() if paced else now
                self._send(self._free.popleft(), intended)
                sent += 1
                now = _clock()
                sending = sent < most
            if not sending and (not self._busy or now > end + _GRACE_SECONDS):
                break
            self._receive(begun + due[0] if paced and due and self._free else end)
        self.mark()
        self.elapsed = min(_clock(), end) - begun
        self._charge(begun, due if paced else deque(), _clock())

    def mark(self) -> None:
        """Note how long others have kept the server and this process waiting so far."""
        self.marks.append((_clock(), len(self.seconds), self._waited()))

    def glance(self) -> None:
        """Note how fast the server's core is, while no request is under way."""
        self.glances.append((len(self.seconds), self._speed()))

    def _arrivals(self) -> list[float]:
        """When requests are due: gaps as callers leave them who know nothing of each other."""
        rate, moments, moment = self.order["rate"], [], 0.0
        if rate:
            while (moment := moment + self._draw.expovariate(rate)) < self.order["seconds"]:
                moments.append(moment)
        return moments[: self.order["most"]]

    def _charge(self, begun: float, due: deque[float], now: float) -> None:
        """Count what was never answered, or never sent because no connection was free: each took at least until now."""
        waiting = [connection.due for connection in self._busy.values()] + [begun + moment for moment in due]
        for moment in waiting:
            self.unanswered += 1
            self.seconds.append(max(now - moment, 0.0))
            self.rows.append(0)

    def _connect(self) -> None:
        connection = _Connection(self._address)
        self._poller.register(connection.socket.fileno(), select.EPOLLIN)
        self._free.append(connection)

    def _send(self, connection: _Connection, due: float) -> None:
        connection.row = row = self._draw.randrange(len(self.requests)) if self.order["shuffled"] else self._next_row()
        connection.due = due
        connection.start, connection.left = b"", 0
        self._busy[connection.socket.fileno()] = connection
        if self.order["rate"]:
            self.late.append(_clock() - due)
        try:
            data = self.requests[row]
            if (sent := connection.socket.send(data)) < len(data):  # a long row: wait until there is room for it
                connection.socket.settimeout(10.0)
                connection.socket.sendall(data[sent:])
                connection.socket.setblocking(False)
        except OSError as error:
            self._lost(connection, str(error))

    def _next_row(self) -> int:
        return len(self.seconds) % len(self.requests)

    def _receive(self, until: float) -> None:
        wait = 0.0 if self.order["spin"] else min(max(until - _clock(), 0.0), 0.05)
        for number, _ in self._poller.poll(wait):
            connection = self._busy.get(number)
            if connection is None:  # the server closed a connection that waits
                self._replace(next(each for each in self._free if each.socket.fileno() == number))
                continue
            try:
                data = connection.socket.recv(262144)
            except BlockingIOError:
                continue
            except OSError as error:
                self._lost(connection, str(error))
                continue
            if not data:
                self._lost(connection, "the server closed the connection")
                continue
            self._take_in(connection, data)

    def _take_in(self, connection: _Connection, data: bytes) -> None:
        if connection.left:
            connection.left -= len(data)
        else:
            data = connection.start + data
            head = data.find(b"\r\n\r\n")
            if head < 0:
                connection.start = data
                return
            length = _LENGTH.search(data, 0, head + 2)
            connection.left = head + 4 + (int(length[1]) if length else 0) - len(data)
            connection.start = data
        if connection.left <= 0:
            self.seconds.append(_clock() - connection.due)
            self.rows.append(connection.row)
            if connection.start[9:12] != b"200":
                self._fail(connection.start.partition(b"\r\n\r\n")[2].decode("utf-8", "replace"))
            self._free.append(self._busy.pop(connection.socket.fileno()))

    def _fail(self, why: str) -> None:
        self.failures += 1
        self.first_failure = self.first_failure or why[:_ERROR_CHARACTERS]

    def _lost(self, connection: _Connection, why: str) -> None:
        del self._busy[connection.socket.fileno()]
        self.seconds.append(_clock() - connection.due)
        self.rows.append(connection.row)
        self._fail(why)
        self._free.append(connection)
        self._replace(connection)

    def _replace(self, connection: _Connection) -> None:
        self._free.remove(connection)
        self._poller.unregister(connection.socket.fileno())
        connection.socket.close()
        try:
            self._connect()
        except OSError:
            self.server_gone = True


def _requests(order: dict[str, Any]) -> list[bytes]:
    """The bytes of each request: the lines of the file `bodies` are JSON to be sent, or JSON texts that hold another form."""
    key = f"Authorization: Bearer {order['key']}\r\n" if order["key"] else ""
    head = f"POST /predict HTTP/1.1\r\nHost: {order['host']}:{order['port']}\r\n{key}Content-Type: {order['content_type']}\r\n"
    with open(order["bodies"], "rb") as file:  # noqa: PTH123
        bodies = file.read().splitlines()
    if order["content_type"] != "application/json":
        bodies = [json.loads(body).encode() for body in bodies]
    return [head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies]


def _main() -> None:
    with open(sys.argv[1], "rb") as file:  # noqa: PTH123
        order = json.load(file)
    sys.path.append(order["packages"])
    from litmus.simulate.disturbance import Disturbance
    from litmus.simulate.speedometer import Speedometer

    disturbance = Disturbance([order["process"], os.getpid()], order["cpus"])
    speedometer = Speedometer(order["server_cpus"], spinning=order["spin"])
    replay = _Replay(order, _requests(order), disturbance.seconds, speedometer.glance)
    gc.disable()  # a collection would count as the server's time
    replay.glance()
    replay.run()
    replay.glance()
    speedometer.close()
    late = sorted(replay.late)
    facts = {
        "elapsed": replay.elapsed,
        "failures": replay.failures,
        "first_failure": replay.first_failure,
        "unanswered": replay.unanswered,
        "server_gone": replay.server_gone,
        "marks": replay.marks,
        "glances": replay.glances,
        "late_p99": late[int(0.99 * len(late))] if late else 0.0,
    }
    with open(order["found"], "wb") as file:  # noqa: PTH123
        file.write(json.dumps(facts).encode() + b"\n")
        file.write(replay.seconds.tobytes() + replay.rows.tobytes())


if __name__ == "__main__":
    _main()
