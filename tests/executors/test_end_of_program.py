"""However a program ends during a run, no process, file or shared memory of its workers stays."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from litmus.executors import Job, LocalProcesses

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the forker watches over what workers start on Linux")

PROGRAM = """
import ctypes, os, signal, sys, tempfile, time
from multiprocessing import shared_memory
from litmus.executors import Job, LocalProcesses

def hang(name):
    tempfile.mkstemp()
    shared_memory.SharedMemory(name, create=True, size=4096)
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    print(os.getpid(), child, os.getppid(), flush=True)
    ctypes.PyDLL(None).sleep(600)

with LocalProcesses(1) as pool:
    for outcome in pool.run([Job(0, hang, (sys.argv[1],))]):
        print(outcome.error)
"""


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_stays_when_the_program_is_ended_during_a_run(tmp_path, end):
    script, temporary = tmp_path / "script.py", tmp_path / "temporary"
    script.write_text(textwrap.dedent(PROGRAM))
    temporary.mkdir()
    name = f"litmus-test-{os.getpid()}-{end}"
    program = subprocess.Popen(
        [sys.executable, script, name],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
    )
    with program:
        pids = [int(word) for word in program.stdout.readline().split()]
        assert len(pids) == 3
        assert all(map(alive, pids))
        program.send_signal(end)
        errors = program.stderr.read()
        program.wait(60)
    assert ("KeyboardInterrupt" in errors) == (end == signal.SIGINT)
    assert eventually(lambda: not any(map(alive, pids)))
    assert eventually(lambda: not list(temporary.iterdir()) or len(str(temporary)) > 60)
    assert eventually(lambda: not Path(f"/dev/shm/{name}").exists())


def test_a_request_that_the_forker_did_not_live_to_read_is_asked_again():
    with LocalProcesses(1) as pool:
        (outcome,) = pool.run([Job(0, os.getppid)])
    forker = psutil.Process(outcome.value)
    forker.suspend()
    with LocalProcesses(1) as pool:
        pool.start()
        time.sleep(0.3)  # the request is written by now, and nobody reads it
        forker.kill()
        (outcome,) = pool.run([Job(0, os.getppid)])
    assert outcome.error is None
    assert outcome.value != forker.pid


def nap(seconds):
    time.sleep(seconds)
    return os.getppid()


def test_jobs_go_on_when_the_forker_dies_and_later_ones_get_another():
    with LocalProcesses(2) as pool:
        pool.submit(Job("running", nap, (1.5,)))
        list_of_parents = []
        (forker,) = {process.ppid() for process in workers(pool)}
        psutil.Process(forker).kill()
        pool.submit(Job("next", nap, (0.0,)))
        outcomes = {o.job.key: o for o in (pool.next(120), pool.next(120))}
        assert [outcomes[key].error for key in ("running", "next")] == [None, None]
        pool.submit(Job("hanging", nap, (600.0,), deadline=time.monotonic() + 0.5))
        assert pool.next(120).stopped == "deadline"
        list_of_parents += [o.value for o in pool.run([Job(n, nap, (0.3,)) for n in range(2)])]
    assert forker not in list_of_parents[-1:]


def workers(pool):
    eventually(lambda: len(known(pool)) == 2)
    return [psutil.Process(pid) for pid in known(pool)]


def known(pool):
    return [worker.process.pid for worker in pool._supervisor._workers if worker.process.pid]


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(0.05)
    return condition()
