"""`litmus deploy` and `litmus endpoints`: from the one click to nothing left, as somebody types it."""

import json
import subprocess

import pytest

import litmus
from litmus.cli.deploy import name_of


@pytest.fixture
def deployed(place, trained):
    """An endpoint in the place's store; deleted after the test."""
    done = place.run("deploy", trained.model, "--name", "shop", "--workers", "1")
    assert done.code == 0, done.err
    yield done.out
    place.run("endpoints", "delete", "shop", "--yes")


def test_what_is_printed_works_as_it_is_printed(place, trained, deployed):
    lines = [line.strip() for line in deployed.splitlines()]
    assert lines[0].startswith("shop is up at http://127.0.0.1:")
    assert "model people-1, 1 worker" in lines[0]
    key = next(line for line in lines if line.startswith("Key: ")).removeprefix("Key: ")
    curl = next(line for line in lines if line.startswith("curl "))
    assert key in curl
    asked = subprocess.run(
        ["sh", "-c", curl.replace("curl ", "curl -sS ", 1)], check=False, capture_output=True, text=True
    )
    assert json.loads(asked.stdout)["prediction"] in ("yes", "no")
    for command in (line.split("  ")[0] for line in lines if line.startswith("litmus endpoints describe")):
        assert place.run(*command.split()[1:]).code == 0


def test_endpoints_are_listed_described_updated_stopped_and_started(place, trained, deployed):
    listed = place.run("endpoints")
    assert listed.out.split()[:2] == ["shop", "running"]
    facts = place.run("endpoints", "--json").json
    assert [(each["name"], each["status"]) for each in facts] == [("shop", "running")]
    assert {"url", "pid", "workers", "variants", "message"} <= facts[0].keys()
    described = place.run("endpoints", "describe", "shop")
    assert "people-1: 100 % of the requests; not asked yet" in described.out
    assert place.run("endpoints", "describe", "shop", "--json").json["name"] == "shop"
    updated = place.run(
        "endpoints", "update", "shop", trained.model, "--rollout", "canary:50:0.3s", "--max-error-rate", "0.5"
    )
    assert (updated.code, updated.out.splitlines()[-1]) == (0, "Done: people-1 gets all requests.")
    assert "answer" in place.run("endpoints", "logs", "shop").out
    assert '"event": "up"' in place.run("endpoints", "logs", "shop", "--events").out
    assert len(place.run("endpoints", "rotate-key", "shop", "--json").json["key"]) == 43
    assert "has 2 workers from now on" in place.run("endpoints", "scale", "shop", "2").out
    assert "is stopped" in place.run("endpoints", "stop", "shop").out
    assert place.run("endpoints").out.split()[:2] == ["shop", "stopped"]
    assert place.run("endpoints", "start", "shop").out.startswith("shop is up at http://")
    assert place.run("endpoints", "delete", "shop", "--yes").out == "shop is deleted.\n"
    assert place.run("endpoints").out.startswith("There is no endpoint yet.")
    assert place.left_behind() == []


def test_an_update_that_is_taken_back_says_why_and_exits_with_3(place, trained, deployed):
    back = place.run(
        "endpoints", "update", "shop", trained.model, "--rollout", "all:1s", "--min-score", "accuracy >= 0.9"
    )
    assert "captured" in back.sentence
    under_way = place.run("endpoints", "update", "shop", trained.model, "--rollout", "canary:10:1h", "--no-wait")
    assert "has begun" in under_way.out
    assert "is under way" in place.run("endpoints", "update", "shop", trained.model).sentence
    cancelled = place.run("endpoints", "update", "shop", "--cancel")
    assert (cancelled.code, cancelled.out) == (0, "The update of shop was taken back.\n")
    facts = place.run("endpoints", "describe", "shop", "--json").json
    key = next(line for line in deployed.splitlines() if line.startswith("Key: ")).removeprefix("Key: ")
    watched = place.start("endpoints", "update", "shop", trained.model, "--rollout", "all:1h", "--max-p99", "1us")
    with litmus.Client(facts["url"], key) as client:
        while watched.poll() is None:
            client.predict({"age": 40, "town": "Oslo", "height": 170.0})
    out, _ = watched.communicate()
    assert watched.returncode == 3
    assert "Taken back: p99 is" in out.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["deploy", "nothing.litmus", "--name", "shop"], "There is no file nothing.litmus"),
        (["deploy", "people.litmus", "--name", "../shop"], "cannot name an endpoint"),
        (["deploy", "people.litmus", "--name", "shop", "--workers", "many"], "is no number of workers"),
        (["deploy", "people.litmus", "--name", "shop", "--key", "short"], "at least 16"),
        (["deploy", "people.litmus", "--name", "shop", "--engine", "cloud"], "There is no engine named 'cloud'"),
        (["endpoints", "stop", "shop"], "There is no endpoint named 'shop'"),
        (["endpoints", "describe", "../shop"], "cannot name an endpoint"),
        (["endpoints", "update", "shop", "people.litmus"], "There is no endpoint named 'shop'"),
    ],
)
def test_mistakes_get_a_sentence(place, trained, run_here, arguments, said):
    done = run_here(place, *[str(trained.model) if each == "people.litmus" else each for each in arguments])
    assert done.code == 2
    assert said in done.err
    assert done.err.splitlines()[-1].startswith("litmus: ")
    assert "Traceback" not in done.err
    endpoints = place.store / "endpoints"
    assert not endpoints.exists() or not list(endpoints.iterdir())


@pytest.mark.parametrize(
    ("model", "name"), [("adult-3", "adult"), ("a/b/income.litmus", "income"), ("adult", "adult"), ("-3", "-3")]
)
def test_an_endpoint_is_called_like_its_model(model, name):
    assert name_of(model) == name
