"""Thresholds: measured by a command, written for later processes, ignored when they cannot be read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import litsdf
from litsdf.calibrate import best_thresholds
from litsdf.choose import Thresholds, ThresholdsWarning, choose_layout, save_thresholds, thresholds_path


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "settings" / "thresholds.json"
    monkeypatch.setenv("LITSDF_THRESHOLDS", str(path))
    return path


def test_without_a_file_the_defaults_hold(file) -> None:
    assert litsdf.thresholds() == Thresholds()
    assert thresholds_path() == file


def test_written_thresholds_are_used(file) -> None:
    save_thresholds(Thresholds(1, 50, 200))
    assert litsdf.thresholds() == Thresholds(1, 50, 200)
    assert [choose_layout(rows) for rows in (0, 1, 50, 51, 200, 201)] == [
        "pandas", "record", "numpy", "pandas", "pandas", "polars",
    ]  # fmt: skip
    assert litsdf.DataFrame({"a": range(20)}).layout == "numpy"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "content",
    ["{", "[]", "{}", '{"litsdf_thresholds": 0}', '{"litsdf_thresholds": 1, "record": 1, "numpy": "x", "pandas": 1}'],
)
def test_a_bad_or_old_file_is_ignored_with_a_warning(file, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)
    with pytest.warns(ThresholdsWarning, match="calibrate"):
        assert litsdf.thresholds() == Thresholds()


@pytest.mark.parametrize("changed", [{"cores": 999}, {"processor": "another one"}])
def test_what_another_machine_measured_is_ignored_with_one_warning(file, changed: dict) -> None:
    save_thresholds(Thresholds(1, 50, 200))
    held = json.loads(file.read_text())
    held["machine"] |= changed
    file.write_text(json.dumps(held))
    with pytest.warns(ThresholdsWarning, match=r"another machine.*calibrate") as warned:
        used = [litsdf.thresholds(), litsdf.thresholds()]
    assert used == [Thresholds(), Thresholds()]
    assert litsdf.DataFrame({"a": range(100)}).layout == "numpy"
    assert len(warned) == 1


def test_the_fastest_layout_of_each_size_sets_the_thresholds() -> None:
    costs = {"numpy": (1, 1.0), "pandas": (50, 0.1), "polars": (500, 0.01)}
    times = {
        ("f", rows, layout): fixed + each * rows
        for rows in (10, 100, 1_000, 10_000, 100_000)
        for layout, (fixed, each) in costs.items()
    }
    assert best_thresholds(times) == Thresholds(1, 32, 3162)


def test_the_command_measures_and_writes(file) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "litsdf", "calibrate", "--largest", "10"], capture_output=True, text=True, check=True
    )
    assert "polars" in done.stdout
    assert set(json.loads(file.read_text())) == {"litsdf_thresholds", "record", "numpy", "pandas", "machine"}
