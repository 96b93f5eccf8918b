"""`litmus models` decides about versions and looks after the store."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import litmus
import litmus.endpoints.models
from litmus.cli.app import run
from litmus.store import Store
from small_model import Small


@pytest.fixture
def store() -> Store:
    store = Store()
    for _ in range(3):
        store.add_model(Small())
    return store


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]):
    """What a command writes, and how it ends."""

    def command(*arguments: str) -> tuple[int, str]:
        code = run(["models", *arguments])
        written = capsys.readouterr()
        return code, written.out + written.err

    return command


def test_decisions_are_made_listed_and_undone(store: Store, say) -> None:
    code, text = say("promote", "adult-2", "--reason", "better", "--json")
    decision = json.loads(text)
    assert (code, decision["after"], decision["reason"]) == (0, "adult-2", "better")
    assert "adult@champion: adult-2 → adult-3" in say("promote", "adult-3")[1]
    assert "adult-3 → adult-2" in say("roll-back", "adult")[1]
    assert "none → rejected" in say("reject", "adult-3")[1]
    assert say("promote", "adult-3") == (
        2,
        "litmus: adult-3 was rejected, so no alias was given to it. Approve it first, or do it by force (--force).\n",
    )
    assert say("promote", "adult-3", "--force")[0] == 0
    code, text = say("promote", "adult-1", "--expected", "adult-2")
    assert code == 2
    assert "means adult-3, not adult-2 as expected" in text
    assert say("approve", "adult-1")[0] == 0
    lines = say()[1].splitlines()
    assert [line.split()[0] for line in lines] == ["adult-3", "adult-2", "adult-1"]
    assert lines[0].endswith("[champion, rejected]")
    assert lines[2].endswith("[approved]")
    listed = json.loads(say("adult", "--json")[1])
    assert listed[0]["aliases"] == ["champion"]
    assert {"version", "name", "run", "created", "metrics"} <= listed[0].keys()
    code, text = say("show", "adult@champion")
    assert text.startswith("adult-3")
    assert "adult@champion: adult-2 → adult-3" in text
    shown = json.loads(say("show", "adult-3", "--json")[1])
    last = shown["decisions"][-1]
    assert say("undo", last["id"])[0] == 0
    assert store.alias("adult") == "adult-2"
    assert "undone already" in say("undo", last["id"])[1]


def test_the_store_is_looked_after(store: Store, say, tmp_path: Path) -> None:
    assert say("check") == (0, "All is as it was kept.\n")
    assert say("repair") == (0, "There was nothing to mend.\n")
    store.set_alias("adult-1")
    assert "would be removed" in say("prune", "--keep", "1", "--dry-run")[1]
    pruned = json.loads(say("prune", "--keep", "1", "--json")[1])
    assert pruned["versions"] == ["adult-2"]
    assert pruned["kept"] == {"adult-1": "it is champion"}
    store.path("adult-3").write_text("changed by hand")
    code, text = say("check", "--json")
    assert code == 2
    assert json.loads(text)[0]["subject"] == "adult-3"
    assert "no copy that is sound" in say("repair")[1]
    assert say("export", "adult-3", "-o", str(tmp_path / "x"))[0] == 2


def test_models_are_listed_when_the_database_is_damaged(store: Store, say) -> None:
    store.set_alias("adult-1")
    store.close()
    for file in store.home.glob("litmus.db*"):
        file.write_bytes(b"no database" * 1000)
    code, text = say()
    assert code == 0
    assert "adult-3" in text
    assert "is damaged" in text
    assert "litmus models repair" in text
    assert say("repair")[0] == 0
    assert "[champion]" in say()[1]


def test_what_is_no_command_is_a_name(store: Store, say) -> None:
    assert len(say("adult")[1].splitlines()) == 3
    code, text = say("adlut")
    assert code == 2
    assert "Did you mean 'adult'" in text
    assert say("--help")[1].startswith("Usage: litmus models")


def test_an_alias_is_a_version_wherever_one_is_named(say, tmp_path: Path) -> None:
    rows = pd.DataFrame({"size": range(200), "price": [3.0 * size for size in range(200)]})
    trained = litmus.train(rows, target="price", algorithm="LinearModel", k_fold=3, executor="in_process", callbacks=[])
    assert say("promote", trained.versions["data"])[0] == 0
    rows[["size"]].to_csv(tmp_path / "rows.csv", index=False)
    output = tmp_path / "answers.csv"
    assert run(["predict", "data@champion", str(tmp_path / "rows.csv"), "--output", str(output)]) == 0
    assert len(pd.read_csv(output)) == 200
    (tmp_path / "endpoint").mkdir()
    brought = litmus.endpoints.models.bring_model("data@champion", tmp_path / "endpoint", trust=False)
    assert brought.version == "data-1"
    assert run(["package", "data@champion", "--output", str(tmp_path / "packed")]) == 0
    assert run(["predict", "data@champoin", str(tmp_path / "rows.csv"), "--output", str(output)]) == 2
