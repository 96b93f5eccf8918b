"""Gradient boosting by XGBoost: trees that grow level by level on binned features."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from litmus.algorithms.base import CategoryEncoding
from litmus.algorithms.builtin import BuiltIn, BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext
from litmus.algorithms.family import Family
from litmus.algorithms.libraries import load_library
from litmus.algorithms.matrices import is_sparse
from litmus.algorithms.pace import Pace, patience_at
from litmus.algorithms.rounds import RoundMonitor, rows_to_watch
from litmus.component import Float, Int, param
from litmus.predictors.form import Form

__all__ = ["XGBoost", "XGBoostClassifier", "XGBoostRegressor"]


@dataclasses.dataclass
class XGBoostParameters(BuiltIn):
    """The parameters of XGBoost and its calls; parameters: https://xgboost.readthedocs.io/en/stable/parameter.html.

    In a sparse matrix XGBoost takes absent entries as missing; the same holds at prediction. Ranges lean on Grinsztajn et
    al. (2022) and Gorishniy et al. (2021); rounds are left to early stopping.

    Attributes set by `fit`:
        rounds_: the best number of rounds on the validation fold, or the number trained without one.
        rate_: their mean learning rate, which is larger than asked for where a deadline left no time for small steps.
    """

    accepts = "sparse"
    takes_missing = True
    categories: ClassVar[CategoryEncoding] = "native"
    rounds_parameter = "n_estimators"
    shrinkage_parameter = "learning_rate"

    n_estimators: int = param(1000, minimum=1, help="most boosting rounds")
    learning_rate: float = param(0.05, Float(0.01, 0.3, log=True), minimum=1e-6, help="shrinkage of each tree")
    max_depth: int = param(6, Int(3, 10), minimum=1, help="most levels of a tree")
    min_child_weight: float = param(1.0, Float(0.1, 100.0, log=True), minimum=0.0, help="least weight of a leaf")
    subsample: float = param(0.9, Float(0.5, 1.0), minimum=0.01, maximum=1.0, help="share of rows for each tree")
    colsample_bytree: float = param(
        0.9, Float(0.3, 1.0), minimum=0.01, maximum=1.0, help="share of features for each tree"
    )
    gamma: float = param(0.0, Float(1e-8, 5.0, log=True), minimum=0.0, help="smallest loss reduction of a split")
    colsample_bynode: float = param(
        1.0, Float(0.3, 1.0), minimum=0.01, maximum=1.0, help="share of features for each split"
    )
    reg_alpha: float = param(0.0, Float(1e-8, 10.0, log=True), minimum=0.0, help="L1 penalty on leaf values")
    reg_lambda: float = param(1.0, Float(1e-3, 100.0, log=True), minimum=0.0, help="L2 penalty on leaf values")
    max_bin: int = param(512, minimum=2, help="most bins of a feature")
    max_cat_to_onehot: int = param(
        4, Int(2, 64, log=True), minimum=1, help="features with fewer categories are split one against the rest"
    )
    early_stopping_rounds: int = param(50, minimum=0, help="rounds without improvement before stopping; 0 for never")

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        xgboost = load_library("xgboost")
        kinds = ["float"] * X.shape[1]
        for position in context.categorical:
            kinds[position] = "c"
        # A given list of kinds costs one string a feature, so it is given only where a feature is categorical.
        shared = {"feature_types": kinds, "enable_categorical": True} if context.categorical else {}
        shared |= {"nthread": self.threads_, "max_bin": self.max_bin}
        self.sparse_ = is_sparse(X)
        data = xgboost.QuantileDMatrix(X, y, weight=context.sample_weight, **shared)
        n_features = X.shape[1]
        del X  # XGBoost has it in bins now
        held = rows_to_watch(context, self.early_stopping_rounds)
        held_out = []
        if held is not None:
            matrix = xgboost.QuantileDMatrix(held.X, held.y, weight=held.sample_weight, ref=data, **shared)
            held_out.append((matrix, "validation"))
        monitor = RoundMonitor(context, patience=self.early_stopping_rounds)
        pace = Pace(context, rate=self.learning_rate, rounds=self.n_estimators)

        def rate_after(done: int) -> float:
            rate = pace.after(done)
            monitor.be_patient(patience_at(self.early_stopping_rounds, self.learning_rate, rate))
            return rate

        booster = xgboost.train(
            self._library_settings(context),
            data,
            num_boost_round=self.n_estimators,
            evals=held_out,
            verbose_eval=False,
            callbacks=[_watcher(xgboost, monitor, rate_after)],
        )
        self.rounds_, self.rate_ = monitor.best_round, pace.mean_of(monitor.best_round)
        self._load(booster[: self.rounds_].save_raw("ubj"))
        self.importance_ = np.zeros(n_features)
        for name, gain in self.model_.get_score(importance_type="total_gain").items():
            self.importance_[int(name[1:])] = gain
        self.importance_ /= self.importance_.sum() or 1.0

    def _library_settings(self, context: FitContext) -> dict[str, Any]:
        classes = context.n_classes
        settings: dict[str, Any] = {
            "objective": {0: "reg:squarederror", 2: "binary:logistic"}.get(classes, "multi:softprob"),
            "eval_metric": {0: "rmse", 2: "logloss"}.get(classes, "mlogloss"),
            "tree_method": "hist",
            "device": "cpu",
            "eta": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample_bytree,
            "colsample_bynode": self.colsample_bynode,
            "gamma": self.gamma,
            "alpha": self.reg_alpha,
            "lambda": self.reg_lambda,
            "max_bin": self.max_bin,
            "max_cat_to_onehot": self.max_cat_to_onehot,
            "nthread": self.threads_,
            "seed": context.seed % 2**31,
            "verbosity": 0,
        }
        return settings | ({"num_class": classes} if classes > 2 else {})

    def _load(self, raw: bytearray) -> None:
        """Keep the model as reading it back gives it: smaller, and the same as a restored one."""
        xgboost = load_library("xgboost")
        self.model_ = xgboost.Booster({"nthread": 1, "verbosity": 0}, model_file=raw)
        self._model_threads = 1

    def _respond(self, X: Any) -> np.ndarray:
        threads = self._threads_for(X.shape[0])
        if threads != self._model_threads:
            self.model_.set_param({"nthread": threads})
            self._model_threads = threads
        if self.sparse_ and not is_sparse(X):
            from scipy.sparse import csr_matrix

            X = csr_matrix(X)  # so that zero means missing here as it did in training
        answers: np.ndarray = self.model_.inplace_predict(X, validate_features=False)
        return answers

    def _write(self, folder: Path) -> dict[str, Any]:
        (folder / "model.ubj").write_bytes(self.model_.save_raw("ubj"))
        return {"rounds": self.rounds_, "rate": self.rate_, "sparse": self.sparse_}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:
        xgboost = load_library("xgboost")
        self.rounds_, self.sparse_ = int(values["rounds"]), bool(values["sparse"])
        self.rate_ = float(values.get("rate", self.learning_rate))
        try:
            self._load(bytearray((folder / "model.ubj").read_bytes()))
        except xgboost.core.XGBoostError as error:
            raise ValueError(f"model.ubj: {str(error).splitlines()[0]}") from error

    def _lower(self) -> Form:
        from litmus.algorithms.xgboost_trees import xgboost_trees

        answer = self._form_answer("sigmoid" if self.target_.size == 2 else "softmax")
        return xgboost_trees(bytes(self.model_.save_raw("json")), answer, sparse=self.sparse_)

    def refit_settings(self) -> dict[str, Any]:
        """The best number of rounds, to be trained in full."""
        if not self.trained_:
            return {}
        return {"n_estimators": self.rounds_, "learning_rate": self.rate_, "early_stopping_rounds": 0}


def _watcher(xgboost: Any, monitor: RoundMonitor, rate_after: Callable[[int], float]) -> Any:
    """A callback that asks the monitor after each round; made here because its base class is XGBoost's."""
    rate: float | None = None

    class Watcher(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: dict[str, Any]) -> bool:
            nonlocal rate
            wanted = rate_after(epoch + 1)
            if rate is not None and wanted != rate:
                model.set_param("learning_rate", wanted)
            rate = wanted
            losses = next(iter(evals_log["validation"].values())) if evals_log else None
            return monitor.stop_after(epoch + 1, losses[-1] if losses else None)

    return Watcher()


@dataclasses.dataclass
class XGBoostClassifier(XGBoostParameters, BuiltInClassifier):
    """Classes by XGBoost."""


@dataclasses.dataclass
class XGBoostRegressor(XGBoostParameters, BuiltInRegressor):
    """Numbers by XGBoost."""


class XGBoost(Family):
    """Gradient boosting by XGBoost.

    Example:
        >>> XGBoost().hyperparams(max_depth=5)
        XGBoost(max_depth=5)
    """

    classifier = XGBoostClassifier
    regressor = XGBoostRegressor
