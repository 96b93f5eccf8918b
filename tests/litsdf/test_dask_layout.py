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


NAMES = {
    "repeated": ["a", "a"], "numbers": [1, 2], "one missing": [None, "b"], "dates": pd.to_datetime(["2024-01-01", "2025-01-01"]),
    "levels": pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")], names=["k", None]), "named": pd.Index(["a", "b"], name="n"),
}  # fmt: skip
GRIDS = {
    "as it is": lambda d: d, "selected": lambda d: d.iloc[:, :1], "a mask": lambda d: d[d.iloc[:, 0] > 1],
    "stacked": lambda d: d.iloc[:, :1].T, "a column": lambda d: d.iloc[:, 1], "doubled": lambda d: d + d,
    "reset": lambda d: d.reset_index(drop=True), "missing": lambda d: d.isna(), "top": lambda d: d.head(1),
    "sorted": lambda d: d.sort_index(axis=0, ascending=False), "sums": lambda d: d.iloc[:, :1].sum(), "copy": lambda d: d.copy(),
}  # fmt: skip


@pytest.mark.parametrize("call", GRIDS)
@pytest.mark.parametrize("names", NAMES)
def test_names_of_any_kind_are_kept(names: str, call: str) -> None:
    frame = pd.DataFrame([[1, "x"], [2, "y"], [3, None]], columns=NAMES[names])
    ours = litsdf.repartition(litsdf.DataFrame(frame, layout="dask"), 2)
    assert ours.layout == "dask"
    assert litsdf.partition_count(ours) == 2
    assert ours.columns.equals(frame.columns)
    pd.testing.assert_series_equal(ours.dtypes, frame.dtypes)
    result, expected = GRIDS[call](ours), GRIDS[call](frame)
    assert result.layout == "dask"
    same(result, expected)
    in_memory = litsdf.DataFrame(frame, layout="polars")
    GRIDS[call](in_memory)
    assert ours.fallbacks == in_memory.fallbacks
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(ours)).to_pandas(), frame, check_column_type=False)


def test_a_table_under_other_names_moves_between_layouts() -> None:
    frame = pd.DataFrame([[1, "x"], [2, "y"]], columns=[1, 2])
    for layout in ("numpy", "polars", "pandas"):
        ours = litsdf.DataFrame(frame, layout=layout).to_layout("dask")
        assert ours.layout == "dask"
        back = ours.to_layout(layout)
        assert back.layout == layout
        pd.testing.assert_frame_equal(back.to_pandas(), frame)
    with pytest.raises(litsdf.LayoutError, match="distinct texts as names"):
        ours.to_polars()
    with pytest.raises(litsdf.LayoutError, match="distinct texts as names"):
        litsdf.map_partitions(ours, lambda part: part)
    computed = litsdf.compute(ours)
    assert computed.layout == "polars"
    pd.testing.assert_frame_equal(computed.to_pandas(), frame)


def test_a_table_without_columns_keeps_its_rows() -> None:
    frame = pd.DataFrame(index=[5, 6, 7])
    ours = litsdf.DataFrame(frame, layout="dask")
    assert ours.shape == (3, 0)
    pd.testing.assert_frame_equal(ours.to_pandas(), frame)


FUNCTIONS = {
    "dummies": lambda lib, d: lib.get_dummies(d), "cut": lambda lib, d: lib.cut(d["b"], 2),
    "below": lambda lib, d: lib.concat([d, d]), "a generator": lambda lib, d: lib.concat(part for part in (d, d)),
    "beside": lambda lib, d: lib.concat({"x": d, "y": d}, axis=1), "numbers": lambda lib, d: lib.to_numeric(d["b"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_give_lazy_tables_for_lazy_tables(name: str) -> None:
    frame = pd.DataFrame({"a": pd.Series(["x", "y", "x", None], dtype="str"), "b": [1, 2, 3, 4]})
    ours = held(frame, "dask")
    result = FUNCTIONS[name](litsdf, ours)
    assert result.layout == "dask"
    same(result, FUNCTIONS[name](pd, frame))
    assert not ours.fallbacks


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


def test_what_portions_cannot_do_for_themselves_is_done_on_all_rows() -> None:
    frame = pd.DataFrame({"a": pd.Series(["x y", "\u2003\x1c", None, "äb"], dtype="str"), "b": [1, 2, 3, 4]})
    ours = held(frame, "dask")
    counted = ours["a"].str.count(r"\S")
    assert counted.dtype == "float64"
    same(counted, frame["a"].str.count(r"\S"))
    for df in (ours, frame):
        df["n"] = df["a"].str.count(r"\S")
    few, expected = ours[ours["n"] > 1], frame[frame["n"] > 1]
    assert few.shape == expected.shape
    few["m"], expected = few["n"] * few["b"], expected.assign(m=expected["n"] * expected["b"])
    pd.testing.assert_frame_equal(few.to_pandas(), expected)


TABLES = {
    "missing": lambda d: d.isna(), "there": lambda d: d.notna(), "plus": lambda d: d[["b", "c"]] + 1, "times": lambda d: 2 * d[["b", "c"]],
    "by name": lambda d: d[["c"]].sub(0.5), "compared": lambda d: d[["b", "c"]] > 1, "negative": lambda d: -d[["b", "c"]],
    "filled": lambda d: d[["c"]].fillna(0), "limited": lambda d: d[["b", "c"]].clip(0, upper=2), "rounded": lambda d: d[["b", "c"]].round(1),
    "among": lambda d: d[["b"]].isin([1, 2]), "absolute": lambda d: d[["b", "c"]].abs(),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_what_looks_at_each_value_stays_lazy_for_tables(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"a": pd.Series(["x", None, "z"], dtype="str"), "b": [-1, 2, 3], "c": [0.25, None, 2.5]})
    ours = held(frame, "dask")
    with monkeypatch.context() as patched:
        patched.setattr("litsdf.layouts.partition_rows.Rows.collected", None)
        result = TABLES[name](ours)
    assert litsdf.partition_count(result) == 3
    same(result, TABLES[name](frame))


@given(frame=columns("small", "modest", max_size=8))
def test_operations_on_tables(frame: pd.DataFrame) -> None:
    calls = [
        lambda d: d * 2.5,
        lambda d: d.fillna(1),
        lambda d: d.isna(),
        lambda d: 7 - d,
        lambda d: d.clip(-5, 5),
        lambda d: d >= 3,
    ]
    for call in calls:
        check(frame, "dask", call, exact=False)
