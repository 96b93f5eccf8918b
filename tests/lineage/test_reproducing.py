"""A run trained again from its record gives the same scores, or says why not."""

import dataclasses
import json
import shutil

import pandas as pd
import pytest
from lineage_tables import ClassMeans, ClipTails, add_ratio, people, refund_cost

import litmus
from litmus import lineage
from litmus.algorithms.registry import names
from litmus.cli.app import run as command
from litmus.errors import BundleError, DataError, LitmusError, ParameterError
from litmus.store import Store

QUICK = {"target": "bought", "callbacks": [], "executor": "in_process"}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "people.csv"
    people().to_csv(path, index=False)
    return path


def same(found):
    assert found.same, found
    assert found.largest == 0.0
    assert len(found.scores) >= 4
    return found


def test_every_family_gives_the_same_scores_in_several_processes(real_table, tmp_path):
    path = tmp_path / "credit.csv"
    pd.read_parquet(real_table("german_credit")).head(300).to_csv(path, index=False)
    target = pd.read_csv(path).columns[-1]
    algorithms = [name for name in names() if name != "Baseline"]
    run = litmus.train(
        path, target=target, k_fold=2, algorithm=algorithms, callbacks=[], resources={"train": {"cpus": 2}}
    )
    assert {trial.status for trial in run.leaderboard} == {"complete"}
    whole = same(lineage.reproduce(run.id, whole_run=True, callbacks=[]))
    assert {pair.trial for pair in whole.scores} == set(names())


def test_a_search_with_an_ensemble_is_reproduced_whole_and_by_its_members(table):
    run = litmus.train(
        table, target="bought", k_fold=3, algorithm=["LightGBM", "LinearModel", "DecisionTree"], max_trials=12,
        search="random", ensemble=True, callbacks=[], resources={"train": {"cpus": 2}},
    )  # fmt: skip
    ensembles = [trial for trial in run.leaderboard if trial.members]
    assert ensembles
    model = run.model(ensembles[0].name)
    of_members = same(lineage.reproduce(model, callbacks=[]))
    assert (ensembles[0].name, "test") in {(pair.trial, pair.split) for pair in of_members.scores}
    same(lineage.reproduce(run.id, whole_run=True, callbacks=[]))


def test_a_stacked_ensemble_and_a_refitted_winner_are_reproduced(table):
    run = litmus.train(table, algorithm=["LinearModel", "NaiveBayes", "DecisionTree"], k_fold=3,
                       ensemble="stacking", final="refit", **QUICK)  # fmt: skip
    same(lineage.reproduce(run.best, callbacks=[]))
    for trial in run.leaderboard:
        if trial.members:
            same(lineage.reproduce(run.model(trial.name), callbacks=[]))


def test_a_run_with_a_time_limit_is_reproduced_by_its_trials(table):
    run = litmus.train(table, algorithm=["LinearModel", "DecisionTree"], time_limit=6, **QUICK)
    reached = Store().run(run.id)
    assert reached.inputs["budget"]["seconds"] == 6
    assert reached.summary["trials"]["people"] >= 2
    same(lineage.reproduce(run.best, callbacks=[]))
    assert lineage.reproduce(run.id, whole_run=True, callbacks=[]).scores


def test_own_steps_metrics_and_algorithms_are_run_again_with_trust(table):
    run = litmus.train(
        table, algorithm=[ClassMeans(power=2.5), "LinearModel"], steps=[add_ratio, ClipTails(tail=0.05)],
        metrics=["roc_auc", refund_cost], k_fold=2, **QUICK,
    )  # fmt: skip
    version = run.versions["people"]
    with pytest.raises(BundleError, match=r"add_ratio.*trust"):
        lineage.reproduce(version, callbacks=[])
    found = same(lineage.reproduce(version, trust=True, callbacks=[]))
    assert any(pair.metric.startswith("refund_cost") for pair in found.scores)
    own = {one["name"].partition(":")[2] for one in lineage.of(version)["code"]["own"]}
    assert {"add_ratio", "ClipTails", "refund_cost", "ClassMeans"} <= own

    def other(df):
        return add_ratio(df).assign(ratio=0.0)

    changed = lineage.reproduce(version, trust=True, code={"add_ratio": other}, callbacks=[])
    assert any("Other code" in reason for reason in changed.reasons)


def test_data_that_moved_changed_or_went(table, tmp_path, capsys):
    run = litmus.train(table, algorithm="LinearModel", k_fold=2, **QUICK)
    version = run.versions["people"]
    moved = shutil.move(table, tmp_path / "moved.csv")
    with pytest.raises(DataError, match="gone: there is no .*people.csv.*--data PATH"):
        lineage.reproduce(version, callbacks=[])
    assert command(["reproduce", version, "--quiet"]) == 2
    same(lineage.reproduce(version, data=moved, callbacks=[]))
    capsys.readouterr()
    assert command(["reproduce", version, "--data", str(moved), "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"] is True
    frame = people()
    frame.loc[:30, "age"] += 20
    frame.assign(extra=range(len(frame))).to_csv(moved, index=False)
    found = lineage.reproduce(version, data=moved, callbacks=[])
    assert not found.same
    text = " ".join(found.reasons)
    assert "column 'age' has other values" in text
    assert "column 'extra' is new" in text
    assert "'town'" not in text
    assert command(["reproduce", version, "--data", str(moved), "--quiet"]) == 3
    assert "The data changed" in capsys.readouterr().out
    decided = [one.after for one in Store().decisions(version, what="reproduce")]
    assert decided == ["same", "same", "different", "different"]


def test_rows_in_memory_have_to_be_given_again():
    frame = people()
    run = litmus.train(frame, algorithm="NaiveBayes", k_fold=2, **QUICK)
    with pytest.raises(DataError, match="in the program's memory"):
        lineage.reproduce(run.best, callbacks=[])
    same(lineage.reproduce(run.best, data=frame, callbacks=[]))
    turned = lineage.reproduce(run.best, data=frame.iloc[::-1], callbacks=[])
    assert "the same values in each column" in " ".join(turned.reasons)


def test_packages_that_changed_are_named(table, monkeypatch):
    run = litmus.train(table, algorithm="LinearModel", k_fold=2, **QUICK)
    model = run.best
    model.lineage["packages"] = {**model.lineage["packages"], "numpy": "1.0", "idna": "0.1"}
    found = same(lineage.reproduce(model, callbacks=[]))
    assert any("numpy: 1.0, then" in reason for reason in found.reasons)
    assert not any("idna" in reason for reason in found.reasons)
    model.lineage["configurations"][0]["scores"]["validation"]["roc_auc"] += 0.1
    found = lineage.reproduce(model, callbacks=[])
    assert [pair.metric for pair in found.scores if not pair.same] == ["roc_auc"]
    assert "roc_auc" in repr(found)
    assert lineage.reproduce(model, tolerance=0.2, callbacks=[]).same


def test_a_file_alone_is_enough_for_built_in_parts(table, tmp_path, monkeypatch):
    run = litmus.train(table, algorithm="DecisionTree", k_fold=2, **QUICK)
    path = run.best.save(tmp_path / "people.litmus")
    assert str(table) not in json.dumps(lineage.of(path)["inputs"]["data"][0]["sources"]["train"].get("full", ""))
    monkeypatch.setenv("LITMUS_HOME", str(tmp_path / "other store"))
    same(lineage.reproduce(path, callbacks=[]))


def test_training_again_on_other_rows_names_its_parent(table):
    run = litmus.train(table, algorithm=["LinearModel", "NaiveBayes"], k_fold=2, **QUICK)
    again = lineage.train_again(run.versions["people"], people(300, seed=1), callbacks=[], executor="in_process")
    assert again.versions["people"] == "people-2"
    assert lineage.of("people-2")["parent"] == run.id
    assert {trial.name for trial in again.leaderboard} == {trial.name for trial in run.leaderboard}


def test_what_was_not_recorded_is_said(table):
    run = litmus.train(table, algorithm="LinearModel", k_fold=2, **QUICK)
    model = run.best
    bare = {name: value for name, value in model.lineage.items() if name not in ("inputs", "run", "configurations")}
    model.lineage.clear()
    model.lineage.update(bare)
    with pytest.raises(LitmusError, match="was not recorded"):
        lineage.reproduce(model)
    with pytest.raises(ParameterError, match="tolerance"):
        lineage.reproduce(run.id, tolerance=-1)


def test_a_warm_start_is_the_parent_and_its_settings_are_recorded(table):
    first = litmus.train(table, algorithm="DecisionTree", max_trials=4, search="random", k_fold=2, **QUICK)
    second = litmus.train(
        table, algorithm="DecisionTree", max_trials=3, search="random", k_fold=2, warm_start=first, **QUICK
    )
    facts = lineage.of(second.id)
    assert facts["parent"] == first.id
    assert "warm start" in repr(lineage.of(second.best))
    same(lineage.reproduce(second.id, whole_run=True, callbacks=[]))
    assert dataclasses.asdict(Store().run(second.id))["inputs"]["warm_start"] == [first.id]
