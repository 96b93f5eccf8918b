"""Many rows: pandas, each layout of litsdf, a compiled function, and lazy Polars by hand, in one run.

python benchmarks/litsdf_many_rows.py 1000 1000000
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from litsdf_pipelines import SCHEMA, grouped, grouped_in_polars, numbers, numeric, prepare, prepare_in_polars, table

import litsdf


def seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def report(title: str, candidates: dict[str, Callable[[], Any]], rounds: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, call in candidates.items():
            times[name].append(seconds(call))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"\n| {title} | ms | pandas ÷ this |\n|---|---:|---:|")
    for name, median in medians.items():
        print(f"| {name} | {median * 1000:.2f} | {medians['pandas'] / median:.2f} |")


def measure(rows: int) -> None:
    rounds = 3 if rows > 200_000 else 9
    frame = table(rows)
    held = {layout: litsdf.DataFrame(frame, layout=layout) for layout in ("numpy", "polars")}
    lazy = held["polars"].to_polars().lazy()
    compiled = litsdf.compile(prepare, SCHEMA)
    report(f"text pipeline, {rows:,} rows", {
        "pandas": lambda: prepare(frame.copy(deep=False)),
        "litsdf, numpy layout": lambda: prepare(held["numpy"].copy()),
        "litsdf, polars layout": lambda: prepare(held["polars"].copy()),
        "litsdf, compiled, numpy layout": lambda: compiled(held["numpy"]),
            "litsdf, compiled, polars layout": lambda: compiled(held["polars"]),
        "litsdf, compiled, pandas frame in and out": lambda: compiled(frame),
        "lazy Polars by hand": lambda: prepare_in_polars(lazy).collect(),
        "lazy Polars by hand, streaming": lambda: prepare_in_polars(lazy).collect(engine="streaming"),
    }, rounds)  # fmt: skip
    figures = numbers(rows)
    held_figures = {layout: litsdf.DataFrame(figures, layout=layout) for layout in ("numpy", "polars")}
    fused = litsdf.compile(numeric, {"a": "float64", "b": "int64"})
    report(f"numeric pipeline, {rows:,} rows", {
        "pandas": lambda: numeric(figures.copy(deep=False)),
        "litsdf, numpy layout": lambda: numeric(held_figures["numpy"].copy()),
        "litsdf, polars layout": lambda: numeric(held_figures["polars"].copy()),
        "litsdf, compiled, polars layout": lambda: fused(held_figures["polars"]),
    }, rounds)  # fmt: skip
    query = grouped_in_polars(lazy)
    report(f"group-by pipeline, {rows:,} rows", {
        "pandas": lambda: grouped(frame), "litsdf, polars layout": lambda: grouped(held["polars"]),
        "lazy Polars by hand": query.collect,
    }, rounds)  # fmt: skip


def main() -> None:
    for rows in [int(text) for text in sys.argv[1:]] or [1_000, 1_000_000]:
        measure(rows)


if __name__ == "__main__":
    main()
