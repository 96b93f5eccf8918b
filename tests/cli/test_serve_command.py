"""`litmus serve` in a process of its own: it says where it is, wants its key, answers, and stops when told to."""

import json
import os
import signal
import subprocess
import sys

import httpx
import pytest


@pytest.fixture
def serve(trained):
    processes = []

    def start(*arguments, **environment):
        processes.append(trained.place.start("serve", *arguments, "--port", 0, **environment))
        return processes[-1]

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


ROW = {"age": 70, "town": "Oslo", "height": 170.0}


def test_it_serves_until_it_is_told_to_stop(serve):
    process = serve("people.litmus")
    url = process.stdout.readline().split()[2]
    key = process.stdout.readline().removeprefix("Key: ").strip()
    assert url.startswith("http://127.0.0.1:")
    assert httpx.get(url + "/ping").json() == {"status": "ok"}
    assert httpx.post(url + "/predict", json=ROW).status_code == 401
    assert httpx.post(url + "/predict", json=ROW, headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = httpx.post(url + "/predict", json=ROW, headers={"Authorization": f"Bearer {key}"})
    assert answer.json()["prediction"] == "yes"
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert process.stderr.read() == ""


def test_json_and_a_key_of_ones_own_that_is_not_repeated(serve):
    process = serve("people-1", "--json", LITMUS_KEY="open-sesame")
    said = json.loads(process.stdout.readline())
    assert said["key"] is None
    assert said["model"] == "people-1"
    answer = httpx.post(said["url"] + "/predict", json=[ROW, ROW], headers={"Authorization": "Bearer open-sesame"})
    assert answer.json()["predictions"] == ["yes", "yes"]
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert "open-sesame" not in process.stdout.read() + process.stderr.read()


def test_mistakes(trained, run_here):
    assert "There is no model 'nobody'" in run_here(trained.place, "serve", "nobody").sentence
    assert "No address" in run_here(
        trained.place, "serve", "people-1", "--host", "no.such.host.invalid"
    ).sentence.replace("is no address", "No address")
    done = run_here(trained.place, "serve", "people-1", "--port", "99999")
    assert done.code == 2
    assert "'--port'" in done.sentence


def test_the_lean_command_serves_the_same_and_imports_no_trainer(trained, tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import atexit, sys\n"
        "names = ['pandas', 'sklearn', 'scipy', 'pyarrow', 'typer', 'litsdf', 'litmus.pipeline', 'litmus.algorithms']\n"
        "atexit.register(lambda: sys.stdout.write(repr([name for name in names if name in sys.modules])))\n"
    )
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-m", "litmus.serve", "people.litmus", "--port", "0", "--json"],
        cwd=trained.place.folder,
        env={**os.environ, "PYTHONPATH": path, "LITMUS_KEY": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = json.loads(process.stdout.readline())
        answer = httpx.post(said["url"] + "/predict", json=ROW, headers={"Authorization": f"Bearer {said['key']}"})
        assert answer.json()["prediction"] == "yes"
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, errors, rest) == (0, "", "[]")


def test_mistakes_of_the_lean_command(trained):
    done = subprocess.run(
        [sys.executable, "-m", "litmus.serve", "nobody.litmus"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("litmus: There is no file nobody.litmus")
    assert done.stderr.count("\n") == 1
