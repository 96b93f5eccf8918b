"""A steady load on an endpoint from a process of its own, for the benchmarks of updates and kills."""

import collections
import http.client
import json
import multiprocessing
import select
import threading
import time
from urllib.parse import urlsplit


class EndpointLoad:
    """Sends rows over connections that are kept open, at a rate, while the block runs.

    `marks` splits the time: what was sent between two calls of `mark` is counted under the first one's name.
    """

    def __init__(self, url, key, row, *, rate, connections):
        self._arguments = (url, key, json.dumps(row), rate, connections)
        self._pipe, self._theirs = multiprocessing.Pipe()
        self.found = {}

    def __enter__(self):
        self._process = multiprocessing.get_context("spawn").Process(
            target=_send, args=(*self._arguments, self._theirs)
        )
        self._process.start()
        self._pipe.recv()
        return self

    def mark(self, name):
        self._pipe.send(name)

    def __exit__(self, *_):
        self._pipe.send(None)
        self.found = self._pipe.recv()
        self._process.join()


def _send(url, key, body, rate, connections, pipe):
    address = urlsplit(url)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    pause, over, current = connections / rate, threading.Event(), ["before"]
    found = collections.defaultdict(lambda: {"sent": 0, "failed": [], "seconds": []})

    def connect():
        return http.client.HTTPConnection(address.hostname, address.port, timeout=30)

    def one(number):
        connection, due = connect(), time.monotonic() + pause * number / connections
        while not over.is_set():
            over.wait(max(0.0, due - time.monotonic()))
            due += pause
            mine, begun = found[current[0]], time.perf_counter()
            if connection.sock is not None and select.select([connection.sock], [], [], 0)[0]:
                connection.close()  # the server closed it; every HTTP client looks before it uses an idle connection again
                connection = connect()
            try:
                connection.request("POST", "/predict", body, headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    mine["failed"].append(str(answer.status))
            except (OSError, http.client.HTTPException) as error:
                mine["failed"].append(type(error).__name__)
                connection.close()
                connection = connect()
            mine["sent"] += 1
            mine["seconds"].append(time.perf_counter() - begun)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    pipe.send("sending")
    while (name := pipe.recv()) is not None:
        current[0] = name
    over.set()
    for thread in threads:
        thread.join()
    pipe.send({name: dict(each) for name, each in found.items()})


def milliseconds(seconds, share):
    """A quantile in milliseconds."""
    ordered = sorted(seconds)
    return 1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
