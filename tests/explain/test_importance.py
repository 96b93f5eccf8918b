"""Importance finds what answers rest on; boosters' own contributions add up to their margins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from litmus.errors import DataError, ParameterError
from litmus.explain import contributions, importance, partial_dependence
from litmus.model import Member, Model
from litmus.runtime.background import chosen_background
from litmus.runtime.mixtures import dict_rows
from trained_models import people, train_model


def made(target: str, algorithm: str, folds: int = 1) -> tuple[Model, pd.DataFrame]:
    frame = people(300)
    if target != "rich":
        frame = frame.dropna().reset_index(drop=True)
    model = train_model(frame, target=target, algorithm=algorithm, folds=folds).model
    model.background = chosen_background(dict_rows(frame, model.schema))
    return model, frame


@pytest.mark.parametrize("algorithm", ["XGBoost", "LightGBM", "CatBoost"])
@pytest.mark.parametrize("target", ["rich", "city", "age"])
def test_contributions_add_up_to_the_margin(algorithm: str, target: str) -> None:
    model, frame = made(target, algorithm)
    rows = frame.head(20)
    found = contributions(model, rows)
    assert found.values.shape[1] == len(model.schema.inputs)
    if target == "age":
        assert np.allclose(found.outputs[:, 0], model.predict(rows), atol=1e-3)
        return
    expected = model.predict_proba(rows).to_numpy()
    if target == "rich":
        assert np.allclose(1 / (1 + np.exp(-found.outputs[:, 0])), expected[:, 1], atol=1e-5)
    else:
        powers = np.exp(found.outputs - found.outputs.max(axis=1, keepdims=True))
        assert np.allclose(powers / powers.sum(axis=1, keepdims=True), expected, atol=1e-5)


def test_contributions_are_averaged_over_folds_and_members() -> None:
    first, frame = made("rich", "XGBoost", folds=3)
    second, _ = made("rich", "LightGBM")
    both = Model(
        [Member(first.pipelines, 0.25), Member(second.pipelines, 0.75)], schema=first.schema, target=first.target
    )
    rows = frame.head(10)
    alone = [contributions(each, rows) for each in (first, second)]
    together = contributions(both, rows)
    assert np.allclose(together.values, 0.25 * alone[0].values + 0.75 * alone[1].values, atol=1e-9)
    assert np.allclose(together.base, 0.25 * alone[0].base + 0.75 * alone[1].base, atol=1e-9)
    assert next(iter(together.importance())) == "age"


@pytest.mark.parametrize("method", ["permutation", "shap", "contributions"])
def test_every_method_finds_what_answers_rest_on(method: str) -> None:
    model, frame = made("rich", "LightGBM", folds=2)
    found = importance(model, frame, method=method, metric="roc_auc" if method == "permutation" else None, repeats=4)
    names = list(found.values)
    assert names[0] == "age"
    top = found.values["age"]
    assert top.low < top.value < top.high
    assert top.low > 0
    assert sum(found.shares().values()) == pytest.approx(1)
    assert set(names) == set(model.schema.inputs)
    assert list(found.to_pandas()["column"]) == names
    if method == "permutation":
        assert found.score is not None
        assert found.score > 0.9
        assert "roc_auc" in found.unit


def test_what_is_refused() -> None:
    model, frame = made("rich", "LinearModel")
    with pytest.raises(ParameterError, match="'permutation', 'shap' or 'contributions'"):
        importance(model, frame, method="gini")
    with pytest.raises(ParameterError, match=r"only XGBoost, LightGBM and CatBoost do"):
        importance(model, frame, method="contributions")
    with pytest.raises(DataError, match="no target column 'rich'"):
        importance(model, frame.drop(columns="rich"))
    with pytest.raises(ParameterError, match="2 labels and 300 rows"):
        importance(model, frame.drop(columns="rich"), ["yes", "no"])
    labelled = importance(model.compiled(), frame.drop(columns="rich"), frame["rich"], repeats=2)
    assert next(iter(labelled.values)) == "age"
    with pytest.raises(ParameterError, match="compiled model keeps no"):
        importance(model.compiled(), frame, method="contributions")


def test_dependence_of_one_column_and_two() -> None:
    model, frame = made("rich", "LinearModel")
    age = partial_dependence(model, frame, "age", grid=7)
    assert age.mean.shape == (7, 1)
    assert (np.diff(age.mean[:, 0]) > 0).all()
    assert age.rows is not None
    assert age.rows.shape == (200, 7, 1)
    assert np.allclose(age.rows.mean(axis=0), age.mean)
    expected = model.predict_proba(frame.head(200).assign(age=age.grid[0][3]))
    again = partial_dependence(model, frame.head(200), "age", grid=[age.grid[0][3]])
    assert again.mean[0, 0] == pytest.approx(expected["yes"].mean(), abs=1e-5)
    city = partial_dependence(model, frame, "city")
    assert set(city.grid[0]) == {"Delft", "Lyon", "Oslo"}
    assert city.grid[0][int(city.mean[:, 0].argmax())] == "Oslo"
    both = partial_dependence(model, frame, ["city", "age"], grid=4)
    assert both.mean.shape == (3, 4, 1)
    since = partial_dependence(model, frame, "since", grid=4)
    for found in (age, city, both, since):
        chart = found.chart()
        assert chart.spec["layer"]
        assert len(chart.table.rows) == len(found.grid[0])
        assert found.to_json()["columns"] == list(found.columns)
    with pytest.raises(ParameterError, match="no column 'size'"):
        partial_dependence(model, frame, "size")
    with pytest.raises(ParameterError, match="two different ones"):
        partial_dependence(model, frame, ["age", "age"])
