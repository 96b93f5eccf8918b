"""What the store has of runs, and what differs between two of them."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from lineage_tables import add_ratio, people

import litmus
from litmus import lineage
from litmus.cli.app import run as command
from litmus.errors import LitmusError
from litmus.store import Store

QUICK = {"target": "bought", "callbacks": [], "executor": "in_process", "k_fold": 2}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "people.csv"
    people().to_csv(path, index=False)
    return path


def test_a_version_answers_where_it_comes_from(table, capsys):
    run = litmus.train(table, algorithm="LinearModel", seed=3, **QUICK)
    version = run.versions["people"]
    store = Store()
    store.approve(version, who="ann", reason="good enough")
    store.set_alias(version, who="ann")
    facts = lineage.of("people@champion")
    assert (facts["version"], facts["run"], facts["seed"]) == (version, run.id, 3)
    rows = len(run.data["people"].train)
    assert facts["data"]["rows"] == rows
    assert facts["data"]["columns"]["age"] == ["numeric", "str"]  # as it stands in the file
    assert facts["data"]["fingerprint"] == run.data["people"].fingerprint
    assert facts["packages"]["numpy"]
    assert facts["machine"]["cores"]
    assert "strength" in facts["configurations"][0]["parameters"]
    assert (facts["approval"], facts["aliases"], facts["endpoints"]) == ("approved", ["champion"], [])
    text = repr(facts)
    assert f"{rows} training rows and {240 - rows} test rows" in text
    assert "approved by ann" in text
    assert "good enough" in text
    assert repr(store.open_model(version).lineage).startswith("Run")
    capsys.readouterr()
    assert command(["lineage", version, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run"] == run.id
    assert command(["lineage", version]) == 0
    assert "approved by ann" in capsys.readouterr().out


def test_runs_are_listed_shown_and_compared(table, capsys):
    first = litmus.train(table, algorithm="LinearModel", **QUICK)
    frame = people(300)
    second = litmus.train(frame, algorithm="DecisionTree", seed=1, steps=[add_ratio], **QUICK)
    assert [record.id for record in lineage.runs()] == [second.id, first.id]
    assert [record.id for record in lineage.runs(last=1)] == [second.id]
    found = lineage.compare(first.id, second.id)
    said = {
        section: " ".join(one.sentence for one in found.of(section))
        for section in ("data", "code", "parameters", "scores")
    }
    sizes = [len(one.data[name].train) for one, name in ((first, "people"), (second, "data"))]
    assert f"training rows: {sizes[0]}, then {sizes[1]}" in said["data"]
    assert "add_ratio is in the second only" in said["code"]
    assert "seed: 0, then 1" in said["parameters"]
    assert "validation roc_auc" in said["scores"]
    assert not found.of("environment")
    assert "environment: the same" in repr(found)
    assert lineage.compare(first.best, first.best).same
    capsys.readouterr()
    assert command(["runs"]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith(second.id)
    assert command(["runs", "--json", "--last", "1"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["status"] == "finished"
    assert command(["runs", "show", first.id]) == 0
    assert "people-1" in capsys.readouterr().out
    assert command(["runs", "show", "people-1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["inputs"]["seed"] == 0
    assert command(["runs", "compare", first.id, second.id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"] is False
    assert command(["runs", "show", "no-such-run"]) == 2
    assert command(["runs", "--status", "odd"]) == 2


def test_failed_runs_are_recorded(table):
    with pytest.raises(LitmusError):
        litmus.train(table, target="no such column", algorithm="LinearModel", callbacks=[], executor="in_process")
    record = lineage.runs()[0]
    assert record.status == "failed"
    assert "no such column" in record.summary["error"]
    assert record.inputs["seed"] == 0


def test_interrupted_runs_are_recorded_as_killed(table):
    def stop(event):
        if event.kind == "fold.finished":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        litmus.train(table, algorithm="LinearModel", **{**QUICK, "callbacks": [stop]})
    assert lineage.runs()[0].status == "killed"


PROGRAM = """
import sys, time, litmus
def slow(df):
    time.sleep(60)
    return df
litmus.train(sys.argv[1], target="bought", algorithm="LinearModel", steps=[slow], callbacks=[], executor="in_process")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_a_run_whose_process_was_ended_is_found_to_be_killed(table, tmp_path):
    script = tmp_path / "train.py"
    script.write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, str(script), str(table)], env=dict(os.environ), stderr=subprocess.DEVNULL
    )
    try:
        store, end = Store(), time.monotonic() + 60
        while not store.runs(status="running"):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.1)
        assert [record.status for record in lineage.runs()] == ["running"]
        process.send_signal(signal.SIGKILL)
        process.wait()
        record = lineage.runs()[0]
        assert record.status == "killed"
        assert record.code["program"] == "train.py"
    finally:
        process.kill()
        process.wait()


def test_no_secret_gets_into_the_store_or_a_bundle(table, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMIK7MDENG")

    def with_key(df):
        key = "wJalrXUtnFEMIK7MDENG"
        return df if key else None

    run = litmus.train(table, algorithm="LinearModel", steps=[with_key], **QUICK)
    store = Store()
    working = (
        store.home / "working"
    )  # what workers fit lies there until the run is gone, the step with its code among it
    for file in (one for one in store.home.rglob("*") if one.is_file() and not one.is_relative_to(working)):
        assert b"wJalrXUtnFEMIK7MDENG" not in file.read_bytes(), file
    assert "wJalrXUtnFEMIK7MDENG" not in json.dumps(lineage.of(run.best))
    with pytest.raises(LitmusError, match="password or a key"):
        lineage.reproduce(run.best, trust=True, callbacks=[])


def test_a_store_that_cannot_be_written_loses_no_run(table, tmp_path, monkeypatch):
    place = tmp_path / "file"
    place.write_text("")
    monkeypatch.setenv("LITMUS_HOME", str(place))
    run = litmus.train(table, algorithm="LinearModel", **QUICK)
    assert run.best.lineage["inputs"]["seed"] == 0
    assert any("not kept whole" in event.message for event in run.events.history if event.kind == "note")
