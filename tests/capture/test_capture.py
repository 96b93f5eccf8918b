"""What is captured is what was asked and answered, within its bounds, and what came true stands beside it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from litmus.capture import CaptureRecorder, Feedback, labelled_answers, losses, read
from litmus.errors import ParameterError


@dataclasses.dataclass
class Answers:
    labels: Any
    probabilities: np.ndarray | None = None


def recorder(folder: Path, **options: Any) -> CaptureRecorder:
    return CaptureRecorder(folder, **{"share": 1.0, "max_bytes": 10**8, **options})


def ask(record: CaptureRecorder, number: int, rows: list[dict], labels: list, scores: list | None = None) -> None:
    answers = Answers(labels, None if scores is None else np.array(scores))
    record.record(f"id-{number}", "main", "m-1", rows=rows, answers=answers, seconds=0.001)


def test_requests_and_answers_come_back_as_a_table(tmp_path):
    record = recorder(tmp_path)
    record.know(inputs=["age", "town", "odd"], classes={"main": ["no", "yes"]})
    record.start()
    ask(
        record,
        1,
        [{"age": 20, "town": "Oslo", "stranger": 1}, {"age": None, "town": "Rome"}],
        ["no", "yes"],
        [[0.9, 0.1], [0.2, 0.8]],
    )
    ask(record, 2, [{"age": 30.5, "town": "x\ud800", "odd": {"a": [1]}}], ["no"], [[0.7, 0.3]])
    record.stop()
    table = read(tmp_path)
    assert table["request_id"].tolist() == ["id-1", "id-1", "id-2"]
    assert table["row"].tolist() == [0, 1, 0]
    assert table["input.age"].tolist()[0::2] == [20, 30.5]
    assert np.isnan(table["input.age"][1])
    assert table["input.town"].tolist() == ["Oslo", "Rome", "x?"]
    assert table["input.odd"].tolist()[2] == '{"a": [1]}'
    assert table["probability.yes"].tolist() == [0.1, 0.8, 0.3]
    assert table["prediction"].tolist() == ["no", "yes", "no"]
    assert set(table["variant"]) == {"main"}
    assert "input.stranger" not in table
    assert table["label"].isna().all()
    assert table["labels"].tolist() == [0, 0, 0]
    assert losses(tmp_path) == {"recorded": 2, "lost": 0}
    assert list((tmp_path / "captured").glob("*/*.parquet"))


def test_numbers_and_truths_as_predictions_and_times(tmp_path):
    for label in (1.5, True, 7):
        record = recorder(tmp_path / str(label))
        record.start()
        ask(record, 1, [{"a": 2**70, "b": True}], [label])
        record.stop()
        table = read(tmp_path / str(label))
        assert table["prediction"].tolist() == [label]
        assert table["input.a"].tolist() == [float(2**70)]
    now = table["time"][0].to_pydatetime()
    assert len(read(tmp_path / "7", start=now - dt.timedelta(minutes=1), end=now + dt.timedelta(minutes=1))) == 1
    assert len(read(tmp_path / "7", start=now + dt.timedelta(seconds=1))) == 0
    assert len(read(tmp_path / "7", end=now)) == 0
    assert len(read(tmp_path / "none")) == 0


def test_masked_columns_are_hashed_the_same_everywhere_or_left_out(tmp_path):
    for _ in range(2):
        record = recorder(tmp_path, masked=["email", "phone=drop"])
        record.start()
        ask(record, 1, [{"email": "a@b.c", "phone": "123", "age": 1}, {"email": None}, {"email": "d@e.f"}], [1, 2, 3])
        record.stop()
    table = read(tmp_path)
    assert "input.phone" not in table
    hashes = table["input.email"].dropna()
    assert len(hashes) == 4
    assert hashes.nunique() == 2
    text = b"".join(path.read_bytes() for path in (tmp_path / "captured").rglob("*") if path.is_file())
    assert b"a@b.c" not in text
    other = recorder(tmp_path / "other", masked=["email"])
    other.start()
    ask(other, 1, [{"email": "a@b.c"}], [1])
    other.stop()
    assert not set(read(tmp_path / "other")["input.email"]) & set(hashes)
    assert (tmp_path / "captured" / "salt").stat().st_mode & 0o077 == 0


def test_a_share_is_taken(tmp_path):
    record = recorder(tmp_path, share=0.25)
    record.start()
    for number in range(2000):
        ask(record, number, [{"a": 1}], [1])
    record.stop()
    assert 350 < len(read(tmp_path)) < 650


def test_what_comes_too_fast_is_counted_and_memory_is_bounded(tmp_path):
    record = recorder(tmp_path)  # nobody writes yet
    for number in range(10_500):
        ask(record, number, [{"a": 1}], [1])
    assert record.lost == 500
    ask(record, 1, [{"a": 1}] * 100_000, [1] * 100_000)
    assert record.lost == 501
    record.start()
    record.stop()
    assert len(read(tmp_path)) == 10_000
    assert losses(tmp_path) == {"recorded": 10_000, "lost": 501}


def test_the_disk_is_bounded_and_the_oldest_goes_first(tmp_path):
    words = np.random.default_rng(0).bytes(400_000).hex()
    for number in range(8):
        record = recorder(tmp_path, max_bytes=300_000)
        record.start()
        for place in range(20):
            ask(record, number, [{"text": words[(number * 20 + place) * 5000 :][:5000]}], [1])
        record.stop()
    used = sum(path.stat().st_size for path in (tmp_path / "captured").glob("*/*"))
    assert used <= 300_000
    kept = set(read(tmp_path)["request_id"])
    assert "id-7" in kept
    assert "id-0" not in kept


def test_a_disk_that_refuses_costs_no_request(tmp_path):
    record = recorder(tmp_path)
    (tmp_path / "captured" / "spool").write_text("no folder")
    record.start()
    ask(record, 1, [{"a": 1}], [1])
    record.stop()
    assert (record.recorded, record.lost) == (0, 1)


def test_what_a_killed_worker_had_written_is_not_lost(tmp_path):
    code = f"""
import os, time
from pathlib import Path
from litmus.capture import CaptureRecorder
class Answers: labels, probabilities = [1], None
record = CaptureRecorder(Path({str(tmp_path)!r}), share=1.0, max_bytes=10**6)
record.start()
for n in range(50):
    record.record(f"id-{{n}}", "v", "m", rows=[{{"a": n}}], answers=Answers(), seconds=0.1)
while record.recorded < 50: time.sleep(0.01)
os.kill(os.getpid(), 9)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert len(read(tmp_path)) == 0
    with next((tmp_path / "captured" / "spool").iterdir()).open("ab") as file:
        file.write(b'[1, "cut')
    record = recorder(tmp_path)
    record.start()
    record.stop()
    assert sorted(read(tmp_path)["input.a"]) == list(range(50))
    assert not list((tmp_path / "captured" / "spool").iterdir())


def test_late_and_second_labels_are_kept_with_their_times(tmp_path):
    feedback = Feedback(tmp_path, max_bytes=10**8)
    assert feedback.add({"request_id": "id-1", "labels": ["no", "no"]}) == 2
    record = recorder(tmp_path)
    record.know(inputs=None, classes={"main": ["no", "yes"]})
    record.start()
    ask(record, 1, [{"a": 1}, {"a": 2}], ["no", "yes"], [[0.9, 0.1], [0.4, 0.6]])
    ask(record, 2, [{"a": 3}], ["yes"], [[0.2, 0.8]])
    record.stop()
    time.sleep(0.002)
    assert feedback.add([{"request_id": "id-1", "row": 1, "label": "yes"}, {"request_id": "nobody", "label": 1}]) == 2
    last, first, every = (read(tmp_path, labels=labels) for labels in ("last", "first", "all"))
    assert last["label"].tolist()[:2] == ["no", "yes"]
    assert first["label"].tolist()[:2] == ["no", "no"]
    assert last["labels"].tolist() == [1, 2, 0]
    assert len(every) == 4
    assert every["label_time"].notna().sum() == 3
    found = labelled_answers(tmp_path, variants=["main"], since="2020-01-01T00:00:00")
    assert [(each["truth"], each["prediction"], each["probabilities"]) for each in found] == [
        ("no", "no", {"no": 0.9, "yes": 0.1}), ("yes", "yes", {"no": 0.4, "yes": 0.6}),
    ]  # fmt: skip
    assert labelled_answers(tmp_path, variants=["other"]) == []


def test_feedback_that_is_none_is_one_sentence(tmp_path):
    feedback = Feedback(tmp_path, max_bytes=10**8)
    wrong = [None, 3, [], {}, {"request_id": "a"}, {"request_id": "", "label": 1}, {"request_id": 5, "label": 1},
             {"request_id": "a", "label": 1, "labels": [1]}, {"request_id": "a", "labels": 1}, {"request_id": "a", "label": [1]},
             {"request_id": "a", "label": 1, "row": -1}, {"request_id": "a", "label": 1, "row": True},
             {"request_id": "a", "label": "x" * 10_001}, {"request_id": "a", "label": 1, "more": 2},
             [{"request_id": "a", "label": 1}, 5], {"request_id": "a" * 201, "label": 1}]  # fmt: skip
    for given in wrong:
        with pytest.raises(ParameterError):
            feedback.add(given)
    assert not list((tmp_path).rglob("*.jsonl"))
    for options in ({"share": 1.5}, {"share": -1}, {"max_bytes": 0}):
        with pytest.raises(ParameterError):
            recorder(tmp_path, **options)
    with pytest.raises(ParameterError, match="labels='best'"):
        read(tmp_path, labels="best")


def test_taking_a_request_down_loads_no_table_library(tmp_path):
    code = (
        "import sys; from pathlib import Path; from litmus.capture.recorder import CaptureRecorder\n"
        "class A: labels, probabilities = [1], None\n"
        f"r = CaptureRecorder(Path({str(tmp_path)!r}), share=1.0, max_bytes=10**6)\n"
        "r.record('a', 'v', 'm', rows=[{'a': 1}], answers=A(), seconds=0.1)\n"
        "print(sorted({'pyarrow', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_counts_are_readable_by_others(tmp_path):
    record = recorder(tmp_path)
    record.start()
    ask(record, 1, [{"a": 1}], [1])
    record.stop()
    [file] = (tmp_path / "captured").glob("counts-*.json")
    assert json.loads(file.read_text()) == {"recorded": 1, "lost": 0}
    assert isinstance(read(tmp_path), pd.DataFrame)
