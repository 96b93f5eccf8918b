"""Explanations over HTTP are those of the compiled model, bounded, and asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from running_server import Running, start, stop

import litmus.runtime
from litmus.runtime import RuntimeModel
from litmus.runtime.background import chosen_background
from litmus.runtime.mixtures import dict_rows
from trained_models import people, train_model


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = train_model(people(), target="rich", algorithm="LightGBM").model
    model.background = chosen_background(dict_rows(people(), model.schema))
    return model.save(tmp_path_factory.mktemp("explained") / "model.litmus")


@pytest.fixture(scope="module")
def copy(path: Path) -> RuntimeModel:
    return litmus.runtime.load(path)


@pytest.fixture(scope="module")
def client(path: Path) -> Iterator[httpx.Client]:
    running: Running = start(str(path), path.parent / "log")
    with running.client() as client:
        yield client
    stop(running)


def test_one_row_and_many_are_explained(client: httpx.Client, copy: RuntimeModel) -> None:
    row = dict(copy.sample)
    plain = client.post("/predict", json=row).json()
    given = client.post("/predict?explain=true", json=row)
    assert given.status_code == 200, given.text
    answer = given.json()
    told = answer.pop("explanation")
    assert answer == plain
    expected = copy.explain(row)
    assert told["labels"] == ["yes"]
    assert (told["space"], told["method"]) == (expected.space, expected.method)
    for name, value in told["attributions"].items():
        assert value == [pytest.approx(expected.of_row(0)[name], abs=1e-5)]
    total = told["base"][0] + sum(value[0] for value in told["attributions"].values())
    assert total == pytest.approx(plain["probabilities"]["yes"], abs=1e-4)
    many = client.post("/predict?explain=1", json=[row, {**row, "age": 70}]).json()
    assert len(many["explanations"]) == len(many["predictions"]) == 2
    assert "explanation" not in client.post("/predict?explain=false", json=row).json()


def test_tensors_are_explained(client: httpx.Client, copy: RuntimeModel) -> None:
    example = client.get("/openapi.json").json()["paths"]["/v2/models/{model}/infer"]["post"]["requestBody"]
    body = example["content"]["application/json"]["examples"]["one"]["value"]
    name = client.get("/v2/models").json()["models"][0]["name"]
    url = f"/v2/models/{name}/infer"
    assert len(client.post(url, json=body).json()["outputs"]) == 2
    outputs = {
        each["name"]: each
        for each in client.post(url, json={**body, "parameters": {"explain": True}}).json()["outputs"]
    }
    values = np.array(outputs["attributions"]["data"]).reshape(outputs["attributions"]["shape"])
    assert values.shape == (1, 5, 1)
    assert np.allclose(values, copy.explain(copy.sample).values, atol=1e-5)
    probability = outputs["probabilities"]["data"][1]
    assert outputs["base"]["data"][0] + values.sum() == pytest.approx(probability, abs=1e-5)


def test_what_is_refused(client: httpx.Client, copy: RuntimeModel) -> None:
    row = dict(copy.sample)
    assert client.post("/predict?explain=maybe", json=row).status_code == 422
    many = client.post("/predict?explain=true", json=[row] * 51)
    assert many.status_code == 413
    assert "50 rows" in many.json()["error"]
    wrong = client.post("/predict?explain=true", json={"city": "Oslo"})
    assert wrong.status_code == 422
    assert "age" in wrong.json()["error"]
    document = client.get("/openapi.json").json()
    assert [each["name"] for each in document["paths"]["/predict"]["post"]["parameters"]] == ["explain"]
