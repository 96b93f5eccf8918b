"""Peak memory of a run on a big table, over what the same run takes on a tiny one, as a multiple of the table.

Counted: the proportional set size (PSS) of the process and all its workers, sampled every 50 ms, so that shared pages
count once. Few rounds: they cost time, not memory. The tiny table's run stands for the libraries' own baseline. Each run is
also made with one fit a core (`workers`), which is what small tables get by default, to show what the memory costs in time.
Lines say what fits by hand add for the same rows, each in a process of its own: one of each library, and as many side by
side as there are cores, which is what a run does. That part is the libraries', whoever calls them.
Run: .venv/bin/python benchmarks/memory.py [COPIES ...]
"""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import psutil
import tables

from litmus.resources import available_cpus

NAME, TARGET = "give_me_some_credit", "SeriousDlqin2yrs"
SCRIPT = """
import json, sys, litmus
known = {"LightGBM": litmus.LightGBM(n_estimators=20), "XGBoost": litmus.XGBoost(n_estimators=20)}
algorithms = [known.get(name, name) for name in sys.argv[3].split("+")]
resources = {"train": json.loads(sys.argv[4])}
litmus.train(sys.argv[1], target=sys.argv[2], algorithm=algorithms, k_fold=5, resources=resources, callbacks=[])
"""

BY_HAND = """
import sys, threading, numpy as np, pandas as pd, psutil, lightgbm, xgboost, sklearn.linear_model
frame, process, seen, done = pd.read_parquet(sys.argv[1]), psutil.Process(), [], threading.Event()
y = frame.pop(sys.argv[2]).to_numpy()
rows = np.arange(len(y)) % 5 > 0
before = process.memory_full_info().pss
def watch():
    while not done.wait(0.02):
        seen.append(process.memory_full_info().pss)
watching = threading.Thread(target=watch)
watching.start()
X, y = frame.to_numpy(dtype=np.float32)[rows], y[rows]
if sys.argv[3] == "LightGBM":
    lightgbm.train({"objective": "binary", "num_threads": 1, "verbosity": -1}, lightgbm.Dataset(X, y), 20)
elif sys.argv[3] == "XGBoost":
    xgboost.train({"objective": "binary:logistic", "nthread": 1}, xgboost.DMatrix(X, y), 20)
else:
    sklearn.linear_model.LogisticRegression(max_iter=1000).fit(np.nan_to_num((X - np.nanmean(X, 0)) / np.nanstd(X, 0)), y)
done.set()
watching.join()
print(max(seen) - before)
"""


def by_hand(path: Path, libraries: Sequence[str]) -> float:
    """What fits of libraries on four fifths of the rows, side by side, add to their processes together, in bytes."""
    commands = [[sys.executable, "-c", BY_HAND, str(path), TARGET, library] for library in libraries]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    return sum(float(process.communicate()[0]) for process in processes)


def peak(path: Path, algorithms: str, workers: int | None = None) -> tuple[float, float]:
    """Largest PSS, in bytes, of a training process and its workers, and its seconds."""
    allowed = json.dumps({} if workers is None else {"workers": workers})
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(path), TARGET, algorithms, allowed])
    watched, largest = psutil.Process(process.pid), 0.0
    while process.poll() is None:
        total = 0
        with contextlib.suppress(psutil.Error):
            for one in [watched, *watched.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    total += one.memory_full_info().pss
        largest = max(largest, total)
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"The run on {path.name} failed, so nothing was measured.")
    return largest, time.perf_counter() - started


def enlarged(frame: pd.DataFrame, copies: int) -> pd.DataFrame:
    """So many copies of a table, no row equal to another."""
    big = pd.concat([frame] * copies, ignore_index=True)
    for column in big.select_dtypes("number"):
        if column != TARGET and big[column].nunique() > 1000:
            big[column] = big[column] + big.groupby(column).cumcount() * 1e-6
    return big


def main() -> None:
    frame = tables.read(NAME)
    if frame is None:
        print(f"{NAME} is not beside this checkout: skipped")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.groupby(TARGET, group_keys=False).head(100).to_parquet(folder / "small.parquet")
        for copies in map(int, sys.argv[1:] or (16, 1)):
            big = enlarged(frame, copies)
            size = float(big.memory_usage(deep=True).sum())
            big.to_parquet(folder / "big.parquet")
            print(f"{NAME} x{copies}: {len(big):,} rows, {size / 1e6:.0f} MB in memory", flush=True)
            libraries = ("LightGBM", "XGBoost", "LinearModel")
            for library in libraries:
                added = by_hand(folder / "big.parquet", [library])
                print(f"  one fit of {library} by hand adds {added / 1e6:.0f} MB", flush=True)
            for named in (libraries, libraries[:1], libraries[1:2]):
                fits = [library for library, _ in zip(itertools.cycle(named), range(available_cpus()), strict=False)]
                added = by_hand(folder / "big.parquet", fits)
                print(
                    f"  {len(fits)} fits of {' and '.join(named)} side by side by hand add {added / 1e6:.0f} MB, "
                    f"{added / size:.1f} times the table",
                    flush=True,
                )
            for algorithms in ("LightGBM+XGBoost+LinearModel", "LightGBM", "XGBoost"):
                base, _ = peak(folder / "small.parquet", algorithms)
                for workers in (None, available_cpus()):
                    used, seconds = peak(folder / "big.parquet", algorithms, workers)
                    print(
                        f"  {algorithms}, {'by default' if workers is None else f'{workers} workers'}: baseline "
                        f"{base / 1e6:.0f} MB, peak {used / 1e6:.0f} MB, {(used - base) / size:.1f} times the table, "
                        f"{seconds:.0f} s",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
