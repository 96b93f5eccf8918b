"""The peers side by side on the text, numeric and group-by pipelines, each in the environment that it needs.

sh benchmarks/peers/make
python benchmarks/litsdf_peers.py [rows …]        default: 1 1000 1000000

Every peer runs in a process of its own (`benchmarks/peers/measure.py`), one after the other. Results of up to 1,000 rows
are compared with those of pandas 3. What a peer cannot run is a dash, with its reason below the table.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PEERS = (
    ("pandas", "", ("pandas",)),
    ("polars", "", ("polars",)),
    ("dask", "dask", ("dask", "pandas")),
    ("bears", "bears", ("bears", "pandas")),
    ("fireducks", "fireducks", ("fireducks", "pandas")),
    ("modin", "modin", ("modin", "pandas")),
    ("litsdf", "", ()),
    ("litsdf-compiled", "", ()),
)
"""Name, environment under `benchmarks/.envs` (none: this one), and the packages whose versions are told."""
TITLES = {
    "polars": "lazy Polars by hand", "dask": "Dask by hand", "litsdf": "litsdf, eager",
    "litsdf-compiled": "litsdf, compiled",
}  # fmt: skip
PIPELINES = ("text", "numeric", "group-by")
LIMIT_SECONDS = 150
"""What one peer may take for all pipelines at one size; four times that from 1,000,000 rows on."""


@dataclass
class Measured:
    """What one peer gave."""

    title: str
    cells: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


def run(peer: str, environment: str, packages: tuple[str, ...], sizes: list[int]) -> Measured:
    python = HERE / ".envs" / environment / "bin" / "python" if environment else Path(sys.executable)
    measured = Measured(TITLES.get(peer, peer))
    if not python.exists():
        measured.reasons.append(f"{peer}: not installed; run sh benchmarks/peers/make {environment}")
        return measured
    measured.title += _versions(python, packages)
    settings = {**os.environ, "MODIN_ENGINE": "dask"}
    if environment:
        settings.pop("PYTHONPATH", None)
    for rows in sizes:  # a process for each size: one that hangs or dies leaves the others
        command = [str(python), str(HERE / "peers" / "measure.py"), peer, str(rows)]
        limit = LIMIT_SECONDS * (
            4 if rows >= 1_000_000 and peer != "modin" else 1
        )  # Modin takes minutes for 1,000 rows
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit, env=settings)
            printed, ending = done.stdout, done.stderr.strip().rpartition("\n")[2]
        except subprocess.TimeoutExpired as error:
            held = error.stdout or b""
            printed = held.decode() if isinstance(held, bytes) else held
            ending = f"nothing more within {limit} s"
        for line in printed.splitlines():
            cell = json.loads(line)
            measured.cells[cell["pipeline"], rows] = cell
        for name in PIPELINES:
            measured.cells.setdefault((name, rows), {"error": ending or "no answer"})
    return measured


def _versions(python: Path, packages: tuple[str, ...]) -> str:
    if not packages:
        return ""
    code = "import importlib.metadata as m, sys; print(*(m.version(name) for name in sys.argv[1:]))"
    done = subprocess.run([str(python), "-c", code, *packages], capture_output=True, text=True, check=True)
    own, *others = done.stdout.split()
    return f" {own}" + (f" (pandas {others[0]})" if others else "")


def same(left: Any, right: Any) -> bool:
    """Whether two results hold the same values; floats to nine digits, whole numbers and floats of one value alike."""
    if isinstance(left, dict):
        return isinstance(right, dict) and set(left) == set(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return math.isclose(left, right, rel_tol=1e-8, abs_tol=1e-8)
    return bool(left == right)


def main() -> None:
    sizes = [int(text) for text in sys.argv[1:]] or [1, 1_000, 1_000_000]
    keys = [(name, rows) for name in PIPELINES for rows in sizes]
    print("| milliseconds | " + " | ".join(f"{name}, {rows:,}" for name, rows in keys) + " |")
    print("|---|" + "---:|" * len(keys))
    expected: dict[tuple[str, int], Any] = {}
    notes: list[str] = []
    for peer, environment, packages in PEERS:
        measured = run(peer, environment, packages, sizes)
        notes += measured.reasons
        shown = []
        for key in keys:
            cell = measured.cells.get(key, {})
            values = cell.get("values")
            if peer == "pandas":
                expected[key] = values
            other = values is not None and expected.get(key) is not None and not same(expected[key], values)
            if other:
                notes.append(f"{measured.title}: {key[0]}, {key[1]:,} rows: another result than pandas")
            if "ms" not in cell:
                shown.append("-")
                notes.append(f"{measured.title}: {key[0]}, {key[1]:,} rows: {cell.get('error', 'not run')}")
            else:
                shown.append((f"{cell['ms']:.2g}" if cell["ms"] < 1 else f"{cell['ms']:,.1f}") + ("*" if other else ""))
        print(f"| {measured.title} | " + " | ".join(shown) + " |", flush=True)
    print("\n" + "\n".join(notes))


if __name__ == "__main__":
    main()
