"""Nearest neighbours, naive Bayes, the perceptron and the baseline against scikit-learn and plain arithmetic."""

from __future__ import annotations

import time

import numpy as np
import pytest
from algorithm_data import classes, fit, numbers, round_trip, values
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import log_loss
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor

from litmus.algorithms import nearest_neighbours
from litmus.errors import BundleError


class TestNearestNeighbours:
    @pytest.mark.parametrize("features", [4, 30])  # a k-d tree, and every distance
    def test_votes_are_scikit_learns(self, features, monkeypatch):
        monkeypatch.setattr(nearest_neighbours, "_CHUNK", 64)
        X = numbers(500, features)
        y = classes(X, 3)
        fitted = fit("NearestNeighbours", X, y, 3, parameters={"n_neighbors": 9, "weights": "uniform"})
        peer = KNeighborsClassifier(9).fit(X, y)
        shares = np.bincount(y) / len(y)
        fresh = numbers(200, features, seed=1)
        np.testing.assert_allclose(
            fitted.predict_proba(fresh), (9 * peer.predict_proba(fresh) + shares) / 10, atol=1e-5
        )

    def test_means_are_scikit_learns(self):
        X = numbers(500, 4)
        y = values(X)
        fitted = fit("NearestNeighbours", X, y, 0, parameters={"n_neighbors": 7, "weights": "uniform"})
        peer = KNeighborsRegressor(7).fit(X, y)
        np.testing.assert_allclose(fitted.predict(X), peer.predict(X), rtol=1e-6, atol=1e-6)

    def test_closer_rows_count_more(self):
        X = np.array([[0.0], [1.0], [1.1], [1.2]], dtype=np.float32)
        y = np.array([5.0, 1.0, 1.0, 1.0])
        fitted = fit("NearestNeighbours", X, y, 0, parameters={"n_neighbors": 4})
        assert fitted.predict(np.array([[0.05]], dtype=np.float32))[0] > 3.0
        assert fitted.predict(np.array([[1.0]], dtype=np.float32))[0] < 2.0

    def test_fewer_rows_than_neighbours(self):
        X = numbers(3)
        assert fit("NearestNeighbours", X, np.array([0, 1, 1]), 2).predict_proba(X).shape == (3, 2)

    def test_weights_count(self):
        X = np.zeros((10, 1), dtype=np.float32)
        y = np.tile([0, 1], 5)
        fitted = fit("NearestNeighbours", X, y, 2, sample_weight=np.where(y == 1, 9.0, 1.0))
        assert fitted.predict_proba(X)[0, 1] == pytest.approx(0.9)

    def test_sparse_rows(self, tmp_path):
        X = sparse.random(200, 50, density=0.2, format="csr", dtype=np.float32, random_state=0)
        y = np.arange(200) % 2
        fitted = fit("NearestNeighbours", X, y, 2, parameters={"n_neighbors": 1, "weights": "uniform"})
        assert (fitted.predict_proba(X).argmax(axis=1) == y).all()
        restored = round_trip(fitted, tmp_path)
        np.testing.assert_array_equal(restored.predict_proba(X), fitted.predict_proba(X))
        np.testing.assert_allclose(fitted.predict_proba(X.toarray()), fitted.predict_proba(X), atol=1e-6)

    def test_rows_of_another_shape_are_a_bundle_error(self, tmp_path):
        X = numbers(30)
        fitted = fit("NearestNeighbours", X, classes(X), 2)
        fitted.save(tmp_path)
        np.savez(tmp_path / "rows.npz", y=fitted.y_, rows=X[:, :2])
        with pytest.raises(BundleError, match="another shape"):
            fitted.clone().restore(tmp_path)


class TestNaiveBayes:
    def margins(self, fitted, X):
        return fitted._margins(X, fitted.model_)

    def test_normal_features_are_scikit_learns(self):
        X = numbers(500)
        y = classes(X, 3)
        peer = GaussianNB(var_smoothing=1e-3).fit(X, y)
        ours = self.margins(fit("NaiveBayes", X, y, 3), X)
        theirs = peer.predict_joint_log_proba(X)
        np.testing.assert_allclose(ours - ours[:, :1], theirs - theirs[:, :1], rtol=1e-4, atol=1e-4)

    def test_events_are_scikit_learns(self):
        X = (numbers(500) > 0.4).astype(np.float32)
        y = classes(numbers(500), 3)
        peer = BernoulliNB(alpha=0.1, binarize=None).fit(X, y)
        ours, theirs = self.margins(fit("NaiveBayes", X, y, 3), X), peer.predict_joint_log_proba(X)
        np.testing.assert_allclose(ours - ours[:, :1], theirs - theirs[:, :1], rtol=1e-4, atol=1e-4)

    @pytest.mark.parametrize(("counts", "peer"), [("multinomial", MultinomialNB), ("complement", ComplementNB)])
    def test_words_rank_as_scikit_learns(self, counts, peer):
        texts = [
            "free prize now",
            "meeting at noon",
            "win a prize",
            "lunch at noon",
            "free win",
            "see the meeting notes",
        ] * 9
        X = CountVectorizer(dtype=np.float32).fit_transform(texts)
        y = np.array([1, 0, 1, 0, 1, 0] * 9)
        fitted = fit("NaiveBayes", X, y, 2, parameters={"counts": counts})
        theirs = peer(alpha=0.1).fit(X, y).predict_joint_log_proba(X)
        np.testing.assert_allclose(self.margins(fitted, X), theirs[:, 1] - theirs[:, 0], rtol=1e-4, atol=1e-4)
        assert (fitted.predict_proba(X).argmax(axis=1) == y).all()

    def test_copies_of_a_feature_do_not_make_it_too_sure(self):
        X = np.repeat(numbers(3000, 1), 20, axis=1)  # twenty witnesses that are one
        rng = np.random.default_rng(1)
        y = (X[:, 0] + rng.normal(size=3000) > 0).astype(np.int64)
        peer = GaussianNB().fit(X, y)
        fitted = fit("NaiveBayes", X, y, 2)
        assert log_loss(y, fitted.predict_proba(X)) < 0.55 < log_loss(y, peer.predict_proba(X))

    def test_sparse_features_with_negative_values(self):
        X = sparse.csr_matrix(numbers(500))
        y = classes(X.toarray())
        dense = fit("NaiveBayes", X.toarray(), y, 2).predict_proba(X.toarray())
        np.testing.assert_allclose(fit("NaiveBayes", X, y, 2).predict_proba(X), dense, atol=1e-5)


class TestPerceptron:
    def test_classes_are_scikit_learns(self):
        X = numbers()
        y = classes(X, 3)
        fitted = fit("MLP", X, y, 3, parameters={"max_epochs": 5, "hidden_units": 16}, seed=3)
        peer = MLPClassifier((16, 16), learning_rate_init=1e-3, alpha=1e-3, batch_size=128, random_state=3)
        for _ in range(5):
            peer.partial_fit(X, y, classes=np.arange(3))
        np.testing.assert_allclose(fitted.predict_proba(X), peer.predict_proba(X), atol=1e-4)

    def test_values_are_scikit_learns(self):
        X = numbers()
        y = values(X)
        fitted = fit("MLP", X, y, 0, parameters={"max_epochs": 5, "hidden_units": 16}, seed=3)
        peer = MLPRegressor(
            hidden_layer_sizes=(16, 16), learning_rate_init=1e-3, alpha=1e-3, batch_size=128, random_state=3
        )
        for _ in range(5):
            peer.partial_fit(X, (y - y.mean()) / y.std())
        np.testing.assert_allclose(fitted.predict(X), peer.predict(X) * y.std() + y.mean(), rtol=1e-2, atol=1e-2)

    def test_stops_early_and_keeps_the_best_epoch(self):
        X = numbers(400)
        y = np.random.default_rng(1).integers(0, 2, 400)
        reported = []
        parameters = {"max_epochs": 60, "early_stopping_rounds": 5, "learning_rate": 1e-2}
        fitted = fit("MLP", X, y, 2, held_out=100, parameters=parameters, report=reported.append)
        assert len(reported) == fitted.rounds_ + 5
        assert np.argmax(reported) + 1 == fitted.rounds_
        assert -log_loss(y[300:], fitted.predict_proba(X[300:])) == pytest.approx(max(reported), abs=1e-5)
        assert fitted.refit_settings() == {"max_epochs": fitted.rounds_, "early_stopping_rounds": 0}

    def test_stops_at_the_deadline(self):
        X = numbers()
        fitted = fit("MLP", X, classes(X), 2, parameters={"max_epochs": 10_000}, deadline=time.monotonic() + 0.05)
        assert 1 <= fitted.rounds_ < 10_000

    def test_layers_that_do_not_fit_are_a_bundle_error(self, tmp_path):
        X = numbers()
        fitted = fit("MLP", X, classes(X), 2, parameters={"max_epochs": 1})
        fitted.save(tmp_path)
        np.savez(tmp_path / "layers.npz", layer00=np.ones((2, 3)), layer01=np.ones(3))
        with pytest.raises(BundleError, match="do not fit"):
            fitted.clone().restore(tmp_path)


class TestBaseline:
    def test_class_shares(self):
        fitted = fit("Baseline", numbers(4), np.array([0, 1, 1, 1]), 3)
        np.testing.assert_array_equal(
            fitted.predict_proba(numbers(2)), np.array([[0.25, 0.75, 0]] * 2, dtype=np.float32)
        )

    @pytest.mark.parametrize(("strategy", "middle"), [("mean", 4.0), ("median", 2.0)])
    def test_middle_value(self, strategy, middle):
        fitted = fit("Baseline", numbers(3), np.array([1.0, 2.0, 9.0]), 0, parameters={"strategy": strategy})
        np.testing.assert_array_equal(fitted.predict(numbers(2)), [middle, middle])

    def test_no_features_at_all(self):
        fitted = fit("Baseline", np.empty((3, 0), dtype=np.float32), np.array([1.0, 2.0, 9.0]), 0)
        np.testing.assert_array_equal(fitted.predict(np.empty((2, 0), dtype=np.float32)), [4.0, 4.0])
