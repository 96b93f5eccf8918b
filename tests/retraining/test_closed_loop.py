"""The loop end to end: captured → alarm → retrained → gated → canary → promoted, with no failed request; and its scheduler."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from labelled_traffic import capture, table

import litmus
from litmus.cli.app import run as command
from litmus.retraining import Cycle, Scheduler, finish_rollouts, read_plan
from litmus.store import Store

PLAN = """\
monitors:
  - {endpoint: colours, every: 1h, kinds: [data_quality, data_drift, model_quality], window: 1500}
alarms:
  - {name: drift, when: data_drift >= alarm}
retraining:
  - endpoint: colours
    alarms: drift
    rollout: canary:50:1s
    stop_when: {at_least: 5}
    gate: {min_rows: 50, max_slowdown: 1000, max_growth: 1000}
"""


class Steady(threading.Thread):
    """Asks all the time, and counts."""

    def __init__(self, endpoint):
        super().__init__(daemon=True)
        self.endpoint, self.ended = endpoint, threading.Event()
        self.asked, self.failed, self.versions = 0, [], set()

    def run(self):
        rows = table(50, seed=8, moved=True).drop(columns="label").to_dict("records")
        with litmus.Client(self.endpoint.url, self.endpoint.key) as client:
            while not self.ended.is_set():
                try:
                    client.predict(rows[self.asked % 50])
                except Exception as error:
                    self.failed.append(repr(error))
                self.asked += 1
                time.sleep(0.01)


@pytest.fixture
def endpoint(tmp_path):
    table(800).to_parquet(tmp_path / "table.parquet")
    run = litmus.train(
        str(tmp_path / "table.parquet"), target="label", algorithm="DecisionTree", callbacks=[], executor="in_process"
    )
    (tmp_path / "monitor.yaml").write_text(PLAN)
    made = litmus.deploy(run.best.version, "colours", workers=1, capture=1.0)
    yield made
    made.delete()


def test_the_loop_closes_unattended(endpoint, tmp_path, capsys):
    store, file = Store(), str(tmp_path / "monitor.yaml")
    capture(endpoint.folder, table(1500, seed=2))
    assert command(["monitor", "run", file, "--once"]) == 0
    assert store.alarms() == []
    capture(endpoint.folder, table(1500, seed=3, moved=True), name="moved")
    steady = Steady(endpoint)
    steady.start()
    assert command(["monitor", "run", file, "--once"]) == 3
    out = capsys.readouterr()
    steady.ended.set()
    steady.join(30)
    assert steady.failed == []
    assert steady.asked > 50
    what = [each.what for each in store.decisions("colours")]
    assert what == ["retrain", "gate", "rollout", "rolled out"], out.out + out.err
    assert endpoint.describe().models == ["table-2"]
    assert store.alias("table") == "table-2"
    assert store.decisions("colours", what="retrain")[0].reason.startswith("alarm drift")
    assert [row.status for row in store.deliveries()] == ["delivered"]
    assert command(["retrain", "colours", "--plan", file, "--if-due"]) == 0  # the pause: nothing to do
    assert command(["retrain", "colours", "--undo"]) == 0
    assert endpoint.describe().models == ["table-1"]
    assert store.alias("table") == "table-1"
    assert command(["retrain", "colours", "--undo"]) == 2


def test_a_rollout_that_nobody_waited_for_is_written_down(endpoint):
    from litmus.endpoints import AllAtOnce
    from litmus.retraining.rollout import roll_out

    store = Store()
    second = store.add_model(store.open_model("table-1"))
    status = roll_out("colours", second, store, before="table-1", rollout=AllAtOnce(), wait=False)
    assert status == "under way"
    end = time.monotonic() + 60
    while not finish_rollouts(store) and time.monotonic() < end:
        time.sleep(0.1)
    assert store.decisions("colours")[-1].what == "rolled out"
    assert finish_rollouts(store) == []


def test_an_endpoint_that_is_stopped_is_an_alarm_and_no_rollout(endpoint, tmp_path):
    (tmp_path / "monitor.yaml").write_text(PLAN.replace("data_drift >= alarm", "endpoint >= alarm"))
    capture(endpoint.folder, table(1500, seed=3, moved=True))
    endpoint.stop()
    assert command(["monitor", "run", str(tmp_path / "monitor.yaml"), "--once"]) == 2
    store = Store()
    (alarm,) = store.alarms(open=True)
    assert alarm.message.startswith("colours is stopped: ")
    assert [each.what for each in store.decisions("colours")] == ["retrain", "gate"]
    endpoint.start()
    assert Cycle(read_plan(tmp_path / "monitor.yaml"), store).check("colours").alarms == ()


def scheduler(file):
    return subprocess.Popen(
        [sys.executable, "-m", "litmus", "monitor", "run", str(file)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_clock_that_is_changed(tmp_path):
    file, ahead, told = tmp_path / "monitor.yaml", [0.0], []
    file.write_text("alarms: []\n")
    scheduler = Scheduler(file, Store(), tell=told.append, clock=lambda: time.time() + ahead[0])
    thread = threading.Thread(target=scheduler.run)
    thread.start()

    def is_heard():
        ahead[0] -= 86400.0  # again and again, as it is only heard once the scheduler watches
        return any("The clock was changed" in line for line in told)

    wait_for(is_heard)
    file.write_text("alarms:\n  - when: any >= alarm\n")
    wait_for(lambda: any("was read again" in line for line in told))
    scheduler.stop()
    thread.join(30)
    assert not thread.is_alive()


def test_the_scheduler_survives_a_kill_and_ends_when_told(endpoint, tmp_path):
    store, file = Store(), tmp_path / "monitor.yaml"
    file.write_text("monitors:\n  - {endpoint: colours, every: 1h, kinds: data_quality, window: 500}\n")
    capture(endpoint.folder, table(600, seed=2))
    first = scheduler(file)
    wait_for(lambda: len(store.monitor_results("colours")) == 1)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    again = scheduler(file)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(iter(again.stdout.readline, "")), daemon=True)
    reader.start()
    wait_for(lambda: any("is checked every" in line for line in lines))
    beside = subprocess.run(
        [sys.executable, "-m", "litmus", "monitor", "run", str(file)], capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert beside.returncode == 2
    assert "Another litmus monitor run is under way" in beside.stderr
    again.terminate()
    assert again.wait(30) == 0
    reader.join(10)
    again.stdout.close()
    assert len(store.monitor_results("colours")) == 1, lines  # an hour is not over, whatever was killed
    assert lines[-1] == "litmus: Stopped.\n"
