"""Features of one row and of a million, by the compiled program of a model's folds and by the fitted pipelines themselves.

The steps of five folds' default pipelines are fitted on Adult (or another table), and lowered into one program. One row:
a dict of plain values in, all folds' features out; the pipelines get the row as the table that `litmus.data.conform` made
of it. Many rows: arrays in, features out; the pipelines get a table of the same columns. Both sides are measured in turns.
Run: python benchmarks/row_features.py [--rows 1000000]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from tables import read

from litmus.algorithms import FitContext
from litmus.data import TaskData, conform
from litmus.data.loaded import LoadedData
from litmus.pipeline import FittedPipeline, Pipeline
from litmus.pipeline.lowering import lower
from litmus.pipeline.pipeline import TrainingRows
from litmus.program import Graph, Program
from litsdf.interchange import as_frame

ROUNDS = 5


def pipelines(data: LoadedData, algorithm: str, folds: int) -> list[FittedPipeline]:
    """The pipelines of some folds, whose algorithms are not fitted."""
    fitted = []
    for fold in data.folds[:folds]:
        context = FitContext(n_classes=len(data.target.classes or ()), threads=1, seed=1)
        rows = TrainingRows(data.train.iloc[fold.train], data.y[fold.train])
        prepared = Pipeline(algorithm).prepare(rows, schema=data.schema, task=data.task, context=context)
        fitted.append(prepared.fitted)
    return fitted


def program_of(fitted: list[FittedPipeline], data: LoadedData) -> Program:
    graph = Graph()
    return Program.of([lower(pipeline, graph, data.schema) for pipeline in fitted])


def plain(value: Any) -> Any:
    if value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value


def arrays(frame: pd.DataFrame, program: Program, *, arrow: bool) -> dict[str, Any]:
    """The columns as the program takes them; text as pyarrow arrays, or as arrays of Python texts."""
    import pyarrow as pa

    made: dict[str, Any] = {}
    for name, kind in program.inputs.items():
        if kind == "text" and arrow:
            made[name] = pa.array(frame[name], type=pa.large_string(), from_pandas=True)  # type: ignore[call-overload]
        elif kind == "text":
            made[name] = np.array([plain(text) for text in frame[name].tolist()], dtype=object)
        else:
            date = kind == "date"
            made[name] = (
                frame[name].to_numpy("datetime64[us]") if date else frame[name].to_numpy(float, na_value=np.nan)
            )
    return made


def one_row(name: str, data: LoadedData, algorithm: str, folds: int = 5) -> None:
    """Print microseconds for one row."""
    fitted = pipelines(data, algorithm, folds)
    program = program_of(fitted, data)
    frame = data.train.iloc[:300]
    rows = [{column: plain(value) for column, value in row.items()} for row in frame.to_dict("records")]
    tables = [conform(row, data.schema)[0] for row in rows[:40]]
    compiled, native = [], []
    for _ in range(ROUNDS):
        compiled.append(nanoseconds(program.row, rows))
        native.append(nanoseconds(lambda table: [pipeline.features(table) for pipeline in fitted], tables))
    best = np.min(compiled, axis=0) / 1e3
    theirs = float(np.median(np.min(native, axis=0))) / 1e3
    print(
        f"| {name}, {algorithm}, {folds} folds | {program.width + sum(program.sparse_widths):,} | {np.median(best):.1f} | "
        f"{np.quantile(best, 0.99):.1f} | {theirs:,.0f} | {theirs / np.median(best):,.0f} |"
    )


def nanoseconds(call: Callable[[Any], Any], values: list[Any]) -> list[int]:
    times = []
    for value in values:
        started = time.perf_counter_ns()
        call(value)
        times.append(time.perf_counter_ns() - started)
    return times


def many_rows(name: str, data: LoadedData, algorithm: str, rows: int, folds: int) -> None:
    """Print seconds for many rows."""
    fitted = pipelines(data, algorithm, folds)
    program = program_of(fitted, data)
    frame = pd.concat([data.train] * (rows // len(data.train) + 1), ignore_index=True).iloc[:rows]
    table = as_frame(frame)
    given = {"arrow": arrays(frame, program, arrow=True), "objects": arrays(frame, program, arrow=False)}
    times: dict[str, list[float]] = {"arrow": [], "objects": [], "pipelines": []}
    for _ in range(3):
        for kind, columns in given.items():
            started = time.perf_counter()
            program.rows(columns, rows)
            times[kind].append(time.perf_counter() - started)
        started = time.perf_counter()
        for pipeline in fitted:
            pipeline.features(table)
        times["pipelines"].append(time.perf_counter() - started)
    arrow, objects, theirs = (statistics.median(times[kind]) for kind in ("arrow", "objects", "pipelines"))
    print(
        f"| {name}, {algorithm}, {folds} folds | {rows:,} | {arrow:.2f} | {objects:.2f} | {theirs:.2f} | "
        f"{arrow / theirs:.2f} | {objects / theirs:.2f} |"
    )


def texts(rows: int = 3000) -> pd.DataFrame:
    """Texts of 30 words out of 30,000, as often as words of a language are."""
    random = np.random.default_rng(0)
    words = np.array(
        ["".join(random.choice(list("abcdefghijklmnopqrstuvwxyz"), random.integers(2, 11))) for _ in range(30_000)]
    )
    places = np.minimum(random.zipf(1.15, (rows, 30)), len(words)) - 1
    return pd.DataFrame({"body": [" ".join(words[row]) for row in places], "answer": random.integers(0, 2, rows)})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    table = read("adult")
    adult = TaskData.create(name="adult", data=table, target="income").load()
    written = TaskData.create(name="texts", data=texts(), target="answer", schema={"body": "text"}).load()
    print(
        "| one row | features | program, µs p50 | p99 | pipelines, µs | times faster |\n|---|---:|---:|---:|---:|---:|"
    )
    for algorithm in ("LightGBM", "XGBoost", "LinearModel", "MLP"):
        one_row("adult", adult, algorithm)
    for algorithm, folds in (("LinearModel", 1), ("LinearModel", 5), ("LightGBM", 1), ("LightGBM", 5)):
        one_row("texts of 30 words", written, algorithm, folds)
    print("\n| many rows | rows | arrow text, s | Python text, s | pipelines, s | ratio, arrow | Python |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for algorithm, folds in (("LightGBM", 1), ("LightGBM", 5), ("LinearModel", 1), ("LinearModel", 5)):
        many_rows("adult", adult, algorithm, options.rows, folds)
    for algorithm in ("LinearModel", "LightGBM"):
        many_rows("texts of 30 words", written, algorithm, options.rows // 50, 1)


if __name__ == "__main__":
    main()
