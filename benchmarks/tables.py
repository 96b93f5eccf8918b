"""The real tables that the benchmarks use; those not in the project are read from beside it and skipped when absent."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared" / "data"

TABLES = {
    "adult": ("income", "binary"),
    "phoneme": ("Class", "binary"),
    "german_credit": ("class", "binary"),
    "diamonds": ("price", "regression"),
    "abalone": ("Rings", "regression"),
    "telco_churn": ("Churn", "binary"),
    "hr_job_change": ("target", "binary"),
    "california_housing": ("median_house_value", "regression"),
    "concrete": ("strength", "regression"),
}
"""Name → target and task of the tables on which default scores are compared; the last four had no part in any choice."""


def read(name: str) -> pd.DataFrame | None:
    """A table, or None when it is not at hand."""
    path = SHARED / f"{name}.parquet"
    if path.exists():
        return pd.read_parquet(path)
    if name == "adult":
        return pd.read_csv(HERE.parent / "examples" / "adult" / "adult.csv.gz", keep_default_na=False)
    return None
