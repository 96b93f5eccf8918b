"""A small table with something to learn, and runs on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

import litmus


def people(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"age": rng.integers(18, 80, rows), "size": rng.normal(size=rows), "town": rng.choice(list("abc"), rows)}
    )
    chance = 1 / (1 + np.exp(-(frame["size"] * 2 + (frame["town"] == "a"))))
    return frame.assign(bought=np.where(rng.random(rows) < chance, "yes", "no"))


def trained(**options: object) -> litmus.Run:
    defaults: dict[str, object] = {
        "target": "bought",
        "algorithm": ["DecisionTree", "LinearModel"],
        "callbacks": [],
        "k_fold": 3,
        "executor": "in_process",
        "finalists": 0,
    }
    return litmus.train(people(), **{**defaults, **options})  # type: ignore[arg-type]
