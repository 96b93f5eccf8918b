import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litmus.data import Column, Schema, TaskData, conform, read_table
from litmus.errors import DataError, PredictionError

SCHEMA = Schema(
    [
        Column("id", "identifier"),
        Column("age", "numeric", required=True),
        Column("job", "categorical", required=True),
        Column("note", "text"),
        Column("member", "boolean"),
        Column("since", "datetime", datetime_format="%d/%m/%Y"),
        Column("price", "numeric", number_format="decimal comma"),
        Column("g", "group"),
        Column("y", "target"),
    ]
)
ROW = {"id": "u1", "age": 39, "job": "clerk", "note": "a note", "member": True, "since": "31/01/2024", "price": "1,5"}


def _same(one, many):
    """The same values, whether whole numbers are int64 or float64 beside missing ones."""
    one, many = one.to_pandas(), many.to_pandas()
    pd.testing.assert_frame_equal(one.astype({"id": object}), many.astype({"id": object}), check_dtype=False)


def test_one_row():
    frame, kind = conform(ROW, SCHEMA)
    assert kind == "one"
    assert list(frame) == SCHEMA.inputs
    assert frame.iloc[0].tolist() == ["u1", 39, "clerk", "a note", True, pd.Timestamp("2024-01-31"), 1.5]
    types = frame.dtypes.astype(str).to_dict()
    assert types | {"id": ""} == {
        "id": "",
        "age": "int64",
        "job": "str",
        "note": "str",
        "member": "boolean",
        "since": "datetime64[us]",
        "price": "float64",
    }


def test_what_is_given_back_follows_what_was_given():
    assert conform([ROW, ROW], SCHEMA)[1] == "list"
    assert conform([], SCHEMA)[1] == "list"
    assert conform({name: [value] for name, value in ROW.items()}, SCHEMA)[1] == "frame"
    assert conform(pd.DataFrame([ROW]), SCHEMA)[1] == "frame"
    assert len(conform([], SCHEMA)[0]) == 0
    assert conform([], SCHEMA)[0].dtypes.astype(str)["since"] == "datetime64[us]"


def test_columns_in_another_order_and_extra_ones():
    frame = pd.DataFrame([{"extra": 1, **dict(reversed(ROW.items())), "y": "yes"}])
    assert list(conform(frame, SCHEMA)[0]) == SCHEMA.inputs


def test_the_index_of_a_frame_is_kept():
    frame = pd.DataFrame([ROW, ROW], index=["first", "second"])
    assert conform(frame, SCHEMA)[0].index.tolist() == ["first", "second"]


def test_optional_columns_may_be_absent():
    frame, _ = conform({"age": 39, "job": "clerk"}, SCHEMA)
    assert frame.isna().iloc[0].tolist() == [True, False, False, True, True, True, True]
    assert frame.dtypes.astype(str)["member"] == "boolean"
    longer, _ = conform([{"age": 39, "job": "clerk"}, {"age": 1, "job": "boss", "note": "x"}], SCHEMA)
    assert longer["note"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    "rows", [{"job": "clerk"}, [{"job": "clerk"}], {"job": ["clerk"]}], ids=["one", "list", "frame"]
)
def test_required_columns_must_be_there(rows):
    with pytest.raises(PredictionError, match="The rows have no column 'age', which the model needs"):
        conform(rows, SCHEMA)


def test_a_required_value_may_be_missing():
    assert conform({**ROW, "age": None}, SCHEMA)[0]["age"].isna().tolist() == [True]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("age", "abc", "a number is expected"),
        ("age", "1,5", "a number is expected"),
        ("age", [1], "a number is expected"),
        ("member", "maybe", "true or false is expected"),
        ("member", 2, "true or false is expected"),
        ("since", "rubbish", "a date or time is expected"),
        ("price", "1.234,5", "a number is expected"),
    ],
)
def test_wrong_values_are_named(name, value, expected):
    with pytest.raises(PredictionError, match=f"^{name}: .* was given, {expected}"):
        conform({**ROW, name: value}, SCHEMA) if not isinstance(value, list) else conform(
            ROW | {name: {"a": 1}}, SCHEMA
        )
    if not isinstance(value, list):
        with pytest.raises(PredictionError, match=f"^{name}: row 2 has .*, {expected}"):
            conform([ROW, ROW, {**ROW, name: value}], SCHEMA)


def test_several_wrong_rows_are_counted():
    with pytest.raises(
        PredictionError, match=r"age: row 1 has 'abc', a number is expected \(2 more rows are wrong too\)"
    ):
        conform([ROW, *[{**ROW, "age": "abc"}] * 3], SCHEMA)


def test_unknown_categories_pass_through():
    assert conform({**ROW, "job": "astronaut"}, SCHEMA)[0]["job"].tolist() == ["astronaut"]


VALUES = {
    "id": st.sampled_from(["u1", 7, None]),
    "age": st.one_of(
        st.none(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.booleans(),
        st.sampled_from(["39", " 39 ", "1e3", "?", "", "NA", "inf", "+5", ".5", "-0", "007"]),
    ),
    "job": st.one_of(
        st.none(),
        st.text(max_size=6),
        st.integers(-(2**60), 2**60),
        st.floats(),
        st.booleans(),
        st.sampled_from([" clerk ", "?", "None", "5.0", "-", "1e3"]),
    ),
    "note": st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["5.0", "NaN", " x "])),
    "member": st.sampled_from([None, True, False, "yes", "No", 0, 1, "1", 1.0, "?", float("nan")]),
    "since": st.sampled_from(
        [None, "31/01/2024", "2024-01-31", dt.date(2024, 1, 31), pd.Timestamp("2024-01-31 05:00"), "?"]
    ),
    "price": st.one_of(st.none(), st.sampled_from(["1,5", "2", "?", 1.5, 3])),
}


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries(VALUES))
def test_one_row_is_read_as_it_is_in_a_table(row):
    one, _ = conform(row, SCHEMA)
    column = {name: pd.Series([value], dtype=object) for name, value in row.items()}
    many, _ = conform(pd.DataFrame(column), SCHEMA)
    _same(one, many)


@pytest.mark.parametrize(
    "value",
    [np.int64(5), np.float32(5), decimal.Decimal("5"), np.bool_(True), pd.NA, np.nan, pd.NaT, np.str_("5")],
    ids=repr,
)
def test_values_of_other_libraries(value):
    row = {**ROW, "age": value}
    one, _ = conform(row, SCHEMA)
    many, _ = conform(pd.DataFrame([row]), SCHEMA)
    _same(one, many)


def test_every_source_gives_the_same_rows(real_table, tmp_path):
    loaded = TaskData.create(data=real_table("adult"), target="income").load()
    table = read_table(real_table("adult")).head(300)
    table.to_csv(tmp_path / "rows.csv", index=False)
    table.to_parquet(tmp_path / "rows.parquet")
    expected, _ = conform(table, loaded.schema)
    for source in (tmp_path / "rows.csv", tmp_path / "rows.parquet", pl.from_pandas(table), table.to_dict("list")):
        frame, kind = conform(source, loaded.schema)
        assert kind == "frame"
        pd.testing.assert_frame_equal(frame.to_pandas(), expected.to_pandas())
    pd.testing.assert_frame_equal(conform(table.to_dict("records"), loaded.schema)[0].to_pandas(), expected.to_pandas())
    for position in range(0, 300, 60):
        one, _ = conform(table.iloc[position].to_dict(), loaded.schema)
        pd.testing.assert_frame_equal(one.to_pandas(), expected.iloc[[position]].reset_index(drop=True).to_pandas())


def test_training_rows_conform_to_themselves(real_table):
    for name, target in (
        ("titanic", "Survived"),
        ("taxis", "tip"),
        ("telco_churn", "Churn"),
        ("german_credit", "class"),
    ):
        loaded = TaskData.create(data=real_table(name), target=target).load()
        frame, _ = conform(loaded.train, loaded.schema)
        pd.testing.assert_frame_equal(frame.to_pandas(), loaded.train)


def test_a_file_that_cannot_be_read_says_so(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        conform(tmp_path / "none.csv", SCHEMA)
    with pytest.raises(PredictionError, match="is no table"):
        conform(5, SCHEMA)


def test_the_callers_rows_are_not_changed():
    frame = pd.DataFrame([ROW, ROW])
    copy = frame.copy(deep=True)
    result, _ = conform(frame, SCHEMA)
    result.iloc[:, 1] = 0
    result.iloc[:, 2] = "changed"
    pd.testing.assert_frame_equal(frame, copy)
