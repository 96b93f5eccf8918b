"""A chain of bundles: each one's answer feeds the next, and a real row goes through before it serves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from endpoint_worker import worker

import litmus.runtime
from litmus.batch import predict_file
from litmus.errors import ParameterError, PredictionError
from litmus.serve.chain import Chain
from litmus.serve.config import ServiceConfig
from trained_models import train_model


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two models: whether somebody buys, and, from that and another column, for how much."""
    folder = tmp_path_factory.mktemp("chain")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.integers(18, 80, 500), "rooms": rng.integers(1, 6, 500)})
    buys = train_model(frame[["age"]].assign(buys=np.where(frame["age"] > 50, "yes", "no")), target="buys").model
    first = Path(buys.save(folder / "buys.litmus"))
    frame.to_csv(folder / "in.csv", index=False)
    predict_file(litmus.runtime.load(first), folder / "in.csv", folder / "out.csv", probabilities=True)
    seen = pd.read_csv(folder / "out.csv")[["rooms", "prediction", "probability of yes"]]
    seen["price"] = seen["rooms"] * 100 + (seen["prediction"] == "yes") * 1000 + seen["probability of yes"]
    price = train_model(seen, target="price").model
    return [first, Path(price.save(folder / "price.litmus"))]


@pytest.fixture
def models(paths: list[Path]) -> list[litmus.runtime.RuntimeModel]:
    return [litmus.runtime.load(path) for path in paths]


def test_answers_are_those_of_the_models_one_after_the_other(models: list) -> None:
    chain = Chain(models)
    assert list(chain.schema.inputs) == ["age", "rooms"]
    assert set(chain.sample) == {"age", "rooms"}
    assert (chain.task, chain.classes) == ("regression", ())
    rows = [{"age": 20, "rooms": 2}, {"age": 70, "rooms": 3}, {"age": 51, "rooms": 1}]
    by_hand = []
    for row in rows:
        between = {"prediction": models[0].predict(row), "probability of yes": models[0].predict_proba(row)["yes"]}
        by_hand.append(models[1].predict({**row, **between}))
    np.testing.assert_allclose(chain.answer(rows).labels, by_hand)
    np.testing.assert_allclose([chain.answer(row).labels[0] for row in rows], by_hand)
    assert rows[0] == {"age": 20, "rooms": 2}
    assert len(chain.answer([]).labels) == 0


def test_answers_may_be_called_otherwise(models: list) -> None:
    frame = pd.DataFrame({"risk": np.linspace(0, 1, 200)})
    last = train_model(frame.assign(price=frame["risk"] * 10), target="price").model
    chain = Chain([models[0], last], mapping=[{"probability of yes": "risk", "prediction": None}])
    assert chain.answer({"age": 79}).labels[0] == pytest.approx(
        models[0].predict_proba({"age": 79})["yes"] * 10, abs=0.2
    )
    with pytest.raises(
        ParameterError, match="answers no 'probability of maybe'; it answers prediction, probability of no"
    ):
        Chain(models, mapping=[{"probability of maybe": "risk"}])


def test_a_chain_that_does_not_fit_is_refused_when_it_is_made(models: list) -> None:
    with pytest.raises(ParameterError, match="does not go through the chain: Model 2 of the chain"):
        Chain([models[0], models[0]], mapping=[{"prediction": "age"}])
    for number in (0, 1, 6):
        with pytest.raises(ParameterError, match=f"A chain of {number}"):
            Chain(models[:1] * number)
    with pytest.raises(ParameterError, match="2 mappings were given for 2 models"):
        Chain(models, mapping=[{}, {}])
    with pytest.raises(PredictionError, match="^age: 'old'"):
        Chain(models).answer({"age": "old", "rooms": 1})
    with pytest.raises(PredictionError, match="rooms"):
        Chain(models).answer({"age": 3, "rooms": "many"})


def test_over_http(paths: list[Path], models: list, tmp_path: Path) -> None:
    config = ServiceConfig("chain", 1, chain=[str(path) for path in paths], require_key=False)
    rows = [{"age": 20, "rooms": 2}, {"age": 70, "rooms": 3}]
    with worker(tmp_path, config) as client:
        one = client.post("/predict", json=rows[0])
        many = client.post("/predict", json=rows)
        document = client.get("/openapi.json").json()
        assert client.post("/predict", json={"age": 1}).status_code == 422
        assert client.get("/v2/health/ready").json()["ready"]
    np.testing.assert_allclose(many.json()["predictions"], Chain(models).answer(rows).labels)
    assert one.json()["prediction"] == pytest.approx(many.json()["predictions"][0])
    assert one.headers["x-litmus-variant"] == "chain"
    assert list(document["components"]["schemas"]["Row"]["properties"]) == ["age", "rooms"]
