"""A second model that learns what to make of its members' answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from litmus.algorithms.base import Algorithm, Classifier, Regressor
from litmus.algorithms.context import FitContext
from litmus.errors import ParameterError
from litmus.metrics.predictions import Predictions
from litmus.pipeline.resolve import AlgorithmLike, resolve_algorithm
from litmus.state import load_component, save_component
from litmus.task import TaskKind

__all__ = ["Stacker", "fit_stacker"]

_SMALLEST = 1e-6


@dataclasses.dataclass(frozen=True)
class Stacker:
    """A fitted algorithm whose features are the members' scores: their log odds, or their values in regression.

    Attributes:
        algorithm: the fitted algorithm.
        task: the kind of task.
        center, scale: mean and standard deviation of each feature where it learned (features,).
    """

    algorithm: Algorithm
    task: TaskKind
    center: np.ndarray
    scale: np.ndarray

    def combine(self, scores: Sequence[np.ndarray]) -> np.ndarray:
        """The scores, float64, for the members' adjusted scores, in the order of the fit."""
        features = ((_features(scores, self.task) - self.center) / self.scale).astype(np.float32)
        if self.task == "regression":
            return np.asarray(cast(Regressor, self.algorithm).predict(features), dtype=np.float64)
        return np.asarray(cast(Classifier, self.algorithm).predict_proba(features), dtype=np.float64)

    def save(self, folder: Path) -> bool:
        """Write it into `folder`, which exists and is empty; True when a part was pickled, so that loading needs trust."""
        return save_component(self.algorithm, _made(folder / "algorithm")) | save_component(
            {"task": self.task, "center": self.center, "scale": self.scale}, _made(folder / "scaling")
        )

    @classmethod
    def load(cls, folder: Path, *, trust: bool = False) -> Stacker:
        """Read what `save` wrote.

        Raises:
            BundleError: when a part is missing or damaged, or was pickled and `trust` is not given.
        """
        facts: dict[str, Any] = load_component(folder / "scaling", trust=trust)
        return cls(load_component(folder / "algorithm", trust=trust), **facts)


def fit_stacker(
    algorithm: AlgorithmLike, scores: Sequence[np.ndarray], truth: Predictions, *, seed: int = 0, threads: int = 1
) -> Stacker:
    """Learn from the members' out-of-fold scores.

    Args:
        algorithm: what learns; anything that stands for an algorithm and takes an array.
        scores: each member's adjusted out-of-fold scores.
        truth: the rows' true targets and weights.
        seed: the source of all randomness.
        threads: threads it may use.

    Raises:
        ParameterError: when the algorithm is for other tasks, or takes tables.

    Example:
        >>> y = np.array([1.0, 2.0, 3.0, 4.0])
        >>> truth = Predictions("regression", y, y, y)
        >>> stacker = fit_stacker("LinearModel", [y + 1, y + 2], truth)
        >>> stacker.combine([np.array([3.0]), np.array([4.0])]).round(1).tolist()
        [2.1]
    """
    learner = resolve_algorithm(algorithm, truth.task)
    if learner.accepts == "frame":
        raise ParameterError(
            f"{type(learner).__name__} takes tables and cannot stack; use one that takes arrays, such as 'LinearModel'."
        )
    features = _features(scores, truth.task)
    center, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    context = FitContext(
        n_classes=len(truth.classes),
        classes=truth.classes,
        threads=threads,
        seed=seed,
        sample_weight=truth.sample_weight,
        feature_names=tuple(f"score {number}" for number in range(features.shape[1])),
    )
    learner.fit(((features - center) / scale).astype(np.float32), np.asarray(truth.y_true), context)
    return Stacker(learner, truth.task, center, scale)


def _features(scores: Sequence[np.ndarray], task: TaskKind) -> np.ndarray:
    """The members' scores side by side, float64 (rows, features)."""
    if task == "regression":
        return np.column_stack(scores).astype(np.float64)
    columns = [part[:, 1:] if task == "binary" else part for part in scores]
    inside = np.clip(np.column_stack(columns).astype(np.float64), _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(inside) if task == "multiclass" else np.log(inside / (1 - inside)))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
