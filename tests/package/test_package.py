"""Packages: what is in the folder, and that an image built from it by its own Dockerfile answers."""

import importlib.metadata
import json
import re
import shutil
import socket
import subprocess
import zipfile

import httpx
import pytest
import yaml
from dockerfile_steps import Container

import litmus
import litmus.package
from litmus.errors import BundleError, LitmusError, ParameterError, ResourceError, UnknownNameError
from litmus.package.kserve import IMAGE_PLACEHOLDER, kubernetes_bytes, service_name
from litmus.package.pins import pins_of
from litmus.package.wheel import write_wheel
from trained_models import people, train_model

KEY = "a-key-of-the-test"


def client(container, key=KEY):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(base_url=container.url, headers=headers, timeout=30, verify=False)


def test_an_image_built_by_its_dockerfile_answers_as_the_model_does(image, trained):
    built = image("plain")
    with Container(built, {"LITMUS_KEY": KEY}) as container:
        container.until_healthy()
        with client(container) as asked:
            rows = json.loads(people(20).drop(columns="rich").to_json(orient="records", date_format="iso"))
            answer = asked.post("/predict", json=rows)
            assert answer.status_code == 200, answer.text
            assert answer.json()["predictions"] == trained.model.predict(rows)
        with client(container, None) as stranger:
            assert stranger.post("/predict", json=rows).status_code == 401
        container.signal()
        code, written = container.ended()
    assert code == 0
    assert KEY not in written
    assert built.user == "10001:10001"
    assert built.users == {"10001"}
    assert built.exposed == ["8080"]


def test_a_sagemaker_image_keeps_the_container_contract(image, trained):
    built = image("sagemaker")
    assert built.command == ["serve"]
    assert (built.root / "opt/ml/model/model.litmus").is_file()
    assert built.labels["com.amazonaws.sagemaker.capabilities.accept-bind-to-port"] == "true"
    row = people(1).drop(columns="rich").assign(since="2020-05-05").to_dict("records")[0]
    with Container(built, {}) as container:
        container.until_healthy()
        with client(container, None) as asked:
            assert asked.get("/ping").status_code == 200
            answer = asked.post("/invocations", json=row)
            assert answer.json()["prediction"] == trained.model.predict(row)
            table = "age,city,height,member,since\n30,Oslo,180.5,true,2020-05-05\n"
            lines = asked.post("/invocations", content=table, headers={"Content-Type": "text/csv"})
            assert lines.status_code == 200
        # A request under way when the platform ends the container is answered.
        body = json.dumps(row).encode()
        with socket.create_connection(("127.0.0.1", container.port)) as open_request:
            head = f"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            open_request.sendall(head.encode() + body[:5])
            with client(container, None) as asked:
                asked.get("/ping")  # by now the server has read the head
            container.signal()
            open_request.sendall(body[5:])
            open_request.settimeout(30)
            assert open_request.recv(4096).startswith(b"HTTP/1.1 200")
        assert container.ended()[0] == 0


def test_the_port_that_sagemaker_asks_for_counts(image):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Container(image("sagemaker"), {"SAGEMAKER_BIND_TO_PORT": str(port)}) as container:
        container.until_healthy()
        assert httpx.get(f"http://127.0.0.1:{port}/ping", verify=False).status_code == 200


def test_a_kserve_image_and_its_description_agree(image):
    built = image("kserve")
    (described,) = yaml.safe_load_all((built.root.parent / "kserve" / "inference-service.yaml").read_text())
    assert (described["apiVersion"], described["kind"]) == ("serving.kserve.io/v1beta1", "InferenceService")
    (container,) = described["spec"]["predictor"]["containers"]
    assert container["image"] == IMAGE_PLACEHOLDER
    assert container["ports"][0]["containerPort"] == int(built.exposed[0])
    assert container["securityContext"]["runAsUser"] == int(built.user.partition(":")[0])
    assert container["resources"]["limits"] == {"cpu": "1", "memory": "512Mi"}


def test_a_kserve_image_speaks_the_open_inference_protocol(image, trained):
    built = image("kserve")
    (described,) = yaml.safe_load_all((built.root.parent / "kserve" / "inference-service.yaml").read_text())
    (container,) = described["spec"]["predictor"]["containers"]
    row = people(1).drop(columns="rich").assign(since="2020-05-05").to_dict("records")[0]
    with Container(built, {"LITMUS_KEY": KEY, "PROTOCOL": "v2"}) as running:
        running.until_healthy()
        with client(running, None) as stranger:
            for probe in ("readinessProbe", "livenessProbe"):
                assert stranger.get(container[probe]["httpGet"]["path"]).status_code == 200
        with client(running) as asked:
            name = asked.get("/v2/models/small").json()["name"]
            tensors = [
                {"name": column, "shape": [1], "datatype": kind, "data": [row[column]]}
                for column, kind in [
                    ("age", "INT64"),
                    ("city", "BYTES"),
                    ("height", "FP64"),
                    ("member", "BOOL"),
                    ("since", "BYTES"),
                ]
            ]
            answer = asked.post(f"/v2/models/{name}/infer", json={"id": "one", "inputs": tensors})
            assert answer.status_code == 200, answer.text
            outputs = {each["name"]: each["data"] for each in answer.json()["outputs"]}
            assert [trained.model.predict(row)] in outputs.values()


def test_without_a_key_the_image_does_not_start(image):
    with Container(image("plain"), {}) as container:
        code, written = container.ended()
    assert code == 2
    assert written.startswith("litmus: There is no key; set LITMUS_KEY")
    assert written.count("\n") == 1


def test_other_arguments_are_one_sentence(image):
    with Container(image("plain"), {"LITMUS_KEY": KEY}, ["train"]) as container:
        code, written = container.ended()
    assert (code, "not 'train'" in written) == (2, True)


def test_the_image_has_what_answering_takes_and_nothing_else(image):
    built = image("plain")
    listed = subprocess.run(
        [built.python, "-m", "pip", "list", "--format", "json"], capture_output=True, check=True, env={}
    )
    found = {each["name"].lower().replace("_", "-"): each["version"] for each in json.loads(listed.stdout)}
    pinned = dict(
        line.split("==")
        for line in (built.root.parent / "plain/requirements.txt").read_text().splitlines()
        if "==" in line
    )
    assert found.keys() - {"pip", "setuptools", "litmus"} == pinned.keys()
    assert all(found[name] == version for name, version in pinned.items())
    assert not {"pandas", "scikit-learn", "xgboost", "lightgbm"} & found.keys()
    assert (
        subprocess.run([built.python, "-m", "pip", "check"], check=False, capture_output=True, env={}).returncode == 0
    )


@pytest.mark.parametrize("target", ["plain", "sagemaker", "kserve"])
def test_the_readme_says_how_to_build_run_and_ask(target, bundle, tmp_path):
    made = litmus.package.write(bundle, tmp_path / "image", target=target)
    text = (made.folder / "README.md").read_text()
    assert "docker build -t small ." in text
    assert "docker run --rm -p" in text
    asked = re.search(r"-d '(\{.*\})'", text)[1]
    assert litmus.load(bundle).predict(json.loads(asked)) in ("yes", "no")
    assert (IMAGE_PLACEHOLDER in text) == (target == "kserve")


def test_a_package_replaces_an_earlier_one_and_nothing_else(bundle, tmp_path):
    first = litmus.package.write(bundle, tmp_path / "image", target="kserve")
    second = litmus.package.write(bundle, first.folder)
    assert not (second.folder / "inference-service.yaml").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["image"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    with pytest.raises(ParameterError, match="holds other files"):
        litmus.package.write(bundle, other)
    assert (other / "thesis.txt").read_text() == "years of work"


def test_a_model_in_memory_and_a_version_can_be_packaged(trained, tmp_path):
    from litmus.store import Store

    made = litmus.package.write(trained.model, tmp_path / "memory", base="registry.test/python:3", include=["pyarrow"])
    assert "FROM registry.test/python:3\n" in (made.folder / "Dockerfile").read_text()
    assert any(line.startswith("pyarrow==") for line in made.requirements)
    version = Store().add_model(trained.model)
    assert litmus.package.write(version, tmp_path / "version").model == version


def test_a_model_with_its_makers_code_needs_trust_here_and_says_so_in_the_image(tmp_path):
    made = train_model(people(60), target="rich", before=[lambda frame: frame.assign(age=sorted(frame["age"]))])
    path = made.model.save(tmp_path / "own.litmus")
    with pytest.raises(BundleError, match="trust"):
        litmus.package.write(path, tmp_path / "image")
    assert not (tmp_path / "image").exists()
    package = litmus.package.write(path, tmp_path / "image", trust=True)
    assert "ENV LITMUS_TRUST=yes" in (package.folder / "Dockerfile").read_text()
    assert any(line.startswith("scikit-learn==") for line in package.requirements)


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"target": "lambda"}, UnknownNameError, "plain, sagemaker, kserve"),
        ({"base": "two words"}, ParameterError, "is no image"),
        ({"include": ["no-such-package==1"]}, ResourceError, "no-such-package==1 is not installed here"),
        ({"deployment": {"cpus": 0}}, ParameterError, "cpus"),
    ],
)
def test_what_is_not_allowed_is_one_sentence_and_leaves_nothing(options, kind, words, bundle, tmp_path):
    with pytest.raises(kind, match=re.escape(words)):
        litmus.package.write(bundle, tmp_path / "image", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["missing", "cut", "altered", "number"])
def test_a_damaged_bundle_is_not_packaged(damage, bundle, tmp_path):
    path = tmp_path / "bad.litmus"
    if damage != "missing":
        shutil.copyfile(bundle, path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    if damage == "altered":
        with zipfile.ZipFile(path, "a") as file:
            file.writestr("added", "x")
    with pytest.raises(LitmusError):
        litmus.package.write(5 if damage == "number" else path, tmp_path / "image")
    assert not (tmp_path / "image").exists()


def test_the_versions_of_the_bundle_count():
    pins = pins_of({"requirements": ["numpy==2.0.0"]})
    assert pins.versions["numpy"] == "2.0.0"
    (note,) = pins.notes
    assert (
        note
        == f"numpy 2.0.0 is pinned, as the model was made with; {importlib.metadata.version('numpy')} is installed here."
    )
    assert pins_of({"requirements": ["lightgbm"]}).system == ("libgomp1",)


def test_the_wheel_is_the_same_for_the_same_code(tmp_path):
    first, second = (tmp_path / name for name in ("first", "second"))
    first.mkdir()
    second.mkdir()
    assert write_wheel(first).read_bytes() == write_wheel(second).read_bytes()
    with zipfile.ZipFile(write_wheel(first)) as wheel:
        assert {"litmus/serve/container.py", "litsdf/frame.py", "litmus/serve/page.html"} <= set(wheel.namelist())
        assert not [name for name in wheel.namelist() if name.endswith(".pyc")]


def test_names_and_sizes_are_as_kubernetes_writes_them():
    assert service_name("Adult_v2.1-3") == "adult-v2-1-3"
    assert service_name("数据") == "model"
    assert (kubernetes_bytes(512 * 2**20), kubernetes_bytes(3 * 2**30), kubernetes_bytes(300_000_000)) == (
        "512Mi",
        "3Gi",
        "300000000",
    )
