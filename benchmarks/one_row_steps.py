"""One row through a model whose first step is a user's text function: on litsdf tables, and on pandas frames, in one run.

The same fitted pipeline answers both times; the second time its function is handed a pandas frame, which is what a
function costs that cannot run on litsdf tables. The steps alone are timed (dict in, features out), and then the whole
answer of a linear model. Medians of interleaved rounds. Run: python benchmarks/one_row_steps.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import litmus
from litmus.data import conform

ROW = {"title": "  Refund PLEASE ", "body": "I was charged twice, order 8812", "price": 20.5, "country": "NL"}
ROUNDS, REPEATS = 15, 40


def prepare(df: Any) -> Any:
    df["title"] = df["title"].fillna("").str.strip().str.lower()
    df["body"] = df["body"].fillna("").str.replace(r"\d+", "0", regex=True)
    df["text"] = df["title"] + " " + df["body"]
    df["words"] = df["text"].str.count(" ") + 1
    df["urgent"] = df["text"].str.contains("refund|charged", regex=True)
    df["pay"] = df["price"].clip(0, 100) / (df["words"] + 1)
    return df


def rows(count: int) -> list[dict[str, Any]]:
    random = np.random.default_rng(0)
    words = np.array(["refund", "please", "charged", "twice", "thanks", "great", "order", "late", "where", "is", "my"])
    return [
        {
            "title": " ".join(random.choice(words, 3)),
            "body": " ".join(random.choice(words, 8)) + f" {number}",
            "price": float(random.lognormal(3)),
            "country": str(random.choice(["NL", "DE", "FR"])),
            "unhappy": bool(number % 3 == 0),
        }
        for number in range(count)
    ]


def microseconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    for _ in range(REPEATS):
        call()
    return (time.perf_counter() - started) / REPEATS * 1e6


def main() -> None:
    run = litmus.train(
        rows(2000), target="unhappy", algorithm="LinearModel", steps=[prepare], callbacks=[], executor="in_process"
    )
    model = run.best
    pipeline = model.pipelines[0]
    function = pipeline.steps[0]
    frame, _ = conform(ROW, model.schema)
    pandas_frame = frame.to_pandas()
    calls: dict[str, Callable[[], Any]] = {
        "the function, compiled, on a record": lambda: function.transform(frame),
        "the function on a record, not compiled": lambda: function.function(frame.copy()),
        "the function on a pandas frame": lambda: function.function(pandas_frame.copy(deep=False)),
        "all steps, from the dict": lambda: pipeline.features(conform(ROW, model.schema)[0]),
        "all steps, the row in a pandas frame": lambda: in_pandas(pipeline, conform(ROW, model.schema)[0].to_pandas()),
        "the whole answer": lambda: model.predict_proba(ROW),
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(ROUNDS):
        for name, call in calls.items():
            times[name].append(microseconds(call))
    median = {name: statistics.median(values) for name, values in times.items()}
    print("| one row | µs |\n|---|---:|")
    for name, value in median.items():
        print(f"| {name} | {value:,.0f} |")
    names = list(median)
    print(f"\nThe function: pandas takes {median[names[2]] / median[names[0]]:.0f} times as long.")
    print(f"All steps: with the row in pandas they take {median[names[4]] / median[names[3]]:.1f} times as long.")


def in_pandas(pipeline: Any, frame: Any) -> Any:
    """The features as a pipeline makes them whose function gets pandas frames, and whose row is held by pandas."""
    function, *others = pipeline.steps
    from litmus.steps import Encoder
    from litsdf.interchange import as_frame

    table = as_frame(function.function(frame.copy(deep=False)))
    for step in others:
        table = step.encode(table) and table if isinstance(step, Encoder) else step.transform(table)
    return table


if __name__ == "__main__":
    main()
