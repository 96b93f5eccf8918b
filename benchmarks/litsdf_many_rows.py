"""Many rows: pandas, layouts of litsdf, compiled functions, and lazy Polars by hand, in one run.

python benchmarks/litsdf_many_rows.py 1000 1000000
python benchmarks/litsdf_many_rows.py 10000000 --pandas-rows 1000000

Tables are made once, as Parquet files in a temporary folder. pandas runs on no more than --pandas-rows rows, because its
text takes about 1 KB of memory a row; its time is then multiplied, and the table says so.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from litsdf_pipelines import (  # fmt: skip
    SCHEMA,
    grouped,
    grouped_in_polars,
    grouped_in_polars_at_best,
    numbers,
    numeric,
    numeric_in_polars,
    numeric_in_polars_at_best,
    prepare,
    prepare_in_polars,
    table,
)

import litsdf

_PIECE = 500_000
_FIGURES = {"a": "float64", "b": "int64"}
Calls = dict[str, Callable[[], Any]]


def seconds(call: Callable[[], Any]) -> float:
    """Time of one call; what it gives is freed outside."""
    gc.collect()
    start = time.perf_counter()
    result = call()
    elapsed = time.perf_counter() - start
    del result
    return elapsed


def report(title: str, calls: Calls, rows: int, rows_of_pandas: int) -> None:
    """Print medians of interleaved rounds."""
    rounds = 9 if rows <= 200_000 else 5 if rows <= 2_000_000 else 3
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(seconds(call))
    medians = {name: statistics.median(values) for name, values in times.items()}
    medians["pandas"] *= rows / rows_of_pandas
    by_hand = min(value for name, value in medians.items() if name.startswith("lazy Polars by hand"))
    best = min(value for name, value in medians.items() if "by hand" in name)
    print(
        f"\n| {title}, {rows:,} rows | ms | pandas ÷ this | lazy Polars by hand ÷ this | this ÷ the best we can by hand |"
        "\n|---|---:|---:|---:|---:|"
    )
    for name, median in medians.items():
        scaled = f" (times {rows / rows_of_pandas:g})" if name == "pandas" and rows > rows_of_pandas else ""
        ratios = f"{medians['pandas'] / median:.1f} | {by_hand / median:.2f} | {median / best:.2f}"
        print(f"| {name}{scaled} | {median * 1000:.2f} | {ratios} |", flush=True)


def written(make: Callable[[int, int], pd.DataFrame], rows: int, folder: Path) -> litsdf.DataFrame:
    """Make a table piece by piece, so that pandas never holds the whole of it, and read it as a user would."""
    path = folder / f"{make.__name__}.parquet"
    first = pa.Table.from_pandas(make(min(_PIECE, rows), 0), preserve_index=False)
    with pq.ParquetWriter(path, first.schema) as writer:
        for start in range(0, rows, _PIECE):
            length = min(_PIECE, rows - start)
            writer.write_table(first if length == first.num_rows else first.slice(0, length))
    return litsdf.DataFrame(pl.read_parquet(path))


def text(rows: int, some: int, folder: Path) -> None:
    """The text pipeline."""
    frame, ours = table(some), written(table, rows, folder)
    lazy, compiled = ours.to_polars().lazy(), litsdf.compile(prepare, SCHEMA)
    calls: Calls = {
        "pandas": lambda: prepare(frame.copy(deep=False)),
        "litsdf, compiled": lambda: compiled(ours),
        "lazy Polars by hand": lambda: prepare_in_polars(lazy).collect(),
        "lazy Polars by hand, streaming": lambda: prepare_in_polars(lazy).collect(engine="streaming"),
    }
    if rows == some:
        calls["litsdf, polars layout"] = lambda: prepare(ours.to_layout("polars").copy())
        calls["litsdf, compiled, pandas frame in and out"] = lambda: compiled(frame)
    report("text pipeline", calls, rows, some)


def groups(rows: int, some: int, folder: Path) -> None:
    """The group-by pipeline."""
    frame, ours = table(some), written(table, rows, folder)
    lazy, by_groups = ours.to_polars().lazy(), litsdf.compile(grouped, SCHEMA)
    query, best = grouped_in_polars(lazy), grouped_in_polars_at_best(lazy)
    calls: Calls = {
        "pandas": lambda: grouped(frame),
        "litsdf": lambda: grouped(ours),
        "litsdf, compiled": lambda: by_groups(ours),
        "lazy Polars by hand": query.collect,
        "lazy Polars by hand, streaming": lambda: query.collect(engine="streaming"),
        "the best we can by hand": best.collect,
        "the best we can by hand, streaming": lambda: best.collect(engine="streaming"),
    }
    report("group-by pipeline", calls, rows, some)


def figures(rows: int, some: int, folder: Path) -> None:
    """The numeric pipeline."""
    frame, ours = numbers(some), written(numbers, rows, folder)
    lazy, compiled = ours.to_polars().lazy(), litsdf.compile(numeric, _FIGURES)
    query, best = numeric_in_polars(lazy), numeric_in_polars_at_best(lazy)
    calls: Calls = {
        "pandas": lambda: numeric(frame.copy(deep=False)),
        "litsdf": lambda: numeric(ours.copy()),
        "litsdf, compiled": lambda: compiled(ours),
        "lazy Polars by hand": query.collect,
        "lazy Polars by hand, streaming": lambda: query.collect(engine="streaming"),
        "the best we can by hand": best.collect,
        "the best we can by hand, streaming": lambda: best.collect(engine="streaming"),
    }
    report("numeric pipeline", calls, rows, some)


_PIPELINES = {"numbers": figures, "text": text, "groups": groups}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", type=int, default=[1_000, 1_000_000])
    parser.add_argument("--pandas-rows", type=int, default=1_000_000, help="the most rows that pandas runs on")
    parser.add_argument("--pipelines", default=",".join(_PIPELINES), help=", ".join(_PIPELINES))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for rows in given.rows:
            for name in given.pipelines.split(","):
                _PIPELINES[name](rows, min(rows, given.pandas_rows), Path(folder))


if __name__ == "__main__":
    main()
