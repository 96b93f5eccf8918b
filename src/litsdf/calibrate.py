"""Measure on this machine up to how many rows each layout is the fastest."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import combinations_with_replacement, pairwise
from typing import Any

from litsdf.choose import Thresholds

__all__ = ["SIZES", "best_thresholds", "measure"]

SIZES = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
_WORDS = ("Great <b>sound</b>", "20 hours of BATTERY", "it's light! ", " a blue case;", None)
_BUDGET_SECONDS = 0.5
"""What the measuring of one layout on one function at one size may take, beyond its first call."""


def _text(df: Any) -> Any:
    df["words"] = df["words"].fillna("").str.lower().str.replace(r"[^a-z0-9 ]+", " ", regex=True).str.strip()
    df["length"] = df["words"].str.len()
    return df


def _numeric(df: Any) -> Any:
    df["ratio"] = df["x"] / (df["n"] + 1)
    df["scaled"] = ((df["x"].fillna(1.5) - 1.5) / 0.7).clip(-3, 3)
    df["flag"] = df["x"].isna() | (df["n"] == 0)
    return df


def _grouped(df: Any) -> Any:
    return df.groupby("key").agg(total=("x", "sum"), rows=("n", "count"))


FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {"text": _text, "numeric": _numeric, "groups": _grouped}


def _table(rows: int) -> Any:
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(0)
    missing = random.random(rows) < 0.1
    return pd.DataFrame({
        "words": pd.Series([_WORDS[i] for i in random.integers(0, len(_WORDS), rows)], dtype="str"),
        "x": np.where(missing, np.nan, random.normal(size=rows)), "n": random.integers(0, 9, rows),
        "key": pd.Series([f"k{i}" for i in random.integers(0, 8, rows)], dtype="str"),
    })  # fmt: skip


def _seconds(call: Callable[[], Any]) -> float:
    """Median over as many calls as the budget allows, without the first."""
    start = time.perf_counter()
    call()
    times = [time.perf_counter() - start]
    spent = 0.0
    while spent < _BUDGET_SECONDS and len(times) < 30 and times[0] < 4 * _BUDGET_SECONDS:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
        spent += times[-1]
    return statistics.median(times[1:] or times)


def _on_a_copy(function: Callable[[Any], Any], held: Any) -> Any:
    return function(held.copy())


def measure(sizes: Sequence[int] = SIZES) -> Iterator[tuple[str, int, str, float]]:
    """Time each function in each installed layout at each size: gives (function, rows, layout, seconds)."""
    from litsdf.frame import DataFrame

    layouts = ["record", "numpy", "pandas", *(["polars"] if find_spec("polars") else [])]
    for rows in sizes:
        table = _table(rows)
        for layout in layouts:
            if layout == "record" and rows != 1:
                continue
            held = DataFrame(table, layout=layout)
            for name, function in FUNCTIONS.items():
                yield name, rows, layout, _seconds(partial(_on_a_copy, function, held))


def best_thresholds(times: Mapping[tuple[str, int, str], float]) -> Thresholds:
    """Give the thresholds that lose the least against the fastest layout, over functions and sizes alike.

    Args:
        times: seconds by function, number of rows and layout.

    >>> best_thresholds({("f", 10, "numpy"): 1, ("f", 10, "pandas"): 2, ("f", 1000, "numpy"): 9, ("f", 1000, "pandas"): 2})
    Thresholds(record=1, numpy=100, pandas=100)
    """
    sizes = sorted({rows for _, rows, _ in times if rows > 1})
    functions = {name for name, _, _ in times}
    between = [1, *(round(math.sqrt(a * b)) for a, b in pairwise(sizes)), 10**12]

    def loss(limits: tuple[int, int]) -> float:
        lost = 0.0
        for rows in sizes:
            layout = "numpy" if rows <= limits[0] else "pandas" if rows <= limits[1] else "polars"
            for name in functions:
                fastest = min(t for (f, r, _), t in times.items() if f == name and r == rows)
                lost += math.log(times.get((name, rows, layout), math.inf) / fastest)
        return lost

    # where Polars is not there, pandas holds all larger tables, whatever its limit says
    has_polars = any(layout == "polars" for _, _, layout in times)
    choices = combinations_with_replacement(between, 2)
    if not has_polars:
        numpy = min((limits for limits in choices if limits[1] == 10**12), key=loss)[0]
        return Thresholds(1, numpy, numpy)
    return Thresholds(1, *min(choices, key=loss))
