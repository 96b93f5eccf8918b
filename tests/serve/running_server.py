"""A real server in a process of its own, on a free port."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx


@dataclasses.dataclass
class Running:
    url: str
    key: str | None
    process: subprocess.Popen
    log: Path

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return httpx.Client(
            base_url=self.url, headers=headers, timeout=30, verify=False
        )  # no TLS here, and reading certificates takes long


def start(model: str, log: Path, **options: Any) -> Running:
    script = Path(__file__).with_name("small_served.py")
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, str(script), model, json.dumps({"port": 0, **options})],
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    line = process.stdout.readline()
    assert line, log.read_text()
    told = json.loads(line)
    return Running(told["url"], told["key"], process, log)


def stop(running: Running) -> None:
    running.process.terminate()
    running.process.wait(timeout=30)
    running.process.stdout.close()
