"""A pipeline from declaration to scores: edits, default steps, balancing, held-out rows, saving."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from litmus.algorithms import Classifier, FitContext, LinearModel, Regressor
from litmus.component import Int, param
from litmus.data.schema import Column, Schema
from litmus.errors import LitmusError, ParameterError, TrainingError
from litmus.pipeline import FittedPipeline, Pipeline
from litmus.pipeline.pipeline import TrainingRows
from litmus.steps.base import Step


def table(rows=300, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, rows).astype(float),
            "city": pd.Series(rng.choice(["Oslo", "Rome", "Lima"], rows), dtype="str"),
            "id": pd.Series([f"u{n}" for n in range(rows)], dtype="str"),
        }
    )
    frame.loc[3, "age"] = np.nan
    y = ((frame["age"].fillna(40) > 45) ^ (frame["city"] == "Rome")).astype(np.int64).to_numpy()
    return frame, y


SCHEMA = Schema([Column("age", "numeric"), Column("city", "categorical"), Column("id", "identifier")])
CONTEXT = FitContext(n_classes=2, threads=1, seed=3)


def fit(pipeline, *, frame=None, y=None, task="binary", context=CONTEXT, held_out=None):
    made, codes = table()
    rows = TrainingRows(made if frame is None else frame, codes if y is None else y)
    return pipeline.fit(rows, schema=SCHEMA, task=task, context=context, held_out=held_out)


@dataclasses.dataclass
class Vote(Classifier):
    """Always the same class."""

    winner: int = param(0, Int(0, 1))

    def fit(self, X, y, context):
        self.width_ = X.shape[1]
        self.weight_ = context.sample_weight
        self.names_ = context.feature_names
        self.rows_ = len(y)
        self.validation_ = context.validation

    def predict_proba(self, X):
        scores = np.zeros((X.shape[0], 2), dtype=np.float32)
        scores[:, self.winner] = 1
        return scores


def test_scores_are_probabilities_of_the_same_rows():
    frame, y = table()
    scores = fit(Pipeline("LightGBM")).scores(frame)
    assert scores.shape == (300, 2)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    assert ((scores[:, 1] > 0.5) == y).mean() > 0.9


def test_identifiers_are_no_features_but_steps_see_them():
    seen = []

    def length_of_id(df):
        seen.append(list(df.columns))
        df["id_length"] = df["id"].str.len()
        return df

    fitted = fit(Pipeline(Vote(), before=[length_of_id]))
    assert seen[0] == ["age", "city", "id"]
    assert not any(name.startswith("id") and name != "id_length" for name in fitted.feature_names)


def test_a_column_made_by_a_function_gets_default_steps():
    def add_text(df):
        df["note"] = df["city"].str.lower() + " is a very fine town number " + df["id"]
        return df

    fitted = fit(Pipeline("LinearModel", before=[add_text]))
    assert any(name.startswith("note") for name in fitted.feature_names)


def test_the_callers_frame_is_not_changed():
    frame, y = table()
    before = frame.copy(deep=True)

    def shout(df):
        df["city"] = df["city"].str.upper()
        df["new"] = 1
        return df

    fitted = fit(Pipeline("LinearModel", before=[shout]), frame=frame, y=y)
    fitted.scores(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_insert_replace_and_remove_by_name():
    class Nothing(Step):
        pass

    names = [step.name for step in fit(Pipeline("LinearModel")).steps]
    assert "standard_scale" in names
    assert "standard_scale" not in [s.name for s in fit(Pipeline("LinearModel").remove("standard_scale")).steps]
    assert "nothing" in [s.name for s in fit(Pipeline("LinearModel").replace("standard_scale", Nothing())).steps]
    inserted = [s.name for s in fit(Pipeline("LinearModel").insert(Nothing(), before="standard_scale")).steps]
    assert inserted.index("nothing") == inserted.index("standard_scale") - 1


def test_an_unknown_step_name_suggests_the_nearest():
    with pytest.raises(ParameterError, match="Did you mean 'standard_scale'"):
        fit(Pipeline("LinearModel").remove("standard_scaler"))


def test_editing_leaves_the_original_pipeline_alone():
    original = Pipeline("LinearModel")
    original.remove("standard_scale")
    assert "standard_scale" in [step.name for step in fit(original).steps]


def test_whole_list_of_steps_that_leaves_text_is_refused():
    with pytest.raises(TrainingError, match="still not numbers: 'city'"):
        fit(Pipeline(Vote(), steps=[]))


def test_class_weights_and_resampling_touch_training_rows_only():
    from litmus.steps import ClassWeights, RandomOverSample

    frame, y = table()
    y = (np.arange(300) < 30).astype(np.int64)
    weighted = fit(Pipeline(Vote()).insert(ClassWeights()), y=y).algorithm
    np.testing.assert_allclose(weighted.weight_[y == 1].sum(), weighted.weight_[y == 0].sum())
    fitted = fit(Pipeline(Vote()).insert(RandomOverSample()), y=y)
    assert fitted.algorithm.rows_ == 540
    assert len(fitted.scores(frame)) == 300


def test_held_out_rows_reach_the_algorithm_for_early_stopping():
    frame, y = table(50, seed=1)
    fitted = fit(Pipeline(Vote()), held_out=TrainingRows(frame, y))
    assert fitted.algorithm.validation_.X.shape == (50, fitted.algorithm.width_)
    np.testing.assert_array_equal(fitted.algorithm.validation_.y, y)


def test_a_wrong_shape_is_named():
    class Narrow(Vote):
        def predict_proba(self, X):
            return super().predict_proba(X)[:, :1]

    with pytest.raises(TrainingError, match=r"Narrow.predict_proba returned an array of shape \(300, 1\); \(300, 2\)"):
        fit(Pipeline(Narrow())).scores(table()[0])


@pytest.mark.parametrize(("value", "message"), [(np.nan, "not finite"), (7.0, "probabilities lie between 0 and 1")])
def test_values_that_are_no_probabilities_are_named(value, message):
    class Broken(Vote):
        def predict_proba(self, X):
            return np.full((len(X), 2), value)

    with pytest.raises(TrainingError, match=message):
        fit(Pipeline(Broken())).scores(table()[0])


def test_a_scikit_learn_estimator_is_an_algorithm():
    fitted = fit(Pipeline(LogisticRegression(C=0.5)))
    frame, y = table()
    assert fitted.scores(frame).shape == (300, 2)


@pytest.mark.parametrize("algorithm", ["LightGBM", "LinearModel", "RandomForest", LinearModel().hyperparams()])
def test_saved_pipelines_predict_the_same(tmp_path, algorithm):
    frame, _ = table()
    fitted = fit(Pipeline(algorithm))
    assert fitted.save(tmp_path / "pipeline") is False
    restored = FittedPipeline.load(tmp_path / "pipeline")
    np.testing.assert_array_equal(restored.scores(frame), fitted.scores(frame))
    assert restored.importance() == fitted.importance()


def test_a_users_own_algorithm_needs_trust_to_load(tmp_path):
    fitted = fit(Pipeline(Vote()))
    assert fitted.save(tmp_path / "pipeline") is True
    with pytest.raises(LitmusError, match="trust"):
        FittedPipeline.load(tmp_path / "pipeline")
    frame, _ = table()
    restored = FittedPipeline.load(tmp_path / "pipeline", trust=True)
    np.testing.assert_array_equal(restored.scores(frame), fitted.scores(frame))


def test_the_wrong_kind_of_algorithm_is_refused():
    class Line(Regressor):
        def fit(self, X, y, context):
            pass

        def predict(self, X):
            return np.zeros(len(X))

    with pytest.raises(ParameterError, match="Line is a regressor, and the task is binary"):
        fit(Pipeline(Line()))


@pytest.mark.parametrize(
    ("algorithm", "message"),
    [("XGBost", "Did you mean 'XGBoost'"), (3.5, "is no algorithm"), (object(), "is no algorithm")],
)
def test_what_is_no_algorithm_is_refused_at_once(algorithm, message):
    with pytest.raises(ParameterError, match=message):
        Pipeline(algorithm)


def test_infinities_made_by_a_step_count_as_missing():
    def ratio(df):
        df["ratio"] = 1.0 / (df["age"].fillna(40) - 45)
        return df

    frame, _ = table()
    frame.loc[0, "age"] = 45.0
    scores = fit(Pipeline("LightGBM", before=[ratio])).scores(frame)
    assert np.isfinite(scores).all()
