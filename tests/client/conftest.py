"""A real model behind the real server, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trained_models import Trained, people, train_model


@pytest.fixture(scope="session")
def trained() -> Trained:
    return train_model(people(200), target="rich")


@pytest.fixture(scope="session")
def numbers() -> Trained:
    """A model whose classes are numbers."""
    frame = people(200)
    return train_model(frame.assign(rich=(frame["rich"] == "yes").astype(int) + 1), target="rich")


@pytest.fixture(scope="session")
def heights() -> Trained:
    return train_model(people(200).dropna(subset=["height"]).drop(columns="rich"), target="height")


def serving(model: Any, folder: Path) -> Iterator[dict[str, str]]:
    path = model.save(folder / "model.litmus")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "litmus.serve", str(path), "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            stderr=log,
        )
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()


@pytest.fixture(scope="session")
def endpoint(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    yield from serving(trained.model, tmp_path_factory.mktemp("endpoint"))


@pytest.fixture(scope="session")
def number_endpoint(numbers: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    yield from serving(numbers.model, tmp_path_factory.mktemp("numbers"))


@pytest.fixture(scope="session")
def height_endpoint(heights: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    yield from serving(heights.model, tmp_path_factory.mktemp("heights"))
