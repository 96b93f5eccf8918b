"""Naive Bayes: each feature speaks for itself; the likelihood fits the kind of feature."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from litmus.algorithms.base import CategoryEncoding
from litmus.algorithms.builtin import BuiltInClassifier
from litmus.algorithms.context import FitContext
from litmus.algorithms.family import Family
from litmus.algorithms.fitted_files import read_arrays, write_arrays
from litmus.algorithms.matrices import is_sparse
from litmus.algorithms.score_scale import ScoreScale, held_out_scores
from litmus.component import Choice, Float, param
from litmus.predictors.answer import Link
from litmus.predictors.form import Form
from litmus.predictors.linear import Linear

__all__ = ["NaiveBayes", "NaiveBayesClassifier"]


@dataclasses.dataclass
class NaiveBayesClassifier(BuiltInClassifier):
    """Classes by naive Bayes.

    Features of a sparse matrix that are never negative count words (multinomial or complement naive Bayes); features
    of 0 and 1 are events (Bernoulli); all others are normal (Gaussian). Log likelihoods add up, and are then scaled to
    probabilities on training rows held out in turn, because naive Bayes by itself is far too sure.
    """

    accepts = "sparse"
    wants_scaled = True
    categories: ClassVar[CategoryEncoding] = "onehot"

    smoothing: float = param(0.1, Float(0.01, 10.0, log=True), minimum=1e-9, help="added to every count")
    var_smoothing: float = param(
        1e-3, Float(1e-9, 1.0, log=True), minimum=0.0, help="share of the largest variance added"
    )
    counts: str = param("multinomial", Choice("multinomial", "complement"), help="which likelihood counts have")

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        weight = context.sample_weight
        kinds = _feature_kinds(X)

        def fit_scores(seen: np.ndarray, held: np.ndarray) -> np.ndarray:
            part = None if weight is None else weight[seen]
            return self._margins(X[held], self._coefficients(X[seen], y[seen], part, kinds))

        held_out = held_out_scores(fit_scores, y, context.seed)
        self.scale_ = ScoreScale()
        if held_out is not None:
            scores, held = held_out
            self.scale_ = ScoreScale.learn(scores, y[held], None if weight is None else weight[held])
        self.model_ = self._coefficients(X, y, weight, kinds)

    def _coefficients(
        self, X: Any, y: np.ndarray, weight: np.ndarray | None, kinds: dict[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Log posteriors as `X @ linear + X² @ square + constant`: linear and square (features, classes)."""
        from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB

        classes = int(y.max()) + 1
        linear, square = np.zeros((X.shape[1], classes)), np.zeros((X.shape[1], classes))
        mass = np.bincount(y, weights=weight, minlength=classes)
        constant = np.log(np.maximum(mass / mass.sum(), 1e-12))
        if len(kinds["count"]):
            model = (ComplementNB if self.counts == "complement" else MultinomialNB)(alpha=self.smoothing)
            model.fit(X[:, kinds["count"]], y, sample_weight=weight)
            linear[kinds["count"]] = model.feature_log_prob_.T
        if len(kinds["event"]):
            model = BernoulliNB(alpha=self.smoothing, binarize=None)
            model.fit(X[:, kinds["event"]], y, sample_weight=weight)
            absent = np.log1p(-np.exp(model.feature_log_prob_))
            linear[kinds["event"]] = (model.feature_log_prob_ - absent).T
            constant = constant + absent.sum(axis=1)
        if len(kinds["normal"]):
            model = GaussianNB(var_smoothing=self.var_smoothing)
            numbers = X[:, kinds["normal"]]
            model.fit(numbers.toarray() if is_sparse(numbers) else numbers, y, sample_weight=weight)
            variance = np.maximum(model.var_, 1e-12)
            linear[kinds["normal"]] = (model.theta_ / variance).T
            square[kinds["normal"]] = (-0.5 / variance).T
            constant = constant - 0.5 * (np.log(2 * np.pi * variance) + model.theta_**2 / variance).sum(axis=1)
        return {"linear": linear, "square": square, "constant": constant}

    def _margins(self, X: Any, model: dict[str, np.ndarray]) -> np.ndarray:
        """Log posteriors (rows, classes), or for two classes their difference (rows,)."""
        if is_sparse(X):
            scores = np.asarray(X @ model["linear"]) + np.asarray(X.multiply(X).tocsr() @ model["square"])
        else:
            X = X.astype(np.float64)
            scores = X @ model["linear"] + (X * X) @ model["square"]
        scores += model["constant"]
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def _respond(self, X: Any) -> np.ndarray:
        return self.scale_.probabilities(self._margins(X, self.model_))

    def _lower(self) -> Form:
        linear, square, constant = self.model_["linear"], self.model_["square"], self.model_["constant"]
        link: Link = "softmax"
        if linear.shape[1] == 2:
            link = "sigmoid"
            linear, square, constant = (array[..., 1:] - array[..., :1] for array in (linear, square, constant))
        answer = self._form_answer(link, scale=self.scale_)
        return Linear.of(linear, constant, answer, squares=square if square.any() else None)

    def _write(self, folder: Path) -> dict[str, Any]:
        write_arrays(folder / "coefficients.npz", self.model_)
        return {"scale": self.scale_.to_json()}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:
        self.scale_ = ScoreScale(**values["scale"])
        model = read_arrays(folder / "coefficients.npz")
        shape = (self.n_features_, self.target_.size)
        if model["linear"].shape != shape or model["square"].shape != shape or model["constant"].shape != shape[1:]:
            raise ValueError("coefficients.npz holds arrays of another shape")
        self.model_ = model


def _feature_kinds(X: Any) -> dict[str, np.ndarray]:
    """Positions of the features that count, that are events, and that are normal."""
    if is_sparse(X):
        low = X.min(axis=0).toarray().ravel()
        positive = low >= 0
        return {"count": np.flatnonzero(positive), "event": np.empty(0, int), "normal": np.flatnonzero(~positive)}
    event = ((X == 0) | (X == 1)).all(axis=0)
    return {"count": np.empty(0, int), "event": np.flatnonzero(event), "normal": np.flatnonzero(~event)}


class NaiveBayes(Family):
    """Naive Bayes; for classes only.

    Example:
        >>> NaiveBayes().hyperparams(smoothing=1.0)
        NaiveBayes(smoothing=1.0)
    """

    classifier = NaiveBayesClassifier
