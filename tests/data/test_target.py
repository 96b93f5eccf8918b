import json

import numpy as np
import pandas as pd
import pytest

from litmus.data import TaskData
from litmus.data.target import Target
from litmus.errors import DataError


def _load(y, **options):
    rows = len(next(iter(y.values()))) if isinstance(y, dict) else len(y)
    columns = y if isinstance(y, dict) else {"y": y}
    return TaskData.create(
        data={"x": np.arange(rows) / 7, **columns}, target=list(columns) if len(columns) > 1 else "y", **options
    ).load()


@pytest.mark.parametrize(
    ("y", "task", "classes"),
    [
        (["b", "a"] * 20, "binary", ("a", "b")),
        ([True, False] * 20, "binary", (False, True)),
        ([1, 0] * 20, "binary", (0, 1)),
        ([1.0, 0.0] * 20, "binary", (0.0, 1.0)),
        ([2, 1] * 20, "binary", (1, 2)),
        (["a", "b", "c", "a"] * 10, "multiclass", ("a", "b", "c")),
        ([3, 1, 2, 1] * 10, "multiclass", (1, 2, 3)),
        (pd.Series([3, 1, 2, 1] * 10, dtype="category"), "multiclass", (1, 2, 3)),
        (pd.Series([True, None, False, True] * 10, dtype="boolean"), "binary", (False, True)),
        (pd.Series([1, None, 0, 1] * 10, dtype="Int64"), "binary", (0, 1)),
        (list(range(40)), "regression", ()),
        ([0.1, 0.2, 0.3, 0.4] * 10, "regression", ()),
        ([str(number) for number in range(40)], "regression", ()),
    ],
)
def test_task_and_classes_follow_the_values(y, task, classes):
    loaded = _load(y)
    assert loaded.task == task
    assert loaded.target.classes == classes
    assert [type(label) for label in loaded.target.classes] == [type(label) for label in classes]
    assert any(note.startswith(f"Task: {task}, because 'y' has") for note in loaded.notes)


def test_labels_go_to_codes_and_back():
    for labels in (["b", "a", "c"], [3, 1, 2], [0.5, 1.5], [True, False]):
        target = Target(("y",), "multiclass", tuple(sorted(labels)))
        codes = target.encode(labels)
        assert codes.dtype == np.int64
        assert target.decode(codes).tolist() == labels
        assert Target.from_json(json.loads(json.dumps(target.to_json()))) == target


def test_a_csv_gives_numbers_back_as_numbers(tmp_path):
    for labels, classes in ((["1", "2"], (1, 2)), (["true", "false"], (False, True)), (["01", "02"], ("01", "02"))):
        path = tmp_path / "t.csv"
        path.write_text("x,y\n" + "\n".join(f"{number},{labels[number % 2]}" for number in range(40)))
        assert TaskData.create(data=path, target="y").load().target.classes == classes


def test_texts_of_a_typed_table_stay_texts():
    assert _load(["1", "2"] * 20).target.classes == ("1", "2")


def test_a_label_may_be_written_in_another_type():
    target = Target(("y",), "binary", (0, 1))
    assert target.encode(["1", "0", 1.0, "1.0"]).tolist() == [1, 0, 1, 1]
    assert Target(("y",), "binary", (False, True)).encode([1, "true", False]).tolist() == [1, 1, 0]
    assert Target(("y",), "multiclass", ("5", "6")).encode([5, 6.0]).tolist() == [0, 1]


def test_an_unknown_label_names_the_row():
    with pytest.raises(
        DataError, match="'income' holds 'x' in row 1, and 1 more rows do: a label the model does not know"
    ):
        Target(("income",), "binary", ("a", "b")).encode(["a", "x", "x"])
    with pytest.raises(DataError, match="no value"):
        Target(("income",), "binary", ("a", "b")).encode(["a", None])
    with pytest.raises(DataError, match="holds 'abc' in row 1: no number"):
        Target(("price",), "regression").encode(["1", "abc"])
    with pytest.raises(DataError, match="no target column 'income'"):
        Target(("income",), "binary", ("a", "b")).encode(pd.DataFrame({"age": [1]}))


def test_several_columns_of_flags_are_a_multilabel_task():
    loaded = _load({"news": [1, 0] * 20, "sport": [0, 0, 1, 1] * 10})
    assert loaded.task == "multilabel"
    assert loaded.y.dtype == np.int8
    assert loaded.target.classes == ("news", "sport")
    frame = loaded.target.decode(loaded.y)
    assert list(frame) == ["news", "sport"]
    assert loaded.target.encode(frame).tolist() == loaded.y.tolist()


def test_truths_come_back_as_truths():
    loaded = _load({"news": [True, False] * 20, "sport": [False, False, True, True] * 10})
    assert loaded.target.decode(loaded.y).dtypes.tolist() == [np.bool_, np.bool_]


def test_lists_of_labels_are_a_multilabel_task():
    labels = [["news"], ["news", "sport"], [], ["art"]] * 10
    loaded = _load(labels, split=None)
    assert loaded.target.classes == ("art", "news", "sport")
    assert set(map(tuple, loaded.target.decode(loaded.y))) <= set(map(tuple, labels))
    assert loaded.target.encode([["sport", "art"]]).tolist() == [[1, 0, 1]]
    with pytest.raises(DataError, match=r"\['music'\] in row 0"):
        loaded.target.encode([["music"]])


def test_joined_labels_are_taken_apart_when_the_task_says_so():
    loaded = _load(["news|sport", "news", "art", "art|sport"] * 10, task="multilabel")
    assert loaded.target.classes == ("art", "news", "sport")
    assert set(loaded.target.decode(loaded.y)) <= {"news|sport", "news", "art", "art|sport"}


@pytest.mark.parametrize(
    ("y", "options", "message"),
    [
        (["a"] * 40, {}, "only one value, 'a', in 40 rows"),
        ([1.5] * 40, {}, "only one value, 1.5"),
        ([None] * 40, {}, "missing in all 40 rows"),
        (["a", "b", "c", "d"] * 10, {"task": "binary"}, "needs two classes, but the target 'y' has 4"),
        (["a", "b"] * 20, {"task": "regression"}, "holds texts such as 'a', so it cannot be a regression"),
        ([f"v{number}" for number in range(40)], {}, "a different value in each of 40 rows"),
        (list(range(40)), {"task": "multiclass"}, "a different value in each of 40 rows.* or task='regression'"),
        (pd.date_range("2024", periods=40), {}, "holds dates"),
        ([0, 1] * 20, {"task": "multilabel"}, "has one value a row"),
        ({"a": [0, 1] * 20, "b": [0, 2] * 20}, {}, "each must be 0/1 or True/False, but 'b' holds 2"),
        ({"a": [0, 1] * 20, "b": [0, 1] * 20}, {"task": "binary"}, "takes one target column, but 2 were given"),
        ([["a"], ["b"]] * 20, {"task": "binary"}, "holds lists of labels, so the task is multilabel"),
    ],
)
def test_targets_nothing_can_be_learned_from(y, options, message):
    with pytest.raises(DataError, match=message):
        _load(y, **options)


def test_rows_without_a_target_are_dropped_and_counted():
    loaded = _load(["a", None, "b", "a"] * 10)
    assert "10 rows of 40 without a value of the target 'y' were dropped." in loaded.notes
    assert len(loaded.y) + len(loaded.y_test) == 30
    loaded = _load([1.5, np.inf, 2.5, 3.5] * 10)
    assert "10 rows of 40 without a value of the target 'y' were dropped (10 infinite)." in loaded.notes


def test_regression_targets_keep_their_values():
    values = np.random.default_rng(0).normal(size=40)
    loaded = _load(values)
    assert sorted([*loaded.y, *loaded.y_test]) == sorted(values)
    assert loaded.target.decode(loaded.y).tolist() == loaded.y.tolist()


def test_the_positive_class_is_said():
    assert "The positive class is 'yes', the last of 'no', 'yes' in sorted order." in _load(["yes", "no"] * 20).notes
