"""What a run tries is in the store while it goes on, whatever happens to the run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pandas as pd
import pytest

import litmus
from litmus.events import Events
from litmus.store import Store
from litmus.store.processes import is_gone, this_process
from litmus.store.runs import trial_row
from litmus.store.spool import Spool
from litmus.store.trial_log import TrialLog

ROWS = pd.DataFrame({"size": range(200), "price": [3.0 * size for size in range(200)]})


def _train(**options: object) -> litmus.Run:
    given = {"target": "price", "algorithm": "LinearModel", "k_fold": 3, "executor": "in_process", "callbacks": []}
    return litmus.train(ROWS, **{**given, **options})


def test_a_run_is_in_the_store_when_it_is_over() -> None:
    run = _train()
    kept = Store().run(run.id)
    assert (kept.status, kept.name) == ("finished", "data")
    assert kept.seconds == pytest.approx(run.seconds)
    assert kept.summary["versions"] == run.versions == {"data": "data-1"}
    assert {trial["name"]: trial["score"] for trial in kept.trials} == {
        trial.name: pytest.approx(trial.scores["validation"]["rmse"].value) for trial in run.leaderboard
    }
    assert Store().facts_of("data-1").artifact is not None


def test_a_run_is_there_while_the_run_goes_on() -> None:
    seen: list[tuple[str, int]] = []

    def look(event: litmus.events.Event) -> None:
        if event.kind == "run.started":
            end = time.monotonic() + 30
            while not Store().runs() and time.monotonic() < end:
                time.sleep(0.05)
            (record,) = Store().runs()
            seen.append((record.status, record.process["pid"]))

    _train(callbacks=[look])
    assert seen == [("running", os.getpid())]


def test_a_run_that_fails_is_kept_with_its_reason() -> None:
    def broken(event):
        if event.kind == "run.started":
            raise ValueError("no such thing")

    with pytest.raises(ValueError, match="no such thing"):
        _train(callbacks=[broken])
    (run,) = Store().runs()
    assert run.status == "failed"
    assert "no such thing" in run.summary["message"]


def test_a_run_that_was_killed_says_so(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import os, signal
        from litmus.events import Events
        from litmus.store import Store
        from litmus.store.trial_log import TrialLog
        store = Store({str(tmp_path)!r})
        log = TrialLog(store, "run-1")
        Events((log,)).emit("trial.finished", "", trial="A", status="complete", score=1.0)
        import time
        while not (store.runs() and store.run("run-1").trials):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    store = Store(tmp_path)
    assert store.run("run-1").status == "killed"
    assert [run.id for run in store.runs(status="killed")] == ["run-1"]
    assert store.runs(status="running") == []
    assert len(store.run("run-1").trials) == 1
    TrialLog(store, "run-1", resumed=True)
    store.begin_run("run-1")


def test_a_process_is_told_from_another_one_with_its_number() -> None:
    assert not is_gone(this_process())
    assert is_gone({**this_process(), "born": "earlier-1"})
    assert not is_gone({**this_process(), "machine": "another", "pid": 1 << 22})


def test_a_database_that_is_no_file_leaves_the_run_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITMUS_HOME", str(tmp_path))
    (tmp_path / "litmus.db").write_bytes(b"no database at all, but long enough to look like one" * 100)
    notes: list[str] = []
    run = _train(callbacks=[lambda event: notes.append(event.message) if event.kind == "note" else None])
    assert run.versions == {"data": "data-1"}
    assert any("is damaged" in note and "litmus models repair" in note for note in notes)
    assert [record.version for record in Store().models()] == ["data-1"]
    assert any((tmp_path / "spool").glob("*.jsonl"))


def test_what_waits_is_written_once_even_when_it_is_cut_short(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.begin_run("run-1")
    rows = [("trial", trial_row("run-1", {"name": f"T{number}"})) for number in range(5)]
    spool = Spool(tmp_path / "spool")
    spool.keep(rows)
    (file,) = spool.waiting
    file.write_bytes(file.read_bytes() + json.dumps(rows[0]).encode()[:20])
    content = file.read_bytes()
    assert spool.replay(store.database) == 5
    file.write_bytes(content)
    assert spool.replay(store.database) == 5
    assert len(store.run("run-1").trials) == 5
    spool.keep(rows)
    assert len(spool.waiting) == 1


def test_processes_that_log_at_once_lose_nothing(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import sys
        from litmus.events import Events
        from litmus.store import Store
        from litmus.store.trial_log import TrialLog
        log = TrialLog(Store({str(tmp_path)!r}), f"run-{{sys.argv[1]}}")
        events = Events((log,))
        for number in range(100):
            events.emit("trial.finished", "", trial=f"T{{number}}", status="complete", score=number / 100)
        events.emit("run.finished", "done", seconds=1.0)
        log.close()
        assert not log.problem, log.problem
    """)
    processes = [subprocess.Popen([sys.executable, "-c", program, str(number)]) for number in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    store = Store(tmp_path)
    assert [len(store.run(f"run-{number}").trials) for number in range(4)] == [100] * 4
    assert {run.status for run in store.runs()} == {"finished"}


def test_an_event_is_taken_while_nothing_is_written(tmp_path: Path) -> None:
    log = TrialLog(Store(tmp_path), "run-1")
    events = Events((log,))
    events.emit("fold.finished", "", trial="A")
    events.emit("trial.finished", "", trial="A", status="failed", reason="no memory", under_way=3)
    events.emit("run.interrupted", "go on with")
    events.emit("run.failed", "stopped")
    log.close()
    run = Store(tmp_path).run("run-1")
    assert run.status == "killed"
    assert run.trials == [{"name": "A", "message": "", "trial": "A", "status": "failed", "reason": "no memory"}]
