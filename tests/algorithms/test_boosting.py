"""LightGBM, XGBoost and CatBoost: early stopping, deadlines, categories, sparse features, saved files."""

from __future__ import annotations

import time

import numpy as np
import pytest
from algorithm_data import classes, fit, german_credit, numbers, round_trip, values
from scipy import sparse
from sklearn.metrics import roc_auc_score

from litmus.algorithms.context import FitContext
from litmus.errors import BundleError

LIBRARIES = ["LightGBM", "XGBoost", "CatBoost"]


@pytest.mark.parametrize("name", LIBRARIES)
class TestEveryLibrary:
    def test_stops_early_and_keeps_the_best_round(self, name):
        X = numbers(600)
        y = np.random.default_rng(1).integers(0, 2, 600)  # noise: more rounds only get worse
        fitted = fit(name, X, y, 2, held_out=200, parameters={"n_estimators": 500, "early_stopping_rounds": 10})
        assert 1 <= fitted.rounds_ < 100
        assert fitted.refit_settings() == {
            "n_estimators": fitted.rounds_,
            "learning_rate": fitted.learning_rate,
            "early_stopping_rounds": 0,
        }

    def test_trains_all_rounds_without_a_validation_fold(self, name):
        X = numbers()
        fitted = fit(name, X, classes(X), 2, parameters={"n_estimators": 40})
        assert fitted.rounds_ == 40

    def test_best_round_is_what_a_shorter_fit_gives(self, name):
        X = numbers(600)
        y = np.random.default_rng(1).integers(0, 2, 600)
        stopped = fit(name, X, y, 2, held_out=200, parameters={"n_estimators": 100, "early_stopping_rounds": 20})
        short = fit(name, X[:400], y[:400], 2, parameters={"n_estimators": stopped.rounds_, "early_stopping_rounds": 0})
        np.testing.assert_allclose(stopped.predict_proba(X), short.predict_proba(X), atol=1e-6)

    def test_stops_at_the_deadline_with_what_it_has(self, name):
        X = numbers(600)
        fitted = fit(name, X, classes(X), 2, parameters={"n_estimators": 100_000}, deadline=time.monotonic() + 0.05)
        assert 1 <= fitted.rounds_ < 100_000
        assert roc_auc_score(classes(X), fitted.predict_proba(X)[:, 1]) > 0.8

    def test_reports_scores_that_rise(self, name):
        X = numbers(600)
        reported = []
        fit(name, X, values(X), 0, held_out=200, parameters={"n_estimators": 60}, report=reported.append)
        assert len(reported) == 6
        assert reported[-1] > reported[0]

    def test_an_error_in_report_ends_the_fit(self, name):
        class Pruned(Exception):
            pass

        def report(score):
            raise Pruned

        X = numbers()
        with pytest.raises(Pruned):
            fit(name, X, classes(X), 2, held_out=100, report=report)

    def test_splits_on_categories_and_not_on_their_order(self, name):
        rng = np.random.default_rng(0)
        codes = rng.integers(0, 12, 1500).astype(np.float32)
        y = (codes % 2).astype(np.int64)  # no threshold on the code separates even from odd
        codes[::50] = np.nan
        X = np.column_stack([codes, rng.normal(size=1500)]).astype(np.float32)
        settings = {"n_estimators": 5, "learning_rate": 0.3}
        native = fit(name, X, y, 2, parameters=settings, categorical=(0,))
        assert roc_auc_score(y, native.predict_proba(X)[:, 1]) > 0.98
        unknown = np.array([[99.0, 0.0], [np.nan, 0.0]], dtype=np.float32)
        assert np.isfinite(native.predict_proba(unknown)).all()

    def test_restored_model_with_categories_answers_the_same(self, name, tmp_path):
        X, y, categorical = german_credit()
        fitted = fit(name, X, y, 2, held_out=200, parameters={"n_estimators": 50}, categorical=categorical)
        restored = round_trip(fitted, tmp_path)
        np.testing.assert_array_equal(restored.predict_proba(X), fitted.predict_proba(X))
        np.testing.assert_array_equal(restored.feature_importance(), fitted.feature_importance())
        assert restored.refit_settings() == fitted.refit_settings()
        assert {path.suffix for path in tmp_path.iterdir()} <= {".json", ".npz", ".txt", ".ubj", ".cbm"}

    def test_importance_finds_the_features_that_matter(self, name):
        X, y, categorical = german_credit()
        X = np.column_stack([X, numbers(len(X), 1)]).astype(np.float32)
        X[:, 4] = y * 2.0 + 0.1 * X[:, -1]
        fitted = fit(name, X, y, 2, parameters={"n_estimators": 20}, categorical=categorical)
        assert fitted.feature_importance().argmax() == 4

    @pytest.mark.parametrize("offset", [0.0, 1e9])
    def test_values_far_from_zero_lose_nothing(self, name, offset):
        X = numbers(600)
        y = values(X)
        near = fit(name, X, y, 0, parameters={"n_estimators": 50}).predict(X)
        far = fit(name, X, y + offset, 0, parameters={"n_estimators": 50}).predict(X)
        np.testing.assert_allclose(far - offset, near, atol=1e-3)

    def test_infinities_are_like_missing_values(self, name):
        X = numbers()
        fitted = fit(name, X, classes(X), 2, parameters={"n_estimators": 10})
        infinite, missing = X[:3].copy(), X[:3].copy()
        infinite[:, 0], missing[:, 0] = [np.inf, -np.inf, np.inf], np.nan
        np.testing.assert_array_equal(fitted.predict_proba(infinite), fitted.predict_proba(missing))
        assert np.isinf(infinite[:, 0]).all()

    def test_a_damaged_file_is_a_bundle_error(self, name, tmp_path):
        X = numbers()
        fitted = fit(name, X, classes(X), 2, parameters={"n_estimators": 5})
        fitted.save(tmp_path)
        model = next(path for path in tmp_path.iterdir() if path.stem == "model")
        model.write_bytes(b"nonsense")
        with pytest.raises(BundleError, match="save the model again"):
            fitted.clone().restore(tmp_path)

    def test_sample_weights_move_the_answers(self, name):
        X = np.zeros((200, 1), dtype=np.float32)
        X[:100] = 1
        y = np.tile([0, 1], 100)
        weight = np.where(y == 1, 3.0, 1.0)
        parameters = {"n_estimators": 300}
        fitted = fit(name, X, y, 2, parameters=parameters, sample_weight=weight)
        np.testing.assert_allclose(fitted.predict_proba(X)[:, 1], 0.75, atol=0.03)

    def test_fewer_rows_than_a_leaf_wants(self, name):
        X = numbers(4)
        assert fit(name, X, np.array([0, 1, 0, 1]), 2).predict_proba(X).shape == (4, 2)


@pytest.mark.parametrize("name", ["LightGBM", "XGBoost"])
@pytest.mark.parametrize("n_classes", [2, 3, 0])
def test_sparse_features(name, n_classes, tmp_path):
    X = sparse.random(500, 40, density=0.2, format="csr", dtype=np.float32, random_state=0)
    signal = np.asarray(X[:, :5].sum(axis=1)).ravel()
    y = np.digitize(signal, [0.3, 0.9][: n_classes - 1]).astype(np.int64) if n_classes else signal.astype(np.float64)
    fitted = fit(name, X, y, n_classes, held_out=None, parameters={"n_estimators": 40})
    answers = fitted.predict_proba(X) if n_classes else fitted.predict(X)
    dense = fitted.predict_proba(X.toarray()) if n_classes else fitted.predict(X.toarray())
    np.testing.assert_allclose(answers, dense, atol=1e-6)
    assert (answers.argmax(axis=1) == y).mean() > 0.85 if n_classes else np.corrcoef(answers, y)[0, 1] > 0.85


@pytest.mark.parametrize(("rows", "way"), [(40, "No"), (90, "Bernoulli"), (120, "MVS")])
def test_catboost_draws_rows_of_large_regressions_by_their_gradients(rows, way, monkeypatch):
    from litmus.algorithms import catboost

    monkeypatch.setattr(catboost, "_ENOUGH_TO_WEIGH", 100)
    X = np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32)
    model = catboost.CatBoostRegressor(n_estimators=3)
    model.fit(X, X[:, 0].astype(np.float64), FitContext())
    assert model.model_.get_all_params()["bootstrap_type"] == way
    classifier = catboost.CatBoostClassifier(n_estimators=3)
    classifier.fit(X, (X[:, 0] > 0).astype(np.int64), FitContext(n_classes=2, classes=(0, 1)))
    assert classifier.model_.get_all_params()["bootstrap_type"] == ("No" if way == "No" else "Bernoulli")
