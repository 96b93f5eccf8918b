"""HTTP as it comes over the wire: pieces, several requests at once, floods, and clients that take their time."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import psutil
import pytest
from running_server import Running

BODY = b'{"age": 39}'


def request(key: str | None, *headers: str, body: bytes = BODY, path: str = "/predict", version: str = "1.1") -> bytes:
    lines = [f"POST {path} HTTP/{version}", "Host: x", "Content-Type: application/json", *headers]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    if not any(header.startswith("Transfer-Encoding") for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def connect(running: Running) -> socket.socket:
    parts = urlsplit(running.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def answers(received: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """Status, headers and body of each answer in these bytes."""
    found = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", 0))
        found.append((int(first.split()[1]), headers, rest[:length]))
        received = rest[length:]
    return found


def exchange(running: Running, sent: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    with connect(running) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return answers(read_all(connection))


def test_requests_that_are_sent_together_are_answered_in_order(server: Running) -> None:
    paths = ["/predict", "/nothing", "/predict", "/v2/models/nobody/infer", "/invocations"]
    sent = b"".join(request(server.key, f"X-Request-Id: r-{number}", path=path) for number, path in enumerate(paths))
    found = exchange(server, sent)
    assert [status for status, _, _ in found] == [200, 404, 200, 404, 200]
    assert [headers["x-request-id"] for status, headers, _ in found if status == 200] == ["r-0", "r-2", "r-4"]


def test_hundreds_of_requests_in_one_go_are_all_answered(server: Running) -> None:
    sent = b"".join(request(server.key, body=b'{"age": %d}' % (number % 40)) for number in range(500))
    found = exchange(server, sent)
    assert [json.loads(body)["prediction"] for _, _, body in found] == [
        "adult" if number % 40 > 18 else "minor" for number in range(500)
    ]


@pytest.mark.parametrize("path", ["/predict", "/v2"])
def test_a_request_may_come_a_byte_at_a_time(server: Running, path: str) -> None:
    with connect(server) as connection:
        for byte in request(server.key, "Connection: close", path=path):
            connection.sendall(bytes([byte]))
        found = answers(read_all(connection))
    assert [status for status, _, _ in found] == [200 if path == "/predict" else 405]


def test_a_body_may_come_in_chunks(server: Running) -> None:
    chunked = b"6\r\n" + BODY[:6] + b"\r\n5\r\n" + BODY[6:] + b"\r\n0\r\n\r\n"
    found = exchange(server, request(server.key, "Transfer-Encoding: chunked", body=chunked) + request(server.key))
    assert [json.loads(body)["prediction"] for _, _, body in found] == ["adult", "adult"]


def test_connections_are_kept_and_closed_as_the_client_says(server: Running) -> None:
    kept = exchange(server, request(server.key) + request(server.key, "Connection: close") + request(server.key))
    assert len(kept) == 2
    old = exchange(server, request(server.key, version="1.0") * 2)
    assert len(old) == 1
    assert old[0][1]["connection"] == "close"


def test_ids_are_kept_or_made(server: Running) -> None:
    given = [f"X-Request-Id: {name}" for name in ("order-17", "two words", "<script>", "x" * 200)]
    ids = [exchange(server, request(server.key, header))[0][1]["x-request-id"] for header in given]
    assert ids[0] == "order-17"
    assert len({*ids}) == 4
    assert all(len(each) < 40 and each.replace("-", "").isalnum() for each in ids[1:])


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),  # TLS to a server that speaks none
        b"GARBAGE\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /predict HTTP/1.1\r\nBad Header: 1\r\n\r\n",
        b"POST /predict HTTP/9.9\r\n\r\n",
    ],
    ids=lambda sent: repr(sent[:60]),
)
def test_what_is_not_http_gets_one_sentence(server: Running, sent: bytes) -> None:
    found = exchange(server, sent)
    assert [status for status, _, _ in found][:1] == [400]
    assert "error" in json.loads(found[0][2])
    assert exchange(server, request(server.key))[0][0] == 200


@pytest.mark.parametrize("flood", [["X-A: 1"] * 200, [f"X-A: {'a' * 70_000}"], [f"{'X' * 70_000}: a"]])
def test_floods_of_headers_are_turned_down(server: Running, flood: list[str]) -> None:
    found = exchange(server, request(server.key, *flood))
    assert [status for status, _, _ in found] == [431]
    assert exchange(server, request(server.key))[0][0] == 200


def test_headers_without_end_take_no_memory(server: Running) -> None:
    before = psutil.Process(server.process.pid).memory_info().rss
    for _ in range(5):
        with connect(server) as connection:
            connection.sendall(b"POST /predict HTTP/1.1\r\n")
            try:
                for _ in range(2_000):
                    connection.sendall(b"X-A: " + b"a" * 10_000 + b"\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass
    assert psutil.Process(server.process.pid).memory_info().rss < before + 10_000_000


def test_a_body_of_a_gigabyte_takes_no_memory(server: Running) -> None:
    before = psutil.Process(server.process.pid).memory_info().rss
    with connect(server) as connection:
        connection.sendall(request(server.key, "Transfer-Encoding: chunked", body=b""))
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        try:
            for _ in range(1_000):
                connection.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert psutil.Process(server.process.pid).memory_info().rss < before + 20_000_000
    assert exchange(server, request(server.key))[0][0] == 200


def test_slow_clients_are_given_up_and_others_answered(launch: Callable[..., Running]) -> None:
    running = launch(timeout_seconds=0.5)
    slow = [connect(running) for _ in range(30)]
    for number, connection in enumerate(slow):
        connection.sendall([b"", b"POST /pre", request(running.key)[:-5]][number % 3])
    assert exchange(running, request(running.key))[0][0] == 200
    found = [answers(read_all(connection)) for connection in slow]
    assert [[status for status, _, _ in each] for each in found] == [[], [408], [408]] * 10
    for connection in slow:
        connection.close()


def test_a_client_that_takes_no_answer_is_given_up(launch: Callable[..., Running]) -> None:
    running = launch(timeout_seconds=0.5)
    with connect(running) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        rows = json.dumps([{"age": 39}] * 10_000).encode()
        connection.sendall(request(running.key, body=rows) * 20)
        process, ends = psutil.Process(running.process.pid), time.monotonic() + 20
        while any(each.status == "ESTABLISHED" for each in process.net_connections("tcp")):
            assert time.monotonic() < ends
            time.sleep(0.1)
    assert exchange(running, request(running.key))[0][0] == 200


def test_upgrades_are_not_taken(server: Running) -> None:
    found = exchange(server, request(server.key, "Connection: Upgrade", "Upgrade: websocket"))
    assert [status for status, _, _ in found] == [400]
    assert "Upgrade" in json.loads(found[0][2])["error"]


def test_idle_connections_make_room_for_new_ones(launch: Callable[..., Running]) -> None:
    running = launch()
    idle = []
    try:
        idle.extend(connect(running) for _ in range(1_010))
        assert exchange(running, request(running.key))[0][0] == 200
    finally:
        for each in idle:
            each.close()
