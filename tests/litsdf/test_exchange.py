"""Rows exchanged between partitions: what tables with many rows do gives what pandas gives, by threads and by workers."""

from __future__ import annotations

import gc
import subprocess
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import columns, same

import litsdf
from litsdf.layouts.dask import DaskFrame
from litsdf.layouts.partition_pieces import Shape, ShuffledPieces
from litsdf.layouts.partition_rows import Rows
from litsdf.plan import Field


@pytest.fixture(autouse=True, scope="module")
def _every_table_is_large():
    before = DaskFrame.gathered_rows
    DaskFrame.gathered_rows = -1
    yield
    DaskFrame.gathered_rows = before


def cut(frame: pd.DataFrame, partitions: int = 3) -> litsdf.DataFrame:
    return litsdf.repartition(litsdf.DataFrame(frame, layout="dask"), partitions)


def _collected_never(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the rows were brought together")

    monkeypatch.setattr("litsdf.layouts.partition_rows.Rows.collected", refuse)
    monkeypatch.setattr("litsdf.layouts.partition_rows.Rows.reference", refuse)


ORDERS = [
    ("a", True), ("b", False), ("c", True), ("d", True), ("e", False), (["a", "b"], True), (["c", "a"], [False, True]),
]  # fmt: skip


@given(
    frame=columns("str", "small", "float64", "bool", "datetime64[us]", max_size=12), order=st.sampled_from(ORDERS),
    na_position=st.sampled_from(["first", "last"]), ignore=st.booleans(), filtered=st.booleans(),
)  # fmt: skip
def test_sorting(frame, order, na_position, ignore, filtered) -> None:
    by, ascending = order
    ours = cut(frame)
    if filtered:
        ours, frame = ours[ours["b"] > 0], frame[frame["b"] > 0]
    options = {"ascending": ascending, "na_position": na_position, "ignore_index": ignore, "kind": "stable"}
    result, expected = (d.sort_values(by, **options) for d in (ours, frame))
    same(result, expected)
    for df in (result, expected):
        df["f"] = df["b"] * 2
    same(result[result["f"] > 0], expected[expected["f"] > 0])
    same(result["f"].head(2), expected["f"].head(2))
    assert not ours.fallbacks


def test_sorting_brings_no_rows_together(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"a": [(7 * n) % 100 for n in range(1000)], "b": range(1000)})
    ours = cut(frame, 8)
    _collected_never(monkeypatch)
    result = ours.sort_values("a", kind="stable")
    lengths = result._table.rows.lengths()
    assert sum(lengths) == 1000
    assert max(lengths) < 300
    parts = [batch.to_pandas() for batch in result._table.batches()]
    pd.testing.assert_frame_equal(pd.concat(parts), frame.sort_values("a", kind="stable"))


def test_the_temporary_files_go_with_the_table() -> None:
    before = set(Path(tempfile.gettempdir()).glob("litsdf-*"))
    result = cut(pd.DataFrame({"a": [3, 1, 2]})).sort_values("a")
    assert set(Path(tempfile.gettempdir()).glob("litsdf-*")) - before
    assert result["a"].to_list() == [1, 2, 3]
    del result
    gc.collect()
    assert not set(Path(tempfile.gettempdir()).glob("litsdf-*")) - before


def test_a_mistake_is_what_pandas_raises() -> None:
    frame = pd.DataFrame({"a": [3, 1, 2]})
    for df in (cut(frame), frame):
        with pytest.raises(KeyError, match="nothing"):
            df.sort_values("nothing")
        with pytest.raises(ValueError, match="Length of ascending"):
            df.sort_values(["a"], ascending=[True, False])


GROUPS = {
    "named": lambda d: d.groupby("a").agg(total=("b", "sum"), mean=("c", "mean"), rows=("c", "count"), most=("c", "max")),
    "columns": lambda d: d.groupby("a", as_index=False).agg(total=("b", "sum"), least=("c", "min")),
    "two keys": lambda d: d.groupby(["a", "e"])[["b", "c"]].sum(), "one column": lambda d: d.groupby("b")["c"].mean(),
    "integers or floats": lambda d: d.assign(n=d["a"].str.len()).groupby("d").agg({"n": "sum", "b": "max"}),
    "of a filter": lambda d: d[d["b"] > 0].groupby("a").agg(total=("b", "sum")), "used": lambda d: d.groupby("a")["b"].sum() * 2,
}  # fmt: skip


@pytest.mark.parametrize("name", GROUPS)
def test_groups(name: str) -> None:
    @given(frame=columns("str", "small", "modest", "bool", "datetime64[us]", max_size=12))
    def run(frame) -> None:
        ours = cut(frame)
        same(GROUPS[name](ours), GROUPS[name](frame), exact=False)

    run()


def test_groups_are_not_brought_together(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"a": [(7 * n) % 500 for n in range(1000)], "b": range(1000)})
    ours = cut(frame, 8)
    _collected_never(monkeypatch)
    result = ours.groupby("a").agg(total=("b", "sum"))
    assert litsdf.partition_count(result) == 8
    parts = [batch.to_pandas() for batch in result._table.batches()]
    assert max(map(len, parts)) < 150
    pd.testing.assert_frame_equal(pd.concat(parts), frame.groupby("a").agg(total=("b", "sum")))


@given(
    frame=columns("str", "small", "float64", "bool", "datetime64[us]", max_size=12),
    by=st.sampled_from(["a", "b", "c", "d", "e", ["a", "d"], ["d", "c"]]), ignore=st.booleans(),
)  # fmt: skip
def test_duplicates(frame, by, ignore) -> None:
    frame = pd.concat([frame, frame.iloc[::2]], ignore_index=ignore)
    result, expected = (d.drop_duplicates(by, ignore_index=ignore) for d in (cut(frame, 4), frame))
    same(result, expected)


def test_duplicates_are_found_without_bringing_rows_together(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"a": [(7 * n) % 300 for n in range(1000)], "b": range(1000)})
    ours = cut(frame, 8)
    _collected_never(monkeypatch)
    result = ours.drop_duplicates("a")
    pd.testing.assert_frame_equal(pd.concat(b.to_pandas() for b in result._table.batches()), frame.drop_duplicates("a"))


@given(
    left=columns("str", "small", max_size=10), right=columns("str", "small", max_size=10),
    how=st.sampled_from(["inner", "left"]), on=st.sampled_from(["a", "b", ["a", "b"]]),
)  # fmt: skip
def test_joins_of_two_lazy_tables(left, right, how, on) -> None:
    for frame in (left, right):
        frame["a"], frame["b"] = frame["a"].str.lower().str[:1], frame["b"] % 3
    keys = [on] if isinstance(on, str) else on
    right = right.rename(columns={name: name.upper() for name in "ab" if name not in keys}).assign(r=range(len(right)))
    result, expected = cut(left).merge(cut(right, 2), how=how, on=on), left.merge(right, how=how, on=on)
    same(result, expected)


def test_a_join_brings_no_rows_together(monkeypatch: pytest.MonkeyPatch) -> None:
    left = pd.DataFrame({"a": [(7 * n) % 300 for n in range(1000)], "b": range(1000)})
    right = pd.DataFrame({"a": [(11 * n) % 400 for n in range(800)], "c": range(800)})
    ours, others = cut(left, 8), cut(right, 5)
    _collected_never(monkeypatch)
    result = ours.merge(others, on="a")
    parts = [batch.to_pandas() for batch in result._table.batches()]
    assert max(map(len, parts)) < 400
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), left.merge(right, on="a"))


RUNNING = {
    "cumsum": lambda d: d["b"].cumsum(), "cumsum of floats": lambda d: d["c"].cumsum(), "cummax": lambda d: d["c"].cummax(),
    "cummin": lambda d: d["b"].cummin(), "shift": lambda d: d["a"].shift(2), "shift back": lambda d: d["b"].shift(-1),
    "shift dates": lambda d: d["e"].shift(), "far": lambda d: d["b"].shift(7), "diff": lambda d: d["b"].diff(),
    "diff back": lambda d: d["c"].diff(-2), "ffill": lambda d: d["a"].ffill(), "bfill": lambda d: d["c"].bfill(),
    "all columns": lambda d: d[["b", "c"]].cumsum(), "table": lambda d: d[["a", "c", "e"]].shift(1),
    "used again": lambda d: d.assign(r=d["b"].cumsum() * 2 + d["b"].shift().fillna(0))[d["b"] > 0],
    "of itself": lambda d: (d["b"].cumsum() - d["b"]).cumsum(), "of a filter": lambda d: d[d["b"] > 0]["c"].cummax(),
    "beside": lambda d: d["b"].cumsum() - d["b"].sum(), "lengths": lambda d: d["a"].str.len().cumsum(),
    "sorted": lambda d: d["b"].sort_values(kind="stable").cumsum(), "sorted down": lambda d: d["a"].sort_values(ascending=False),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNNING)
def test_running_values(name: str) -> None:
    @given(frame=columns("str", "small", "modest", "bool", "datetime64[us]", max_size=10))
    def run(frame) -> None:
        ours = cut(frame, 4)
        result = RUNNING[name](ours)
        assert result.layout == "dask"
        same(result, RUNNING[name](frame), exact=False)

    run()


def test_running_values_bring_no_rows_together(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"a": range(1000), "b": [n % 7 for n in range(1000)]})
    ours = cut(frame, 8)
    _collected_never(monkeypatch)
    for df in (ours, frame):
        df["c"] = df["b"].cumsum() - df["a"].shift(3).fillna(0)
        df["d"] = df["c"].diff().cummax()
    pd.testing.assert_frame_equal(pd.concat([b.to_pandas() for b in ours._table.batches()], ignore_index=True), frame)


def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], check=False, capture_output=True)  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    try:
        ours = cut(pd.DataFrame({"a": [(7 * n) % 1000 for n in range(100_000)]}))
        with pytest.raises(OSError, match="No space left") as raised:
            ours.sort_values("a")
        assert "as much room in the temporary folder" in raised.value.__notes__[0]
        del raised
        gc.collect()
        assert not list(disk.iterdir())
        assert ours["a"].max() == 999
    finally:
        gc.collect()
        subprocess.run(["umount", str(disk)], check=True)


def test_rows_of_a_cluster_that_is_gone_are_a_clear_error() -> None:
    source = ShuffledPieces((object(),), 1, Shape({"a": "int64"}, 1))
    rows = Rows([source], {"a": Field("a", "int64", may_be_missing=False)}, DaskFrame.runner)
    with pytest.raises(litsdf.ComputeError, match="not there any more"):
        litsdf.compute(litsdf.DataFrame._of(DaskFrame.of_rows(rows), None))


DISTINCT = {
    "unique": lambda s: list(s.dropna().unique()), "number": lambda s: s.nunique(), "kept": lambda s: s.drop_duplicates(),
}  # fmt: skip


@pytest.mark.parametrize("name", DISTINCT)
def test_different_values(name: str) -> None:
    @given(frame=columns("str", "small", "modest", "bool", max_size=10), column=st.sampled_from("abcd"))
    def run(frame, column) -> None:
        frame = pd.concat([frame, frame.iloc[::2]], ignore_index=True)
        same(DISTINCT[name](cut(frame, 4)[column]), DISTINCT[name](frame[column]))

    run()


def test_different_values_are_counted_without_bringing_rows_together(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = cut(pd.DataFrame({"a": [(7 * n) % 300 for n in range(1000)]}), 8)
    _collected_never(monkeypatch)
    assert ours["a"].nunique() == 300
