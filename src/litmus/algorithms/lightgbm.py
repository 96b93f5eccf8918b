"""Gradient boosting by LightGBM: trees that grow leaf by leaf, with native splits on categories."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from litmus.algorithms.base import CategoryEncoding
from litmus.algorithms.builtin import BuiltIn, BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext
from litmus.algorithms.family import Family
from litmus.algorithms.libraries import load_library
from litmus.algorithms.pace import Pace, patience_at
from litmus.algorithms.rounds import RoundMonitor, rows_to_watch
from litmus.component import Float, Int, param
from litmus.predictors.form import Form

__all__ = ["LightGBM", "LightGBMClassifier", "LightGBMRegressor"]


@dataclasses.dataclass
class LightGBMParameters(BuiltIn):
    """The parameters of LightGBM and its calls; parameters: https://lightgbm.readthedocs.io/en/stable/Parameters.html.

    Ranges lean on FLAML (Wang et al., 2021) and TabRepo (Salinas and Erickson, 2024), narrowed to what suits thousands to
    millions of rows; rounds are left to early stopping.

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
    num_leaves: int = param(31, Int(7, 255, log=True), minimum=2, help="most leaves of a tree")
    max_depth: int = param(-1, minimum=-1, help="most levels of a tree; -1 for any number")
    min_child_samples: int = param(
        10, Int(2, 100, log=True), minimum=1, share_of_rows=0.1, help="fewest rows of a leaf"
    )
    subsample: float = param(0.9, Float(0.5, 1.0), minimum=0.01, maximum=1.0, help="share of rows for each tree")
    colsample_bytree: float = param(
        0.8, Float(0.3, 1.0), minimum=0.01, maximum=1.0, help="share of features for each tree"
    )
    colsample_bynode: float = param(
        1.0, Float(0.3, 1.0), minimum=0.01, maximum=1.0, help="share of features for each split"
    )
    reg_alpha: float = param(0.0, Float(1e-8, 10.0, log=True), minimum=0.0, help="L1 penalty on leaf values")
    reg_lambda: float = param(5.0, Float(1e-3, 100.0, log=True), minimum=0.0, help="L2 penalty on leaf values")
    min_split_gain: float = param(0.0, minimum=0.0, help="smallest gain of a split")
    max_bin: int = param(255, minimum=2, help="most bins of a feature")
    cat_smooth: float = param(10.0, Float(1.0, 100.0, log=True), minimum=0.0, help="smoothing of rare categories")
    early_stopping_rounds: int = param(50, minimum=0, help="rounds without improvement before stopping; 0 for never")

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        lightgbm = load_library("lightgbm")
        settings = self._library_settings(context, wide=X.shape[1] > X.shape[0])
        data = lightgbm.Dataset(
            X,
            y,
            weight=context.sample_weight,
            categorical_feature=list(context.categorical),
            params=settings,
        )
        data.construct()
        del X  # LightGBM has it in bins now
        held = rows_to_watch(context, self.early_stopping_rounds)
        held_out = [] if held is None else [data.create_valid(held.X, held.y, weight=held.sample_weight)]
        monitor = RoundMonitor(context, patience=self.early_stopping_rounds)
        pace = Pace(context, rate=self.learning_rate, rounds=self.n_estimators)

        def watch(env: Any) -> None:
            loss = env.evaluation_result_list[0][2] if env.evaluation_result_list else None
            before, rate = pace.rate, pace.after(env.iteration + 1)
            if rate != before:
                monitor.be_patient(patience_at(self.early_stopping_rounds, self.learning_rate, rate))
                env.model.reset_parameter({"learning_rate": rate})
            if monitor.stop_after(env.iteration + 1, loss):
                raise lightgbm.callback.EarlyStopException(monitor.best_round - 1, env.evaluation_result_list or [])

        booster = lightgbm.train(
            settings, data, num_boost_round=self.n_estimators, valid_sets=held_out, callbacks=[watch]
        )
        self.rounds_, self.rate_ = monitor.best_round, pace.mean_of(monitor.best_round)
        self._load(booster.model_to_string(num_iteration=self.rounds_))
        gain = self.model_.feature_importance("gain")
        self.importance_ = gain / gain.sum() if gain.sum() > 0 else gain

    def _library_settings(self, context: FitContext, *, wide: bool) -> dict[str, Any]:
        classes = context.n_classes
        objective = {0: "regression", 2: "binary"}.get(classes, "multiclass")
        metric = {0: "l2", 2: "binary_logloss"}.get(classes, "multi_logloss")
        return {
            "objective": objective,
            "metric": metric,
            "num_class": classes if classes > 2 else 1,
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "max_depth": self.max_depth,
            "min_data_in_leaf": self.min_child_samples,
            "bagging_fraction": self.subsample,
            "bagging_freq": 1 if self.subsample < 1 else 0,
            "feature_fraction": self.colsample_bytree,
            "feature_fraction_bynode": self.colsample_bynode,
            "lambda_l1": self.reg_alpha,
            "lambda_l2": self.reg_lambda,
            "min_gain_to_split": self.min_split_gain,
            "max_bin": self.max_bin,
            "cat_smooth": self.cat_smooth,
            "num_threads": self.threads_,
            "seed": context.seed % 2**31,
            "deterministic": True,
            "force_col_wise" if wide else "force_row_wise": True,  # chosen here: LightGBM would choose by timing
            "verbosity": -1,
        }

    def _load(self, text: str) -> None:
        """Keep the model as reading it back gives it, so that a restored model answers bit for bit the same."""
        lightgbm = load_library("lightgbm")
        self.model_ = lightgbm.Booster(model_str=text)

    def _respond(self, X: Any) -> np.ndarray:
        answers: np.ndarray = self.model_.predict(X, num_threads=self._threads_for(X.shape[0]))
        return answers

    def _write(self, folder: Path) -> dict[str, Any]:
        (folder / "model.txt").write_text(self.model_.model_to_string(), encoding="utf-8")
        return {"rounds": self.rounds_, "rate": self.rate_}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:
        lightgbm = load_library("lightgbm")
        self.rounds_, self.rate_ = int(values["rounds"]), float(values.get("rate", self.learning_rate))
        try:
            self._load((folder / "model.txt").read_text(encoding="utf-8"))
        except lightgbm.basic.LightGBMError as error:
            raise ValueError(f"model.txt: {error}") from error

    def _lower(self) -> Form:
        from litmus.algorithms.lightgbm_trees import lightgbm_trees

        answer = self._form_answer("sigmoid" if self.target_.size == 2 else "softmax")
        return lightgbm_trees(self.model_.model_to_string(), answer)

    def refit_settings(self) -> dict[str, Any]:
        """The best number of rounds, to be trained in full."""
        if not self.trained_:
            return {}
        return {"n_estimators": self.rounds_, "learning_rate": self.rate_, "early_stopping_rounds": 0}


@dataclasses.dataclass
class LightGBMClassifier(LightGBMParameters, BuiltInClassifier):
    """Classes by LightGBM."""


@dataclasses.dataclass
class LightGBMRegressor(LightGBMParameters, BuiltInRegressor):
    """Numbers by LightGBM."""


class LightGBM(Family):
    """Gradient boosting by LightGBM.

    Example:
        >>> LightGBM().hyperparams(num_leaves=63)
        LightGBM(num_leaves=63)
    """

    classifier = LightGBMClassifier
    regressor = LightGBMRegressor
