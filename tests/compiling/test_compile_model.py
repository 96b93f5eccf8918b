"""Compiling: each algorithm's copy agrees with it; what cannot be compiled, or comes out wrong, stays native and is named."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.svm import SVC

import litmus
import litmus.runtime
from litmus.algorithms import registry
from litmus.algorithms.linear_model import LinearModelClassifier
from litmus.bundle import load, read_manifest
from litmus.compiling import compile_model, sample_rows
from litmus.compiling.sample_rows import edge_rows
from litmus.errors import BundleError
from litmus.member import Member
from litmus.metrics.predictions import Predictions
from litmus.model import Model
from litmus.postprocessing import Calibrate, FunctionPostprocessor, Threshold
from litmus.predictors import Form
from litmus.predictors.constant import Constant
from litmus.stacker import fit_stacker
from trained_models import Trained, people, train_model

ALGORITHMS = [
    "XGBoost",
    "LightGBM",
    "CatBoost",
    "RandomForest",
    "ExtraTrees",
    "DecisionTree",
    "LinearModel",
    "LinearSVM",
]
ALGORITHMS += ["NearestNeighbours", "NaiveBayes", "MLP", "Baseline"]
FEW_TREES = {"XGBoost": 25, "LightGBM": 25, "CatBoost": 25, "RandomForest": 15, "ExtraTrees": 15}


def small(name: str) -> Any:
    """The algorithm with few trees, which show as much as many."""
    family = registry.family(name)
    return family.hyperparams(n_estimators=FEW_TREES[name]) if name in FEW_TREES else family


def with_rows(trained: Trained) -> Model:
    trained.model.sample_rows = tuple(sample_rows(trained.data.train, trained.data.schema))
    return trained.model


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): (None if pd.isna(v) else v) for k, v in row.items()} for row in frame.to_dict("records")]


def agrees(model: Model, copy: Any) -> bool:
    frame = people(50)
    rows = [*records(frame), *edge_rows(model.schema, records(frame), seed=7)]
    if any("Neighbours" in type(pipeline.algorithm).__name__ for pipeline in model.pipelines):
        rows = [row for row in rows if not any(abs(row.get(name) or 0) > 1e5 for name in ("age", "height"))]
    if model.task == "regression":
        expected, got = np.array(model.predict(rows)), np.array(copy.predict(rows))
        return bool((np.abs(expected - got) <= 1e-5 * np.maximum(1, np.abs(expected))).all())
    expected, got = (pd.DataFrame(each.predict_proba(rows)).to_numpy() for each in (model, copy))
    alone = np.array([list(copy.predict_proba(row).values()) for row in rows])
    return bool(np.abs(expected - got).max() <= 1e-5 and np.abs(expected - alone).max() <= 1e-5)


@pytest.mark.parametrize("target", ["rich", "city", "height"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_is_compiled_and_agrees(algorithm: str, target: str) -> None:
    if (algorithm, target) == ("NaiveBayes", "height"):
        pytest.skip("it learns classes only")
    model = with_rows(train_model(people().dropna(subset=target), target=target, algorithm=small(algorithm), folds=2))
    compiled = compile_model(model)
    assert compiled.notes == ()
    assert compiled.parity["rows"] > 100
    assert compiled.parity["made_up_rows"] > 20
    assert compiled.parity["largest_difference"] <= 1e-5
    assert agrees(model, compiled.model)


def test_rows_of_the_table_are_plain_values_and_are_not_saved(tmp_path: Path) -> None:
    model = with_rows(train_model(people(), target="rich"))
    assert {type(value) for row in model.sample_rows for value in row.values()} <= {
        int, float, str, bool, type(None), __import__("datetime").datetime
    }  # fmt: skip
    path = model.save(tmp_path / "model.litmus")
    assert load(path).sample_rows == ()
    with zipfile.ZipFile(path) as file:
        held = b"".join(file.read(name) for name in file.namelist() if name.startswith(("runtime/", "manifest")))
    heights = {row["height"] for row in model.sample_rows if row["height"] is not None}
    assert sum(str(height).encode() in held for height in heights) < 10  # the one of the sample request, and chance


@dataclass
class Broken(LinearModelClassifier):
    """Its converter fails, or makes a form that answers otherwise."""

    how: str = "raises"

    def lowered(self) -> Form:
        if self.how == "raises":
            raise IndexError("list index out of range")
        return Constant(np.array([0.25, 0.75]), regression=False)


def members_of(*trained: Trained, weights: tuple[float, ...], **options: Any) -> Model:
    first = trained[0]
    members = [
        Member(each.model.pipelines, weight=weight, name=f"member {number}")
        for number, (each, weight) in enumerate(zip(trained, weights, strict=True))
    ]
    model = Model(members, schema=first.data.schema, target=first.data.target, **options)
    model.sample_rows = tuple(sample_rows(first.data.train, first.data.schema))
    return model


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("raises", r"compiling it failed \(IndexError: list index out of range\)"),
        ("lies", "answers otherwise, by up to 0"),
    ],
)
def test_a_broken_converter_makes_one_part_native(how: str, words: str, tmp_path: Path) -> None:
    model = members_of(
        train_model(people(), target="rich", algorithm=small("XGBoost"), folds=2),
        train_model(people(), target="rich", algorithm=Broken(how=how), folds=2),
        weights=(0.7, 0.3),
    )
    compiled = compile_model(model)
    assert len(compiled.notes) == 1
    assert compiled.notes[0].startswith("Broken of 'member 1' runs natively (2 fitted pipelines): ")
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(compiled.notes[0])
    assert compiled.model.scoring.program is not None
    assert agrees(model, compiled.model)
    path = model.save(tmp_path / "model.litmus")
    with pytest.raises(BundleError, match=r"code of its maker.*trust=True"):
        litmus.runtime.load(path)
    copy = litmus.runtime.load(path, trust=True)
    assert copy.notes == compiled.notes
    assert agrees(model, copy)
    assert any(each.startswith("pandas==") for each in copy.requirements)


def test_parts_that_are_right_alone_but_not_together_all_stay_native(monkeypatch: pytest.MonkeyPatch) -> None:
    from litmus.predictors import Predictor

    model = with_rows(train_model(people(), target="rich", algorithm=small("XGBoost")))
    right = Predictor.row
    monkeypatch.setattr(Predictor, "row", lambda self, row: right(self, row)[::-1])
    compiled = compile_model(model)
    assert compiled.model.scoring.program is None
    assert "answers otherwise" in compiled.notes[0]
    monkeypatch.undo()
    assert agrees(model, compiled.model)


def test_a_scikit_learn_estimator_runs_natively_without_trust(tmp_path: Path) -> None:
    model = with_rows(train_model(people(), target="rich", algorithm=SVC(), folds=2))
    copy = litmus.runtime.load(model.save(tmp_path / "model.litmus"))
    assert len(copy.notes) == 1
    assert agrees(model, copy)
    assert any(each.startswith("scikit-learn==") for each in copy.requirements)


def test_members_with_calibration_and_a_stacker(tmp_path: Path) -> None:
    one = train_model(people(), target="rich", algorithm=small("XGBoost"), folds=2)
    two = train_model(people(), target="rich", algorithm="LinearModel")
    model = members_of(one, two, weights=(1.0, 1.0))
    frame = one.data.train
    y = one.data.y
    parts = []
    for member in model.members:
        calibrate = Calibrate()
        scores = np.mean([pipeline.scores(frame) for pipeline in member.pipelines], axis=0)
        calibrate.fit(Predictions("binary", y, scores, y, ("no", "yes")))
        parts.append(dataclasses.replace(member, postprocessing=(calibrate,)))
    scores = [part.postprocessing[0].adjust(part.pipelines[0].scores(frame)) for part in parts]
    truth = Predictions("binary", y, scores[0], y, ("no", "yes"))
    for stacker in (None, fit_stacker("LinearModel", scores, truth)):
        threshold = Threshold()
        threshold.fit(truth)
        model = Model(
            parts, schema=one.data.schema, target=one.data.target, stacker=stacker, postprocessing=[threshold]
        )
        copy = litmus.runtime.load(model.save(tmp_path / "model.litmus"))
        assert copy.notes == ()
        assert len(copy.scoring.voices) == 2
        assert agrees(model, copy)
        assert copy.predict(people(40)).equals(model.predict(people(40)))


def test_a_users_function_of_labels_runs_as_it_is_with_trust(tmp_path: Path) -> None:
    def shout(labels: np.ndarray) -> np.ndarray:
        return np.array([str(label).upper() for label in labels])

    model = with_rows(train_model(people(), target="rich", postprocessing=[FunctionPostprocessor(shout)]))
    path = model.save(tmp_path / "model.litmus")
    with pytest.raises(BundleError, match="trust=True"):
        litmus.runtime.load(path)
    copy = litmus.runtime.load(path, trust=True)
    assert copy.predict(people(5)).tolist() == model.predict(people(5)).tolist()
    assert copy.classes == ("NO", "YES")


def test_a_users_function_that_was_traced_needs_no_trust(tmp_path: Path) -> None:
    def older(df: Any) -> Any:
        df["age"] = df["age"] * 2 + df["height"].fillna(170)
        return df

    model = with_rows(train_model(people(), target="rich", before=[older]))
    path = model.save(tmp_path / "model.litmus")
    with pytest.raises(BundleError, match="trust=True"):
        load(path)
    copy = litmus.runtime.load(path)
    assert copy.notes == ()
    assert agrees(model, copy)


def test_a_step_that_cannot_be_traced_is_named_and_needs_trust(tmp_path: Path) -> None:
    def odd(df: Any) -> Any:
        table = df.to_pandas() if hasattr(df, "to_pandas") else df
        return table.assign(age=[sum(map(ord, str(city)[:3])) for city in table["city"]])

    model = with_rows(train_model(people(), target="rich", before=[odd]))
    path = model.save(tmp_path / "model.litmus")
    manifest = read_manifest(path)
    with zipfile.ZipFile(path) as file:
        sources = [file.read(name).decode() for name in file.namelist() if name.startswith("code/")]
    assert len(sources) == 1
    assert "def odd(df: Any) -> Any:" in sources[0]
    assert len(manifest["runtime"]["notes"]) == 1
    assert "runs natively" in manifest["runtime"]["notes"][0]
    with pytest.raises(BundleError, match="trust=True"):
        litmus.runtime.load(path)
    assert agrees(model, litmus.runtime.load(path, trust=True))


def test_a_model_without_rows_is_compared_on_made_up_ones(tmp_path: Path) -> None:
    model = load(train_model(people(), target="rich", algorithm=small("XGBoost")).model.save(tmp_path / "model.litmus"))
    compiled = compile_model(model)
    assert (compiled.notes, compiled.parity["rows"]) == ((), 1)
    assert json.dumps(compiled.facts(), allow_nan=False)
    assert compiled.seconds > 0


@dataclass
class NearestCentre(litmus.Classifier):
    """The class whose mean is nearest; an algorithm of a user's own."""

    def fit(self, X: np.ndarray, y: np.ndarray, context: Any) -> None:
        self.centres_ = np.stack([np.nan_to_num(X[y == label]).mean(axis=0) for label in range(context.n_classes)])

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        import msgspec
        from scipy.special import softmax

        assert msgspec.json.decode(b"1") == 1
        far = np.linalg.norm(np.clip(np.nan_to_num(X), -1e6, 1e6)[:, None] - self.centres_[None], axis=2)
        return softmax(-far, axis=1).astype(np.float32)


def test_a_users_algorithm_runs_natively_is_named_and_says_what_it_needs(tmp_path: Path) -> None:
    model = with_rows(train_model(people(), target="rich", algorithm=NearestCentre(), folds=2))
    path = model.save(tmp_path / "model.litmus")
    manifest = read_manifest(path)
    (note,) = manifest["runtime"]["notes"]
    assert "NearestCentre" in note
    assert "runs natively" in note
    with pytest.raises(BundleError, match="trust=True"):
        litmus.runtime.load(path)
    copy = litmus.runtime.load(path, trust=True)
    assert copy.notes == (note,)
    assert agrees(model, copy)
    assert {"litmus", "numpy", "scipy", "msgspec"} <= {each.partition("==")[0] for each in copy.requirements}
