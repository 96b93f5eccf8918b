"""The store in PostgreSQL: the same as in a file, shared by machines, and patient with a server that restarts."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from litmus.errors import ConflictError, StoreError, UnknownNameError
from litmus.events import Events
from litmus.store import MonitorRow, ReviewRow, Store
from litmus.store.database import Database
from litmus.store.trial_log import TrialLog
from postgresql_server import PostgresqlServer
from small_model import Small


@pytest.fixture
def here(postgresql: PostgresqlServer, tmp_path: Path) -> Store:
    return Store(tmp_path / "here", url=postgresql.url, artifacts=tmp_path / "files")


@pytest.fixture
def there(postgresql: PostgresqlServer, tmp_path: Path) -> Store:
    """The store as another machine has it."""
    return Store(tmp_path / "there", url=postgresql.url, artifacts=tmp_path / "files")


def test_machines_share_versions_and_never_a_number(here: Store, there: Store) -> None:
    assert [store.add_model(Small()) for store in (here, there, here, there)] == [f"adult-{n}" for n in range(1, 5)]
    assert [record.version for record in here.models()] == ["adult-4", "adult-3", "adult-2", "adult-1"]
    assert here.find("adult").version == "adult-4"
    assert here.path("adult-2").read_text() == "adult adult-2"
    assert there.set_alias("adult-1").after == "adult-1"
    assert here.path("adult@champion").read_text() == "adult adult-1"
    with pytest.raises(UnknownNameError, match="Did you mean"):
        here.find("adlut")


def test_every_kind_of_row_is_kept_as_in_a_file(here: Store) -> None:
    here.begin_run("run-1", name="adult", inputs={"rows": 3})
    here.log_trial("run-1", {"name": "A", "score": 0.5, "text": "猫\0"})
    here.finish_run("run-1", status="finished", seconds=1.5, summary={"best": "A"})
    run = here.run("run-1")
    assert (run.status, run.inputs, run.summary) == ("finished", {"rows": 3}, {"best": "A"})
    assert run.trials == [{"name": "A", "score": 0.5, "text": "猫\ufffd"}]
    assert [here.raise_alarm("drift", "income", "x").count for _ in range(3)] == [1, 2, 3]
    assert here.recover_alarm("drift", "income").status == "recovered"
    assert here.raise_alarm("drift", "income", "x").is_new
    here.add_monitor_result(MonitorRow("income", "data_drift", "ok", "fine", {"psi": float("nan")}))
    assert here.monitor_results("income")[0].result == {"psi": None}
    review = here.put_review(ReviewRow("income", "r-1", {"age": 39}, "<=50K"))
    assert here.answer_review(review.id, None, skip=True).label is None
    delivery = here.queue_delivery({"log": True}, {})
    assert here.due_deliveries(claim_seconds=60) == [here.deliveries()[0].__class__(**delivery.to_json())]
    assert here.due_deliveries() == []
    version = here.add_model(Small())
    here.attach(version, "card.html", b"<html>")
    assert here.attached(version, "card.html").read_bytes() == b"<html>"
    assert here.undo(here.approve(version).id).after == "none"


def test_of_two_promotions_at_once_one_wins(here: Store, there: Store) -> None:
    for _ in range(3):
        here.add_model(Small())
    for expected in (None, "adult-1"):
        outcomes = []
        gate = threading.Barrier(2)

        def promote(store: Store, version: str, expected=expected, gate=gate, outcomes=outcomes) -> None:
            gate.wait()
            try:
                outcomes.append(store.set_alias(version, expected=expected, who=version))
            except ConflictError as error:
                outcomes.append(error)

        threads = [threading.Thread(target=promote, args=pair) for pair in ((here, "adult-2"), (there, "adult-3"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (conflict,) = [outcome for outcome in outcomes if isinstance(outcome, ConflictError)]
        (decision,) = [outcome for outcome in outcomes if not isinstance(outcome, ConflictError)]
        assert here.alias("adult") == decision.after
        assert f"{decision.who} was first" in str(conflict)
        here.set_alias("adult-1")


def test_a_server_that_restarts_is_waited_for(here: Store, postgresql: PostgresqlServer) -> None:
    here.begin_run("run-1")
    postgresql.stop()
    again = threading.Timer(0.5, postgresql.start)
    again.start()
    here.log_trial("run-1", {"name": "A"})
    again.join()
    assert len(here.run("run-1").trials) == 1


def test_a_run_loses_nothing_when_the_server_restarts(
    here: Store, postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("litmus.store.trial_log._PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr("litmus.store.trial_log._AGAIN_SECONDS", 0.2)
    log = TrialLog(here, "run-1")
    events = Events((log,))

    def tried(number: int) -> None:
        events.emit("trial.finished", "", trial=f"T{number}", status="complete", score=number / 100)

    for number in range(50):
        tried(number)
    _wait_for(lambda: here.runs() and len(here.run("run-1").trials) == 50)
    postgresql.stop()
    for number in range(50, 100):
        tried(number)
    _wait_for(lambda: any((here.home / "spool").glob("*.jsonl")))
    assert "cannot be reached" in log.problem
    postgresql.start()
    for number in range(100, 150):
        tried(number)
    events.emit("run.finished", "done", seconds=1.0)
    log.close()
    run = here.run("run-1")
    assert sorted(trial["name"] for trial in run.trials) == sorted(f"T{number}" for number in range(150))
    assert run.status == "finished"
    assert log.problem == ""
    assert not any((here.home / "spool").glob("*.jsonl"))


def test_rows_that_a_run_could_not_write_are_written_by_the_next(here: Store, postgresql: PostgresqlServer) -> None:
    here.begin_run("earlier")
    postgresql.stop()
    here.database.patience = 0.2
    try:
        log = TrialLog(here, "run-1")
        log._database.patience = 0.2
        Events((log,)).emit("trial.finished", "", trial="A", status="complete", score=0.5)
        Events((log,)).emit("run.finished", "done", seconds=1.0)
        log.close()
        assert "cannot be reached" in log.problem
        assert "secret" not in log.problem
    finally:
        postgresql.start()
    TrialLog(here, "run-2").close()
    assert here.run("run-1").status == "finished"
    assert [trial["name"] for trial in here.run("run-1").trials] == ["A"]


def test_what_cannot_be_reached_or_is_not_there_is_one_sentence(postgresql: PostgresqlServer) -> None:
    server = postgresql.url.rpartition("/")[0]
    for url, said in {
        f"{server}/nothing": "no such database",
        "postgresql://litmus:secret@127.0.0.1:1/x": "cannot be reached",
        "mysql://x/y": "is no database for the store",
        "postgresql://": "is no database for the store",
    }.items():
        with pytest.raises(StoreError, match=said) as raised:
            Database(url, patience=0.1).read(lambda rows: rows.count("runs"))
        assert "secret" not in str(raised.value)


def _wait_for(met, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end
        time.sleep(0.05)
