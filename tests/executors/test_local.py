"""Jobs in worker processes: results, failures, crashes, interrupts, and nothing left behind."""

import os
import subprocess
import sys
import textwrap
import threading
import time

import psutil
import pytest

from litmus.errors import DataError
from litmus.executors import InProcess, Job, LocalProcesses


def square(number):
    return number * number


def complain(number):
    raise DataError(f"row {number} is odd")


def crash():
    os._exit(9)


def pid():
    time.sleep(0.05)
    return os.getpid()


@pytest.fixture(scope="module")
def pool():
    with LocalProcesses(2) as executor:
        yield executor


@pytest.mark.parametrize("make", [lambda: LocalProcesses(2), InProcess])
def test_every_job_has_one_outcome(make):
    with make() as executor:
        outcomes = {o.job.key: o for o in executor.run([Job(n, square, (n,)) for n in range(7)])}
    assert {key: outcome.value for key, outcome in outcomes.items()} == {n: n * n for n in range(7)}
    assert all(outcome.error is None and outcome.seconds >= 0 for outcome in outcomes.values())


@pytest.mark.parametrize("make", [lambda: LocalProcesses(2), InProcess])
def test_an_error_is_the_jobs_reason_and_the_rest_goes_on(make):
    with make() as executor:
        outcomes = {o.job.key: o for o in executor.run([Job(0, complain, (3,)), Job(1, square, (2,))])}
    assert outcomes[0].error == "row 3 is odd"
    assert outcomes[1].value == 4


def test_a_foreign_error_names_its_type_and_line(pool):
    (outcome,) = pool.run([Job(0, square, ("x",))])
    assert "TypeError" in outcome.error
    assert "square" in outcome.error


def test_a_crashed_worker_costs_only_its_job(pool):
    outcomes = {o.job.key: o for o in pool.run([Job("crash", crash), *(Job(n, square, (n,)) for n in range(5))])}
    assert "worker process ended" in outcomes["crash"].error
    assert [outcomes[n].value for n in range(5)] == [0, 1, 4, 9, 16]


def test_a_job_that_cannot_travel_says_so(pool):
    (outcome,) = pool.run([Job(0, square, (threading.Lock(),))])
    assert "cannot be sent to a worker process" in outcome.error


def test_a_function_of_the_main_script_needs_no_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        from litmus.executors import Job, LocalProcesses
        def double(x):
            return 2 * x
        with LocalProcesses(2) as pool:
            print(sorted(o.value for o in pool.run([Job(n, double, (n,)) for n in range(3)])))
        """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[0, 2, 4]"


def test_skip_and_at_most(pool):
    outcomes = list(pool.run([Job(n, pid) for n in range(4)], at_most=1, skip=lambda job: job.key == 2))
    assert {outcome.job.key for outcome in outcomes} == {0, 1, 3}
    assert len({outcome.value for outcome in outcomes}) == 1


def test_closing_ends_every_process():
    executor = LocalProcesses(2)
    with executor:
        pids = {outcome.value for outcome in executor.run([Job(n, pid) for n in range(6)])}
        children = {process.pid for process in psutil.Process().children(recursive=True)}
        assert pids <= children
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(psutil.pid_exists(p) for p in pids):
        time.sleep(0.05)
    assert not any(psutil.pid_exists(p) for p in pids)


def test_workers_end_when_the_parent_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent("""
        import os, time
        from litmus.executors import Job, LocalProcesses
        def pid():
            time.sleep(0.1)
            return os.getpid()
        pool = LocalProcesses(2)
        print(*{o.value for o in pool.run([Job(n, pid) for n in range(4)])}, flush=True)
        time.sleep(60)
        """)
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        pids = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(_alive(p) for p in pids):
        time.sleep(0.05)
    assert pids
    assert not any(_alive(p) for p in pids)


def _alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
