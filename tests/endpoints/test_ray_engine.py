"""An endpoint on a real Ray cluster of this machine: deployed, asked, updated under load, scaled, stopped."""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

import litmus
from litmus.client import KeyRefusedError
from litmus.endpoints import Canary
from litmus.endpoints.deploying import deploy
from litmus.endpoints.scaling import Scaling
from litmus.errors import LitmusError, ParameterError, ResourceError
from litmus.serve.config import LimitsConfig, ServiceConfig, TlsConfig, VariantConfig
from trained_models import people, train_model

pytestmark = [
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("ray", "fastapi", "opencensus")),
        reason="Ray Serve is not installed: pip install 'litmus[ray]'",
    ),
    pytest.mark.skipif(sys.platform != "linux", reason="the cluster of this test needs Linux"),
    # Ray leaves sockets, files and threads to the end of the program
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::DeprecationWarning"
    ),
]
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_SERVE_ENABLE_HA_PROXY": "0",
}
ROW = {"age": 39, "city": "Oslo", "height": 171.5, "member": True, "since": "2021-05-05"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(autouse=True)
def one_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITMUS_HOME", str(home))


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        for name, value in QUIET.items():
            patch.setenv(name, value)
        warnings.simplefilter("ignore")
        import ray
        from ray import serve
        from ray.cluster_utils import Cluster

        made = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 4, "object_store_memory": 80 * 1024 * 1024, "include_dashboard": False},
        )
        patch.setenv("RAY_ADDRESS", made.address)
        yield
        serve.shutdown()
        ray.shutdown()
        made.shutdown()


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    frame = people(200)
    other = frame.assign(rich=frame["rich"].map({"yes": "no", "no": "yes"}))
    return [
        train_model(frame, target="rich").model.save(folder / "first.litmus"),
        train_model(other, target="rich").model.save(folder / "second.litmus"),
    ]


class Load:
    """One caller who never stops, and what went wrong for them."""

    def __init__(self, url: str, key: str) -> None:
        self.failed: list[str] = []
        self.answers: list[str] = []
        self._client = litmus.Client(url, key, retries=litmus.client.Retries(attempts=1))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        while not self._stopping.is_set():
            try:
                self.answers.append(self._client.predict(ROW))
            except LitmusError as error:
                self.failed.append(str(error))
            time.sleep(0.005)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._client.close()


def test_the_life_of_an_endpoint(cluster: None, bundles: list[Path], home: Path) -> None:
    endpoint = deploy(bundles[0], "small", engine="ray", workers=2)
    first, second = (litmus.load(path).predict(ROW) for path in bundles)
    assert first != second
    assert endpoint.status == "running"
    assert endpoint.url.endswith("/small")
    assert "2 of 2 replicas" in endpoint.state.message
    assert endpoint.predict(ROW) == first
    frame = people(50).drop(columns="rich")
    assert list(endpoint.predict(frame)) == list(litmus.load(bundles[0]).predict(frame))
    with litmus.Client(endpoint.url, endpoint.key) as client:
        assert client.ready()
        assert client.describe()["classes"] == ["no", "yes"]
        assert client.predict_proba(ROW).keys() == {"no", "yes"}
    with litmus.Client(endpoint.url, "somebody-elses-key") as stranger, pytest.raises(KeyRefusedError):
        stranger.predict(ROW)

    with Load(endpoint.url, endpoint.key) as load:  # no request is lost while another model takes over
        time.sleep(0.5)
        rollout = endpoint.update(bundles[1])
        assert rollout.wait() == "finished"
        ends = time.monotonic() + 60
        while load.answers[-20:] != [second] * 20 and time.monotonic() < ends:
            time.sleep(0.1)
    assert load.failed == []
    assert set(load.answers) == {first, second}
    assert load.answers[-1] == second

    key = endpoint.rotate_key()
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        try:
            with litmus.Client(endpoint.url, key) as client:
                answers = [client.predict(ROW) for _ in range(10)]  # of both replicas
            break
        except KeyRefusedError:
            time.sleep(0.2)
    assert answers == [second] * 10

    endpoint.scale(1)
    assert "1 of 1 replicas" in endpoint.state.message
    with pytest.raises(ParameterError, match="all at once"):
        endpoint.update(bundles[0], rollout=Canary(10, bake="1s"))
    with pytest.raises(ResourceError, match="running already"):
        endpoint.start()
    endpoint.stop()
    assert endpoint.status == "stopped"
    endpoint.stop()
    endpoint.start()
    assert endpoint.predict(ROW) == second
    endpoint.delete()
    assert not (home / "endpoints" / "small").exists()


def test_what_the_engine_lacks_is_one_sentence_and_leaves_nothing(
    cluster: None, bundles: list[Path], home: Path
) -> None:
    with pytest.raises(ResourceError, match="has no capture and no TLS of its own"):
        deploy(bundles[0], "lacking", engine="ray", capture=0.5, tls=TlsConfig("a", "b"))
    assert not (home / "endpoints" / "lacking").exists()


def test_no_cluster_is_one_sentence(bundles: list[Path], monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    import ray

    if ray.is_initialized():
        ray.shutdown()
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    with pytest.raises(ResourceError, match="No Ray cluster answers at '127.0.0.1:9'"):
        deploy(bundles[0], "nowhere", engine="ray")
    assert not (home / "endpoints" / "nowhere").exists()


def test_scaling_is_said_in_the_words_of_serve() -> None:
    from litmus.endpoints.ray_engine import serve_options

    config = ServiceConfig(
        "income", 1, variants=[VariantConfig("main", "a.litmus", "income-1")], limits=LimitsConfig(max_waiting=17)
    )
    fixed = serve_options(Scaling(3, 3), config)
    assert (fixed["num_replicas"], fixed["max_ongoing_requests"]) == (3, 17)
    scaled = serve_options(
        Scaling(1, 8, busy=None, in_flight=4.0, window=6.0, out_cooldown=2.0, in_cooldown=30.0), config
    )
    assert scaled["autoscaling_config"] == {
        "min_replicas": 1,
        "max_replicas": 8,
        "target_ongoing_requests": 4.0,
        "look_back_period_s": 6.0,
        "metrics_interval_s": 3.0,
        "upscale_delay_s": 2.0,
        "downscale_delay_s": 30.0,
    }
