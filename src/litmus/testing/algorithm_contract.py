"""What every algorithm must do, as tests that a user's own algorithm inherits by giving one fixture."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from litmus.algorithms.base import Algorithm, Classifier, Regressor
from litmus.algorithms.context import FitContext, Validation
from litmus.state import load_component, save_component

__all__ = ["AlgorithmContract"]

_ROWS, _FEATURES = 240, 5


class AlgorithmContract:
    """Subclass it and give a fixture `algorithm` that returns an unfitted classifier or regressor.

    Example:
        >>> import pytest
        >>> class TestMine(AlgorithmContract):
        ...     @pytest.fixture
        ...     def algorithm(self):
        ...         return MyClassifier()
    """

    @pytest.fixture
    def algorithm(self) -> Algorithm:
        """The unfitted algorithm under test."""
        raise NotImplementedError("Give a fixture `algorithm` that returns an unfitted classifier or regressor.")

    def test_answers_have_one_row_each(self, algorithm: Algorithm) -> None:
        """Every row gets finite probabilities of every class that sum to 1, or one finite value."""
        for n_classes in _tasks(algorithm):
            fitted, X = _fitted(algorithm, n_classes)
            for rows in (X, X[:1], X[:2]):
                _check_answers(_answers(fitted, rows), _row_count(rows), n_classes)

    def test_learns_something(self, algorithm: Algorithm) -> None:
        """Answers on training rows differ between rows that differ, unless the algorithm ignores features."""
        for n_classes in _tasks(algorithm):
            fitted, X = _fitted(algorithm, n_classes)
            answers, y = _answers(fitted, X), _target(n_classes)
            if n_classes:
                prior = np.bincount(y, minlength=n_classes) / len(y)
                loss = -np.log(np.maximum(answers[np.arange(len(y)), y], 1e-9)).mean()
                assert loss <= -np.log(prior[y]).mean() + 0.05, "the answers are worse than the class shares"
            else:
                error = np.abs(answers - y).mean()
                assert error <= np.abs(y - y.mean()).mean() * 1.05, "the answers are worse than the mean"

    def test_same_seed_same_answers(self, algorithm: Algorithm) -> None:
        """Two fits with the same seed and threads answer the same."""
        for n_classes in _tasks(algorithm):
            first, X = _fitted(algorithm, n_classes)
            second, _ = _fitted(algorithm, n_classes)
            np.testing.assert_array_equal(_answers(first, X), _answers(second, X))

    def test_one_row_is_answered_as_among_others(self, algorithm: Algorithm) -> None:
        """A row's answer does not depend on the rows beside it."""
        for n_classes in _tasks(algorithm):
            fitted, X = _fitted(algorithm, n_classes)
            together = _answers(fitted, X)[:5]
            alone = np.concatenate([_answers(fitted, X[row : row + 1]) for row in range(5)])
            np.testing.assert_allclose(alone, together, rtol=1e-5, atol=1e-6)

    def test_a_class_may_be_absent(self, algorithm: Algorithm) -> None:
        """A class without training rows still has its column, with next to no probability."""
        if not isinstance(algorithm, Classifier):
            pytest.skip("for classifiers")
        y = np.where(_target(3) == 1, 2, _target(3))
        fitted, X = _fitted(algorithm, 3, y=y)
        answers = _answers(fitted, X)
        _check_answers(answers, len(y), 3)
        assert answers[:, 1].max() < 0.1

    def test_one_class_only(self, algorithm: Algorithm) -> None:
        """With one class in training, that class is the answer."""
        if not isinstance(algorithm, Classifier):
            pytest.skip("for classifiers")
        fitted, X = _fitted(algorithm, 3, y=np.full(_ROWS, 2))
        answers = _answers(fitted, X)
        _check_answers(answers, _ROWS, 3)
        assert (answers.argmax(axis=1) == 2).all()

    def test_arguments_stay_as_they_are(self, algorithm: Algorithm) -> None:
        """Neither features, targets nor weights are changed by fitting or predicting."""
        for n_classes in _tasks(algorithm):
            X, y, weight = _features(algorithm), _target(n_classes), np.linspace(0.5, 2.0, _ROWS)
            before = (X.copy(), y.copy(), weight.copy())
            fitted = algorithm.clone()
            fitted.fit(X, y, _context(X, y, n_classes, weight=weight))
            _answers(fitted, X)
            for now, then in zip((X, y, weight), before, strict=True):
                np.testing.assert_array_equal(_plain(now), _plain(then))

    def test_read_only_features(self, algorithm: Algorithm) -> None:
        """Features in memory that several processes share cannot be written to; fitting must not need it."""
        X = _features(algorithm)
        if not isinstance(X, np.ndarray):
            pytest.skip("for algorithms that take arrays")
        X.setflags(write=False)
        n_classes = _tasks(algorithm)[0]
        y = _target(n_classes)
        y.setflags(write=False)
        fitted = algorithm.clone()
        fitted.fit(X, y, _context(X, y, n_classes))
        _check_answers(_answers(fitted, X), _ROWS, n_classes)

    def test_weights_and_no_validation(self, algorithm: Algorithm) -> None:
        """Sample weights are accepted, with and without a validation fold."""
        for n_classes in _tasks(algorithm):
            for held_out in (True, False):
                X, y = _features(algorithm), _target(n_classes)
                fitted = algorithm.clone()
                context = _context(X, y, n_classes, weight=np.linspace(0.1, 3.0, _ROWS), held_out=held_out)
                fitted.fit(X, y, context)
                _check_answers(_answers(fitted, X), _ROWS, n_classes)

    def test_clone_is_unfitted_and_equal(self, algorithm: Algorithm) -> None:
        """A clone has the same parameters, and fitting it leaves the original alone."""
        before = dict(vars(algorithm))
        clone = algorithm.clone()
        assert type(clone) is type(algorithm)
        assert clone is not algorithm
        assert repr(clone) == repr(algorithm)
        n_classes = _tasks(algorithm)[0]
        X, y = _features(algorithm), _target(n_classes)
        clone.fit(X, y, _context(X, y, n_classes))
        assert vars(algorithm).keys() == before.keys()

    def test_saved_and_restored(self, algorithm: Algorithm, tmp_path: Path) -> None:
        """A restored algorithm answers exactly as the one that was saved."""
        for n_classes in _tasks(algorithm):
            fitted, X = _fitted(algorithm, n_classes)
            folder = tmp_path / str(n_classes)
            folder.mkdir()
            save_component(fitted, folder)
            restored = load_component(folder, trust=True)
            np.testing.assert_array_equal(_answers(restored, X), _answers(fitted, X))
            assert repr(restored) == repr(fitted)

    def test_importance(self, algorithm: Algorithm) -> None:
        """Importance is None, or one finite share a feature that is not negative."""
        fitted, _ = _fitted(algorithm, _tasks(algorithm)[0])
        importance = fitted.feature_importance()
        if importance is None:
            return
        assert importance.shape == (_FEATURES,)
        assert np.isfinite(importance).all()
        assert (importance >= 0).all()
        assert importance.sum() == pytest.approx(1.0, abs=1e-6) or importance.sum() == 0

    def test_refit_settings_are_parameters(self, algorithm: Algorithm) -> None:
        """What a fit found best can be given to `hyperparams` for a fit on all rows."""
        n_classes = _tasks(algorithm)[0]
        fitted, X = _fitted(algorithm, n_classes)
        again = fitted.hyperparams(**fitted.refit_settings())
        again.fit(X, _target(n_classes), _context(X, _target(n_classes), n_classes, held_out=False))
        _check_answers(_answers(again, X), _ROWS, n_classes)


def _tasks(algorithm: Algorithm) -> tuple[int, ...]:
    """Numbers of classes to try: two and three, or 0 for a number."""
    return (2, 3) if isinstance(algorithm, Classifier) else (0,)


def _features(algorithm: Algorithm) -> Any:
    """Features of the form the algorithm accepts, with missing values where it takes them."""
    X = np.random.default_rng(7).normal(size=(_ROWS, _FEATURES)).astype(np.float32)
    X[:, 3] = np.round(np.abs(X[:, 3]))
    if algorithm.takes_missing:
        X[::11, 2] = np.nan
    if algorithm.accepts == "frame":
        import pandas as pd

        return pd.DataFrame(X, columns=[f"x{i}" for i in range(_FEATURES)])
    return X


def _target(n_classes: int) -> np.ndarray:
    X = np.random.default_rng(7).normal(size=(_ROWS, _FEATURES))
    signal = X[:, 0] + 0.5 * X[:, 1] + 0.1 * np.random.default_rng(8).normal(size=_ROWS)
    if not n_classes:
        return cast(np.ndarray, 1000.0 + 50.0 * signal)
    return np.digitize(signal, np.quantile(signal, np.linspace(0, 1, n_classes + 1)[1:-1])).astype(np.int64)


def _context(
    X: Any, y: np.ndarray, n_classes: int, *, weight: np.ndarray | None = None, held_out: bool = True
) -> FitContext:
    validation = Validation(X[:60], y[:60], None if weight is None else weight[:60]) if held_out else None
    return FitContext(
        n_classes=n_classes,
        threads=1,
        seed=3,
        sample_weight=weight,
        validation=validation,
        feature_names=tuple(f"x{i}" for i in range(_FEATURES)),
    )


def _fitted(algorithm: Algorithm, n_classes: int, y: np.ndarray | None = None) -> tuple[Algorithm, Any]:
    X, y = _features(algorithm), _target(n_classes) if y is None else y
    fitted = algorithm.clone()
    fitted.fit(X, y, _context(X, y, n_classes))
    return fitted, X


def _answers(fitted: Algorithm, X: Any) -> np.ndarray:
    if isinstance(fitted, Classifier):
        return fitted.predict_proba(X)
    return cast(Regressor, fitted).predict(X)


def _check_answers(answers: np.ndarray, rows: int, n_classes: int) -> None:
    assert isinstance(answers, np.ndarray)
    assert answers.shape == ((rows, n_classes) if n_classes else (rows,))
    assert answers.dtype == (np.float32 if n_classes else np.float64)
    assert np.isfinite(answers).all()
    if n_classes:
        assert answers.min() >= 0
        assert answers.max() <= 1
        np.testing.assert_allclose(answers.sum(axis=1), 1.0, atol=1e-5)


def _row_count(X: Any) -> int:
    return int(X.shape[0])


def _plain(values: Any) -> np.ndarray:
    return np.asarray(values)
