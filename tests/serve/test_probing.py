"""Noticing probing: what copies or attacks a model is told, what ordinary callers send is not."""

import json
import random
import time

import pytest

from litmus.errors import ParameterError
from litmus.serve.security import ProbingWatch, WatchingRecorder, asking_key

COLUMNS = ("age", "hours", "gain", "city", "job", "school", "member", "height")


def person(rng):
    return {
        "age": rng.randint(18, 80),
        "hours": rng.randint(10, 60),
        "gain": rng.choice([0, 0, 0, 100 * rng.randint(1, 90)]),
        "city": rng.choice(["Oslo", "Rome", "Lima", "Delft", "Lyon"]),
        "job": rng.choice("abcdefghij"),
        "school": rng.choice("abcdef"),
        "member": rng.random() < 0.5,
        "height": round(rng.gauss(170, 10), 1),
    }


@pytest.fixture
def rng():
    return random.Random(0)


@pytest.fixture
def watch():
    return ProbingWatch(COLUMNS)


def look(watch, rows, key="key-1", now=0.0):
    return [
        finding for start in range(0, len(rows), 20) for finding in watch.look(key, rows[start : start + 20], now=now)
    ]


def test_ordinary_rows_are_not_told(watch, rng):
    assert look(watch, [person(rng) for _ in range(5_000)]) == []


def test_the_same_rows_again_and_again_are_not_told(watch, rng):
    rows = [person(rng) for _ in range(20)]
    assert look(watch, rows * 200) == []
    assert look(watch, rows[:1] * 5_000, "health check") == []


@pytest.mark.parametrize("changed", [("height",), ("age", "hours"), ("city", "job")])
def test_rows_that_differ_in_few_columns_are_told_once(watch, rng, changed):
    base = person(rng)
    rows = [{**base, **{name: f"{rng.random()}" for name in changed}} for _ in range(1_000)]
    found = [finding for finding in look(watch, rows) if finding.pattern == "near-identical rows"]
    (finding,) = found
    assert set(finding.columns) >= set(changed)
    assert len(finding.columns) <= 3
    assert "key-1" in finding.sentence
    assert finding.rows >= 200


def test_probing_is_told_among_as_many_ordinary_rows(watch, rng):
    base = person(rng)
    rows = [
        row
        for _ in range(1_000)
        for row in ({**base, "height": rng.random()}, {**base, "height": rng.random()}, person(rng))
    ]
    assert [finding.columns for finding in look(watch, rows)] == [("height",)]


def test_small_movements_of_all_numbers_are_told(watch, rng):
    base = {**person(rng), "age": 44.4, "hours": 33.3, "gain": 777.7, "height": 171.5}
    rows = [
        {**base, **{name: base[name] * (1 + rng.uniform(-0.01, 0.01)) for name in ("age", "hours", "gain", "height")}}
        for _ in range(600)
    ]
    assert "small movements" in {finding.pattern for finding in look(watch, rows)}


def test_a_walk_through_a_column_is_told(watch, rng):
    rows = [{**person(rng), "gain": 12.5 * number} for number in range(300)]
    (finding,) = look(watch, rows)
    assert (finding.pattern, finding.columns) == ("sweep", ("gain",))


def test_each_key_is_looked_at_by_itself_and_each_window_anew(watch, rng):
    base = person(rng)

    def probing(count):
        return [{**base, "height": rng.random()} for _ in range(count)]

    assert look(watch, probing(150), "one") == []
    assert look(watch, probing(150), "two") == []
    assert look(watch, probing(150), "one", now=700.0) == []
    assert len(look(watch, probing(150), "one", now=800.0)) == 1


def test_a_table_whose_rows_are_all_alike_is_usual(rng):
    columns = ("amount", "currency", "country", "card")

    def payment():
        return {"amount": rng.random(), "currency": "EUR", "country": "NL", "card": rng.random() < 0.03}

    watch = ProbingWatch(columns)
    for key in ("shop-1", "shop-2", "shop-3"):
        look(watch, [payment() for _ in range(199)], key)
    for key in ("shop-1", "shop-2", "shop-3"):
        look(watch, [payment() for _ in range(5)], key)  # the first one may be told: nothing is known of others yet
    assert look(watch, [payment() for _ in range(1000)], "shop-4") == []


def test_memory_stays_bounded_whatever_is_sent(watch, rng):
    for number in range(300):
        watch.look(
            f"key-{number}",
            [{"age": rng.random(), "city": [1, {"a": object()}], "extra": "x"} for _ in range(60)],
            now=0.0,
        )
    assert len(watch._keys) == 128
    seen = watch._keys["key-299"]
    assert all(len(sketch._heavy) <= 48 for sketch in seen.sketches)


@pytest.mark.parametrize("options", [{"rows": 0}, {"steps": -1}, {"window": "1"}, {"rows": 10**6}])
def test_numbers_are_checked(options):
    with pytest.raises(ParameterError):
        ProbingWatch(COLUMNS, **options)


def test_a_finding_is_written_down_logged_and_passed_on_off_the_requests_path(tmp_path, rng, caplog):
    passed = []

    class Inner:
        def record(self, request_id, variant, version, *, rows, answers, seconds):
            passed.append((request_id, len(rows)))

    recorder = WatchingRecorder(ProbingWatch(COLUMNS, rows=50), folder=tmp_path, inner=Inner())
    base = person(rng)
    asking_key.set("key-7")
    recorder.start()
    end = time.monotonic() + 30
    while not recorder.findings and time.monotonic() < end:
        recorder.record("id", "main", "v1", rows=[{**base, "height": rng.random()}], answers=None, seconds=0.0)
        time.sleep(0.002)
    recorder.stop()
    (line,) = (tmp_path / "events.jsonl").read_text().splitlines()
    event = json.loads(line)
    assert (event["event"], event["key"], event["columns"]) == ("probing", "key-7", ["height"])
    assert "it may be probing the model" in caplog.text
    assert len(passed) >= 50
    assert recorder.findings == 1


def test_a_flood_is_sampled():
    recorder = WatchingRecorder(ProbingWatch(COLUMNS))
    for _ in range(100):
        recorder.record(
            "id", "main", "v1", rows=[{"age": number} for number in range(10_000)], answers=None, seconds=0.0
        )
    assert len(recorder._waiting) <= 200
    recorder.look()
    assert len(recorder._waiting) == 0
