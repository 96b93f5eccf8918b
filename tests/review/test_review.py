"""The queue for people: rules, no request twice, two reviewers at once, answers that become labels."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from litmus.capture import CaptureRecorder, labelled_answers, read
from litmus.cli.app import run
from litmus.errors import ConflictError, LitmusError, ParameterError, UnknownNameError
from litmus.review import ReviewQueue, ReviewRules
from litmus.serve.config import ServiceConfig, VariantConfig, save_config
from litmus.store import Store
from trained_models import people, train_model


@dataclasses.dataclass
class Answers:
    labels: Any
    probabilities: np.ndarray | None = None


@pytest.fixture
def queue() -> ReviewQueue:
    folder = Store().home / "endpoints" / "income"
    folder.mkdir(parents=True)
    capture(folder, [0.5 + 0.005 * number for number in range(100)])
    return ReviewQueue("income")


def capture(folder: Path, confidences: list[float], start: int = 0) -> None:
    recorder = CaptureRecorder(folder, share=1.0, max_bytes=10**8)
    recorder.know(inputs=["age", "city"], classes={"main": ["no", "yes"]})
    recorder.start()
    for number, confidence in enumerate(confidences, start):
        answers = Answers(["no"], np.array([[confidence, 1 - confidence]]))
        rows = [{"age": number, "city": "Oslo" if number % 2 else None}]
        recorder.record(f"id-{number}", "main", "m-1", rows=rows, answers=answers, seconds=0.001)
    recorder.stop()


def test_the_least_sure_are_queued_once_and_answers_become_labels(queue: ReviewQueue) -> None:
    rules = ReviewRules(confidence=0.6)
    first = queue.collect(rules)
    assert (first.added, first.looked_at, first.left_out) == (20, 100, 0)
    assert queue.collect(rules).added == 0
    waiting = queue.waiting()
    assert [each.row["age"] for each in waiting] == list(range(20))
    assert waiting[0].reason == "confidence 0.50 is below 0.6"
    assert waiting[0].row["city"] is None
    review = queue.next(who="ann")
    assert review is not None
    assert review.id == waiting[0].id
    assert queue.answer(review.id, "yes", who="ann").who == "ann"
    table = read(queue.folder)
    assert table.set_index("request_id").loc["id-0", "label"] == "yes"
    assert labelled_answers(queue.folder)[0]["truth"] == "yes"
    queue.answer(waiting[1].id, skip=True, who="ann")
    assert len(queue.waiting()) == 18
    assert queue.collect(rules).added == 0
    exported = queue.export()
    assert exported[["age", "label", "prediction", "request_id", "who"]].to_dict("records") == [
        {"age": 0, "label": "yes", "prediction": "no", "request_id": "id-0", "who": "ann"}
    ]
    capture(queue.folder, [0.51], start=500)
    assert queue.collect(rules).added == 1


def test_every_rule(queue: ReviewQueue) -> None:
    assert queue.collect(ReviewRules(margin=0.1)).added == 10
    sampled = ReviewRules(share=0.3)
    keys = [f"key-{number}" for number in range(2_000)]
    drawn = [key for key in keys if sampled.wanted(key, {"no": 0.99, "yes": 0.01})]
    assert 500 < len(drawn) < 700
    assert drawn == [key for key in keys if sampled.wanted(key, {})]
    assert ReviewRules(shadow=True).wanted("a", {}, prediction="no", shadow="yes") is not None
    assert ReviewRules(shadow=True).wanted("a", {}, prediction="no", shadow="no") is None
    with pytest.raises(ParameterError, match="No rule was given"):
        ReviewRules()
    with pytest.raises(ParameterError, match=r"confidence=7"):
        ReviewRules(confidence=7)


def test_the_queue_is_bounded_and_the_most_urgent_come_first(queue: ReviewQueue) -> None:
    rules = ReviewRules(confidence=0.9, most_waiting=5)
    found = queue.collect(rules)
    assert (found.added, found.left_out) == (5, 75)
    assert [each.row["age"] for each in queue.waiting()] == [0, 1, 2, 3, 4]
    queue.answer(queue.waiting()[0].id, "no")
    again = queue.collect(rules)
    assert (again.added, len(queue.waiting())) == (1, 5)


def test_a_shadow_that_disagrees(queue: ReviewQueue, tmp_path: Path) -> None:
    frame = people(200)[["age", "city", "rich"]]
    model = train_model(frame, target="rich").model
    path = model.save(tmp_path / "shadow.litmus")
    variants = [VariantConfig("main", str(path), "m-1"), VariantConfig("shadow", str(path), "m-2", shadow=True)]
    save_config(ServiceConfig("income", 1, variants), queue.folder)
    added = queue.collect(ReviewRules(shadow=True)).added
    asked = [{"age": number, "city": "Oslo" if number % 2 else None} for number in range(100)]
    assert added == sum(label != "no" for label in model.predict(asked))
    save_config(ServiceConfig("income", 2, variants[:1]), queue.folder)
    with pytest.raises(ParameterError, match="has no shadow variant"):
        queue.collect(ReviewRules(shadow=True))


def _review_all(home: str, who: str, results: Any) -> None:
    os.environ["LITMUS_HOME"] = home
    queue, done = ReviewQueue("income"), []
    while (review := queue.next(who=who)) is not None:
        done.append(review.id)
        queue.answer(review.id, "yes", who=who)
    results.put((who, done))


def test_reviewers_at_once_do_not_collide(queue: ReviewQueue) -> None:
    queue.collect(ReviewRules(confidence=0.65))
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    people_ = [
        context.Process(target=_review_all, args=(str(queue.store.home), who, results)) for who in ("ann", "bob", "cem")
    ]
    for each in people_:
        each.start()
    found = dict(results.get(timeout=100) for _ in people_)
    for each in people_:
        each.join(timeout=30)
    done = [review for reviews in found.values() for review in reviews]
    assert len(done) == len(set(done)) == 30
    assert queue.waiting() == []
    assert (read(queue.folder)["labels"] > 0).sum() == 30


def test_a_review_is_one_persons_until_its_time_is_over(queue: ReviewQueue) -> None:
    queue.collect(ReviewRules(confidence=0.51))
    ann, bob = queue.next(who="ann"), queue.next(who="bob")
    assert ann is not None
    assert bob is not None
    assert ann.id != bob.id
    assert queue.next(who="ann") == ann or queue.next(who="ann").id == ann.id
    assert queue.next(who="cem") is None
    late = queue.next(who="cem", seconds=0.0)
    assert late is not None
    assert late.id == ann.id
    queue.answer(ann.id, "yes", who="cem")
    with pytest.raises(ConflictError, match="answered by cem before"):
        queue.answer(ann.id, "no", who="ann")


def test_an_answer_that_a_crash_kept_back_is_delivered(queue: ReviewQueue) -> None:
    queue.collect(ReviewRules(confidence=0.51))
    queue.store.answer_review(queue.waiting()[0].id, "yes")  # and then the process ended
    assert (read(queue.folder)["labels"] > 0).sum() == 0
    assert queue.collect(ReviewRules(confidence=0.51)).delivered == 1
    assert (read(queue.folder)["labels"] > 0).sum() == 1
    assert queue.collect(ReviewRules(confidence=0.51)).delivered == 0


def test_what_is_refused(queue: ReviewQueue) -> None:
    queue.collect(ReviewRules(confidence=0.51))
    review = queue.waiting()[0]
    with pytest.raises(ParameterError, match="no label of the model; give 'no', 'yes'"):
        queue.answer(review.id, "maybe")
    with pytest.raises(UnknownNameError, match="no review 'q'"):
        queue.answer("q", "yes")
    with pytest.raises(LitmusError, match="no endpoint named 'outcome'"):
        ReviewQueue("outcome")
    assert ReviewQueue("income").export().empty


def test_the_command(queue: ReviewQueue, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["review", "collect", "income", "--confidence", "0.52", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 4
    assert run(["review", "list", "income"]) == 0
    assert "confidence 0.50 is below 0.52" in capsys.readouterr().out
    assert run(["review", "next", "income", "--who", "ann", "--json"]) == 0
    review = json.loads(capsys.readouterr().out)
    assert run(["review", "next", "income", "--who", "bob"]) == 0
    assert "What is right (no, yes)?" in capsys.readouterr().out
    assert run(["review", "answer", "income", review["id"], "yes", "--who", "ann"]) == 0
    assert run(["review", "answer", "income", review["id"]]) == 2
    assert run(["review", "export", "income", "-o", str(tmp_path / "out.csv")]) == 0
    assert pd.read_csv(tmp_path / "out.csv")["label"].tolist() == ["yes"]
