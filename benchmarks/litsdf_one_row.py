"""One row through ten lines of pandas: pandas, litsdf eager, litsdf compiled, and by hand, in one run.

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
from litsdf_pipelines import ROW, SCHEMA, prepare, prepare_by_hand

import litsdf


def microseconds(call: Callable[[], Any], repeats: int) -> float:
    """Median over rounds; the rounds of all candidates are interleaved by the caller."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats * 1e6


def main() -> None:
    compiled = litsdf.compile(prepare, SCHEMA)
    candidates: dict[str, tuple[Callable[[], Any], int]] = {
        "pandas": (lambda: prepare(pd.DataFrame([ROW])), 20),
        "litsdf, record layout": (lambda: prepare(litsdf.DataFrame([ROW])), 300),
        "litsdf, compiled": (lambda: compiled(ROW), 5_000),
        "by hand": (lambda: prepare_by_hand(ROW), 5_000),
    }
    for call, _ in candidates.values():
        call()
    rounds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(15):
        for name, (call, repeats) in candidates.items():
            rounds[name].append(microseconds(call, repeats))
    medians = {name: statistics.median(times) for name, times in rounds.items()}
    print("| one row | µs | pandas ÷ this | this ÷ by hand |\n|---|---:|---:|---:|")
    for name, median in medians.items():
        print(f"| {name} | {median:.1f} | {medians['pandas'] / median:.0f} | {median / medians['by hand']:.2f} |")
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
