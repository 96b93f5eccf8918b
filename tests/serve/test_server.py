"""Starting and stopping the server process."""

from __future__ import annotations

import concurrent.futures
import signal
import socket
from collections.abc import Callable

import httpx
import pytest
from running_server import Running
from small_served import Adults

from litmus.errors import LitmusError, ParameterError, ResourceError
from litmus.serve import run_server
from litmus.serve.api_key import ApiKey, new_key


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_cleanly(launch: Callable[..., Running], number: signal.Signals) -> None:
    running = launch()
    running.process.send_signal(number)
    assert running.process.wait(timeout=30) == 0
    assert running.process.stdout.read() == b"stopped\n"
    assert running.log.read_text() == ""


def test_a_request_that_is_under_way_is_answered_before_the_server_stops(launch: Callable[..., Running]) -> None:
    running = launch()
    with concurrent.futures.ThreadPoolExecutor(1) as pool, running.client() as client:
        answer = pool.submit(client.post, "/predict", json=[{"age": 30, "city": "Sleepy"}])
        assert running.process.stdout.readline() == b"predicting\n"
        running.process.send_signal(signal.SIGTERM)
        assert answer.result().json()["predictions"] == ["adult"]
    assert running.process.wait(timeout=30) == 0


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ResourceError, match=f"Port {port} on 127.0.0.1 is in use"):
            run_server(Adults(), port=port)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"port": -1}, "not a port"),
        ({"port": 70_000}, "not a port"),
        ({"port": "80"}, "not a port"),
        ({"host": "no.such.host.invalid"}, "no address"),
        ({"host": "192.0.2.1"}, "Cannot listen"),
        ({"key": "a", "require_key": False}, "leave one of them out"),
        ({"key": ""}, "API key"),
        ({"max_rows": 0}, "max_rows"),
    ],
)
def test_options_that_cannot_be_met_are_one_sentence(options: dict, words: str) -> None:
    with pytest.raises(LitmusError, match=words):
        run_server(Adults(), **{"port": 0, **options})


def test_the_server_listens_on_this_machine_only_by_default(server: Running) -> None:
    assert server.url.startswith("http://127.0.0.1:")


def test_a_given_key_is_used(launch: Callable[..., Running]) -> None:
    running = launch(key="open-sesame")
    assert running.key == "open-sesame"
    with running.client() as client:
        assert client.post("/predict", json={"age": 1}).status_code == 200


def test_new_keys_are_long_and_differ() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert min(map(len, keys)) >= 43


def test_a_key_does_not_show_in_a_log() -> None:
    assert "secret" not in repr(ApiKey("secret"))
    with pytest.raises(ParameterError) as caught:
        ApiKey("a secret")
    assert "secret" not in str(caught.value)


def test_responses_do_not_name_the_server_software(server: Running) -> None:
    assert "server" not in httpx.get(server.url + "/ping", verify=False).headers
