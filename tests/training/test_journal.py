"""The journal of a run: what it keeps through kills, cut lines, other processes and full disks."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from litmus.errors import LitmusError, ParameterError, UnknownNameError
from litmus.training.journal import Journal, find_run, working_folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LITMUS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _trials() -> list[int]:
    """The trials that are written down."""
    with contextlib.closing(Journal.resume("run-1")) as journal:
        return sorted(journal.of("trial", 0))


def test_a_run_goes_on_from_what_was_written() -> None:
    journal = Journal.begin("run-1", {"seed": 3})
    journal.write("trial", study=0, number=1, elapsed=2.5)
    journal.write("trial", study=1, number=1)
    journal.close()
    again = Journal.resume("run-1")
    assert again.facts["seed"] == 3
    assert list(again.of("trial", 0)) == [1]
    assert again.spent == 2.5
    again.write("trial", study=0, number=2, elapsed=4.0)
    again.close()
    assert _trials() == [1, 2]


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_line_cut_off_by_a_kill_is_passed_over(home: Path, cut: int) -> None:
    journal = Journal.begin("run-1", {})
    journal.write("trial", study=0, number=1)
    journal.write("trial", study=0, number=2)
    journal.close()
    file = home / "working" / "run-1" / "journal.jsonl"
    file.write_bytes(file.read_bytes()[:-cut])
    again = Journal.resume("run-1")
    assert list(again.of("trial", 0)) == ([1] if cut > 1 else [1, 2])
    again.write("trial", study=0, number=3)
    again.close()
    assert 3 in _trials()


def test_a_run_that_goes_on_elsewhere_is_not_resumed(home: Path) -> None:
    code = (
        "import sys, time\nfrom litmus.training.journal import Journal\n"
        "journal = Journal.begin('run-1', {})\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ, "LITMUS_HOME": str(home)}
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(LitmusError, match="Run run-1 is still running in another process"):
            Journal.resume("run-1")
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    Journal.resume("run-1").close()


def test_an_unknown_run_names_the_nearest() -> None:
    Journal.begin("20261122-101500-a1b2c3", {}).close()
    with pytest.raises(UnknownNameError, match=re.escape("Did you mean '20261122-101500-a1b2c3'?")):
        find_run("20261122-101500-a1b2c4")


@pytest.mark.parametrize("name", ["", "../elsewhere", "a/b", 3])
def test_what_is_no_name_is_refused(name: Any) -> None:
    with pytest.raises(ParameterError, match="give the id of a run"):
        find_run(name)


def test_where_no_store_can_be_written_the_run_still_has_a_folder(home: Path) -> None:
    home.write_text("a file where the folder should be")
    journal = Journal.begin("run-1", {})
    journal.write("trial", study=0, number=1)
    assert journal.home.is_dir()
    assert not journal.worth_keeping, "nobody would find it there"
    journal.remove()
    assert not journal.home.exists()


def test_a_full_disk_says_how_to_go_on() -> None:
    journal = Journal.begin("run-1", {})
    journal.close()
    journal._file = open("/dev/full", "w", buffering=1)  # noqa: SIM115, SLF001, PTH123 - every write to it fails
    with pytest.raises(LitmusError, match=r"No space left on device. Finished trials are kept; .*--resume run-1"):
        journal.write("trial", study=0, number=1)
    journal.close()


def test_runs_killed_long_ago_are_removed(home: Path) -> None:
    Journal.begin("old", {}).close()
    Journal.begin("young", {}).close()
    file = home / "working" / "old" / "journal.jsonl"
    long_ago = time.time() - 40 * 86400
    os.utime(file, (long_ago, long_ago))
    Journal.begin("new", {}).close()
    assert sorted(path.name for path in working_folder().iterdir()) == ["new", "young"]


def test_lines_are_json() -> None:
    journal = Journal.begin("run-1", {"path": Path("x")})
    lines = (journal.home / "journal.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["kind"] == "run"
    journal.remove()
