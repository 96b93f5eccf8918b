"""The dask layout on a real local cluster: the work is done by the workers, also when one of them is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import litsdf

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, env={"POLARS_MAX_THREADS": "1"}
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def _table(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "a": pd.Series(rng.choice(["x", "Yy", None, "z"], rows), dtype="str"), "b": rng.integers(0, 50, rows),
        "c": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows)),
    })  # fmt: skip


def test_the_workers_do_the_work(client, tmp_path: Path) -> None:
    frame = _table()
    for part in range(4):
        frame.to_parquet(tmp_path / f"{part}.parquet")
    whole = pd.concat([frame] * 4, ignore_index=True)
    df = litsdf.read_parquet(str(tmp_path / "*.parquet"), layout="dask")
    processes = litsdf.map_partitions(df, lambda part: part.assign(process=os.getpid()))["process"].unique()
    assert os.getpid() not in set(processes)
    assert len(set(processes)) <= 2
    df["d"] = df["a"].fillna("").str.lower() + "!"
    whole["d"] = whole["a"].fillna("").str.lower() + "!"
    pd.testing.assert_frame_equal(df[df["b"] > 10].to_pandas(), whole[whole["b"] > 10])
    grouped, expected = (d.groupby("d").agg(total=("b", "sum"), mean=("c", "mean")) for d in (df, whole))
    pd.testing.assert_frame_equal(grouped.to_pandas(), expected)
    df.to_parquet(tmp_path / "out-*.parquet")
    back = litsdf.read_parquet(str(tmp_path / "out-*.parquet"), layout="pandas")
    pd.testing.assert_frame_equal(back.to_pandas(), whole)


def test_tables_in_memory_travel_to_the_workers(client) -> None:
    frame = _table()
    df = litsdf.repartition(litsdf.DataFrame(frame, layout="dask"), 4)
    assert df["b"].sum() == frame["b"].sum()
    joined = df.merge(df.rename(columns={"a": "k", "c": "e"}).drop_duplicates("b"), on="b")
    expected = frame.merge(frame.rename(columns={"a": "k", "c": "e"}).drop_duplicates("b"), on="b")
    pd.testing.assert_frame_equal(joined.to_pandas(), expected)


def test_a_mistake_in_a_function_is_raised_here(client) -> None:
    df = litsdf.repartition(litsdf.DataFrame(_table(), layout="dask"), 4)

    def fails(part):
        if len(part):
            raise KeyError("a mistake")
        return part

    with pytest.raises(KeyError, match="a mistake"):
        litsdf.map_partitions(df, fails).to_pandas()


@pytest.fixture
def _every_table_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("litsdf.layouts.dask.DaskFrame.gathered_rows", -1)


@pytest.mark.usefixtures("_every_table_is_large")
def test_workers_exchange_rows(client) -> None:
    frame = _table()
    df = litsdf.repartition(litsdf.DataFrame(frame, layout="dask"), 4)
    result, expected = (d.sort_values(["b", "c"], ascending=[False, True]) for d in (df, frame))
    pd.testing.assert_frame_equal(result.to_pandas(), expected)
    result["d"], expected = result["b"] * 2, expected.assign(d=expected["b"] * 2)
    pd.testing.assert_frame_equal(result[result["d"] > 10].to_pandas(), expected[expected["d"] > 10])
    assert result["d"].sum() == expected["d"].sum()
    other = frame.drop_duplicates("b")[["b", "a"]].rename(columns={"a": "e"})
    joined = df.merge(litsdf.repartition(litsdf.DataFrame(other, layout="dask"), 2), on="b", how="left")
    pd.testing.assert_frame_equal(joined.to_pandas(), frame.merge(other, on="b", how="left"))
    pd.testing.assert_frame_equal(df.drop_duplicates(["a", "b"]).to_pandas(), frame.drop_duplicates(["a", "b"]))
    running, expected = (d["b"].cumsum() + d["c"].shift(3) for d in (df, frame))
    pd.testing.assert_series_equal(running.to_pandas(), expected)
    groups, expected = (d.groupby(["b", "a"]).agg(total=("c", "sum"), rows=("c", "count")) for d in (df, frame))
    pd.testing.assert_frame_equal(groups.to_pandas(), expected)


def _slow(part):
    time.sleep(0.2)
    return part.assign(process=os.getpid())


def _deadly(part):
    if len(part):
        os.kill(os.getpid(), signal.SIGKILL)
    return part


def test_the_result_comes_when_a_worker_is_killed(client) -> None:
    frame = _table()
    df = litsdf.map_partitions(litsdf.repartition(litsdf.DataFrame(frame, layout="dask"), 10), _slow)
    victim = next(iter(client.run(os.getpid).values()))
    killer = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
    killer.start()
    result = df.to_pandas()
    killer.join()
    client.wait_for_workers(2, timeout=60)
    assert victim not in client.run(os.getpid).values()
    pd.testing.assert_frame_equal(result.drop(columns="process"), frame)


@pytest.mark.usefixtures("_every_table_is_large")
def test_rows_are_exchanged_though_a_worker_is_killed(client) -> None:
    frame = _table()
    df = litsdf.map_partitions(litsdf.repartition(litsdf.DataFrame(frame, layout="dask"), 10), _slow)
    victim = next(iter(client.run(os.getpid).values()))
    killer = threading.Timer(0.7, os.kill, (victim, signal.SIGKILL))
    killer.start()
    result = df.sort_values(["b", "c"], kind="stable", ignore_index=True)
    killer.join()
    client.wait_for_workers(2, timeout=60)
    another = next(iter(client.run(os.getpid).values()))
    os.kill(another, signal.SIGKILL)  # what it held is made again
    expected = frame.sort_values(["b", "c"], kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(result.to_pandas().drop(columns="process"), expected)
    client.wait_for_workers(2, timeout=60)


def test_a_task_that_kills_its_workers_is_a_clear_error(client) -> None:
    df = litsdf.map_partitions(litsdf.repartition(litsdf.DataFrame(_table(), layout="dask"), 2), _deadly)
    client.cluster.scheduler.allowed_failures = 0  # instead of three, each of which costs the start of a worker
    with pytest.raises(litsdf.ComputeError, match="Workers that die are usually out of memory"):
        df.to_pandas()
