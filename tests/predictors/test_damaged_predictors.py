"""A predictor that was damaged or made up is refused before it is used."""

from __future__ import annotations

import json

import numpy as np
import pytest
from test_predictor_parity import fitted, table

from litmus.errors import BundleError
from litmus.predictors import combined, load_form, load_predictor


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with a form of each of a few algorithms, and a predictor."""
    X, signal = table(300)
    y = (signal > np.median(signal)).astype(np.int64)
    folder = tmp_path_factory.mktemp("forms")
    for name in ("LightGBM", "XGBoost", "CatBoost", "LinearModel", "MLP", "NearestNeighbours", "Baseline"):
        (folder / name).mkdir()
        if name == "CatBoost":
            fitted(name, "regression", X, signal, 0).lowered().save(folder / name)
        else:
            fitted(name, "binary", X, y, 2).lowered().save(folder / name)
    return folder


def read(folder):
    with np.load(folder / "arrays.npz") as file:
        return dict(file)


def changed(saved, name, tmp_path, **arrays):
    """A copy of a form with some arrays replaced (by a function of the array) or, when None, taken away."""
    folder = tmp_path / name
    folder.mkdir()
    given = read(saved / name)
    for key, value in arrays.items():
        if value is None:
            del given[key]
        else:
            given[key] = value(given[key].copy())
    (folder / "form.json").write_text((saved / name / "form.json").read_text())
    np.savez(folder / "arrays.npz", **given)
    return folder


def put(at, value):
    def change(array):
        array[at] = value
        return array

    return change


@pytest.mark.parametrize(
    ("name", "arrays"),
    [
        ("LightGBM", {"right": put(0, 10**6)}),
        ("LightGBM", {"right": put(0, 1)}),
        ("LightGBM", {"right": lambda array: np.where(array == 0, 2, array)}),
        ("LightGBM", {"feature": put(0, 99)}),
        ("LightGBM", {"feature": put(0, -1)}),
        ("LightGBM", {"starts": put(1, 0)}),
        ("LightGBM", {"starts": put(-1, 10**6)}),
        ("LightGBM", {"target": put(0, 5)}),
        ("LightGBM", {"target": put(0, -1)}),
        ("LightGBM", {"leaves": put(0, np.nan)}),
        ("LightGBM", {"leaves": lambda array: array[:-1]}),
        ("LightGBM", {"threshold": lambda array: array[:-1]}),
        ("XGBoost", {"member": put(0, 10**6)}),
        ("XGBoost", {"set_codes": put(0, -5)}),
        ("XGBoost", {"set_starts": put(-1, 10**6)}),
        ("LightGBM", {"column": put(0, -3)}),
        ("LightGBM", {"block": put(0, -9)}),
        ("LightGBM", {"leaves": None}),
        ("LightGBM", {"right": lambda array: array.astype(np.float64)}),
        ("CatBoost", {"statistics_feature": put(0, 99)}),
        ("CatBoost", {"statistics_sequences": put((0, 0), 10**6)}),
        ("CatBoost", {"statistics_keys": lambda array: array[::-1]}),
        ("CatBoost", {"statistics_combination": put(0, 10**6)}),
        ("CatBoost", {"statistics_first": put(0, 10**9)}),
        ("CatBoost", {"statistics_kind": put(0, 7)}),
        ("LinearModel", {"coefficients": lambda array: array[:-1]}),
        ("LinearModel", {"coefficients": put((0, 0), np.inf)}),
        ("MLP", {"weights01": lambda array: array.T[:3]}),
        ("MLP", {"offsets00": put(0, np.nan)}),
        ("NearestNeighbours", {"votes": lambda array: array[:-1]}),
        ("NearestNeighbours", {"rows": put((0, 0), np.nan)}),
        ("Baseline", {"values": put(0, np.nan)}),
    ],
)
def test_damaged_arrays(saved, name, arrays, tmp_path):
    with pytest.raises(BundleError, match="damaged"):
        load_form(changed(saved, name, tmp_path, **arrays))


@pytest.mark.parametrize("kind", ["Tree", "", None, 3, "Form"])
def test_unknown_kind(saved, kind, tmp_path):
    folder = changed(saved, "Baseline", tmp_path)
    values = json.loads((folder / "form.json").read_text())
    (folder / "form.json").write_text(json.dumps({**values, "kind": kind}))
    with pytest.raises(BundleError, match="no kind of form"):
        load_form(folder)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x00" * 100])
def test_files_that_are_no_archives(saved, content, tmp_path):
    folder = changed(saved, "LightGBM", tmp_path)
    (folder / "arrays.npz").write_bytes(content)
    with pytest.raises(BundleError, match="damaged"):
        load_form(folder)


def test_arrays_that_would_run_code(saved, tmp_path):
    folder = changed(saved, "Baseline", tmp_path)
    np.savez(folder / "arrays.npz", values=np.array([print], dtype=object))
    with pytest.raises(BundleError, match="damaged"):
        load_form(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"weights": []},
        {"weights": [1.0, 1.0]},
        {"weights": [float("nan")]},
        {"engines": [["tables", [0, 0]]]},
        {"engines": [["tables", [3]]]},
        {"engines": [["magic", [0]]]},
        {"engines": [["linear", [0]]]},
        {"engines": "tables"},
    ],
)
def test_damaged_predictor(saved, change, tmp_path):
    combined([(load_form(saved / "LightGBM"), 1.0)]).save(tmp_path)
    facts = json.loads((tmp_path / "predictor.json").read_text())
    (tmp_path / "predictor.json").write_text(json.dumps(facts | change))
    with pytest.raises(BundleError, match="damaged"):
        load_predictor(tmp_path)


def test_random_bytes_in_the_arrays(saved, tmp_path):
    """Whatever bits flip: an error that says so, or a form that answers; never a crash."""
    folder = changed(saved, "LightGBM", tmp_path)
    given, rng = read(folder), np.random.default_rng(0)
    X, _ = table(50)
    refused = 0
    for _ in range(60):
        arrays = {name: array.copy() for name, array in given.items()}
        array = arrays[rng.choice(sorted(arrays))]
        if array.size and array.dtype != bool:
            array.reshape(-1).view(np.uint8)[rng.integers(array.nbytes)] ^= 1 << rng.integers(8)
        np.savez(folder / "arrays.npz", **arrays)
        try:
            form = load_form(folder)
        except BundleError:
            refused += 1
        else:
            if form.places.column.max() < X.shape[1] and form.places.all_dense:
                assert form.scores(X).shape == (50, 2)
    assert refused > 10
