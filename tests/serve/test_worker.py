"""Worker processes of an endpoint: they share a socket, follow the configuration, and drain."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

import litmus
from litmus.serve.address import listen
from litmus.serve.config import BatchingConfig, LimitsConfig, ServiceConfig, VariantConfig, save_config
from litmus.serve.counters import read_counters

ROW = {"size": 50}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two models of the same columns: the second answers ten times as much."""
    folder = tmp_path_factory.mktemp("bundles")
    found = []
    for number, price in enumerate((3, 30)):
        rows = [{"size": size, "price": price * size} for size in range(100)]
        run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        found.append(Path(run.best.save(folder / f"{number}.litmus")))
    return found


@dataclasses.dataclass
class Endpoint:
    folder: Path
    listener: socket.socket
    workers: list[subprocess.Popen] = dataclasses.field(default_factory=list)
    generation: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self, *variants: VariantConfig, **options) -> None:
        self.generation += 1
        options.setdefault("require_key", (self.folder / "keys.json").exists())
        save_config(ServiceConfig("prices", self.generation, variants=list(variants), **options), self.folder)

    def start(self, count: int = 1) -> None:
        for _ in range(count):
            descriptor = self.listener.fileno()
            command = [sys.executable, "-m", "litmus.serve", "--config", str(self.folder), "--slot",
                       str(len(self.workers)), "--listen-fd", str(descriptor)]  # fmt: skip
            with (self.folder / "log").open("ab") as log:
                self.workers.append(subprocess.Popen(command, pass_fds=[descriptor], stderr=log))
        self.wait(lambda: sum(each.ready for each in read_counters(self.folder).workers.values()) == len(self.workers))

    def wait(self, condition: Callable[[], bool]) -> None:
        for _ in range(600):
            if condition():
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def wait_for_generation(self) -> None:
        self.wait(lambda: {w.generation for w in read_counters(self.folder).workers.values()} == {self.generation})

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=False, timeout=30, headers=headers)


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    listener = listen("127.0.0.1", 0)
    made = Endpoint(tmp_path, listener)
    yield made
    for worker in made.workers:
        worker.terminate()
    for worker in made.workers:
        worker.wait(timeout=40)
    listener.close()


def main(path: Path, version: str = "prices-1", **options) -> VariantConfig:
    return VariantConfig("main", str(path), version, **options)


def test_a_new_generation_takes_over_without_losing_a_request(endpoint: Endpoint, bundles: list[Path]) -> None:
    endpoint.serve(main(bundles[0]))
    endpoint.start(2)
    stop, answers = threading.Event(), []

    def ask() -> None:
        with endpoint.client() as client:
            while not stop.is_set():
                answer = client.post("/predict", json=ROW)
                answers.append(
                    (answer.status_code, round(answer.json()["prediction"]), answer.headers["x-litmus-model"])
                )

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(3)]
        endpoint.wait(lambda: len(answers) > 20)
        endpoint.serve(main(bundles[1], "prices-2"))
        endpoint.wait_for_generation()
        before = len(answers)
        endpoint.wait(lambda: len(answers) > before + 20)
        stop.set()
        for each in asking:
            each.result()
    assert set(answers) == {(200, 150, "prices-1"), (200, 1500, "prices-2")}
    assert {answer[2] for answer in answers[-10:]} == {"prices-2"}
    totals = read_counters(endpoint.folder)
    assert totals.variants["main"].requests == len(answers)
    with endpoint.client() as client:
        assert (
            f'litmus_invocations_total{{variant="main",model="prices-2"}} {len(answers)}' in client.get("/metrics").text
        )


def test_what_cannot_be_loaded_leaves_the_old_one_answering(endpoint: Endpoint, bundles: list[Path]) -> None:
    endpoint.serve(main(bundles[0]))
    endpoint.start()
    broken = endpoint.folder / "broken.litmus"
    broken.write_bytes(bundles[1].read_bytes()[:-1000])
    with endpoint.client() as client:
        for path in (broken, endpoint.folder / "none.litmus"):
            endpoint.serve(main(path, "prices-2"))
            endpoint.wait(lambda: path.name in read_counters(endpoint.folder).workers[0].error)
            assert client.post("/predict", json=ROW).headers["x-litmus-model"] == "prices-1"
        (endpoint.folder / "config.json").write_text('{"name": "prices", "generations": 3}')
        endpoint.wait(lambda: "generations" in read_counters(endpoint.folder).workers[0].error)
        endpoint.serve(main(bundles[1], "prices-3"))
        endpoint.wait_for_generation()
        assert client.post("/predict", json=ROW).headers["x-litmus-model"] == "prices-3"
    assert read_counters(endpoint.folder).workers[0].error == ""


def test_weights_share_the_requests_and_one_may_be_named(endpoint: Endpoint, bundles: list[Path]) -> None:
    endpoint.serve(main(bundles[0], weight=3), VariantConfig("next", str(bundles[1]), "prices-2", weight=1))
    endpoint.start()
    with endpoint.client() as client:
        found = [client.post("/predict", json=ROW).headers["x-litmus-variant"] for _ in range(400)]
        assert 50 < found.count("next") < 150
        for path, body in (("/predict", ROW), ("/invocations", [ROW])):
            named = client.post(path, json=body, headers={"X-Amzn-SageMaker-Target-Variant": "next"})
            assert named.headers["x-litmus-model"] == "prices-2"
        assert client.post("/predict", json=ROW, headers={"X-Litmus-Target": "../../x"}).status_code == 404
    counted = read_counters(endpoint.folder).variants
    assert counted["next"].requests == found.count("next") + 2


def test_a_shadow_gets_copies_and_its_differences_are_counted(endpoint: Endpoint, bundles: list[Path]) -> None:
    shadows = [
        VariantConfig("other", str(bundles[1]), "prices-2", shadow=True),
        VariantConfig("same", str(bundles[0]), "1", shadow=True),
    ]
    endpoint.serve(main(bundles[0]), *shadows)
    endpoint.start()
    with endpoint.client() as client:
        for _ in range(20):
            assert client.post("/predict", json=ROW).json()["prediction"] == pytest.approx(150, abs=1)
        client.post("/predict", json=[ROW, {"size": 60}])
    endpoint.wait(lambda: read_counters(endpoint.folder).variants["same"].compared == 22)
    counted = read_counters(endpoint.folder).variants
    assert (counted["other"].compared, counted["other"].different, counted["same"].different) == (22, 22, 0)
    assert counted["main"].requests == 21
    endpoint.wait((endpoint.folder / "events.jsonl").exists)
    events = [json.loads(line) for line in (endpoint.folder / "events.jsonl").read_text().splitlines()]
    assert {event["event"] for event in events} == {"shadow differs"}
    assert {event["shadow"] for event in events} == {"prices-2"}


def test_a_worker_drains_when_it_is_told_to_stop(endpoint: Endpoint, bundles: list[Path]) -> None:
    endpoint.serve(main(bundles[0]), limits=LimitsConfig(max_rows=1_000_000))
    endpoint.start(2)
    with endpoint.client() as client, concurrent.futures.ThreadPoolExecutor(1) as pool:
        body = json.dumps([ROW] * 200_000)
        long = pool.submit(client.post, "/predict", content=body)
        endpoint.wait(lambda: read_counters(endpoint.folder).in_flight > 0)
        for worker in endpoint.workers:
            worker.send_signal(signal.SIGTERM)
        assert len(long.result().json()["predictions"]) == 200_000
    assert [worker.wait(timeout=30) for worker in endpoint.workers] == [0, 0]
    assert not any(each.ready for each in read_counters(endpoint.folder).workers.values())


def test_keys_are_taken_in_without_a_restart(endpoint: Endpoint, bundles: list[Path]) -> None:
    def record(key: str, expires: str | None = None) -> dict:
        return {"id": key, "hash": hashlib.sha256(key.encode()).hexdigest(), "created": "", "expires": expires}

    keys = endpoint.folder / "keys.json"
    keys.write_text(
        json.dumps([record("first-key-0123456789"), record("old-key-0123456789", "2020-01-01T00:00:00.000+00:00")])
    )
    endpoint.serve(main(bundles[0]))
    endpoint.start()

    def status(key: str | None) -> int:
        with endpoint.client(**({"Authorization": f"Bearer {key}"} if key else {})) as client:
            return client.post("/predict", json=ROW).status_code

    assert [status(key) for key in ("first-key-0123456789", "old-key-0123456789", "second-key-0123456789", None)] == [
        200,
        401,
        401,
        401,
    ]
    part = endpoint.folder / "keys.part"
    part.write_text(json.dumps([record("second-key-0123456789")]))
    part.replace(keys)
    endpoint.wait(lambda: status("second-key-0123456789") == 200)
    assert status("first-key-0123456789") == 401


def test_waiting_requests_are_predicted_together(endpoint: Endpoint, bundles: list[Path]) -> None:
    endpoint.serve(main(bundles[0]), batching=BatchingConfig(max_rows=8, max_wait_ms=20))
    endpoint.start()

    def ask(size: object) -> tuple[int, object]:
        with endpoint.client() as client:
            answer = client.post("/predict", json={"size": size})
            return answer.status_code, answer.json().get("prediction")

    sizes = [*range(30), "wrong"]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, sizes))
    assert [status for status, _ in answers] == [200] * 30 + [422]
    assert [value for _, value in answers[:30]] == pytest.approx([3 * size for size in range(30)], abs=1)


def test_a_forked_worker_answers_with_the_models_it_was_given(endpoint: Endpoint, bundles: list[Path]) -> None:
    endpoint.serve(main(bundles[0]))
    program = (
        "import os, socket, sys\n"
        "from litmus.serve.service import open_service\n"
        "from litmus.serve.worker import run_worker\n"
        "service = open_service(sys.argv[1])\n"
        "assert len(os.listdir('/proc/self/task')) == 1, os.listdir('/proc/self/task')\n"
        "listener = socket.socket(fileno=int(sys.argv[2]))\n"
        "children = []\n"
        "for slot in range(2):\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        "        run_worker(sys.argv[1], slot, listener, service=service)\n"
        "        os._exit(0)\n"
        "    children.append(pid)\n"
        "print(*[os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children])\n"
    )
    number = endpoint.listener.fileno()
    variables = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", program, str(endpoint.folder), str(number)]
    with subprocess.Popen(command, pass_fds=[number], stdout=subprocess.PIPE, env=variables) as parent:
        endpoint.wait(lambda: sum(each.ready for each in read_counters(endpoint.folder).workers.values()) == 2)
        for _ in range(10):
            with endpoint.client() as client:
                assert client.post("/predict", json=ROW).json()["prediction"] == pytest.approx(150, abs=1)
                assert len(client.post("/predict", json=[ROW] * 3).json()["predictions"]) == 3
        endpoint.serve(main(bundles[1], "prices-2"))
        endpoint.wait_for_generation()
        for state in read_counters(endpoint.folder).workers.values():
            os.kill(state.pid, signal.SIGTERM)
        assert parent.stdout.read() == b"0 0\n"


def test_new_connections_are_shared_out_among_the_workers(endpoint: Endpoint, bundles: list[Path]) -> None:
    endpoint.serve(main(bundles[0]))
    endpoint.start(2)
    address = endpoint.listener.getsockname()
    opened = [socket.create_connection(address) for _ in range(60)]
    try:
        endpoint.wait(lambda: sum(each.connections for each in read_counters(endpoint.folder).workers.values()) == 60)
        assert min(each.connections for each in read_counters(endpoint.folder).workers.values()) >= 10
    finally:
        for each in opened:
            each.close()
    endpoint.wait(lambda: not any(each.connections for each in read_counters(endpoint.folder).workers.values()))
