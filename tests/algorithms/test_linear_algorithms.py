"""Linear models and linear support vector machines against scikit-learn's own."""

from __future__ import annotations

import numpy as np
import pytest
from algorithm_data import classes, fit, numbers, round_trip, values
from scipy import sparse
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.svm import LinearSVC

from litmus.errors import BundleError


@pytest.mark.parametrize("n_classes", [2, 4])
def test_logistic_regression_is_scikit_learns(n_classes):
    X = numbers()
    y = classes(X, n_classes)
    fitted = fit("LinearModel", X, y, n_classes, parameters={"strength": 2.0})
    peer = LogisticRegression(C=0.5, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(fitted.predict_proba(X), peer.predict_proba(X), atol=1e-3)


def test_ridge_is_scikit_learns_on_the_standardised_target():
    X = numbers()
    y = values(X) * 1e6 + 1e9
    fitted = fit("LinearModel", X, y, 0, parameters={"strength": 5.0})
    peer = Ridge(alpha=5.0).fit(X.astype(np.float64), y)
    np.testing.assert_allclose(fitted.predict(X), peer.predict(X.astype(np.float64)), rtol=1e-9)


def test_elastic_net_drops_features_that_do_not_matter():
    X = numbers(800, 10)
    fitted = fit("LinearModel", X, 3.0 * X[:, 0].astype(np.float64), 0, parameters={"strength": 50.0, "l1_ratio": 1.0})
    assert fitted.feature_importance()[0] == pytest.approx(1.0)
    peer = ElasticNet(alpha=50.0 / 800, l1_ratio=1.0).fit(X, X[:, 0] / X[:, 0].std())
    np.testing.assert_allclose(fitted.scores_.coefficients[0], peer.coef_, atol=1e-4)


def test_lasso_penalty_for_classes():
    X = numbers(500, 10)
    fitted = fit("LinearModel", X, (X[:, 0] > 0).astype(np.int64), 2, parameters={"strength": 30.0, "l1_ratio": 1.0})
    importance = fitted.feature_importance()
    assert importance[0] > 0.9
    assert (importance == 0).sum() >= 5


def test_strength_is_chosen_on_the_validation_fold():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 60)).astype(np.float32)  # many features of few rows: a strong penalty is needed
    y = (X[:, 0] + rng.normal(size=120) > 0).astype(np.int64)
    fitted = fit("LinearModel", X, y, 2, held_out=40)
    losses = {
        strength: log_loss(
            y[80:], fit("LinearModel", X[:80], y[:80], 2, parameters={"strength": strength}).predict_proba(X[80:])
        )
        for strength in (30.0, 3.0, 0.3)
    }
    assert fitted.strength_ == min(losses, key=losses.get) == 30.0
    assert fitted.refit_settings() == {"strength": 30.0}
    again = fit("LinearModel", X, y, 2)
    assert again.strength_ == 3.0


def test_a_solver_that_does_not_converge_is_noted():
    X = numbers()
    fitted = fit("LinearModel", X, classes(X), 2, parameters={"max_iter": 1})
    assert any("converge" in warning for warning in fitted.warnings_)
    svm = fit("LinearSVM", X, classes(X), 2, parameters={"max_iter": 1})
    assert any("converge" in warning for warning in svm.warnings_)


def test_svm_ranks_as_scikit_learns_and_is_calibrated():
    X = numbers(3000)
    y = classes(X)
    fitted = fit("LinearSVM", X, y, 2)
    peer = LinearSVC(random_state=0).fit(X, y)
    chances = fitted.predict_proba(X)[:, 1]
    margins = peer.decision_function(X)
    assert np.corrcoef(chances.argsort().argsort(), margins.argsort().argsort())[0, 1] > 0.9999
    logistic = LogisticRegression().fit(X, y)
    assert log_loss(y, chances) < 1.1 * log_loss(y, logistic.predict_proba(X))


def test_svm_of_many_classes_is_calibrated():
    X = numbers(3000)
    y = classes(X, 5)
    chances = fit("LinearSVM", X, y, 5).predict_proba(X)
    confidence, right = chances.max(axis=1), chances.argmax(axis=1) == y
    assert abs(confidence.mean() - right.mean()) < 0.1


def test_svm_of_a_class_with_one_row():
    X = numbers(50)
    y = classes(X)
    y[0] = 2
    assert fit("LinearSVM", X, y, 3).predict_proba(X).shape == (50, 3)


@pytest.mark.parametrize("name", ["LinearModel", "LinearSVM"])
def test_sparse_features_answer_as_dense_ones(name, tmp_path):
    X = sparse.random(400, 30, density=0.3, format="csr", dtype=np.float32, random_state=0)
    y = (np.asarray(X[:, :4].sum(axis=1)).ravel() > 0.6).astype(np.int64)
    fitted = fit(name, X, y, 2, parameters={"strength": 0.03})
    np.testing.assert_allclose(fitted.predict_proba(X), fitted.predict_proba(X.toarray()), atol=1e-6)
    assert (fitted.predict_proba(X).argmax(axis=1) == y).mean() > 0.9
    np.testing.assert_array_equal(round_trip(fitted, tmp_path).predict_proba(X), fitted.predict_proba(X))
    number = fit(name, X, np.asarray(X.sum(axis=1)).ravel().astype(np.float64), 0)
    assert np.corrcoef(number.predict(X), np.asarray(X.sum(axis=1)).ravel())[0, 1] > 0.95


@pytest.mark.parametrize("name", ["LinearModel", "LinearSVM"])
def test_coefficients_of_other_features_are_a_bundle_error(name, tmp_path):
    X = numbers()
    fitted = fit(name, X, classes(X), 2)
    fitted.save(tmp_path)
    (tmp_path / "other").mkdir()
    other = fit(name, X[:, :3], classes(X), 2)
    other.save(tmp_path / "other")
    (tmp_path / "other" / "coefficients.npz").replace(tmp_path / "coefficients.npz")
    with pytest.raises(BundleError):
        fitted.clone().restore(tmp_path)
