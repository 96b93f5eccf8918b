"""Fitted scikit-learn estimators in forms that predict without scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from litmus.algorithms.tree_set import TreeSet
from litmus.predictors.answer import Answer, Link
from litmus.predictors.form import Form
from litmus.predictors.linear import Linear
from litmus.predictors.neighbours import Neighbours
from litmus.predictors.network import Network
from litmus.predictors.not_converted import NotConvertedError
from litmus.predictors.places import Places
from litmus.predictors.rounding import rounded_down
from litmus.predictors.trees import TreeNodes, Trees

__all__ = ["estimator_form"]

_HOMES = ("sklearn", "lightgbm", "xgboost")

AnswerOf = Callable[..., Answer]
"""What makes the answer of a link: `answer("sigmoid", raw=1)`; it knows the classes and the scale of scores."""


def estimator_form(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    """The form of a fitted estimator.

    Args:
        estimator: the estimator, fitted on class codes 0, 1, … or on values.
        answer: how raw numbers become scores, given a link and how many numbers there are.
        codes: the model's codes of the estimator's classes; None for regression.
        outputs: columns of the scores; 0 for regression.

    Raises:
        NotConvertedError: for an estimator that has none.
    """
    cls = type(estimator)  # a user's class that derives from one of these may answer otherwise
    make = _FORMS.get(cls.__name__) if cls.__module__.partition(".")[0] in _HOMES else None
    if make is not None:
        return make(estimator, answer, codes, outputs)
    raise NotConvertedError(
        f"{type(estimator).__name__} has no form of its own; linear models, trees, forests, boosting, networks, naive Bayes "
        "and nearest neighbours of scikit-learn have"
    )


def _link(codes: np.ndarray | None) -> Link:
    return "identity" if codes is None else "sigmoid" if len(codes) == 2 else "softmax"


def _linear(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    """Scores that are sums of weighted features, then a sigmoid or softmax."""
    del outputs
    weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64))
    offsets = np.broadcast_to(np.asarray(estimator.intercept_, dtype=np.float64), (len(weights),))
    if codes is not None and len(weights) != (1 if len(codes) == 2 else len(codes)):
        raise NotConvertedError(f"{type(estimator).__name__} has other scores than one for each class")
    return Linear.of(np.ascontiguousarray(weights.T), offsets.copy(), answer(_link(codes)))


def _stochastic(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    if codes is not None and hasattr(estimator, "predict_proba") and (len(codes) > 2 or estimator.loss != "log_loss"):
        raise NotConvertedError(
            f"{type(estimator).__name__} makes probabilities of several classes in a way of its own"
        )
    return _linear(estimator, answer, codes, outputs)


def _kernel(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    if estimator.kernel != "linear" or codes is not None:
        raise NotConvertedError(
            f"{type(estimator).__name__} answers by its support vectors; only a linear SVR has a form"
        )
    return _linear(estimator, answer, codes, outputs)


def _trees(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    """A tree, or the mean of a forest's trees."""
    del outputs
    raw = 1 if codes is None or len(codes) == 2 else len(codes)
    trees = list(getattr(estimator, "estimators_", [estimator]))
    return TreeSet.from_estimators(trees, int(estimator.n_features_in_)).lowered(answer(raw=raw))


def _boosting(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    """The sum of trees behind what a constant estimator starts from."""
    del outputs
    if type(estimator.init_).__name__ not in ("DummyClassifier", "DummyRegressor", "str"):
        raise NotConvertedError(f"{type(estimator).__name__} starts from an estimator of its own")
    if codes is not None and estimator.loss != "log_loss":
        raise NotConvertedError(
            f"the loss {estimator.loss!r} of {type(estimator).__name__} makes probabilities in a way of its own"
        )
    zeros = np.zeros((1, int(estimator.n_features_in_)), dtype=np.float32)
    base = np.asarray(estimator._raw_predict_init(zeros), dtype=np.float64)[0]  # noqa: SLF001 - there is no public way to it
    grown = [tree.tree_.__getstate__() for tree in estimator.estimators_.ravel()]
    parts = [
        {
            "left": state["nodes"]["left_child"],
            "right": state["nodes"]["right_child"],
            "feature": state["nodes"]["feature"],
            "threshold": state["nodes"]["threshold"],
            "missing_left": state["nodes"]["missing_go_to_left"],
            "value": state["values"][:, 0, 0],
        }
        for state in grown
    ]
    target = np.tile(np.arange(estimator.estimators_.shape[1]), len(estimator.estimators_))
    return _summed(parts, target, base, answer(_link(codes)), float(estimator.learning_rate))


def _histograms(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    """Boosting on histograms."""
    del outputs
    if codes is None and estimator.loss not in ("squared_error", "absolute_error", "quantile"):
        raise NotConvertedError(
            f"the loss {estimator.loss!r} of {type(estimator).__name__} has a link that forms do not know"
        )
    parts, target = [], []
    for rounds in estimator._predictors:  # noqa: SLF001 - there is no public way to the trees
        for number, predictor in enumerate(rounds):
            nodes = predictor.nodes
            leaf = nodes["is_leaf"].astype(bool)
            if nodes["is_categorical"].any():
                raise NotConvertedError(f"{type(estimator).__name__} with categorical features has no form of its own")
            parts.append(
                {
                    "left": np.where(leaf, -1, nodes["left"].astype(np.int64)),
                    "right": np.where(leaf, -1, nodes["right"].astype(np.int64)),
                    "feature": nodes["feature_idx"].astype(np.int64),
                    "threshold": nodes["num_threshold"],
                    "missing_left": nodes["missing_go_to_left"],
                    "value": nodes["value"],
                }
            )
            target.append(number)
    base = np.asarray(estimator._baseline_prediction, dtype=np.float64).ravel()  # noqa: SLF001
    return _summed(parts, np.array(target), base, answer(_link(codes)), 1.0)


def _summed(
    parts: Sequence[dict[str, np.ndarray]], target: np.ndarray, base: np.ndarray, answer: Answer, factor: float
) -> Trees:
    """One form of trees whose nodes are counted from 0 in each."""
    sizes = np.array([len(part["left"]) for part in parts])
    first = np.cumsum(sizes) - sizes
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    before, leaf = np.repeat(first, sizes), whole["left"] < 0
    return Trees.of(
        roots=first,
        nodes=TreeNodes(
            left=np.where(leaf, -1, whole["left"] + before),
            right=np.where(leaf, -1, whole["right"] + before),
            feature=whole["feature"],
            threshold=rounded_down(np.where(leaf, 0.0, whole["threshold"])),
            missing_left=whole["missing_left"],
            values=whole["value"][:, None],
        ),
        target=target,
        base=base,
        factor=factor,
        answer=answer,
    )


def _network(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    del outputs
    if estimator.activation != "relu":
        raise NotConvertedError(
            f"the activation {estimator.activation!r} of {type(estimator).__name__} has no form; 'relu' has"
        )
    weights = [np.asarray(layer, dtype=np.float32) for layer in estimator.coefs_]
    offsets = [np.asarray(layer, dtype=np.float32) for layer in estimator.intercepts_]
    return Network.of(weights, offsets, answer(_link(codes)))


def _gaussian(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    """Naive Bayes of normal features: log densities are squares of features."""
    del outputs
    mean, variance = estimator.theta_, estimator.var_
    offsets = np.log(estimator.class_prior_) - 0.5 * (np.log(2 * np.pi * variance) + mean**2 / variance).sum(axis=1)
    return _posteriors((mean / variance).T, offsets, answer, codes, squares=(-0.5 / variance).T)


def _counts(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    """Naive Bayes of counts."""
    del outputs
    return _posteriors(estimator.feature_log_prob_.T, estimator.class_log_prior_, answer, codes)


def _posteriors(
    weights: np.ndarray,
    offsets: np.ndarray,
    answer: AnswerOf,
    codes: np.ndarray | None,
    squares: np.ndarray | None = None,
) -> Form:
    if codes is not None and len(codes) == 2:  # the difference of the two is what the sigmoid takes
        weights, offsets = weights[:, 1:] - weights[:, :1], offsets[1:] - offsets[:1]
        squares = None if squares is None else squares[:, 1:] - squares[:, :1]
    return Linear.of(np.ascontiguousarray(weights), offsets, answer(_link(codes)), squares=squares)


def _neighbours(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    del answer
    rows, metric = estimator._fit_X, estimator.effective_metric_  # noqa: SLF001 - there is no public way to the rows
    if hasattr(rows, "indptr") or metric not in ("euclidean", "l2") or estimator.weights != "uniform":
        raise NotConvertedError(
            f"{type(estimator).__name__} has a form only for dense rows, Euclidean distances and uniform weights"
        )
    answers = np.asarray(estimator._y)  # noqa: SLF001
    if codes is None:
        votes = answers.reshape(len(answers), -1)[:, :1].astype(np.float64)
    else:
        votes = np.zeros((len(answers), outputs))
        votes[np.arange(len(answers)), codes[answers.ravel().astype(np.int64)]] = 1.0
    rows = np.ascontiguousarray(rows, dtype=np.float32)
    places = Places.dense(np.arange(rows.shape[1]))
    return Neighbours(rows, votes, None, int(estimator.n_neighbors), False, None, outputs, places)


def _lightgbm(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    from litmus.algorithms.lightgbm_trees import lightgbm_trees

    del outputs
    return lightgbm_trees(estimator.booster_.model_to_string(), answer(_link(codes)))


def _xgboost(estimator: Any, answer: AnswerOf, codes: np.ndarray | None, outputs: int) -> Form:
    from litmus.algorithms.xgboost_trees import xgboost_trees

    del outputs
    return xgboost_trees(bytes(estimator.get_booster().save_raw("json")), answer(_link(codes)), sparse=False)


_Make = Callable[[Any, AnswerOf, np.ndarray | None, int], Form]
_FORMS: dict[str, _Make] = {
    **dict.fromkeys(
        (
            "LogisticRegression", "LogisticRegressionCV", "LinearDiscriminantAnalysis", "RidgeClassifier", "RidgeClassifierCV",
            "LinearSVC", "LinearSVR", "Perceptron", "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "LassoLars",
            "ElasticNet", "ElasticNetCV", "Lars", "BayesianRidge", "ARDRegression", "HuberRegressor", "TheilSenRegressor",
            "QuantileRegressor", "OrthogonalMatchingPursuit",
        ),
        _linear,
    ),
    **dict.fromkeys(("SGDClassifier", "SGDRegressor", "PassiveAggressiveClassifier", "PassiveAggressiveRegressor"), _stochastic),
    **dict.fromkeys(("SVR", "NuSVR", "SVC", "NuSVC"), _kernel),
    **dict.fromkeys(
        (
            "DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor",
            "RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor",
        ),
        _trees,
    ),
    **dict.fromkeys(("GradientBoostingClassifier", "GradientBoostingRegressor"), _boosting),
    **dict.fromkeys(("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"), _histograms),
    **dict.fromkeys(("MLPClassifier", "MLPRegressor"), _network),
    **dict.fromkeys(("MultinomialNB",), _counts),
    **dict.fromkeys(("KNeighborsClassifier", "KNeighborsRegressor"), _neighbours),
    "GaussianNB": _gaussian,
    **dict.fromkeys(("LGBMClassifier", "LGBMRegressor"), _lightgbm),
    **dict.fromkeys(("XGBClassifier", "XGBRegressor"), _xgboost),
}  # fmt: skip
"""Name of an estimator's class → what makes its form. What one of them may still do otherwise, comparing finds."""
