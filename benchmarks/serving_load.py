"""Requests sent as fast as answers come, or at a rate, from processes of their own; what the benchmarks of serving have in common.

python benchmarks/serving_load.py 127.0.0.1 8000 /predict bodies.jsonl --connections 32 --seconds 5
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import select
import socket
import sys
import time
from array import array
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np


def request_of(body: bytes, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in {"Content-Type": "application/json", **headers}.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def whole(received: bytes) -> int:
    """The length of the first answer in these bytes; 0 when it is not all there."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return 0
    lower = received[:head].lower()
    at = lower.find(b"content-length:")
    if at < 0:  # chunked
        end = received.find(b"\r\n0\r\n\r\n", head)
        return end + 7 if end >= 0 else 0
    length = int(lower[at + 15 : at + 40].split(b"\r\n")[0])
    return head + 4 + length if len(received) >= head + 4 + length else 0


def one_after_the_other(address: tuple[str, int], requests: list[bytes], seconds: float) -> dict[str, Any]:
    """Times of requests on one connection, each sent when the one before is answered."""
    times, statuses, ends = [], [], time.perf_counter() + seconds
    with socket.create_connection(address) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number = 0
        while time.perf_counter() < ends:
            started = time.perf_counter()
            connection.sendall(requests[number % len(requests)])
            received = connection.recv(65536)
            while not whole(received):
                more = connection.recv(65536)
                if not more:
                    raise ConnectionError("The server closed the connection.")
                received += more
            times.append(time.perf_counter() - started)
            statuses.append(int(received[9:12]))
            number += 1
    return {"times": np.array(times), "statuses": np.array(statuses), "seconds": seconds, "failed": 0}


class Asking(asyncio.Protocol):
    """A connection that sends its next request as soon as the one before is answered."""

    def __init__(self, requests: list[bytes], number: int, found: dict[str, Any]) -> None:
        self.requests, self.number, self.found = requests, number, found
        self.received = b""
        self.started = 0.0
        self.busy = False
        self.gone = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.ask(time.perf_counter())

    def ask(self, now: float) -> None:
        self.started = now
        self.busy = True
        self.transport.write(self.requests[self.number % len(self.requests)])
        self.number += 1

    def data_received(self, data: bytes) -> None:
        self.received = self.received + data if self.received else data
        length = whole(self.received)
        if not length:
            return
        now = time.perf_counter()
        self.found["times"].append(now - self.started)
        self.found["statuses"].append(int(self.received[9:12]))
        self.received = self.received[length:]
        self.busy = False
        if now < self.found["ends"]:
            self.ask(now)

    def connection_lost(self, _: Exception | None) -> None:
        self.gone = True
        if self.busy:
            self.found["failed"] += 1


async def as_fast_as_answered(
    address: tuple[str, int], requests: list[bytes], connections: int, seconds: float
) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    found: dict[str, Any] = {"times": [], "statuses": [], "failed": 0, "ends": time.perf_counter() + seconds}
    asking = []
    for number in range(connections):
        made = await loop.create_connection(lambda n=number: Asking(requests, n * 7, found), *address)
        asking.append(made[1])
    started = time.perf_counter()
    await asyncio.sleep(seconds)
    elapsed = time.perf_counter() - started
    for _ in range(100):
        if not any(each.busy and not each.gone for each in asking):
            break
        await asyncio.sleep(0.05)
    for each in asking:
        each.busy = False
        each.transport.close()
    return {"times": np.array(found["times"]), "statuses": np.array(found["statuses"]), "seconds": elapsed,
            "failed": found["failed"], "unsent": 0, "late": np.zeros(1), "busy": 0.0}  # fmt: skip


def at_a_rate(
    address: tuple[str, int], requests: list[bytes], connections: int, seconds: float, rate: float
) -> dict[str, Any]:
    """Requests when they are due, whatever happened to those before: what many clients that know nothing of each other send.

    It should have a core of its own. `late` is the seconds from when each request was due to when it was sent, and `busy` the share of
    the time that it had work: where these are large, it measures itself.
    """
    gc.disable()
    poll, held = select.epoll(), {}
    for _ in range(connections):
        each = socket.create_connection(address)
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        each.setblocking(False)
        poll.register(each, select.EPOLLIN)
        held[each.fileno()] = each
    free, begun = deque(held), dict.fromkeys(held, 0.0)
    times, statuses, late, parts = array("d"), array("i"), array("d"), {}
    sent = unsent = failed = 0
    asleep = 0.0
    started = now = time.perf_counter()
    ends = started + seconds
    while now < ends or (len(free) < len(held) and now < ends + 5):
        due = int((now - started) * rate) if now < ends else sent
        turns = 0
        while sent < due and turns < 4:  # then it looks for answers
            if free:
                number = free.popleft()
                begun[number] = at = time.perf_counter()
                held[number].send(requests[sent % len(requests)])
                late.append(at - started - (sent + 1) / rate)
                turns += 1
            else:
                unsent += 1
            sent += 1
        wait = min(started + (sent + 1) / rate, ends) - time.perf_counter() if now < ends else 0.01
        if wait > 0 and not turns:
            before = time.perf_counter()
            select.select([poll], [], [], wait)  # to the microsecond, which poll itself does not
            asleep += time.perf_counter() - before
        events = poll.poll(0, 16)
        for number, _ in events:
            received = parts.pop(number, b"") + held[number].recv(65536)
            at = time.perf_counter()
            if not received:
                failed += begun[number] > 0
                if begun[number] == 0:  # the server closed one that was idle
                    free.remove(number)
                poll.unregister(number)
                held.pop(number).close()
            elif whole(received):
                times.append(at - begun[number])
                statuses.append(int(received[9:12]))
                begun[number] = 0.0
                free.append(number)
            else:
                parts[number] = received
        now = time.perf_counter()
    elapsed = time.perf_counter() - started
    for each in held.values():
        each.close()
    return {"times": np.array(times), "statuses": np.array(statuses), "seconds": min(elapsed, seconds), "failed": failed + len(held) - len(free),
            "unsent": unsent, "late": np.array(late), "busy": 1 - asleep / elapsed}  # fmt: skip


def _process(
    queue: Any,
    core: int | None,
    address: tuple[str, int],
    requests: list[bytes],
    connections: int,
    seconds: float,
    rate: float | None,
) -> None:
    if core is not None:
        os.sched_setaffinity(0, [core])
    if rate is not None:
        queue.put(at_a_rate(address, requests, connections, seconds, rate))
        return
    import uvloop

    queue.put(uvloop.run(as_fast_as_answered(address, requests, connections, seconds)))


def ask(address: tuple[str, int], requests: list[bytes], *, connections: int = 32, seconds: float = 5.0, processes: int = 1,
        rate: float | None = None, cores: list[int] | None = None) -> dict[str, Any]:  # fmt: skip
    """Times in seconds, statuses and the rate of answers, from `processes` that share the connections and the rate.

    Args:
        address: host and port.
        requests: sent one after the other, again and again.
        connections: that stay open.
        seconds: to send for.
        processes: that send.
        rate: requests a second; None sends on each connection as soon as the request before is answered.
        cores: one for each process, which no other of the benchmark should use; None leaves it to the system.
    """
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    share = None if rate is None else rate / processes
    given = (address, requests, connections // processes, seconds, share)
    asking = [
        context.Process(target=_process, args=(queue, None if cores is None else cores[number], *given))
        for number in range(processes)
    ]
    for each in asking:
        each.start()
    found = [queue.get(timeout=seconds + 120) for _ in asking]
    for each in asking:
        each.join()
    merged = {name: np.concatenate([each[name] for each in found]) for name in ("times", "statuses", "late")}
    elapsed = max(each["seconds"] for each in found)
    return {**merged, "seconds": elapsed, "rate": len(merged["times"]) / elapsed, "busy": max(each["busy"] for each in found),
            "failed": sum(each["failed"] for each in found), "unsent": sum(each["unsent"] for each in found)}  # fmt: skip


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("host")
    given.add_argument("port", type=int)
    given.add_argument("path")
    given.add_argument("bodies", type=Path)
    given.add_argument("--key")
    given.add_argument("--connections", type=int, default=32)
    given.add_argument("--seconds", type=float, default=5.0)
    given.add_argument("--rate", type=float)
    options = given.parse_args()
    headers = {"Authorization": f"Bearer {options.key}"} if options.key else {}
    requests = [request_of(line, options.path, headers) for line in options.bodies.read_bytes().splitlines()]
    found = ask(
        (options.host, options.port),
        requests,
        connections=options.connections,
        seconds=options.seconds,
        rate=options.rate,
    )
    p50, p99 = np.percentile(found["times"], [50, 99]) * 1e3
    statuses = dict(zip(*(each.tolist() for each in np.unique(found["statuses"], return_counts=True)), strict=True))
    json.dump(
        {"rate": found["rate"], "p50_ms": p50, "p99_ms": p99, "statuses": statuses, "failed": found["failed"]},
        sys.stdout,
    )
    print()


if __name__ == "__main__":
    main()
