"""A real worker of an endpoint's folder."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from litmus.serve.address import listen
from litmus.serve.config import ServiceConfig, save_config
from litmus.serve.counters import read_counters


@contextlib.contextmanager
def worker(folder: Path, config: ServiceConfig) -> Iterator[httpx.Client]:
    """Serve a configuration until the block ends."""
    save_config(config, folder)
    listener = listen("127.0.0.1", 0)
    descriptor = listener.fileno()
    command = [sys.executable, "-m", "litmus.serve", "--config", str(folder), "--slot", "0", "--listen-fd"]
    process = subprocess.Popen([*command, str(descriptor)], pass_fds=[descriptor])
    try:
        deadline = time.monotonic() + 60
        while not any(each.ready for each in read_counters(folder).workers.values()):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=url, verify=False, timeout=30) as client:
            yield client
    finally:
        process.terminate()
        process.wait(timeout=40)
        listener.close()
