"""Runs, files, results, alarms, deliveries, reviews and events go into the store and come out the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from litmus.errors import ArtifactError, ConflictError, ParameterError, UnknownNameError
from litmus.store import MonitorRow, ReviewRow, Store
from small_model import Small


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


def test_a_run_is_filled_in_as_it_goes(store: Store) -> None:
    store.begin_run("run-1", name="adult")
    store.begin_run("run-1", inputs={"rows": 3}, code={"commit": "abc"}, parent="run-0")
    store.begin_run("run-1", inputs={"columns": 2})
    store.log_trial("run-1", {"name": "A", "status": "complete", "score": float("nan")})
    assert store.run("run-1").status == "running"
    store.finish_run("run-1", status="finished", seconds=2.5, summary={"best": "A"})
    run = store.run("run-1")
    assert (run.name, run.parent, run.status, run.seconds) == ("adult", "run-0", "finished", 2.5)
    assert run.inputs == {"rows": 3, "columns": 2}
    assert run.code == {"commit": "abc"}
    assert run.trials == [{"name": "A", "status": "complete", "score": None}]
    assert run.summary == {"best": "A"}
    store.begin_run("run-2")
    assert [record.id for record in store.runs()] == ["run-2", "run-1"]
    assert [record.id for record in store.runs(status="running")] == ["run-2"]


def test_runs_that_are_not_there_are_said(store: Store) -> None:
    store.begin_run("20261122-1")
    with pytest.raises(UnknownNameError, match="Did you mean '20261122-1'"):
        store.run("20261122-2")
    with pytest.raises(UnknownNameError, match="begin it first"):
        store.finish_run("nothing", status="finished")
    with pytest.raises(ParameterError, match="'finished', 'failed', 'killed'"):
        store.finish_run("20261122-1", status="done")


def test_text_that_databases_refuse_is_kept_as_far_as_it_can_be(store: Store) -> None:
    store.add_event("note", "x", "zero \0, half \ud800, 猫", {"keys\0": ["\0", 1]})
    (event,) = store.events("x")
    assert "猫" in event.message
    assert event.facts == {"keys\ufffd": ["\ufffd", 1]}


def test_a_file_of_a_version_is_kept_once_and_checked_when_it_is_read(store: Store, tmp_path: Path) -> None:
    version = store.add_model(Small())
    file = tmp_path / "card.html"
    file.write_text("<html>")
    first = store.attach(version, "card.html", file)
    assert store.attach("run-7", "report.html", b"<html>") == first
    assert store.attached("adult", "card.html").read_text() == "<html>"
    assert store.attached(version, "baseline") is None
    assert store.attach(version, "card.html", b"new") != first
    assert store.attachments(version).keys() == {"card.html"}
    kept = store.attached("run-7", "report.html")
    assert kept.read_text() == "<html>"
    kept.write_text("changed by hand")
    with pytest.raises(ArtifactError, match=f"{kept} was changed"):
        store.attached("run-7", "report.html")
    kept.unlink()
    with pytest.raises(ArtifactError, match="gone"):
        store.attached("run-7", "report.html")
    with pytest.raises(ParameterError, match="role"):
        store.attach(version, "../x", b"")


def test_what_monitors_found_is_kept_in_order(store: Store) -> None:
    for verdict in ("ok", "warning", "alarm"):
        store.add_monitor_result(MonitorRow("income", "data_drift", verdict, verdict, {"psi": 0.2}))
    store.add_monitor_result(MonitorRow("other", "data_quality", "ok", "ok"))
    assert [row.verdict for row in store.monitor_results("income", kind="data_drift")] == ["ok", "warning", "alarm"]
    assert [row.verdict for row in store.monitor_results("income", last=1)] == ["alarm"]
    assert len(store.monitor_results()) == 4


def test_an_open_alarm_is_counted_and_a_recovered_one_begins_anew(store: Store) -> None:
    assert [store.raise_alarm("drift", "income", f"{n}").count for n in range(3)] == [1, 2, 3]
    assert store.raise_alarm("drift", "other", "").is_new
    recovered = store.recover_alarm("drift", "income")
    assert (recovered.status, recovered.count, recovered.message) == ("recovered", 3, "2")
    assert store.recover_alarm("drift", "income") is None
    again = store.raise_alarm("drift", "income", "again")
    assert again.is_new
    assert again.id != recovered.id
    assert [alarm.subject for alarm in store.alarms(open=True)] == ["other", "income"]
    assert len(store.alarms(open=False)) == 1


def test_a_message_is_queued_once_tried_again_and_given_up(store: Store) -> None:
    first = store.queue_delivery({"webhook": "http://127.0.0.1"}, {"text": "drift"}, alarm="a", id="a-1")
    assert store.queue_delivery({"webhook": "other"}, {}, id="a-1") == first
    assert [row.id for row in store.due_deliveries(claim_seconds=60)] == ["a-1"]
    assert store.due_deliveries() == []
    failed = store.delivery_failed("a-1", "refused", retry_in=0)
    assert (failed.status, failed.attempts, failed.error) == ("waiting", 1, "refused")
    assert [row.id for row in store.due_deliveries()] == ["a-1"]
    assert store.delivery_failed("a-1", "refused").status == "failed"
    assert store.due_deliveries() == []
    assert store.delivered(store.queue_delivery({"log": True}, {}).id).status == "delivered"
    assert [row.attempts for row in store.deliveries()] == [2, 1]
    with pytest.raises(UnknownNameError):
        store.delivered("nothing")


def test_a_prediction_is_reviewed_once(store: Store) -> None:
    review = store.put_review(ReviewRow("income", "r-1", {"age": 39}, "<=50K", "low confidence"))
    assert store.put_review(ReviewRow("income", "r-1", {"age": 39}, "<=50K", "sampled")) == review
    assert store.reviews(status="waiting") == [review]
    answered = store.answer_review(review.id, ">50K", who="ann")
    assert (answered.status, answered.label, answered.who) == ("answered", ">50K", "ann")
    assert store.answer_review(review.id, ">50K", who="bob").who == "ann"
    with pytest.raises(ConflictError, match="ann before"):
        store.answer_review(review.id, "<=50K", who="bob")
    skipped = store.put_review(ReviewRow("income", "r-2", {}, None))
    assert store.answer_review(skipped.id, None, skip=True).status == "skipped"
