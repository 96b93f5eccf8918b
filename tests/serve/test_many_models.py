"""Many bundles behind one address: loaded on demand, once, within a budget, and nothing outside the folder."""

from __future__ import annotations

import concurrent.futures
import shutil
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from endpoint_worker import worker

import litmus
import litmus.runtime
from litmus.errors import ParameterError
from litmus.serve.config import ManyModelsConfig, ServiceConfig
from litmus.serve.many_models import ManyModels
from litmus.serve.memory_of import memory_of
from litmus.serve.refusal import Refusal

ROW = {"size": 50}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Models whose answers tell them apart."""
    folder, found = tmp_path_factory.mktemp("bundles"), []
    for price in (3, 30):
        rows = [{"size": size, "price": price * size} for size in range(100)]
        run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        found.append(Path(run.best.save(folder / f"{price}.litmus")))
    return found


@pytest.fixture
def folder(bundles: list[Path], tmp_path: Path) -> Path:
    models = tmp_path / "models"
    models.mkdir()
    for number in range(6):
        shutil.copy(bundles[number % 2], models / f"m{number}.litmus")
    return models


@pytest.fixture(scope="module")
def size(bundles: list[Path]) -> int:
    return memory_of(litmus.runtime.load(bundles[0]), bundles[0])


def test_models_are_loaded_when_they_are_named_and_the_oldest_goes(folder: Path, size: int) -> None:
    models = ManyModels(folder, memory=3 * size + size // 2)
    assert models.targets() == [f"m{number}" for number in range(6)]
    assert models.choose("m0") is None
    for number in range(3):
        variant = models.load(f"m{number}")
        assert variant.model.predict(ROW) == pytest.approx(150 if number % 2 == 0 else 1500, rel=0.1)
    assert models.choose("m0").name == "m0"  # which makes m1 the oldest
    models.load("m3")
    assert models.loaded == ["m2", "m0", "m3"]
    assert models.used <= 3 * size + size // 2
    assert models.choose("m1") is None
    assert models.choose("m3.litmus").name == "m3"


@pytest.mark.parametrize(
    "name", ["../m0", "..", ".", "a/b", "/etc/passwd", "m0\x00", "%2e%2e", "a\\b", "m" * 200, "ö", "~", ""]
)
def test_no_name_leads_out_of_the_folder(folder: Path, name: str) -> None:
    models = ManyModels(folder, memory=10**9)
    for ask in (models.choose, models.load):
        with pytest.raises(Refusal) as caught:
            ask(name)
        assert caught.value.status == (404 if name else 400)


def test_an_unknown_model_is_answered_with_the_nearest_name(folder: Path) -> None:
    with pytest.raises(Refusal, match="There is no model 'm10' here. Did you mean 'm"):
        ManyModels(folder, memory=10**9).load("m10")


def test_a_model_is_loaded_once_however_many_ask(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models, loads, ready = ManyModels(folder, memory=10**9), [], threading.Barrier(16)
    original = litmus.runtime.load

    def counted(path: Path, **options: object) -> object:
        loads.append(path)
        time.sleep(0.1)
        return original(path, **options)

    monkeypatch.setattr(litmus.runtime, "load", counted)

    def ask() -> object:
        ready.wait()
        return models.load("m0")

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        found = {id(future.result()) for future in [pool.submit(ask) for _ in range(16)]}
    assert len(loads) == len(found) == 1


def test_files_that_come_change_and_go_are_seen(folder: Path, bundles: list[Path]) -> None:
    models = ManyModels(folder, memory=10**9)
    assert models.load("m0").model.predict(ROW) == pytest.approx(150, rel=0.1)
    shutil.copy(bundles[0], folder / "new.litmus")
    assert models.load("new").name == "new"
    shutil.copy(bundles[1], folder / ".part")
    (folder / ".part").replace(folder / "m0.litmus")
    models._held["m0"].looked -= 2
    assert models.choose("m0") is None
    assert models.load("m0").model.predict(ROW) == pytest.approx(1500, rel=0.1)
    (folder / "m0.litmus").unlink()
    models._held["m0"].looked -= 2
    assert models.choose("m0") is None
    with pytest.raises(Refusal, match="There is no model 'm0'"):
        models.load("m0")
    assert models.loaded == ["new"]


def test_what_cannot_be_loaded_or_is_too_large_harms_no_other(folder: Path, size: int) -> None:
    models = ManyModels(folder, memory=2 * size)
    models.load("m0")
    (folder / "broken.litmus").write_bytes(b"no bundle")
    with pytest.raises(Refusal) as caught:
        models.load("broken")
    assert caught.value.status == 503
    assert models.choose("m0") is not None
    with pytest.raises(Refusal) as caught:
        ManyModels(folder, memory=100).load("m0")
    assert caught.value.status == 507
    with pytest.raises(ParameterError, match="There is no folder"):
        ManyModels(folder / "nowhere", memory=1)
    with pytest.raises(ParameterError, match="memory=0"):
        ManyModels(folder, memory=0)


def test_memory_counts_arrays_once_and_views_whole() -> None:
    array = np.zeros(100_000)
    assert 800_000 < memory_of([array, array[:10], {"a": array}], Path()) < 1_000_000


def test_over_http_by_header_path_and_protocol(folder: Path, tmp_path: Path) -> None:
    config = ServiceConfig("many", 1, many_models=ManyModelsConfig(str(folder), 10**9), require_key=False)
    with worker(tmp_path, config) as client:
        for number in range(6):
            price = 150 if number % 2 == 0 else 1500
            asked: list[httpx.Response] = [
                client.post("/predict", json=ROW, headers={"X-Litmus-Target": f"m{number}"}),
                client.post("/invocations", json=ROW, headers={"X-Amzn-SageMaker-Target-Model": f"m{number}.litmus"}),
                client.post(f"/models/m{number}/predict", json=ROW),
            ]
            for answer in asked:
                assert answer.json()["prediction"] == pytest.approx(price, rel=0.1), answer.text
                assert answer.headers["x-litmus-variant"] == f"m{number}"
        tensors = {"inputs": [{"name": "size", "datatype": "FP64", "shape": [1], "data": [50]}]}
        v2 = client.post("/v2/models/m1/infer", json=tensors)
        assert v2.json()["outputs"][0]["data"] == pytest.approx([1500], rel=0.1)
        assert {each["name"] for each in client.get("/v2/models").json()["models"]} == {f"m{n}" for n in range(6)}
        wrong = [
            (client.post("/predict", json=ROW), 400),
            (client.post("/models/m9/predict", json=ROW), 404),
            (client.post("/models/..%2f..%2fetc%2fpasswd/predict", json=ROW), 404),
            (client.post("/predict", json=ROW, headers={"X-Litmus-Target": "../config"}), 404),
        ]
        for answer, status in wrong:
            assert answer.status_code == status, answer.text
            assert "error" in answer.json()
        assert client.get("/ping").status_code == 200
