"""Lazy tables over files give what pandas reads, computes and writes, without holding the whole."""

from __future__ import annotations

import datetime as dt
import gc
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pytest

import litsdf
from litsdf import file_portions, text_portions

READERS = {
    "parquet": (litsdf.read_parquet, lambda frame, path: frame.to_parquet(path, row_group_size=3)),
    "csv": (litsdf.read_csv, lambda frame, path: frame.to_csv(path, index=False)),
    "jsonl": (litsdf.read_json_lines, lambda frame, path: frame.to_json(path, orient="records", lines=True)),
    "arrow": (litsdf.read_arrow, lambda frame, path: frame.to_feather(path, chunksize=3)),
}
LAYOUTS = ["dask", "polars"]


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_portions, "_BYTES", 0)
    monkeypatch.setattr(file_portions, "_FEWEST", 3)
    monkeypatch.setattr(text_portions, "_BLOCK", 60)
    monkeypatch.setattr(text_portions, "_CHUNK", 50)


def _table(rows: int = 10) -> pd.DataFrame:
    texts = ["x", 'ÿ, "quoted"', None, "two\nlines", " y "]
    return pd.DataFrame({
        "a": pd.Series([texts[row % 5] for row in range(rows)], dtype="str"),
        "b": range(rows),
        "c": [None if row % 4 == 1 else row / 7 for row in range(rows)],
        "d": [row % 3 == 0 for row in range(rows)],
        "e": [None if row == 8 else row for row in range(rows)],
    })  # fmt: skip


PIPELINES = {
    "all": lambda d: d,
    "operations": lambda d: d.assign(f=d["a"].fillna("").str.upper() + "!", g=d["a"].str.len() + d["b"], h=d["c"] * 2),
    "filter": lambda d: d[d["b"] > 4],
    "filter twice": lambda d: d[d["b"] > 2][lambda t: t["c"].notna()].assign(x=1),
    "filtered column": lambda d: d["a"][d["d"]].str.lower(),
    "undecided": lambda d: d[d["a"].str.len() > 1]["a"].str.len() + 1,
    "filter and number": lambda d: d[d["b"] > 4].reset_index(drop=True),
    "groups": lambda d: d.groupby("a").agg(
        total=("b", "sum"), mean=("c", "mean"), most=("e", "max"), rows=("c", "count")
    ),
    "mean": lambda d: d["c"].mean(),
    "sum": lambda d: d["b"].sum(),
    "count": lambda d: d["a"].count(),
    "shift": lambda d: d.assign(f=d["b"].shift(1) + d["c"]),
    "sort": lambda d: d.sort_values("c", kind="stable"),
    "join": lambda d: d.merge(d[["b", "c"]].rename(columns={"c": "z"})[d["b"] > 5], on="b", how="left"),
    "head": lambda d: d[d["b"] > 2].head(3),
    "dedupe": lambda d: d.drop_duplicates("a"),
    "length": len,
    "dtypes": lambda d: d["e"].dtype == "float64",
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("ending", READERS)
def test_lazy_files_give_what_pandas_gives(tmp_path: Path, ending: str, layout: str) -> None:
    reader, write = READERS[ending]
    frame = _table()
    path = tmp_path / f"table.{ending}"
    write(frame, path)
    expected = reader(path, layout="pandas").to_pandas()
    ours = reader(path, layout=layout, lazy=True)
    assert ours.layout == layout
    assert litsdf.partition_count(ours) > 1
    for name, pipeline in PIPELINES.items():
        result, wanted = pipeline(reader(path, layout=layout, lazy=True)), pipeline(expected.copy())
        if isinstance(wanted, pd.DataFrame):
            pd.testing.assert_frame_equal(result.to_pandas(), wanted, check_index_type=False, obj=name)
        elif isinstance(wanted, pd.Series):
            pd.testing.assert_series_equal(result.to_pandas(), wanted, check_index_type=False, obj=name)
        else:
            assert result == pytest.approx(wanted), name


@pytest.mark.parametrize("layout", LAYOUTS)
def test_globs_and_columns(tmp_path: Path, layout: str) -> None:
    frame = _table()
    for part in range(2):
        frame.to_parquet(tmp_path / f"part{part}.parquet")
    both = litsdf.read_parquet(str(tmp_path / "part*.parquet"), columns=["c", "a"], layout=layout, lazy=True)
    pd.testing.assert_frame_equal(both.to_pandas(), pd.concat([frame, frame], ignore_index=True)[["c", "a"]])
    with pytest.raises(ValueError, match="no column 'z'"):
        litsdf.read_parquet(tmp_path / "part0.parquet", columns=["z"], layout=layout, lazy=True)


@pytest.mark.parametrize("ending", READERS)
def test_absent_files_are_said_at_once(tmp_path: Path, ending: str) -> None:
    for path in (tmp_path / f"absent.{ending}", f"memory://absent.{ending}"):
        with pytest.raises(FileNotFoundError, match="absent"):
            READERS[ending][0](path, layout="dask")
    with pytest.raises(FileNotFoundError, match="No file matches"):
        READERS[ending][0](str(tmp_path / "*.none"), layout="dask")


def test_layouts_that_are_not_lazy_say_so(tmp_path: Path) -> None:
    _table().to_parquet(tmp_path / "t.parquet")
    with pytest.raises(litsdf.LayoutError, match="reads files at once"):
        litsdf.read_parquet(tmp_path / "t.parquet", layout="numpy", lazy=True)
    with pytest.raises(litsdf.LayoutError, match="has no partitions"):
        litsdf.partition_count(litsdf.DataFrame({"a": [1]}, layout="pandas"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_writing_in_portions_gives_what_pandas_writes(tmp_path: Path, layout: str) -> None:
    _table().to_parquet(tmp_path / "t.parquet", row_group_size=3)
    ours = PIPELINES["operations"](litsdf.read_parquet(tmp_path / "t.parquet", layout=layout, lazy=True))
    expected = PIPELINES["operations"](_table())
    for chosen, wanted in ((ours, expected), (ours[ours["b"] > 4], expected[expected["b"] > 4])):
        chosen.to_parquet(tmp_path / "out.parquet")
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out.parquet"), wanted)
        chosen.to_csv(tmp_path / "out.csv")
        assert (tmp_path / "out.csv").read_text() == wanted.to_csv()
        chosen.to_csv(tmp_path / "out.csv", index=False, sep=";")
        assert (tmp_path / "out.csv").read_text() == wanted.to_csv(index=False, sep=";")
        chosen.to_json(tmp_path / "out.jsonl", orient="records", lines=True)
        assert (tmp_path / "out.jsonl").read_text() == wanted.to_json(orient="records", lines=True)
    ours.to_feather(tmp_path / "out.arrow")
    pd.testing.assert_frame_equal(pd.read_feather(tmp_path / "out.arrow"), expected)
    assert chosen.fallbacks == {}
    nothing = ours[ours["b"] > 100]
    nothing.to_parquet(tmp_path / "none.parquet")
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "none.parquet"), expected[expected["b"] > 100], check_index_type=False
    )


def test_parts_are_written_where_they_are_computed(tmp_path: Path) -> None:
    _table().to_parquet(tmp_path / "t.parquet", row_group_size=3)
    ours = litsdf.read_parquet(tmp_path / "t.parquet", layout="dask")
    ours.assign(f=ours["a"].str.len()).to_parquet(tmp_path / "part-*.parquet")
    files = sorted(tmp_path.glob("part-*.parquet"))
    assert len(files) == litsdf.partition_count(ours)
    back = litsdf.read_parquet(str(tmp_path / "part-*.parquet"), layout="pandas").to_pandas()
    pd.testing.assert_frame_equal(back, _table().assign(f=_table()["a"].str.len()))
    assert {file.name for file in tmp_path.iterdir()} == {"t.parquet", *(file.name for file in files)}


def test_memory_addresses() -> None:
    with fsspec.open("memory://litsdf/t.parquet", "wb") as file:
        _table().to_parquet(file, row_group_size=3)
    ours = litsdf.read_parquet("memory://litsdf/t.parquet", layout="dask")
    assert litsdf.partition_count(ours) > 1
    ours[ours["b"] > 4].to_parquet("memory://litsdf/out.parquet", index=False)
    back = litsdf.read_parquet("memory://litsdf/*ut.parquet", layout="polars", lazy=True)
    pd.testing.assert_frame_equal(back.to_pandas(), _table()[_table()["b"] > 4].reset_index(drop=True))


@pytest.mark.usefixtures("s3")
def test_a_real_s3_server() -> None:
    fsspec.filesystem("s3").mkdir("tables")
    for part in range(2):
        litsdf.DataFrame(_table(), layout="polars").to_parquet(f"s3://tables/part{part}.parquet")
    both = litsdf.read_parquet("s3://tables/part*.parquet", layout="dask")
    assert both["b"].sum() == 90
    both[both["b"] > 5].to_csv("s3://tables/out.csv", index=False)
    assert len(litsdf.read_csv("s3://tables/out.csv", layout="polars", lazy=True)) == 8
    with pytest.raises(FileNotFoundError):
        litsdf.read_csv("s3://tables/absent.csv", layout="dask")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ragged_csv_raises_what_pandas_raises(tmp_path: Path, layout: str) -> None:
    lines = ["a,b", *["1,2"] * 40, "1,2,3", *["1,2"] * 40]
    (tmp_path / "ragged.csv").write_text("\n".join(lines))
    with pytest.raises(pd.errors.ParserError, match="Expected 2 fields"):
        litsdf.read_csv(tmp_path / "ragged.csv", layout=layout, lazy=True).to_pandas()
    (tmp_path / "short.csv").write_text("\n".join(["a,b", *["1,2"] * 40, "1", *["1,2"] * 40]))
    pd.testing.assert_frame_equal(
        litsdf.read_csv(tmp_path / "short.csv", layout=layout, lazy=True).to_pandas(),
        pd.read_csv(tmp_path / "short.csv"),
    )


ODD = {
    "repeated names": "a,a,b\n" + "1,2,3\n" * 40,
    "quotes inside": 'a,b\n5" pipe,1\n' + "x,2\n" * 40,
    "dtype changes late": "a,b\n" + "1,2\n" * 40 + "x,2\n",
    "whole block missing": "a,b\n" + "x,2\n" * 40 + ",2\n" * 60 + "y,2\n",
    "no rows": "a,b\n",
    "one line without end": "a,b\n1,2",
    "windows ends": "a,b\r\n" + "1,x\r\n" * 40,
    "one name too few": "a,b\n" + "1,2,3\n" * 40,
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", ODD)
def test_odd_csv_is_read_as_pandas_reads_it(tmp_path: Path, name: str, layout: str) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(ODD[name].encode())
    ours = litsdf.read_csv(path, layout=layout, lazy=True)
    pd.testing.assert_frame_equal(ours.to_pandas(), pd.read_csv(path), check_column_type=False)


def test_dtypes_of_parquet_are_those_of_pandas(tmp_path: Path) -> None:
    frame = pd.DataFrame({
        "small": np.arange(7, dtype="int8"), "single": np.arange(7, dtype="float32"),
        "when": pd.to_datetime(["2024-01-01", None] * 3 + ["2024-02-02"]).astype("datetime64[us]"),
        "maybe": [1, None, 3, 4, 5, 6, 7],
    })  # fmt: skip
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=3)
    pd.testing.assert_frame_equal(litsdf.read_parquet(tmp_path / "t.parquet", layout="dask").to_pandas(), frame)
    rare = frame.assign(day=dt.date(2024, 1, 1), kind=pd.Categorical(list("abababa")))
    rare.to_parquet(tmp_path / "rare.parquet", row_group_size=3)
    lazily = litsdf.read_parquet(tmp_path / "rare.parquet", layout="dask")
    at_once = litsdf.read_parquet(tmp_path / "rare.parquet", layout="pandas")
    pd.testing.assert_frame_equal(lazily.to_pandas(), at_once.to_pandas())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pandas leaves its CSV file open
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_portions, "_FEWEST", 10_000)
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], check=False, capture_output=True)  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        (disk / "old.parquet").write_bytes(b"before")
        rng = np.random.default_rng(0)
        pd.DataFrame({"a": rng.normal(size=100_000)}).to_parquet(tmp_path / "t.parquet", row_group_size=10_000)
        for layout in (*LAYOUTS, "pandas"):
            lazy = None if layout == "pandas" else True
            ours = litsdf.read_parquet(tmp_path / "t.parquet", layout=layout, lazy=lazy)
            for name in ("old.parquet", "new.csv", "new.jsonl", "new.arrow", "part-*.parquet"):
                if "*" in name and layout == "pandas":
                    continue
                with pytest.raises(OSError) as raised:
                    _write(ours, str(disk / name))
                assert "No space left" in str(raised.value)
                assert "was written" in raised.value.__notes__[0]
                assert [file.name for file in disk.iterdir()] == ["old.parquet"]
                assert (disk / "old.parquet").read_bytes() == b"before"
    finally:
        gc.collect()
        subprocess.run(["umount", str(disk)], check=True)


def _write(frame: litsdf.DataFrame, path: str) -> None:
    if path.endswith(".csv"):
        frame.to_csv(path)
    elif path.endswith(".jsonl"):
        frame.to_json(path, orient="records", lines=True)
    elif path.endswith(".arrow"):
        frame.to_feather(path)
    else:
        frame.to_parquet(path)


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import resource, sys
        import litsdf
        from litsdf import file_portions
        file_portions._BYTES = 4_000_000
        df = litsdf.read_parquet(sys.argv[1], layout="polars", lazy=True)
        df["c"] = df["a"] * 2 + df["b"].str.len()
        df[df["c"] > 0].to_parquet(sys.argv[2], index=False)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    """)
    used = []
    for parts in (1, 20):
        frame = pd.DataFrame(
            {"a": np.arange(200_000) % 977, "b": pd.Series(["some text of a row"] * 200_000, dtype="str")}
        )
        folder = tmp_path / str(parts)
        folder.mkdir()
        for part in range(parts):
            frame.to_parquet(folder / f"{part}.parquet", row_group_size=50_000)
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder / "*.parquet"), str(folder / "out")],
            check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(Path(litsdf.__file__).parents[1])},
        )  # fmt: skip
        used.append(int(done.stdout))
    assert used[1] < used[0] + 100, used
