# ruff: noqa: SLF001  (lazy peers have no public way to compute now)
"""Time one peer on the three pipelines, in the environment of that peer; prints one JSON object a line.

python benchmarks/peers/measure.py PEER ROWS [ROWS …]

Each peer holds the table in its own form before the clock starts, and has computed its whole result when it stops.
"""

from __future__ import annotations

import copy
import json
import math
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from litsdf_pipelines import (
    SCHEMA,
    grouped,
    grouped_in_polars,
    numbers,
    numeric,
    numeric_in_polars,
    prepare,
    prepare_in_polars,
    table,
)

PIPELINES: dict[str, Callable[[Any], Any]] = {"text": prepare, "numeric": numeric, "group-by": grouped}
BUDGET_SECONDS = 2.0
SLOW_SECONDS = 10.0
PARTS = 4
"""In how many portions Dask gets a large table: one a core."""

Work = tuple[Callable[[], Any], Callable[[Any], Any]]
"""What is timed, and what makes a pandas table of its result."""


def _same(value: Any) -> Any:
    return value


def in_pandas(name: str, frame: Any) -> Work:
    return lambda: PIPELINES[name](frame.copy(deep=False)), _same


def in_polars(name: str, frame: Any) -> Work:
    import polars as pl

    query = {"text": prepare_in_polars, "numeric": numeric_in_polars, "group-by": grouped_in_polars}[name]
    lazy = pl.from_pandas(frame).lazy()
    return lambda: query(lazy).collect(), lambda made: made.to_pandas()


def in_dask(name: str, frame: Any) -> Work:
    import dask.dataframe as dd

    held = dd.from_pandas(frame, npartitions=PARTS if len(frame) > PARTS * 100 else 1, sort=False)
    if name == "group-by":

        def call() -> Any:
            made = held.groupby("country")["price"].agg(["sum", "mean", "count"]).compute()
            return made.sort_index().rename(columns={"sum": "total", "count": "rows"})

        return call, _same
    return lambda: held.map_partitions(PIPELINES[name]).compute(), _same


def in_bears(name: str, frame: Any) -> Work:
    """The fastest of its layouts that gives an answer; its reason where none does."""
    from bears import ScalableDataFrame

    function, reasons, found = PIPELINES[name], {}, {}
    for layout in ("record", "dict", "pandas") if len(frame) == 1 else ("dict", "pandas"):
        given = frame.to_dict("records")[0] if layout == "record" else frame
        try:
            held = ScalableDataFrame.of(given, layout=layout)
            call = _on_a_copy(function, held)
            call()
        except Exception as error:  # the reason is what is measured
            reasons[layout] = f"{type(error).__name__}: {str(error)[:100]}"
        else:
            start = time.perf_counter()
            call()
            found[layout] = (time.perf_counter() - start, call)
    if not found:
        raise RuntimeError("; ".join(f"{layout} layout: {reason}" for layout, reason in reasons.items()))
    fastest = min(found.values(), key=lambda pair: pair[0])[1]
    return fastest, lambda made: made.as_layout("pandas").raw() if hasattr(made, "as_layout") else made


def _on_a_copy(function: Callable[[Any], Any], held: Any) -> Callable[[], Any]:
    return lambda: function(copy.copy(held))


def in_fireducks(name: str, frame: Any) -> Work:
    import fireducks.pandas as library

    held = library.DataFrame(frame)
    held._evaluate()

    def call() -> Any:
        made = PIPELINES[name](held.copy(deep=False))
        made._evaluate()
        return made

    return call, lambda made: made.to_pandas()


def in_modin(name: str, frame: Any) -> Work:
    import modin.pandas as library
    from modin.utils import execute

    held = library.DataFrame(frame)
    execute(held)

    def call() -> Any:
        made = PIPELINES[name](held.copy())
        execute(made)
        return made

    return call, lambda made: made._to_pandas()


def in_litsdf(name: str, frame: Any) -> Work:
    import litsdf

    held = litsdf.DataFrame(frame)
    return lambda: PIPELINES[name](held.copy()), lambda made: made.to_pandas()


def in_litsdf_compiled(name: str, frame: Any) -> Work:
    """One row goes in and comes out as a dict, as a server would have it; more rows as a table."""
    import pandas as pd

    import litsdf

    compiled = litsdf.compile(PIPELINES[name], {"a": "float64", "b": "int64"} if name == "numeric" else SCHEMA)
    if len(frame) == 1 and name != "group-by":
        row = {
            key: None if value is None or value != value else value
            for key, value in frame.to_dict("records")[0].items()
        }
        return lambda: compiled(row), lambda made: pd.DataFrame([made])
    held = litsdf.DataFrame(frame)
    return lambda: compiled(held), lambda made: made.to_pandas()


PEERS: dict[str, Callable[[str, Any], Work]] = {
    "pandas": in_pandas, "polars": in_polars, "dask": in_dask, "bears": in_bears, "fireducks": in_fireducks,
    "modin": in_modin, "litsdf": in_litsdf, "litsdf-compiled": in_litsdf_compiled,
}  # fmt: skip


def milliseconds(call: Callable[[], Any]) -> float:
    """Median over the calls that fit into the budget, three at least, or one that is slow, without the first."""
    call()
    times: list[float] = []
    while (len(times) < 3 and sum(times) < SLOW_SECONDS) or (sum(times) < BUDGET_SECONDS and len(times) < 500):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def plain(frame: Any) -> dict[str, list[Any]]:
    """The values as JSON holds them; missing ones as None, the keys of groups as a column."""
    frame = frame.reset_index() if frame.index.name else frame
    columns = {}
    for name in frame.columns:
        values = [None if value is None or value != value else value for value in frame[name].tolist()]
        columns[str(name)] = [
            round(value, 9) if isinstance(value, float) and math.isfinite(value) else value for value in values
        ]
    return columns


def measured(peer: str, sizes: list[int]) -> Iterator[dict[str, Any]]:
    for rows in sizes:
        for name in PIPELINES:
            frame = numbers(rows) if name == "numeric" else table(rows)
            line: dict[str, Any] = {"pipeline": name, "rows": rows}
            try:
                call, as_pandas = PEERS[peer](name, frame)
                if rows <= 1_000:
                    line["values"] = plain(as_pandas(call()))
                line["ms"] = milliseconds(call)
            except Exception as error:  # what a peer cannot run is part of the table
                line["error"] = f"{type(error).__name__}: {str(error)[:300]}"
            yield line


def main() -> None:
    warnings.simplefilter("ignore")
    out = os.fdopen(os.dup(1), "w")  # libraries print to the standard output
    os.dup2(2, 1)
    for line in measured(sys.argv[1], [int(text) for text in sys.argv[2:]]):
        out.write(json.dumps(line) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
