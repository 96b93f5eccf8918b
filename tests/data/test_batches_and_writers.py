import pandas as pd
import pyarrow as pa
import pytest

from litmus.data import Column, Schema, TableWriter, conform, read_batches, read_table, write_table
from litmus.errors import DataError, ParameterError

FRAME = pd.DataFrame(
    {
        "n": range(1000),
        "x": [number / 7 if number % 10 else None for number in range(1000)],
        "c": [f"text, {number % 5}" if number % 3 else None for number in range(1000)],
        "d": pd.date_range("2024-01-01", periods=1000, freq="h"),
    }
)
SCHEMA = Schema([Column("n", "numeric"), Column("x", "numeric"), Column("c", "categorical"), Column("d", "datetime")])
ENDINGS = ["csv", "csv.gz", "tsv", "parquet", "jsonl", "jsonl.gz", "arrow", "feather"]


def _same(frame):
    pd.testing.assert_frame_equal(conform(frame, SCHEMA)[0].to_pandas(), conform(FRAME, SCHEMA)[0].to_pandas())


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_written_is_read(tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    write_table(FRAME, path)
    _same(read_table(path))
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_pieces_written_and_read_join_to_the_whole(tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    with TableWriter(path) as writer:
        for start in range(0, len(FRAME), 300):
            writer.write(FRAME.iloc[start : start + 300])
            assert not path.exists()
    pieces = list(read_batches(path, rows=128))
    assert max(map(len, pieces)) <= 128
    _same(pd.concat(pieces, ignore_index=True))


def test_pieces_of_a_folder_in_order(tmp_path):
    for part in range(3):
        FRAME.iloc[part * 100 : (part + 1) * 100].to_csv(tmp_path / f"part-{part}.csv", index=False)
    pieces = list(read_batches(tmp_path, rows=64))
    assert pd.concat(pieces)["n"].astype(int).tolist() == list(range(300))


def test_pieces_of_an_arrow_stream(tmp_path):
    table = pa.Table.from_pandas(FRAME)
    with pa.ipc.new_stream(tmp_path / "t.arrow", table.schema) as writer:
        writer.write_table(table, max_chunksize=90)
    pieces = list(read_batches(tmp_path / "t.arrow", rows=200))
    _same(pd.concat(pieces, ignore_index=True))


def test_a_table_without_rows_gives_one_piece_with_its_columns(tmp_path):
    for ending in ("csv", "parquet", "arrow"):
        path = tmp_path / f"t.{ending}"
        write_table(FRAME.iloc[:0], path)
        pieces = list(read_batches(path))
        assert [list(piece) for piece in pieces] == [list(FRAME)]
        assert len(pieces[0]) == 0


def test_an_encoding_that_shows_late_is_found_before_the_first_piece(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"name,n\n" + b"plain,1\n" * 50_000 + "Café,2\n".encode("cp1252"))
    pieces = list(read_batches(path, rows=20_000))
    assert pieces[-1]["name"].iloc[-1] == "Café"


def test_a_broken_line_far_down_is_named(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n' * 150 + "oops\n")
    with pytest.raises(DataError, match="line 151, is no JSON"):
        list(read_batches(path, rows=100))


def test_a_piece_has_at_least_one_row(tmp_path):
    with pytest.raises(ParameterError, match="rows=0 must be at least 1"):
        list(read_batches(tmp_path, rows=0))


def test_a_failed_write_leaves_nothing_and_keeps_the_old_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), TableWriter(path) as writer:
        writer.write(FRAME)
        raise RuntimeError("stopped")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.csv"]


def test_pieces_need_the_same_columns(tmp_path):
    with pytest.raises(DataError, match="a piece has columns"), TableWriter(tmp_path / "t.csv") as writer:
        writer.write(FRAME)
        writer.write(FRAME[["n"]])
    assert list(tmp_path.iterdir()) == []


def test_pieces_need_the_same_types(tmp_path):
    with pytest.raises(DataError, match="values of another type"), TableWriter(tmp_path / "t.parquet") as writer:
        writer.write(pd.DataFrame({"a": [1]}))
        writer.write(pd.DataFrame({"a": ["x"]}))
    assert list(tmp_path.iterdir()) == []


def test_a_column_that_is_empty_at_first_may_hold_texts_later(tmp_path):
    with TableWriter(tmp_path / "t.parquet") as writer:
        writer.write(pd.DataFrame({"a": [None]}, dtype=object))
        writer.write(pd.DataFrame({"a": ["x"]}))
    assert read_table(tmp_path / "t.parquet")["a"].tolist()[1] == "x"


def test_places_that_cannot_be_written_are_refused(tmp_path):
    with pytest.raises(DataError, match="ending that cannot be written"):
        write_table(FRAME, tmp_path / "t.xlsx")
    with pytest.raises(DataError, match="does not exist; create it"):
        write_table(FRAME, tmp_path / "nowhere" / "t.csv")


def test_the_index_is_not_written(tmp_path):
    write_table(FRAME.set_axis(range(5, 1005)), tmp_path / "t.parquet")
    assert list(read_table(tmp_path / "t.parquet")) == list(FRAME)
