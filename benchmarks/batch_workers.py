"""A batch transform with 1, 2 and 4 processes: rows a second, and how they grow.

Adult with bagged LightGBM (five of 200 trees, compiled), its rows again and again in 16 CSV files; times are of the whole call, with the
start of the processes. Rounds of all counts alternate, and the median of each counts.

    python benchmarks/batch_workers.py [--rows 100000] [--rounds 3] [--bundle adult.litmus]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import pandas as pd
import serving_http
import tables

FILES = 16
COUNTS = (1, 2, 4)


def write_inputs(folder: Path, rows: int) -> None:
    table = tables.read("adult").drop(columns="income")
    long = pd.concat([table] * -(-rows // len(table)), ignore_index=True).iloc[:rows]
    for number in range(FILES):
        long.to_csv(folder / f"part-{number:02}.csv", index=False)


def seconds_of(bundle: Path, inputs: Path, outputs: Path, workers: int, rows: int) -> float:
    from litmus.batch import transform

    outputs.mkdir()
    started = time.perf_counter()
    done = transform(bundle, inputs, output=outputs, workers=workers)
    taken = time.perf_counter() - started
    if sum(each.rows for each in done) != rows:
        raise RuntimeError("not all rows were answered")
    return taken


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--rows", type=int, default=100_000, help="in each of the 16 files")
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--bundle", type=Path, help="of Adult, from a run before; trained when left out")
    options = given.parse_args()
    print(f"load on this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = options.bundle or serving_http.train(folder)[0]
        inputs = folder / "inputs"
        inputs.mkdir()
        write_inputs(inputs, options.rows)
        total = FILES * options.rows
        taken: dict[int, list[float]] = {count: [] for count in COUNTS}
        for turn in range(options.rounds):
            for count, found in taken.items():
                found.append(seconds_of(bundle, inputs, folder / f"outputs-{turn}-{count}", count, total))
        one = statistics.median(taken[1])
        for count, found in taken.items():
            middle = statistics.median(found)
            print(
                f"{count} processes: {total:,} rows in {middle:.2f} s, {total / middle:,.0f} rows a second, {one / middle:.2f} times one process"
            )
    print(f"load on this machine after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
