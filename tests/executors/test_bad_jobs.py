"""Jobs that misbehave: each fails with a clear reason, the others' results are complete, the workers are as many as before."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import shared_memory
from pathlib import Path

import numpy as np
import psutil
import pytest

from litmus.executors import Job, LocalProcesses

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signals")


def hang():
    while True:
        pass


def hang_in_a_pattern():
    re.match("(a+)+$", "a" * 60 + "b")


def hang_in_c():
    ctypes.PyDLL(None).sleep(600)  # with the interpreter's lock held


def ignore_the_end():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hang()


def hang_with_children():
    for _ in range(2):
        if os.fork() == 0:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
    hang()


def segfault():
    ctypes.string_at(0)


def leave_quietly():
    os._exit(0)


def interrupt():
    raise KeyboardInterrupt


def leave():
    sys.exit("enough")


def unpicklable():
    return threading.Lock()


def huge():
    return np.zeros(40_000_000)


def chatter():
    for _ in range(200):
        os.write(1, b"x" * 10_000)
    raise ValueError("said enough")


def close_everything():
    os.closerange(3, 100)


BAD = {
    hang: "deadline",
    hang_in_a_pattern: "deadline",
    hang_in_c: "deadline",
    ignore_the_end: "deadline",
    hang_with_children: "deadline",
    segfault: "crash",
    leave_quietly: "crash",
    close_everything: "crash",
    interrupt: "",
    leave: "",
    unpicklable: "",
    huge: "",
    chatter: "",
}
SENTENCES = {
    hang: "It was not done at its deadline, and was ended after",
    segfault: "a library crashed (a segmentation fault)",
    leave_quietly: "ended the process with code 0",
    interrupt: "KeyboardInterrupt",
    leave: "SystemExit: enough",
    unpicklable: "The result could not be sent back. TypeError",
    huge: "The result takes 320 MB, and a job may return at most 268 MB",
    chatter: "ValueError: said enough",
}


def double(number):
    time.sleep(0.02)
    return 2 * number


def pid():
    time.sleep(0.3)
    return os.getpid()


@pytest.fixture(scope="module")
def pool():
    with LocalProcesses(2) as executor:
        list(executor.run([Job(0, pid), Job(1, pid)]))  # ready
        yield executor


def workers_of(pool):
    outcomes = list(pool.run([Job(n, pid) for n in range(2)]))
    assert [outcome.error for outcome in outcomes] == [None, None]
    return {outcome.value for outcome in outcomes}


def eventually(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(0.05)
    return condition()


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("bad", BAD, ids=lambda function: function.__name__)
def test_a_bad_job_fails_with_its_reason_and_the_others_are_done(pool, bad):
    before = set(psutil.Process().children(recursive=True))
    good = [Job(number, double, (number,)) for number in range(6)]
    deadline = time.monotonic() + (0.7 if BAD[bad] == "deadline" else 60)
    outcomes = {o.job.key: o for o in pool.run([Job("bad", bad, deadline=deadline), *good])}
    assert outcomes["bad"].stopped == BAD[bad]
    assert SENTENCES.get(bad, "") in outcomes["bad"].error
    assert [outcomes[number].value for number in range(6)] == [0, 2, 4, 6, 8, 10]
    assert eventually(lambda: len(workers_of(pool)) == 2)  # one that was replaced may still be getting ready
    assert eventually(lambda: len(set(psutil.Process().children(recursive=True)) - before) <= 2)  # new workers at most


def take_memory(megabytes=20):
    kept = []
    while True:
        kept.append(np.ones(megabytes * 125_000))
        time.sleep(0.02)


def take_memory_in_a_child():
    child = os.fork()
    if child == 0:
        take_memory()
    os.waitpid(child, 0)


def share_memory():
    block = shared_memory.SharedMemory(create=True, size=400_000_000)
    np.ndarray(50_000_000, buffer=block.buf)[:] = 1
    time.sleep(60)


@pytest.mark.parametrize("bad", [take_memory, take_memory_in_a_child, share_memory])
@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted by the process file system")
def test_a_job_that_takes_more_than_its_share_of_memory_is_ended(pool, bad):
    outcomes = {o.job.key: o for o in pool.run([Job("bad", bad, memory=150_000_000), Job("good", double, (4,))])}
    assert outcomes["bad"].stopped == "memory"
    assert "more than its share of 150 MB" in outcomes["bad"].error
    assert "run fewer fits at once" in outcomes["bad"].error
    assert outcomes["good"].value == 8
    assert eventually(lambda: len(workers_of(pool)) == 2)  # one that was replaced may still be getting ready


def read_all(path):
    mapped = np.memmap(path, dtype=np.uint8, mode="r")
    total = int(mapped[::4096].sum())
    time.sleep(0.7)
    return total


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted by the process file system")
def test_a_mapped_file_is_nobodys_memory(pool, tmp_path):
    with (tmp_path / "table").open("wb") as file:
        file.truncate(300_000_000)
    jobs = [Job(number, read_all, (str(tmp_path / "table"),), memory=100_000_000) for number in range(2)]
    assert [outcome.error for outcome in pool.run(jobs)] == [None, None]


def leave_children():
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            os.setsid()
            time.sleep(600)
        children.append(child)
    leaf = subprocess.run(
        ["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"], capture_output=True, text=True, check=True
    )
    return [*children, int(leaf.stdout)]


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are inherited on Linux only")
def test_processes_that_outlive_their_job_are_ended(pool):
    (outcome,) = pool.run([Job(0, leave_children)])
    assert outcome.error is None
    assert len(outcome.value) == 3
    assert eventually(lambda: not any(map(alive, outcome.value)))
    assert eventually(lambda: len(workers_of(pool)) == 2)  # one that was replaced may still be getting ready


def change_surroundings():
    os.chdir("/")
    os.environ["LITMUS_TEST_WORD"] = "left"
    del os.environ["PATH"]
    sys.path.insert(0, "/nowhere")
    sys.stdout = None
    signal.alarm(1)


def surroundings():
    time.sleep(1.2)  # past the alarm
    return str(Path.cwd()), "LITMUS_TEST_WORD" in os.environ, "PATH" in os.environ, sys.path[0], sys.stdout is None


def test_what_a_job_changes_is_put_back_for_the_next():
    with LocalProcesses(1) as pool:
        first, second = pool.run([Job(0, change_surroundings), Job(1, surroundings)])
    assert first.error is None
    assert second.value == (str(Path.cwd()), False, True, sys.path[0], False)


def forget_shared_memory(name):
    shared_memory.SharedMemory(name, create=True, size=4096)
    hang()


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="shared memory has no folder here")
def test_shared_memory_of_an_ended_job_is_freed():
    name = f"litmus-test-{os.getpid()}"
    with LocalProcesses(1) as pool:
        (outcome,) = pool.run([Job(0, forget_shared_memory, (name,), deadline=time.monotonic() + 3)])
        assert outcome.stopped == "deadline"
    assert not Path(f"/dev/shm/{name}").exists()


def forget_files():
    import tempfile

    (Path(tempfile.mkdtemp()) / "big").touch()
    return tempfile.gettempdir()


def test_temporary_files_of_jobs_are_removed():
    with LocalProcesses(1) as pool:
        (outcome,) = pool.run([Job(0, forget_files)])
        assert Path(outcome.value).is_dir()
    assert not Path(outcome.value).exists()
