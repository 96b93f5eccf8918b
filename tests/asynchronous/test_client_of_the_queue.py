"""`litmus.Client` and an endpoint's queue: a real worker takes the rows, another process answers them."""

import json
import socket
import subprocess
import sys
import threading

import pytest

import litmus
from litmus.asynchronous import run_asynchronous
from litmus.client import NotThereError, RowsRefusedError, TooLateError
from litmus.serve.address import listen


@pytest.fixture
def address(endpoint, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("age\n20\n70\n")
    folder = endpoint(inputs=[str(tmp_path / "in")], outputs=[str(tmp_path)])
    listener: socket.socket = listen("127.0.0.1", 0)
    command = [
        sys.executable,
        "-m",
        "litmus.serve",
        "--config",
        str(folder),
        "--slot",
        "0",
        "--listen-fd",
        str(listener.fileno()),
    ]
    process = subprocess.Popen(command, pass_fds=[listener.fileno()])
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", folder
    process.terminate()
    process.wait(timeout=40)
    listener.close()


def test_rows_are_queued_and_their_answers_waited_for(address, tmp_path):
    url, folder = address
    with litmus.Client(url) as client:
        many = client.submit([{"age": 20}, {"age": 70}])
        one = client.submit({"age": 70})
        wrong = client.submit([{"age": "old"}])
        file = client.submit(tmp_path / "in" / "a.csv", output=str(tmp_path / "out.csv"))
        with pytest.raises(TooLateError):
            client.result(many, wait=0.1)
        answering = threading.Thread(target=run_asynchronous, args=(folder,), kwargs={"idle_seconds": 0.5})
        answering.start()
        assert client.result(many, wait=60) == ["no", "yes"]
        assert client.result(one, wait=60) == "yes"
        with pytest.raises(RowsRefusedError, match="age"):
            client.result(wrong, wait=60)
        assert client.result(file, wait=60) == str(tmp_path / "out.csv")
        answering.join(60)
        with pytest.raises(NotThereError):
            client.result("nobody")
        with pytest.raises(RowsRefusedError):
            client.submit("/etc/passwd")
    assert json.dumps((tmp_path / "out.csv").read_text()).count("yes") >= 1
