"""The files of an endpoint: replaced in one step, bounded, and never mistaken for something that runs."""

import os
import subprocess
import sys

import pytest

from litmus.endpoints import journal, lock, log
from litmus.endpoints.atomic import read_json, write_json
from litmus.endpoints.identity import born, is_alive, send_signal
from litmus.endpoints.names import check_name
from litmus.endpoints.state import State, read_state, write_state
from litmus.errors import ParameterError


def test_a_file_is_replaced_whole_and_is_its_owners_alone(tmp_path):
    file = tmp_path / "value.json"
    assert read_json(file) is None
    write_json(file, {"a": 1})
    write_json(file, {"a": 2}, durable=True)
    assert read_json(file) == {"a": 2}
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["value.json"]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path):
    file = tmp_path / "value.json"
    write_json(file, {"a": 1})
    with pytest.raises(TypeError):
        write_json(file, {"a": object()})
    assert read_json(file) == {"a": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["value.json"]


@pytest.mark.parametrize("content", ["", "{", '{"status": "dancing", "message": ""}', "[]"])
def test_a_damaged_state_says_that_nothing_is_known(tmp_path, content):
    (tmp_path / "state.json").write_text(content)
    assert read_state(tmp_path).status == "stopped"


def test_a_state_comes_back_as_it_was_written(tmp_path):
    state = State("running", "2 workers answer.", pid=3, url="http://127.0.0.1:1", port=1)
    write_state(tmp_path, state)
    assert read_state(tmp_path) == state


def test_events_are_kept_in_order_and_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "_MOST_BYTES", 2_000)
    for number in range(200):
        journal.add_event(tmp_path, "counted", number=number)
    numbers = [event["number"] for event in journal.read_events(tmp_path)]
    assert numbers == list(range(numbers[0], 200))
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 5_000
    assert [event["number"] for event in journal.read_events(tmp_path, 2)] == [198, 199]


def test_an_event_cut_short_is_passed_over(tmp_path):
    journal.add_event(tmp_path, "first")
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "cut')
    assert [event["event"] for event in journal.read_events(tmp_path)] == ["first"]


def test_a_log_stays_short_while_others_write_to_it(tmp_path):
    number = log.open_log(tmp_path)
    for line in range(1000):
        os.write(number, f"line {line}\n".encode())
        log.shorten(tmp_path, 1_000)
    os.close(number)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 4_000
    assert log.tail(tmp_path, 120) == [f"line {line}" for line in range(880, 1000)]


def test_a_lock_is_held_until_its_holder_ends_however_it_ends(tmp_path):
    assert not lock.is_held(tmp_path)
    script = "import sys, litmus.endpoints.lock as l, pathlib; l.take(pathlib.Path(sys.argv[1])); print(1, flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    assert lock.is_held(tmp_path)
    assert lock.take(tmp_path) is None
    holder.kill()
    holder.communicate()
    assert not lock.is_held(tmp_path)
    number = lock.take(tmp_path)
    assert number is not None
    os.close(number)


def test_a_number_used_again_is_another_process():
    ours = born(os.getpid())
    assert is_alive(os.getpid(), ours)
    assert not is_alive(os.getpid(), ours + "1")
    assert not is_alive(os.getpid(), "")
    assert not send_signal(os.getpid(), "another boot-1", 9)  # we are still here
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    birth = born(ended.pid)
    ended.wait()
    assert not is_alive(ended.pid, birth)


@pytest.mark.parametrize("name", ["income", "a", "A.b_c-9", "x" * 63])
def test_names_that_are_allowed(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "-a", ".a", "a b", "a\n", "é", "x" * 64, "a\0", None, 3]
)
def test_names_that_lead_elsewhere_are_not(name):
    with pytest.raises(ParameterError, match="cannot name an endpoint"):
        check_name(name)
