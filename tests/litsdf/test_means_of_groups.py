"""Sums, means and counts of groups in one query: what several results need is aggregated once, and means are made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import litsdf

_FLOATS = st.one_of(st.none(), st.floats(-1e9, 1e9), st.sampled_from([np.inf, -np.inf, 0.0, -0.0]))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "é", None]), _FLOATS, st.integers(-9, 9)), min_size=1, max_size=30)
)
def test_means_counts_and_sums_are_those_of_pandas(rows: list[Any]) -> None:
    expected = pd.DataFrame({
        "k": pd.Series([row[0] for row in rows], dtype="str"), "v": np.array([row[1] for row in rows], dtype=float),
        "n": [row[2] for row in rows],
    })  # fmt: skip
    if expected["k"].isna().all():
        return
    found = litsdf.DataFrame(expected, layout="polars")
    for call in (
        lambda df: df.groupby("k").agg(
            m=("v", "mean"), s=("v", "sum"), c=("v", "count"), i=("n", "mean"), j=("n", "sum")
        ),
        lambda df: df.groupby("k").agg(m=("v", "mean"), again=("v", "mean")),
        lambda df: df.groupby("k")["v"].mean(),
        lambda df: df.groupby("k", as_index=False).agg({"v": "mean", "n": "max"}),
        lambda df: df.groupby("k")[["v", "n"]].mean(),
    ):
        ours, theirs = call(found).to_pandas(), call(expected)
        check: Any = (
            pd.testing.assert_frame_equal if isinstance(theirs, pd.DataFrame) else pd.testing.assert_series_equal
        )
        check(ours, theirs, rtol=1e-9, atol=1e-6)
    assert not found.fallbacks


@pytest.mark.parametrize("rows", [1_000, 50_000])
def test_many_rows_are_aggregated_by_the_streaming_engine_alike(rows: int) -> None:
    rng = np.random.default_rng(rows)
    expected = pd.DataFrame({
        "k": pd.Series(rng.choice(["a", "bb", "ccc"], rows), dtype="str"),
        "v": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows)),
    })  # fmt: skip
    found = litsdf.DataFrame(expected, layout="polars")

    def call(df: Any) -> Any:
        return df.groupby("k").agg(m=("v", "mean"), s=("v", "sum"), c=("v", "count"), f=("v", "first"), x=("v", "max"))

    pd.testing.assert_frame_equal(call(found).to_pandas(), call(expected), rtol=1e-9)
