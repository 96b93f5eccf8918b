"""Readers that are pandas' own, in the layout that is asked for, and arrays that cannot be written through."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import litsdf

LAYOUTS = ("record", "numpy", "pandas", "polars", "dask")
TABLE = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "é"]})


def _same(found: Any, expected: pd.DataFrame) -> None:
    assert isinstance(found, litsdf.DataFrame)
    pd.testing.assert_frame_equal(found.to_pandas(), expected)


@pytest.mark.parametrize("layout", [None, "numpy", "pandas", "polars", "dask"])
def test_reads_json(tmp_path: Path, layout: str | None) -> None:
    TABLE.to_json(tmp_path / "t.json")
    found = litsdf.read_json(tmp_path / "t.json", layout=layout)
    _same(found, pd.read_json(tmp_path / "t.json"))
    assert found.layout == (layout or "numpy")
    TABLE.to_json(tmp_path / "l.json", orient="records", lines=True)
    _same(
        litsdf.read_json(tmp_path / "l.json", lines=True, orient="records"),
        pd.read_json(tmp_path / "l.json", lines=True),
    )


def test_reads_portions_of_a_file(tmp_path: Path) -> None:
    TABLE.to_json(tmp_path / "l.json", orient="records", lines=True)
    with litsdf.read_json(tmp_path / "l.json", lines=True, chunksize=2, layout="polars") as portions:
        lengths = [(part.layout, len(part)) for part in portions]
    assert lengths == [("polars", 2), ("polars", 1)]
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    parts = litsdf.read_csv(tmp_path / "t.csv", chunksize=2)
    assert len(parts.get_chunk(1)) == 1
    assert [part["a"].to_list() for part in parts] == [[2, 3]]


def test_reads_a_database() -> None:
    connection = sqlite3.connect(":memory:")
    try:
        TABLE.to_sql("things", connection, index=False)
        found = litsdf.read_sql("select * from things where a > ?", connection, params=(1,), layout="polars")
        _same(found, pd.read_sql("select * from things where a > ?", connection, params=(1,)))
        assert found.layout == "polars"
        _same(litsdf.read_sql_query("select a from things", connection), TABLE[["a"]])
        with pytest.raises(pd.errors.DatabaseError):
            litsdf.read_sql("select nothing from nowhere", connection)
    finally:
        connection.close()


def test_reads_sheets(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(tmp_path / "t.xlsx") as writer:
        TABLE.to_excel(writer, sheet_name="one", index=False)
        TABLE.head(1).to_excel(writer, sheet_name="two", index=False)
    _same(litsdf.read_excel(tmp_path / "t.xlsx"), pd.read_excel(tmp_path / "t.xlsx"))
    sheets = litsdf.read_excel(tmp_path / "t.xlsx", sheet_name=None)
    assert {name: sheet.layout for name, sheet in sheets.items()} == {"one": "numpy", "two": "record"}


def test_flattens_records_and_reads_text(tmp_path: Path) -> None:
    records = [{"a": {"b": 1}}, {"a": {"b": 2}}]
    _same(litsdf.json_normalize(records), pd.json_normalize(records))
    TABLE.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
    _same(litsdf.read_table(tmp_path / "t.tsv"), pd.read_table(tmp_path / "t.tsv"))


def test_takes_the_options_of_pandas(tmp_path: Path) -> None:
    TABLE.assign(d="2024-01-02").to_csv(tmp_path / "t.csv", index=False, sep=";")
    options: dict[str, Any] = {"sep": ";", "usecols": ["a", "d"], "parse_dates": ["d"], "dtype": {"a": "Int64"}}
    for layout in ("numpy", "polars", "pandas", "dask"):
        _same(litsdf.read_csv(tmp_path / "t.csv", layout=layout, **options), pd.read_csv(tmp_path / "t.csv", **options))
    TABLE.to_csv(tmp_path / "u.csv", index=False, sep=";")
    both = litsdf.read_csv(f"{tmp_path}/[tu].csv", sep=";", usecols=["a"])
    assert both["a"].to_list() == [1, 2, 3, 1, 2, 3]
    with pytest.raises(litsdf.LayoutError, match="Leave lazy=True out"):
        litsdf.read_csv(tmp_path / "u.csv", sep=";", lazy=True)
    with pytest.raises(TypeError, match="nothing_like_it"):
        litsdf.read_csv(tmp_path / "u.csv", nothing_like_it=1)
    TABLE.to_parquet(tmp_path / "t.parquet")
    _same(litsdf.read_parquet(tmp_path / "t.parquet", filters=[("a", ">", 1)]), TABLE[1:].reset_index(drop=True))


def test_values_and_labels_are_those_of_pandas() -> None:
    assert litsdf.NA is pd.NA
    assert litsdf.Timestamp is pd.Timestamp
    assert litsdf.date_range("2024", periods=2).equals(pd.date_range("2024", periods=2))


_VALUES: list[Any] = [
    [1, 2], [1.0, 2.0], ["a", "b"], [True, False], pd.to_datetime(["2020", "2021"]), pd.Categorical(["a", "b"]),
    pd.array([1, 2]), pd.array([1, None]), pd.date_range("2020", periods=2, tz="UTC"),
]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("values", _VALUES, ids=lambda values: str(pd.Series(values).dtype))
def test_arrays_can_be_written_to_where_those_of_pandas_can(layout: str, values: Any) -> None:
    values = values[:1] if layout == "record" else values
    series, expected = litsdf.Series(values, layout=layout), pd.Series(values)
    before = repr(series.to_list())
    for taken in (
        np.asarray,
        np.array,
        lambda column: column.to_numpy(),
        lambda column: np.asarray(column, dtype=object),
    ):
        ours, theirs = taken(series), taken(expected)
        assert ours.dtype == theirs.dtype
        assert repr(ours.tolist()) == repr(theirs.tolist())
        if ours.flags.writeable and layout != "pandas":  # pandas lets its own nullable columns be written to
            ours[:] = ours[::-1].copy()
            assert repr(series.to_list()) == before
        else:
            assert ours.flags.writeable == theirs.flags.writeable
    assert np.asarray(series).flags.writeable == np.asarray(expected).flags.writeable


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_array_of_a_table_is_read_only_as_that_of_pandas(layout: str) -> None:
    data = {"a": [1.5]}
    assert not np.asarray(litsdf.DataFrame(data, layout=layout)).flags.writeable
    assert np.array(litsdf.DataFrame(data, layout=layout)).flags.writeable
    assert np.asarray(litsdf.DataFrame({"a": [1], "b": ["x"]}, layout=layout)).tolist() == [[1, "x"]]


_EMPTY: list[Any] = [
    pd.Categorical([]), pd.array([], dtype="Int64"), pd.array([], dtype="string"), pd.to_datetime([]).tz_localize("UTC"),
    pd.period_range("2024", periods=0, freq="D"),
]  # fmt: skip


@pytest.mark.parametrize("values", _EMPTY, ids=lambda values: str(values.dtype))
def test_a_table_without_rows_of_any_dtype_is_held_as_a_record(values: Any) -> None:
    expected = pd.DataFrame({"a": values, "b": np.array([], dtype=float)})
    found = litsdf.DataFrame(expected, layout="record")
    assert (found.layout, len(found), found.shape) == ("record", 0, (0, 2))
    pd.testing.assert_frame_equal(found.to_pandas(), expected)
    for call in (
        lambda df: df.isna(), lambda df: df.head(), lambda df: df[df["b"] > 0], lambda df: df.sort_values("b"),
        lambda df: df.assign(c=df["a"]), lambda df: df.dropna(), lambda df: df.drop_duplicates(), lambda df: df.astype(object),
    ):  # fmt: skip
        pd.testing.assert_frame_equal(call(found).to_pandas(), call(expected))
    for call in (
        lambda df: df["a"].isna(),
        lambda df: df["a"].unique(),
        lambda df: df["a"].count(),
        lambda df: df["a"].nunique(),
    ):
        ours, theirs = call(found), call(expected)
        assert list(ours.to_pandas() if hasattr(ours, "to_pandas") else np.atleast_1d(ours)) == list(
            np.atleast_1d(theirs)
        )


def test_a_row_that_is_filtered_out_leaves_its_dtypes() -> None:
    expected = pd.DataFrame({"a": pd.Categorical(["x"]), "b": pd.array([1], dtype="Int64"), "c": [1]})
    found = litsdf.DataFrame(expected, layout="record")
    pd.testing.assert_frame_equal(found[found["c"] > 1].to_pandas(), expected[expected["c"] > 1])
    assert found[found["c"] > 1].layout == "record"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pipe_passes_the_object_under_a_name(layout: str) -> None:
    for item in (litsdf.DataFrame({"a": [1]}, layout=layout), litsdf.Series([1], layout=layout)):
        assert item.pipe((lambda x, y: (x, y is item), "y"), 0) == (0, True)
        with pytest.raises(ValueError, match="both the pipe target"):
            item.pipe((lambda y: y, "y"), y=0)


def test_text_methods_are_no_list_and_take_no_attributes() -> None:
    text = litsdf.Series(["a", "b"], layout="polars").str
    with pytest.raises(TypeError, match="not iterable"):
        iter(text)
    with pytest.raises(AttributeError, match="cannot add any new attribute"):
        text.xlabel = "a"  # type: ignore[attr-defined]


@pytest.mark.parametrize("layout", ["numpy", "polars", "pandas"])
def test_groups_choose_columns_by_an_index(layout: str) -> None:
    data = {"k": [1, 1, 2], "a": [1, 2, 3], "b": [4, 5, 6]}
    for chosen in (pd.Index(["b", "a"]), np.array(["a"], dtype=object)):
        found = litsdf.DataFrame(data, layout=layout).groupby("k")[chosen].cumsum()
        pd.testing.assert_frame_equal(found.to_pandas(), pd.DataFrame(data).groupby("k")[chosen].cumsum())
