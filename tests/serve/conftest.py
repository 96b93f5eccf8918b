"""Servers for the tests of serving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running_server import Running, start, stop


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start("adults", tmp_path_factory.mktemp("server") / "log", max_rows=50, max_body_bytes=20_000)
    yield running
    stop(running)


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start servers with other options; they are stopped after the test."""
    running: list[Running] = []

    def one(model: str = "adults", **options: Any) -> Running:
        running.append(start(model, tmp_path / f"log{len(running)}", **options))
        return running[-1]

    yield one
    for each in running:
        if each.process.poll() is None:
            stop(each)
        else:
            each.process.stdout.close()
