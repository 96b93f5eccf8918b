"""How surely and how soon planted changes are found, and how often quiet streams alarm.

    python benchmarks/drift_detection.py [--choosing] [--streams 4] [--quiet 6] [--seed 0]

Tables of ../shared/data; a model is trained on half of each, the other half is dealt into streams of windows of 200 to 500 rows. A stream
has four windows as they are and two with one change: the mean of a column (0.5 to 1 standard deviation), a new category (5 to 20 %
of the rows), a burst of missing values (10 to 40 %), flipped labels (20 to 30 %), or numbers that go together turned by 45
degrees. Quiet streams have ten windows as they are. A change is found when the verdict of its first or second window is
"warning" or "alarm". A quiet stream is a false alarm when the verdict of any of its ten windows is. The limits are those that `check` has
by default; they were chosen on other tables (`--choosing`).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
from drift_streams import CHOOSING, PLANTED_AT, PLANTS, REPORTING, ready, stream

from litmus.monitor import check


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--choosing", action="store_true")
    parser.add_argument("--streams", type=int, default=4, help="of each kind and table")
    parser.add_argument("--quiet", type=int, default=6, help="quiet streams of each table")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tables", nargs="*")
    parser.add_argument("--keep", help="a file to add the streams to, to put several runs together")
    parser.add_argument("--show", nargs="*", help="files that were kept: show them together, and run nothing")
    asked = parser.parse_args()
    if asked.show:
        show(pd.concat([pd.read_json(file, lines=True) for file in asked.show]))
        return
    found = []
    for table in CHOOSING if asked.choosing else REPORTING:
        if asked.tables and table.name not in asked.tables:
            continue
        began = time.perf_counter()
        made = ready(table, asked.seed)
        if made is None:
            print(f"{table.name}: too few rows", flush=True)
            continue
        trained = time.perf_counter() - began
        rng = np.random.default_rng([asked.seed, 5])
        for plant in (*PLANTS, None):
            for number in range(asked.quiet if plant is None else asked.streams):
                dealt = stream(made, plant, rng)
                if dealt is None:
                    continue
                rows, what = dealt
                result = check(rows, baseline=made.baseline, window=made.rows, seed=number)
                noticed = [window.verdict in ("warning", "alarm") for window in result.windows]
                alarms = [window.verdict == "alarm" for window in result.windows]
                by = {
                    kind
                    for window in result.windows
                    for kind, verdict in window.kinds.items()
                    if verdict in ("warning", "alarm")
                }
                row = {
                    "table": table.name,
                    "plant": plant or "quiet",
                    "what": what,
                    "found": any(noticed[PLANTED_AT : PLANTED_AT + 2]),
                    "at once": noticed[PLANTED_AT],
                    "found as alarm": any(alarms[PLANTED_AT : PLANTED_AT + 2]),
                    "early": any(noticed[:PLANTED_AT]),
                    "any": any(noticed),
                    "any alarm": any(alarms),
                    "windows": sum(noticed),
                    "by": ", ".join(sorted(by)),
                }
                found.append(row)
                if asked.keep:
                    with Path(asked.keep).open("a") as out:
                        out.write(json.dumps(row) + "\n")
                if (plant and not row["found"]) or row["early"] or (not plant and row["any"]):
                    print(
                        "   look:",
                        {name: row[name] for name in ("table", "plant", "what", "found", "early", "windows", "by")},
                        flush=True,
                    )
        print(
            f"{table.name}: windows of {made.rows}, trained in {trained:.0f} s, all in {time.perf_counter() - began:.0f} s",
            flush=True,
        )
    show(pd.DataFrame(found))


def show(found: pd.DataFrame) -> None:
    planted, quiet = found[found["plant"] != "quiet"], found[found["plant"] == "quiet"]
    by_plant = planted.groupby("plant")[["found", "at once", "found as alarm", "early"]].mean().round(3)
    print(by_plant.assign(streams=planted.groupby("plant").size()))
    print(f"\n{len(found)} streams: {len(planted)} with a change, {len(quiet)} quiet")
    print(
        f"changes found within 2 windows: {planted['found'].mean():.1%} (at once {planted['at once'].mean():.1%}; as an alarm {planted['found as alarm'].mean():.1%})"
    )
    print(
        f"quiet streams with any warning or alarm in 10 windows: {quiet['any'].mean():.1%}; with an alarm {quiet['any alarm'].mean():.1%}; of their windows {quiet['windows'].sum() / (10 * len(quiet)):.2%}"
    )
    print(f"streams with a warning before their change ({PLANTED_AT} windows): {planted['early'].mean():.1%}")


if __name__ == "__main__":
    main()
