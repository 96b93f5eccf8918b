"""Training again the way the run did: search, ensemble, steps, folds, own code, by the record of the run."""

import dataclasses

import numpy as np
import pytest
from labelled_traffic import capture, table

import litmus
from litmus import lineage
from litmus.bundle import load
from litmus.data import KFoldCV, OrderedSplit
from litmus.errors import BundleError, ParameterError
from litmus.retraining import Gate, retrain
from litmus.store import Store

QUICK = {"options": {"executor": "in_process"}}
LENIENT = Gate(min_rows=50, max_slowdown=1000, max_growth=1000, allow=["past", "new", "slices", "cost"])
SILENT = {"target": "label", "callbacks": [], "executor": "in_process"}


def curved(rows, *, seed=0):
    """Labels that neither a line nor a tree finds alone."""
    frame, draw = table(rows, seed=seed), np.random.default_rng(seed + 100)
    bent = np.where(frame["noise"] > 0.3, 1.5, -0.7) * np.sign(frame["size"] - 0.4)
    return frame.assign(label=np.where(frame["size"] + bent + draw.normal(0, 0.8, rows) > 0, "yes", "no"))


def add_double(df):
    df["double"] = 2 * df["size"]
    return df


@litmus.metric(maximize=False)
def missed_cost(y_true, y_pred, *, each=5.0):
    return each * float(((y_true == "yes") & (y_pred == "no")).mean())


@dataclasses.dataclass
class Clip(litmus.Step):
    most: float = 2.0

    def transform(self, df):
        return df.assign(size=df["size"].clip(-self.most, self.most))


@pytest.fixture
def place(tmp_path):
    table(400).to_csv(tmp_path / "table.csv", index=False)
    return tmp_path / "table.csv"


def both(result):
    """The inputs of the new run, and the facts of its model; every run names that of the incumbent as its parent."""
    assert result.outcome == "accepted", str(result)
    store = Store()
    facts = lineage.of(result.version)
    assert facts["parent"] == lineage.of(result.incumbent)["run"]
    assert not any("settings are used" in note for note in result.notes)
    return store.run(result.run).inputs, facts


def same_but_data(then, now, *, others=()):
    left_out = {"data", "executor", *others}
    for name in then.keys() - left_out:
        assert now[name] == then[name], name


def test_a_search_is_done_again_within_its_budget(place):
    run = litmus.train(
        place, algorithm=["NaiveBayes", "LinearModel"], max_trials=4, search="random", k_fold=3,
        ensemble=False, metrics=["roc_auc", "accuracy"], objective="log_loss", seed=4, **SILENT,
    )  # fmt: skip
    then = Store().run(run.id).inputs
    result = retrain(run.best.version, data=table(700, seed=3), gate=LENIENT, **QUICK)
    now, facts = both(result)
    same_but_data(then, now)
    assert str(result.gate.metric) == "log_loss"
    assert now["data"][0]["k_fold"] == then["data"][0]["k_fold"]
    made = Store().run(result.run)
    assert made.summary["trials"] == Store().run(run.id).summary["trials"]
    assert facts["data"]["folds"] == 3
    fewer = retrain(
        result.version,
        data=table(700, seed=5),
        gate=LENIENT,
        options={"executor": "in_process", "max_trials": 3, "seed": 9},
    )
    later, _ = both(fewer)
    same_but_data(then, later, others=("budget", "seed"))
    assert (later["budget"], later["seed"]) == ({"seconds": None, "trials": 3}, 9)


def test_an_ensemble_is_made_again_as_an_ensemble():
    run = litmus.train(
        curved(500), algorithm=["LinearModel", "DecisionTree"], k_fold=3, ensemble=True, objective="log_loss", **SILENT
    )
    assert run.leaderboard[1].members
    result = retrain(run.best.version, data=curved(900), gate=LENIENT, **QUICK)
    now, facts = both(result)
    same_but_data(Store().run(run.id).inputs, now)
    assert set(facts["ensemble"]["weights"]) == {"LinearModel", "DecisionTree"}


def test_own_steps_and_metrics_need_trust_and_are_run_again(place):
    run = litmus.train(
        place, algorithm="LinearModel", steps=[add_double, Clip(most=1.5)], metrics=["roc_auc", missed_cost],
        objective=missed_cost, k_fold=2, **SILENT,
    )  # fmt: skip
    version = run.best.version
    with pytest.raises(BundleError, match="trust"):
        retrain(version, data=table(600, seed=3), gate=LENIENT, **QUICK)
    assert [each.version for each in Store().models()] == [version]
    result = retrain(version, data=table(600, seed=3), gate=LENIENT, trust=True, **QUICK)
    now, facts = both(result)
    same_but_data(Store().run(run.id).inputs, now)
    assert "missed_cost" in str(result.gate.metric)
    assert {"add_double", "Clip", "missed_cost"} <= {one["name"].partition(":")[2] for one in facts["code"]["own"]}
    assert load(Store().find(result.version).path, trust=True).predict(table(20, seed=8)) is not None


def test_folds_groups_weights_and_order_stay(place):
    rows = table(400).assign(weight=1.5, day=range(400), customer=[f"c{number % 40}" for number in range(400)])
    rows.to_csv(place, index=False)
    run = litmus.train(
        litmus.TaskData.create(data=place, target="label", group="customer", weight="weight", k_fold=3),
        algorithm="LinearModel", callbacks=[], executor="in_process",
    )  # fmt: skip
    now, facts = both(retrain(run.best.version, gate=LENIENT, **QUICK))
    assert (now["data"][0]["group"], now["data"][0]["weight"]) == ("customer", "weight")
    assert "grouped by customer" in facts["folds"]
    data = litmus.TaskData.create(name="kept", data=place, target="label", split=OrderedSplit(by="day"), k_fold=3)
    run = litmus.train(data, algorithm="LinearModel", callbacks=[], executor="in_process")
    _, facts = both(retrain(run.best.version, gate=LENIENT, **QUICK))
    assert "in order of day" in facts["folds"]


def test_validation_rows_of_then_rank_again_while_they_are_there(place, tmp_path):
    table(150, seed=7).to_csv(tmp_path / "valid.csv", index=False)
    data = litmus.TaskData.create(data={"train": place, "validation": tmp_path / "valid.csv"}, target="label")
    run = litmus.train(data, algorithm="LinearModel", callbacks=[], executor="in_process")
    result = retrain(run.best.version, data=table(600, seed=3), gate=LENIENT, **QUICK)
    assert "150 validation rows" in both(result)[1]["folds"]
    (tmp_path / "valid.csv").unlink()
    result = retrain(run.best.version, data=table(600, seed=3), gate=LENIENT, **QUICK)
    assert "5 folds" in both(result)[1]["folds"]
    assert any("validation rows of the run" in note for note in result.notes)


def test_columns_that_captured_rows_lack_deal_no_folds(place):
    table(400).assign(fold=[number % 4 for number in range(400)]).to_csv(place, index=False)
    data = litmus.TaskData.create(data=place, target="label", k_fold=KFoldCV(kind="predefined", by="fold"))
    run = litmus.train(data, algorithm="LinearModel", callbacks=[], executor="in_process")
    made = litmus.deploy(run.best.version, "colours", workers=1, capture=1.0)
    made.stop()
    try:
        assert "as column fold says" in both(retrain("colours", gate=LENIENT, **QUICK))[1]["folds"]
        capture(made.folder, table(300, seed=5))
        assert "5 folds, stratified" in both(retrain("colours", gate=LENIENT, **QUICK))[1]["folds"]
    finally:
        made.delete()


def test_a_model_without_a_record_is_trained_by_its_settings(place, monkeypatch):
    run = litmus.train(place, algorithm=litmus.LinearModel(), **SILENT)
    monkeypatch.setattr("litmus.lineage.facts.run_of", lambda *_: None)
    monkeypatch.setattr(
        "litmus.model_lineage.ModelLineage.get",
        lambda self, name, *rest: None if name == "inputs" else dict.get(self, name, *rest),
    )
    result = retrain(run.best.version, gate=LENIENT, **QUICK)
    assert result.outcome == "accepted", str(result)
    assert any("were not kept; its algorithm and settings are used" in note for note in result.notes)


def test_options_that_may_not_change(place):
    run = litmus.train(place, algorithm="LinearModel", **SILENT)
    with pytest.raises(ParameterError, match="'max_trial'.*Did you mean 'max_trials'"):
        retrain(run.best.version, options={"max_trial": 3})
