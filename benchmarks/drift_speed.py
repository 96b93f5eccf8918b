"""How long it takes to check a million captured rows of fifty columns, and how much memory.

    python benchmarks/drift_speed.py [--rows 1000000] [--columns 50]

Rows are written as an endpoint's capture writes them: Parquet files of 20,000 rows, a folder an hour, with request ids, answers and
probabilities. Thirty-five columns are numbers, twelve categories, three truths; a fiftieth of the values is missing. The check runs in a process of its own, whose
peak of resident memory is told (libraries included), once with the two monitors of the rows and once with all that can say something.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

KINDS = ("data_quality,data_drift", "data_quality,data_drift,prediction_drift,estimated_quality,bias_drift")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--check", nargs=3)
    asked = parser.parse_args()
    if asked.check:
        _check(*asked.check)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "captured", asked.rows, asked.columns)
        _baseline(folder, asked.columns)
        size = sum(path.stat().st_size for path in folder.glob("captured/*/*.parquet"))
        print(
            f"{asked.rows:,} rows, {asked.columns} columns, {size / 1e6:.0f} MB on disk, {os.cpu_count()} cores",
            flush=True,
        )
        for kinds in KINDS:
            runs = []
            for _ in range(asked.repeat):
                command = [sys.executable, __file__, "--check", str(folder), str(folder / "model.baseline"), kinds]
                ended = subprocess.run(command, capture_output=True, text=True, check=True)
                runs.append(json.loads(ended.stdout.splitlines()[-1]))
            middle = sorted(runs, key=lambda each: each["seconds"])[len(runs) // 2]
            print(f"{kinds}: {middle}", flush=True)


def _frame(rows: int, columns: int, rng: np.random.Generator) -> pd.DataFrame:
    held: dict[str, object] = {}
    towns = np.array([f"town {number}" for number in range(40)], dtype=object)
    for place in range(columns):
        if place % 4 == 3:
            values = towns[np.minimum(rng.geometric(0.1, rows) - 1, 39)]
        elif place % 16 == 0:
            values = (rng.random(rows) < 0.3).astype(object)
        else:
            values = rng.gamma(2 + place % 5, 3, rows)
        series = pd.Series(values)
        series[rng.random(rows) < 0.02] = None
        held[f"column {place}"] = series
    return pd.DataFrame(held)


def _write(captured: Path, rows: int, columns: int) -> None:
    rng = np.random.default_rng(0)
    start = pd.Timestamp("2026-03-01", tz="UTC")
    for number, first in enumerate(range(0, rows, 20_000)):
        count = min(20_000, rows - first)
        frame = _frame(count, columns, rng)
        time_of = start + pd.to_timedelta((first + np.arange(count)) * 0.05, unit="s")
        chance = rng.beta(2, 5, count)
        facts = {
            "request_id": [f"{first + row:016x}" for row in range(count)],
            "row": np.zeros(count, dtype=np.int64),
            "time": time_of,
            "variant": "m-1",
            "version": "m-1",
            "seconds": 0.001,
            "prediction": np.where(chance > 0.5, "yes", "no"),
            "probability.no": 1 - chance,
            "probability.yes": chance,
        }
        table = pd.DataFrame({**facts, **{f"input.{name}": values for name, values in frame.items()}})
        hour = captured / time_of[0].strftime("%Y-%m-%d-%H")
        hour.mkdir(parents=True, exist_ok=True)
        pa.parquet.write_table(
            pa.Table.from_pandas(table, preserve_index=False), hour / f"{number:06d}-1-0.parquet", compression="zstd"
        )


def _baseline(folder: Path, columns: int) -> None:
    from litmus.data import Target
    from litmus.monitor import baseline_of_table

    rng = np.random.default_rng(1)
    reference = _frame(100_000, columns, rng)
    chance = rng.beta(2, 5, len(reference))
    reference["answer"] = np.where(rng.random(len(reference)) < chance, "yes", "no")
    reference["prediction"] = np.where(chance > 0.5, "yes", "no")
    reference["probability.no"], reference["probability.yes"] = 1 - chance, chance
    schema = baseline_of_table(
        reference.drop(columns=["answer", "prediction", "probability.no", "probability.yes"])
    ).schema
    began = time.perf_counter()
    made = baseline_of_table(reference, schema=schema, target=Target(("answer",), "binary", ("no", "yes")))
    content = made.to_bytes()
    print(f"the baseline of {len(reference):,} rows: {time.perf_counter() - began:.1f} s, {len(content) / 1e3:.0f} kB")
    (folder / "model.baseline").write_bytes(content)


def _check(folder: str, baseline: str, kinds: str) -> None:
    from litmus.monitor import check
    from litmus.monitor.traffic import CapturedTraffic

    began = time.perf_counter()
    result = check(CapturedTraffic(Path(folder)), baseline=baseline, kinds=kinds.split(","), by=["column 3"])
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        json.dumps(
            {"rows": result.rows, "verdict": result.verdict, "seconds": round(seconds, 2), "peak GiB": round(memory, 2)}
        )
    )


if __name__ == "__main__":
    main()
