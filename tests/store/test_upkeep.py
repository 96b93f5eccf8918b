"""Damage is found and mended, nothing that is needed is removed, and versions go from store to store."""

from __future__ import annotations

import copy
import os
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pandas as pd
import pytest

import litmus
from litmus.errors import ArtifactError, BundleError, ParameterError, StoreError
from litmus.store import PruneRules, Store
from litmus.store.artifacts import hash_of
from small_model import Small


@pytest.fixture(scope="module")
def model() -> litmus.Model:
    rows = pd.DataFrame({"size": range(200), "price": [3.0 * size for size in range(200)]})
    return litmus.train(
        rows, target="price", algorithm="LinearModel", k_fold=3, executor="in_process", callbacks=[]
    ).best


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


def _decided(store: Store) -> None:
    for version in ("data-1", "data-2"):
        store.set_alias(version, reason="better", who="ann")
    store.approve("data-2")
    store.undo(store.reject("data-1").id)
    store.attach("data-2", "card.html", b"<html>")
    store.add_event("note", "data-1", "kept")


@pytest.mark.parametrize("damage", ["all", "head", "middle", "gone"])
def test_a_damaged_database_is_made_anew_from_what_lies_beside_it(
    store: Store, model: litmus.Model, damage: str
) -> None:
    for _ in range(2):
        store.add_model(model, compiled=False)
    _decided(store)
    before = [(each.id, each.before, each.after, each.undone_by) for each in store.decisions()]
    store.close()
    file = store.home / "litmus.db"
    _break(file, damage)
    store = Store(store.home)
    assert [record.version for record in store.models()] == ["data-2", "data-1"]  # these need no database
    if damage in {"all", "head"}:
        with pytest.raises(StoreError, match="is damaged.*litmus models repair"):
            store.alias("data")
        assert any("damaged" in problem.sentence for problem in store.check())
    store.repair()
    assert store.alias("data") == "data-2"
    assert store.facts_of("data-2").approval == "approved"
    assert store.facts_of("data-1").approval == "none"
    assert [(each.id, each.before, each.after, each.undone_by) for each in store.decisions()] == before
    assert store.attached("data-2", "card.html").read_bytes() == b"<html>"
    assert store.check() == []
    if damage in {"all", "head"}:
        assert (store.home / "litmus.db.damaged-1").exists()
    if damage == "gone":
        assert store.repair() == []


def _break(file: Path, damage: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = file.read_bytes()
    if damage == "all":
        file.write_bytes(os.urandom(len(content)))
    elif damage == "head":
        file.write_bytes(b"\0" * 100 + content[100:])
    elif damage == "middle":
        file.write_bytes(content[:4096] + os.urandom(4096) + content[8192:])
    else:
        file.unlink()
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def test_what_can_still_be_read_of_a_damaged_database_is_brought_over(store: Store) -> None:
    for number in range(2000):
        if number % 500 == 0:
            store.raise_alarm(f"rule-{number}", "income", "x" * 2000)
    store.log_trials([_trial(number) for number in range(3000)])
    store.close()
    file = store.home / "litmus.db"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = file.read_bytes()
    place = content.index(b"needle-1500")
    file.write_bytes(content[: place - place % 4096] + b"\xff" * 4096 + content[place - place % 4096 + 4096 :])
    done = store.repair()
    assert any("rows were brought back" in sentence for sentence in done)
    assert len(store.alarms()) == 4
    assert store.database.read(lambda rows: rows.count("trials")) > 1000


def _trial(number: int) -> dict[str, object]:
    return {"id": f"needle-{number:04d}", "run": "r", "name": "x", "status": "", "time": "t", "facts": {"n": number}}


def test_records_and_files_are_mended_from_one_another(store: Store, model: litmus.Model) -> None:
    for _ in range(3):
        store.add_model(model, compiled=False)
    one, two, three = (store.home / "models" / f"data-{number}" for number in (1, 2, 3))
    (one / "record.json").write_text("{")
    sound = (two / "model.litmus").read_bytes()
    (two / "model.litmus").unlink()  # a copy in the place of the link
    (two / "model.litmus").write_bytes(sound + b"changed by hand")
    kept = store.artifacts.get(store.find("data-3").sha256)
    kept.unlink()
    with pytest.raises(ArtifactError, match="data-2 was changed after it was kept.*litmus models repair"):
        store.open_model("data-2")
    assert {problem.subject for problem in store.check()} == {"a record", "data-2", "data-3"}
    assert len(store.repair()) == 3
    assert store.check() == []
    assert store.find("data-1").metrics == store.find("data-3").metrics
    assert store.open_model("data-2").version == "data-2"
    assert (two / "model.litmus.damaged-1").read_bytes() == sound + b"changed by hand"
    assert hash_of(three / "model.litmus") == store.find("data-3").sha256


def test_a_file_that_was_changed_in_its_place_is_said_to_be_lost(store: Store) -> None:
    store.add_model(Small())
    with store.path("adult").open("a") as file:
        file.write("changed")
    (problem,) = store.check()
    assert "was changed" in problem.sentence
    (sentence,) = store.repair()
    assert "no copy that is sound" in sentence
    with pytest.raises(ArtifactError):
        store.path("adult-1")


def test_a_compiled_bundle_takes_the_place_of_the_one_before(store: Store, model: litmus.Model) -> None:
    store.add_model(model, compiled=False)
    first = store.find("data").sha256
    store.open_runtime("data-1")
    second = store.find("data").sha256
    assert first != second
    assert [name for name, _ in store.artifacts.names()] == [second]
    assert store.check() == []
    assert store.path("data-1").stat().st_nlink == 2  # kept once, under two names


def test_pruning_keeps_what_is_needed(store: Store) -> None:
    for _ in range(8):
        store.add_model(Small())
    for _ in range(2):
        store.add_model(Small("iris"))
    store.set_alias("adult-1")
    store.approve("adult-2")
    served = store.home / "endpoints" / "income"
    served.mkdir(parents=True)
    (served / "config.json").write_text('{"variants": [{"name": "a", "path": "x", "version": "adult-3"}]}')
    assert store.endpoints_serving("adult-3") == ["income"]
    rules = PruneRules(keep_last=3)
    would = store.prune(rules, dry_run=True)
    assert would.versions == ("adult-5", "adult-4")
    assert len(store.models()) == 10
    done = store.prune(rules)
    assert done.versions == would.versions
    assert done.kept == {"adult-1": "it is champion", "adult-2": "approved", "adult-3": "served by income"}
    assert {record.version for record in store.models()} == {
        "adult-1", "adult-2", "adult-3", "adult-6", "adult-7", "adult-8", "iris-1", "iris-2",
    }  # fmt: skip
    assert len(list(store.artifacts.names())) == 8
    assert [decision.subject for decision in store.decisions(what="prune")] == ["adult-5", "adult-4"]
    assert store.prune(PruneRules(keep_last=1, older_than=1)).versions == ()
    assert store.prune(PruneRules(keep_last=1, name="iris")).versions == ("iris-1",)
    assert store.check() == []
    assert store.add_model(Small()) == "adult-9"
    with pytest.raises(ParameterError, match="keep 1 or more"):
        PruneRules(keep_last=0)


def test_nothing_is_pruned_when_it_is_not_known_what_to_keep(store: Store) -> None:
    for _ in range(3):
        store.add_model(Small())
    store.set_alias("adult-1")
    store.close()
    _break(store.home / "litmus.db", "all")
    with pytest.raises(StoreError, match="damaged"):
        store.prune(PruneRules(keep_last=1))
    assert len(store.models()) == 3


def test_a_version_goes_to_another_store_with_what_belongs_to_it(
    store: Store, model: litmus.Model, tmp_path: Path
) -> None:
    other = Store(tmp_path / "other")
    other.add_model(model, compiled=False)
    version = store.add_model(model, compiled=False)
    store.attach(version, "card.html", b"<html>")
    store.approve(version, who="ann", reason="fair")
    file = store.export_model("data", tmp_path / "data.export")
    assert other.import_model(file) == "data-2"
    assert other.open_model("data-2").version == "data-2"
    assert other.open_model("data-2").predict({"size": 50}) == pytest.approx(model.predict({"size": 50}))
    assert other.attached("data-2", "card.html").read_bytes() == b"<html>"
    assert other.facts_of("data-2").approval == "none"
    (decision,) = other.decisions("data-2", what="import")
    assert decision.facts["decisions"][0]["reason"] == "fair"
    bundle = model.save(tmp_path / "plain.litmus")
    assert other.import_model(bundle) == "data-3"
    assert other.check() == []
    file.write_bytes(file.read_bytes()[:-2000])
    with pytest.raises(BundleError, match="plain.litmus exists and is no export"):
        store.export_model("data", bundle)
    with pytest.raises(BundleError):
        other.import_model(file)
    assert len(other.models()) == 3


def test_a_signed_bundle_keeps_its_version(store: Store, model: litmus.Model, tmp_path: Path) -> None:
    other = copy.copy(model)
    other.version = "data-7"  # which is not the next one of this store
    signed = other.save(tmp_path / "signed.litmus", sign=b"k" * 32)
    with pytest.raises(BundleError, match="signed"):
        store.import_model(signed)
    assert store.models() == []


def test_a_folder_of_an_earlier_version_is_taken_over(store: Store) -> None:
    store.add_model(Small())
    record = store.home / "models" / "adult-1" / "record.json"
    record.write_text(
        '{"version": "adult-1", "name": "adult", "run": "r", "created": "2025-01-01T00:00:00+00:00",'
        ' "metrics": {"validation": {"accuracy": 0.5}}, "file": "model.litmus"}'
    )
    assert store.path("adult").read_text() == "adult adult-1"
    assert store.set_alias("adult").after == "adult-1"
    assert store.check() == []
    assert store.repair() == []


def test_a_clock_that_was_set_back_changes_no_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for moment in ("2026-11-22T10:00:00.000+00:00", "2026-11-22T09:00:00.000+00:00", "2020-01-01T00:00:00.000+00:00"):
        for module in ("models", "decisions", "aliases", "runs"):
            monkeypatch.setattr(f"litmus.store.{module}.now", lambda moment=moment: moment)
        version = store.add_model(Small())
        store.set_alias(version)
        store.begin_run(f"run-{version}")
    assert [record.version for record in store.models()] == ["adult-3", "adult-2", "adult-1"]
    assert [decision.after for decision in store.decisions()] == ["adult-1", "adult-2", "adult-3"]
    assert [run.id for run in store.runs()] == ["run-adult-3", "run-adult-2", "run-adult-1"]
    assert store.roll_back("adult").after == "adult-2"
    assert store.prune(PruneRules(keep_last=2)).versions == ("adult-1",)


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed, which only root can become")
def test_a_folder_that_cannot_be_written_can_be_read(store: Store, tmp_path: Path) -> None:
    store.add_model(Small())
    store.set_alias("adult-1")
    store.close()
    above = [folder for folder in tmp_path.parents if folder.is_relative_to(Path(tempfile.gettempdir()).resolve())]
    for path in [*above[:-1], tmp_path, store.home, *store.home.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    program = textwrap.dedent(f"""
        import os, tempfile
        from litmus.errors import StoreError
        from litmus.store import Store
        import litmus.store.database_errors
        Store(tempfile.mkdtemp()).begin_run("run-0")  # all is imported before the user may not read it
        os.setgid(65534)
        os.setuid(65534)
        store = Store({str(store.home)!r})
        print(store.find("adult@champion").version, store.path("adult").read_text())
        for act in (lambda: store.reject("adult-1"), lambda: store.begin_run("run-1")):
            try:
                act()
            except StoreError as error:
                print(error)
    """)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert lines[0] == "adult-1 adult adult-1", done.stderr
    assert all("may not be written by this user; set LITMUS_HOME" in line for line in lines[1:3])
    assert len(lines) == 3


def test_a_full_disk_changes_nothing(store: Store) -> None:
    store.begin_run("run-1")
    pages = store.database.read(lambda rows: rows._connection.exec_driver_sql("PRAGMA page_count").scalar())

    def fill(rows):
        rows._connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        return rows.insert("events", [_event(number) for number in range(100)])

    with pytest.raises(StoreError, match="no room left"):
        store.database.write(fill)
    assert store.events() == []
    assert store.run("run-1").status == "running"


def _event(number: int) -> dict[str, object]:
    return {"id": str(number), "time": "", "kind": "", "subject": "", "message": "x" * 5000, "facts": {}}


def test_a_database_that_is_locked_for_long_is_said_so(store: Store) -> None:
    store.begin_run("run-1")
    other = sqlite3.connect(store.home / "litmus.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.database.patience = 0.1
    try:
        with pytest.raises(StoreError, match="locked by another program"):
            store.begin_run("run-2")
        assert [run.id for run in store.runs()] == ["run-1"]  # readers are not kept out
    finally:
        other.close()
    store.begin_run("run-2")


def test_a_newer_database_is_left_as_it_is(store: Store) -> None:
    store.begin_run("run-1")
    store.close()
    connection = sqlite3.connect(store.home / "litmus.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="made by a newer version of Litmus .tables 9999.*pip install --upgrade"):
        Store(store.home).begin_run("run-2")
    with pytest.raises(StoreError, match="newer"):
        Store(store.home).runs()
