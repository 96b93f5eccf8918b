"""Fits on a real Ray cluster of two nodes on this machine: equal results, deadlines, a node that dies, nothing left."""

import ctypes
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

import litmus
from litmus.errors import ParameterError, ResourceError
from litmus.executors import Job

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason="ray is not installed: pip install 'litmus[ray]'"
    ),
    pytest.mark.skipif(sys.platform != "linux", reason="a cluster of several nodes on one machine needs Linux"),
    # Ray leaves sockets, files and threads to the end of the program
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
STORE = 80 * 1024 * 1024
QUIET = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # nodes at 127.0.0.1, as on systems where Ray makes no real clusters
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
}


@pytest.fixture(scope="module")
def cluster():
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        for name, value in QUIET.items():
            patch.setenv(name, value)
        warnings.simplefilter("ignore")
        from ray.cluster_utils import Cluster

        node = {"object_store_memory": STORE, "node_ip_address": "127.0.0.1", "include_dashboard": False}
        port = free_port()
        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "ray_client_server_port": port, **node})
        made.client_port = port
        made.second = made.add_node(num_cpus=1, **node)
        yield made
        import ray

        ray.shutdown()
        made.shutdown()


@pytest.fixture(scope="module")
def pool(cluster):
    from litmus.executors.ray_cluster import RayCluster

    with RayCluster(cluster.address) as made:
        yield made
    assert not list(Path(tempfile.gettempdir()).glob(f"litmus-node-{made._run}-*"))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def pid(seconds):
    time.sleep(seconds)
    return os.getpid()


def hang_in_c(path):
    child = os.fork()
    if child == 0:
        os.setsid()
        time.sleep(600)
    Path(f"{path}.part").write_text(f"{os.getpid()} {child}")
    Path(f"{path}.part").rename(path)
    ctypes.PyDLL(None).sleep(600)


def segfault():
    ctypes.string_at(0)


def take_memory():
    kept = []
    while True:
        kept.append(np.ones(2_000_000))
        time.sleep(0.02)


def table():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(400, 4)), columns=list("abcd"))
    frame["word"] = random.choice(["red", "green", "blue"], 400)
    frame["label"] = np.where(frame["a"] + (frame["word"] == "red") > 0.4, "yes", "no")
    return frame


def leaderboard_of(**options):
    run = litmus.train(
        table(), target="label", algorithm=["LightGBM", "LinearModel"], k_fold=3, callbacks=[], seed=3, **options
    )
    rows = [(trial.name, trial.status, trial.score("roc_auc").folds) for trial in run.leaderboard]
    return rows, run.best.predict_proba(table().head(5).drop(columns="label"))


def test_a_run_on_the_cluster_gives_what_a_local_one_gives(cluster):
    rows, answers = leaderboard_of(resources={"train": {"address": cluster.address}})
    local_rows, local_answers = leaderboard_of(executor="in_process", resources={"train": {"cpus": 1}})
    assert rows == local_rows
    assert rows[0][1] == "complete"
    assert str(answers) == str(local_answers)
    assert not list(Path(tempfile.gettempdir()).glob("litmus-node-*"))


def test_bad_jobs_end_on_the_cluster_as_they_do_here(pool, tmp_path):
    pool.start()
    assert (pool.workers, pool.threads) == (2, 1)
    jobs = [
        Job("crash", segfault, travels=True),
        Job("leak", take_memory, memory=150_000_000, travels=True),
        *(Job(n, pid, (0.0,), travels=True) for n in range(3)),
        Job("here", pid, (0.0,)),
        Job("lock", pid, (threading.Lock(),), travels=True),
        Job("late", pid, (0.0,), deadline=time.monotonic() - 1, travels=True),
    ]
    outcomes = {o.job.key: o for o in pool.run(jobs)}
    hang = Job("hang", hang_in_c, (str(tmp_path / "hang"),), deadline=time.monotonic() + 6, travels=True)
    outcomes |= {o.job.key: o for o in pool.run([hang])}
    assert {key: o.stopped for key, o in outcomes.items() if o.stopped} == {
        "hang": "deadline",
        "crash": "crash",
        "leak": "memory",
        "late": "deadline",
    }
    assert "a segmentation fault" in outcomes["crash"].error
    assert "more than its share of 150 MB" in outcomes["leak"].error
    assert "cannot be sent to the cluster" in outcomes["lock"].error
    assert all(outcomes[key].error is None for key in (0, 1, 2, "here"))
    assert eventually(lambda: not any(map(alive, pids_in(tmp_path / "hang"))))


def test_a_stopped_job_leaves_no_process(pool, tmp_path):
    pool.submit(Job("hang", hang_in_c, (str(tmp_path / "hang"),), travels=True))
    assert eventually((tmp_path / "hang").exists, 60)
    assert all(map(alive, pids_in(tmp_path / "hang")))
    pool.stop("hang")
    assert pool.next(60).stopped == "asked"
    assert eventually(lambda: not any(map(alive, pids_in(tmp_path / "hang"))))


SCRIPT = """
import sys, litmus
import numpy as np, pandas as pd

class Majority(litmus.Classifier):  # known to this program only
    def fit(self, X, y, context):
        self.share_ = np.bincount(y, minlength=context.n_classes) / len(y)
    def predict_proba(self, X):
        return np.tile(self.share_, (len(X), 1)).astype(np.float32)

frame = pd.DataFrame({"a": np.arange(100.0), "label": ["yes", "no"] * 50})
options = {"resources": {"train": {"address": sys.argv[1]}}} if len(sys.argv) > 1 else {
    "executor": "ray", "resources": {"train": {"cpus": 1}}}
run = litmus.train(frame, target="label", algorithm=Majority(), k_fold=2, callbacks=[], **options)
for trial in run.leaderboard:
    print(trial.name, trial.status, trial.reason)
"""


@pytest.mark.parametrize("where", ["client", "none"])
def test_code_of_the_main_program_travels(cluster, tmp_path, where):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    arguments = [f"ray://{cluster.head_node.node_ip_address}:{cluster.client_port}"] if where == "client" else []
    variables = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    with tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as folder:
        if where == "none":
            variables["RAY_TMPDIR"] = folder  # where no other cluster is found
        done = subprocess.run(
            [sys.executable, "-W", "error", script, *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=200,
            env=variables,
        )
    if "Starting Ray client server failed" in done.stderr:
        pytest.skip("Ray gave its client server too little time on this busy machine")
    assert done.returncode == 0, done.stderr
    assert "Majority complete" in done.stdout


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("closed", "refused"),
        ("silent", "timed out"),
        ("wrong", "no Ray server"),
        ("nonsense", "is not one; write 'ray://host:10001'"),
        ("ray://localhost", "is not one; write 'ray://host:10001'"),
        ("host:port", "is not one; write 'ray://host:10001'"),
    ],
)
def test_an_address_that_does_not_answer_is_one_clear_error(monkeypatch, address, sentence):
    monkeypatch.setattr("litmus.executors.ray_connection._ANSWER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = f"127.0.0.1:{server.getsockname()[1]}"
        if address == "closed":
            where = f"ray://127.0.0.1:{free_port()}"
        elif address == "wrong":
            threading.Thread(target=answer_wrongly, args=(server,), daemon=True).start()
        elif address != "silent":
            where = address
        with pytest.raises(ResourceError, match=sentence):
            litmus.train("/no/such/file.csv", target="x", callbacks=[], resources={"train": {"address": where}})


def answer_wrongly(server):
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 400 Bad Request")
        connection.recv(100)


def test_a_cluster_that_has_not_what_was_asked_for_is_said(cluster):
    from litmus.executors.ray_cluster import RayCluster

    with pytest.raises(ResourceError, match="ask for 1 GPUs, and the Ray cluster has 0"):
        RayCluster(cluster.address, gpus=1).start()
    with pytest.raises(ResourceError, match="Each of 2 jobs is to have .* no machine of the Ray cluster"):
        RayCluster(cluster.address, memory=10**15).start()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"resources": {"train": {"address": 5}}}, "address=5 is not allowed"),
        ({"resources": {"predict": {"address": "auto"}}}, "only trains"),
        ({"resources": {"train": {"address": "auto"}}, "executor": "local"}, "leave one of them out"),
    ],
)
def test_addresses_are_checked(options, sentence):
    with pytest.raises(ParameterError, match=sentence):
        litmus.train(table(), target="label", callbacks=[], **options)


def test_jobs_of_a_node_that_dies_run_again_elsewhere(cluster, pool):
    pool.start()
    for number in range(5):
        pool.submit(Job(number, pid, (2.0,), travels=True))
    assert eventually(lambda: len(nodes_in_use(pool)) == 2, 60)
    cluster.remove_node(cluster.second, allow_graceful=False)
    outcomes = [pool.next(120) for _ in range(5)]
    assert [o.error for o in outcomes] == [None] * 5
    assert {o.job.key for o in outcomes} == set(range(5))


def nodes_in_use(pool):
    return [
        folder
        for folder in Path(tempfile.gettempdir()).glob(f"litmus-node-{pool._run}-*")
        if list(folder.glob("job-*"))
    ]


def pids_in(path):
    if not path.exists():  # a busy machine did not come to it
        return []
    return [int(word) for word in path.read_text().split()]


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(0.05)
    return condition()
