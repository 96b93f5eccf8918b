"""How near the estimated ROC AUC is to what the labels then say, on rows that were chosen by their columns.

    python benchmarks/estimated_quality.py [--splits 12] [--seed 0]

A model is trained on half of each table of ../shared/data; of the other half up to 8,000 rows are drawn with a chance that grows with a random mix
of the model's three to six most important columns: exp(strength z), z standardised, strength 0 (no shift), 1 and 2.5. A row's chance
depends on its columns only, so that the shift is one of covariates. The estimate sees the answers, not the labels. What the
labels say of the drawn rows varies by chance too; its standard error (DeLong) stands beside the error.
"""

from __future__ import annotations

import argparse
import dataclasses
import time

import numpy as np
import pandas as pd
from drift_streams import Table, ready

from litmus.monitor import check
from litmus.monitor.tests_of_change import area_under_roc

TABLES = (
    Table("adult", "income"),
    Table("give_me_some_credit", "SeriousDlqin2yrs", rows=80_000),
    Table("hr_job_change", "target", ("enrollee_id",)),
    Table("telco_churn", "Churn", ("customerID",)),
    Table("electricity", "class"),
    Table("phoneme", "Class"),
    Table(
        "airline_tweets",
        "airline_sentiment",
        (
            "tweet_id",
            "negativereason",
            "negativereason_confidence",
            "airline_sentiment_gold",
            "negativereason_gold",
            "text",
            "name",
            "tweet_coord",
            "tweet_location",
        ),
    ),
    Table("amazon_employee_access", "ACTION"),
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--splits", type=int, default=4, help="of each table and strength")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    found = []
    for table in TABLES:
        began = time.perf_counter()
        made = ready(table, asked.seed)
        if made is None or len(made.baseline.classes) != 2:
            print(f"{table.name}: no two classes, or too few rows")
            continue
        rng = np.random.default_rng([asked.seed, 6])
        positive = made.baseline.classes[1]
        names = [name for name, _ in sorted(made.baseline.importance.items(), key=lambda item: -item[1])][:6]
        for strength in (0.0, 1.0, 2.5):
            for number in range(asked.splits):
                rows = made.pool.take(_shifted(made.pool, names, strength, rng)).reset_index(drop=True)
                result = check(
                    rows.drop(columns=table.target), baseline=made.baseline, kinds="estimated_quality", seed=number
                )
                figures = result.kinds["estimated_quality"].figures["roc_auc"]
                score = rows[f"probability.{positive}"].to_numpy()
                true = rows[table.target].astype(str).to_numpy() == str(positive)
                if true.all() or not true.any():
                    true = pd.to_numeric(rows[table.target]).to_numpy() == float(positive)
                area, variance = area_under_roc(score[true], score[~true])
                found.append(
                    {
                        "table": table.name,
                        "strength": strength,
                        "rows": len(rows),
                        "reference": figures["reference"],
                        "true": area,
                        "estimate": figures["estimate"],
                        "error": abs(figures["estimate"] - area),
                        "unchanged": abs(figures["reference"] - area),
                        "noise": variance**0.5,
                    }
                )
        print(
            f"{table.name}: {time.perf_counter() - began:.0f} s, baseline on {dataclasses.asdict(made.baseline.outcomes)['on']}",
            flush=True,
        )
    table = pd.DataFrame(found)
    print(table.groupby("table")[["rows", "true", "estimate", "error", "unchanged", "noise"]].mean().round(4))
    print(table.groupby("strength")[["true", "estimate", "error", "unchanged", "noise"]].mean().round(4))
    print(
        f"\n{len(table)} splits of {table['table'].nunique()} tables: mean absolute error of the estimated ROC AUC {table['error'].mean():.4f}"
    )
    print(
        f"taking the score of the test rows for it: {table['unchanged'].mean():.4f}; standard error of the true one {table['noise'].mean():.4f}"
    )
    shifted = table[table["strength"] > 0]
    print(
        f"of the {len(shifted)} shifted splits alone: {shifted['error'].mean():.4f} (unchanged {shifted['unchanged'].mean():.4f})"
    )


def _shifted(pool: pd.DataFrame, names: list[str], strength: float, rng: np.random.Generator) -> np.ndarray:
    """Positions of rows drawn with a chance that depends on a mix of the columns' ranks."""
    chosen = rng.choice(names, min(3, len(names)), replace=False)
    z = np.zeros(len(pool))
    for name in chosen:
        values = pool[name]
        codes = pd.Series(pd.factorize(values, sort=True)[0]) if values.dtype.kind not in "iuf" else values
        z += rng.normal() * codes.rank(pct=True).fillna(0.5).to_numpy()
    z = (z - z.mean()) / max(z.std(), 1e-9)
    chance = np.exp(strength * z)
    return rng.choice(len(pool), min(len(pool) // 3, 8_000), replace=False, p=chance / chance.sum())


if __name__ == "__main__":
    main()
