"""A server that is asked for more than it can answer: what it lets in, and how it tells the others."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from raw_requests import post
from test_many_at_once import ask_at_once, serving

from litmus.serve.admission import Admission

ASKED = post("/predict", b'{"age": 39}', None)


class Reading:
    """A connection whose answers are read one by one."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.held = b""

    def answer(self) -> int:
        while b"\r\n\r\n" not in self.held:
            self._more()
        head, _, rest = self.held.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(rest) < length:
            self._more()
            rest = self.held[len(head) + 4 :]
        self.held = rest[length:]
        return int(head[9:12])

    def _more(self) -> None:
        received = self.socket.recv(65536)
        assert received, "the connection was closed"
        self.held += received


@pytest.fixture
def overloaded() -> Iterator[int]:
    """The port of a server that has turned requests down, and is asked for more all the time."""
    with serving(seconds=0.004, limits={"max_waiting": 3}) as (port, _):
        done = threading.Event()

        def keep_asking() -> None:
            with contextlib.closing(Reading(port).socket) as connection:
                while not done.is_set():
                    connection.sendall(ASKED)
                    connection.recv(65536)

        threads = [threading.Thread(target=keep_asking) for _ in range(8)]
        for each in threads:
            each.start()
        try:
            yield port
        finally:
            done.set()
            for each in threads:
                each.join()


def test_what_follows_on_the_connection_is_answered_in_its_turn(overloaded: int) -> None:
    connection, seen = Reading(overloaded), []
    for _ in range(40):
        connection.socket.sendall(ASKED)
        connection.socket.sendall(ASKED)  # while the first is turned down, or waits
        connection.socket.sendall(post("/nowhere", b"", None))
        seen.append((connection.answer(), connection.answer()))
        assert connection.answer() == 404
    assert {status for pair in seen for status in pair} == {200, 503}
    connection.socket.close()


def test_who_says_no_more_still_gets_the_answer(overloaded: int) -> None:
    seen = set()
    for _ in range(30):
        connection = Reading(overloaded)
        connection.socket.sendall(ASKED)
        connection.socket.shutdown(socket.SHUT_WR)
        seen.add(connection.answer())
        assert connection.socket.recv(10) == b""
        connection.socket.close()
    assert 503 in seen


def test_those_that_leave_meanwhile_are_forgotten(overloaded: int) -> None:
    for _ in range(100):
        connection = Reading(overloaded)
        connection.socket.sendall(ASKED)
        connection.socket.close()
    assert ask_at_once(overloaded, clients=1, each=1)[0][1] in (200, 503)


def test_only_a_few_wait_in_overload_and_as_many_as_are_predicted_together() -> None:
    admission = Admission()
    assert all(admission.lets_in(waiting, 128, 0.001) for waiting in range(100))
    assert not admission.lets_in(128, 128, 0.001)
    assert admission.few(0.001) == 3
    assert [admission.lets_in(waiting, 128, 0.001) for waiting in (0, 2, 3, 50)] == [True, True, False, False]
    assert admission.is_full(3, 3)
    assert not admission.is_full(2, 3)
    assert admission.few(0.00002) == 20  # of 20 µs each: less would be spent on looking for more
    assert admission.few(0.0005, 32) == 32


def test_nobody_waits_longer_than_clients_are_patient() -> None:
    assert Admission().lets_in(30, 128, 0.01)
    assert not Admission().lets_in(40, 128, 0.01)
    assert Admission().lets_in(2, 128, 10.0)
