"""A small table, and a model of it that the real program trained once."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from litmus_command import Done, Place

from litmus.cli.app import run


@dataclasses.dataclass
class Trained:
    place: Place
    table: Path
    model: Path
    report: Path
    done: Done


def people(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, rows),
            "town": rng.choice(["Oslo", "Rome", "Lima"], rows),
            "height": rng.normal(170, 10, rows).round(1),
        }
    )
    frame.loc[::7, "height"] = np.nan
    return frame.assign(bought=np.where(frame["age"] + rng.normal(0, 5, rows) > 50, "yes", "no"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place.under(tmp_path)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    place = Place.under(tmp_path_factory.mktemp("trained"))
    table = place.folder / "people.csv"
    people().to_csv(table, index=False)
    done = place.run("train", "people.csv", "--target", "bought", "--algorithm", "LinearModel", "--folds", 2, "--cpus", 1,
                     "--output", "people.litmus", "--report", "people.html")  # fmt: skip
    return Trained(place, table, place.folder / "people.litmus", place.folder / "people.html", done)


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """The same command without a process of its own, which takes less time; for what ends early."""

    def run_command(place: Place, *arguments: object) -> Done:
        monkeypatch.chdir(place.folder)
        monkeypatch.setenv("LITMUS_HOME", str(place.store))
        monkeypatch.setattr(tempfile, "tempdir", str(place.temporary))
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Done(code, out, err)

    return run_command
