"""The process that works through a queue: killed, stopped, given a new configuration."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from litmus.asynchronous import Queue, run_asynchronous, waiting
from litmus.errors import ParameterError

JSON = "application/json"


def start(folder: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "litmus.asynchronous", str(folder), "--idle", "1"])


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_worker_answers_every_form_and_ends_when_idle(endpoint: Callable[..., Path], tmp_path: Path) -> None:
    folder = endpoint()
    queue = Queue(folder)
    table = tmp_path / "rows.csv"
    table.write_text("age,name\n20,a\n70,b\n")
    pd.DataFrame({"age": [20, 70]}).to_parquet(tmp_path / "rows.parquet")
    jobs = {
        "one": queue.submit(b'{"age": 70}', content_type=JSON),
        "many": queue.submit(b'[{"age": 20}, {"age": 70}]', content_type=JSON),
        "csv": queue.submit(b"age\n20\n70\n", content_type="text/csv"),
        "lines": queue.submit(b'{"age": 20}\n{"age": 70}\n', content_type="application/x-ndjson"),
        "parquet": queue.submit((tmp_path / "rows.parquet").read_bytes(), content_type="application/x-parquet"),
        "named": queue.submit(None, content_type="", input=str(table), output=str(tmp_path / "out.csv"), keep=True),
        "broken": queue.submit(b"{", content_type=JSON),
        "wrong": queue.submit(b"age\nold\n", content_type="text/csv"),
        "gone": queue.submit(None, content_type="", input=str(tmp_path / "none.csv")),
    }
    run_asynchronous(folder, idle_seconds=0.2)
    found = {name: queue.get(job.id) for name, job in jobs.items()}
    done = {name: job for name, job in found.items() if job.status == "done"}
    texts = {name: queue.result(job).read_bytes() for name, job in done.items() if not job.output}
    assert json.loads(texts["one"])["prediction"] == "yes"
    assert json.loads(texts["one"])["probabilities"].keys() == {"no", "yes"}
    assert json.loads(texts["many"])["predictions"] == ["no", "yes"]
    lines = texts["csv"].decode().splitlines()
    assert lines[0] == "prediction,probability of no,probability of yes"
    assert [line.split(",")[0] for line in lines[1:]] == ["no", "yes"]
    assert [json.loads(line)["prediction"] for line in texts["lines"].splitlines()] == ["no", "yes"]
    assert texts["parquet"][:4] == b"PAR1"
    assert pd.read_csv(tmp_path / "out.csv")[["name", "prediction"]].values.tolist() == [["a", "no"], ["b", "yes"]]
    assert found["named"].rows == 2
    assert {name for name, job in found.items() if job.status == "failed"} == {"broken", "wrong", "gone"}
    assert "not valid JSON" in found["broken"].error
    assert found["wrong"].error == "line 2: age: 'old' was given, a number is expected."
    assert not [path for path in (folder / "results").iterdir() if path.name.startswith(".")]
    assert not list((folder / "bodies").iterdir())


def test_a_job_that_takes_too_long_fails(endpoint: Callable[..., Path]) -> None:
    folder = endpoint(max_seconds=1e-6)
    queue = Queue(folder)
    slow = queue.submit(b'{"age": 70}', content_type=JSON)
    run_asynchronous(folder, idle_seconds=0.1)
    assert "took longer than" in queue.get(slow.id).error


def test_nothing_is_lost_or_done_twice_when_processes_are_killed_again_and_again(
    endpoint: Callable[..., Path],
) -> None:
    folder = endpoint()
    queue = Queue(folder)
    jobs = {queue.submit(f'{{"age": {18 + n % 60}}}'.encode(), content_type=JSON).id: 18 + n % 60 for n in range(1000)}
    log = sqlite3.connect(folder / "queue.sqlite", timeout=30)
    log.execute("CREATE TABLE ends (id TEXT)")
    log.execute(
        "CREATE TRIGGER ended AFTER UPDATE OF status ON jobs WHEN NEW.status = 'done' "
        "BEGIN INSERT INTO ends VALUES (NEW.id); END"
    )
    log.commit()
    for _ in range(3):
        before = waiting(folder)
        process = start(folder)
        wait_until(lambda before=before: waiting(folder) < before - 60)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert waiting(folder) > 0
    last = [start(folder), start(folder)]
    assert [process.wait(timeout=180) for process in last] == [0, 0]
    ended = Counter(identity for (identity,) in log.execute("SELECT id FROM ends"))
    log.close()
    assert ended == dict.fromkeys(jobs, 1)
    assert {path.name for path in (folder / "results").iterdir()} == set(jobs)
    for identity, age in jobs.items():
        answer = json.loads((folder / "results" / identity).read_bytes())
        assert answer["prediction"] == ("yes" if age > 50 else "no"), age


def test_sigterm_ends_the_process_which_a_minimum_keeps(endpoint: Callable[..., Path]) -> None:
    folder = endpoint(minimum=1)
    queue = Queue(folder)
    process = subprocess.Popen([sys.executable, "-m", "litmus.asynchronous", str(folder)])
    job = queue.submit(b'{"age": 70}', content_type=JSON)
    wait_until(lambda: queue.get(job.id).status == "done")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


def test_a_broken_configuration_leaves_the_one_before(endpoint: Callable[..., Path]) -> None:
    folder = endpoint()
    queue = Queue(folder)
    thread = threading.Thread(target=run_asynchronous, args=(folder,), kwargs={"idle_seconds": 1.0})
    thread.start()
    first = queue.submit(b'{"age": 70}', content_type=JSON)
    wait_until(lambda: queue.get(first.id).status == "done")
    (folder / "config.json").write_text("{")
    second = queue.submit(b'{"age": 70}', content_type=JSON)
    thread.join(timeout=60)
    assert queue.get(second.id).status == "done"


def test_a_folder_that_is_no_asynchronous_endpoint_is_one_sentence(tmp_path: Path) -> None:
    assert waiting(tmp_path) == 0
    command = [sys.executable, "-m", "litmus.asynchronous", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "config.json cannot be read" in done.stderr
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ParameterError, match="is not asynchronous"):
        run_asynchronous(tmp_path)
