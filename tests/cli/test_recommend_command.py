"""`litmus recommend`, and `litmus train --deployment`: what they write, and their exit codes."""

import json

from litmus.cli.pairs import read_deployment


def test_it_ranks_the_ways_to_serve_a_model(trained):
    place = trained.place
    prices = place.folder / "prices.json"
    machines = [{"name": "desk", "cpus": 1, "memory": "8GiB", "per_hour": 0.05}]
    prices.write_text(json.dumps({"machines": machines, "currency": "EUR", "source": "us", "date": "now"}))
    done = place.run(
        "recommend", "people-1", "--prices", prices, "--batch", 1, "--duration", "0.3s", "--weights", "cost=2,latency=1",
        "--deployment", "latency_p99=30s", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = done.json
    assert found["options"][0]["machine"] == "desk"
    assert found["options"][0]["cost_per_million"] > 0
    assert found["weights"]["cost"] == 2 / 3
    assert place.left_behind() == []


def test_the_prices_are_shown_to_be_edited(trained, run_here):
    done = run_here(trained.place, "recommend", "people-1", "--show-prices")
    assert done.code == 0
    assert done.json["machines"][0]["per_hour"] > 0


def test_mistakes(trained, run_here):
    place = trained.place
    assert "There is no model 'nobody'" in run_here(place, "recommend", "nobody").sentence
    assert "must be names and values" in run_here(place, "recommend", "people-1", "--weights", "cost").sentence
    assert "cost='lots' is no number" in run_here(place, "recommend", "people-1", "--weights", "cost=lots").sentence
    assert "weights has 'price'" in run_here(place, "recommend", "people-1", "--weights", "price=1").sentence
    assert "cannot be read" in run_here(place, "recommend", "people-1", "--prices", "none.json").sentence
    train = ("train", trained.table, "--target", "bought", "--deployment")
    assert "has no field 'latency'" in run_here(place, *train, "latency=5ms").sentence
    assert "is not a time" in run_here(place, *train, "latency_p99=5 furlongs").sentence
    assert "must be names and values" in run_here(place, *train, "5ms").sentence


def test_a_deployment_is_read():
    assert read_deployment(["latency-p99=5ms, cpus=2", "max_size=any"]) == {
        "latency_p99": "5ms",
        "cpus": 2,
        "max_size": None,
    }
    assert read_deployment(None) is None


def test_training_for_a_deployment(trained):
    place = trained.place
    train = ("train", trained.table, "--target", "bought", "--algorithm", "LinearModel", "--folds", 2, "--cpus", 1)
    done = place.run(*train, "--deployment", "latency_p99=30s,memory=any", "--finalists", 0, "--json")
    assert done.code == 0, done.err
    found = done.json
    assert found["deployment"]["chosen"] == "LinearModel"
    assert found["leaderboard"][0]["estimate"]["latency_p99"] > 0
    output = place.folder / "never.litmus"
    done = place.run(*train, "--deployment", "latency_p99=1us", "--finalists", 0, "--output", output, "--quiet")
    assert done.code == 3
    assert "Nothing qualifies. LinearModel: p99 latency is" in done.out
    assert "What would help:" in done.out
    assert "Nothing was written to" in done.err
    assert not output.exists()
