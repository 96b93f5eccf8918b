"""Rows that are kept beside a model, and which rows a challenger learns from."""

import numpy as np
import pandas as pd
import pytest
from labelled_traffic import table

import litmus
from litmus.data import TaskData, conform
from litmus.data.kept_rows import LearnedRows, TestRows, row_marks
from litmus.errors import BundleError, DataError
from litmus.retraining.division import divide
from litmus.retraining.table import read_labelled


def loaded(frame, **options):
    return TaskData.create(data=frame, target="label", **options).load(seed=0)


def rich():
    frame = table(600)
    frame["when"] = pd.date_range("2026-01-01", periods=600, freq="h").astype(str)
    frame["flag"] = pd.array([True, False, None] * 200, dtype="boolean")
    frame["count"] = np.arange(600) % 7
    frame.loc[::9, "size"] = np.nan
    frame.loc[::11, "kind"] = None
    return frame


def test_test_rows_come_back_as_they_were():
    data = loaded(rich())
    rows = TestRows.of(data)
    again = TestRows.from_bytes(rows.to_bytes())
    pd.testing.assert_frame_equal(again.inputs, data.test.reset_index(drop=True), check_dtype=False)
    assert again.labels["label"].tolist() == data.target.decode(data.y_test).tolist()
    assert (row_marks(again.inputs, data.schema) == row_marks(data.test, data.schema)).all()
    with pytest.raises(BundleError):
        TestRows.from_bytes(b"nothing")


def test_marks_are_the_same_for_rows_as_they_are_sent():
    frame = rich()
    data = loaded(frame)
    seen = LearnedRows.from_bytes(LearnedRows.of(data).to_bytes())
    conformed, _ = conform(frame, data.schema)
    unseen = seen.unseen(row_marks(conformed.to_pandas(), data.schema))
    assert unseen.sum() == len(data.test)
    with pytest.raises(BundleError):
        LearnedRows.from_bytes(b"{}\n123")


def test_few_of_many_rows_are_kept_and_mostly_the_same_ones():
    data = loaded(table(3000))
    few = TestRows.of(data).at_most(100, data.schema)
    fewer = TestRows.of(data).at_most(50, data.schema)
    assert (len(few), len(fewer)) == (100, 50)
    assert set(row_marks(fewer.inputs, data.schema)) <= set(row_marks(few.inputs, data.schema))
    many = LearnedRows(np.arange(10, dtype=np.uint64), 10)
    assert many.unseen(np.array([3, 11], dtype=np.uint64)).tolist() == [False, False]


@pytest.mark.parametrize("target", ["number", "classes"])
def test_a_run_keeps_them(target):
    frame = table(300).assign(label=lambda f: f["size"] * 3) if target == "number" else table(300)
    run = litmus.train(frame, target="label", algorithm="LinearModel", callbacks=[], executor="in_process")
    from litmus.store import Store

    version = run.best.version
    rows = TestRows.from_bytes(Store().attached(version, "test_rows").read_bytes())
    assert len(rows) == len(run.data["data"].test)
    assert LearnedRows.from_bytes(Store().attached(version, "learned_rows").read_bytes()).marks.size


def divided(base, later, *, base_is_new=False, min_rows=20, past=True):
    data = loaded(table(400))

    def read(frame):
        return None if frame is None else read_labelled(frame, data.schema, data.target)

    division = divide(
        read(base), read(later), base_is_new=base_is_new, past=TestRows.of(data) if past else None, learned=LearnedRows.of(data),
        schema=data.schema, target=data.target, min_rows=min_rows,
    )  # fmt: skip
    return data, division


def test_the_same_rows_again_are_those_of_then():
    data, division = divided(table(400), None)
    assert sorted(division.learn.inputs["size"]) == sorted(data.train["size"])
    assert division.new is None


def test_new_rows_are_learned_from_or_judged_by_and_never_both():
    data, division = divided(table(400), table(500, seed=9))
    learned = set(division.learn.inputs["size"])
    assert not learned & set(division.new.inputs["size"])
    assert not learned & set(division.past.inputs["size"])
    assert 100 < len(division.new) < 200
    assert division.added == 500 - len(division.new)
    again = divided(table(400), table(500, seed=9))[1]
    assert list(again.new.inputs["size"]) == list(division.new.inputs["size"])


def test_rows_that_the_incumbent_knows_do_not_judge():
    _, division = divided(table(400), table(400))
    assert (
        division.new is None
        or not len(division.new)
        or set(division.new.inputs["size"]) <= set(division.past.inputs["size"])
    )
    longer = pd.concat([table(400), table(300, seed=4)], ignore_index=True)
    data, division = divided(longer, None, base_is_new=True)
    assert set(division.new.inputs["size"]) <= set(table(300, seed=4)["size"]) | set(data.test["size"])
    assert not set(division.learn.inputs["size"]) & set(division.past.inputs["size"])


def test_tables_of_few_different_rows_are_judged_by_what_came_later():
    few = pd.DataFrame({"size": [0.0, 1.0] * 200, "kind": ["red"] * 400, "noise": 0.0, "label": ["no", "yes"] * 200})
    data = loaded(few)

    def read(frame):
        return read_labelled(frame, data.schema, data.target)

    division = divide(
        read(few), read(few), base_is_new=False, past=None, learned=LearnedRows.of(data), schema=data.schema, target=data.target,
        min_rows=20,
    )  # fmt: skip
    assert division.new is None or len(division.new) >= 20


def test_data_that_cannot_be_learned_from():
    data = loaded(table(300))
    with pytest.raises(DataError, match="no target 'label'"):
        read_labelled(table(50).drop(columns="label"), data.schema, data.target)
    with pytest.raises(DataError, match="not those that the model learned from"):
        read_labelled(table(50).drop(columns="size"), data.schema, data.target)
    with pytest.raises(DataError, match="not those that the model learned from"):
        read_labelled(table(50).assign(size="large"), data.schema, data.target)
    found = read_labelled(
        table(50).assign(label=lambda f: f["label"].where(f.index > 9, "maybe")), data.schema, data.target
    )
    assert (len(found), dict(found.unknown)) == (40, {"maybe": 10})
    found = read_labelled(table(50).assign(label=lambda f: f["label"].where(f.index > 9)), data.schema, data.target)
    assert "10 rows" in found.notes[0]
