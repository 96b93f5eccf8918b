"""A mistake of ours is answered by pandas, and said aloud: tests, where warnings are errors, fail on it."""

from __future__ import annotations

import pandas as pd
import pytest
from test_compile import schema

import litsdf
from litsdf.compiling.program import Program
from litsdf.grouping.results import Grouping
from litsdf.passing import UndeclaredFallbackWarning

FRAME = pd.DataFrame({"key": ["a", "b", "a"], "x": [1.0, 2.0, 4.0]})


def broken(*_: object, **__: object) -> None:
    raise TypeError("a mistake")


@pytest.mark.parametrize("layout", ["numpy", "polars"])
def test_a_mistake_in_groups(layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Grouping, "aggregated", broken)
    ours = litsdf.DataFrame(FRAME, layout=layout)
    with pytest.warns(UndeclaredFallbackWarning, match=rf"groupby.var failed in the {layout} layout \(TypeError"):
        result = ours.groupby("key").var()
    pd.testing.assert_frame_equal(result.to_pandas(), FRAME.groupby("key").var())
    assert ours.fallbacks["groupby.var"] == 1


def test_a_mistake_in_a_compiled_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def totals(df):
        return df.groupby("key", as_index=False)["x"].sum()

    compiled = litsdf.compile(totals, schema(FRAME))
    monkeypatch.setattr(Program, "__call__", broken)
    with pytest.warns(UndeclaredFallbackWarning, match="a compiled function failed"):
        result = compiled(litsdf.DataFrame(FRAME, layout="polars"))
    pd.testing.assert_frame_equal(result.to_pandas(), totals(FRAME))


@pytest.mark.parametrize("layout", ["numpy", "polars"])
def test_a_mistake_of_the_caller_raises_what_pandas_raises(layout: str) -> None:
    ours = litsdf.DataFrame(FRAME, layout=layout)
    for wrong in (lambda df: df.groupby("x")["key"].mean(), lambda df: df.groupby("key").quantile(2)):
        with pytest.raises(Exception) as expected:  # noqa: PT011  (whatever pandas raises)
            wrong(FRAME)
        with pytest.raises(type(expected.value)):
            wrong(ours)
