"""How targets reach a library, and how its answers come back: only the classes present, only values near zero."""

from __future__ import annotations

import dataclasses
from typing import Any, Self

import numpy as np

__all__ = ["ClassTarget", "ValueTarget"]


@dataclasses.dataclass(frozen=True)
class ClassTarget:
    """Class codes as a library sees them: 0 … k - 1 for the k classes that the training rows have.

    Attributes:
        codes: the codes present in training, ascending (present classes,).
        prior: the weighted share of each class (all classes,), zero where absent.
    """

    codes: np.ndarray
    prior: np.ndarray

    @classmethod
    def learn(cls, y: np.ndarray, n_classes: int, weight: np.ndarray | None) -> Self:
        """See which classes there are. `y`: int64 codes (rows,)."""
        counts = np.bincount(y, minlength=n_classes)
        mass = np.bincount(y, weights=weight, minlength=n_classes).astype(np.float64)
        mass = mass if mass.sum() > 0 else counts.astype(np.float64)
        return cls(np.flatnonzero(counts), mass / mass.sum() if mass.sum() else np.full(n_classes, 1 / n_classes))

    @property
    def constant(self) -> bool:
        """Whether there is nothing to learn, since there is one class."""
        return len(self.codes) < 2

    @property
    def size(self) -> int:
        """How many classes the library sees."""
        return len(self.codes)

    def known(self, y: np.ndarray) -> np.ndarray:
        """Which rows have a class that training had: a mask (rows,)."""
        return np.isin(y, self.codes)

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Codes among the classes present, int64 (rows,)."""
        return np.searchsorted(self.codes, y).astype(np.int64)

    def decode(self, answers: np.ndarray) -> np.ndarray:
        """Probabilities of all classes, float32 (rows, classes), from those of the classes present.

        `answers` is (rows, present classes), or (rows,) with the probability of the second of two.
        """
        answers = np.asarray(answers, dtype=np.float64)
        if answers.ndim == 1:
            answers = np.column_stack((1.0 - answers, answers))
        answers = np.clip(answers, 0.0, 1.0)  # keeps NaN
        total = answers.sum(axis=1, keepdims=True)
        broken = ~(total[:, 0] > 0)
        if broken.any():
            answers[broken], total[broken] = self.prior[self.codes], self.prior[self.codes].sum()
        answers /= total
        if len(self.codes) == len(self.prior):
            return answers.astype(np.float32)
        full = np.zeros((len(answers), len(self.prior)), dtype=np.float32)
        full[:, self.codes] = answers
        return full

    def decode_prior(self, rows: int) -> np.ndarray:
        """The class shares for every row, float32 (rows, classes)."""
        return np.tile(self.prior.astype(np.float32), (rows, 1))

    def to_json(self) -> dict[str, Any]:
        """The target as plain JSON values."""
        return {"codes": self.codes.tolist(), "prior": self.prior.tolist()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The target that `to_json` wrote; raises ValueError when the values do not fit together."""
        codes, prior = np.array(values["codes"], dtype=np.int64), np.array(values["prior"], dtype=np.float64)
        if codes.ndim != 1 or prior.ndim != 1 or (codes < 0).any() or (codes >= len(prior)).any():
            raise ValueError("class codes do not fit the number of classes")
        return cls(codes, prior)


@dataclasses.dataclass(frozen=True)
class ValueTarget:
    """Values as a library sees them: centred on zero with unit spread, so that float32 inside it loses nothing.

    Attributes:
        center, scale: weighted mean and standard deviation of the training values.
        median: their median, which is what half the values are below.
    """

    center: float
    scale: float
    median: float

    @classmethod
    def learn(cls, y: np.ndarray, weight: np.ndarray | None) -> Self:
        """Measure the values. `y`: float64 (rows,)."""
        if len(y) == 0:
            return cls(0.0, 0.0, 0.0)
        if weight is not None and not weight.sum() > 0:
            weight = None
        top = float(np.abs(y).max()) or 1.0  # so that squares of huge values do not overflow
        small = y / top
        center = float(np.average(small, weights=weight)) * top
        center += float(np.average((y - center) / top, weights=weight)) * top  # what rounding left, for far offsets
        spread = float(np.sqrt(np.average(((y - center) / top) ** 2, weights=weight)))
        scale = 0.0 if y.min() == y.max() else spread * top
        return cls(float(y[0]) if scale == 0 else center, scale, _median(y, weight))

    @property
    def constant(self) -> bool:
        """Whether there is nothing to learn, since all values are equal."""
        return self.scale == 0.0

    @property
    def size(self) -> int:
        """How many numbers the library predicts for a row."""
        return 1

    def known(self, y: np.ndarray) -> np.ndarray:
        """Every finite value can be used: a mask (rows,)."""
        return np.isfinite(y)

    def encode(self, y: np.ndarray) -> np.ndarray:
        """Standardised values, float64 (rows,)."""
        return (y - self.center) / self.scale

    def decode(self, answers: np.ndarray) -> np.ndarray:
        """Values in the target's own unit, float64 (rows,)."""
        values = np.asarray(answers, dtype=np.float64).reshape(-1) * self.scale + self.center
        return values if np.isfinite(values).all() else np.where(np.isfinite(values), values, self.center)

    def decode_prior(self, rows: int) -> np.ndarray:
        """The mean for every row, float64 (rows,)."""
        return np.full(rows, self.center)

    def to_json(self) -> dict[str, Any]:
        """The target as plain JSON values."""
        return {"center": self.center, "scale": self.scale, "median": self.median}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The target that `to_json` wrote."""
        return cls(float(values["center"]), float(values["scale"]), float(values["median"]))


def _median(y: np.ndarray, weight: np.ndarray | None) -> float:
    if weight is None:
        return float(np.median(y))
    order = np.argsort(y, kind="stable")
    reached = np.cumsum(weight[order])
    return float(y[order][np.searchsorted(reached, reached[-1] / 2)])
