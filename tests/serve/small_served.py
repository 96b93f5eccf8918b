"""A small real model and a server around it, for the tests of serving."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

import litmus
from litmus.data.schema import Column, Schema
from litmus.errors import PredictionError
from litmus.serve import run_server

SCHEMA = Schema(
    [
        Column("age", "numeric", dtype="int64", required=True, example=39),
        Column("city", "categorical", dtype="str", example="Delft"),
        Column("income", "target"),
    ]
)


@dataclass
class Answers:
    labels: Any
    probabilities: np.ndarray | None


class Adults:
    """Says whether somebody is of age; the city 'Atlantis' makes it fail and 'Sleepy' makes it slow."""

    name = "adults"
    version = "adults-3"
    task: Any = "binary"
    schema = SCHEMA
    classes: tuple[Any, ...] = ("minor", "adult")
    sample = {"age": 39, "city": "Delft"}

    def answer(self, rows: Any) -> Answers:
        ages = np.array([self._age(row) for row in ([rows] if isinstance(rows, dict) else rows)], dtype=float)
        p = 1 / (1 + np.exp(18 - np.clip(ages, 0, 150)))
        return Answers(np.array(self.classes, dtype=object)[(p > 0.5).astype(int)], np.column_stack([1 - p, p]))

    def _age(self, row: dict[str, Any]) -> float:
        if row.get("city") == "Atlantis":
            raise RuntimeError("secret detail of the inside")
        if row.get("city") == "Sleepy":
            print("predicting", flush=True)
            time.sleep(1.0)
        age = row.get("age")
        if isinstance(age, str) and age.replace(".", "").isdigit():  # from CSV
            age = float(age)
        if isinstance(age, bool) or not isinstance(age, int | float):
            raise PredictionError(f"Column 'age' must be a number, not {str(age)[:50]!r}.")
        return float(min(age, 10**9))


class Prices:
    """A regression model whose answer may be NaN."""

    name = "prices"
    version = None
    task: Any = "regression"
    schema = SCHEMA
    classes: tuple[Any, ...] = ()
    sample = {"age": 39, "city": "Delft"}

    def answer(self, rows: Any) -> Answers:
        rows = [rows] if isinstance(rows, dict) else rows
        return Answers(np.array([float(row["age"]) * 2 if row["age"] else np.nan for row in rows]), None)


class Counts(Adults):
    """Labels that are NumPy integers and booleans."""

    classes = (np.int64(0), np.int64(1))

    def answer(self, rows: Any) -> Answers:
        answers = super().answer(rows)
        return Answers(answers.probabilities.argmax(axis=1), answers.probabilities)


MODELS = {"adults": Adults, "prices": Prices, "counts": Counts}


def main() -> None:
    options = json.loads(sys.argv[2])
    run_server(
        MODELS[sys.argv[1]]() if sys.argv[1] in MODELS else litmus.load(sys.argv[1]),
        ready=lambda url, key: print(json.dumps({"url": url, "key": key}), flush=True),
        **options,
    )
    print("stopped", flush=True)


if __name__ == "__main__":
    main()
