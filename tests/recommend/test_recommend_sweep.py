"""Real servers of a small model, in two layouts, measured and ranked."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.errors import LitmusError

PRICES = {
    "currency": "EUR",
    "source": "a test",
    "date": "today",
    "machines": [{"name": "small", "cpus": 1, "memory": "8GiB", "per_hour": 0.115}],
}


@pytest.fixture(scope="module")
def model() -> litmus.Model:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=200), "town": rng.choice(list("abc"), 200)})
    frame["price"] = 3 * frame["size"] + (frame["town"] == "a")
    return litmus.train(
        frame, target="price", algorithm="LinearModel", k_fold=2, callbacks=[], executor="in_process"
    ).best


def test_a_model_is_served_and_ranked(model: litmus.Model) -> None:
    told: list[str] = []
    rows = [{"size": 0.5, "town": "a"}, {"size": -1.0, "town": None}]
    found = litmus.recommend(
        model, rows=rows, prices=PRICES, batches=[1, 8], duration="0.3s", weights={"throughput": 1}, told=told.append
    )
    assert len(told) == len(found.options) == 3
    ways = {(option.measured.batch, option.measured.form) for option in found.options}
    assert ways == {(1, "json"), (8, "json"), (8, "csv")}
    assert [option.merit for option in found.options] == sorted((one.merit for one in found.options), reverse=True)
    for option in found.options:
        seen = option.measured
        assert 0 < seen.latency_p50 <= seen.latency_p99
        assert seen.memory > 10**7
        expected = 0.115 / (seen.invocations_per_minute * 60 * seen.batch) * 1e6
        assert option.cost_per_million == pytest.approx(expected)
    assert found.best is found.options[0]
    assert "EUR for a million predictions" in str(found)
    json.dumps(found.to_json())


def test_networks_are_served_in_fewer_bits_too(tmp_path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=200), "town": rng.choice(list("abc"), 200)})
    frame["dear"] = np.where(frame["size"] > 0, "yes", "no")
    run = litmus.train(frame, target="dear", algorithm="MLP", k_fold=2, callbacks=[], executor="in_process")
    path = run.best.save(tmp_path / "dear.litmus")
    found = litmus.recommend(
        path, rows=frame.drop(columns="dear").head(20), prices=PRICES, batches=[1], duration="0.2s"
    )
    assert {option.measured.precision for option in found.options} == {"float32", "float16", "int8"}
    differ = {
        note.split()[4].rstrip(","): float(note.split()[-1].rstrip(".")) for note in found.notes if "differ" in note
    }
    assert 0 < differ["float16"] < differ["int8"] < 0.1
    assert "int8" in str(found)
    only = litmus.recommend(path, prices=PRICES, batches=[1], duration="0.2s", precisions="float16")
    assert [option.measured.precision for option in only.options] == ["float16"]
    assert ", networks in float16:" in only.sentence


def test_limits_are_kept_in_mind(model: litmus.Model) -> None:
    found = litmus.recommend(
        model, prices=PRICES, batches=[1], duration="0.2s", deployment={"latency_p99": "1us", "memory": None}
    )
    assert found.best is None
    assert "the limit of 1.0 µs" in found.options[0].misses
    assert "No way to serve it keeps the limits" in found.sentence


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batches": [0]}, "batches has 0"),
        ({"batches": []}, "give numbers of rows"),
        ({"batches": [5000]}, "batches has 5000"),
        ({"forms": ["xml"]}, "forms has .xml."),
        ({"precisions": ["float64"]}, "precisions has .float64.; give some of 'float32', 'float16', 'int8'"),
        ({"duration": "soon"}, "duration='soon' is not a time"),
        ({"weights": {"price": 1}}, "weights has 'price'"),
        ({"deployment": {"p99": 1}}, "deployment has no field 'p99'"),
        ({"prices": {"machines": [{**PRICES["machines"][0], "cpus": 4096}]}}, "has 4096 cores or more"),
        ({"rows": [{"size": "tall", "town": "a"}]}, "size"),
    ],
)
def test_bad_arguments_are_one_sentence(model: litmus.Model, options: dict, message: str) -> None:
    with pytest.raises(LitmusError, match=message):
        litmus.recommend(model, **options)


def test_a_list_is_no_model() -> None:
    with pytest.raises(LitmusError, match="A list is no model"):
        litmus.recommend([1])  # type: ignore[arg-type]
