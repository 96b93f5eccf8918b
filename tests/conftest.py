"""What every test needs: a store of its own, and the real tables where they are at hand."""

from __future__ import annotations

import os
import signal
import threading
import urllib.request
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, so that what a change's checks say depends on the change alone;
# `pytest --hypothesis-profile=explore` draws others.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("steady")

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would every program that they start.
if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def own_store(tmp_path_factory, monkeypatch):
    """No test reads or writes the user's own store."""
    monkeypatch.setenv("LITMUS_HOME", str(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="session")
def adult_path():
    """The bundled UCI Adult table."""
    return Path(__file__).resolve().parents[1] / "examples" / "adult" / "adult.csv.gz"


@pytest.fixture(scope="session")
def real_table():
    """A function from the name of a real table to its path; the test is skipped where the tables are not at hand."""

    def find(name: str) -> Path:
        path = _SHARED / f"{name}.parquet"
        if not path.exists():
            pytest.skip(f"the real table {name!r} is not beside this checkout")
        return path

    return find


@pytest.fixture
def s3(monkeypatch):
    """A client of a real S3 server on this machine, empty, which `s3://` addresses lead to while the test runs."""
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed")
    servers = pytest.importorskip("moto.server", reason="moto is not installed")
    server = servers.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    # Servers of one process share their buckets, and file systems are kept with the address they first had.
    urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    s3fs.S3FileSystem.clear_instance_cache()
    client = boto3.client("s3")
    yield client
    client.close()
    for system in list(s3fs.S3FileSystem._cache.values()):
        s3fs.S3FileSystem.close_session(system.loop, system._s3)  # connections must end before the server does
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


os.environ.setdefault("OMP_NUM_THREADS", "2")  # several test processes share the cores
