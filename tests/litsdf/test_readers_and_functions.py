"""Readers give what pandas reads, and top-level functions what pandas computes, in every layout."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

import litsdf
from litsdf.completeness import summary, table

FRAME = pd.DataFrame({"a": ["x", "ÿ", None], "b": [1, 2, 3], "c": [0.5, None, 1.5], "d": [True, False, True]}).astype(
    {"a": "str"}
)
LAYOUTS = ["numpy", "polars", "pandas"]


@pytest.fixture
def files(tmp_path):
    for part in (1, 2):
        FRAME.to_csv(tmp_path / f"part{part}.csv", index=False)
        FRAME.to_json(tmp_path / f"part{part}.jsonl", orient="records", lines=True)
        pl.DataFrame(litsdf.DataFrame(FRAME, layout="polars").to_polars()).write_parquet(
            tmp_path / f"part{part}.parquet"
        )
        litsdf.DataFrame(FRAME, layout="polars").to_polars().write_ipc(tmp_path / f"part{part}.arrow")
    return tmp_path


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("reader", "ending"),
    [
        (litsdf.read_csv, "csv"),
        (litsdf.read_json_lines, "jsonl"),
        (litsdf.read_parquet, "parquet"),
        (litsdf.read_arrow, "arrow"),
    ],
)
def test_readers(files, layout: str, reader, ending: str) -> None:
    one = reader(files / f"part1.{ending}", layout=layout)
    assert one.layout == layout
    pd.testing.assert_frame_equal(one.to_pandas(), FRAME)
    both = reader(str(files / f"part*.{ending}"), columns=["b", "a"], layout=layout)
    pd.testing.assert_frame_equal(both.to_pandas(), pd.concat([FRAME, FRAME], ignore_index=True)[["b", "a"]])


def test_a_pattern_without_files_is_said() -> None:
    with pytest.raises(FileNotFoundError, match="No file matches"):
        litsdf.read_csv("nowhere/*.csv")
    with pytest.raises(FileNotFoundError):
        litsdf.read_parquet("nowhere.parquet")


FUNCTIONS = {
    "concat": lambda lib, d: lib.concat([d, d]),
    "concat numbered": lambda lib, d: lib.concat([d, d], ignore_index=True),
    "concat beside": lambda lib, d: lib.concat([d[["a"]], d[["b"]]], axis=1),
    "merge": lambda lib, d: lib.merge(d, d[["a", "b"]], on="a", suffixes=("", "_right")),
    "get_dummies": lambda lib, d: lib.get_dummies(d, columns=["a"]),
    "cut": lambda lib, d: lib.cut(d["b"], bins=[0, 1, 3]),
    "qcut": lambda lib, d: lib.qcut(d["b"], q=2),
    "to_numeric": lambda lib, d: lib.to_numeric(d["b"].astype(str)),
    "melt": lambda lib, d: lib.melt(d, id_vars=["a"], value_vars=["b"]),
    "pivot_table": lambda lib, d: lib.pivot_table(d, values="b", index="d", aggfunc="sum"),
    "crosstab": lambda lib, d: lib.crosstab(d["d"], d["b"]),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(layout: str, name: str) -> None:
    result = FUNCTIONS[name](litsdf, litsdf.DataFrame(FRAME, layout=layout))
    expected = FUNCTIONS[name](pd, FRAME)
    test = pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal
    test(result.to_pandas(), expected)


def test_the_completeness_table_says_what_the_layouts_do() -> None:
    counts = summary()
    assert counts["Series", "record"]["native"] >= 55
    assert counts["str", "polars"]["native"] >= 35
    states = {(part, name): layouts for part, name, layouts in table()}
    assert states["str", "lower"] == {"record": "native", "numpy": "native", "polars": "native", "dask": "native"}
    assert states["Series", "rank"] == {"record": "native", "numpy": "native", "polars": "native", "dask": "gathered"}
    assert states["Series", "floordiv"]["polars"] == "native"
