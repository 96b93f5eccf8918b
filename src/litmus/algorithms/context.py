"""What an algorithm is told beside its data while it learns."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["FitContext", "Validation"]


@dataclasses.dataclass(frozen=True)
class Validation:
    """The rows held out of this fit, for early stopping: features and targets of the same form as in `fit`."""

    X: Any
    y: np.ndarray
    sample_weight: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class FitContext:
    """The surroundings of one fit.

    Attributes:
        n_classes: number of classes, or 0 for regression.
        classes: the user's labels in the order of the class codes; empty for regression.
        threads: how many threads the fit may use.
        seed: the source of all randomness.
        sample_weight: weight of each training row (rows,), class weights included, or None.
        validation: held-out rows for early stopping, or None (then no early stopping).
        feature_names: names of the features, in order.
        categorical: positions of the features that are category codes (for `categories = "native"`).
        deadline: `time.monotonic()` second after which work is useless, or None.
        report: call it with the validation score of each round, larger is better; a search may stop the fit there.
    """

    n_classes: int = 0
    classes: tuple[object, ...] = ()
    threads: int = 1
    seed: int = 0
    sample_weight: np.ndarray | None = None
    validation: Validation | None = None
    feature_names: tuple[str, ...] = ()
    categorical: tuple[int, ...] = ()
    deadline: float | None = None
    report: Callable[[float], None] | None = None

    def seconds_left(self) -> float:
        """Seconds until the deadline; infinite without one."""
        return float("inf") if self.deadline is None else self.deadline - time.monotonic()
