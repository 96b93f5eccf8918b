"""Gradient boosting by CatBoost: symmetric trees, and category statistics that do not leak the target."""

from __future__ import annotations

import dataclasses
import math
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from litmus.algorithms.base import CategoryEncoding
from litmus.algorithms.builtin import BuiltIn, BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext
from litmus.algorithms.family import Family
from litmus.algorithms.libraries import load_library
from litmus.algorithms.pace import DISTANCE, Pace, patience_at
from litmus.algorithms.rounds import RoundMonitor, rows_to_watch
from litmus.component import Float, Int, param
from litmus.predictors.form import Form

__all__ = ["CatBoost", "CatBoostClassifier", "CatBoostRegressor"]

_ENOUGH_TO_SAMPLE = 50  # rows; CatBoost refuses to draw from fewer
_DISTANCE = 3 * DISTANCE  # a symmetric tree tells fewer rows apart than one that grows where it gains most
_PILOT = 6  # rounds that tell what one takes
_ENOUGH_TO_WEIGH = 10_000  # rows; with fewer, drawing by gradient follows single rows


@dataclasses.dataclass
class CatBoostParameters(BuiltIn):
    """The parameters of CatBoost and its calls; parameters: https://catboost.ai/docs/en/references/training-parameters.

    A missing category counts as a category of its own. Ranges lean on Gorishniy et al. (2021) and TabRepo (Salinas and
    Erickson, 2024).

    Attributes set by `fit`:
        rounds_: the best number of rounds on the validation fold, or the number trained without one.
        rate_: their learning rate, which is larger than asked for where a deadline left no time for small steps.
    """

    takes_missing = True
    categories: ClassVar[CategoryEncoding] = "native"
    rounds_parameter = "n_estimators"
    shrinkage_parameter = "learning_rate"
    weighs_rows: ClassVar[bool] = False
    """Whether rows of large tables are drawn by the size of their gradients (MVS, Ibragimov and Gusev, 2019)."""

    n_estimators: int = param(2000, minimum=1, help="most boosting rounds")
    learning_rate: float = param(
        0.05, Float(0.02, 0.3, log=True), minimum=1e-6, maximum=1.0, help="shrinkage of each tree"
    )
    max_depth: int = param(6, Int(4, 9), minimum=1, maximum=16, help="levels of every tree")
    reg_lambda: float = param(3.0, Float(0.5, 50.0, log=True), minimum=0.0, help="L2 penalty on leaf values")
    random_strength: float = param(2.0, Float(0.1, 10.0, log=True), minimum=0.0, help="noise on the scores of splits")
    subsample: float = param(0.9, Float(0.5, 1.0), minimum=0.01, maximum=1.0, help="share of rows for each tree")
    one_hot_max_size: int = param(
        50, Int(2, 50, log=True), minimum=1, help="up to so many categories are split one by one"
    )
    max_ctr_complexity: int = param(1, minimum=1, maximum=8, help="most categories joined in one statistic")
    max_bin: int = param(512, minimum=1, help="most bins of a feature")
    early_stopping_rounds: int = param(50, minimum=0, help="rounds without improvement before stopping; 0 for never")

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        catboost = load_library("catboost")
        self.categorical_ = sorted(context.categorical)
        self.classes_seen_ = context.n_classes
        data = catboost.Pool(self._features(X), y, weight=context.sample_weight)
        held = rows_to_watch(context, self.early_stopping_rounds)
        held_out = None if held is None else catboost.Pool(self._features(held.X), held.y, weight=held.sample_weight)
        settings = self._library_settings(context, rows=X.shape[0])
        self.rate_ = self._paced(catboost, settings, data, context)
        patience = patience_at(self.early_stopping_rounds, self.learning_rate, self.rate_)
        watcher = _Watcher(RoundMonitor(context, patience=patience))
        model = catboost.CatBoost({**settings, "learning_rate": self.rate_})
        model.fit(data, eval_set=held_out, callbacks=[watcher])
        if watcher.error is not None:
            raise watcher.error
        self.rounds_ = max(1, min(watcher.monitor.best_round, model.tree_count_))
        if self.rounds_ < model.tree_count_:
            model.shrink(self.rounds_)
        self.model_ = model
        self.importance_ = self._measure_importance(X.shape[1])

    def _paced(self, catboost: Any, settings: dict[str, Any], data: Any, context: FitContext) -> float:
        """The learning rate with which boosting gets far enough before the deadline; CatBoost cannot change it on the way."""
        if context.deadline is None or self.n_estimators <= _PILOT:
            return self.learning_rate
        timer = _Timer(context)
        pilot = catboost.CatBoost({**settings, "iterations": _PILOT})
        pilot.fit(data, callbacks=[timer])
        return Pace.ahead(
            context,
            rate=self.learning_rate,
            rounds=self.n_estimators,
            seconds_per_round=timer.seconds_per_round,
            distance=_DISTANCE,
        )

    def _library_settings(self, context: FitContext, *, rows: int) -> dict[str, Any]:
        sample = rows >= _ENOUGH_TO_SAMPLE and self.subsample < 1
        drawn = "MVS" if self.weighs_rows and rows >= _ENOUGH_TO_WEIGH else "Bernoulli"
        objective = {0: "RMSE", 2: "Logloss"}.get(context.n_classes, "MultiClass")
        return {
            "loss_function": objective,
            "iterations": self.n_estimators,
            "learning_rate": self.learning_rate,
            "depth": self.max_depth,
            "l2_leaf_reg": self.reg_lambda,
            "random_strength": self.random_strength,
            "bootstrap_type": drawn if sample else "No",
            **({"subsample": self.subsample} if sample else {}),
            "one_hot_max_size": self.one_hot_max_size,
            "max_ctr_complexity": self.max_ctr_complexity,
            "border_count": self.max_bin,
            "boosting_type": "Plain",
            "thread_count": self.threads_,
            "random_seed": context.seed % 2**31,
            "use_best_model": False,  # the round monitor knows the best round
            "allow_writing_files": False,
            "logging_level": "Silent",
        }

    def _features(self, X: np.ndarray) -> Any:
        """Numbers as they are; category codes as bytes, which is the form CatBoost reads fastest for one row."""
        if not self.categorical_:
            return X
        catboost = load_library("catboost")
        codes = X[:, self.categorical_]
        codes = np.where(np.isnan(codes), -1, codes).astype(np.int64)
        numbers = np.delete(X, self.categorical_, axis=1)
        return catboost.FeaturesData(
            num_feature_data=np.ascontiguousarray(numbers) if numbers.shape[1] else None,
            cat_feature_data=codes.astype(np.bytes_).astype(object),
        )

    def _measure_importance(self, n_features: int) -> np.ndarray:
        order = [
            position for position in range(n_features) if position not in set(self.categorical_)
        ] + self.categorical_
        importance = np.zeros(n_features)
        importance[order] = self.model_.get_feature_importance(
            type="PredictionValuesChange", thread_count=self.threads_
        )
        return importance / (importance.sum() or 1.0)

    def _respond(self, X: np.ndarray) -> np.ndarray:
        kind = "Probability" if self.classes_seen_ else "RawFormulaVal"
        answers: np.ndarray = self.model_.predict(
            self._features(X), prediction_type=kind, thread_count=self._threads_for(X.shape[0])
        )
        return answers

    def _lower(self) -> Form:
        from litmus.algorithms.catboost_trees import catboost_trees

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.json"
            self.model_.save_model(str(path), format="json")
            text = path.read_text(encoding="utf-8")
        answer = self._form_answer("sigmoid" if self.target_.size == 2 else "softmax")
        return catboost_trees(text, self.categorical_, self.n_features_, answer)

    def _write(self, folder: Path) -> dict[str, Any]:
        self.model_.save_model(str(folder / "model.cbm"), format="cbm")
        return {
            "rounds": self.rounds_,
            "rate": self.rate_,
            "categorical": self.categorical_,
            "classes_seen": self.classes_seen_,
        }

    def _read(self, folder: Path, values: dict[str, Any]) -> None:
        catboost = load_library("catboost")
        self.rounds_, self.classes_seen_ = int(values["rounds"]), int(values["classes_seen"])
        self.rate_ = float(values.get("rate", self.learning_rate))
        self.categorical_ = [int(position) for position in values["categorical"]]
        self.model_ = catboost.CatBoost()
        try:
            self.model_.load_model(str(folder / "model.cbm"), format="cbm")
        except catboost.CatBoostError as error:
            raise ValueError(f"model.cbm: {error}") from error

    def refit_settings(self) -> dict[str, Any]:
        """The best number of rounds, to be trained in full."""
        if not self.trained_:
            return {}
        return {"n_estimators": self.rounds_, "learning_rate": self.rate_, "early_stopping_rounds": 0}


class _Timer:
    """A callback that takes the time of rounds, and ends them at the deadline."""

    def __init__(self, context: FitContext) -> None:
        self._context = context
        self._ends: list[float] = []

    def after_iteration(self, info: Any) -> bool:  # noqa: ARG002
        """Whether CatBoost should go on."""
        self._ends.append(time.monotonic())
        return self._context.seconds_left() > 0

    @property
    def seconds_per_round(self) -> float:
        """What a round takes, the first one, which prepares the others, left out; infinite when there was one only."""
        if len(self._ends) < 2:
            return math.inf
        return (self._ends[-1] - self._ends[0]) / (len(self._ends) - 1)


class _Watcher:
    """A callback that asks the monitor after each round; it keeps an error, since CatBoost would wrap it."""

    def __init__(self, monitor: RoundMonitor) -> None:
        self.monitor = monitor
        self.error: BaseException | None = None

    def after_iteration(self, info: Any) -> bool:
        """Whether CatBoost should go on."""
        losses = next(iter(info.metrics["validation"].values())) if "validation" in info.metrics else None
        try:
            return not self.monitor.stop_after(info.iteration, losses[-1] if losses else None)
        except BaseException as error:  # raised again when CatBoost has returned
            self.error = error
            return False


@dataclasses.dataclass
class CatBoostClassifier(CatBoostParameters, BuiltInClassifier):
    """Classes by CatBoost."""


@dataclasses.dataclass
class CatBoostRegressor(CatBoostParameters, BuiltInRegressor):
    """Numbers by CatBoost.

    Mean targets of categories, and of categories joined, say more about numbers than about classes: measured, they are
    worth their time here and not there. So is drawing the rows of large tables by their gradients: it lowers
    the error on diamonds and california_housing, and raises it on the thousand rows of concrete.
    """

    weighs_rows = True

    one_hot_max_size: int = param(
        6, Int(2, 50, log=True), minimum=1, help="up to so many categories are split one by one"
    )
    max_ctr_complexity: int = param(4, Int(1, 4), minimum=1, maximum=8, help="most categories joined in one statistic")
    subsample: float = param(0.8, Float(0.5, 1.0), minimum=0.01, maximum=1.0, help="share of rows for each tree")


class CatBoost(Family):
    """Gradient boosting by CatBoost.

    Example:
        >>> CatBoost().hyperparams(max_depth=8)
        CatBoost(max_depth=8)
    """

    classifier = CatBoostClassifier
    regressor = CatBoostRegressor
