"""The process that workers are forked from: kept between pools, replaced when it was killed, gone with the program."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from litmus.executors import Job, LocalProcesses

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")


def surroundings():
    return str(Path.cwd()), os.environ.get("LITMUS_TEST_WORD"), os.getppid()


def ask():
    with LocalProcesses(1) as pool:
        (outcome,) = pool.run([Job(0, surroundings)])
    assert outcome.error is None
    return outcome.value


def test_the_next_pool_has_the_same_one_and_sees_what_changed_meanwhile(tmp_path, monkeypatch):
    _, _, first = ask()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LITMUS_TEST_WORD", "changed")
    assert ask() == (str(tmp_path), "changed", first)


def test_a_killed_one_is_replaced():
    _, _, first = ask()
    process = psutil.Process(first)
    process.kill()
    process.wait(20)
    _, _, second = ask()
    assert second != first


def test_it_ends_with_the_program(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import os
        from litmus.executors import Job, LocalProcesses
        with LocalProcesses(1) as pool:
            (outcome,) = pool.run([Job(0, os.getppid)])
        print(outcome.value)
        """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=True)
    assert not done.stderr
    assert not psutil.pid_exists(int(done.stdout))
