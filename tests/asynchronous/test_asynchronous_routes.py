"""Asynchronous requests over HTTP: a real worker takes them, another process answers."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from litmus.asynchronous import run_asynchronous
from litmus.serve.address import listen
from litmus.serve.counters import read_counters


@pytest.fixture
def client(endpoint: Callable[..., Path], tmp_path: Path) -> Iterator[httpx.Client]:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("age\n20\n70\n")
    folder = endpoint(inputs=[str(tmp_path / "in")], outputs=[str(tmp_path)], max_waiting=5)
    listener: socket.socket = listen("127.0.0.1", 0)
    command = [sys.executable, "-m", "litmus.serve", "--config", str(folder), "--slot", "0"]
    descriptor = listener.fileno()
    process = subprocess.Popen([*command, "--listen-fd", str(descriptor)], pass_fds=[descriptor])
    deadline = time.monotonic() + 60
    while not any(worker.ready for worker in read_counters(folder).workers.values()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with httpx.Client(base_url=url, verify=False, timeout=30) as made:
        yield made
    process.terminate()
    process.wait(timeout=40)
    listener.close()


def test_rows_are_taken_and_answered_later(client: httpx.Client, tmp_path: Path) -> None:
    folder = tmp_path / "endpoint"
    taken = client.post("/async", json=[{"age": 20}, {"age": 70}])
    assert taken.status_code == 202
    told = taken.json()
    assert told["status"] == "waiting"
    assert told["expires"] > told["created"]
    assert taken.headers["location"] == f"/async/{told['id']}"
    assert client.get(told["result"]).status_code == 409
    named = client.post("/async", json={"input": f"{tmp_path}/in/a.csv", "output": f"{tmp_path}/out.csv"}).json()
    stopped = client.post("/async", content=b"age\n1\n", headers={"Content-Type": "text/csv"}).json()
    assert client.delete(f"/async/{stopped['id']}").json()["status"] == "cancelled"
    same = [client.post("/async", json={"age": 1}, headers={"Idempotency-Key": "k"}).json()["id"] for _ in range(2)]
    assert same[0] == same[1]
    run_asynchronous(folder, idle_seconds=0.1)
    now = client.get(f"/async/{told['id']}").json()
    assert (now["status"], now["rows"]) == ("done", 2)
    result = client.get(now["result"])
    assert result.json()["predictions"] == ["no", "yes"]
    assert result.headers["content-type"] == "application/json"
    assert client.get(f"/async/{named['id']}").json()["result"] == f"{tmp_path}/out.csv"
    assert (tmp_path / "out.csv").read_text().startswith("prediction,")
    assert client.get(f"/async/{stopped['id']}/result").status_code == 410


def test_what_cannot_be_taken_is_one_sentence(client: httpx.Client, tmp_path: Path) -> None:
    cases = [
        (client.post("/async", json={"input": "/etc/passwd"}), 422),
        (client.post("/async", json={"input": f"{tmp_path}/in/a.csv", "output": "/etc/x"}), 422),
        (client.post("/async", json={"input": f"{tmp_path}/in/a.csv", "keep": "yes"}), 422),
        (client.post("/async", content=b"x", headers={"Content-Type": "image/png"}), 415),
        (client.get("/async/nobody"), 404),
        (client.get("/async/..%2F..%2Fconfig.json/result"), 404),
        (client.delete("/async/nobody"), 404),
        (client.get("/async"), 405),
    ]
    for answer, status in cases:
        assert answer.status_code == status, answer.text
        assert list(answer.json()) == ["error"]
    for _ in range(5):
        assert client.post("/async", json={"age": 1}).status_code == 202
    full = client.post("/async", json={"age": 1})
    assert full.status_code == 503
    assert full.headers["retry-after"] == "10"
