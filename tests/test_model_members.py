"""Models of several members, and bundles of the format before there were members."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import litmus
from litmus.bundle import load, read_manifest
from litmus.bundle_format import digest
from litmus.data import conform
from litmus.errors import BundleError, ParameterError
from litmus.member import Member, member_scores
from litmus.model import Model
from litmus.pipeline import FittedPipeline
from litmus.pipeline.shared_steps import load_pipelines
from trained_models import people, train_model

BUNDLES = Path(__file__).parent / "data" / "bundles"


def joined(models, weights):
    """Models of the same table as one."""
    members = [
        Member(model.pipelines, weight=weight, postprocessing=model.postprocessing, name=name)
        for (name, model), weight in zip(models.items(), weights, strict=True)
    ]
    first = next(iter(models.values()))
    return Model(members, schema=first.schema, target=first.target)


@pytest.fixture(scope="module")
def models():
    frame = people()
    return {
        name: train_model(frame, target="rich", algorithm=name, folds=2).model
        for name in ("LightGBM", "XGBoost", "LinearModel")
    }


def test_a_bundle_of_the_first_format_gives_the_same_answers():
    expected = json.loads((BUNDLES / "format_1.json").read_text())
    assert read_manifest(BUNDLES / "format_1.litmus")["format_version"] == 1
    model = litmus.load(BUNDLES / "format_1.litmus")
    assert len(model.members) == 1
    assert len(model.pipelines) == 2
    assert model.predict(expected["rows"]) == expected["labels"]
    for given, wanted in zip(model.predict_proba(expected["rows"]), expected["probabilities"], strict=True):
        assert given == pytest.approx(wanted, abs=1e-6)


def test_members_count_by_their_weights(models):
    model = joined(models, [3, 2, 1])
    frame, _ = conform(people(50), model.schema)
    expected = sum(
        share * part.scores(frame) for share, part in zip([1 / 2, 1 / 3, 1 / 6], models.values(), strict=True)
    )
    np.testing.assert_allclose(model.scores(frame), expected, atol=1e-7)
    assert [member.weight for member in model.members] == pytest.approx([1 / 2, 1 / 3, 1 / 6])
    assert len(model.pipelines) == 6
    one = {name: value for name, value in people(1).iloc[0].items() if name != "rich"}
    listed = model.predict_proba([one])[0]
    assert model.predict_proba(one) == pytest.approx(listed)


@pytest.mark.parametrize("weight", [0, -1, float("nan"), float("inf")])
def test_a_weight_is_a_number_above_zero(models, weight):
    with pytest.raises(ParameterError, match="above 0"):
        Member(models["XGBoost"].pipelines, weight=weight)


def test_a_model_has_pipelines(models):
    with pytest.raises(ParameterError, match="no pipelines"):
        Member(())
    model = models["XGBoost"]
    with pytest.raises(ParameterError, match="at least one"):
        Model([], schema=model.schema, target=model.target)
    with pytest.raises(ParameterError, match="not of both"):
        Model([Member(model.pipelines), model.pipelines[0]], schema=model.schema, target=model.target)


def test_steps_that_are_the_same_are_read_and_run_once(models, tmp_path, monkeypatch):
    folders = []
    for model in (models["LightGBM"], models["LightGBM"], models["LinearModel"]):
        folder = tmp_path / f"pipeline-{len(folders)}"
        model.pipelines[0].save(folder)
        folders.append(folder)
    loaded = load_pipelines(folders)
    assert loaded[0].steps is loaded[1].steps
    assert loaded[0].steps is not loaded[2].steps
    frame, _ = conform(people(20), models["LightGBM"].schema)
    members = [Member((pipeline,)) for pipeline in loaded]
    made = []
    features = FittedPipeline.features
    monkeypatch.setattr(FittedPipeline, "features", lambda self, rows: made.append(self) or features(self, rows))
    scores = member_scores(members, frame)
    assert len(made) == 2
    for pipeline, found in zip(loaded, scores, strict=True):
        np.testing.assert_array_equal(found, pipeline.scores(frame))


def test_equal_files_are_in_the_bundle_once(models, tmp_path):
    lone = models["LightGBM"].save(tmp_path / "one.litmus").stat().st_size
    model = joined({"a": models["LightGBM"], "b": models["LightGBM"], "c": models["XGBoost"]}, [1, 1, 1])
    path = model.save(tmp_path / "many.litmus")
    copies = read_manifest(path)["copies"]
    assert any(name.startswith("pipeline-02/algorithm") for name in copies)
    both = lone + models["XGBoost"].save(tmp_path / "other.litmus").stat().st_size
    assert path.stat().st_size < both * 1.2
    back = load(path)
    frame, _ = conform(people(30), model.schema)
    np.testing.assert_array_equal(back.scores(frame), model.scores(frame))
    assert back.pipelines[0].steps is back.pipelines[2].steps


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda copies, name, original: {**copies, "../outside.json": original}, "leads out of its folder"),
        (lambda copies, name, original: {**copies, "/tmp/outside.json": original}, "leads out of its folder"),
        (lambda copies, name, original: {**copies, original: original}, "a file twice"),
        (lambda copies, name, original: {**copies, name: "no such file"}, "altered or damaged"),
        (lambda copies, name, original: {**copies, name: ["a list"]}, "altered or damaged"),
        (lambda copies, name, original: [name], "altered or damaged"),
        (lambda copies, name, original: {**copies, f"{original}/below": original}, "cannot be unpacked"),
    ],
)
def test_copies_that_were_altered_are_refused(models, tmp_path, change, words):
    path = joined({"a": models["LightGBM"], "b": models["LightGBM"]}, [1, 1]).save(tmp_path / "twins.litmus")
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(contents["manifest.json"])
    name, original = next(iter(manifest["copies"].items()))
    manifest["copies"] = change(manifest["copies"], name, original)
    manifest["sha256"] = digest(manifest)
    contents["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as file:
        for member, content in contents.items():
            file.writestr(member, content)
    with pytest.raises(BundleError, match=words):
        load(path)
    assert not (tmp_path / "outside.json").exists()
    assert not Path("/tmp/outside.json").exists()


def test_copies_count_towards_what_a_bundle_may_unpack_to(models, tmp_path):
    path = joined({"a": models["LightGBM"], "b": models["LightGBM"]}, [1, 1]).save(tmp_path / "twins.litmus")
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(contents["manifest.json"])
    largest = max(manifest["members"], key=lambda name: manifest["members"][name]["bytes"])
    times = (256 << 20) // manifest["members"][largest]["bytes"] + 1
    manifest["copies"] |= {f"copy-{number}": largest for number in range(times)}
    manifest["sha256"] = digest(manifest)
    contents["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for member, content in contents.items():
            file.writestr(member, content)
    with pytest.raises(BundleError, match="would unpack to"):
        load(path)
