"""Training a model again: on new data, on the same, on captured rows; and what stands in the way."""

import json
import threading

import pandas as pd
import pytest
from labelled_traffic import capture, table

import litmus
from litmus.cli.app import run as command
from litmus.errors import DataError, LitmusError, ParameterError, UnknownNameError
from litmus.retraining import BusyError, Gate, retrain
from litmus.retraining.lock import held_lock
from litmus.store import Store

QUICK = {"options": {"executor": "in_process"}}
LENIENT = Gate(min_rows=50, max_slowdown=1000, max_growth=1000)


@pytest.fixture
def version(tmp_path):
    table(500).to_parquet(tmp_path / "table.parquet")
    run = litmus.train(
        str(tmp_path / "table.parquet"), target="label", algorithm="DecisionTree", callbacks=[], executor="in_process"
    )
    return run.best.version


def checks(result):
    return {check.name: check for check in result.gate.checks}


def test_more_data_make_a_better_model(version, tmp_path):
    both = pd.concat([table(500), table(900, seed=3, moved=True)], ignore_index=True)
    both.to_parquet(tmp_path / "more.parquet")
    result = retrain(version, data=str(tmp_path / "more.parquet"), gate=LENIENT, **QUICK)
    assert result.outcome == "accepted", str(result)
    assert checks(result)["new"].facts["gain"] > 0.05
    assert Store().find(result.version).version != version
    made = Store().decisions("table")
    assert [each.what for each in made] == ["retrain", "gate"]
    assert (made[1].before, made[1].after) == (version, result.version)
    assert made[1].facts["report"]["accepted"]
    again = retrain(result.version, gate=LENIENT, **QUICK)  # its own rows were kept, so that it can be retrained too
    assert again.outcome == "refused"
    assert checks(again)["past"].facts["rows"] >= checks(result)["past"].facts["rows"]


def test_the_same_rows_make_no_better_model(version):
    result = retrain(version, gate=LENIENT, **QUICK)
    assert result.outcome == "refused"
    assert checks(result)["past"].facts["gain"] == 0.0
    assert Store().decisions("table", what="gate")[0].after == version
    assert command(["retrain", version, "--gate", "min_rows=50", "--json", "-q"]) == 4


def test_wrong_labels_make_a_worse_model(version, tmp_path):
    bad = table(900, seed=3).assign(label=lambda frame: frame["label"].map({"yes": "no", "no": "yes"}))
    result = retrain(
        version, data=bad, gate=Gate(min_rows=50, allow=["new"], max_slowdown=1000, max_growth=1000), **QUICK
    )
    assert result.outcome == "refused"
    assert checks(result)["past"].passed is False


def test_data_that_do_not_fit_are_refused_before_anything_is_trained(version, tmp_path, capsys):
    table(50).drop(columns="label").to_csv(tmp_path / "bare.csv", index=False)
    assert command(["retrain", version, "--data", str(tmp_path / "bare.csv"), "-q"]) == 2
    assert "no target 'label'" in capsys.readouterr().err
    with pytest.raises(DataError, match="not those that the model learned from"):
        retrain(version, data=table(200).drop(columns="size"), **QUICK)
    with pytest.raises(DataError, match="does not exist"):
        retrain(version, data=str(tmp_path / "none.csv"), **QUICK)
    third = table(300, seed=2).assign(label=lambda frame: frame["label"].where(frame.index > 60, "perhaps"))
    result = retrain(version, data=third, gate=LENIENT, **QUICK)
    assert (result.outcome, result.version) == ("refused", None)
    assert "'perhaps' (61 rows)" in result.gate.sentence
    assert [record.version for record in Store().models()] == [version]


def test_rows_that_are_gone(version, tmp_path):
    (tmp_path / "table.parquet").unlink()
    with pytest.raises(LitmusError, match="--data"):
        retrain(version, **QUICK)


def test_what_is_no_model_or_endpoint(version):
    with pytest.raises(UnknownNameError, match="Nor is there an endpoint"):
        retrain("nothing", **QUICK)
    with pytest.raises(ParameterError, match="not an endpoint"):
        retrain(version, deploy=True, **QUICK)
    with pytest.raises(ParameterError, match="Did you mean"):
        retrain(version, gate={"tolerence": 1}, **QUICK)


def test_two_at_once(version):
    home, inside, leave = Store().home, threading.Event(), threading.Event()

    def hold():
        with held_lock(home, "retrain-table", "retraining of table"):
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(30)
    with pytest.raises(BusyError, match="Another retraining of table is under way"):
        retrain(version, **QUICK)
    assert command(["retrain", version, "-q"]) == 5
    leave.set()
    thread.join()
    assert retrain(version, gate=LENIENT, **QUICK).outcome == "refused"


def test_a_version_whose_test_rows_are_not_there(version):
    store = Store()
    store.attached(version, "test_rows").write_bytes(b"changed by hand")
    result = retrain(version, data=table(900, seed=3), gate=LENIENT, **QUICK)
    assert checks(result)["past"].passed is None
    assert any("cannot be used" in note for note in result.notes)


@pytest.fixture
def endpoint(version):
    made = litmus.deploy(version, "colours", workers=1, capture=1.0)
    made.stop()
    yield made
    made.delete()


def test_captured_rows_are_learned_from(endpoint, capsys):
    with pytest.raises(DataError, match="no captured requests with labels"):
        retrain("colours", labels=True, **QUICK)
    strangers = [{"request_id": "nobody", "label": "yes"}, {"request_id": "main-0", "row": 0, "label": None}]
    capture(endpoint.folder, table(1200, seed=5, moved=True), extra=strangers)
    result = retrain("colours", gate=LENIENT, **QUICK)
    assert result.outcome == "accepted", str(result)
    facts = Store().decisions("colours", what="retrain")[-1].facts
    assert 700 < facts["added"] < 950
    assert facts["added"] + facts["new rows to judge by"] == 1199  # one label was taken back
    with pytest.raises(LitmusError, match="does not run"):
        retrain("colours", gate=LENIENT, deploy=True, **QUICK)
    assert command(["retrain", "colours", "--history", "--json"]) == 0
    assert [each["what"] for each in json.loads(capsys.readouterr().out)] == ["retrain", "gate", "retrain", "gate"]


def test_masked_columns_and_changed_traffic_are_not_learned_from(endpoint):
    capture(endpoint.folder, table(300, seed=5).assign(size="XL"))
    with pytest.raises(DataError, match="not those that the model learned from"):
        retrain("colours", **QUICK)
    config = json.loads((endpoint.folder / "config.json").read_text())
    config["capture"]["masked"] = ["kind"]
    (endpoint.folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(DataError, match="masks 'kind'"):
        retrain("colours", **QUICK)
