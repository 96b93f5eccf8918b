"""Making up for rare classes: weights, or fewer or more training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from litmus.component import Component, Int, param
from litmus.errors import DataError, ParameterError
from litmus.naming import nearest
from litmus.steps.base import Resampler
from litsdf.interchange import as_frame, rows_at

__all__ = ["ClassWeights", "NearMiss", "RandomOverSample", "RandomUnderSample", "Smote"]


@dataclass
class ClassWeights(Component):
    """Weigh the training rows of each class.

    Args:
        weights_by_class: "balanced": every class weighs the same in total, and the mean weight of a row is 1; or a dict
            from class to the weight of its rows, where a class left out has weight 1.

    Raises:
        ParameterError: when the option is neither, or a weight is negative.

    Example:
        >>> import numpy as np
        >>> ClassWeights().weights(np.array([0, 0, 0, 1])).round(2).tolist()
        [0.67, 0.67, 0.67, 2.0]
    """

    weights_by_class: str | dict[Any, float] = "balanced"

    def __post_init__(self) -> None:
        super().__post_init__()
        given = self.weights_by_class
        if isinstance(given, Mapping):
            for label, weight in given.items():
                if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < float("inf"):
                    raise ParameterError(
                        f"ClassWeights gives class {label!r} the weight {weight!r}; use a number from 0."
                    )
        elif given != "balanced":
            raise ParameterError(f"ClassWeights takes 'balanced' or a dict from class to weight, not {given!r}.")

    @property
    def name(self) -> str:
        """The name to insert, replace or remove it by."""
        return "class_weights"

    def weights(self, y: np.ndarray, classes: Sequence[object] = ()) -> np.ndarray:
        """The weight of each training row, float64 (rows,).

        Args:
            y: int64 class codes (rows,).
            classes: the user's labels in the order of the codes; without them a dict's keys are codes.

        Raises:
            ParameterError: when a dict names an unknown class.
        """
        counts = np.bincount(y)
        if not isinstance(self.weights_by_class, Mapping):
            per_class = len(y) / (max(int((counts > 0).sum()), 1) * np.maximum(counts, 1))
            return np.asarray(per_class[y], dtype=np.float64)
        labels = list(classes) if len(classes) else list(range(len(counts)))
        per_class = np.ones(max(len(labels), len(counts)))
        for label, weight in self.weights_by_class.items():
            if label not in labels:
                close = nearest(str(label), [str(known) for known in labels])
                hint = f" Did you mean {close!r}?" if close else ""
                shown = ", ".join(repr(known) for known in labels[:20])
                raise ParameterError(
                    f"ClassWeights names the class {label!r}, which is not there.{hint} Classes: {shown}."
                )
            per_class[labels.index(label)] = weight
        return np.asarray(per_class[y], dtype=np.float64)

    def clone(self) -> ClassWeights:
        """A copy with the same parameters."""
        return self.hyperparams()


@dataclass
class RandomUnderSample(Resampler):
    """Drop random training rows of frequent classes.

    Args:
        ratio: keep at most so many rows a class for each row of the rarest class; 1 makes all classes equal.

    Example:
        >>> import numpy as np
        >>> X, y, rows = RandomUnderSample().resample(np.arange(8.0)[:, None], np.array([0] * 6 + [1] * 2), seed=0)
        >>> np.bincount(y).tolist()
        [2, 2]
    """

    ratio: float = param(1.0, minimum=1.0)

    def resample(self, X: Any, y: np.ndarray, seed: int) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """The rows kept, in their old order; their class codes; and their positions."""
        random = np.random.default_rng(seed)
        counts = np.bincount(y)
        most = int(np.ceil(self.ratio * _rarest(counts)))
        kept = [
            rows if len(rows) <= most else random.choice(rows, most, replace=False)
            for rows in (np.flatnonzero(y == code) for code in range(len(counts)))
        ]
        rows = np.sort(np.concatenate(kept))
        return _rows(X, rows), y[rows], rows


@dataclass
class RandomOverSample(Resampler):
    """Repeat random training rows of rare classes.

    Args:
        ratio: repeat until each class has this share of the rows of the most frequent class.

    Example:
        >>> import numpy as np
        >>> X, y, rows = RandomOverSample().resample(np.arange(8.0)[:, None], np.array([0] * 6 + [1] * 2), seed=0)
        >>> np.bincount(y).tolist()
        [6, 6]
    """

    ratio: float = param(1.0, minimum=0.0, maximum=1.0)

    def resample(self, X: Any, y: np.ndarray, seed: int) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """All rows, and after them the repeated ones; their class codes; and the positions they come from."""
        random = np.random.default_rng(seed)
        counts = np.bincount(y)
        least = int(np.floor(self.ratio * counts.max()))
        repeated = [
            random.choice(np.flatnonzero(y == code), least - count)
            for code, count in enumerate(counts.tolist())
            if 0 < count < least
        ]
        rows = np.concatenate([np.arange(len(y)), *repeated])
        return _rows(X, rows), y[rows], rows


@dataclass
class Smote(Resampler):
    """Make new training rows of rare classes between neighbouring rows (SMOTE, Chawla et al. 2002).

    Needs the package imbalanced-learn. Missing values are filled with the column's median first, since distances need
    numbers. A class with few rows uses as many neighbours as it has; a class of one row is repeated instead. Category
    codes are mixed as if they were numbers: use it with algorithms that get one-hot features, or with numbers alone.

    Args:
        n_neighbors: among how many nearest rows of the same class a partner is drawn.
        ratio: make rows until each class has this share of the rows of the most frequent class.

    Raises:
        DataError: when the features are no matrix of numbers.
    """

    n_neighbors: int = param(5, Int(1, 20), minimum=1)
    ratio: float = param(1.0, minimum=0.0, maximum=1.0)

    def resample(self, X: Any, y: np.ndarray, seed: int) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """All rows and after them the new ones; their class codes; and None, since the new rows have no position."""
        X = _filled(X, "Smote")
        counts = np.bincount(y)
        least = int(np.floor(self.ratio * counts.max()))
        for code, count in enumerate(counts.tolist()):
            missing = least - count
            if count == 0 or missing <= 0:
                continue
            if count == 1:
                rows = np.concatenate([np.arange(X.shape[0]), np.repeat(np.flatnonzero(y == code), missing)])
                X, y = _rows(X, rows), np.concatenate([y, np.full(missing, code, dtype=y.dtype)])
                continue
            X, y = self._grown(X, y, code, least, seed + code)
        return X, y, None

    def _grown(self, X: Any, y: np.ndarray, code: int, rows: int, seed: int) -> tuple[Any, np.ndarray]:
        """The rows with those of one class grown to `rows`."""
        smote = _imblearn("Smote").over_sampling.SMOTE
        neighbours = min(int(self.n_neighbors), int((y == code).sum()) - 1)
        grown = smote(sampling_strategy={code: rows}, k_neighbors=neighbours, random_state=seed)
        X, y = grown.fit_resample(X, y)
        return X, y


@dataclass
class NearMiss(Resampler):
    """Keep those training rows of frequent classes that are nearest to the rarest class (Zhang and Mani 2003).

    Needs the package imbalanced-learn. Missing values are filled with the column's median to measure distances.

    Args:
        version: 1: nearest to its nearest rows; 2: nearest to its farthest rows; 3: the nearest few of each of its rows.
        n_neighbors: to how many rows the distance is averaged; at most as many as the rarest class has.

    Raises:
        DataError: when the features are no matrix of numbers.
    """

    version: int = param(1, Int(1, 3), minimum=1, maximum=3)
    n_neighbors: int = param(3, Int(1, 10), minimum=1)

    def resample(self, X: Any, y: np.ndarray, seed: int) -> tuple[Any, np.ndarray, np.ndarray | None]:  # noqa: ARG002 - nothing here is random
        """The rows kept, in their old order; their class codes; and their positions."""
        near_miss = _imblearn("NearMiss").under_sampling.NearMiss
        neighbours = min(int(self.n_neighbors), _rarest(np.bincount(y)))
        chooser = near_miss(version=int(self.version), n_neighbors=neighbours, n_neighbors_ver3=neighbours)
        chooser.fit_resample(_filled(X, "NearMiss"), y)
        rows = np.sort(chooser.sample_indices_)
        return _rows(X, rows), y[rows], rows


def _rarest(counts: np.ndarray) -> int:
    """Rows of the rarest class that has any."""
    return int(counts[counts > 0].min())


def _rows(X: Any, rows: np.ndarray) -> Any:
    return rows_at(as_frame(X), rows) if hasattr(X, "iloc") else X[rows]


def _filled(X: Any, owner: str) -> Any:
    """The features with each missing value replaced by its column's median, or 0 in a sparse matrix."""
    if hasattr(X, "iloc"):
        raise DataError(
            f"{owner} measures distances between features, and this algorithm takes the table itself. "
            "Use ClassWeights or RandomOverSample for it."
        )
    if sparse.issparse(X):
        if np.isnan(X.data).any():
            X = X.copy()
            X.data[np.isnan(X.data)] = 0.0
        return X
    missing = np.isnan(X)
    if not missing.any():
        return X
    columns = np.flatnonzero(missing.any(axis=0))
    X = X.copy()
    for column in columns:
        held = X[~missing[:, column], column]
        X[missing[:, column], column] = np.median(held) if len(held) else 0.0
    return X


def _imblearn(owner: str) -> Any:
    try:
        import imblearn.over_sampling
        import imblearn.under_sampling
    except ImportError:
        raise ParameterError(
            f"{owner} needs the package imbalanced-learn; install it with: pip install 'litmus[balance]'. "
            "ClassWeights and RandomOverSample need nothing more."
        ) from None
    return imblearn
