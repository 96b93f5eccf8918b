"""Bad input to what endpoints have beside predictions: the queue, labels that come later, metrics; and all of their description."""

from __future__ import annotations

import json
import time

import psutil
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_requests import post, send
from schemathesis import GenerationMode
from worker_process import worker, write_keys

import litmus
from litmus.client import Retries
from litmus.serve.config import AsynchronousConfig, CaptureConfig, LimitsConfig
from litmus.serve.security import new_key_record
from trained_models import people, train_model

KEY = "the-key-of-the-only-caller"
ROW = {"age": 39, "city": "Oslo", "height": 171.5, "member": True, "since": "2021-05-05"}
MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("endpoint")
    bundle = train_model(people(200), target="rich").model.save(folder / "small.litmus")
    write_keys(folder, new_key_record(KEY))
    (folder / "in").mkdir()
    options = {
        "limits": LimitsConfig(max_rows=1_000, max_body_bytes=MEBIBYTE, timeout_seconds=3.0),
        "asynchronous": AsynchronousConfig(workers=1, max_waiting=100_000, inputs=[str(folder / "in")]),
        "capture": CaptureConfig(share=1.0, max_bytes=4 * MEBIBYTE),
    }
    with worker(folder, bundle, **options) as (url, process):
        with litmus.Client(url, KEY, retries=Retries(attempts=50)) as client:
            while not client.ready():
                time.sleep(0.05)
            client.predict([ROW] * 900)
        yield url, folder, psutil.Process(process.pid)


def check(answered, *statuses):
    assert answered.status in statuses, answered
    assert answered.json.keys() == {"error"}
    sentence = answered.json["error"]
    assert sentence.isprintable()
    assert 10 < len(sentence) < 1_000
    assert not any(inside in sentence for inside in ("Traceback", "site-packages", ".py", "Error:", "Exception"))


def test_whatever_the_description_allows_and_forbids_is_answered(endpoint):
    url, _, _ = endpoint
    document = send(url, f"GET /openapi.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()).json
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=url)
    for operation in (found.ok() for found in schema.get_all_operations()):

        @settings(max_examples=8, suppress_health_check=list(HealthCheck), database=None)
        @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        def one(case):
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {KEY}"}
            response = case.call()
            assert response.status_code < 500, (case.body, response.text)

        one()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"5", b"[" * 100_000, b'{"request_id": 5, "label": 1}', b'{"request_id": "", "label": 1}',
     b'{"request_id": "a"}', b'{"request_id": "../../etc/passwd", "label": {"a": 1}, "row": -1}', b'{"request_id": "a", "label": NaN}',
     b'{"request_id": "a", "label": 1, "more": 2}', json.dumps({"request_id": "a" * 500, "label": 1}).encode(),
     json.dumps([{"request_id": "a", "label": 1}] * 20_000).encode(), b"\xff\xfe", b" " * (MEBIBYTE + 1)],
    ids=range(16),
)  # fmt: skip
def test_bad_labels(endpoint, body):
    check(send(endpoint[0], post("/feedback", body, KEY)), 400, 413, 422)


@pytest.mark.parametrize(
    "asked",
    [{"input": "/etc/passwd"}, {"input": "../../etc/passwd"}, {"input": "in/../../keys.json"}, {"input": "file:///etc/passwd"},
     {"input": "http://169.254.169.254/latest/meta-data"}, {"input": "s3://somebody/elses"}, {"input": "\u0000"}, {"input": ""},
     {"input": "in/a.csv", "output": "/etc/cron.d/x"}],
    ids=range(9),
)  # fmt: skip
def test_places_that_a_request_may_not_name(endpoint, asked):
    check(send(endpoint[0], post("/async", json.dumps(asked).encode(), KEY)), 400, 422)


@pytest.mark.parametrize(
    "name", ["..%2f..%2fkeys.json", "%00", "a" * 10_000, "'; DROP TABLE jobs; --", "..", "%2e%2e%2f"]
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_results_that_are_not_there(endpoint, name, method):
    for path in (f"/async/{name}", f"/async/{name}/result"):
        path = path.replace(" ", "%20")
        data = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n"
        check(send(endpoint[0], data.encode()), 400, 404, 405)


@pytest.mark.parametrize("path", ["/async", "/feedback", "/metrics", "/async/x", "/async/x/result"])
def test_nothing_is_open_without_a_key(endpoint, path):
    method = "POST" if path in ("/async", "/feedback") else "GET"
    check(send(endpoint[0], f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}".encode()), 401)


@settings(max_examples=40)
@given(body=st.binary(max_size=200), path=st.sampled_from(["/async", "/feedback", "/v2/models/small/infer"]))
def test_any_bytes_are_answered(endpoint, body, path):
    answered = send(endpoint[0], post(path, body, KEY))
    if answered.status not in (200, 202):
        check(answered, 400, 404, 413, 415, 422)


def test_the_endpoint_is_as_healthy_as_before(endpoint):
    url, folder, process = endpoint
    with litmus.Client(url, KEY, retries=Retries(attempts=1)) as client:
        assert client.ready()
        assert [client.predict(ROW) for _ in range(5)] == [client.predict(ROW)] * 5
    assert process.is_running()
    assert process.memory_info().rss < 512 * MEBIBYTE
    captured = sum(file.stat().st_size for file in (folder / "captured").rglob("*") if file.is_file())
    assert captured < 8 * MEBIBYTE
    assert "Traceback" not in (folder / "log").read_text()
