"""An endpoint on a file system that is full: answers go on, what cannot be kept is said, what was accepted is not lost."""

import json
import os
import signal
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest
from left_behind import until

import litmus
from litmus.errors import LitmusError
from litmus.serve.config import AsynchronousConfig

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="a small file system is mounted, which only root may"
)
_SIZE = 24 << 20


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    home = tmp_path / "small"
    home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", home], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.decode()}")
    monkeypatch.setenv("LITMUS_HOME", str(home))
    yield home
    subprocess.run(["umount", "-l", home], check=True)


@pytest.fixture
def endpoint(small_disk, launch):
    return launch(workers=1, capture=1.0, asynchronous=AsynchronousConfig(workers=1, minimum=1))


def fill(disk):
    """Take all that is left of the disk."""
    with (disk / "filling").open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            return


def post(endpoint, path, body):
    """Status and what was said."""
    headers = {"Authorization": f"Bearer {endpoint.key}", "Content-Type": "application/json"}
    request = Request(endpoint.url + path, json.dumps(body).encode(), headers)  # noqa: S310
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except OSError as error:
        return error.code, json.load(error)


def test_what_was_accepted_is_answered_when_there_is_room_again(endpoint, small_disk, bundles, row):
    worker = next(each for each in endpoint.state.workers if each.kind == "asynchronous")
    os.kill(worker.pid, signal.SIGSTOP)  # so that requests are accepted, and wait
    accepted = [post(endpoint, "/async", [row] * 50) for _ in range(3)]
    assert {status for status, _ in accepted} == {202}
    before = endpoint.describe().to_json()
    fill(small_disk)
    os.kill(worker.pid, signal.SIGCONT)

    assert endpoint.predict(row) in ("yes", "no")
    refused = [post(endpoint, "/async", [row] * 4000) for _ in range(3)]
    assert {status for status, _ in refused} == {503}
    assert "disk is full" in refused[0][1]["error"]
    status, told = post(endpoint, "/feedback", [{"request_id": f"a{each}", "label": "yes"} for each in range(5000)])
    assert (status, "No space left" in told["error"]) == (503, True)
    for change in (lambda: endpoint.update(bundles["new"], wait=True), lambda: endpoint.scale(2)):
        with pytest.raises(LitmusError, match="No space left"):
            change()
    assert endpoint.predict(row) in ("yes", "no")
    after = endpoint.describe().to_json()
    assert (after["status"], after["models"], after["pid"]) == ("running", before["models"], before["pid"])

    (small_disk / "filling").unlink()
    with litmus.Client(endpoint.url, endpoint.key) as client:
        for _, told in accepted:
            assert client.result(told["id"], wait=60) == [endpoint.predict(row)] * 50
    assert post(endpoint, "/feedback", {"request_id": "a1", "label": "yes"})[0] == 202
    endpoint.scale(2)
    assert until(lambda: len(endpoint.state.workers) == 3)
    assert endpoint.update(bundles["new"]).wait(60) == "finished"


def test_a_worker_and_a_supervisor_come_back_on_a_full_disk(endpoint, small_disk, row):
    state = endpoint.state
    fill(small_disk)
    worker = next(each for each in state.workers if each.kind == "http")
    os.kill(worker.pid, signal.SIGKILL)
    assert until(lambda: answers(endpoint, row))
    os.kill(state.pid, signal.SIGKILL)
    assert until(lambda: not os.path.exists(f"/proc/{state.pid}"))  # noqa: PTH110
    assert until(lambda: answers(endpoint, row))
    (small_disk / "filling").unlink()
    assert until(lambda: endpoint.status == "running" and endpoint.state.pid not in (0, state.pid))


def answers(endpoint, row):
    try:
        return endpoint.predict(row) in ("yes", "no")
    except LitmusError:
        return False
