"""How long `import litmus`, `import litsdf` and `litmus --help` take, beyond starting Python. Medians of 15 runs.

Run: .venv/bin/python benchmarks/startup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path


def seconds(*command: str) -> float:
    times = []
    for _ in range(15):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    empty = seconds(sys.executable, "-c", "pass")
    print(f"python              {empty * 1e3:6.0f} ms")
    for module in ("litmus", "litsdf"):
        print(f"import {module:<12} {(seconds(sys.executable, '-c', f'import {module}') - empty) * 1e3:6.0f} ms more")
    print(f"litmus --help       {seconds(str(Path(sys.executable).parent / 'litmus'), '--help') * 1e3:6.0f} ms in all")


if __name__ == "__main__":
    main()
