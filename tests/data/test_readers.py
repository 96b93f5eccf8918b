import gzip
import json
import zipfile

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from litmus.data import TaskData, conform, read_table
from litmus.data.locations import place_name
from litmus.errors import DataError, ParameterError

FRAME = pd.DataFrame(
    {
        "age": [39, 50, 38, 53],
        "job, title": ["clerk", 'the "boss"', "line\nbreak", None],
        "zip": ["01067", "10115", "20095", "80331"],
        "share": [0.5, 1.25, None, -3.0],
    }
)


class OwnFrame:
    """A frame of another library: all it has is to_pandas()."""

    def to_pandas(self):
        return FRAME


def _write(path, frame=FRAME):
    ending = path.name.partition(".")[2]
    if ending in ("csv", "csv.gz", "zip"):
        frame.to_csv(path, index=False)
    elif ending == "tsv":
        frame.to_csv(path, index=False, sep="\t")
    elif ending == "parquet":
        frame.to_parquet(path)
    elif ending in ("jsonl", "jsonl.gz"):
        frame.to_json(path, orient="records", lines=True)
    elif ending == "json":
        frame.to_json(path, orient="records")
    elif ending == "feather":
        frame.to_feather(path)
    elif ending == "arrow":
        with pa.ipc.new_stream(path, pa.Table.from_pandas(frame).schema) as writer:
            writer.write_table(pa.Table.from_pandas(frame))
    return path


TEXT_ENDINGS = ["csv", "csv.gz", "zip", "tsv"]
TYPED_ENDINGS = ["parquet", "jsonl", "jsonl.gz", "json", "feather", "arrow"]


@pytest.mark.parametrize("ending", TYPED_ENDINGS)
def test_typed_files_come_back_as_they_were(tmp_path, ending):
    table = read_table(_write(tmp_path / f"t.{ending}"))
    pd.testing.assert_frame_equal(table, FRAME, check_dtype=False)


@pytest.mark.parametrize("ending", TEXT_ENDINGS)
def test_cells_of_a_csv_are_read_as_they_are_written(tmp_path, ending):
    table = read_table(_write(tmp_path / f"t.{ending}"))
    expected = FRAME.astype({"age": "str"}).assign(share=["0.5", "1.25", "", "-3.0"]).fillna({"job, title": ""})
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)


@pytest.mark.parametrize(
    "source",
    [
        FRAME,
        FRAME.to_dict("list"),
        FRAME.to_dict("records"),
        pl.from_pandas(FRAME),
        pa.Table.from_pandas(FRAME),
        OwnFrame(),
    ],
    ids=["pandas", "dict of columns", "list of dicts", "polars", "arrow", "to_pandas"],
)
def test_tables_in_memory(source):
    pd.testing.assert_frame_equal(read_table(source), FRAME, check_dtype=False)


def test_rows_with_unequal_keys():
    table = read_table([{"a": 1}, {"b": 2}, {"a": 3, "c": "x"}])
    assert list(table) == ["a", "b", "c"]
    assert table.isna().sum().tolist() == [1, 2, 2]


def test_a_folder_a_glob_and_partitions(tmp_path):
    for year in (2023, 2024):
        for part in range(2):
            folder = tmp_path / f"year={year}"
            folder.mkdir(exist_ok=True)
            FRAME.assign(part=part).to_parquet(folder / f"part-{part}.parquet")
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / ".hidden.parquet").write_text("no table")
    table = read_table(tmp_path)
    assert table.groupby(["year", "part"]).size().tolist() == [4, 4, 4, 4]
    assert len(read_table(tmp_path / "year=2024" / "*.parquet")) == 8
    assert len(read_table(f"{tmp_path}/*/part-0.parquet")) == 8


def test_files_of_a_folder_may_order_their_columns_differently(tmp_path):
    FRAME.to_csv(tmp_path / "a.csv", index=False)
    FRAME[FRAME.columns[::-1]].to_csv(tmp_path / "b.csv", index=False)
    table = read_table(tmp_path)
    assert table["zip"].tolist() == FRAME["zip"].tolist() * 2


def test_files_of_a_folder_need_the_same_columns(tmp_path):
    FRAME.to_csv(tmp_path / "a.csv", index=False)
    FRAME.drop(columns="zip").to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(DataError, match=r"b.csv lacks 'zip', unlike .*a.csv"):
        read_table(tmp_path)


def test_files_of_a_folder_need_one_format(tmp_path):
    FRAME.to_csv(tmp_path / "a.csv", index=False)
    FRAME.to_parquet(tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"several formats \(csv, parquet\)"):
        read_table(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-be"])
def test_encodings(tmp_path, encoding):
    text = "name;täg\nZoë;1\nJürgen;2\n"
    path = tmp_path / "t.csv"
    path.write_bytes((b"\xfe\xff" if encoding == "utf-16-be" else b"") + text.encode(encoding))
    table = read_table(path)
    assert table["name"].tolist() == ["Zoë", "Jürgen"]
    assert list(table) == ["name", "täg"]


def test_an_encoding_that_shows_late_is_found_and_noted(tmp_path):
    path = tmp_path / "late.csv"
    rows = [f"row {number},{'ab'[number % 2]},{number}" for number in range(30_000)]
    path.write_bytes(("name,y,x\n" + "\n".join(rows) + "\nCafé,a,1\n").encode("cp1252"))
    loaded = TaskData.create(data=path, target="y").load()
    assert len(loaded.train) + len(loaded.test) == 30_001
    assert f"{path}: the text is no UTF-8 and was read as cp1252." in loaded.notes


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_delimiters(tmp_path, delimiter):
    path = tmp_path / "t.txt"
    lines = [["a", "b", "c"], ["1", "x", "2.5"], ["2", "y", "3.5"], ["3", "z", "4.5"]]
    path.write_text("\n".join(delimiter.join(line) for line in lines))
    table = read_table(path)
    assert list(table) == ["a", "b", "c"]
    assert table["b"].tolist() == ["x", "y", "z"]


def test_decimal_commas_between_semicolons(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x;y\n" + "\n".join(f"{number},5;{'ab'[number % 2]}" for number in range(40)))
    loaded = TaskData.create(data=path, target="y").load()
    assert sorted([*loaded.train["x"], *loaded.test["x"]]) == [number + 0.5 for number in range(40)]
    assert loaded.schema["x"].number_format == "decimal comma"
    frame, _ = conform({"x": "7,25"}, loaded.schema)
    assert frame["x"].tolist() == [7.25]


def test_a_file_without_a_line_of_names(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("39, State-gov, 77516\n50, Private, 83311\n38, Private, 215646\n")
    table = read_table(path)
    assert list(table) == ["column_1", "column_2", "column_3"]
    assert len(table) == 3


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name,city\nAnn,Oslo\nBob,Rome\n", ["name", "city"]),
        ("0,1,2\n0.1,0.2,0.3\n0.4,0.5,0.6\n", ["0", "1", "2"]),
        ("city,2019,2020,2021\nOslo,1.5,2.5,3.5\n", ["city", "2019", "2020", "2021"]),
        (" age , income \n1,2\n", ["age", "income"]),
        (",x\n0,5\n1,6\n", ["column_1", "x"]),
        ("?,Private,7\n39,State,8\n40,State,9\n", ["column_1", "column_2", "column_3"]),
        ("a,b,,\nu,v,,\nw,x,,\n", ["a", "b", "column_3", "column_4"]),
        ("id,2019,2021\n1,5,6\n2,6,7\n", ["id", "2019", "2021"]),
        ("M,yes\nF,no\nM,no\nF,yes\nM,yes\n", ["column_1", "column_2"]),
    ],
)
def test_what_counts_as_a_line_of_names(tmp_path, text, names):
    (tmp_path / "t.csv").write_text(text)
    assert list(read_table(tmp_path / "t.csv")) == names


def test_blanks_after_commas_are_removed_in_loading(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("job, y\n" + "clerk, a\nboss, b\n" * 20)
    assert TaskData.create(data=path, target="y").load().target.classes == ("a", "b")


def test_a_zipped_parquet_file(tmp_path):
    FRAME.to_parquet(tmp_path / "t.parquet")
    with zipfile.ZipFile(tmp_path / "t.parquet.zip", "w") as archive:
        archive.write(tmp_path / "t.parquet", "t.parquet")
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.parquet.zip"), FRAME, check_dtype=False)


def test_columns_of_other_libraries_in_a_dict():
    table = read_table({"a": pl.Series([1, 2]), "b": pa.array(["x", None]), "c": pd.Index([3, 4]), "d": range(2)})
    assert table["a"].tolist() == [1, 2]
    assert table["b"].isna().tolist() == [False, True]


def test_keys_in_a_url_are_never_shown():
    place = "http://user:secret@127.0.0.1:9/data/adult.csv?signature=secret"
    task_data = TaskData.create(data=place, target="income")
    assert "secret" not in repr(task_data)
    assert task_data.name == "adult"
    with pytest.raises(DataError) as caught:
        task_data.load()
    assert "secret" not in str(caught.value)


def test_json_with_changing_types_is_read(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps({"v": value}) for value in [1, "a", None, 2.5]))
    assert read_table(path)["v"].tolist()[:2] == ["1", "a"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "empty.csv is empty"),
        ("blank.csv", b"\n\n", "blank.csv is empty"),
        ("broken.zip", b"PK\x03\x04 cut off", "broken.zip is damaged or cut short"),
        (
            "broken.csv.gz",
            gzip.compress(b"a,b\n" + b"1,2\n" * 100_000, mtime=0)[:100],
            "broken.csv.gz is damaged or cut short",
        ),
        ("no.csv.gz", b"plain text", "no.csv.gz is damaged or cut short"),
        ("no.parquet", b"plain text", "no.parquet cannot be read as parquet"),
        ("no.arrow", b"plain text", "no.arrow cannot be read as arrow"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n", "ragged.csv cannot be read as CSV: Expected 2 columns, got 3"),
        ("broken.jsonl", b'{"a": 1}\n{"a":,}\n', "broken.jsonl, line 2, is no JSON"),
        ("list.jsonl", b'{"a": 1}\n[1]\n', "list.jsonl, line 2, is no JSON object but list"),
        ("doubled.csv", b"a,a,b\n1,2,3\n4,5,6\n", "more than one column named 'a'"),
        ("table.xlsx", b"PK", "ending that is no known format"),
    ],
)
def test_files_that_cannot_be_read_are_refused_in_one_sentence(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


def test_a_zip_with_several_files_is_refused(tmp_path):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "x\n1")
        archive.writestr("b.csv", "x\n1")
    with pytest.raises(DataError, match="holds 2 files"):
        read_table(path)


def test_a_missing_path_suggests_the_nearest(tmp_path):
    FRAME.to_csv(tmp_path / "adult.csv", index=False)
    with pytest.raises(DataError, match=r"adlt.csv does not exist. Did you mean 'adult.csv'\?"):
        read_table(tmp_path / "adlt.csv")
    with pytest.raises(DataError, match="does not exist. The folder .* cannot be listed either"):
        read_table(tmp_path / "nowhere" / "adult.csv")
    with pytest.raises(DataError, match="holds no file that can be read"):
        read_table(tmp_path / "*.parquet")


def test_an_unknown_scheme_is_refused():
    with pytest.raises(DataError, match="Protocol not known: nosuch"):
        read_table("nosuch://bucket/table.csv")


def test_what_is_no_table_is_refused():
    with pytest.raises(DataError, match="A int is no table"):
        read_table(5)
    with pytest.raises(DataError, match="'a' of the dict holds one value"):
        read_table({"a": 1})
    with pytest.raises(DataError, match="'a' has 2 values and 'b' has 1"):
        read_table({"a": [1, 2], "b": [1]})
    with pytest.raises(ParameterError, match="data is of type int"):
        TaskData.create(data=5, target="y")


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("adult.csv", "adult"),
        ("/data/adult.csv.gz", "adult"),
        ("s3://bucket/train/", "train"),
        ("s3://bucket/train/*.parquet", "train"),
        ("C:\\data\\sales.parquet", "sales"),
        ("*.csv", "data"),
    ],
)
def test_a_data_set_is_named_after_its_place(place, name):
    assert place_name(place) == name
