"""Peak memory of a run on a big table, over what the same run takes on a tiny one, as a multiple of the table.

Counted: the proportional set size (PSS) of the process and all its workers, sampled every 50 ms, so that shared pages
count once. Few rounds: they cost time, not memory. The tiny table's run stands for the libraries' own baseline. Run: .venv/bin/python benchmarks/memory.py [TABLE TARGET]
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import psutil
import tables

SCRIPT = """
import sys, litmus
algorithms = [litmus.LightGBM(n_estimators=20), litmus.XGBoost(n_estimators=20), "LinearModel"]
resources = {"train": {"memory": sys.argv[3]}} if sys.argv[3] else None
litmus.train(sys.argv[1], target=sys.argv[2], algorithm=algorithms, k_fold=5, resources=resources, callbacks=[])
"""


def peak(path: Path, target: str, memory: str = "") -> float:
    """Largest PSS, in bytes, of a training process and its workers."""
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(path), target, memory])
    watched, largest = psutil.Process(process.pid), 0.0
    while process.poll() is None:
        total = 0
        with contextlib.suppress(psutil.Error):
            for one in [watched, *watched.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    total += one.memory_full_info().pss
        largest = max(largest, total)
        time.sleep(0.05)
    return largest


def main() -> None:
    name, target = (sys.argv[1:] or ["give_me_some_credit", "SeriousDlqin2yrs"])[:2]
    frame = tables.read(name)
    if frame is None:
        print(f"{name} is not beside this checkout: skipped")
        return
    with tempfile.TemporaryDirectory() as folder:
        for copies in (16, 1):
            big = pd.concat([frame] * copies, ignore_index=True)
            for column in big.select_dtypes("number"):
                if column != target and big[column].nunique() > 1000:
                    big[column] = big[column] + big.groupby(column).cumcount() * 1e-6  # no row is a copy of another
            small = frame.groupby(target, group_keys=False).head(100)
            big.to_parquet(Path(folder) / "big.parquet")
            small.to_parquet(Path(folder) / "small.parquet")
            size = float(big.memory_usage(deep=True).sum())
            base = peak(Path(folder) / "small.parquet", target)
            for memory in ("", str(int(4 * size))):
                used = peak(Path(folder) / "big.parquet", target, memory)
                print(
                    f"{name} x{copies}: {len(big):,} rows, {size / 1e6:.0f} MB in memory; memory={memory or 'unlimited'}; "
                    f"baseline {base / 1e6:.0f} MB, peak {used / 1e6:.0f} MB, {(used - base) / size:.1f} times the table",
                    flush=True,
                )


if __name__ == "__main__":
    main()
