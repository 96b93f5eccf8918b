"""Dropping columns."""

import numpy as np
import pandas as pd
import pytest

from litmus.errors import DataError
from litmus.steps import DropColumns, DropConstantColumns


def test_constant_and_empty_columns_go():
    rows = 500
    table = pd.DataFrame(
        {
            "n": np.arange(rows),
            "one": 1,
            "pi": 3.14,
            "late": [0] * (rows - 1) + [1],
            "none": np.nan,
            "gap": [1.0, np.nan] * (rows // 2),
            "word": "same",
            "words": ["same", None] * (rows // 2),
            "empty": pd.Series([None] * rows, dtype="str"),
            "flag": pd.array([True] * rows, dtype="boolean"),
            "day": pd.Timestamp("2024-01-01"),
        }
    )
    step = DropConstantColumns()
    assert step.fit_transform(table).columns.tolist() == ["n", "late", "gap", "words"]
    assert step.report() == [
        "Dropped one, pi, word, flag, day: each has the same value in every training row.",
        "Dropped none, empty: each has no value in any training row.",
    ]
    assert step.transform(table[["n", "one"]]).columns.tolist() == ["n"]
    some = DropConstantColumns(["one", "n"])
    assert "pi" in some.fit_transform(table)


def test_many_columns_are_summed_up():
    step = DropConstantColumns()
    step.fit(pd.DataFrame(np.zeros((3, 5000)), columns=[f"c{n}" for n in range(5000)]))
    assert step.report()[0].startswith("Dropped 5,000 columns (c0, c1")


def test_without_rows_nothing_is_constant():
    step = DropConstantColumns()
    assert step.fit_transform(pd.DataFrame({"a": pd.Series(dtype=float)})).columns.tolist() == ["a"]


def test_named_columns_go_and_may_be_absent_later():
    table = pd.DataFrame({"id": [1], "a": [2]})
    step = DropColumns(["id"])
    assert step.fit_transform(table).columns.tolist() == ["a"]
    assert step.transform(table[["a"]]).columns.tolist() == ["a"]
    assert step.report() == ["Dropped id."]
    with pytest.raises(DataError, match="DropColumns needs column.s. 'key'"):
        DropColumns(["key"]).fit(table)
