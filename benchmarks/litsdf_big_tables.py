"""Tables larger than memory, and the dask layout on a local cluster.

    python benchmarks/litsdf_big_tables.py memory [--folder FOLDER]   # peak memory at 5, 10 and 20 million rows
    python benchmarks/litsdf_big_tables.py capped [--ways polars]     # the same in a control group of 4 GiB
    python benchmarks/litsdf_big_tables.py exchange                   # peak memory where rows are exchanged between partitions
    python benchmarks/litsdf_big_tables.py cluster [--rows 4000000]   # 4 workers against 1, Dask by hand beside it
    python benchmarks/litsdf_big_tables.py cluster --kinds numeric,group-by --rows 2000000   # some pipelines alone

Every measurement runs in a process of its own. The text pipeline writes its table to Parquet, the numeric pipeline too,
the group-by pipeline gives its groups. Load is printed before each figure, because other work on the machine changes
the times (not the memory).
"""

from __future__ import annotations

import argparse
import atexit
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PIPELINES = ("text", "numeric", "group-by")
EXCHANGES = ("sort", "duplicates", "join", "many groups", "running")
_PIECE = 1_000_000
_LIGHTER = 5
"""How many more rows the pipelines without text take, so that there is something to measure."""
_AGAIN = 4
"""How often the group-by pipeline reads each of its files on a cluster, under as many names."""


def make(folder: Path, kind: str, rows: int) -> str:
    """Write a table in files of a million rows, once; give the glob that reads them."""
    from litsdf_pipelines import keyed, numbers, table

    maker = keyed if kind in EXCHANGES else numbers if kind == "numeric" else table
    name = "keys" if kind in EXCHANGES else "numbers" if kind == "numeric" else "texts"
    folder.mkdir(parents=True, exist_ok=True)
    parts = -(-rows // _PIECE)
    for part in range(parts):
        path = folder / f"{name}-{part:03}.parquet"
        if not path.exists():
            maker(_PIECE, part).to_parquet(path.with_suffix(".new"), row_group_size=125_000)
            path.with_suffix(".new").rename(path)
    return ",".join(str(folder / f"{name}-{part:03}.parquet") for part in range(parts))


def work(kind: str, df: Any, out: str) -> None:
    """Run one of the pipelines to its end."""
    from litsdf_pipelines import grouped, numeric, prepare

    if kind in EXCHANGES:
        exchange(kind, df, out)
    elif kind == "group-by":
        grouped(df).to_pandas()
    else:
        (prepare if kind == "text" else numeric)(df).to_parquet(out, index=False)


def exchange(kind: str, df: Any, out: str) -> None:
    """What needs rows of all partitions."""
    if kind == "sort":
        df.sort_values("v").to_parquet(out, index=False)
    elif kind == "duplicates":
        df.drop_duplicates("k")["v"].sum()
    elif kind == "join":
        df.merge(df.drop_duplicates("k").rename(columns={"v": "w"}), on="k")["w"].sum()
    elif kind == "many groups":
        df.groupby("k").agg(total=("v", "sum"))["total"].max()
    else:
        (df["v"].cumsum() - df["v"].shift(1)).max()


def work_by_hand(kind: str, files: str, out: str) -> None:
    """The same as a lazy Polars query, as a careful programmer would write it."""
    import polars as pl
    from litsdf_pipelines import prepare_in_polars

    frame = pl.scan_parquet(files)
    if kind == "text":
        prepare_in_polars(frame).sink_parquet(out)
    elif kind == "numeric":
        filled = pl.col("a").fill_null(0).clip(lower_bound=0)
        scaled = ((pl.col("a").fill_null(1.5) - 1.5) / 0.7).clip(-3, 3)
        frame.with_columns(
            ratio=pl.col("a") / (pl.col("b") + 1), log=filled.log1p(), scaled=scaled,
            flag=pl.col("a").is_null() | (pl.col("b") == 0),
        ).sink_parquet(out)  # fmt: skip
    else:
        price = pl.col("price")
        query = frame.group_by("country").agg(total=price.sum(), mean=price.mean(), rows=price.count())
        query.sort("country").collect(engine="streaming")


_GROUP = Path("/sys/fs/cgroup/memory")


def cap(limit: int) -> None:
    """Let this process have no more memory than this, by a control group of its own; without the right to, by address space."""
    group = _GROUP / f"litsdf-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(limit))
        (group / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    else:
        atexit.register(_leave, group)


def _leave(group: Path) -> None:
    (_GROUP / "cgroup.procs").write_text(str(os.getpid()))
    group.rmdir()


def run_one(kind: str, files: list[str], layout: str, limit: int) -> None:
    """In a process of its own: run a pipeline; print seconds and peak memory."""
    if limit:
        cap(limit)
    with tempfile.TemporaryDirectory() as links, tempfile.TemporaryDirectory() as out:
        for file in files:
            (Path(links) / Path(file).name).symlink_to(file)
        import litsdf

        begin = time.perf_counter()
        if layout == "by hand":
            work_by_hand(kind, f"{links}/*.parquet", f"{out}/out.parquet")
        else:
            work(kind, litsdf.read_parquet(f"{links}/*.parquet", layout=layout, lazy=True), f"{out}/out.parquet")
        spent = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{spent:.2f} {peak:.0f}")


def measured(kind: str, files: str, layout: str, limit: int = 0) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, __file__, "one", "--kind", kind, "--files", files, "--layout", layout, "--limit", str(limit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    seconds, peak = done.stdout.split()[-2:]
    return float(seconds), float(peak)


def memory(folder: Path, sizes: list[int], limit: int, ways: list[str], kinds: list[str]) -> None:
    print(f"load {os.getloadavg()[0]:.1f}; {'4 GiB of memory' if limit else 'no limit'}")
    print("| pipeline | way | rows | seconds | peak MB |\n|---|---|---:|---:|---:|")
    for kind in kinds:
        for layout in ways:
            for rows in sizes:
                files = make(folder, kind, rows)
                seconds, peak = measured(kind, files, layout, limit)
                print(f"| {kind} | {layout} | {rows:,} | {seconds:.1f} | {peak:.0f} |", flush=True)


def by_hand(kind: str, files: list[str], out: str) -> None:
    """The same with Dask's own DataFrame."""
    import dask.dataframe as dd
    from litsdf_pipelines import numeric, prepare

    df = dd.read_parquet(files, split_row_groups=True)
    if kind == "group-by":
        df.groupby("country").agg(total=("price", "sum"), mean=("price", "mean"), rows=("price", "count")).compute()
    elif kind == "numeric":
        df.map_partitions(numeric).to_parquet(out)
    else:
        df.map_partitions(prepare).to_parquet(out)


def in_layout(kind: str, files: list[str], out: str) -> None:
    from litsdf_pipelines import grouped, numeric, prepare

    import litsdf

    df = litsdf.read_parquet(files[0].rpartition("/")[0] + "/*.parquet", layout="dask")
    if kind == "group-by":
        grouped(df).to_pandas()
    else:
        (prepare if kind == "text" else numeric)(df).to_parquet(f"{out}/part-*.parquet", index=False)


def cluster(folder: Path, rows: int, rounds: int, kinds: list[str]) -> None:
    """4 workers of one thread against 1, the runs of a round next to one another."""
    from distributed import Client, LocalCluster

    runs: dict[str, Callable[[str, list[str], str], None]] = {"litsdf, dask layout": in_layout, "Dask by hand": by_hand}
    times: dict[tuple[str, str, int], list[tuple[float, float]]] = {}
    here = str(Path(__file__).parent)
    for kind in kinds:
        files = make(folder, kind, rows if kind == "text" else _LIGHTER * rows).split(",")
        with tempfile.TemporaryDirectory() as links:
            for file in files:
                for number in range(_AGAIN if kind == "group-by" else 1):
                    (Path(links) / f"{number}-{Path(file).name}").symlink_to(file)
            linked = sorted(str(path) for path in Path(links).iterdir())
            for _ in range(rounds):
                for workers in (1, 4):
                    with LocalCluster(
                        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None,
                        env={"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"},
                    ) as local, Client(local) as client:  # fmt: skip
                        client.run(_importable, here)
                        for name, call in runs.items():
                            with tempfile.TemporaryDirectory() as out:
                                call(kind, linked[:1], out)  # what is imported and compiled once
                            with tempfile.TemporaryDirectory() as out:
                                load = os.getloadavg()[0]
                                before = sum(client.run(time.process_time).values())
                                begin = time.perf_counter()
                                call(kind, linked, out)
                                spent = time.perf_counter() - begin
                                used = sum(client.run(time.process_time).values()) - before
                            times.setdefault((kind, name, workers), []).append((spent, used))
                            print(
                                f"  {kind}, {name}, {workers} workers: {spent:.2f} s, {used:.2f} s of processors "
                                f"(load before: {load:.1f})",
                                flush=True,
                            )
    print(
        f"\n| rows: text {rows:,}, numbers {_LIGHTER * rows:,}, groups {_AGAIN * _LIGHTER * rows:,} | way | 1 worker, s | 4 workers, s | 1 ÷ 4 "
        "| processor seconds, 1 worker | 4 workers |\n|---|---|---:|---:|---:|---:|---:|"
    )
    for kind in kinds:
        for name in runs:
            one, four = (times[kind, name, workers] for workers in (1, 4))
            spent = [statistics.median(run[0] for run in runs_of) for runs_of in (one, four)]
            used = [statistics.median(run[1] for run in runs_of) for runs_of in (one, four)]
            print(
                f"| {kind} | {name} | {spent[0]:.2f} | {spent[1]:.2f} | {spent[0] / spent[1]:.2f} "
                f"| {used[0]:.1f} | {used[1]:.1f} |"
            )


def _importable(folder: str) -> None:
    sys.path.insert(0, folder)
    import litsdf_pipelines  # noqa: F401

    import litsdf  # noqa: F401


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "what", nargs="?", default="cluster", choices=["memory", "capped", "exchange", "cluster", "one"]
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "litsdf_big_tables")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kind", default="text")
    parser.add_argument("--files", default="")
    parser.add_argument("--layout", default="polars")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--kinds", default="", help=", ".join((*PIPELINES, *EXCHANGES)))
    parser.add_argument("--ways", default="polars,dask,by hand", help="polars, dask, by hand")
    given = parser.parse_args()
    sizes = [given.rows] if given.rows else [5_000_000, 10_000_000, 20_000_000]
    ways = given.ways.split(",")
    kinds = given.kinds.split(",") if given.kinds else list(EXCHANGES if given.what == "exchange" else PIPELINES)
    if given.what == "one":
        run_one(given.kind, given.files.split(","), given.layout, given.limit)
    elif given.what == "cluster":
        cluster(given.folder, given.rows or 4_000_000, given.rounds, kinds)
    elif given.what == "capped":
        memory(given.folder, sizes, 4 * 2**30, ways, kinds)
    elif given.what == "exchange":
        memory(given.folder, sizes, 4 * 2**30, [way for way in ways if way != "by hand"], kinds)
    else:
        memory(given.folder, sizes, 0, ways, kinds)


if __name__ == "__main__":
    main()
