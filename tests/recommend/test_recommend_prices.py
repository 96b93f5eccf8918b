"""Prices, weights and ranks of the ways to serve a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from litmus.errors import LitmusError, ParameterError
from litmus.recommendation.prices import MachinePrice, PriceTable, cost_per_inference, read_prices
from litmus.recommendation.result import Option, Recommendation, ranked
from litmus.recommendation.sweep import Layout, Measured, layouts_for
from litmus.recommendation.weights import read_weights


def option(name: str, per_hour: float, *, p99: float, per_minute: float, batch: int = 1, misses: str = "") -> Option:
    measured = Measured(Layout(1, 2), batch, "json", p99 / 2, p99, per_minute, memory=10**8)
    return Option(MachinePrice(name, 2, 2**32, per_hour), measured, misses=misses)


def test_the_known_case() -> None:
    assert cost_per_inference(0.115, 329) * 1e6 == pytest.approx(5.826, abs=5e-4)
    assert option("ml", 0.115, p99=0.1, per_minute=329).cost_per_million == pytest.approx(5.826, abs=5e-4)


def test_a_request_with_many_rows_shares_its_cost() -> None:
    alone, many = (option("ml", 0.115, p99=0.1, per_minute=329, batch=batch) for batch in (1, 10))
    assert many.cost_per_million == pytest.approx(alone.cost_per_million / 10)
    assert many.rows_per_second == pytest.approx(10 * alone.rows_per_second)


def test_weights_decide_the_order_and_what_misses_comes_last() -> None:
    cheap = option("cheap", 0.01, p99=0.2, per_minute=100)
    quick = option("quick", 1.00, p99=0.01, per_minute=200)
    best = option("free", 0.001, p99=0.001, per_minute=900, misses="it takes too much")
    by_cost = ranked([quick, best, cheap], read_weights({"cost": 1}))
    assert [one.machine.name for one in by_cost] == ["cheap", "quick", "free"]
    by_latency = ranked([cheap, best, quick], read_weights({"latency": 1}))
    assert [one.machine.name for one in by_latency] == ["quick", "cheap", "free"]
    alone = ranked([cheap], read_weights())
    assert alone[0].merit == pytest.approx(1.0)


def test_it_prints_what_to_take() -> None:
    found = ranked([option("c6i.large", 0.085, p99=0.004, per_minute=6000)], read_weights())
    table = read_prices()
    made = Recommendation("adult-3", found, read_weights(), table, "a processor", ("A note.",))
    assert "Take c6i.large with 1 worker of 2 threads and one row a request: 0.236 USD" in str(made)
    assert table.source in str(made)
    assert made.to_pandas().loc[0, "machine"] == "c6i.large"
    assert json.loads(json.dumps(made.to_json()))["options"][0]["cost_per_million"] == pytest.approx(0.2361, abs=1e-4)


def test_it_says_when_no_way_keeps_the_limits() -> None:
    found = ranked([option("slow", 0.1, p99=0.4, per_minute=10, misses="p99 latency is 400 ms")], read_weights())
    made = Recommendation("adult-3", found, read_weights(), read_prices(), "a processor")
    assert made.best is None
    assert made.sentence.startswith("No way to serve it keeps the limits; the nearest is slow with")


def test_layouts_divide_the_cores() -> None:
    assert layouts_for(1) == [Layout(1, 1)]
    assert all(layout.cpus == 6 for layout in layouts_for(6))
    assert [layout.workers for layout in layouts_for(6)] == [1, 2, 3, 6]


def test_the_table_of_litmus_says_where_its_prices_are_from() -> None:
    table = read_prices()
    assert table.date
    assert "https://" in table.source
    assert all(machine.per_hour > 0 for machine in table.machines)


@pytest.mark.parametrize("name", ["prices.json", "prices.yaml"])
def test_ones_own_prices(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    yaml = "currency: EUR\nmachines:\n  - {name: desk, cpus: 2, memory: 4GiB, per_hour: 0.02}\n"
    content = {
        "currency": "EUR",
        "machines": [{"name": "desk", "cpus": 2, "memory": "4GiB", "per_hour": 0.02}],
    }
    file.write_text(yaml if name.endswith("yaml") else json.dumps(content))
    assert read_prices(file) == PriceTable((MachinePrice("desk", 2, 2**32, 0.02),), "EUR")
    assert read_prices(read_prices(file).to_json()) == read_prices(file)


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        ("nowhere.json", "cannot be read: No such file"),
        ({}, "names no machines"),
        ([], "names no machines"),
        ({"machines": [], "currency": "USD"}, "names no machines"),
        ({"machines": [{"name": "a"}]}, "machine 1 must have name, cpus, memory, per_hour"),
        ({"machines": [{"name": "a", "cpus": 0, "memory": 1, "per_hour": 1}]}, "cpus=0 is not allowed"),
        ({"machines": [{"name": "a", "cpus": 1, "memory": "x", "per_hour": 1}]}, "memory='x' is not a size"),
        ({"machines": [{"name": "a", "cpus": 1, "memory": 1, "per_hour": -1}]}, "per_hour=-1 is not allowed"),
        ({"machines": [{"name": "a", "cpus": 1, "memory": 1, "per_hour": 1}], "day": 1}, "has 'day'"),
    ],
)
def test_prices_that_cannot_be_used(prices: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        read_prices(prices)


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    for name in ("prices.json", "prices.yaml"):
        file = tmp_path / name
        file.write_text("{machines: [")
        with pytest.raises(ParameterError, match="are no JSON"):
            read_prices(file)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"costs": 1}, r"weights has 'costs'. Did you mean 'cost'\?"),
        ({"cost": -1}, "cost=-1 is not allowed"),
        ({"cost": "much"}, "cost='much' is not allowed"),
        ({"cost": 0}, "nothing above 0"),
        ({}, "nothing above 0"),
        ("cost", "weights='cost' is not allowed"),
    ],
)
def test_weights_that_cannot_be_used(weights: object, message: str) -> None:
    with pytest.raises(LitmusError, match=message):
        read_weights(weights)


def test_a_cost_needs_requests() -> None:
    with pytest.raises(ParameterError, match="requests above 0"):
        cost_per_inference(0.1, 0)
