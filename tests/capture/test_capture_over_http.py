"""A real worker captures what it answers, and takes labels."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pandas as pd

from litmus.capture import read
from litmus.serve.address import listen
from litmus.serve.config import CaptureConfig, ServiceConfig, VariantConfig, save_config
from litmus.serve.counters import read_counters
from trained_models import train_model


def test_answers_are_captured_and_joined_with_labels(tmp_path: Path) -> None:
    age = np.random.default_rng(0).integers(18, 80, 400)
    frame = pd.DataFrame(
        {"age": age, "name": "x" + pd.Series(age).astype(str), "bought": np.where(age > 50, "yes", "no")}
    )
    train_model(frame, target="bought").model.save(tmp_path / "m.litmus")
    capture = CaptureConfig(share=1.0, max_bytes=10**8, masked=["name"])
    save_config(
        ServiceConfig("c", 1, variants=[VariantConfig("main", "m.litmus", "m-1")], capture=capture, require_key=False),
        tmp_path,
    )
    listener = listen("127.0.0.1", 0)
    descriptor = listener.fileno()
    command = [
        sys.executable,
        "-m",
        "litmus.serve",
        "--config",
        str(tmp_path),
        "--slot",
        "0",
        "--listen-fd",
        str(descriptor),
    ]
    process = subprocess.Popen(command, pass_fds=[descriptor])
    deadline = time.monotonic() + 180  # it is no measurement: a busy machine starts processes slowly
    while not any(worker.ready for worker in read_counters(tmp_path).workers.values()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with httpx.Client(base_url=url, verify=False, timeout=30) as client:
        one = client.post(
            "/predict", json={"age": 70, "name": "Ann", "secret": "never"}, headers={"X-Request-Id": "mine"}
        )
        assert one.headers["x-request-id"] == "mine"
        many = client.post("/predict", json=[{"age": 20, "name": "Bob"}, {"age": 71, "name": "Ann"}])
        assert client.post("/predict", json={"age": "old", "name": ""}).status_code == 422
        kept = client.post("/feedback", json=[
            {"request_id": "mine", "label": "yes"}, {"request_id": many.headers["x-request-id"], "labels": ["no", "no"]},
        ])  # fmt: skip
        assert (kept.status_code, kept.json()) == (202, {"kept": 3})
        for body, status in ((b"{", 400), (b"3", 422), (b'{"request_id": "a"}', 422), (b"x" * 2_000_000, 413)):
            answer = client.post("/feedback", content=body)
            assert answer.status_code == status
            assert list(answer.json()) == ["error"]
    process.terminate()
    assert process.wait(timeout=40) == 0
    listener.close()
    table = read(tmp_path)
    assert table["request_id"].tolist() == ["mine", *[many.headers["x-request-id"]] * 2]
    assert table["prediction"].tolist() == ["yes", "no", "yes"]
    assert table["label"].tolist() == ["yes", "no", "no"]
    assert table["input.name"].str.fullmatch("[0-9a-f]{32}").all()
    assert table["input.name"][0] == table["input.name"][2]
    assert "input.secret" not in table
    np.testing.assert_allclose(table["probability.yes"][0], one.json()["probabilities"]["yes"])
