"""How well the time limit of a run holds: wall time of whole calls on tables from small to many classes.

usage: time_limits.py [--seconds 30 60] [--tables letter adult …]

Prints a line a run and then a table: the limit, the seconds the call took, by how much that is beyond the limit, and what is
allowed (2 % and 2 s); what was best, how many trials were ranked, and the megabytes of its bundle. Tables are those beside
this checkout, training rows as in `automl_scores.py`; without them nothing is measured. Each run is a process of its own, one
after the other.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings

from automl_scores import OBJECTIVES, SHARED, TABLES, split

OTHERS = {"german_credit": ("class", "binary")}
DEFAULT = ("letter", "adult", "phoneme", "diamonds", "german_credit")


def measure(name: str, seconds: float) -> dict[str, object]:
    """One run, timed from the call to its return."""
    import litmus
    from litmus.store import Store

    train_model = litmus.train  # imported now: the limit is of the call

    target, task = TABLES[name]
    train, _ = split(name, target, task)
    load = os.getloadavg()[0]
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = litmus.TaskData.create(name=name, data={"train": train}, target=target, split=litmus.NoSplit())
        run = train_model(data, objective=OBJECTIVES[task], time_limit=seconds, callbacks=[])
    wall = time.perf_counter() - started
    version = run.versions.get(name)
    size = 0.0 if version is None else Store().find(version).path.stat().st_size / 1e6
    ranked = sum(row.rank is not None for row in run.leaderboard.rows)
    return {
        "table": name, "limit": seconds, "wall": round(wall, 1), "over": round(wall - seconds, 1),
        "allowed": round(0.02 * seconds + 2, 1), "best": run.leaderboard.best().name, "ranked": ranked,
        "bundle_mb": round(size, 1), "kept": version is not None, "load_before": round(load, 1),
    }  # fmt: skip


def table(lines: list[dict[str, object]]) -> str:
    """The lines as a table."""
    names = list(lines[0])
    out = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    return "\n".join([*out, *("| " + " | ".join(str(line[name]) for name in names) + " |" for line in lines)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, nargs="*", default=[30, 60])
    parser.add_argument("--tables", nargs="*", default=list(DEFAULT))
    parser.add_argument("--one", action="store_true", help="measure the first table and limit in this process")
    given = parser.parse_args()
    TABLES.update(OTHERS)
    if not (SHARED / "data").exists():
        print("The real tables are not beside this checkout: nothing is measured.")
        return
    if given.one:
        print(json.dumps(measure(given.tables[0], given.seconds[0])))
        return
    lines = []
    for name in given.tables:
        for seconds in given.seconds:
            command = [sys.executable, __file__, "--one", "--tables", name, "--seconds", str(seconds)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=4 * seconds + 120)
            if done.returncode:
                print(f"{name}, {seconds:g} s failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
                continue
            lines.append(json.loads(done.stdout.splitlines()[-1]))
            print(json.dumps(lines[-1]), flush=True)
    if lines:
        print("\n" + table(lines))


if __name__ == "__main__":
    main()
