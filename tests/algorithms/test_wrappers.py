"""scikit-learn estimators as algorithms, and one classifier a label."""

from __future__ import annotations

import time

import numpy as np
import pytest
from algorithm_data import classes, fit, numbers, values
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, RidgeClassifier, SGDClassifier
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from litmus.algorithms import FitContext, LinearModel, PerLabel, Validation, registry
from litmus.algorithms.sklearn_wrapper import wrap_estimator
from litmus.errors import BundleError, ParameterError
from litmus.state import load_component, save_component


def wrapped(estimator, X, y, n_classes, **context):
    algorithm = wrap_estimator(estimator, "binary" if n_classes else "regression")
    algorithm.fit(X, y, FitContext(n_classes=n_classes, **context))
    return algorithm


class TestWrappedEstimator:
    def test_probabilities_are_the_estimators(self):
        X = numbers()
        y = classes(X, 3)
        fitted = wrapped(LogisticRegression(), X, y, 3)
        np.testing.assert_allclose(fitted.predict_proba(X), LogisticRegression().fit(X, y).predict_proba(X), atol=1e-6)

    def test_values_are_the_estimators_and_the_target_is_untouched(self):
        X = numbers()
        y = np.exp(values(X) / 4)
        fitted = wrapped(PoissonRegressor(), X, y, 0)  # refuses values below zero, so it shows what it was given
        np.testing.assert_allclose(fitted.predict(X), PoissonRegressor().fit(X, y).predict(X))

    @pytest.mark.parametrize("n_classes", [2, 4])
    @pytest.mark.parametrize("estimator", [RidgeClassifier(), SVC()])
    def test_scores_become_probabilities(self, estimator, n_classes):
        X = numbers(800)
        y = classes(X, n_classes)
        chances = wrapped(estimator, X, y, n_classes).predict_proba(X)
        np.testing.assert_allclose(chances.sum(axis=1), 1.0, atol=1e-5)
        prior = np.bincount(y) / len(y)
        assert log_loss(y, chances) < 0.7 * log_loss(y, np.tile(prior, (len(y), 1)))

    def test_seed_and_threads_are_given(self):
        X = numbers()
        fitted = wrapped(RandomForestClassifier(5), X, classes(X), 2, seed=11, threads=2)
        assert fitted.estimator_.random_state == 11
        assert fitted.estimator_.n_jobs == 2
        own = wrapped(RandomForestClassifier(5, random_state=4, n_jobs=1), X, classes(X), 2, seed=11, threads=2)
        assert (own.estimator_.random_state, own.estimator_.n_jobs) == (4, 1)
        inside = wrapped(make_pipeline(StandardScaler(), SGDClassifier()), X, classes(X), 2, seed=11)
        assert inside.estimator_.get_params()["sgdclassifier__random_state"] == 11

    def test_weights_are_passed_or_their_absence_is_noted(self):
        X = np.ones((200, 1), dtype=np.float32)
        y = np.tile([0, 1], 100)
        weight = np.where(y == 1, 3.0, 1.0)
        weighted = wrapped(DecisionTreeClassifier(), X, y, 2, sample_weight=weight)
        np.testing.assert_allclose(weighted.predict_proba(X)[:, 1], 0.75)
        deaf = wrapped(KNeighborsClassifier(), X, y, 2, sample_weight=weight)
        assert "KNeighborsClassifier takes no sample weights" in deaf.warnings_[0]

    def test_what_it_takes_is_read_from_the_estimator(self):
        forest = wrap_estimator(RandomForestClassifier(), "binary")
        assert (forest.accepts, forest.takes_missing, forest.wants_scaled) == ("sparse", True, False)
        linear = wrap_estimator(LogisticRegression(), "binary")
        assert (linear.accepts, linear.takes_missing, linear.wants_scaled) == ("sparse", False, True)
        X = sparse.csr_matrix(numbers())
        fitted = wrapped(LogisticRegression(), X, classes(X.toarray()), 2)
        assert roc_auc_score(classes(X.toarray()), fitted.predict_proba(X)[:, 1]) > 0.9

    def test_importance_from_coefficients_or_trees(self):
        X = numbers()
        y = (X[:, 2] > 0).astype(np.int64)
        assert wrapped(LogisticRegression(), X, y, 2).feature_importance().argmax() == 2
        assert wrapped(DecisionTreeClassifier(max_depth=2), X, y, 2).feature_importance().argmax() == 2
        assert wrapped(KNeighborsClassifier(), X, y, 2).feature_importance() is None

    @pytest.mark.parametrize(
        ("estimator", "task", "says"),
        [
            (LogisticRegression, "binary", r"give an object: LogisticRegression\(\)"),
            (LinearRegression(), "binary", "neither predict_proba nor decision_function"),
            (object(), "regression", "has no fit method"),
            (StandardScaler(), "regression", "has no predict method"),
        ],
    )
    def test_what_cannot_be_wrapped_says_why(self, estimator, task, says):
        with pytest.raises(ParameterError, match=says):
            wrap_estimator(estimator, task)

    def test_known_types_are_saved_without_a_pickle(self, tmp_path):
        X = numbers()
        fitted = wrapped(make_pipeline(StandardScaler(), LogisticRegression()), X, classes(X), 2)
        assert save_component(fitted, tmp_path) is False
        restored = load_component(tmp_path, trust=False)
        np.testing.assert_array_equal(restored.predict_proba(X), fitted.predict_proba(X))

    def test_trees_of_strangers_need_trust(self, tmp_path):
        X = numbers()
        fitted = wrapped(DecisionTreeClassifier(), X, classes(X), 2)
        assert save_component(fitted, tmp_path) is True
        with pytest.raises(BundleError, match="trust=True"):
            load_component(tmp_path, trust=False)
        restored = load_component(tmp_path, trust=True)
        np.testing.assert_array_equal(restored.predict_proba(X), fitted.predict_proba(X))


class TestPerLabel:
    def labels(self, X):
        return np.column_stack([X[:, 0] > 0, X[:, 1] > 0, X[:, 2] > 9]).astype(np.int8)  # the last label never occurs

    def test_each_label_is_learned(self):
        X = numbers(800)
        y = self.labels(X)
        algorithm = PerLabel(LinearModel().for_task("multilabel"))
        algorithm.fit(X, y, FitContext(n_classes=3, validation=Validation(X[:200], y[:200])))
        chances = algorithm.predict_proba(X)
        assert chances.shape == (800, 3)
        assert chances.dtype == np.float32
        assert roc_auc_score(y[:, 0], chances[:, 0]) > 0.99
        assert roc_auc_score(y[:, 1], chances[:, 1]) > 0.99
        assert chances[:, 2].max() == 0
        assert algorithm.feature_importance()[:2].sum() > 0.8

    @pytest.mark.parametrize("name", ["LightGBM", "XGBoost", "LinearModel"])
    def test_saved_and_restored_without_a_pickle(self, name, tmp_path):
        X = numbers()
        parameters = {"n_estimators": 20} if name != "LinearModel" else {}
        algorithm = PerLabel(registry.family(name).hyperparams(**parameters).for_task("multilabel"))
        algorithm.fit(X, self.labels(X), FitContext(n_classes=3))
        assert save_component(algorithm, tmp_path) is False
        restored = load_component(tmp_path, trust=False)
        np.testing.assert_array_equal(restored.predict_proba(X), algorithm.predict_proba(X))
        assert restored == algorithm

    def test_takes_what_its_classifier_takes(self):
        per_label = PerLabel(registry.family("LightGBM").for_task("binary"))
        assert (per_label.accepts, per_label.takes_missing, per_label.categories) == ("sparse", True, "native")

    def test_refit_settings_are_the_middle_of_the_labels(self):
        X = numbers(600)
        algorithm = PerLabel(registry.family("LightGBM").for_task("binary"))
        y = self.labels(X)
        algorithm.fit(X[:400], y[:400], FitContext(n_classes=3, validation=Validation(X[400:], y[400:])))
        again = algorithm.hyperparams(**algorithm.refit_settings())
        rounds = [classifier.rounds_ for classifier in algorithm.classifiers_ if classifier.trained_]
        assert min(rounds) <= again.algorithm.n_estimators <= max(rounds)
        assert again.algorithm.early_stopping_rounds == 0

    def test_time_is_shared(self):
        X = numbers()
        algorithm = PerLabel(registry.family("LightGBM").hyperparams(n_estimators=100_000).for_task("binary"))
        algorithm.fit(X, self.labels(X), FitContext(n_classes=3, deadline=time.monotonic() + 0.2))
        assert all(classifier.rounds_ >= 1 for classifier in algorithm.classifiers_ if classifier.trained_)
        assert len(algorithm.classifiers_) == 3

    def test_needs_a_classifier(self):
        with pytest.raises(ParameterError, match=r"litmus\.Classifier"):
            PerLabel(registry.family("LightGBM").for_task("regression"))

    def test_a_label_that_is_absent_from_the_file(self, tmp_path):
        X = numbers()
        algorithm = PerLabel(LinearModel().for_task("multilabel"))
        algorithm.fit(X, self.labels(X), FitContext(n_classes=3))
        algorithm.save(tmp_path)
        (tmp_path / "labels.json").write_text('{"labels": 7}')
        with pytest.raises(BundleError):
            algorithm.clone().restore(tmp_path)


def test_other_number_of_features_than_in_training():
    X = numbers()
    fitted = fit("LightGBM", X, classes(X), 2, parameters={"n_estimators": 2})
    with pytest.raises(ValueError, match="6 features and got 4"):
        fitted.predict_proba(X[:, :4])
