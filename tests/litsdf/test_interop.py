"""Where frames are used: arrays, interchange, scikit-learn, matplotlib, narwhals, pickling, processes and type checkers."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import litsdf

LAYOUTS = ["record", "numpy", "pandas", "polars", "dask"]
MANY = LAYOUTS[1:]


def table(rows: int = 6) -> pd.DataFrame:
    return pd.DataFrame({
        "n": [1.0, None, 3.0, 4.0, 5.5, 6.0], "i": [1, 2, 3, 4, 5, 6], "s": ["a", None, "ü", "a", "b", ""],
        "b": [True, False, True, False, True, False],
        "d": pd.to_datetime(["2024-01-01", "NaT", "2024-02-01", "2024-03-01", "2024-03-02", "2024-03-03"]).as_unit("us"),
    }).head(rows)  # fmt: skip


def held(layout: str) -> tuple[litsdf.DataFrame, pd.DataFrame]:
    frame = table(1 if layout == "record" else 6)
    return litsdf.DataFrame(frame, layout=layout), frame


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arrays_are_those_of_pandas(layout: str) -> None:
    ours, frame = held(layout)
    for dtype in (None, "float32", object):
        expected = np.asarray(frame[["i", "b"]], dtype=dtype)
        made = np.asarray(ours[["i", "b"]], dtype=dtype)
        assert made.dtype == expected.dtype
        np.testing.assert_array_equal(made, expected)
        np.testing.assert_array_equal(np.asarray(ours["i"], dtype=dtype), np.asarray(frame["i"], dtype=dtype))
    np.testing.assert_array_equal(np.array(ours["n"], copy=True), frame["n"])
    changed = np.array(ours["i"], copy=True)
    changed[:] = 0
    assert ours["i"].tolist() == frame["i"].tolist()
    with pytest.raises(ValueError, match="copy"):
        np.array(ours[["i", "s"]], copy=False)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_tables_go_to_arrow_polars_and_pandas_and_come_back(layout: str) -> None:
    ours, frame = held(layout)
    arrow: Any = pa
    assert arrow.table(ours).equals(arrow.table(frame))
    assert arrow.chunked_array(ours["s"]).equals(arrow.chunked_array(frame["s"]))
    assert pl.DataFrame(ours).equals(pl.DataFrame(frame))
    assert pl.Series(ours["s"]).to_list() == frame["s"].astype(object).where(frame["s"].notna(), None).tolist()
    pandas: Any = pd  # the stubs do not know from_arrow yet
    pd.testing.assert_frame_equal(pandas.DataFrame.from_arrow(ours), pandas.DataFrame.from_arrow(frame))
    for other in (arrow.table(frame), pl.from_pandas(frame), frame):
        pd.testing.assert_frame_equal(litsdf.DataFrame(other).to_layout("pandas").to_pandas(), frame)


@pytest.mark.filterwarnings("ignore:.*interchange.*")
@pytest.mark.filterwarnings("ignore:.*__dataframe__.*")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_interchange_protocol_gives_names_and_values(layout: str) -> None:
    ours, frame = held(layout)
    found = ours.__dataframe__()
    assert list(found.column_names()) == list(frame)
    assert found.num_rows() == len(frame)
    assert pl.from_dataframe(ours)["i"].to_list() == frame["i"].tolist()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_narwhals_takes_tables_and_columns(layout: str) -> None:
    nw = pytest.importorskip("narwhals")
    ours, frame = held(layout)
    made = nw.from_native(ours, eager_only=True).with_columns(nw.col("i") * 2)
    assert made["i"].to_list() == (frame["i"] * 2).tolist()
    assert made.columns == list(frame)
    assert nw.from_native(ours["i"], series_only=True).sum() == frame["i"].sum()


@pytest.mark.parametrize("layout", MANY)
def test_scikit_learn_sees_names(layout: str) -> None:
    from sklearn.compose import ColumnTransformer, make_column_selector
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    ours, frame = held(layout)
    numeric = ["n", "i"]
    scaler, expected = StandardScaler().fit(ours[numeric]), StandardScaler().fit(frame[numeric])
    assert list(scaler.feature_names_in_) == numeric
    np.testing.assert_array_equal(scaler.transform(ours[numeric]), expected.transform(frame[numeric]))
    with pytest.raises(ValueError, match="same order"):
        scaler.transform(ours[["i", "n"]])
    for kind in ("pandas", "polars"):
        made = StandardScaler().set_output(transform=kind).fit_transform(ours[numeric])
        assert made.equals(StandardScaler().set_output(transform=kind).fit_transform(frame[numeric]))
    for numbers in (numeric, make_column_selector(dtype_include="number")):
        parts = [("numbers", SimpleImputer(), numbers), ("texts", OneHotEncoder(sparse_output=False), ["s"])]
        made = ColumnTransformer(parts).set_output(transform="pandas").fit_transform(ours)
        again = ColumnTransformer(parts).set_output(transform="pandas").fit_transform(frame)
        pd.testing.assert_frame_equal(made, again)


@pytest.mark.parametrize("layout", MANY)
def test_scikit_learn_splits_and_fits(layout: str) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict, train_test_split
    from sklearn.pipeline import make_pipeline

    ours, frame = held(layout)
    made = train_test_split(ours, ours["b"], test_size=0.5, stratify=ours["b"], random_state=0)
    expected = train_test_split(frame, frame["b"], test_size=0.5, stratify=frame["b"], random_state=0)
    for left, right in zip(made, expected, strict=True):
        assert left.to_pandas().equals(right)
    model = make_pipeline(SimpleImputer(), LogisticRegression())
    predicted = [cross_val_predict(model, data[["n", "i"]], data["b"], cv=3).tolist() for data in (ours, frame)]
    assert predicted[0] == predicted[1]
    trees = HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=2, min_samples_leaf=1)
    fitted = trees.fit(ours[["n"]].assign(kind=ours["s"].astype("category")), ours["b"])
    assert fitted.is_categorical_.tolist() == [False, True]


@pytest.mark.parametrize("layout", MANY)
def test_matplotlib_draws_columns(layout: str) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    ours, frame = held(layout)
    try:
        (line,) = plt.plot(ours["d"], ours["i"])
        np.testing.assert_array_equal(line.get_ydata(), frame["i"])
        plt.close("all")
        anything: Any = ours  # the stubs ask for a dict
        points: Any = plt.scatter("i", "n", data=anything).get_offsets()
        assert len(points) == 6
        plt.close("all")
        assert [bar.get_height() for bar in plt.bar(ours["s"].fillna("?"), ours["i"])] == frame["i"].tolist()
        axes = ours.plot(x="i", y="n")
        np.testing.assert_array_equal(axes.get_lines()[0].get_ydata(), frame["n"])
    finally:
        plt.close("all")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_notebook_shows_the_table_as_pandas_does(layout: str) -> None:
    ours, frame = held(layout)
    assert ours._repr_html_() == getattr(frame, "_repr_html_")()  # noqa: B009


@pytest.mark.parametrize("layout", LAYOUTS)
def test_copies_and_pickles_keep_layout_and_values(layout: str) -> None:
    ours, frame = held(layout)
    for other in (copy.copy(ours), copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert other.layout == layout
        other["i"] = 0
        pd.testing.assert_frame_equal(ours.to_pandas(), frame)
    column = pickle.loads(pickle.dumps(ours["s"]))
    assert column.layout == layout
    pd.testing.assert_series_equal(column.to_pandas(), frame["s"])


def doubled(df: litsdf.DataFrame) -> litsdf.DataFrame:
    return df.assign(i=df["i"] * 2)


def test_tables_go_to_other_processes_and_back() -> None:
    joblib = pytest.importorskip("joblib")
    frames = [held(layout)[0] for layout in LAYOUTS[:4]]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        made = pool.map(doubled, frames)
    for ours, other in zip(frames, made, strict=True):
        assert other.layout == ours.layout
        pd.testing.assert_frame_equal(other.to_pandas(), doubled(ours).to_pandas())
    assert joblib.hash(frames[1]) == joblib.hash(held("numpy")[0])


SCRIPT = """
import litsdf
df = litsdf.DataFrame({"a": [1, 2]}, layout="numpy")
reveal_type(df.layout)
reveal_type(df.shape)
reveal_type(df.assign(b=1))
reveal_type(df.to_pandas())
reveal_type(litsdf.Series([1]).str.lower())
compiled = litsdf.compile(lambda df: df, {"a": "int64"})
reveal_type(compiled.fallback)
litsdf.DataFrame({"a": [1]}, layout=3)
"""


def test_a_type_checker_reads_the_hints(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "mypy", "--no-incremental", "--follow-imports=silent", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    shown = [line.partition(": ")[2] for line in done.stdout.splitlines() if "Revealed" in line]
    kinds = [line.partition('"')[2].rstrip('"').replace("builtins.", "") for line in shown]
    assert kinds[:2] == ["str", "tuple[int, int]"], done.stdout
    assert kinds[2:] == ["litsdf.frame.DataFrame", "pandas.core.frame.DataFrame", "litsdf.series.Series", "str | None"]
    assert 'incompatible type "int"; expected "str | None"' in done.stdout
