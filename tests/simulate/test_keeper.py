"""Processes are started on given cores, watched, and gone with the folder however the simulation ends."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from litmus.errors import ResourceError
from litmus.simulate.keeper import Ended, Keeper, isolated_python

CPU = sorted(os.sched_getaffinity(0))[-1]


def start(keeper, code, name="one", memory=None):
    keeper.start(name, [*isolated_python(), "-c", code], cpus=[CPU], env={}, memory=memory)


def wait_until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_process_runs_on_its_cores_and_says_how_it_ends(temporary):
    with Keeper() as keeper:
        assert keeper.folder.parent == temporary
        code = "import os, sys, time; time.sleep(0.2); open('cpus', 'w').write(str(sorted(os.sched_getaffinity(0)))); sys.exit('so be it')"
        start(keeper, code)
        ended = keeper.wait("one", 10.0)
        assert (keeper.folder / "cpus").read_text() == str([CPU])
        assert (ended.status, ended.too_much) == (1, False)
        assert ended.how == "it exited with 1: so be it"
        assert ended.peak > 0
    assert not list(temporary.iterdir())


def test_what_it_says_is_heard_and_noise_is_not(temporary):
    with Keeper() as keeper:
        start(keeper, 'print(\'noise\'); print(\'{"event": "told by one", "number": 3}\', flush=True); input()')
        assert keeper.told("one", 10.0)["number"] == 3
        start(keeper, "import time; time.sleep(60)", name="two")
        assert keeper.told("two", 0.2) is None
        assert keeper.wait("two", 0.1) is None
        keeper.stop("two")
        assert keeper.ended("two").status == -signal.SIGKILL
        assert keeper.ended("two").how == "killed by SIGKILL"


def test_a_process_that_takes_too_much_memory_is_ended_with_what_it_started(temporary):
    child = "import time; data = bytearray(b'x' * 90_000_000); time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {child!r}])"
    with Keeper() as keeper:
        start(keeper, code, memory=70_000_000)
        ended = keeper.wait("one", 20.0)
        assert ended.too_much
        assert 70_000_000 < ended.peak < 200_000_000
        mine = psutil.Process(keeper.process).children(recursive=True)
        assert not mine


def test_one_that_may_not_be_started_says_why(temporary):
    with Keeper() as keeper:
        keeper.start("one", ["/no/such/program"], cpus=[CPU], env={})
        ended = keeper.wait("one", 10.0)
        assert ended.status == 127
        assert "No such file" in ended.how


def test_nothing_is_left_when_the_block_is_left_by_an_error(temporary):
    with pytest.raises(KeyboardInterrupt), Keeper() as keeper:
        start(keeper, "import time; time.sleep(60)")
        wait_until(lambda: keeper.ended("one") or keeper.started)
        raise KeyboardInterrupt
    assert not psutil.pid_exists(keeper.process)
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("victim", ["parent", "keeper"])
def test_nothing_runs_on_when_a_process_is_killed(temporary, victim):
    code = (
        "import sys, time\nfrom litmus.simulate.keeper import Keeper, isolated_python\n"
        "with Keeper() as keeper:\n"
        "    keeper.start('one', [*isolated_python(), '-c', 'import time; time.sleep(60)'], cpus=[CPU], env={})\n"
        "    while 'one' not in keeper.started: keeper.ended('one')\n"
        "    print(keeper.process, flush=True)\n    time.sleep(60)\n".replace("CPU", str(CPU))
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    keeper = psutil.Process(int(parent.stdout.readline()))
    (served,) = keeper.children()
    (parent if victim == "parent" else keeper).kill()
    for process in (keeper, served):
        wait_until(lambda process=process: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    parent.kill()
    parent.wait(10.0)
    parent.stdout.close()
    assert victim == "keeper" or not list(temporary.iterdir())


def test_a_keeper_that_is_gone_is_one_sentence(temporary):
    with pytest.raises(ResourceError, match="keeps a simulation's server ended"), Keeper() as keeper:
        os.kill(keeper.process, signal.SIGKILL)
        keeper.wait("one", 10.0)


def test_an_unknown_signal_is_told_by_its_number():
    assert Ended("one", -200, 0, False, "").how == "it ended with status -200"
