"""What every test needs: a store of its own, and the real tables where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def own_store(tmp_path_factory, monkeypatch):
    """No test reads or writes the user's own store."""
    monkeypatch.setenv("LITMUS_HOME", str(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="session")
def adult_path():
    """The bundled UCI Adult table."""
    return Path(__file__).resolve().parents[1] / "examples" / "adult" / "adult.csv.gz"


@pytest.fixture(scope="session")
def real_table():
    """A function from the name of a real table to its path; the test is skipped where the tables are not at hand."""

    def find(name: str) -> Path:
        path = _SHARED / f"{name}.parquet"
        if not path.exists():
            pytest.skip(f"the real table {name!r} is not beside this checkout")
        return path

    return find


os.environ.setdefault("OMP_NUM_THREADS", "2")  # several test processes share the cores
