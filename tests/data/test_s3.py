import pandas as pd
import pytest

from litmus.data import TaskData, read_batches, read_table, write_table
from litmus.errors import DataError


@pytest.fixture
def bucket(s3):
    """A bucket on a real S3 server on this machine."""
    s3.create_bucket(Bucket="tables")
    return s3


def _rows(count, start=0):
    numbers = range(start, start + count)
    return pd.DataFrame(
        {"x": [n / 7 for n in numbers], "c": ["uvw"[n % 3] for n in numbers], "y": ["no", "yes"] * (count // 2)}
    )


def test_train_and_test_folders_on_s3(bucket, tmp_path):
    for part in range(2):
        _rows(30, 30 * part).to_parquet(tmp_path / "part.parquet")
        bucket.upload_file(str(tmp_path / "part.parquet"), "tables", f"train/part-{part}.parquet")
    _rows(20, 60).to_csv(tmp_path / "test.csv", index=False)
    bucket.upload_file(str(tmp_path / "test.csv"), "tables", "test/rows.csv")
    loaded = TaskData.create(data={"train": "s3://tables/train/", "test": "s3://tables/test/*.csv"}, target="y").load()
    assert loaded.name == "train"
    assert loaded.train["x"].tolist() == _rows(60)["x"].tolist()
    assert loaded.test["c"].tolist() == _rows(20, 60)["c"].tolist()
    assert loaded.sources == {"train": "s3://tables/train/", "test": "s3://tables/test/*.csv"}


def test_writing_to_s3_and_reading_pieces_back(bucket):
    write_table(_rows(50), "s3://tables/out/answers.csv.gz")
    pieces = list(read_batches("s3://tables/out/answers.csv.gz", rows=20))
    assert [len(piece) for piece in pieces] == [20, 20, 10]
    assert pd.concat(pieces)["c"].tolist() == _rows(50)["c"].tolist()


def test_a_missing_object_is_refused(bucket, tmp_path):
    _rows(10).to_csv(tmp_path / "t.csv", index=False)
    bucket.upload_file(str(tmp_path / "t.csv"), "tables", "adult.csv")
    with pytest.raises(DataError, match=r"s3://tables/adlt.csv does not exist. Did you mean 'adult.csv'\?"):
        read_table("s3://tables/adlt.csv")
    with pytest.raises(DataError, match="s3://nosuch/x.csv"):
        read_table("s3://nosuch/x.csv")


def test_without_s3fs_the_install_line_is_given(monkeypatch):
    import sys

    import fsspec  # noqa: F401

    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    with pytest.raises(
        DataError, match=r"Reading s3:// needs a package that is not installed; run: pip install 'litmus\[s3\]'"
    ):
        read_table("s3://tables/adult.csv")
