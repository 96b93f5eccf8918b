"""The OpenAPI description is valid, its example works, and the page needs nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from running_server import Running


@pytest.fixture(scope="module")
def document(server: Running) -> dict:
    with server.client() as client:
        answer = client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def resolved(document: dict, name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}", "components": document["components"]}


def test_the_document_is_valid_openapi(document: dict) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_it_says_which_columns_a_row_has(document: dict) -> None:
    row = document["components"]["schemas"]["Row"]
    assert list(row["properties"]) == ["age", "city"]
    assert row["required"] == ["age"]
    assert row["properties"]["age"]["type"] == ["number", "null"]
    assert row["properties"]["city"]["examples"] == ["Delft"]


def test_its_examples_are_requests_that_work(server: Running, document: dict) -> None:
    content = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    with server.client() as client:
        for name, kind, answers in (("one", "Row", "Prediction"), ("many", "Rows", "Predictions")):
            value = content["examples"][name]["value"]
            jsonschema.Draft202012Validator(resolved(document, kind)).validate(value)
            answer = client.post("/predict", json=value)
            assert answer.status_code == 200
            jsonschema.Draft202012Validator(resolved(document, answers)).validate(answer.json())


@pytest.mark.parametrize("kind", ["text/csv", "application/jsonlines"])
def test_its_example_of_each_form_of_text_works(server: Running, document: dict, kind: str) -> None:
    content = document["paths"]["/invocations"]["post"]["requestBody"]["content"][kind]
    with server.client() as client:
        answer = client.post(
            "/invocations", content=content["examples"]["rows"]["value"], headers={"Content-Type": kind}
        )
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)


def test_its_example_of_tensors_works(server: Running, document: dict) -> None:
    operation = document["paths"]["/v2/models/{model}/infer"]["post"]
    value = operation["requestBody"]["content"]["application/json"]["examples"]["one"]["value"]
    jsonschema.Draft202012Validator(resolved(document, "InferRequest")).validate(value)
    name = operation["parameters"][0]["schema"]["enum"][0]
    with server.client() as client:
        answer = client.post(f"/v2/models/{name}/infer", json=value)
        assert answer.status_code == 200, answer.text
        jsonschema.Draft202012Validator(resolved(document, "InferResponse")).validate(answer.json())
        for path in ("/v2", "/v2/health/live", "/v2/health/ready", f"/v2/models/{name}", f"/v2/models/{name}/ready"):
            assert client.get(path).status_code == 200
        assert client.get("/metrics").status_code == 200


def test_errors_have_the_shape_it_says(server: Running, document: dict) -> None:
    with server.client() as client:
        for body in (b"{", b"3", b"{}"):
            answer = client.post("/predict", content=body)
            jsonschema.Draft202012Validator(resolved(document, "Error")).validate(answer.json())
            assert str(answer.status_code) in document["paths"]["/predict"]["post"]["responses"]


def test_it_asks_for_the_key_except_for_ping(document: dict) -> None:
    assert document["security"] == [{"key": []}]
    assert document["components"]["securitySchemes"]["key"] == {"type": "http", "scheme": "bearer"}
    assert document["paths"]["/ping"]["get"]["security"] == []


def test_the_page_is_open_but_holds_nothing_of_the_model(server: Running) -> None:
    page = httpx.get(server.url + "/docs", verify=False)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for word in ("adults", "Delft", "age", server.key):
        assert not re.search(rf"\b{re.escape(word)}\b", page.text)


def test_the_page_loads_nothing_from_elsewhere_and_its_policy_lets_its_own_script_run(server: Running) -> None:
    page = httpx.get(server.url + "/docs", verify=False)
    assert not re.search(r"https?://|//cdn|@import|\burl\(", page.text)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    for tag in ("script", "style"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", page.text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_page_never_writes_markup_from_the_model(server: Running) -> None:
    text = httpx.get(server.url + "/docs", verify=False).text
    assert "innerHTML" not in text
    assert "document.write" not in text


def test_the_page_works_in_a_browser(launch: Callable[..., Running], tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("no Chromium on this machine")
    running = launch(require_key=False)
    page = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'browser'}"]
        + ["--virtual-time-budget=5000", "--dump-dom", f"{running.url}/docs"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert '<h1 id="title">adults</h1>' in page
    assert "<td>city</td><td>categorical</td>" in page
    assert '"age": 39' in page
    assert "curl -X POST" in page
