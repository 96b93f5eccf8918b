"""Bad input gets one clear sentence, or the right behaviour."""

import numpy as np
import pandas as pd
import pytest

from litmus.data import TaskData
from litmus.errors import DataError, ParameterError

Y = ["a", "b"] * 20


def _load(data, target="y", **options):
    return TaskData.create(data=data, target=target, **options).load()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; give a table with a line of column names"),
        ("x,y\n", "has 2 columns but no rows"),
        ("x,y\n1,2\n", "There is only 1 row to learn from"),
        ("x,y\n" + "1,a\n" * 40, "The target 'y' has only one value, 'a', in 40 rows"),
        ("x,y\n" + "1,\n" * 40, "The target 'y' is missing in all 40 rows"),
        ("x,x,y\n1,2,a\n3,4,b\n", "Column names must be unique, but .* has more than one column named 'x'"),
    ],
    ids=["empty", "header only", "one row", "one class", "no target", "duplicate names"],
)
def test_files(tmp_path, text, message):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        _load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "The train data .* is empty"),
        (pd.DataFrame(), "The train data .* is empty"),
        ({"x": [], "y": []}, "has 2 columns but no rows"),
        ({"x": [1], "y": ["a"]}, "There is only 1 row"),
        ({"x": range(40), "y": ["a", None, None, None] * 10}, "only one value, 'a', in 10 rows"),
        ({"x": range(40), "y": [2.5] * 40}, "only one value, 2.5"),
        ({"y": Y}, "No column is left to learn from beside the target 'y'"),
        ({"user_id": range(40), "y": Y}, r"No column is left .*: user_id \(identifier\)"),
    ],
)
def test_tables(data, message):
    with pytest.raises(DataError, match=message):
        _load(data)


def test_duplicate_names_of_a_frame():
    frame = pd.DataFrame([[1, 2, "a"], [3, 4, "b"]] * 20, columns=["x", "x", "y"])
    with pytest.raises(DataError, match="more than one column named 'x'; rename or drop the copies"):
        _load(frame)


def test_a_column_without_any_value_is_kept_as_missing():
    loaded = _load({"x": range(40), "empty": [None] * 40, "y": Y})
    assert loaded.schema["empty"].why == "every value is missing"
    assert loaded.train["empty"].isna().all()
    assert not loaded.schema["empty"].required


def test_five_thousand_columns():
    frame = pd.DataFrame(np.random.default_rng(0).random((40, 5000)), columns=[f"c{number}" for number in range(5000)])
    loaded = _load(frame.assign(y=Y))
    assert len(loaded.schema.features) == 5000
    assert len(loaded.train._mgr.blocks) < 10


def test_notes_of_many_columns_do_not_drown_the_others():
    data = {f"c{number}": ["?", "1", "2", "3"] * 10 for number in range(100)}
    loaded = _load({**data, "y": Y})
    assert len(loaded.notes) < 40
    assert "80 more columns have the same to tell about missing markers." in loaded.notes


def test_infinities_are_missing_and_noted():
    loaded = _load({"x": [1.0, np.inf, -np.inf, 2.0] * 10, "y": Y})
    assert "x: 20 infinite values read as missing." in loaded.notes
    assert not np.isinf(loaded.train["x"]).any()


def test_infinities_in_a_csv_are_missing_and_noted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "1.5,a\ninf,b\n-Infinity,a\n2,b\n" * 10)
    assert "x: 20 infinite values read as missing." in _load(path).notes


def test_a_huge_identifier_of_a_csv_stays_exact(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("key,x,y\n" + "".join(f"{10**25 + n},{n},{'ab'[n % 2]}\n" for n in range(40)))
    loaded = _load(path)
    assert loaded.schema["key"].kind == "identifier"
    assert str(10**25 + 39) in {*loaded.train["key"], *loaded.test["key"]}


def test_whole_numbers_with_gaps_in_parquet_stay_exact(tmp_path):
    keys = pd.Series([2**60 + number for number in range(39)] + [None], dtype="Int64")
    pd.DataFrame({"key": keys, "x": range(40), "y": Y}).to_parquet(tmp_path / "t.parquet")
    loaded = _load(tmp_path / "t.parquet", schema={"key": "identifier"})
    assert str(2**60 + 1) in set(loaded.train["key"].astype(str)) | set(loaded.test["key"].astype(str))


def test_columns_that_are_named_but_absent_suggest_the_nearest():
    data = {"age": range(40), "y": Y}
    with pytest.raises(DataError, match=r"no column 'income', named as the target.*Its columns: 'age', 'y'"):
        _load(data, target="income")
    with pytest.raises(DataError, match=r"no column 'aeg', named as a column of schema. Did you mean 'age'\?"):
        _load(data, schema={"aeg": "numeric"})
    with pytest.raises(DataError, match="no column 'g', named as the group"):
        _load(data, group="g")
    with pytest.raises(DataError, match="no column 'w', named as the weight"):
        _load(data, weight="w")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": None}, "No target is named"),
        ({"schema": {"x": "numerc"}}, "Did you mean 'numeric'"),
        ({"schema": {"y": "numeric"}}, "'y' is the target, but schema calls it numeric"),
        ({"schema": {"x": "target"}}, "schema calls 'x' the target"),
        ({"schema": {"x": "group"}, "group": "z"}, "Only one column can be the group"),
        ({"target": ["y", "y"]}, "must name one column, or several different ones"),
        ({"task": "clasification"}, "does not name one kind of task"),
        ({"schema": ["x"]}, "must map column names to kinds"),
    ],
)
def test_options_that_are_not_allowed(options, message):
    with pytest.raises(ParameterError, match=message):
        TaskData.create(**{"data": {"x": range(40), "y": Y}, "target": "y", **options})


def test_a_column_cannot_be_target_and_group():
    with pytest.raises(ParameterError, match="'y' is the target, so it cannot be the group too"):
        _load({"x": range(40), "y": Y}, group="y")


def test_a_seed_is_a_whole_number():
    with pytest.raises(ParameterError, match="seed=-1 must be a whole number"):
        TaskData.create(data={"x": range(40), "y": Y}, target="y").load(seed=-1)


def test_columns_named_by_numbers():
    frame = pd.DataFrame(np.random.default_rng(0).random((40, 3)))
    frame[3] = Y
    loaded = _load(frame, target=3)
    assert loaded.schema.features == ["0", "1", "2"]


def test_the_callers_data_is_not_changed():
    frame = pd.DataFrame({"x": ["?", "1", " 2", None] * 10, "c": pd.Categorical(Y), "y": Y}, index=range(100, 140))
    copy = frame.copy(deep=True)
    loaded = TaskData.create(data={"train": frame, "test": frame}, target="y").load()
    loaded.train.iloc[:, 0] = -1.0
    loaded.train.iloc[:, 1] = "changed"
    loaded.y[:] = 0
    pd.testing.assert_frame_equal(frame, copy)
    columns = {"x": np.arange(40.0), "y": Y}
    loaded = _load({"train": columns, "test": columns})
    loaded.train.iloc[:, 0] = -1.0
    assert columns["x"].tolist() == np.arange(40.0).tolist()
