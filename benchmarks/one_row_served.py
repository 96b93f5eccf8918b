"""One row and many through a saved model: in process, over HTTP, from a cold start, and beside the model it was compiled from.

Adult with bagged LightGBM (5 folds, 200 trees each) and, where the table is at hand, news headlines with TF-IDF (20,000 terms) and
a linear model. Each figure is the 50th and 99th percentile of calls one after the other on one thread; other work on the machine
shows in the 99th first. Run: python benchmarks/one_row_served.py [--rows 1000000]
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import tables

import litmus
import litmus.runtime
from litmus.compiling import compile_model
from litmus.data import conform
from litmus.runtime.parsing import row_parser
from litmus.steps import TextTfidf

COLD_STARTS = 7


def percentiles(call: Callable[[Any], Any], rows: list[Any], calls: int) -> str:
    """Microseconds of one call, a row after the other."""
    times = np.empty(calls)
    for number in range(calls + 50):
        row = rows[number % len(rows)]
        started = time.perf_counter_ns()
        call(row)
        if number >= 50:
            times[number - 50] = time.perf_counter_ns() - started
    middle, late = np.percentile(times / 1e3, [50, 99])
    return f"p50 {middle:9,.1f} µs   p99 {late:9,.1f} µs"


@contextlib.contextmanager
def server(bundle: Path) -> Iterator[tuple[subprocess.Popen, str, str]]:
    command = [sys.executable, "-m", "litmus.serve", str(bundle), "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        told = json.loads(process.stdout.readline())
        yield process, told["url"], told["key"]
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def ask(connection: http.client.HTTPConnection, key: str, body: bytes) -> bytes:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/predict", body, headers)
    return connection.getresponse().read()


def cold_start(bundle: Path, row: Mapping[str, Any]) -> tuple[float, float]:
    """Seconds from the start of the process to its first answer, and the processor time that it took until it ended."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with server(bundle) as (_, url, key):
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        ask(connection, key, json.dumps(row).encode())
        seconds = time.perf_counter() - started
        connection.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(name: str, model: litmus.Model, rows: list[dict[str, Any]], folder: Path) -> Path:
    """Print everything about one row."""
    compiled = compile_model(model)
    bundle = model.save(folder / f"{name}.litmus")
    copy = litmus.runtime.load(bundle)
    print(f"\n{name}: {model!r}".splitlines()[1])
    for line in (*compiled.parts, *compiled.notes):
        print(f"  {line}")
    print(f"  compiled in {compiled.seconds:.2f} s, largest difference {compiled.parity['largest_difference']:.1e}")
    print(f"  bundle {bundle.stat().st_size / 1e6:.2f} MB; needs {', '.join(copy.requirements)}")
    program = copy.scoring.program
    parse = row_parser(copy.schema, tuple(program.inputs))
    values = [parse(row) for row in rows]
    made = [program.row(each) for each in values]
    print(f"  the row read         {percentiles(parse, rows, 5_000)}")
    print(f"  steps                {percentiles(program.row, values, 5_000)}")
    print(f"  predictor            {percentiles(copy.scoring.voices[0].predictor.row, made, 5_000)}")
    print(f"  answer, compiled     {percentiles(copy.answer, rows, 5_000)}")
    print(f"  answer, Model        {percentiles(model.answer, rows, 200)}")
    bodies = [json.dumps(row).encode() for row in rows]
    with server(bundle) as (_, url, key):
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        print(f"  over HTTP            {percentiles(lambda body: ask(connection, key, body), bodies, 2_000)}")
        connection.close()
    starts = [cold_start(bundle, rows[0]) for _ in range(COLD_STARTS)]
    wall, processor = ([each[part] for each in starts] for part in (0, 1))
    print(
        f"  cold start           median {statistics.median(wall):.2f} s, best {min(wall):.2f} s to the first answer; "
        f"{statistics.median(processor):.2f} s of processor time"
    )
    return bundle


def batch(bundle: Path, table: pd.DataFrame, n_rows: int) -> None:
    """Print how long many rows take, beside the library's own prediction of ready-made features."""
    import lightgbm

    threads = os.cpu_count() or 1
    copy, model = litmus.runtime.load(bundle, threads=threads), litmus.load(bundle)
    many = pd.concat([table] * (n_rows // len(table) + 1), ignore_index=True).iloc[:n_rows]
    started = time.perf_counter()
    copy.answer(many)
    compiled = time.perf_counter() - started
    part = many.iloc[: n_rows // 10]
    features = model.pipelines[0].features(conform(part, model.schema)[0]).values
    started = time.perf_counter()
    for pipeline in model.pipelines:
        booster = next(value for value in vars(pipeline.algorithm).values() if isinstance(value, lightgbm.Booster))
        booster.predict(features, num_threads=threads)
    library = 10 * (time.perf_counter() - started)
    print(f"  {n_rows:,} rows, {threads} threads: compiled {compiled:.1f} s with its steps, the library alone {library:.1f} s "
          f"(from a tenth of the rows): {library / compiled:.1f} times its speed")  # fmt: skip


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return json.loads(table.to_json(orient="records"))


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--rows", type=int, default=1_000_000)
    n_rows = given.parse_args().rows
    print(f"load on this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LITMUS_HOME"] = f"{folder}/store"
        table = tables.read("adult")
        algorithm = litmus.LightGBM().hyperparams(n_estimators=200)
        run = litmus.train(table, target="income", algorithm=algorithm, ensemble=False, callbacks=[])
        rows = plain_rows(table.drop(columns="income").sample(200, random_state=0))
        bundle = measure("adult", run.best, rows, Path(folder))
        if n_rows:
            batch(bundle, table.drop(columns="income"), n_rows)
        news = tables.SHARED / "ag_news_test.parquet"
        if news.exists():
            read = pd.read_parquet(news)
            table = pd.DataFrame({"text": read["title"] + " " + read["description"], "label": read["label"]})
            pipeline = litmus.Pipeline("LinearModel").replace("text_tfidf", TextTfidf(max_terms=20_000))
            run = litmus.train(
                table, target="label", algorithm=pipeline, schema={"text": "text"}, ensemble=False, callbacks=[]
            )
            measure("news", run.best, plain_rows(table[["text"]].sample(200, random_state=0)), Path(folder))
    print(f"load on this machine after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
