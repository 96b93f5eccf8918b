"""Many requests at once: predicted together where that pays, and turned down at once when there are too many."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest


@contextlib.contextmanager
def serving(**options) -> Iterator[tuple[int, int]]:
    command = [sys.executable, str(Path(__file__).with_name("batch_served.py")), json.dumps(options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        yield int(process.stdout.readline()), process.pid
        process.terminate()
        assert process.wait(timeout=30) == 0


def ask(connection: http.client.HTTPConnection, age: int) -> tuple[int, dict, dict]:
    connection.request("POST", "/predict", json.dumps({"age": age}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(answer.read())


def ask_at_once(port: int, clients: int, each: int) -> list[tuple[int, int, dict, dict]]:
    """Age, status, headers and body of each answer; every client waits for its answers."""
    found: list[tuple[int, int, dict, dict]] = []

    def work(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for turn in range(each):
            age = number * each + turn
            found.append((age, *ask(connection, age)))
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == clients * each
    return found


@pytest.mark.parametrize("options", [{"batching": {"max_rows": 8, "max_wait_ms": 2}}, {"measure": True}])
@pytest.mark.parametrize("seconds", [0.005, 0.03])
def test_rows_that_wait_are_predicted_together_and_answered_apart(options: dict, seconds: float) -> None:
    with serving(seconds=seconds, **options) as (port, _):
        found = ask_at_once(port, clients=12, each=6)
    assert {status for _, status, _, _ in found} == {200}
    assert all(body["probabilities"]["adult"] == age for age, _, _, body in found)
    assert max(body["prediction"] for *_, body in found) > 1


def test_a_bad_row_spoils_no_other_answer() -> None:
    with serving(seconds=0.005, batching={"max_rows": 64, "max_wait_ms": 20}) as (port, _):
        statuses: list[tuple[int, int]] = []

        def work(age: int) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            statuses.append((age, ask(connection, age)[0]))
            connection.close()

        threads = [threading.Thread(target=work, args=(age,)) for age in range(-3, 10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(statuses) == [(age, 422 if age < 0 else 200) for age in range(-3, 10)]


def test_a_fast_model_answers_each_alone() -> None:
    with serving(seconds=0.0, measure=True) as (port, _):
        assert {body["prediction"] for *_, body in ask_at_once(port, clients=8, each=10)} == {1}


@pytest.mark.parametrize("seconds", [0.002, 0.03])
def test_what_is_too_much_is_turned_down_and_the_server_goes_on(seconds: float) -> None:
    with serving(seconds=seconds, limits={"max_waiting": 6}) as (port, pid):
        found = ask_at_once(port, clients=24, each=20)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        memory = psutil.Process(pid).memory_info().rss
        again = ask_at_once(port, clients=24, each=20)
        assert psutil.Process(pid).memory_info().rss < memory + 20_000_000
        assert ask(connection, 1)[0] == 200
        connection.request("GET", "/metrics")
        page = connection.getresponse().read().decode()
        connection.close()
    statuses = Counter(status for _, status, _, _ in [*found, *again])
    assert set(statuses) == {200, 503}
    refused = next(each for each in found if each[1] == 503)
    assert (refused[2]["retry-after"], list(refused[3])) == ("1", ["error"])
    assert f'litmus_rejected_total{{variant="main",model="adults-3"}} {statuses[503]}\n' in page
