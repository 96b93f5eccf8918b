"""One small model for all tests of batch transforms, and a store of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trained_models import train_model


def people(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "age": rng.integers(18, 80, rows),
            "town": rng.choice(["Oslo", "Rome, Lazio", 'Li"ma', "Two\nlines"], rows),
            "height": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(170, 10, rows).round(1)),
        }
    )


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frame = people(400)
    frame["bought"] = np.where(frame["age"] > 50, "yes", "no")
    return train_model(frame.drop(columns="id"), target="bought").model.save(
        tmp_path_factory.mktemp("model") / "m.litmus"
    )


@pytest.fixture
def frame() -> pd.DataFrame:
    return people()


@pytest.fixture(autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("store")
    monkeypatch.setenv("LITMUS_HOME", str(home))
    return home
