"""The dask layout gives what pandas gives: every method and operation of the other layouts' tests, in three partitions."""

from __future__ import annotations

import pickle
import warnings

import pandas as pd
import pytest
from hypothesis import given
from tables import check, columns, held, same
from test_elementwise import DATES, NUMBERS, TEXTS
from test_frame import METHODS

import litsdf

OPERATIONS = {
    **{f"frame, {name}": (("str", "small"), call) for name, call in METHODS.items()},
    **{f"frame of floats, {name}": (("str", "modest"), call) for name, call in METHODS.items()},
    **{f"integers, {name}": (("small", "small"), call) for name, call in NUMBERS.items()},
    **{f"numbers, {name}": (("modest", "small"), call) for name, call in NUMBERS.items()},
    **{f"text, {name}": (("str", "str"), call) for name, call in TEXTS.items()},
    **{f"dates, {name}": (("datetime64[us]", "datetime64[us]"), call) for name, call in DATES.items()},
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(name: str) -> None:
    kinds, call = OPERATIONS[name]

    @given(frame=columns(*kinds, max_size=8))
    def run(frame) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            check(frame, "dask", call, exact=False)

    run()


@given(frame=columns("str", "int64", "float64", "bool", "datetime64[us]"))
def test_a_table_survives_the_layout(frame: pd.DataFrame) -> None:
    ours = held(frame, "dask")
    assert ours.layout == "dask"
    pd.testing.assert_frame_equal(ours.to_pandas(), frame, check_index_type=False)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(ours)).to_pandas(), frame, check_index_type=False)


def test_a_compiled_function_stays_lazy() -> None:
    frame = pd.DataFrame({"a": pd.Series([" X ", None, "y z"], dtype="str"), "b": [1, 2, 3]})
    compiled = litsdf.compile(lambda d: d.assign(c=d["a"].fillna("").str.strip().str.len() + d["b"]), frame)
    ours = held(frame, "dask")
    result = compiled(ours)
    assert result.layout == "dask"
    assert litsdf.partition_count(result) == 3
    assert not ours.fallbacks
    pd.testing.assert_frame_equal(result.to_pandas(), frame.assign(c=[2, 2, 6]))


CALLS = {
    "rank": lambda d: d["b"].rank(), "describe": lambda d: d.describe(), "counts": lambda d: d["a"].value_counts(),
    "window": lambda d: d["b"].rolling(2).sum(), "group std": lambda d: d.groupby("a")["b"].std(),
    "positions": lambda d: d.iloc[1:3], "sort by two": lambda d: d.sort_values(["a", "b"]), "isna": lambda d: d.isna(),
    "cumsum": lambda d: d["b"].cumsum(), "duplicates": lambda d: d.drop_duplicates("a"), "labels": lambda d: d.set_index("a"),
    "added back": lambda d: d.assign(r=d["b"].rank() + d["c"])[d["b"] > 1], "quantile": lambda d: d["c"].quantile(0.3),
    "tail": lambda d: d.tail(2), "constants alone": lambda d: (d.assign(k=5)["k"] * 2 == 10).astype("int64"),
    "constants first": lambda d: d.assign(k=5, t="x", l=lambda t: t["k"] + t["b"], m=lambda t: t["t"] + t["a"])[d["b"] > 2],
    "constant filter": lambda d: d.assign(k=True)[lambda t: t["k"]].assign(n=float("nan"))["n"].isna(),
    "all": lambda d: d.assign(k=5)["k"].eq(5).all(), "only constants": lambda d: d.assign(k=5)[["k"]],
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_what_needs_all_rows_is_answered_in_memory_and_cut_again(name: str) -> None:
    frame = pd.DataFrame(
        {"a": pd.Series(["x", "y", "x", None], dtype="str"), "b": [1, 2, 3, 4], "c": [1.0, None, 2.0, 5.0]}
    )
    ours = held(frame, "dask")
    result = CALLS[name](ours)
    assert getattr(result, "layout", "dask") == "dask"
    same(result, CALLS[name](frame), exact=False)


def test_a_lazy_table_changes_as_a_table_does() -> None:
    frame = pd.DataFrame({"a": pd.Series(["x", "y", None], dtype="str"), "b": [1, 2, 3]})
    ours = held(frame, "dask")
    column = ours["b"]
    for df in (ours, frame):
        df.loc[df["b"] > 1, "a"] = "new"
        df["c"] = df["b"].cumsum() * 2
        df.insert(0, "first", 0)
        df["z"] = df.pop("c")
    assert ours.layout == "dask"
    pd.testing.assert_frame_equal(ours.to_pandas(), frame)
    assert column.to_list() == [1, 2, 3]


@pytest.mark.parametrize("names", [["a", "a"], [1, 2], [None, "b"]])
def test_repeated_and_other_names_are_refused_or_kept_exactly(names: list) -> None:
    frame = pd.DataFrame([[1, "x"], [2, "y"]], columns=names)
    with pytest.raises(litsdf.LayoutError, match="cannot hold this table"):
        litsdf.DataFrame(frame, layout="dask")
    renamed = held(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), "dask").set_axis(names, axis=1)
    pd.testing.assert_frame_equal(renamed.to_pandas(), frame, check_column_type=False)


def test_partitions_are_counted_and_cut() -> None:
    ours = litsdf.DataFrame({"a": range(10)}, layout="dask")
    assert litsdf.partition_count(litsdf.repartition(ours, 4)) == 4
    with pytest.raises(ValueError, match="at least one partition, not 0"):
        litsdf.repartition(ours, 0)
    with pytest.raises(litsdf.LayoutError, match="must give a DataFrame"):
        litsdf.map_partitions(ours, lambda part: 1)
    assert ours.to_layout("polars").layout == "polars"
    assert ours.to_layout("polars").to_layout("dask").to_layout("pandas")["a"].sum() == 45


def test_only_as_many_portions_as_the_first_rows_need() -> None:
    ours = litsdf.repartition(litsdf.DataFrame({"a": range(100_000)}, layout="dask"), 100)
    read = []

    def note(part):
        read.append(len(part))
        return part

    assert litsdf.map_partitions(ours, note).head(3)["a"].to_list() == [0, 1, 2]
    assert sum(length > 0 for length in read) < 50
