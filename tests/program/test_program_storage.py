"""A program on disk: what was saved comes back, and a damaged or hostile file is refused."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from litmus.errors import BundleError
from litmus.pipeline.lowering import lower
from litmus.program import Graph, Program
from litmus.steps import (
    DateParts,
    FrequencyEncoder,
    Impute,
    OneHotEncoder,
    QuantileScale,
    StandardScale,
    TargetEncoder,
    TextCounts,
    TextTfidf,
)
from program_rows import arrays_of, dicts_of, fitted


def table(rows=60):
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "age": random.normal(40, 12, rows),
            "pay": random.lognormal(3, 1, rows),
            "member": pd.array(random.random(rows) < 0.4, dtype="boolean"),
            "city": pd.Series(random.choice(["Bonn", "Kiel"], rows), dtype="str"),
        }
    )
    frame.loc[::7, "age"] = np.nan
    frame.loc[::9, "member"] = pd.NA
    frame.loc[::8, "city"] = None
    return frame


def program_of(frame):
    graph = Graph()
    scaled = fitted([TargetEncoder(), Impute(), StandardScale()], frame)
    ranked = fitted([OneHotEncoder(output="sparse"), QuantileScale(columns=["pay"])], frame, algorithm="LinearModel")
    counted = fitted([FrequencyEncoder()], frame)
    return Program.of([lower(pipeline, graph) for pipeline in (scaled, ranked, counted)])


@pytest.fixture
def saved(tmp_path):
    frame = table()
    program = program_of(frame)
    program.save(tmp_path)
    return tmp_path, program, frame


def test_what_was_saved_gives_the_same_features(saved):
    folder, program, frame = saved
    loaded = Program.load(folder)
    assert loaded.inputs == program.inputs
    assert loaded.width == program.width
    assert loaded.sparse == program.sparse
    assert loaded.source == program.source
    for mine, its in zip(program.columns, loaded.columns, strict=True):
        np.testing.assert_array_equal(mine, its)
    for values in dicts_of(frame):
        mine, its = program.row(values), loaded.row(values)
        np.testing.assert_array_equal(mine.dense, its.dense)
        np.testing.assert_array_equal(mine.sparse[0][0], its.sparse[0][0])
    arrays = arrays_of(frame)
    np.testing.assert_array_equal(program.rows(arrays, len(frame)).dense, loaded.rows(arrays, len(frame)).dense)


def test_a_loaded_program_needs_no_table_and_no_training_library(saved):
    folder, _, _ = saved
    code = f"""
import sys
from pathlib import Path
from litmus.program import Program
program = Program.load(Path({str(folder)!r}))
program.row({{"age": 3.0, "pay": 1.0, "member": True, "city": "Bonn"}})
import numpy as np
texts = np.array(["Bonn", None], dtype=object)
program.rows({{"age": np.zeros(2), "pay": np.ones(2), "member": np.ones(2), "city": texts}}, 2)
heavy = {{"pandas", "scipy", "sklearn", "pyarrow", "polars", "litsdf", "lightgbm", "litmus.steps", "litmus.pipeline"}}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def changed(held, path, value):
    """A copy of JSON with one value replaced."""
    held = json.loads(json.dumps(held))
    place = held
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return held


def places(held, path=()):
    """Every place of nested JSON."""
    yield path
    items = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def test_no_change_of_a_file_does_more_than_raise(saved):
    """Any value of the file replaced by any of these gives a program or a BundleError, never another error."""
    folder, _, frame = saved
    file = folder / "program.json"
    held = json.loads(file.read_text())
    values = dicts_of(frame)[0]
    refused = 0
    for path in list(places(held))[1::3]:
        for value in (-1, 10**9, None, "a1", {"array": "a0"}):
            file.write_text(json.dumps(changed(held, path, value)))
            try:
                program = Program.load(folder)
            except BundleError:
                refused += 1
                continue
            program.row(dict.fromkeys(program.inputs) | values)
    assert refused > 50


def add_columns(df):
    df["ratio"] = df["count"] / 3
    df["length"] = df["title"].str.lower().str.len()
    return df


def texts_and_code():
    """A program of words, sequences, topics, dates, counts and own code, and rows for it."""
    frame = pd.DataFrame(
        {
            "title": pd.Series(["one two", "two three", None, "one one"] * 3, dtype="str"),
            "paid": pd.Series(pd.date_range("2024-01-01", periods=12, freq="37h")).astype("datetime64[us]"),
            "count": np.arange(12),
        }
    )
    graph = Graph()
    sparse = fitted(
        [add_columns, TextTfidf(characters=True, max_terms=4), DateParts(parts=["day", "elapsed days"])],
        frame,
        algorithm="LinearModel",
    )
    dense = fitted([TextCounts(), TextTfidf(components=2, max_terms=4), DateParts(parts=["day"])], frame)
    return Program.of([lower(pipeline, graph) for pipeline in (sparse, dense)]), frame


def test_no_change_of_an_array_or_of_texts_and_code_does_more_than_raise(tmp_path):
    program, frame = texts_and_code()
    program.save(tmp_path)
    file, arrays = tmp_path / "program.json", tmp_path / "arrays.npz"
    held, rows = json.loads(file.read_text()), dicts_of(frame)[:3]
    refused = 0

    def asked():
        try:
            found = Program.load(tmp_path)
        except BundleError:
            return 1
        if set(found.inputs) <= set(frame):  # else the column has another name now
            for row in rows:
                found.row(row)
            found.rows(arrays_of(frame), len(frame))
        return 0

    for path in list(places(held))[1::6]:
        for value in (-1, 10**9, "a1"):
            file.write_text(json.dumps(changed(held, path, value)))
            refused += asked()
    file.write_text(json.dumps(held))
    with np.load(arrays) as opened:
        kept = dict(opened)
    for name, values in kept.items():
        for other in (
            values[:-1],
            values.astype(np.float64),
            -values,
            values + 2**40 if values.dtype == np.int64 else None,
        ):
            if other is not None:
                np.savez(arrays, **kept | {name: other})
                refused += asked()
    assert refused > 50


@pytest.mark.parametrize("name", ["program.json", "arrays.npz"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"[1]", b"PK\x03\x04 and no more", b"\xff" * 100])
def test_a_damaged_file_is_refused(saved, name, content):
    folder, _, _ = saved
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(BundleError, match="save the model again"):
        Program.load(folder)


def test_arrays_of_objects_are_never_unpickled(saved):
    folder, _, _ = saved
    with np.load(folder / "arrays.npz") as file:
        arrays = dict(file)
    arrays["a0"] = np.array([{"a": 1}], dtype=object)
    np.savez(folder / "arrays.npz", **arrays)
    with pytest.raises(BundleError):
        Program.load(folder)


def test_a_newer_format_says_so(saved):
    folder, _, _ = saved
    held = json.loads((folder / "program.json").read_text())
    (folder / "program.json").write_text(json.dumps(held | {"format": 2}))
    with pytest.raises(BundleError, match="update Litmus"):
        Program.load(folder)
