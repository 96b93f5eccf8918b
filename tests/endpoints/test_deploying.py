"""One click: from a model to an address that answers; and the sentences for what stands in the way."""

import json
import shutil
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from left_behind import listens, processes_of

import litmus
from litmus.client import KeyRefusedError
from litmus.endpoints import Endpoint
from litmus.endpoints.places import home, names
from litmus.errors import BundleError, LitmusError, ParameterError, PredictionError, ResourceError, UnknownNameError
from litmus.runtime import load
from litmus.store import Store
from trained_models import people, train_model


def nothing_is_there() -> bool:
    return not home().exists() or not list(home().iterdir())


def test_a_deployed_model_answers_lists_and_ends(launch, bundles, row, tmp_path):
    original = shutil.copy(bundles["old"], tmp_path / "mine.litmus")
    made = litmus.deploy(original, "income", workers=2)
    Path(original).unlink()  # it was copied
    direct = load(bundles["old"])
    rows = [row, {"age": 20, "city": None}]
    assert made.predict(row) == direct.predict(row)
    assert made.predict(rows) == list(direct.predict(rows))
    assert made.status == "running"
    with pytest.raises(PredictionError):
        made.predict({"age": "many"})
    asked = subprocess.run(
        ["sh", "-c", made.curl.replace("curl ", "curl -sS ")], check=False, capture_output=True, text=True
    )
    assert json.loads(asked.stdout)["prediction"] in ("yes", "no"), asked.stderr
    made.stop()
    assert (made.status, processes_of(made.folder), listens(made.url)) == ("stopped", [], False)
    made.delete()
    assert nothing_is_there()


def test_the_key_is_shown_once_and_kept_hashed(launch, row):
    made = launch(workers=1)
    held = b"".join(file.read_bytes() for file in made.folder.rglob("*") if file.is_file())
    assert made.key.encode() not in held
    assert made.folder.stat().st_mode & 0o777 == 0o700
    assert (made.folder / "keys.json").stat().st_mode & 0o777 == 0o600
    again = litmus.endpoint("income")
    assert again.key is None
    assert "$LITMUS_KEY" in again.curl
    with pytest.raises(ResourceError, match="not known here"):
        again.predict(row)
    assert litmus.endpoint("income", key=made.key).predict(row) in ("yes", "no")
    with pytest.raises(KeyRefusedError):
        litmus.endpoint("income", key="x" * 43).predict(row)


def test_a_model_deploys_itself_with_its_own_code(launch, row, bundles):
    import own_code

    model = litmus.load(bundles["slow"], trust=True)
    made = model.deploy(workers=1)
    assert made.name == "slow"
    assert made.predict(row) in ("yes", "no")
    assert made.describe().config.trust
    assert own_code.sleep.__module__ == "own_code"


def test_a_stored_model_is_compiled_when_it_is_deployed(launch, row):
    model = train_model(people(120)[["age", "city", "rich"]], target="rich").model
    version = Store().add_model(model, compiled=False)
    made = litmus.deploy(version, "stored", workers=1)
    assert made.predict(row) == model.predict(row)
    assert made.describe().config.variants[0].version == version
    log = "\n".join(made.logs())
    assert "sklearn" not in log
    from litmus.bundle_reader import read_manifest

    assert read_manifest(Store().find(version).path)["runtime"]


def test_two_deployments_of_a_name_leave_one_endpoint_and_a_sentence(launch, row):
    def one(_):
        try:
            return launch(workers=1)
        except ResourceError as error:
            return error

    with ThreadPoolExecutor(2) as threads:
        first, second = sorted(threads.map(one, range(2)), key=lambda each: isinstance(each, Exception))
    assert isinstance(first, Endpoint)
    assert "already" in str(second)
    assert first.predict(row) in ("yes", "no")
    assert [entry.name for entry in home().iterdir()] == ["income"]


def test_what_a_killed_deployment_left_is_swept_away_by_the_next(launch):
    script = """
import os, sys
from litmus.endpoints import places
with places.staging("income") as part:
    print(part, flush=True)
    os.kill(os.getpid(), 9)
"""
    killed = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    part = killed.stdout.strip()
    assert Path(part).is_dir()
    launch(workers=1)
    assert not Path(part).exists()
    assert names() == ["income"]


def test_a_taken_port_is_said_and_nothing_is_left(launch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ResourceError, match="in use by another program"):
            launch(port=taken.getsockname()[1])
    assert nothing_is_there()


@pytest.mark.parametrize(
    ("model", "error", "said"),
    [
        ("nobody", UnknownNameError, "There is no model 'nobody'"),
        ("gone/model.litmus", BundleError, "There is no file"),
        (b"bytes", ParameterError, "is no model"),
        (None, ParameterError, "is no model"),
    ],
)
def test_a_model_that_is_not_there_is_said_and_nothing_is_left(model, error, said):
    with pytest.raises(error, match=said):
        litmus.deploy(model, "income")
    assert nothing_is_there()


def test_a_damaged_model_is_said_and_nothing_is_left(bundles, tmp_path):
    content = bytearray(bundles["old"].read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged = tmp_path / "damaged.litmus"
    damaged.write_bytes(content)
    with pytest.raises(LitmusError) as refused:
        litmus.deploy(damaged, "income", workers=1)
    assert "Traceback" not in str(refused.value)
    assert nothing_is_there()
    damaged.write_bytes(content[:200])
    with pytest.raises(BundleError, match="not a Litmus model"):
        litmus.deploy(damaged, "income")
    assert nothing_is_there()


def test_someone_elses_code_needs_trust(bundles):
    with pytest.raises(BundleError, match="--trust"):
        litmus.deploy(bundles["slow"], "income")
    assert nothing_is_there()


def test_a_home_that_cannot_be_written_is_said(bundles, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LITMUS_HOME", str(tmp_path / "file"))
    with pytest.raises(ResourceError, match="LITMUS_HOME"):
        litmus.deploy(bundles["old"], "income")


@pytest.mark.parametrize(
    "options",
    [{"port": 70_000}, {"port": "http"}, {"workers": 0}, {"workers": "two"}, {"key": "short"}, {"key": "spaces in the key!"},
     {"capture": 2.0}, {"capture": True}, {"engine": "cloud"}, {"host": "no.such.host.invalid"}],
)  # fmt: skip
def test_options_that_are_not_allowed_are_said_and_nothing_is_left(bundles, options):
    with pytest.raises(LitmusError) as refused:
        litmus.deploy(bundles["old"], "income", **options)
    assert str(refused.value).endswith((".", "cloud", "ray"))
    assert nothing_is_there()


def test_importing_the_model_does_not_import_endpoints():
    code = "import sys, litmus.model; print([name for name in sys.modules if name.startswith('litmus.endpoints')])"
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True).stdout.strip() == "[]"
    )
