"""Arrays out of columns and tables out of arrays are those of pandas, in every layout."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import litsdf
from litsdf import interchange

LAYOUTS = ["numpy", "pandas", "polars"]
TEXTS = st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=8))
FLOATS = st.one_of(st.none(), st.floats(allow_nan=False, width=32))


@st.composite
def frames(draw):
    rows = draw(st.integers(0, 12))
    column = lambda values: draw(st.lists(values, min_size=rows, max_size=rows))  # noqa: E731
    frame = pd.DataFrame(
        {
            "f": pd.Series(column(FLOATS), dtype="float64"),
            "i": pd.Series(column(st.integers(-(2**53), 2**53)), dtype="int64"),
            "b": pd.Series(column(st.booleans()), dtype="bool"),
            "n": pd.Series(column(st.one_of(st.none(), st.booleans())), dtype="boolean"),
            "s": pd.Series(column(TEXTS), dtype="str"),
            "d": pd.Series(
                column(st.one_of(st.none(), st.datetimes(min_value=pd.Timestamp("1800-01-01").to_pydatetime()))),
                dtype="datetime64[us]",
            ),
            "small": pd.Series(column(FLOATS), dtype="float32"),
        }
    )
    if draw(st.booleans()):
        frame.index = pd.Index(column(st.integers(0, 3)), dtype="int64")
    return frame


def held(frame, layout):
    return interchange.as_frame(frame).to_layout(layout)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=25, deadline=None)
@given(frame=frames())
def test_columns_are_read_as_pandas_reads_them(layout, frame):
    table = held(frame, layout)
    assert interchange.dtype_names(table) == {name: str(dtype) for name, dtype in frame.dtypes.items()}
    for name in ("f", "i", "b", "n", "small"):
        expected = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        np.testing.assert_array_equal(interchange.numbers(table[name]), expected)
        np.testing.assert_array_equal(interchange.numbers(table[name], as_held=True).astype(np.float64), expected)
    names = ["n", "f", "i", "small"]
    np.testing.assert_array_equal(
        interchange.matrix(table, names), frame[names].to_numpy(dtype=np.float64, na_value=np.nan)
    )
    np.testing.assert_array_equal(interchange.moments(table["d"]), frame["d"].to_numpy())
    texts = [None if pd.isna(value) else value for value in frame["s"]]
    assert interchange.texts(table["s"]).to_pylist() == texts
    assert interchange.python_values(table["s"]) == texts
    for name in frame:
        column = frame[name]
        alike = bool(column.isna().all() or (column.notna().all() and (column == column.iloc[0]).all()))
        assert interchange.is_constant(table[name]) == alike


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=25, deadline=None)
@given(frame=frames())
def test_rows_are_taken_as_pandas_takes_them(layout, frame):
    table = held(frame, layout)
    positions = np.arange(len(frame))[::-2]
    pd.testing.assert_frame_equal(
        interchange.rows_at(table, positions).to_pandas(), frame.take(positions).reset_index(drop=True)
    )
    pd.testing.assert_frame_equal(interchange.rows_between(table, 1, 3).to_pandas(), frame.iloc[1:3])
    numbered = interchange.numbered_rows(table)
    pd.testing.assert_frame_equal(numbered.to_pandas(), frame.reset_index(drop=True))
    assert interchange.same_rows(table, numbered) == frame.index.equals(pd.RangeIndex(len(frame)))
    pd.testing.assert_frame_equal(interchange.with_rows_of(numbered, table).to_pandas(), frame)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=25, deadline=None)
@given(frame=frames())
def test_columns_are_put_where_they_belong(layout, frame):
    table, rows = held(frame, layout), len(frame)
    numbers, texts = np.linspace(0, 1, rows), pa.array([f"t{n}" for n in range(rows)], pa.large_string())
    words = pd.array(texts.to_pylist(), dtype="str")
    made = interchange.with_columns(table, {"s": texts, "new": numbers.astype(np.float32), "i": numbers})
    expected = frame.assign(s=words, i=numbers, new=numbers.astype(np.float32))
    pd.testing.assert_frame_equal(made.to_pandas(), expected)
    replaced = interchange.in_place_of(table, {"b": {"x": numbers, "y": texts}, "d": {}})
    names = [other for name in frame for other in {"b": ["x", "y"], "d": []}.get(name, [name])]
    pd.testing.assert_frame_equal(replaced.to_pandas(), frame.assign(x=numbers, y=words)[names])
    both = np.column_stack([numbers, numbers + 1])
    put = interchange.with_matrix(table, ["i", "z"], both)
    pd.testing.assert_frame_equal(put.to_pandas(), frame.assign(i=both[:, 0], z=both[:, 1]))
    nothing = interchange.without_columns(table, list(frame))
    assert nothing.shape == (rows, 0)
    pd.testing.assert_index_equal(nothing.index, frame.index)
    pd.testing.assert_frame_equal(interchange.chosen(table, ["s", "f"]).to_pandas(), frame[["s", "f"]])
    assert interchange.chosen(table, []).shape == (rows, 0)
    pd.testing.assert_frame_equal(table.to_pandas(), frame)


def test_a_row_has_the_types_that_are_said():
    values = {"f": float("nan"), "i": 3, "s": "x", "d": None, "n": None, "t": True}
    dtypes = {"f": "float64", "i": "int64", "s": "str", "d": "datetime64[us]", "n": "boolean", "t": "boolean"}
    row = interchange.frame_of_row(values, dtypes)
    assert row.layout == "record"
    assert interchange.dtype_names(row) == dtypes
    np.testing.assert_array_equal(interchange.matrix(row, ["f", "i", "n", "t"]), [[np.nan, 3, np.nan, 1]])
    assert row.to_pandas().isna().iloc[0].to_dict() == {
        "f": True, "i": False, "s": False, "d": True, "n": True, "t": False
    }  # fmt: skip


def test_what_is_no_text_or_no_number_is_refused():
    table = litsdf.DataFrame({"a": ["x", "y"], "n": [1, 2]}, layout="polars")
    with pytest.raises(TypeError, match="Column 'n' holds int64, and text was expected"):
        interchange.texts(table["n"])
    with pytest.raises((TypeError, ValueError)):
        interchange.numbers(table["a"])
    with pytest.raises(KeyError):
        interchange.chosen(table, ["b"])


def test_one_row_goes_through_steps_without_pandas():
    code = """
import sys
import numpy as np
import litmus.steps as steps
from litsdf.interchange import frame_of_row, with_columns

row = frame_of_row({"age": 3.0, "city": "Rome", "note": "Hello there"}, {"age": "float64", "city": "str", "note": "str"})
impute = steps.Impute()
impute.columns_, impute.fills_, impute.share_missing_ = ["age"], np.array([1.0]), np.array([0.5])
scale = steps.StandardScale()
scale.columns_, scale.centres_, scale.scales_ = ["age"], np.array([1.0]), np.array([2.0])
ordinal = steps.OrdinalEncoder()
ordinal.columns_, ordinal.categories_, ordinal.rare_ = ["city"], [["Oslo", "Rome"]], [[]]
drop = steps.DropColumns()
drop.columns_ = ["city"]
assert ordinal.encode(row).values.tolist() == [[1.0]]
for step in (impute, scale, drop):
    row = step.transform(row)
assert row.layout == "record", row.layout
assert list(row)[:3] == ["age", "note", "age: missing"], list(row)
assert "pandas" not in sys.modules
assert row["age"].item() == 1.0
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
