"""The queue: every job is answered once, whoever ends in between."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from litmus.asynchronous import Queue, QueueFullError, waiting
from litmus.asynchronous.places import allowed_place
from litmus.errors import ParameterError

JSON = "application/json"


def test_jobs_are_taken_in_order_and_finished_once(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    jobs = [queue.submit(f'{{"age": {n}}}'.encode(), content_type=JSON) for n in range(3)]
    assert queue.waiting() == waiting(tmp_path) == 3
    first = queue.take("a")
    assert first.id == jobs[0].id
    assert queue.body(first) == b'{"age": 0}'
    working = tmp_path / "working"
    working.write_text("result")
    assert queue.finish(first, working, rows=1, model="m-1")
    assert not queue.finish(first, working, rows=1, model="m-1")
    assert queue.result(first).read_text() == "result"
    done = queue.get(first.id)
    assert (done.status, done.rows, done.model) == ("done", 1, "m-1")
    assert waiting(tmp_path) == 2
    assert queue.get("nobody") is None


def test_a_lease_that_ends_gives_the_job_to_another_and_the_late_one_changes_nothing(tmp_path: Path) -> None:
    queue = Queue(tmp_path, lease_seconds=0.05)
    queue.submit(b"{}", content_type=JSON)
    late = queue.take("a")
    assert queue.take("b") is None
    time.sleep(0.06)
    assert queue.waiting() == 1
    queue.lease_seconds = 60
    now = queue.take("b")
    assert (now.id, now.tries) == (late.id, 2)
    for name in ("late", "now"):
        (tmp_path / name).write_text(name)
    assert not queue.renew(late)
    assert not queue.finish(late, tmp_path / "late", rows=1, model="m")
    queue.fail(late, "late")
    assert queue.finish(now, tmp_path / "now", rows=1, model="m")
    assert queue.result(now).read_text() == "now"


def test_a_job_that_ends_its_process_three_times_fails(tmp_path: Path) -> None:
    queue = Queue(tmp_path, lease_seconds=0.01)
    job = queue.submit(b"{}", content_type=JSON)
    for _ in range(3):
        assert queue.take("a") is not None
        time.sleep(0.02)
    assert queue.take("a") is None
    assert queue.get(job.id).status == "failed"
    assert "ended 3 times" in queue.get(job.id).error


def test_jobs_of_a_process_that_is_gone_come_back_at_once(tmp_path: Path) -> None:
    queue = Queue(tmp_path, lease_seconds=1000)
    queue.submit(b"{}", content_type=JSON)
    queue.take("999999999:1.00")
    assert queue.take("b") is None
    assert queue.recover() == 1
    taken = queue.take("b")
    assert taken.tries == 2
    queue.release(taken)
    assert queue.get(taken.id).tries == 1


def test_cancelled_expired_and_full(tmp_path: Path) -> None:
    queue = Queue(tmp_path, max_waiting=2, keep_seconds=0.3)
    jobs = [queue.submit(b"x" * 100_000, content_type=JSON) for _ in range(2)]
    with pytest.raises(QueueFullError, match="2 requests wait already"):
        queue.submit(b"x" * 100_000, content_type=JSON)
    assert len(list((tmp_path / "bodies").iterdir())) == 2
    assert queue.cancel(jobs[0].id).status == "cancelled"
    assert len(list((tmp_path / "bodies").iterdir())) == 1
    running = queue.take("a")
    assert queue.renew(running)
    assert queue.cancel(running.id).status == "running"
    assert not queue.renew(running)
    queue.fail(running, "stopped")
    assert queue.get(running.id).status == "cancelled"
    assert queue.cancel("nobody") is None
    third = queue.submit(b"{}", content_type=JSON)
    queue.result(third).write_text("x")
    time.sleep(0.35)
    assert queue.sweep() == 3
    assert queue.get(third.id) is None
    assert list((tmp_path / "results").iterdir()) == []


def test_the_same_name_is_the_same_job(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    first = queue.submit(b"1", content_type=JSON, same_as="order-7")
    assert queue.submit(b"1", content_type=JSON, same_as="order-7").id == first.id
    assert queue.submit(b"1", content_type=JSON, same_as="order-8").id != first.id
    assert queue.submit(b"1", content_type=JSON).id != queue.submit(b"1", content_type=JSON).id


def test_no_place_is_allowed_unless_it_was(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "a.csv").write_text("age\n1\n")
    (tmp_path / "secret.csv").write_text("age\n1\n")
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    assert allowed_place(f"{inside}/a.csv", [str(inside)], what="input") == str(inside / "a.csv")
    assert allowed_place(f"file://{inside}/a.csv", [str(inside)], what="input") == str(inside / "a.csv")
    assert allowed_place("s3://b/in/x/a.csv", ["s3://b/in/"], what="input") == "s3://b/in/x/a.csv"
    wrong = ["/etc/passwd", f"{inside}/../secret.csv", f"{inside}/link.csv", str(inside), f"{inside}/*.csv", "", "a\nb",
             "s3://b/in/../out/a.csv", "s3://b/in/%2e%2e/out/a.csv", "s3://b/inner/a.csv", "s3://c/in/a.csv",
             "zip://a.csv::file:///etc/passwd", "http://169.254.169.254/latest", "S3://b/in//x", "s3://b/in"]  # fmt: skip
    for place in wrong:
        with pytest.raises(ParameterError):
            allowed_place(place, [str(inside), "s3://b/in"], what="input")
    with pytest.raises(ParameterError, match="takes no input by path or URL"):
        allowed_place(f"{inside}/a.csv", [], what="input")
