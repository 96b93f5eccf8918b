"""`litmus report`, `litmus models`, help, and what every command does with a mistake."""

import json
import re
import subprocess
import sys

import pytest

from litmus import __version__
from litmus.cli.failure import explain_failure
from litmus.store import Store

COMMANDS = [
    "train",
    "predict",
    "report",
    "serve",
    "deploy",
    "simulate",
    "recommend",
    "optimize",
    "package",
    "models",
    "runs",
    "lineage",
    "reproduce",
    "endpoints",
    "alarms",
    "monitor",
    "retrain",
    "explain",
    "card",
    "review",
]


def test_the_program_says_what_it_can_do(place):
    done = place.run()
    assert (done.code, done.err) == (0, "")
    assert done.out == place.run("--help").out
    for command in COMMANDS:
        assert f"\n  {command} " in done.out
    assert place.run("--version").out == f"litmus {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(place, run_here, command):
    done = run_here(place, command, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"Usage: litmus {command}" in done.out
    examples = re.findall(rf"^ +(?:\w+=\w+ )?litmus {command}\b.*", done.out, re.MULTILINE)
    assert examples
    assert "--json" in done.out


def test_the_report_of_the_newest_run_and_of_a_version(trained, tmp_path):
    done = trained.place.run("report", "--output", tmp_path / "r.html")
    assert done.code == 0, done.err
    assert done.out.startswith("The report of run 2")
    assert (tmp_path / "r.html").read_bytes() == trained.report.read_bytes()
    done = trained.place.run("report", "people-1", "-o", tmp_path / "s.html", "--json")
    assert done.json["report"] == str(tmp_path / "s.html")
    assert (tmp_path / "s.html").read_bytes() == trained.report.read_bytes()


def test_models_for_people_and_for_programs(trained, run_here):
    done = trained.place.run("models", "--json")
    [record] = done.json
    assert {"version", "name", "run", "created", "metrics"} <= set(record)
    assert (record["version"], record["name"]) == ("people-1", "people")
    assert record["metrics"]["validation"]["roc_auc"] > 0.9
    assert trained.place.store.joinpath("runs", record["run"], "report.html").exists()
    line = run_here(trained.place, "models").out
    assert line.startswith("people-1  2")
    assert "roc_auc 0." in line
    assert run_here(trained.place, "models", "PEOPLE").out == line
    wrong = run_here(trained.place, "models", "poeple")
    assert wrong.code == 2
    assert "Did you mean 'people'?" in wrong.sentence


def test_an_empty_store_is_no_mistake(place, run_here):
    assert run_here(place, "models").out == "There is no model yet. Make one with: litmus train DATA --target COLUMN\n"
    assert run_here(place, "models", "--json").json == []
    done = run_here(place, "report")
    assert done.code == 2
    assert "has no report; train a model first." in done.sentence


def test_a_damaged_record_is_passed_over_and_said(trained, place, run_here):
    (place.store / "models" / "people-1").mkdir(parents=True)
    (place.store / "models" / "people-1" / "record.json").write_text("{")
    done = run_here(place, "models", "--json")
    assert (done.code, done.json) == (0, [])
    assert "The record of people-1" in done.err
    assert "Traceback" not in done.err


USAGE = {
    "no such command": (
        ["trian", "t.csv"],
        "No such command 'trian'. Did you mean 'train', 'retrain'? See `litmus --help`.",
    ),
    "no data": (["train"], "Missing argument 'DATA'; see `litmus train --help`."),
    "no target": (["train", "t.csv"], "Missing option '--target' / '-t'; see `litmus train --help`."),
    "no such option": (["train", "t.csv", "--taget", "y"], "No such option: --taget"),
    "one fold": (["train", "t.csv", "-t", "y", "--folds", "1"], "'--folds'"),
    "folds in words": (["train", "t.csv", "-t", "y", "--folds", "five"], "'--folds'"),
    "too many words": (["models", "a", "b"], "unexpected extra argument"),
}


@pytest.mark.parametrize("case", USAGE)
def test_a_mistake_in_the_command_is_one_sentence(place, run_here, case):
    arguments, message = USAGE[case]
    done = run_here(place, *arguments)
    assert done.code == 2
    assert message in done.sentence


TRAINING = {
    "no file": (["nope.csv", "-t", "y"], "nope.csv does not exist"),
    "no column": (["t.csv", "-t", "Y"], "The table has no column 'Y', named as the target. Did you mean 'y'?"),
    "no algorithm": (["t.csv", "-t", "y", "-a", "LihgtGBM"], "Did you mean 'LightGBM'?"),
    "no metric": (["t.csv", "-t", "y", "-m", "f1_score"], "Did you mean 'f1'?"),
    "no task": (["t.csv", "-t", "y", "--task", "guess"], "task='guess' does not name one kind of task"),
    "no way": (["t.csv", "-t", "y", "--final", "stacked"], "use 'bagged' or 'refit'"),
    "no kind": (["t.csv", "-t", "y", "--kind", "x"], "--kind 'x' must be written as COLUMN=KIND"),
    "a wrong kind": (["t.csv", "-t", "y", "--kind", "x=number"], "Did you mean 'numeric'?"),
    "one class": (["one.csv", "-t", "y"], "has only one value, 'a', in 40 rows"),
    "no folder for the model": (
        ["t.csv", "-t", "y", "-o", "no/m.litmus"],
        "The folder no does not exist; make it first.",
    ),
    "a file in the model's place": (["t.csv", "-t", "y", "-o", "t.csv"], "is not a Litmus model, so it was left alone"),
    "no folder for the report": (["t.csv", "-t", "y", "-r", "no/r.html"], "does not exist; make it first."),
    "a folder in the report's place": (["t.csv", "-t", "y", "-r", "."], "is a folder"),
}


@pytest.mark.parametrize("case", TRAINING)
def test_a_mistake_in_training_is_one_sentence_before_any_work(place, run_here, case):
    arguments, message = TRAINING[case]
    (place.folder / "t.csv").write_text("x,y\n" + "1,a\n2,b\n" * 20)
    (place.folder / "one.csv").write_text("x,y\n" + "1,a\n2,a\n" * 20)
    done = run_here(place, "train", *arguments)
    assert done.code == 2
    assert message in done.sentence
    assert sorted(path.name for path in place.folder.iterdir()) == ["one.csv", "t.csv"]
    assert place.left_behind() == []


def test_a_mistake_in_a_process_of_its_own(place):
    (place.folder / "t.csv").write_bytes(b"")
    done = place.run("train", "t.csv", "--target", "y", "--cpus", 1)
    assert done.code == 2
    assert done.sentence.startswith("t.csv is empty") or "t.csv is empty" in done.sentence
    assert place.left_behind() == []


def test_a_store_that_cannot_be_used_is_found_before_the_work(place):
    (place.folder / "t.csv").write_text("x,y\n" + "1,a\n2,b\n" * 20)
    place.store.write_text("not a folder")
    done = place.run("train", "t.csv", "--target", "y")
    assert done.code == 2
    assert "cannot be used (it is no folder); set LITMUS_HOME to another folder, or give --output." in done.sentence
    assert place.run("models").code == 2


def test_an_error_that_should_not_be_says_how_to_see_more(monkeypatch, capsys):
    monkeypatch.delenv("LITMUS_DEBUG", raising=False)
    sentence, code = explain_failure(ZeroDivisionError("division\nby \x1b[31mzero"))
    assert code == 1
    assert sentence == (
        r"Something went wrong that should not: ZeroDivisionError: division by \x1b[31mzero. "
        "Set LITMUS_DEBUG=1 to see where, and report it."
    )
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("LITMUS_DEBUG", "1")
    with pytest.raises(ValueError) as caught:
        json.loads("{")
    assert explain_failure(caught.value)[1] == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_error_that_should_not_be_exits_with_1(place, run_here, monkeypatch):
    def fails(self):
        raise ZeroDivisionError("no models at all")

    monkeypatch.setattr(Store, "models", fails)
    done = run_here(place, "models")
    assert done.code == 1
    assert "ZeroDivisionError: no models at all. Set LITMUS_DEBUG=1 to see where" in done.sentence


def test_the_module_is_the_program(place):
    command = [sys.executable, "-m", "litmus", "--version"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == f"litmus {__version__}\n"


def test_an_error_of_the_system_names_the_file():
    assert explain_failure(PermissionError(13, "Permission denied", "t.csv")) == ("t.csv: Permission denied.", 2)
    assert explain_failure(MemoryError())[1] == 1


def test_the_traceback_of_a_mistake_can_be_asked_for(place):
    done = place.run("models", "--nope", LITMUS_DEBUG="1")
    assert done.code == 2
    assert "Traceback (most recent call last)" in done.err
    assert done.err.splitlines()[-1].startswith("litmus: No such option: --nope")
