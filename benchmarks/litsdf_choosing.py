"""A mixed load of 1 … 10⁶ rows: the best fixed layout per size, the threshold, and the bandit, on times measured here.

python benchmarks/litsdf_choosing.py [largest number of rows] [calls]

Every layout is timed several times on every pipeline and size; the policies then choose, call by call, and are charged
one of the measured times of the layout that they chose. A ratio of 1.10 is 10 % more time than the best fixed layout.
"""

from __future__ import annotations

import math
import random
import statistics
import sys
import time
from typing import Any

from litsdf_pipelines import grouped, numbers, numeric, prepare, table

import litsdf
from litsdf.choose import Thresholds, choose_layout

SIZES = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
LAYOUTS = ("record", "numpy", "pandas", "polars")
PIPELINES = {"text": (prepare, table), "numeric": (numeric, numbers), "groups": (grouped, table)}


def sampled(largest: int) -> dict[tuple[str, int], dict[str, list[float]]]:
    pools: dict[tuple[str, int], dict[str, list[float]]] = {}
    for name, (function, make) in PIPELINES.items():
        for rows in [size for size in SIZES if size <= largest]:
            source: Any = make(rows)
            layouts = [layout for layout in LAYOUTS if layout != "record" or rows == 1]
            held = {layout: litsdf.DataFrame(source, layout=layout) for layout in layouts}
            times: dict[str, list[float]] = {layout: [] for layout in layouts}
            for turn in range(3 if rows > 100_000 else 12):
                for layout, frame in held.items():
                    start = time.perf_counter()
                    function(frame.copy())
                    if turn:  # the first call warms up
                        times[layout].append(time.perf_counter() - start)
            pools[name, rows] = times
    return pools


def main() -> None:
    largest, calls = int((sys.argv[1:] or ["1000000"])[0]), int((sys.argv[2:] or ["4000"])[0])
    pools = sampled(largest)
    best = {key: min(statistics.mean(times) for times in layouts.values()) for key, layouts in pools.items()}
    medians = {
        (name, rows, layout): statistics.median(times)
        for (name, rows), layouts in pools.items()
        for layout, times in layouts.items()
    }
    sizes = sorted({rows for _, rows in pools})
    fixed = {
        rows: min(
            (layout for layout in LAYOUTS if layout in pools["text", rows]),
            key=lambda layout: sum(math.log(medians[name, rows, layout]) for name in PIPELINES),
        )
        for rows in sizes
    }
    from litsdf.calibrate import best_thresholds

    measured = best_thresholds(medians)
    generator = random.Random(0)
    bandit = litsdf.LayoutBandit(layouts=LAYOUTS)
    spent: dict[tuple[str, int], list[float]] = {}
    policies = {
        "best fixed layout per size": lambda _, rows: fixed[rows],
        "default thresholds": lambda _, rows: choose_layout(rows, Thresholds()),
        f"thresholds measured here (numpy {measured.numpy:,}, pandas {measured.pandas:,})": lambda _, rows: (
            choose_layout(rows, measured)
        ),
        "bandit": bandit.choose,
    }
    for _ in range(calls):
        name, rows = generator.choice(list(pools))
        for policy, choose in policies.items():
            layout = choose(name, rows)
            seconds = generator.choice(pools[name, rows][layout])
            if policy == "bandit":
                bandit.observe(name, rows, layout, seconds)
            spent.setdefault((policy, rows), []).append(seconds / best[name, rows])
    print(
        "| time ÷ the best layout for the pipeline and size | " + " | ".join(f"{rows:,}" for rows in sizes) + " | all |"
    )
    print("|---|" + "---:|" * (len(sizes) + 1))
    for policy in policies:
        means = [statistics.mean(spent[policy, rows]) for rows in sizes]
        print(f"| {policy} | " + " | ".join(f"{mean:.2f}" for mean in means) + f" | {statistics.mean(means):.2f} |")


if __name__ == "__main__":
    main()
