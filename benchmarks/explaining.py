"""Explanations: how long one takes, how exact sampled ones are, and whether boosters' contributions are the shap package's.

    python benchmarks/explaining.py TABLE.parquet --target COLUMN [--rows N]

Where the package shap can be imported (in an environment of its own, which sees this project's packages) its values are
compared too: TreeExplainer on the same fitted boosters, and PermutationExplainer on the same compiled model.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from typing import Any

import numpy as np

import litmus
from litmus.data import read_table
from litmus.explain import attributions, contributions
from litmus.runtime.mixtures import dict_rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("table")
    parser.add_argument("--target", required=True)
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--algorithms", nargs="+", default=["LightGBM", "XGBoost", "CatBoost", "LinearModel"])
    asked = parser.parse_args()
    table = read_table(asked.table)
    if len(table) > 8_000:
        table = table.sample(8_000, random_state=0)
    for algorithm in asked.algorithms:
        run = litmus.train(table, target=asked.target, algorithm=algorithm, callbacks=[], executor="in_process")
        measure(algorithm, run.model(algorithm), table.drop(columns=asked.target).head(asked.rows))


def measure(algorithm: str, model: Any, rows: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = litmus.runtime.load(model.save(f"{folder}/model.litmus"))
        size = len(model.background)
    listed = dict_rows(rows, model.schema)
    copy.explain(listed[0])
    times = []
    for row in listed:
        started = time.perf_counter()
        found = copy.explain(row)
        times.append(1000 * (time.perf_counter() - started))
    many = attributions(copy, listed)
    apart = float(np.abs(many.base + many.values.sum(axis=1) - many.outputs).max())
    better = attributions(copy, listed, evaluations=40_000, background=listed_background(model, many))
    error = float(np.abs(many.values - better.values).mean())
    scale = float(np.abs(better.values).max(axis=1).mean())
    print(
        f"{algorithm}: {len(copy.schema.inputs)} columns, {len(model.pipelines)} pipelines, {size} background rows; one row "
        f"{np.median(times):.1f} ms (worst {max(times):.1f}), {found.method}; sums are off by {apart:.1e}; mean error "
        f"{error:.4f} where a row's largest value is {scale:.3f} on average"
    )
    compare_with_shap(algorithm, model, rows)


def listed_background(model: Any, found: Any) -> list[dict[str, Any]]:
    """The background rows that the quick values used, so that only sampling differs."""
    del found
    players = len(model.compiled().scoring.program.inputs)
    used = max(4, min(len(model.background), 2_000 // (2 * max(1, players - 1))))
    return list(model.background[:used])


def compare_with_shap(algorithm: str, model: Any, rows: Any) -> None:
    try:
        import shap
    except ImportError:
        return
    if algorithm not in ("LightGBM", "XGBoost"):
        return
    from litmus.data import conform

    frame, _ = conform(rows, model.schema)
    ours = contributions(model, rows)
    program = model.compiled().scoring.program
    dense, _ = program.owners()
    total, base = np.zeros((len(rows), len(model.schema.inputs))), 0.0
    for number, pipeline in enumerate(model.pipelines):
        features = pipeline.features(frame).values
        explainer = shap.TreeExplainer(pipeline.algorithm.model_)
        values = np.asarray(explainer.shap_values(features))
        values = values[1] if values.ndim == 3 and values.shape[0] == 2 else values
        for feature, place in enumerate(program.columns[number]):
            for name in dense[place]:
                total[:, model.schema.inputs.index(name)] += values[:, feature] / len(model.pipelines)
        base += float(np.ravel(explainer.expected_value)[-1]) / len(model.pipelines)
    print(
        f"  contributions and shap {shap.__version__}'s TreeExplainer differ by at most {np.abs(total - ours.values[:, :, 0]).max():.1e}, "
        f"bases by {abs(base - ours.base[0]):.1e}"
    )


if __name__ == "__main__":
    main()
