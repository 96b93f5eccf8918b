"""The Open Inference Protocol on a real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from running_server import Running


def tensor(name: str, data: list, datatype: str = "FP64", shape: list | None = None) -> dict[str, Any]:
    return {"name": name, "shape": shape or [len(data)], "datatype": datatype, "data": data}


def infer(server: Running, body: Any, path: str = "/v2/models/adults/infer") -> httpx.Response:
    with server.client() as client:
        return client.post(path, json=body)


def test_health_needs_no_key_and_readiness_predicts(server: Running) -> None:
    assert httpx.get(server.url + "/v2/health/live", verify=False).json() == {"live": True}
    assert httpx.get(server.url + "/v2/health/ready", verify=False).json() == {"ready": True}
    assert httpx.get(server.url + "/v2/models/adults", verify=False).status_code == 401


def test_metadata(server: Running) -> None:
    with server.client() as client:
        assert client.get("/v2").json()["name"] == "litmus"
        described = client.get("/v2/models/adults").json()
        versioned = client.get("/v2/models/adults/versions/adults-3").json()
        short = client.get("/v2/models/adults/versions/3/ready").json()
        names = [each["name"] for each in client.get("/v2/models").json()["models"]]
    assert described == versioned
    assert described["inputs"] == [
        {"name": "age", "datatype": "FP64", "shape": [-1]},
        {"name": "city", "datatype": "BYTES", "shape": [-1]},
    ]
    assert [each["name"] for each in described["outputs"]] == ["prediction", "probabilities"]
    assert described["versions"] == ["adults-3"]
    assert short == {"name": "adults", "ready": True}
    assert "main" in names


@pytest.mark.parametrize("path", ["adults", "adults/versions/adults-3", "adults/versions/3", "main"])
def test_tensors_give_tensors(server: Running, path: str) -> None:
    body = {"id": "a-1", "inputs": [tensor("age", [3, 39], "INT64"), tensor("city", ["Delft", None], "BYTES", [2, 1])]}
    answer = infer(server, body, f"/v2/models/{path}/infer")
    assert answer.status_code == 200, answer.text
    given = answer.json()
    assert (given["id"], given["model_version"], given["parameters"]) == ("a-1", "adults-3", {"variant": "main"})
    prediction, probabilities = given["outputs"]
    assert prediction == {"name": "prediction", "datatype": "BYTES", "shape": [2], "data": ["minor", "adult"]}
    assert (probabilities["shape"], len(probabilities["data"])) == ([2, 2], 4)
    assert probabilities["parameters"] == {"labels": '["minor","adult"]'}
    assert answer.headers["x-litmus-model"] == "adults-3"


def test_one_tensor_may_hold_all_columns(server: Running) -> None:
    body = {"inputs": [tensor("input-0", [[39, None], [2, None]], "FP64", [2, 2])]}
    assert infer(server, body).json()["outputs"][0]["data"] == ["adult", "minor"]


def test_outputs_may_be_chosen(server: Running) -> None:
    body = {"inputs": [tensor("age", [30])], "outputs": [{"name": "probabilities"}]}
    assert [each["name"] for each in infer(server, body).json()["outputs"]] == ["probabilities"]


def test_regression_answers_numbers(launch: Callable[..., Running]) -> None:
    running = launch("prices")
    answer = infer(running, {"inputs": [tensor("age", [2.0])]}, "/v2/models/prices/infer").json()
    assert answer["outputs"] == [{"name": "prediction", "datatype": "FP64", "shape": [1], "data": [4.0]}]


BAD = [
    ({"inputs": []}, 422, "no inputs"),
    ({}, 422, "inputs"),
    ([], 422, "Expected `object`"),
    ({"inputs": [tensor("age", [1], shape=[2])]}, 422, "1 values and its shape says 2"),
    ({"inputs": [tensor("age", [1], shape=[-1])]}, 422, "negative"),
    ({"inputs": [tensor("age", [1], shape=[1, 1, 1])]}, 422, "shape"),
    ({"inputs": [tensor("age", [1], shape=[10**18])]}, 413, "more than"),
    ({"inputs": [tensor("age", ["x"])]}, 422, "no FP64"),
    ({"inputs": [tensor("age", [1.5], "INT64")]}, 422, "no INT64"),
    ({"inputs": [tensor("age", [1], "COMPLEX")]}, 422, "datatype"),
    ({"inputs": [tensor("age", [1]), tensor("age", [1])]}, 422, "Two inputs"),
    ({"inputs": [tensor("age", [1]), tensor("city", ["a", "b"], "BYTES")]}, 422, "1 and 2 rows"),
    ({"inputs": [tensor("age", [[1], 2], shape=[2, 1])]}, 422, "mixes"),
    ({"inputs": [tensor("x", [1, 2, 3], shape=[1, 3])]}, 422, "3 columns"),
    ({"inputs": [tensor("age", [1])], "outputs": [{"name": "secret"}]}, 422, "no output"),
    ({"inputs": [tensor("age", [1] * 51)]}, 413, "50 rows"),
    ({"inputs": [tensor("city", ["a"], "BYTES")]}, 422, "age"),
]


@pytest.mark.parametrize(("body", "status", "words"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_request_gets_one_sentence(server: Running, body: Any, status: int, words: str) -> None:
    answer = infer(server, body)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"]


@pytest.mark.parametrize("path", ["nobody", "adults/versions/9", "..%2f..%2fetc", "x" * 3000])
def test_unknown_models_are_not_there(server: Running, path: str) -> None:
    with server.client() as client:
        for answer in (client.get(f"/v2/models/{path}"), client.post(f"/v2/models/{path}/infer", json={"inputs": []})):
            assert answer.status_code == 404
            assert list(answer.json()) == ["error"]
            assert len(answer.text) < 500


def test_binary_tensors_are_refused(server: Running) -> None:
    with server.client() as client:
        answer = client.post(
            "/v2/models/adults/infer", content=b"{}" + bytes(8), headers={"Inference-Header-Content-Length": "2"}
        )
    assert answer.status_code == 415


def test_what_was_answered_is_counted(launch: Callable[..., Running]) -> None:
    running = launch()
    with running.client() as client:
        client.post("/predict", json={"age": 30})
        client.post("/predict", json={"age": "x"})
        client.post("/predict", json=[{"age": 30}] * 3)
        client.post("/predict", content=b"{")
        client.post("/predict", json={"age": 1, "city": "Atlantis"})
        client.post("/v2/models/adults/infer", json={"inputs": [tensor("age", [30, 40])]})
        page = client.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = dict(line.rsplit(" ", 1) for line in page.text.splitlines() if not line.startswith("#"))
    labels = 'variant="main",model="adults-3"'
    found = {name: int(lines[f"litmus_{name}_total{{{labels}}}"])
             for name in ("invocations", "client_errors", "server_errors", "rows")}  # fmt: skip
    assert found == {"invocations": 6, "client_errors": 2, "server_errors": 1, "rows": 6}
    assert lines[f'litmus_model_latency_seconds_bucket{{{labels},le="+Inf"}}'] == "6"
    assert float(lines[f"litmus_overhead_latency_seconds_sum{{{labels}}}"]) > 0
    assert httpx.get(running.url + "/metrics", verify=False).status_code == 401
