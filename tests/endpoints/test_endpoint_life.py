"""Crashes, kills and restarts: what comes back by itself, and what is left when it is stopped."""

import os
import signal
import subprocess
import sys
import time

import pytest
from left_behind import listens, processes_of, until
from steady_load import SteadyLoad

import litmus
from litmus.client import KeyRefusedError, UnreachableError
from litmus.endpoints import Scaling
from litmus.endpoints.lock import is_held
from litmus.endpoints.state import State, WorkerProcess, write_state
from litmus.errors import ResourceError, UnknownNameError


def ready_workers(endpoint):
    return {each.slot: each for each in endpoint.state.workers if each.ready}


def events(endpoint, kind):
    return [each for each in endpoint.events() if each["event"] == kind]


def test_a_killed_worker_takes_only_its_own_requests_with_it(launch, row):
    made = launch()
    victim = ready_workers(made)[0]
    with SteadyLoad(made.url, made.key, row, connections=4) as load:
        load.wait_for(50)
        os.kill(victim.pid, signal.SIGKILL)
        assert until(lambda: 0 in ready_workers(made) and ready_workers(made)[0].pid != victim.pid)
        load.wait_for(50)
    assert len(load.failures) <= 4  # each connection had one request under way at most
    assert set(load.statuses) == {200}
    died = events(made, "worker died")
    assert len(died) == 1
    assert "was killed (SIGKILL)" in died[0]["message"]
    assert ready_workers(made)[0].restarts == 1


def test_a_worker_that_keeps_dying_is_started_more_and_more_slowly(launch):
    made = launch(workers=1)
    pids = set()
    for _ in range(4):
        assert until(lambda: {each.pid for each in made.state.workers} - pids)
        pid = made.state.workers[0].pid
        pids.add(pid)
        os.kill(pid, signal.SIGKILL)
        assert until(lambda pid=pid: pid not in {each.pid for each in made.state.workers})
    assert until(lambda: made.status == "running" and made.state.workers)
    assert len(events(made, "worker died")) == 4
    assert made.state.workers[0].restarts == 4


def test_the_process_that_forks_workers_may_die_too(launch, row):
    made = launch(workers=1)
    before = made.state.workers[0].pid
    (forker,) = made.state.forkers
    os.kill(forker.pid, signal.SIGKILL)
    assert until(lambda: events(made, "forker died"))
    assert made.predict(row) in ("yes", "no")  # its worker goes on
    os.kill(before, signal.SIGKILL)
    assert until(lambda: made.status == "running" and made.state.workers and made.state.workers[0].pid != before)
    assert made.predict(row) in ("yes", "no")
    made.stop()
    assert processes_of(made.folder) == []


def test_a_killed_supervisor_comes_back_at_the_same_address(launch, row):
    made = launch()
    url, before = made.url, made.state
    os.kill(before.pid, signal.SIGKILL)
    assert until(lambda: made.status == "running" and made.state.pid not in (0, before.pid))
    assert (made.url, made.predict(row) in ("yes", "no")) == (url, True)
    assert {each.pid for each in made.state.workers}.isdisjoint(each.pid for each in before.workers)
    assert [each["pid"] for each in events(made, "supervisor died")] == [before.pid]
    made.scale(1)  # it takes orders
    assert until(lambda: len(made.state.workers) == 1)
    os.kill(made.state.pid, signal.SIGKILL)
    made.stop()
    assert processes_of(made.folder) == []
    assert not listens(url)
    assert made.status == "stopped"


def test_what_watches_the_supervisor_is_watched_too(launch):
    made = launch(workers=1)
    watcher = keeper_of(made)
    watcher.kill()
    assert until(lambda: events(made, "keeper died"))
    assert keeper_of(made).pid != watcher.pid
    with pytest.raises(ResourceError, match="is running already at"):
        made.start()  # whoever holds the lock has one supervisor, and a second one is never started
    supervisor = made.state.pid
    os.kill(supervisor, signal.SIGKILL)
    assert until(lambda: made.status == "running" and made.state.pid not in (0, supervisor))


def keeper_of(endpoint):
    assert until(lambda: any("keeper_process" in each.cmdline() for each in processes_of(endpoint.folder)))
    (found,) = (each for each in processes_of(endpoint.folder) if "keeper_process" in each.cmdline())
    return found


def kill_all_that_looks_after(endpoint):
    """As when the system ends them for want of memory: nobody is left to start a supervisor."""
    keeper = keeper_of(endpoint)
    keeper.suspend()  # it would be started again, or start the other again
    os.kill(endpoint.state.pid, signal.SIGKILL)
    keeper.kill()


def test_nothing_stays_when_both_are_killed_and_it_starts_again(launch, row):
    made = launch()
    url = made.url
    kill_all_that_looks_after(made)
    assert until(lambda: not processes_of(made.folder))
    assert not listens(url)
    state = made.state
    assert state.status == "stopped"
    assert "killed" in state.message
    assert "litmus endpoints start income" in state.message
    made.start()
    assert (made.url, made.status) == (url, "running")
    assert made.predict(row) in ("yes", "no")


def test_starting_right_after_a_kill_waits_for_what_still_runs(launch, row):
    made = launch()
    kill_all_that_looks_after(made)
    made.start()
    assert made.predict(row) in ("yes", "no")
    assert len(ready_workers(made)) == 2
    made.stop()
    assert processes_of(made.folder) == []


def test_stopping_and_starting_keeps_address_and_key(launch, row):
    made = launch(workers=1)
    url = made.url
    made.stop()
    made.stop()  # once more does nothing
    with pytest.raises(UnreachableError):
        made.predict(row)
    made.start()
    assert made.url == url
    assert made.predict(row) in ("yes", "no")
    with pytest.raises(ResourceError, match="is running already at"):
        made.start()


def test_a_deployment_survives_the_program_that_made_it(launch, bundles, row, own_store):
    script = "import litmus, sys; print(litmus.deploy(sys.argv[1], 'income', workers=1).key)"
    done = subprocess.run(
        [sys.executable, "-c", script, bundles["old"]],
        check=False,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    assert done.returncode == 0, done.stderr
    assert litmus.endpoint("income", key=done.stdout.strip()).predict(row) in ("yes", "no")


def test_a_state_from_before_the_machine_restarted_is_recognised(launch):
    made = launch(workers=1)
    pid = made.state.pid
    made.stop()
    # As a machine leaves it that lost its power; the numbers belong to other processes now: ours.
    ours = WorkerProcess(os.getpid(), "another boot-1", 0, ready=True)
    write_state(
        made.folder, State("running", "1 of 1", pid=os.getpid(), born="another boot-1", url=made.url, workers=[ours])
    )
    assert not is_held(made.folder)
    assert made.status == "stopped"
    made.stop()
    made.start()
    assert made.status == "running"
    assert made.state.pid not in (pid, os.getpid())


def test_the_key_changes_without_a_restart(launch, row):
    made = launch(workers=1)
    worker, old = made.state.workers[0].pid, made.key
    between = made.rotate_key(keep_old="1h")
    made.key = old
    assert made.predict(row) in ("yes", "no")
    new = made.rotate_key()
    assert len({old, between, new}) == 3

    def refused():
        made.key = old
        try:
            made.predict(row)
        except KeyRefusedError:
            return True
        return False

    assert until(refused)
    made.key = new
    assert made.predict(row) in ("yes", "no")
    assert made.state.workers[0].pid == worker


def test_workers_come_and_go_without_losing_a_request(launch, row):
    made = launch(workers=1)
    with SteadyLoad(made.url, made.key, row, connections=2) as load:
        load.wait_for(20)
        made.scale(3)
        assert until(lambda: len(ready_workers(made)) == 3)
        load.wait_for(20)
        made.scale(1)
        assert until(lambda: len(made.state.workers) == 1)
        load.wait_for(20)
    assert (load.failures, set(load.statuses)) == ([], {200})
    assert made.predict(row) in ("yes", "no")
    made.stop()
    made.scale((2, 3))
    made.start()
    assert len(made.state.workers) == 2


def test_workers_follow_the_load(launch, row):
    made = launch("slow", trust=True, workers=Scaling(1, 3, busy=0.4, window=1, out_cooldown=0.5, in_cooldown=1))
    with SteadyLoad(made.url, made.key, row, rate=60, connections=6) as load:
        assert until(lambda: len(ready_workers(made)) > 1)
        load.wait_for(20)
    assert until(lambda: len(made.state.workers) == 1)
    assert (load.failures, set(load.statuses)) == ([], {200})
    changes = [(each["before"], each["workers"]) for each in events(made, "scaled")]
    assert changes[0][0] == changes[-1][1] == 1


def test_endpoints_that_are_not_there(launch):
    with pytest.raises(UnknownNameError, match="There are none yet"):
        litmus.endpoint("income")
    launch(workers=1)
    with pytest.raises(UnknownNameError, match="Did you mean 'income'"):
        litmus.endpoint("incom")


def test_a_full_log_is_cut(launch, row):
    made = launch(workers=1)
    with (made.folder / "log").open("ab") as file:
        file.write(b"x" * 99 + b"\n")
        file.write(b"y" * (6 << 20) + b"\n")
    assert until(lambda: (made.folder / "log").stat().st_size < 1 << 20)
    time.sleep(0)
    assert made.predict(row) in ("yes", "no")


def test_what_an_endpoint_costs_is_what_its_processes_used(launch, row):
    from litmus.endpoints.footprint import endpoint_footprint
    from litmus.footprint import Rates

    endpoint = launch(workers=1)
    endpoint.predict([row] * 10)
    found = endpoint_footprint("income", Rates(cpu_hour_price=3600.0, core_watts=3600.0, overhead=1.0))
    assert found.cpu_seconds > 0
    assert abs(found.cost - found.cpu_seconds) < 1e-6
    assert abs(found.watt_hours - found.cpu_seconds) < 1e-6
