"""A real server on a real port: what it answers, and what it turns down."""

from __future__ import annotations

import concurrent.futures
import csv
import http.client
import io
import json
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from running_server import Running
from small_served import Adults

from litmus.errors import ParameterError
from litmus.serve import create_app


@pytest.mark.parametrize("path", ["/predict", "/invocations"])
def test_one_row_gives_one_prediction(server: Running, path: str) -> None:
    with server.client() as client:
        answer = client.post(path, json={"age": 39, "city": "Delft"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["prediction", "probabilities", "model"]
    assert (body["prediction"], body["model"]) == ("adult", "adults-3")
    assert sum(body["probabilities"].values()) == pytest.approx(1)
    assert body["probabilities"]["adult"] > 0.99


def test_a_list_of_rows_gives_a_list_in_the_same_order(server: Running) -> None:
    with server.client() as client:
        body = client.post("/predict", json=[{"age": 3}, {"age": 39}, {"age": 17}]).json()
    assert body["predictions"] == ["minor", "adult", "minor"]
    assert [row["adult"] > 0.5 for row in body["probabilities"]] == [False, True, False]
    assert body["model"] == "adults-3"


def test_an_empty_list_gives_an_empty_list(server: Running) -> None:
    with server.client() as client:
        assert client.post("/predict", json=[]).json()["predictions"] == []


def test_csv_gives_csv(server: Running) -> None:
    with server.client() as client:
        answer = client.post("/invocations", content="city,age\nDelft,3\n,40\n", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["prediction"] for line in lines] == ["minor", "adult"]
    assert float(lines[1]["probability_adult"]) > 0.99


def test_regression_has_no_probabilities_and_nan_is_null(launch: Callable[..., Running]) -> None:
    with launch("prices").client() as client:
        assert client.post("/predict", json={"age": 2}).json() == {"prediction": 4.0, "model": "prices"}
        many = client.post("/predict", json=[{"age": 2}, {"age": 0}]).json()
        assert many == {"predictions": [4.0, None], "model": "prices"}
        table = client.post("/predict", content="age,city\n2,x\n", headers={"Content-Type": "text/csv"})
        assert table.text == "prediction\n4.0\n"


def test_numpy_labels_become_json(launch: Callable[..., Running]) -> None:
    with launch("counts").client() as client:
        body = client.post("/predict", json={"age": 39}).json()
    assert body["prediction"] == 1
    assert set(body["probabilities"]) == {"0", "1"}


@pytest.mark.parametrize("path", ["/ping", "/health"])
def test_ping_needs_no_key(server: Running, path: str) -> None:
    answer = httpx.get(server.url + path, verify=False)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert httpx.head(server.url + path, verify=False).status_code == 200


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic {key}", "{key}", "Bearer {key}x", "Bearer é", "bearer"]
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/predict"), ("POST", "/invocations"), ("GET", "/openapi.json")])
def test_without_the_key_nobody_gets_in(server: Running, header: str | None, method: str, path: str) -> None:
    headers = {} if header is None else {"Authorization": header.format(key=server.key).encode("utf-8")}
    answer = httpx.request(method, server.url + path, verify=False, headers=headers)
    assert answer.status_code == 401
    assert list(answer.json()) == ["error"]
    assert answer.headers["www-authenticate"] == "Bearer"
    assert server.key not in answer.text


def test_the_scheme_may_be_written_in_any_case(server: Running) -> None:
    answer = httpx.post(
        server.url + "/predict", verify=False, json={"age": 1}, headers={"Authorization": f"bearer {server.key}"}
    )
    assert answer.status_code == 200


def test_a_server_may_be_open(launch: Callable[..., Running]) -> None:
    running = launch(require_key=False)
    assert running.key is None
    assert httpx.post(running.url + "/predict", verify=False, json={"age": 50}).json()["prediction"] == "adult"
    assert "401" not in httpx.get(running.url + "/openapi.json", verify=False).text


BAD_BODIES = [
    (b"", 400, "not valid JSON"),
    (b"{", 400, "not valid JSON"),
    (b"{'age': 3}", 400, "not valid JSON"),
    (b'{"age": NaN}', 400, "not valid JSON"),
    (b'{"age": Infinity}', 400, "not valid JSON"),
    (b'{"age": 1e999}', 400, "not valid JSON"),
    (b'{"age": ' + b"9" * 5000 + b"}", 400, "not valid JSON"),
    (b'{"age": 3} trailing', 400, "not valid JSON"),
    (b'{"age": "\xff"}', 400, "UTF-8"),
    (b'\xff\xfe{"age": 1}', 400, ""),
    (b"[" * 10_000, 400, ""),
    (b'{"age": ' * 1500 + b"1" + b"}" * 1500, 400, "nested too deeply"),
    (b"3", 422, "a number"),
    (b"null", 422, "null"),
    (b'"age"', 422, "a text"),
    (b"[1, 2]", 422, "Row 0 is a number"),
    (b'[{"age": 1}, null]', 422, "Row 1 is null"),
    (b"{}", 422, "age"),
    (b'{"age": null}', 422, "age"),
    (b'{"age": "forty"}', 422, "forty"),
    (b'{"age": true}', 422, "age"),
    (b'{"age": [1]}', 422, "age"),
    (b'{"age": {"x": 1}}', 422, "age"),
]


@pytest.mark.parametrize(("body", "status", "words"), BAD_BODIES, ids=lambda value: str(value)[:30])
def test_a_bad_body_gets_one_sentence(server: Running, body: bytes, status: int, words: str) -> None:
    with server.client() as client:
        answer = client.post("/predict", content=body)
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    assert words in answer.json()["error"]
    assert "Traceback" not in answer.text


def test_a_whole_number_beyond_64_bits_is_a_number(server: Running) -> None:
    with server.client() as client:
        assert client.post("/predict", content=b'{"age": 123456789012345678901234567890}').status_code == 200


@pytest.mark.parametrize("body", ["", "\n\n", 'age,city\n"3,x', "age,city\n1,2,3\n4,5,6,7\n", "age,city\n1,2,3\n"])
def test_bad_csv_gets_one_sentence(server: Running, body: str) -> None:
    with server.client() as client:
        answer = client.post("/predict", content=body, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 400, answer.text
    assert "not valid CSV" in answer.json()["error"]


def test_csv_that_is_not_utf_8_gets_one_sentence(server: Running) -> None:
    with server.client() as client:
        answer = client.post("/predict", content=b"age,city\n3,\xff\n", headers={"Content-Type": "text/csv"})
    assert (answer.status_code, "UTF-8" in answer.json()["error"]) == (400, True)


def test_too_many_rows_are_turned_down(server: Running) -> None:
    with server.client() as client:
        assert client.post("/predict", json=[{"age": 1}] * 50).status_code == 200
        answer = client.post("/predict", json=[{"age": 1}] * 51)
        table = client.post("/predict", content="age\n" + "1\n" * 51, headers={"Content-Type": "text/csv"})
    assert answer.status_code == table.status_code == 413
    assert "50" in answer.json()["error"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_long_body_is_turned_down_and_the_answer_arrives(server: Running, chunked: bool) -> None:
    piece = b" " * 100_000
    content = iter([piece] * 20) if chunked else piece * 20
    with server.client() as client:
        answer = client.post("/predict", content=content)
        assert client.post("/predict", json={"age": 3}).status_code == 200
    assert answer.status_code == 413
    assert "20,000 bytes" in answer.json()["error"]


def test_a_client_that_waits_to_send_is_answered_at_once(server: Running) -> None:
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999999\r\n"
            b"Authorization: Bearer " + server.key.encode() + b"\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def test_a_body_that_never_arrives_is_given_up(launch: Callable[..., Running]) -> None:
    running = launch(timeout_seconds=0.3)
    parts = urlsplit(running.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    connection.putrequest("POST", "/predict")
    connection.putheader("Authorization", f"Bearer {running.key}")
    connection.putheader("Content-Length", "10")
    connection.endheaders(b"{")
    answer = connection.getresponse()
    assert answer.status == 408
    assert "did not arrive" in json.loads(answer.read())["error"]
    connection.close()


def test_a_slow_prediction_is_given_up_and_the_server_goes_on(launch: Callable[..., Running]) -> None:
    running = launch(timeout_seconds=0.3)
    with running.client() as client:
        answer = client.post("/predict", json=[{"age": 3, "city": "Sleepy"}])
        assert answer.status_code == 503
        assert "took longer" in answer.json()["error"]
        assert client.post("/predict", json={"age": 3}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/xml"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, 415),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 200),
        ({"Content-Type": "application/vnd.rows+json"}, 200),
        ({}, 200),
    ],
)
def test_content_types(server: Running, headers: dict[str, str], status: int) -> None:
    with server.client() as client:
        answer = client.post("/predict", content=b'{"age": 3}', headers=headers)
    assert answer.status_code == status


def test_an_unexpected_failure_gives_an_id_and_no_detail(server: Running) -> None:
    with server.client() as client:
        for body in ({"age": 1, "city": "Atlantis"}, [{"age": 1, "city": "Atlantis"}]):
            answer = client.post("/predict", json=body)
            assert answer.status_code == 500
            assert set(answer.json()) == {"error", "id"}
            assert "secret detail" not in answer.text
            assert answer.json()["id"] in server.log.read_text()
    log = server.log.read_text()
    assert "secret detail" in log
    assert server.key not in log


def test_an_unknown_path_and_a_wrong_method_get_json(server: Running) -> None:
    with server.client() as client:
        missing = client.get("/nothing")
        wrong = client.get("/predict")
    assert (missing.status_code, list(missing.json())) == (404, ["error"])
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert "takes POST, not GET" in wrong.json()["error"]


def test_many_clients_at_once_get_their_own_answers(server: Running) -> None:
    def ask(number: int) -> bool:
        ages = [number % 60, (number * 7) % 60]
        with server.client() as client:
            one = client.post("/predict", json={"age": ages[0]}).json()["prediction"]
            many = client.post("/predict", json=[{"age": age} for age in ages]).json()["predictions"]
        expected = ["adult" if age > 18 else "minor" for age in ages]
        return [one, *many] == [expected[0], *expected]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(120)))


def test_the_server_answers_pings_during_a_long_batch(launch: Callable[..., Running]) -> None:
    running = launch()
    with concurrent.futures.ThreadPoolExecutor(1) as pool, running.client() as client:
        batch = pool.submit(client.post, "/predict", json=[{"age": 3, "city": "Sleepy"}] * 3)
        assert running.process.stdout.readline() == b"predicting\n"
        assert httpx.get(running.url + "/ping", verify=False).status_code == 200
        assert not batch.done()
        assert batch.result().status_code == 200


def test_answers_are_not_kept_by_caches(server: Running) -> None:
    with server.client() as client:
        assert client.post("/predict", json={"age": 3}).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("options", [{"max_rows": 0}, {"max_body_bytes": -1}, {"timeout_seconds": float("nan")}])
def test_limits_are_checked(options: dict) -> None:
    with pytest.raises(ParameterError, match="above 0"):
        create_app(Adults(), key="k", **options)


@pytest.mark.parametrize("key", ["", "with space", "schlüssel", "line\nbreak"])
def test_keys_are_checked(key: str) -> None:
    with pytest.raises(ParameterError, match="API key"):
        create_app(Adults(), key=key)


def test_probabilities_keep_their_value(server: Running) -> None:
    with server.client() as client:
        body = client.post("/predict", json={"age": 20}).json()
    assert body["probabilities"]["adult"] == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-15)
