"""Big tables, which are read and kept in portions: the same rows, notes, splits and errors as when they are held whole."""

import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litmus.data import PredefinedSplit, TaskData, portioned_files, read_in_portions, read_table, stored_columns
from litmus.data.duplicates import RowHashes, units_of
from litmus.data.read_in_portions import ColumnsInPortions
from litmus.data.stored_columns import StoredColumns
from litmus.errors import DataError


@pytest.fixture
def everything_is_big(monkeypatch):
    make_everything_big(monkeypatch)


def make_everything_big(monkeypatch):
    monkeypatch.setattr(portioned_files, "_BIG", 1)
    monkeypatch.setattr(read_in_portions, "_PORTION", 3000)
    monkeypatch.setattr(stored_columns, "_PORTION", 2000)


def people(rows=240, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, rows),
            "pay.year": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(3e4, 1e4, rows).round(2)),
            "pay": rng.normal(size=rows),
            "town": pd.array(rng.choice(["Oslo", "Åre", "?", " Rome "], rows), dtype="str"),
            "member": pd.array(rng.choice([True, False, None], rows), dtype="boolean"),
            "children": pd.array(rng.choice([0, 1, 2, None], rows), dtype="Int64"),
            "joined": pd.date_range("2024-01-01", periods=rows, freq="h"),
            "grade": pd.Categorical(rng.choice(["a", "b", "c"], rows)),
            "key": [f"k{number:06d}" for number in range(rows)],
            "bought": rng.choice(["yes", "no", None], rows, p=[0.5, 0.45, 0.05]),
        }
    ).iloc[np.r_[0:rows, 0:10]]  # ten copies


def same(one, two):
    for name in ("train", "test"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert (one.notes, one.fingerprint, one.schema, one.fold_plan) == (
        two.notes,
        two.fingerprint,
        two.schema,
        two.fold_plan,
    )
    for first, second in zip(one.folds, two.folds, strict=True):
        np.testing.assert_array_equal(first.valid, second.valid)
    np.testing.assert_array_equal(one.y, two.y)
    np.testing.assert_array_equal(one.y_test, two.y_test)


def write(frame, path):
    if path.suffix == ".parquet":
        frame.to_parquet(path, row_group_size=50)
    elif path.suffix == ".arrow":
        pyarrow.feather.write_feather(pa.Table.from_pandas(frame, preserve_index=False), path, chunksize=60)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    else:
        frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("ending", ["parquet", "arrow", "csv", "csv.gz"])
def test_a_file_is_loaded_as_when_it_is_read_whole(ending, tmp_path, monkeypatch):
    path = write(people(), tmp_path / f"people.{ending}")
    whole = TaskData.create(data=str(path), target="bought").load(seed=3)
    make_everything_big(monkeypatch)
    scratch = tmp_path / "scratch"
    same(TaskData.create(data=str(path), target="bought").load(seed=3, scratch=scratch), whole)
    same(TaskData.create(data=str(path), target="bought").load(seed=3), whole)
    assert any(scratch.rglob("*.arrow"))


def test_frames_and_several_sources_are_loaded_as_without_a_scratch_folder(tmp_path, everything_is_big):
    sources = {"train": people(), "validation": people(90, 1), "test": people(60, 2)}
    whole = TaskData.create(data=sources, target="bought").load(seed=1)
    same(TaskData.create(data=sources, target="bought").load(seed=1, scratch=tmp_path), whole)
    by_column = people().assign(part=["train", "validation", "test", "train", "train"] * 50)
    options = {"data": by_column, "target": "bought", "split": PredefinedSplit(by="part"), "weight": "age"}
    same(TaskData.create(**options).load(scratch=tmp_path / "more"), TaskData.create(**options).load())


def test_a_folder_of_parts_with_columns_in_folder_names(tmp_path, everything_is_big):
    for year in (2023, 2024):
        folder = tmp_path / "people" / f"year={year}"
        folder.mkdir(parents=True)
        write(people(100, year), folder / "part.parquet")
    read = read_table(str(tmp_path / "people"))
    expected = pd.concat([people(100, year).assign(year=str(year)) for year in (2023, 2024)], ignore_index=True)
    assert read["year"].tolist() == expected["year"].tolist()
    assert list(read) == list(expected)
    np.testing.assert_array_equal(read["pay.year"], expected["pay.year"])
    assert read["member"].tolist() == expected["member"].tolist()


@pytest.mark.parametrize("change", [lambda frame: frame.drop(columns="age"), lambda frame: frame.assign(age="x")])
def test_files_that_do_not_fit_together_are_refused_as_before(change, tmp_path, everything_is_big):
    write(people(), tmp_path / "1.parquet")
    write(change(people()), tmp_path / "2.parquet")
    with pytest.raises(DataError, match="lacks 'age', unlike|columns of different types"):
        read_table(str(tmp_path))


def test_a_damaged_file_is_named(tmp_path, everything_is_big):
    path = write(people(), tmp_path / "people.parquet")
    content = bytearray(path.read_bytes())
    content[200:2000] = b"\xff" * 1800
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"people.parquet cannot be read as parquet"):
        TaskData.create(data=str(path), target="bought").load()


def test_a_csv_file_that_is_not_utf_8_late_in_the_file(tmp_path, everything_is_big):
    path = tmp_path / "people.csv"
    path.write_bytes(b"town,y\n" + b"Oslo,1\n" * 60_000 + "Åre,2\n".encode("cp1252") * 20)
    loaded = TaskData.create(data=str(path), target="y").load(scratch=tmp_path / "scratch")
    assert "Åre" in set(loaded.train["town"])
    assert any("cp1252" in note or "Western" in note for note in loaded.notes)


def test_a_csv_line_with_too_many_cells_is_one_sentence(tmp_path, everything_is_big):
    path = tmp_path / "people.csv"
    path.write_text("a,b\n" + "1,2\n" * 50 + "1,2,3\n")
    with pytest.raises(DataError, match=r"people.csv cannot be read as CSV: .*Every line needs the same number"):
        TaskData.create(data=str(path), target="b").load(scratch=tmp_path / "scratch")


def test_columns_are_read_a_few_at_a_time_and_only_once():
    asked = []

    def read(names):
        asked.append(names)
        return {name: pd.Series([name]) for name in names}

    columns = ColumnsInPortions("abcde", read, at_once=2)
    assert columns.pop("c")[0] == "c"
    assert [columns.pop(name)[0] for name in list(columns)] == ["a", "b", "d", "e"]
    assert asked == [["c", "d"], ["a", "b"], ["e"]]
    assert len(columns) == 0
    with pytest.raises(KeyError):
        columns["a"]


def test_stored_columns_come_back_with_their_types(tmp_path, monkeypatch):
    monkeypatch.setattr(stored_columns, "_PORTION", 100)
    given = {
        "whole": pd.Series([1, 2**62]),
        "number": pd.Series([0.1, np.nan]),
        "small": pd.Series([1, 2], dtype="float32"),
        "truth": pd.Series([True, False]),
        "maybe": pd.Series([True, None], dtype="boolean"),
        "text": pd.Series(["é", None], dtype="str"),
        "day": pd.Series(pd.to_datetime(["2024-01-01", None])).astype("datetime64[us]"),
        "zoned": pd.Series(pd.to_datetime(["2024-01-01", None], utc=True)),
        "mixed": pd.Series([[1], "a"], dtype=object),
        "large": pd.Series([2**70, 1], dtype=object),
    }
    kept = StoredColumns(tmp_path / "columns")
    for name, column in given.items():
        kept[name] = pd.concat([column] * 8, ignore_index=True)
    assert list(kept) == list(given)
    assert any((tmp_path / "columns").iterdir())
    for name, column in given.items():
        pd.testing.assert_series_equal(kept[name], pd.concat([column] * 8, ignore_index=True))
    for name in given:
        kept.pop(name)
    assert not any((tmp_path / "columns").iterdir())


HASHES = st.lists(st.integers(0, 6), max_size=40)


@given(HASHES)
def test_units_are_numbered_in_order_of_first_appearance(values):
    hashes = np.array(values, dtype=np.uint64)
    np.testing.assert_array_equal(units_of(hashes), pd.factorize(hashes)[0])


@given(HASHES, st.integers(1, 3))
def test_conflicts_are_rows_that_share_features_but_not_the_target(values, classes):
    features = np.array(values, dtype=np.uint64)
    rows = features * np.uint64(10) + np.arange(len(features), dtype=np.uint64) % np.uint64(classes)
    expected = sum(
        any(f == g and r != s for g, s in zip(features, rows, strict=True)) for f, r in zip(features, rows, strict=True)
    )
    assert RowHashes(features, rows).conflicting() == expected
