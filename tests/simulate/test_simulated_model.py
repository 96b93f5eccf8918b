"""A real server in a clean environment, measured, and everything that can go wrong with it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from simulated_processes import processes_in

import litmus
from litmus.deployment import Deployment
from litmus.errors import BundleError, DataError, LitmusError, ParameterError, PredictionError, ResourceError
from litmus.simulate import Simulation, simulate

GENEROUS = {"memory": "4GB", "latency_p99": "10s"}


@pytest.fixture(scope="module")
def simulation(bundle, trained) -> Simulation:
    limits = {**GENEROUS, "concurrency": 2, "request_rate": 20, "packages": ["numpy"], "python": "3.10"}
    return simulate(bundle, limits, trained.data.train, duration=2.0)


def test_everything_is_measured(simulation):
    assert simulation.problem == ""
    assert simulation.failures == 0, simulation.first_failure
    assert 1 < simulation.rows <= 200
    for latency in (simulation.one_row, simulation.under_load, simulation.predict, simulation.http):
        assert 0 < latency.p50 <= latency.p95 <= latency.p99 <= latency.most
        assert latency.count > 0
    assert simulation.predict.p50 < simulation.one_row.p50
    assert simulation.http.p50 < simulation.one_row.p50
    assert simulation.under_load.count < 60
    assert simulation.request_rate > 0
    assert 0.05 < simulation.cold_start < 60
    assert simulation.memory > 20_000_000
    assert simulation.bundle_size > 1_000
    assert simulation.environment_size > 10_000_000
    assert {"httptools", "numpy", "starlette", "uvloop"} <= simulation.packages.keys()
    assert simulation.missing == ()
    assert simulation.machine.cores == os.cpu_count()
    assert simulation.calibration.seconds > 0


def test_limits_that_are_missed_are_named(simulation):
    assert not simulation.qualifies
    assert [violation.name for violation in simulation.violations] == ["packages", "python"]
    assert any(name.startswith("starlette==") for name in simulation.forbidden)
    assert not any(name.startswith("numpy==") for name in simulation.forbidden)
    assert "are needed and are not among the allowed packages." in simulation.reasons[0]


def test_it_reads_as_a_table_and_travels_as_json_and_html(simulation):
    text = str(simulation)
    assert text.splitlines()[0] == "small does not qualify on 1 cpu and 4.0 GB"
    assert re.search(r"p99, 20/s on 2 connections +10 s +\S+ \S+ +ok", text)
    assert re.search(r"Python +3\.10 +3\.\S+ +missed", text)
    assert "Measured in " in text
    assert simulation.machine.processor in text
    values = json.loads(json.dumps(simulation.to_json(), allow_nan=False))
    assert values["qualifies"] is False
    assert values["one_row"]["p99"] == simulation.one_row.p99
    assert values["deployment"]["latency_p99"] == 10.0
    assert {violation["name"] for violation in values["violations"]} == {"packages", "python"}
    html = simulation.to_html()
    assert html.startswith('<section class="part simulation">')
    assert html.count("<tr>") == 13
    assert simulation._repr_html_() == html


def test_a_model_simulates_itself_and_leaves_nothing(trained, temporary):
    found = trained.model.simulate(GENEROUS, duration=0.6)
    assert found.qualifies, found.reasons
    assert 0 < found.steps.p50 < found.one_row.p50
    assert str(found).startswith("small qualifies on 1 cpu and 4.0 GB")
    assert not list(temporary.iterdir())
    assert not processes_in(temporary)


def test_a_memory_limit_too_small_to_start(bundle, temporary):
    found = simulate(bundle, {**GENEROUS, "memory": "30MB"}, duration=1.0)
    assert not found.qualifies
    assert found.problem.startswith("The server was ended before it answered: it took ")
    assert "more than the 30 MB that the deployment allows" in found.problem
    assert found.memory > 30_000_000
    assert found.one_row is None
    assert found.cold_start is None
    assert [violation.name for violation in found.violations] == ["memory"]
    assert "—" in str(found)
    json.dumps(found.to_json(), allow_nan=False)
    assert not list(temporary.iterdir())


def test_a_server_that_dies_while_it_is_measured(bundle, temporary):
    def kill_while_measured():
        end = time.monotonic() + 60
        while not processes_in(temporary, "_replaying_process") and time.monotonic() < end:
            time.sleep(0.02)
        os.kill(*processes_in(temporary, "_serving_process"), signal.SIGSEGV)

    killer = threading.Thread(target=kill_while_measured)
    killer.start()
    found = simulate(bundle, GENEROUS, duration=4.0)
    killer.join()
    assert found.problem == "The server ended while it was measured (killed by SIGSEGV)."
    assert not found.qualifies
    assert found.cold_start > 0
    assert not list(temporary.iterdir())


def test_a_package_that_is_not_installed_here_is_named(bundle, temporary, monkeypatch):
    from litmus.simulate import story

    monkeypatch.setattr(story, "requirements_of", lambda manifest: ["starlette", "no-such-package==1.2"])
    found = simulate(bundle, GENEROUS, duration=1.0)
    assert found.missing == ("no-such-package==1.2",)
    assert not found.qualifies
    assert found.problem.startswith(
        "no-such-package==1.2 is required and not installed here; install with: pip install no-such-package==1.2."
    )
    assert "No module named" in found.problem
    assert not list(temporary.iterdir())


def test_rows_that_the_server_refuses_are_counted_as_failures(bundle, temporary, monkeypatch):
    from litmus.simulate import story

    monkeypatch.setattr(story, "request_bodies", lambda rows, manifest, seed: [{"age": "many"}])
    found = simulate(bundle, GENEROUS, duration=0.6)
    assert found.failures == found.requests > 0
    assert "age" in found.first_failure
    assert not found.qualifies
    assert any("requests failed" in reason for reason in found.reasons)


def test_a_port_that_is_taken(bundle, temporary):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ResourceError, match=f"Port {port} on 127.0.0.1 is in use"):
            simulate(bundle, GENEROUS, port=port)
    assert not list(temporary.iterdir())


def test_more_cores_than_there_are(bundle):
    with pytest.raises(ResourceError, match=r"The deployment has 10000 cpus and this machine lends \d+"):
        simulate(bundle, Deployment(cpus=10_000))


@pytest.mark.parametrize(
    ("model", "options", "kind", "message"),
    [
        (3, {}, BundleError, "A int is no model"),
        ("/no/such/file.litmus", {}, BundleError, "There is no file"),
        (None, {"deployment": {"cpu": 1}}, ParameterError, "Did you mean 'cpus'"),
        (None, {"duration": "soon"}, ParameterError, "duration='soon' is not a time"),
        (None, {"seed": 1.5}, ParameterError, "seed=1.5"),
        (None, {"rows": []}, DataError, "There are no rows"),
        (None, {"rows": [{"age": 3}]}, PredictionError, "city|member|since|height"),
        (None, {"rows": "/no/such.csv"}, LitmusError, "no/such.csv"),
    ],
)
def test_mistakes_are_one_sentence(bundle, temporary, model, options, kind, message):
    with pytest.raises(kind, match=message):
        simulate(bundle if model is None else model, **options)
    assert not list(temporary.iterdir())


def test_a_bundle_with_code_of_its_makers_own_needs_trust(tmp_path, temporary):
    def doubled(frame):
        return frame.assign(twice=frame["size"].to_pandas() * 2)  # pandas' own, so that it cannot be traced

    rows = [{"size": float(size), "price": 3.0 * size} for size in range(100)]
    from trained_models import train_model

    own = train_model(rows, target="price", before=[doubled])
    path = own.model.save(tmp_path / "own.litmus")
    with pytest.raises(BundleError, match="trust=True"):
        simulate(path, GENEROUS, duration=0.5)
    assert simulate(path, GENEROUS, duration=0.5, trust=True).qualifies


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_simulation_leaves_nothing(bundle, temporary, number):
    code = f"from litmus.simulate import simulate; simulate({str(bundle)!r}, {GENEROUS!r}, duration=30)"
    parent = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, start_new_session=True)
    end = time.monotonic() + 60
    while not processes_in(temporary, "_serving_process"):
        assert time.monotonic() < end
        assert parent.poll() is None
        time.sleep(0.05)
    parent.send_signal(number)
    parent.communicate(timeout=30)
    assert parent.returncode != 0
    while processes_in(temporary) or list(temporary.iterdir()):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_it_is_public():
    assert litmus.Model.simulate.__doc__
