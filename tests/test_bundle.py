"""A bundle comes back as the same model; a damaged, altered or hostile one is refused in one sentence."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import litmus
from litmus.bundle import load, read_manifest
from litmus.bundle_format import digest
from litmus.component import param
from litmus.errors import BundleError
from litmus.postprocessing import Calibrate, Threshold
from litmus.steps import Step
from trained_models import Trained, people, train_model


@dataclass
class Older(Step):
    """A step of the user's."""

    by: int = param(1)

    def transform(self, df: pd.DataFrame) -> pd.DataFrame:
        return df.assign(age=df["age"] + self.by)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_model(people(), target="rich", folds=2, postprocessing=[Calibrate(), Threshold()])


@pytest.fixture
def bundle(trained: Trained, tmp_path: Path) -> Path:
    return trained.model.save(tmp_path / "model.litmus")


def rewrite(bundle: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change the members of a bundle as someone with a zip program would."""
    with zipfile.ZipFile(bundle) as file:
        members = {name: file.read(name) for name in file.namelist()}
    change(members)
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)


def edit_manifest(bundle: Path, *, sign: bool = True, **values: Any) -> None:
    def change(members: dict[str, bytes]) -> None:
        manifest = {**json.loads(members["manifest.json"]), **values}
        if sign:
            manifest["sha256"] = digest(manifest)
        members["manifest.json"] = json.dumps(manifest).encode()

    rewrite(bundle, change)


def refused(bundle: Path, words: str, **options: Any) -> None:
    with pytest.raises(BundleError, match=words) as caught:
        load(bundle, **options)
    assert "\n" not in str(caught.value)


def test_a_model_comes_back_with_the_same_answers(trained: Trained, bundle: Path) -> None:
    back = litmus.load(bundle)
    frame = people(60)
    pd.testing.assert_frame_equal(back.predict_proba(frame), trained.model.predict_proba(frame))
    pd.testing.assert_series_equal(back.predict(frame), trained.model.predict(frame))
    for name in ("name", "version", "task", "classes", "sample", "lineage"):
        assert getattr(back, name) == getattr(trained.model, name)
    assert back.schema.to_json() == trained.model.schema.to_json()
    assert back.target == trained.model.target
    assert back.metrics == {"validation": {"accuracy": 0.875, "roc_auc": None}}
    assert back.load_notes == ()
    assert back.importance() == pytest.approx(trained.model.importance())


@pytest.mark.parametrize(
    "algorithm",
    ["XGBoost", "LightGBM", "CatBoost", "RandomForest", "ExtraTrees", "DecisionTree", "LinearModel", "LinearSVM"]
    + ["NearestNeighbours", "NaiveBayes", "MLP", "Baseline"],
)
def test_every_built_in_algorithm_comes_back_without_trust(algorithm: str, tmp_path: Path) -> None:
    frame = people(120)
    for target in ("rich", "height"):
        if (algorithm, target) == ("NaiveBayes", "height"):
            continue  # it learns classes only
        model = train_model(frame.dropna(subset=[target]), target=target, algorithm=algorithm).model
        back = load(model.save(tmp_path / "model.litmus"))
        np.testing.assert_array_equal(back.scores(train_frame(model, frame)), model.scores(train_frame(model, frame)))


def train_frame(model: Any, frame: pd.DataFrame) -> pd.DataFrame:
    from litmus.data import conform

    return conform(frame, model.schema)[0]


def test_a_loaded_model_can_be_saved_again(bundle: Path, tmp_path: Path) -> None:
    again = load(load(bundle).save(tmp_path / "again.litmus"))
    assert again.predict_proba(people(20)).equals(load(bundle).predict_proba(people(20)))


def test_a_bundle_loads_in_a_fresh_process_without_unrelated_libraries(bundle: Path) -> None:
    code = (
        "import sys, litmus; model = litmus.load(sys.argv[1]); print(model.predict(model.sample));"
        "print([name for name in ('xgboost', 'lightgbm', 'catboost', 'torch', 'matplotlib') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code, str(bundle)], capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"(yes|no)\n\[\]\n", out)


def test_the_manifest_says_what_the_model_is(bundle: Path) -> None:
    manifest = read_manifest(bundle)
    assert (manifest["format"], manifest["format_version"], manifest["needs_trust"]) == ("litmus", 3, False)
    assert {"python", "litmus", "numpy", "pandas", "sklearn"} <= set(manifest["packages"])
    assert manifest["packages"]["numpy"] == np.__version__
    assert manifest["created"].endswith("+00:00")
    assert manifest["sample"].keys() == people(1).drop(columns="rich").iloc[0].to_dict().keys()
    assert set(manifest["members"]) == set(zipfile.ZipFile(bundle).namelist()) - {"manifest.json"}
    assert not any(name.endswith(".pkl") for name in manifest["members"])


def test_the_library_of_the_algorithm_is_named(tmp_path: Path) -> None:
    import lightgbm

    model = train_model(people(120), target="rich", algorithm="LightGBM").model
    packages = read_manifest(model.save(tmp_path / "m.litmus"))["packages"]
    assert packages["lightgbm"] == lightgbm.__version__
    assert "xgboost" not in packages


def test_other_library_versions_are_noted(bundle: Path) -> None:
    edit_manifest(bundle, packages={"python": "3.11.0", "numpy": "1.0.0", "lost_library": "2.0"})
    notes = load(bundle).load_notes
    assert len(notes) == 3
    assert any("numpy 1.0.0" in note and np.__version__ in note for note in notes)
    assert any("lost_library is not installed" in note for note in notes)
    assert "numpy 1.0.0" in repr(load(bundle))


def test_a_newer_format_says_what_it_needs(bundle: Path) -> None:
    edit_manifest(bundle, format_version=4, needs_litmus="7.1.0", sign=False)
    refused(bundle, r"needs Litmus 7\.1\.0 or newer.*pip install 'litmus>=7\.1\.0'")


def test_any_changed_byte_of_a_member_is_found_and_named(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as file:
        names = [name for name in file.namelist() if name != "manifest.json" and file.getinfo(name).file_size]
    for name in names:
        original = bundle.read_bytes()

        def flip(members: dict[str, bytes], name: str = name) -> None:
            content = bytearray(members[name])
            content[len(content) // 2] ^= 1
            members[name] = bytes(content)

        rewrite(bundle, flip)
        refused(bundle, re.escape(name))
        bundle.write_bytes(original)


def test_any_change_of_the_manifest_is_found(bundle: Path) -> None:
    for change in ({"name": "other"}, {"needs_trust": True}, {"metrics": {"test": {"accuracy": 1.0}}}, {"extra": 1}):
        original = bundle.read_bytes()
        edit_manifest(bundle, sign=False, **change)
        refused(bundle, "manifest.json.*altered")
        bundle.write_bytes(original)


def test_a_missing_or_added_member_is_named(bundle: Path) -> None:
    original = bundle.read_bytes()
    name = next(iter(read_manifest(bundle)["members"]))
    rewrite(bundle, lambda members: members.pop(name) and None)
    refused(bundle, f"{re.escape(name)} is missing")
    bundle.write_bytes(original)
    rewrite(bundle, lambda members: members.update({"extra.txt": b"x"}))
    refused(bundle, "extra.txt was added")


def test_a_file_cut_short_anywhere_is_refused(bundle: Path) -> None:
    whole = bundle.read_bytes()
    for length in {0, 1, 10, len(whole) // 2, len(whole) - 30, len(whole) - 1}:
        bundle.write_bytes(whole[:length])
        refused(bundle, "not a Litmus model, or is cut short")


def test_random_damage_never_gives_anything_but_one_sentence(trained: Trained, bundle: Path) -> None:
    whole = bundle.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            damaged[place] = rng.integers(0, 256)
        bundle.write_bytes(bytes(damaged))
        back = None
        with contextlib.suppress(BundleError):  # any other error fails the test
            back = load(bundle)
        if back is not None:  # the damage hit bytes that zip files do not use
            assert back.predict_proba(people(5)).equals(trained.model.predict_proba(people(5)))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 nothing", b"\x00" * 1000])
def test_another_kind_of_file_is_refused_and_never_overwritten(
    trained: Trained, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    refused(path, "not a Litmus model")
    with pytest.raises(BundleError, match="left alone"):
        trained.model.save(path)
    assert path.read_bytes() == content


def test_another_zip_is_refused_and_never_overwritten(trained: Trained, tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    for name in ("a.txt", "manifest.json"):
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(name, '{"format": "other"}')
        refused(path, "not a Litmus model")
        with pytest.raises(BundleError, match="left alone"):
            trained.model.save(path)


def test_a_bundle_may_be_replaced_by_a_newer_one(trained: Trained, bundle: Path) -> None:
    before = bundle.read_bytes()
    assert trained.model.save(bundle) == bundle
    assert load(bundle).predict(people(3)).tolist() == trained.model.predict(people(3)).tolist()
    assert len(before) == pytest.approx(bundle.stat().st_size, abs=20)


def test_paths_that_cannot_be_used_are_one_sentence(trained: Trained, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is a folder"):
        trained.model.save(tmp_path)
    with pytest.raises(BundleError, match="does not exist"):
        trained.model.save(tmp_path / "none" / "model.litmus")
    refused(tmp_path, "is a folder")
    refused(tmp_path / "none.litmus", "There is no file")


def test_a_failed_save_leaves_the_old_file_and_nothing_else(
    trained: Trained, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bundle.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BundleError, match="No space left on device"):
        trained.model.save(bundle)
    monkeypatch.undo()
    assert bundle.read_bytes() == before
    assert list(bundle.parent.iterdir()) == [bundle]


def test_a_saved_file_has_ordinary_permissions(bundle: Path) -> None:
    ordinary = bundle.with_name("ordinary")
    ordinary.touch()
    assert stat.S_IMODE(bundle.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)


def test_code_of_the_users_own_needs_trust(tmp_path: Path) -> None:
    model = train_model(people(), target="rich", before=[Older(by=2)]).model
    bundle = model.save(tmp_path / "model.litmus")
    assert read_manifest(bundle)["needs_trust"] is True
    refused(bundle, r"code of its maker's own.*trust=True")
    pd.testing.assert_frame_equal(load(bundle, trust=True).predict_proba(people(9)), model.predict_proba(people(9)))


def test_a_manifest_that_hides_a_pickle_does_not_get_it_opened(tmp_path: Path) -> None:
    model = train_model(people(), target="rich", postprocessing=[lambda labels: labels]).model
    bundle = model.save(tmp_path / "model.litmus")
    edit_manifest(bundle, needs_trust=False)
    refused(bundle, "trust=True")


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/tmp/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:evil.txt", "folder/"]
)
def test_a_member_that_leads_out_of_the_folder_is_refused(bundle: Path, name: str) -> None:
    members = read_manifest(bundle)["members"]
    rewrite(bundle, lambda found: found.update({name: b"x"}))
    edit_manifest(bundle, members={**members, name: {"sha256": "0" * 64, "bytes": 1}})
    refused(bundle, "leads out of its folder")
    assert not (bundle.parent / "evil.txt").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(bundle: Path) -> None:
    name = next(iter(read_manifest(bundle)["members"]))
    with zipfile.ZipFile(bundle, "a") as file:
        file.writestr(name, b"other")
    refused(bundle, "twice")


def test_a_file_that_unpacks_to_far_too_much_is_refused(bundle: Path) -> None:
    members = read_manifest(bundle)["members"]
    edit_manifest(bundle, members={**members, "pipeline-00/pipeline.json": {"sha256": "0" * 64, "bytes": 1 << 40}})
    refused(bundle, "would unpack to")


def test_a_member_longer_than_it_says_is_refused(bundle: Path) -> None:
    members = read_manifest(bundle)["members"]
    name = "pipeline-00/pipeline.json"
    edit_manifest(bundle, members={**members, name: {**members[name], "bytes": 3}})
    refused(bundle, re.escape(name))


@pytest.mark.parametrize(
    "values", [{"pipelines": 5}, {"schema": 3}, {"target": {"x": 1}}, {"members": []}, {"members": {"a": 1}}]
)
def test_a_manifest_that_makes_no_sense_is_refused(bundle: Path, values: dict) -> None:
    edit_manifest(bundle, **values)
    refused(bundle, "model.litmus")


def test_two_saves_give_the_same_members(trained: Trained, tmp_path: Path) -> None:
    one, two = (read_manifest(trained.model.save(tmp_path / name))["members"] for name in ("a.litmus", "b.litmus"))
    assert one == two
