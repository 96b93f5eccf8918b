"""Requests at a steady rate over connections that are kept open, each outcome counted."""

from __future__ import annotations

import collections
import http.client
import json
import select
import threading
import time
from typing import Any, Self
from urllib.parse import urlsplit


class SteadyLoad:
    """Sends a row again and again while the block runs.

    Attributes:
        statuses: HTTP status → how many answers had it.
        versions: the value of X-Litmus-Model → how many answers had it.
        failures: what went wrong with requests that were not answered.
    """

    def __init__(self, url: str, key: str, row: dict[str, Any], *, rate: float = 120.0, connections: int = 3) -> None:
        self._address = urlsplit(url)
        self._body = json.dumps(row)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._pause = connections / rate
        self.statuses: collections.Counter[int] = collections.Counter()
        self.versions: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(connections)]

    @property
    def sent(self) -> int:
        return sum(self.statuses.values()) + len(self.failures)

    def _send(self) -> None:
        connection = self._connect()
        due = time.monotonic()
        while not self._over.is_set():
            if connection.sock is not None and select.select([connection.sock], [], [], 0)[0]:
                connection.close()  # the server closed it; every HTTP client looks before it uses an idle connection again
                connection = self._connect()
            try:
                connection.request("POST", "/predict", self._body, self._headers)
                answer = connection.getresponse()
                answer.read()
                self.statuses[answer.status] += 1
                self.versions[answer.headers.get("X-Litmus-Model", "")] += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
                connection = self._connect()
            due = max(due + self._pause, time.monotonic() - 1.0)
            self._over.wait(max(0.0, due - time.monotonic()))
        connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._address.hostname, self._address.port, timeout=30)

    def wait_for(self, requests: int) -> None:
        """Wait until so many more were sent."""
        wanted = self.sent + requests
        end = time.monotonic() + 60
        while self.sent < wanted and time.monotonic() < end:
            time.sleep(0.01)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=60)
