"""Moving rows and columns: pandas' time ÷ ours, per operation, layout and number of rows, in one run.

python benchmarks/litsdf_structure.py 1000 1000000
python benchmarks/litsdf_structure.py 1000000 merge shift    # only these
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

import litsdf

LAYOUTS = ("numpy", "polars")
Operation = Callable[[dict[str, Any], Any], Any]


def tables(rows: int) -> dict[str, pd.DataFrame]:
    """Text, categories, numbers, dates and truth values; one in ten texts and floats is missing."""
    random = np.random.default_rng(0)
    there = random.random(rows) > 0.1
    many, few = np.array([f"name {i}" for i in range(rows)]), np.array([f"city {i}" for i in range(200)])
    frame = pd.DataFrame({
        "name": pd.Series(many[random.integers(0, rows, rows)], dtype="str").where(pd.Series(there)),
        "city": pd.Series(few[random.integers(0, 200, rows)], dtype="str"),
        "kind": pd.Categorical.from_codes(list(random.integers(0, 5, rows)), pd.Index(list("abcde"))),
        "key": random.integers(0, max(rows // 10, 1), rows),
        "price": np.where(random.random(rows) > 0.1, random.random(rows), np.nan),
        "day": np.datetime64("2020-01-01", "us") + random.integers(0, 2000, rows).astype("timedelta64[D]"),
        "sold": random.random(rows) > 0.5,
    })  # fmt: skip
    keys = max(rows // 10, 1)
    small = pd.DataFrame({
        "key": random.permutation(keys), "label": pd.Series([f"label {i}" for i in range(keys)], dtype="str"),
    })  # fmt: skip
    cities = pd.DataFrame({"city": pd.Series(few, dtype="str"), "people": np.arange(200)})
    labelled = frame.set_index(pd.Index(random.permutation(rows), name="row"))
    return {"frame": frame, "small": small, "cities": cities, "labelled": labelled, "flags": frame[["sold"]]}


def operations(rows: int) -> dict[str, Operation]:
    """Name → what is timed, given the tables and the library (pandas or litsdf)."""
    random = np.random.default_rng(1)
    some, order = random.integers(0, rows, rows // 2), random.permutation(rows)
    return {
        "take": lambda t, _: t["frame"].take(some),
        "iloc": lambda t, _: t["frame"].iloc[some],
        "loc labels": lambda t, _: t["labelled"].loc[order[: rows // 2]],
        "text take": lambda t, _: t["frame"]["name"].take(some),
        "mask": lambda t, _: t["frame"][t["frame"]["sold"]],
        "loc mask": lambda t, _: t["frame"].loc[t["frame"]["sold"], ["name", "kind", "price"]],
        "slice": lambda t, _: t["frame"].iloc[rows // 4 : rows // 2],
        "head": lambda t, _: t["frame"].head(rows // 2),
        "shift": lambda t, _: t["frame"].shift(1),
        "dropna": lambda t, _: t["frame"].dropna(),
        "column dropna": lambda t, _: t["frame"]["name"].dropna(),
        "isna": lambda t, _: t["frame"].isna(),
        "concat": lambda t, library: library.concat([t["frame"], t["frame"]]),
        "concat beside": lambda t, library: library.concat([t["frame"], t["flags"].add_prefix("x")], axis=1),
        "merge on int": lambda t, _: t["frame"].merge(t["small"], on="key"),
        "merge left on int": lambda t, _: t["frame"].merge(t["small"], on="key", how="left"),
        "merge on text": lambda t, _: t["frame"].merge(t["cities"], on="city", how="left"),
        "drop_duplicates text": lambda t, _: t["frame"].drop_duplicates("name"),
        "drop_duplicates two": lambda t, _: t["frame"].drop_duplicates(["city", "key"]),
        "drop_duplicates all": lambda t, _: t["frame"].drop_duplicates(),
        "column unique": lambda t, _: t["frame"]["name"].drop_duplicates(),
        "sort_values int": lambda t, _: t["frame"].sort_values("key"),
        "sort_values text": lambda t, _: t["frame"].sort_values("name"),
        "sort_values two": lambda t, _: t["frame"].sort_values(["city", "price"]),
        "column sort_values": lambda t, _: t["frame"]["name"].sort_values(),
        "nlargest": lambda t, _: t["frame"].nlargest(10, "price"),
        "sort_index": lambda t, _: t["labelled"].sort_index(),
        "reindex": lambda t, _: t["frame"].reindex(order + 5),
        "set_index": lambda t, _: t["frame"].set_index("name"),
        "reset_index": lambda t, _: t["labelled"].reset_index(),
        "melt": lambda t, _: t["frame"].melt(id_vars=["name"], value_vars=["key", "price"]),
        "get_dummies": lambda t, library: library.get_dummies(t["frame"][["kind", "price"]]),
        "insert column": lambda t, _: t["frame"].assign(more=t["frame"]["key"]),
    }


def seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measured(operation: Operation, held: dict[str, tuple[dict[str, Any], ModuleType]], rounds: int) -> dict[str, float]:
    """Median time by library, taken in turns."""
    times: dict[str, list[float]] = {name: [] for name in held}
    for turn in range(rounds + 1):
        for name, (given, library) in held.items():
            took = seconds(lambda given=given, library=library: operation(given, library))  # type: ignore[misc]
            if turn:
                times[name].append(took)
    return {name: statistics.median(values) for name, values in times.items()}


def measure(rows: int, wanted: list[str]) -> None:
    plain = tables(rows)
    held: dict[str, tuple[dict[str, Any], ModuleType]] = {"pandas": (plain, pd)}
    for layout in LAYOUTS:
        held[layout] = ({name: litsdf.DataFrame(t, layout=layout) for name, t in plain.items()}, litsdf)
    print(f"\n| {rows:,} rows | pandas ms | pandas ÷ numpy | pandas ÷ polars |\n|---|---:|---:|---:|")
    for name, operation in operations(rows).items():
        if wanted and not any(part in name for part in wanted):
            continue
        found = measured(operation, held, 3 if rows > 200_000 else 15)
        ratios = " | ".join(f"{found['pandas'] / found[layout]:.2f}" for layout in LAYOUTS)
        print(f"| {name} | {found['pandas'] * 1000:.2f} | {ratios} |", flush=True)


def main() -> None:
    numbers = [int(text) for text in sys.argv[1:] if text.isdigit()]
    wanted = [text for text in sys.argv[1:] if not text.isdigit()]
    for rows in numbers or [1_000, 1_000_000]:
        measure(rows, wanted)


if __name__ == "__main__":
    main()
