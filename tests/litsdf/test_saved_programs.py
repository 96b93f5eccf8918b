"""Functions that bring rows together are saved as JSON with Arrow, and loaded: the same answers, and no code from the file."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from tables import columns, held
from test_compile import schema
from test_compiled_one_row import SPELLED, check_row, row_of
from test_compiled_relations import many

import litsdf

SCHEMA = {"a": "float64", "b": "int64", "c": "str"}


@pytest.mark.parametrize("name", SPELLED)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_loaded(name: str, tmp_path) -> None:
    function, path = SPELLED[name], tmp_path / "function.json"
    compiled = litsdf.compile(function, SCHEMA)
    compiled.save(path)
    loaded = litsdf.Compiled.load(path)
    assert loaded.source == compiled.source
    loaded.save(tmp_path / "again.json")
    assert litsdf.Compiled.load(tmp_path / "again.json").source == compiled.source

    @given(frame=columns("modest", "small", "str"))
    def run(frame) -> None:
        expected = function(frame.copy())
        test = pd.testing.assert_series_equal if isinstance(expected, pd.Series) else pd.testing.assert_frame_equal
        for layout in ("numpy", "polars"):
            result = loaded(held(frame, layout)).to_pandas()
            test(result, expected, check_index_type=False, rtol=1e-9, atol=1e-6)
        check_row(loaded, function, many(1))

    run()


@pytest.mark.parametrize("name", ["named", "looked_up", "share_of_group", "after_a_filter", "joined_with_its_groups"])
def test_loaded_in_the_dask_layout(name: str, tmp_path) -> None:
    function, frame = SPELLED[name], many(200)
    litsdf.compile(function, SCHEMA).save(tmp_path / "function.json")
    loaded = litsdf.Compiled.load(tmp_path / "function.json")
    expected, result = function(frame.copy()), loaded(held(frame, "dask"))
    assert result.layout == "dask"
    pd.testing.assert_frame_equal(result.to_pandas(), expected, check_index_type=False, rtol=1e-9, atol=1e-6)


def looked_up(df):
    table = pd.DataFrame({"c": ["x", "y"], "kind": pd.Categorical(["k", "l"]), "when": pd.to_datetime(["2020", None])})
    return df.merge(table, on="c", how="left")


def test_tables_of_any_dtype_come_back_exactly(tmp_path) -> None:
    litsdf.compile(looked_up, {"c": "str"}).save(tmp_path / "f.json")
    loaded = litsdf.Compiled.load(tmp_path / "f.json")
    frame = pd.DataFrame({"c": ["y", "x", "z"]})
    pd.testing.assert_frame_equal(loaded(frame), looked_up(frame))
    assert loaded.source is None  # a category has no plain Python value
    assert loaded({"c": "x"})["kind"] == "k"


def test_a_row_without_a_function_or_code(tmp_path) -> None:
    compiled = litsdf.compile(lambda df: df.groupby("c", dropna=False)["a"].sum(), SCHEMA)
    compiled.save(tmp_path / "f.json")
    one = pd.DataFrame({"a": [1.0], "b": [2], "c": pd.Series(["a"], dtype="str")})
    assert litsdf.Compiled.load(tmp_path / "f.json")(row_of(one)) == 1.0


def test_a_loaded_function_answers_a_row_without_any_data_library(tmp_path) -> None:
    litsdf.compile(SPELLED["all_of_groups"], SCHEMA).save(tmp_path / "groups.json")
    litsdf.compile(SPELLED["joined_by_text"], SCHEMA).save(tmp_path / "join.json")
    code = (
        "import json, sys, litsdf\n"
        "libraries = ('pandas', 'numpy', 'polars', 'pyarrow')\n"
        f"compiled = litsdf.Compiled.load({str(tmp_path / 'groups.json')!r})\n"
        "answer = compiled({'a': 1.0, 'b': 2, 'c': 'x'})['s']\n"
        "loaded = [name for name in libraries if name in sys.modules]\n"
        f"join = litsdf.Compiled.load({str(tmp_path / 'join.json')!r})\n"
        "found = join({'a': 1.0, 'b': 2, 'c': 'A'})['weight']\n"
        "print(json.dumps([answer, loaded, found, 'pandas' in sys.modules]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == [1.0, [], 1, False]


@pytest.mark.parametrize("change", [
    lambda held: held.update(litsdf_program=99),
    lambda held: held["steps"][0]["calls"][0].__setitem__(0, "to_pickle"),
    lambda held: held["steps"][0]["tables"][0].update(origin=0),
    lambda held: held["nodes"].clear(),
    lambda held: held.pop("result"),
])  # fmt: skip
def test_a_damaged_file_is_refused(change, tmp_path) -> None:
    path = tmp_path / "f.json"
    litsdf.compile(SPELLED["named"], SCHEMA).save(path)
    held = json.loads(path.read_text())
    change(held)
    path.write_text(json.dumps(held))
    with pytest.raises(litsdf.CompileError):
        litsdf.Compiled.load(path)


def test_what_cannot_be_saved_is_said() -> None:
    odd = pd.DataFrame({"c": ["a"], "object": pd.Series([object()], dtype=object)})
    compiled = litsdf.compile(lambda df: df.merge(odd, on="c"), schema(pd.DataFrame({"c": ["a"]})))
    with pytest.raises(litsdf.CompileError, match="cannot be saved"):
        compiled.save("nowhere.json")
