"""`litmus train` in a process of its own: what it writes and where, and that it stops cleanly."""

import re
import signal
import time

import pandas as pd
import pytest
from litmus_command import processes_of_session

import litmus


def test_the_leaderboard_goes_to_standard_output_and_progress_to_standard_error(trained):
    assert trained.done.code == 0, trained.done.err
    assert "LinearModel" in trained.done.out
    assert "people: best is LinearModel, roc_auc" in trained.done.out
    assert "It is kept as people-1: litmus serve people-1" in trained.done.out
    assert "The model is in people.litmus" in trained.done.out
    assert "Reading people." in trained.done.err
    assert re.search(r"people: 2\d\d training rows, \d\d test rows, 3 features, binary", trained.done.err)
    assert "training rows" not in trained.done.out
    assert "Warning" not in trained.done.err
    assert trained.place.left_behind() == []


def test_the_model_and_the_report_are_what_python_makes(trained):
    model = litmus.load(trained.model)
    assert model.predict({"age": 70, "town": "Oslo", "height": 170}) == "yes"
    assert model.lineage["folds"] == "2 folds, stratified by bought, seed 0"
    page = trained.report.read_text(encoding="utf-8")
    assert "LinearModel" in page
    assert page.rstrip().endswith("</html>")


def test_json_and_several_targets_and_a_test_table(trained, place):
    frame = pd.read_csv(trained.table)
    frame = frame.assign(old=frame["age"] > 60, roman=frame["town"] == "Rome").drop(columns="bought")
    frame.iloc[:200].to_json(place.folder / "train.jsonl", orient="records", lines=True)
    frame.iloc[200:].to_parquet(place.folder / "test.parquet")
    done = place.run("train", "train.jsonl", "-t", "old", "-t", "roman", "--test", "test.parquet", "-a", "linearmodel",
                     "-m", "f1", "-m", "hamming_loss", "--folds", 2, "--cpus", 1, "--name", "both", "--seed", 3,
                     "--json", "--quiet")  # fmt: skip
    assert (done.code, done.err) == (0, "")
    result = done.json
    assert result["version"] == "both-1"
    assert (result["data"], result["task"], result["target"]) == ("both", "multilabel", ["old", "roman"])
    assert result["rows"] == {"train": 200, "test": 100}
    assert result["seed"] == 3
    best = result["leaderboard"][0]
    assert (best["name"], best["objective"], best["status"]) == ("LinearModel", "f1", "complete")
    assert set(best["scores"]["test"]) == {"f1", "hamming_loss"}
    records = place.run("models", "--json").json
    assert [(record["version"], record["run"]) for record in records] == [("both-1", result["run"])]


def test_roles_of_columns_and_names_that_the_terminal_cannot_show(trained, place):
    frame = pd.read_csv(trained.table).rename(columns={"bought": "gekauft ☃"})
    frame = frame.assign(day=pd.date_range("2024", periods=300), zip=[str(1000 + n % 9) for n in range(300)], w=1.5)
    frame.to_csv(place.folder / "käufer ☃.csv", index=False)
    done = place.run("train", "käufer ☃.csv", "-t", "gekauft ☃", "-a", "DecisionTree", "--order", "day", "--weight", "w",
                     "--kind", "zip=categorical", "--folds", 2, "--cpus", 1, "--json", "-q", "-o", "m.litmus",
                     PYTHONIOENCODING="ascii")  # fmt: skip
    assert done.code == 0, done.err
    assert done.json["target"] == ["gekauft ☃"]
    assert done.json["folds"] == "2 folds, forward in order of day"
    assert any("the latest 20 % by day" in note for note in done.json["notes"])
    model = litmus.load(place.folder / "m.litmus")
    assert model.schema["zip"].kind == "categorical"
    assert model.schema["w"].kind == "weight"


def started(place, adult_path, *options):
    """A training that takes a while, at the moment its first fit is under way."""
    process = place.start(
        "train",
        adult_path,
        "--target",
        "income",
        "--algorithm",
        "CatBoost",
        "--cpus",
        2,
        "--report",
        "r.html",
        *options,
    )
    for line in process.stderr:
        if "2 candidates" in line:
            break
    assert len(list((place.store / "working").iterdir())) == 1
    return process


def ended(process):
    out, err = process.communicate(timeout=60)
    for _ in range(50):  # workers end by themselves when they find the parent gone
        if not processes_of_session(process.pid):
            break
        time.sleep(0.1)
    return process.returncode, out, err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_training_leaves_nothing(place, adult_path, number, code):
    process = started(place, adult_path)
    process.send_signal(number)
    returned, out, err = ended(process)
    assert returned == code
    assert out == ""
    assert "Traceback" not in err
    assert ("litmus: stopped." in err) == (number == signal.SIGINT)
    assert processes_of_session(process.pid) == []
    assert place.left_behind() == []
    assert list((place.store / "working").iterdir()) == [], "no fold was finished, so there is nothing to go on with"
    assert list(place.folder.iterdir()) == []
    assert place.run("models", "--json").json == []


def test_output_that_nobody_reads_ends_quietly(trained):
    process = trained.place.start("models", "--json")
    process.stdout.close()
    process.wait(60)
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.returncode == 141


def test_a_killed_training_goes_on_from_what_it_finished(place, adult_path):
    process = place.start(
        "train", adult_path, "-t", "income", "-a", "DecisionTree", "--max-trials", 8, "--search", "random", "--cpus", 2, "--folds", 3
    )  # fmt: skip
    for line in process.stderr:
        if "✓ DecisionTree" in line:
            break
    process.kill()
    ended(process)
    (folder,) = (place.store / "working").iterdir()
    refused = place.run("train", adult_path, "-t", "income", "--resume", folder.name)
    assert refused.code == 2
    assert "leave a table out" in refused.err
    unknown = place.run("train", "--resume", f"{folder.name[:-1]}x")
    assert unknown.code == 2
    assert f"Did you mean '{folder.name}'" in unknown.err
    done = place.run("train", "--resume", folder.name, "--json", "-q")
    assert done.code == 0, done.err
    assert done.json["run"] == folder.name
    assert sum(trial["algorithm"] == "DecisionTree" for trial in done.json["leaderboard"]) == 8
    assert list((place.store / "working").iterdir()) == []
