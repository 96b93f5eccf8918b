"""What columns add to predictions: sums are right, values are Shapley's, and an endpoint's process imports no trainer."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import litmus.runtime
from litmus.errors import ParameterError, PredictionError
from litmus.explain import attributions
from litmus.model import Model
from litmus.postprocessing import Calibrate
from litmus.runtime.attributions import TooSlowError
from litmus.runtime.background import chosen_background
from litmus.runtime.mixtures import _OfColumns, _OfFeatures, dict_rows, mixer_of
from litmus.runtime.shapley import coalitions
from litmus.steps import FunctionStep
from trained_models import people, train_model


def with_background(model: Model, frame: pd.DataFrame) -> Model:
    model.background = chosen_background(dict_rows(frame, model.schema))
    return model


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): (None if pd.isna(v) else v) for k, v in row.items()} for row in frame.to_dict("records")]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return people(200)


@pytest.fixture(scope="module")
def model(frame: pd.DataFrame) -> Model:
    trained = train_model(frame, target="rich", algorithm="LightGBM", folds=2, postprocessing=[Calibrate()])
    return with_background(trained.model, frame)


def test_attributions_and_base_add_up_to_what_is_predicted(model: Model, frame: pd.DataFrame) -> None:
    some = frame.head(6).drop(columns="rich").set_axis(range(10, 16), axis=0)
    expected = model.predict_proba(some)["yes"].to_numpy()
    for evaluations in (10, 300, 5_000):
        for rows in (some, records(some), {name: list(some[name]) for name in some}):
            found = attributions(model, rows, evaluations=evaluations)
            assert np.allclose(found.base + found.values.sum(axis=1), found.outputs, atol=1e-12)
            assert np.allclose(found.outputs[:, 0], expected, atol=1e-5)
            assert found.columns == tuple(model.schema.inputs)
            assert found.labels == ("yes",)
    one = model.explain(records(some)[0], space="log_odds")
    assert one.values.shape == (1, 5, 1)
    assert one.space == "log_odds"
    odds = np.log(expected[0] / (1 - expected[0]))
    assert one.base[0] + one.values.sum() == pytest.approx(odds, abs=1e-3)


@pytest.mark.parametrize(("target", "algorithm"), [("city", "XGBoost"), ("age", "CatBoost"), ("height", "LinearModel")])
def test_every_task_adds_up(frame: pd.DataFrame, target: str, algorithm: str) -> None:
    rows = frame.dropna().reset_index(drop=True)
    trained = with_background(train_model(rows, target=target, algorithm=algorithm).model, rows)
    found = trained.explain(rows.head(3))
    assert np.allclose(found.base + found.values.sum(axis=1), found.outputs, atol=1e-9)
    assert found.labels == (tuple(trained.classes) if target == "city" else (target,))
    assert found.to_json()["rows"][0]["attributions"].keys() == set(trained.schema.inputs)


def test_a_line_has_the_values_of_its_formula() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(300, 9)), columns=list("abcdefghi"))
    weights = np.arange(9.0) - 4
    table["y"] = table.to_numpy() @ weights
    trained = with_background(train_model(table, target="y").model, table)
    rows = table.head(4)
    slope = [
        trained.predict(rows.assign(**{name: rows[name] + 1})).to_numpy()[0] - trained.predict(rows).to_numpy()[0]
        for name in "abcdefghi"
    ]
    for evaluations in (20_000, 900):  # in a line no order matters, so that a few are exact too
        found = attributions(trained, rows, evaluations=evaluations)
        used = len(trained.background) if evaluations > 900 else min(50, 900 // 16)
        mean = pd.DataFrame(trained.background[:used])[list("abcdefghi")].mean().to_numpy()
        assert np.allclose(found.values[:, :, 0], (rows[list("abcdefghi")].to_numpy() - mean) * slope, atol=2e-3)


def shapley_by_definition(value: Any, players: int) -> np.ndarray:
    found = np.zeros(players)
    for order in itertools.permutations(range(players)):
        inside: set[int] = set()
        for player in order:
            before = value(frozenset(inside))
            inside.add(player)
            found[player] += value(frozenset(inside)) - before
    return found / math.factorial(players)


@given(players=st.integers(1, 4), rows=st.integers(1, 3), seed=st.integers(0, 99))
def test_games_have_shapleys_values(players: int, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    worth = {
        (row, subset): rng.normal()
        for row in range(rows)
        for size in range(players)
        for subset in map(frozenset, itertools.combinations(range(players), size))
    }
    full = rng.normal()
    everyone = frozenset(range(players))

    def value(subset: frozenset[int]) -> float:
        return full if subset == everyone else float(np.mean([worth[row, subset] for row in range(rows)]))

    expected = shapley_by_definition(value, players)
    empty = np.array([[worth[row, frozenset()]] for row in range(rows)])
    for budget, tolerance in ((10_000, 1e-9), (1, None)):
        asked = coalitions(players, rows, budget, seed)
        asks = [
            worth[int(row), frozenset(np.flatnonzero(inside).tolist())]
            for row, inside in zip(asked.background, asked.members, strict=True)
        ]
        found, _ = asked.values(np.array(asks).reshape(-1, 1), empty[: asked.rows_used], np.array([full]))
        assert found.sum() == pytest.approx(full - empty.mean(), abs=1e-9)
        if tolerance is not None:
            assert asked.exact
            assert np.allclose(found[:, 0], expected, atol=tolerance)


def test_sampled_values_lie_within_their_errors_of_the_exact_ones() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(400, 8)), columns=list("abcdefgh"))
    table["y"] = table.a * table.b + (table.c > 0) * table.d + table.e
    trained = with_background(train_model(table, target="y", algorithm="LightGBM").model, table)
    exact = attributions(trained, table.head(10), evaluations=20_000)
    sampled = attributions(trained, table.head(10), evaluations=1_500)
    assert exact.method == "exact"
    assert sampled.method == "sampled"
    assert sampled.errors is not None
    apart = np.abs(exact.values - sampled.values) / np.maximum(sampled.errors, 1e-9)
    assert np.median(apart) < 1.5
    assert np.mean(apart < 3) > 0.85
    assert np.corrcoef(exact.values.ravel(), sampled.values.ravel())[0, 1] > 0.99
    assert next(iter(exact.importance())) == "e"


def test_mixing_features_is_mixing_columns(frame: pd.DataFrame) -> None:
    rng = np.random.default_rng(0)
    words = ["good", "bad", "ugly", "fine", "poor", "great"]
    frame = frame.assign(text=[" ".join(rng.choice(words, 5)) + f" number {n}" for n in range(len(frame))])
    trained = with_background(train_model(frame, target="rich", algorithm="LinearModel").model, frame)
    copy = trained.compiled()
    rows = records(frame.drop(columns="rich").head(3))
    fast = mixer_of(copy, rows, trained.background)
    assert isinstance(fast, _OfFeatures)
    assert copy.scoring.program is not None
    assert copy.scoring.program.sparse_widths
    slow = _OfColumns(copy, copy.scoring.program, rows, trained.background)
    members = rng.random((200, len(fast.players))) < 0.5
    background = rng.integers(0, len(trained.background), 200)
    for row in range(3):
        assert np.allclose(fast.mixed(row, members, background), slow.mixed(row, members, background), atol=1e-6)


def double_age(frame: Any) -> Any:
    return frame.assign(double=frame["age"] * 2 + frame["member"])


class Opaque:
    def __call__(self, frame: Any) -> Any:
        return frame.assign(length=[len(str(value)) for value in frame["city"].to_list()])


@pytest.mark.parametrize("function", [double_age, Opaque()])
def test_features_of_several_columns_and_own_code(frame: pd.DataFrame, function: Any) -> None:
    trained = train_model(frame, target="rich", algorithm="LightGBM", before=[FunctionStep(function)]).model
    trained = with_background(trained, frame)
    found = attributions(trained, frame.head(2), evaluations=200)
    assert np.allclose(found.base + found.values.sum(axis=1), found.outputs, atol=1e-9)
    assert found.outputs[:, 0] == pytest.approx(trained.predict_proba(frame.head(2))["yes"].to_numpy(), abs=1e-5)
    assert next(iter(found.importance())) == "age"


def test_a_bundle_keeps_its_background_and_explains_alike(model: Model, frame: pd.DataFrame, tmp_path: Path) -> None:
    path = model.save(tmp_path / "model.litmus")
    copy, loaded = litmus.runtime.load(path), litmus.load(path)
    assert len(copy.background) == 50
    assert copy.background == loaded.background
    first, second, third = (each.explain(frame.head(2)).values for each in (model, copy, loaded))
    assert np.allclose(first, second, atol=1e-9)
    assert np.allclose(first, third, atol=1e-5)
    again = litmus.runtime.load(loaded.save(tmp_path / "again.litmus"))
    assert again.background == copy.background


def test_what_is_refused(model: Model, frame: pd.DataFrame, tmp_path: Path) -> None:
    bare = Model(model.members, schema=model.schema, target=model.target, background=())
    with pytest.raises(ParameterError, match="keeps no background rows"):
        bare.explain(frame.head(1))
    assert bare.explain(frame.head(1), background=frame.tail(20)).values.shape == (1, 5, 1)
    assert litmus.runtime.load(bare.save(tmp_path / "bare.litmus")).background == ()
    with pytest.raises(ParameterError, match="'probability' or 'log_odds'"):
        model.explain(frame.head(1), space="margin")
    with pytest.raises(ParameterError, match="evaluations=0"):
        attributions(model, frame.head(1), evaluations=0)
    with pytest.raises(PredictionError, match="age"):
        model.explain({"city": "Oslo"})
    with pytest.raises(TooSlowError, match="which was enough for"):
        attributions(model, frame, time_limit=0.0)
    with pytest.raises(ParameterError, match="no label 'maybe'"):
        model.explain(frame.head(1)).of_row(0, "maybe")
    assert len(model.explain(frame.head(0))) == 0


def test_explaining_imports_no_library_that_trains(model: Model, tmp_path: Path) -> None:
    path = model.save(tmp_path / "model.litmus")
    code = textwrap.dedent(f"""
        import sys, litmus.runtime
        model = litmus.runtime.load({str(path)!r})
        found = model.explain([model.sample, {{**model.sample, "age": 70}}])
        assert abs(found.base + found.values.sum(axis=1) - found.outputs).max() < 1e-9
        unwanted = "pandas sklearn lightgbm xgboost catboost scipy pyarrow litsdf litmus.steps litmus.pipeline litmus.model"
        print([name for name in unwanted.split() if name in sys.modules])
    """)
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert found.stdout.strip() == "[]", found.stderr
