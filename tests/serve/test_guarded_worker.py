"""A worker of an endpoint with keys, limits, TLS and the watch for probing: what callers get, over HTTP."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from raw_requests import send
from worker_process import worker, write_keys

import litmus
from litmus.client import KeyRefusedError, OverloadedError, Retries, UnreachableError
from litmus.serve.config import CaptureConfig, LimitsConfig, TlsConfig
from litmus.serve.security import new_key_record
from trained_models import people, train_model

KEY = "the-key-of-the-first-caller"
ROW = {"age": 39, "city": "Oslo", "height": 171.5, "member": True, "since": "2021-05-05"}
ONCE = Retries(attempts=1)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_model(people(200), target="rich").model.save(tmp_path_factory.mktemp("bundle") / "small.litmus")


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


def status(url: str, key: str) -> str:
    with litmus.Client(url, key, retries=ONCE) as client:
        try:
            return client.predict(ROW)
        except KeyRefusedError as refused:
            return str(refused)


def test_keys_come_go_and_expire_without_a_restart(tmp_path: Path, bundle: Path) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=0.2)
    write_keys(tmp_path, new_key_record(KEY), new_key_record("a-key-that-ends-soon", expires=soon))
    with worker(tmp_path, bundle) as (url, process):
        assert status(url, KEY) in ("yes", "no")
        time.sleep(max(0.0, (soon - dt.datetime.now(dt.UTC)).total_seconds() + 0.05))
        assert "expired" in status(url, "a-key-that-ends-soon")
        assert "wrong key" in status(url, "somebody-elses-key")
        write_keys(tmp_path, new_key_record("the-next-key-of-many", scope="admin"))
        until(lambda: status(url, "the-next-key-of-many") in ("yes", "no"))
        assert "wrong key" in status(url, KEY)
        assert process.poll() is None
    assert KEY not in (tmp_path / "log").read_text()


def test_an_endpoint_whose_keys_are_gone_lets_nobody_in(tmp_path: Path, bundle: Path) -> None:
    with worker(tmp_path, bundle) as (_, process):
        assert process.wait(30) != 0
    assert "keys.json cannot be read" in (tmp_path / "log").read_text()


def test_a_key_that_asks_too_often_waits_and_others_do_not(tmp_path: Path, bundle: Path) -> None:
    write_keys(tmp_path, new_key_record(KEY), new_key_record("another-key-of-many"))
    with worker(tmp_path, bundle, limits=LimitsConfig(requests_per_second=5.0)) as (url, _):
        with litmus.Client(url, KEY, retries=ONCE) as client:
            with pytest.raises(OverloadedError, match="5 requests a second") as refused:
                for _ in range(50):
                    client.predict(ROW)
            assert refused.value.status == 429
        assert status(url, "another-key-of-many") in ("yes", "no")
        with litmus.Client(url, KEY) as patient:  # which does what Retry-After asks for
            assert patient.predict(ROW) in ("yes", "no")


def test_probing_is_written_down_with_the_key_that_did_it(tmp_path: Path, bundle: Path) -> None:
    record = new_key_record(KEY)
    write_keys(tmp_path, record, new_key_record("an-ordinary-key-here"))
    ordinary = people(60).drop(columns="rich").assign(since="2021-05-05").to_dict("records")
    with (
        worker(tmp_path, bundle) as (url, _),
        litmus.Client(url, KEY) as prober,
        litmus.Client(url, "an-ordinary-key-here") as caller,
    ):

        def found() -> list[dict]:
            with contextlib.suppress(FileNotFoundError):
                return [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
            return []

        heights = iter(range(1_000_000))

        def ask() -> bool:
            for _ in range(10):
                prober.predict({**ROW, "height": 150 + (next(heights) * 7919 % 100_003) / 2000})
            caller.predict(ordinary[next(heights) % 60])
            return any(event["event"] == "probing" for event in found())

        until(ask)
        metrics = send(url, f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()).body
    assert b"\nlitmus_probing_total 1\n" in metrics
    (event,) = [event for event in found() if event["event"] == "probing"]
    assert (event["key"], event["columns"]) == (record["id"], ["height"])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", folder / "key.pem", "-out", folder / "certificate.pem", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


def test_tls_keeps_plain_words_out(tmp_path: Path, bundle: Path, certificate: Path) -> None:
    write_keys(tmp_path, new_key_record(KEY))
    tls = TlsConfig(str(certificate / "certificate.pem"), str(certificate / "key.pem"))
    with worker(tmp_path, bundle, tls=tls) as (url, _):
        with litmus.Client(url, KEY, certificate=certificate / "certificate.pem") as client:
            until(client.ready)
            assert client.predict(ROW) in ("yes", "no")
        with litmus.Client(url, KEY, retries=ONCE) as client, pytest.raises(UnreachableError, match="not trusted"):
            client.predict(ROW)
        with litmus.Client(url.replace("https", "http"), KEY, retries=ONCE) as client, pytest.raises(UnreachableError):
            client.predict(ROW)


def test_a_certificate_that_cannot_be_used_is_said_at_the_start(
    tmp_path: Path, bundle: Path, certificate: Path
) -> None:
    write_keys(tmp_path, new_key_record(KEY))
    tls = TlsConfig(str(certificate / "key.pem"), str(certificate / "certificate.pem"))
    with worker(tmp_path, bundle, tls=tls) as (_, process):
        assert process.wait(30) != 0
    assert "give PEM files that belong together" in (tmp_path / "log").read_text()


def test_what_was_right_is_told_by_the_name_of_the_request(tmp_path: Path, bundle: Path) -> None:
    write_keys(tmp_path, new_key_record(KEY))
    capture = CaptureConfig(share=1.0, max_bytes=1 << 20)
    with worker(tmp_path, bundle, capture=capture) as (url, _), litmus.Client(url, KEY) as client:
        client.predict(ROW, request_id="order-7")
        client.feedback("order-7", "yes")
        client.predict([ROW, ROW], request_id="order-8")
        client.feedback("order-8", ["yes", "no"])
    kept = [json.loads(line) for file in tmp_path.rglob("feedback-*.jsonl") for line in file.read_text().splitlines()]
    assert [(each["request_id"], each["label"]) for each in kept] == [
        ("order-7", "yes"),
        ("order-8", "yes"),
        ("order-8", "no"),
    ]
