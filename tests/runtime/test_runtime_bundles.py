"""Bundles for the runtime: what they need, signatures, damage, other versions of Python, older formats."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import litmus
import litmus.runtime
from litmus.bundle_format import digest
from litmus.errors import BundleError, ParameterError
from litmus.model import Model
from trained_models import people, train_model

KEY = "a key that is long enough"


@pytest.fixture(scope="module")
def model() -> Model:
    return train_model(people(), target="rich", algorithm="XGBoost", folds=2).model


@pytest.fixture
def bundle(model: Model, tmp_path: Path) -> Path:
    return model.save(tmp_path / "model.litmus", sign=KEY)


def rewrite(bundle: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(bundle) as file:
        members = {name: file.read(name) for name in file.namelist()}
    change(members)
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)


def edited(bundle: Path, *, hashed: bool = True, **values: Any) -> Path:
    def change(members: dict[str, bytes]) -> None:
        manifest = {**json.loads(members["manifest.json"]), **values}
        for name, value in values.items():
            if value is None:
                del manifest[name]
        if hashed:
            manifest["sha256"] = digest(manifest)
        members["manifest.json"] = json.dumps(manifest).encode()

    rewrite(bundle, change)
    return bundle


def refused(bundle: Path, words: str, **options: Any) -> None:
    with pytest.raises(BundleError, match=words) as caught:
        litmus.runtime.load(bundle, **options)
    assert "\n" not in str(caught.value)


def test_a_bundle_needs_little(bundle: Path) -> None:
    names = {each.partition("==")[0] for each in litmus.runtime.load(bundle).requirements}
    assert {"litmus", "numpy"} <= names <= {"litmus", "numpy", "onnxruntime"}


def test_a_signed_bundle_opens_with_its_key_and_no_other(model: Model, bundle: Path, tmp_path: Path) -> None:
    assert litmus.runtime.load(bundle, verify=KEY).predict(model.sample) == model.predict(model.sample)
    assert litmus.load(bundle, verify=KEY.encode()).predict(model.sample) == model.predict(model.sample)
    assert litmus.runtime.load(bundle).name == "small"
    refused(bundle, "not signed with this key", verify="another key that is long")
    with pytest.raises(BundleError, match="not signed with this key"):
        litmus.load(bundle, verify="another key that is long")
    refused(model.save(tmp_path / "unsigned.litmus"), r"unsigned.litmus is not signed; save it with", verify=KEY)
    refused(edited(bundle, name="another"), "not signed with this key", verify=KEY)
    refused(edited(bundle, signature={"algorithm": "none", "value": ""}), "not signed with this key", verify=KEY)


@pytest.mark.parametrize("key", ["", "short", 5, None])
def test_keys_that_are_too_short_are_refused(key: Any, model: Model, tmp_path: Path) -> None:
    if key is None:
        return
    with pytest.raises(ParameterError, match="at least 16 characters"):
        model.save(tmp_path / "model.litmus", sign=key)
    assert not (tmp_path / "model.litmus").exists()


def test_damage_is_found_before_anything_is_opened(bundle: Path) -> None:
    original = bundle.read_bytes()
    with zipfile.ZipFile(bundle) as file:
        names = [name for name in file.namelist() if name.startswith("runtime/")]
    assert names
    for name in names:

        def flip(members: dict[str, bytes], name: str = name) -> None:
            members[name] = bytes([members[name][0] ^ 1]) + members[name][1:]

        rewrite(bundle, flip)
        refused(bundle, "is not as it was saved")
        bundle.write_bytes(original)

        def drop(members: dict[str, bytes], name: str = name) -> None:
            del members[name]

        rewrite(bundle, drop)
        refused(bundle, "is missing from")
        bundle.write_bytes(original)
    refused(edited(bundle, hashed=False, task="regression"), "was altered or damaged")


def test_compiled_parts_that_a_stranger_wrote_give_a_sentence(bundle: Path) -> None:
    original = bundle.read_bytes()
    described = json.loads(zipfile.ZipFile(bundle).read("runtime/runtime.json"))
    voice = described["voices"][0]
    for wrong in (
        {"format": 99},
        {"voices": []},
        {"voices": [{**voice, "predictor": "../../outside"}]},
        {"voices": [{**voice, "predictor": None}]},
        {"voices": [{**voice, "native": [[99, 1.0]]}]},
        {"voices": [{**voice, "adjusting": [{"kind": "Strange"}]}]},
        {"postprocessing": [{"kind": "Calibrated", "task": "binary"}]},
        {"stacker": {"kind": "compiled", "task": "binary", "center": ["a"], "scale": [1], "predictor": "stacker"}},
        {"stacker": {"kind": "native", "folder": "../up"}},
    ):

        def change(members: dict[str, bytes], wrong: dict[str, Any] = wrong) -> None:
            import hashlib

            content = json.dumps({**described, **wrong}).encode()
            members["runtime/runtime.json"] = content
            manifest = json.loads(members["manifest.json"])
            manifest["members"]["runtime/runtime.json"] = {
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
            }
            manifest["sha256"] = digest(manifest)
            members["manifest.json"] = json.dumps(manifest).encode()

        rewrite(bundle, change)
        refused(bundle, "model.litmus")
        bundle.write_bytes(original)


@pytest.mark.parametrize("place", ["nothing.litmus", ".", 5])
def test_what_is_no_bundle_is_said(place: Any, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        litmus.runtime.load(tmp_path / place if isinstance(place, str) else place)


def test_code_of_a_maker_belongs_to_one_version_of_python(tmp_path: Path) -> None:
    def shout(labels: Any) -> Any:
        return [str(label).upper() for label in labels]

    path = train_model(people(), target="rich", postprocessing=[shout]).model.save(tmp_path / "model.litmus")
    edited(path, python="3.9")
    refused(path, r"saved by Python 3\.9, and this is Python 3\.\d+", trust=True)
    with pytest.raises(BundleError, match=r"open it with Python 3\.9"):
        litmus.load(path, trust=True)


def test_a_bundle_without_such_code_opens_under_any_python(model: Model, bundle: Path) -> None:
    edited(bundle, python="3.9")
    assert litmus.runtime.load(bundle).predict(model.sample) == model.predict(model.sample)


def test_older_bundles_answer_natively_and_say_so(model: Model, bundle: Path) -> None:
    def older(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        for name in [name for name in members if name.startswith("runtime/")]:
            del members[name]
            del manifest["members"][name]
        for name in ("runtime", "requirements", "python", "signature"):
            del manifest[name]
        manifest["copies"] = {n: o for n, o in manifest["copies"].items() if not n.startswith("runtime/")}
        manifest["format_version"] = 2
        manifest["sha256"] = digest(manifest)
        members["manifest.json"] = json.dumps(manifest).encode()

    rewrite(bundle, older)
    copy = litmus.runtime.load(bundle)
    assert "Nothing in the bundle is compiled" in copy.notes[0]
    assert copy.predict(people(20)).equals(model.predict(people(20)))
    assert copy.predict(model.sample) == model.predict(model.sample)
