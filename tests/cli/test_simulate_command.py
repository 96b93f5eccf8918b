"""`litmus simulate` in a process of its own: what it writes, its exit codes, and that nothing is left."""

import signal
import time

from litmus_command import processes_of_session


def test_it_says_whether_a_model_qualifies(trained):
    place = trained.place
    done = place.run(
        "simulate", "people-1", "--rows", trained.table, "--duration", "1s", "--latency-p99", "any", "--memory", "any",
        "--package", "numpy", "--html", "simulation.html", "--json",
    )  # fmt: skip
    assert done.code == 3, done.err
    found = done.json
    assert found["qualifies"] is False
    assert [violation["name"] for violation in found["violations"]] == ["packages"]
    assert found["rows"] > 100
    assert found["failures"] == 0
    assert found["deployment"]["memory"] is None
    page = (place.folder / "simulation.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "people-1 does not qualify on 1 cpu" in page
    assert place.left_behind() == []


def test_a_model_that_qualifies(trained):
    done = trained.place.run("simulate", trained.model, "--duration", "0.5s", "--latency-p99", "10s", "--memory", "4GB")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("people-1 qualifies on 1 cpu and 4.0 GB\n")


def test_mistakes(trained, run_here):
    place = trained.place
    assert "There is no model 'nobody'" in run_here(place, "simulate", "nobody").sentence
    assert (
        "latency_p99='soon' is not a time" in run_here(place, "simulate", "people-1", "--latency-p99", "soon").sentence
    )
    assert "memory='lots' is not a size" in run_here(place, "simulate", "people-1", "--memory", "lots").sentence
    done = run_here(place, "simulate", "people-1", "--html", "no/such/page.html")
    assert "does not exist; make it first" in done.sentence
    assert done.code == 2


def test_stopped_by_control_c_it_leaves_nothing(trained):
    place = trained.place
    process = place.start("simulate", "people-1", "--memory", "4GB", "--duration", "30s")
    end = time.monotonic() + 60
    while not any("_serving_process" in command for command in map(str, _commands(place))):
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "litmus: stopped.\n")
    assert not _commands(place)
    assert not processes_of_session(process.pid)
    assert place.left_behind() == []


def _commands(place):
    """The commands of the processes with a path in the folder for temporary files."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if str(place.temporary) in command:
            found.append(command)
    return found
