"""One row through ten lines of text and four of numbers: pandas, litsdf eager, litsdf compiled, and by hand, in one run.

python benchmarks/litsdf_one_row.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
from litsdf_pipelines import NUMBERS, ROW, SCHEMA, numeric, numeric_by_hand, prepare, prepare_by_hand

import litsdf


def microseconds(call: Callable[[], Any], repeats: int) -> float:
    """Mean time of a call."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats * 1e6


def report(title: str, candidates: dict[str, tuple[Callable[[], Any], int]]) -> None:
    """Print medians over rounds; the rounds of all candidates are interleaved."""
    for call, _ in candidates.values():
        call()
    rounds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(15):
        for name, (call, repeats) in candidates.items():
            rounds[name].append(microseconds(call, repeats))
    medians = {name: statistics.median(times) for name, times in rounds.items()}
    print(f"\n| one row, {title} | µs | pandas ÷ this | this ÷ by hand |\n|---|---:|---:|---:|")
    for name, median in medians.items():
        print(f"| {name} | {median:.1f} | {medians['pandas'] / median:.0f} | {median / medians['by hand']:.2f} |")


def main() -> None:
    text, figures = litsdf.compile(prepare, SCHEMA), litsdf.compile(numeric, {"a": "float64", "b": "int64"})
    report("text pipeline", {
        "pandas": (lambda: prepare(pd.DataFrame([ROW])), 20),
        "litsdf, record layout": (lambda: prepare(litsdf.DataFrame([ROW])), 300),
        "litsdf, compiled": (lambda: text(ROW), 5_000),
        "by hand": (lambda: prepare_by_hand(ROW), 5_000),
    })  # fmt: skip
    report("numeric pipeline", {
        "pandas": (lambda: numeric(pd.DataFrame([NUMBERS])), 20),
        "litsdf, record layout": (lambda: numeric(litsdf.DataFrame([NUMBERS])), 300),
        "litsdf, compiled": (lambda: figures(NUMBERS), 10_000),
        "by hand": (lambda: numeric_by_hand(NUMBERS), 10_000),
    })  # fmt: skip
    starts: dict[str, list[float]] = {"pass": [], "import litsdf": []}
    for _ in range(9):
        for code, times in starts.items():
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - begin)
    extra = statistics.median(starts["import litsdf"]) - statistics.median(starts["pass"])
    print(f"\n`import litsdf` takes {extra * 1000:.1f} ms beyond the interpreter.")


if __name__ == "__main__":
    main()
