"""Nearest neighbours: the answer of the training rows that look most alike."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from litmus.algorithms.base import CategoryEncoding
from litmus.algorithms.builtin import BuiltIn, BuiltInClassifier, BuiltInRegressor
from litmus.algorithms.context import FitContext
from litmus.algorithms.family import Family
from litmus.algorithms.fitted_files import read_arrays, write_arrays
from litmus.algorithms.matrices import is_sparse
from litmus.algorithms.targets import ClassTarget
from litmus.algorithms.thread_limits import limit_threads
from litmus.component import Choice, Int, param
from litmus.predictors.form import Form
from litmus.predictors.neighbours import Neighbours
from litmus.predictors.not_converted import NotConvertedError
from litmus.predictors.places import Places

__all__ = ["NearestNeighbours", "NearestNeighboursClassifier", "NearestNeighboursRegressor"]

_CHUNK = 1_024  # rows answered at once, so that memory does not grow with the question
_SOFTENING = 0.1  # share of the farthest neighbour's distance that is added to each
_FEW_FEATURES = 12  # up to here a k-d tree is faster than measuring every distance


@dataclasses.dataclass
class NearestNeighboursParameters(BuiltIn):
    """The parameters of nearest neighbours and scikit-learn's search for them.

    The range of neighbours ends at a fifth of the training rows, beyond which answers are nearly the mean.
    """

    accepts = "sparse"
    wants_scaled = True
    categories: ClassVar[CategoryEncoding] = "onehot"

    n_neighbors: int = param(
        20, Int(1, 200, log=True), minimum=1, share_of_rows=0.2, help="how many training rows answer"
    )
    weights: str = param("distance", Choice("distance", "uniform"), help="whether closer rows count more")

    def _learn(self, X: Any, y: np.ndarray, context: FitContext) -> None:
        self.rows_, self.y_ = X.copy(), y
        self.weight_ = context.sample_weight
        self._index()

    def _index(self) -> None:
        """Prepare the search; it depends on nothing but the rows, so a restored one finds the same neighbours."""
        from sklearn.neighbors import NearestNeighbors

        flat = is_sparse(self.rows_) or self.rows_.shape[1] > _FEW_FEATURES
        search = NearestNeighbors(
            n_neighbors=min(self.n_neighbors, self.rows_.shape[0]), algorithm="brute" if flat else "kd_tree"
        )
        self.search_ = search.fit(self.rows_)
        if isinstance(self.target_, ClassTarget):
            self.shares_ = self.target_.prior[self.target_.codes]

    def _neighbours(self, X: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """For each chunk of rows: positions of the neighbours and their weights, both (rows, neighbours)."""
        if is_sparse(X) != is_sparse(self.rows_):
            X = type(self.rows_)(X) if is_sparse(self.rows_) else X.toarray()
        with limit_threads(self._threads_for(X.shape[0])):
            for start in range(0, X.shape[0], _CHUNK):
                distances, positions = self.search_.kneighbors(X[start : start + _CHUNK])
                yield positions, self._vote(distances, positions)

    def _vote(self, distances: np.ndarray, positions: np.ndarray) -> np.ndarray:
        distances = distances.astype(np.float64)
        if self.weights == "uniform":
            votes = np.ones_like(distances)
        else:  # a little is added, so that one row at distance zero does not silence all others
            farthest = np.maximum(distances[:, -1:], np.finfo(np.float32).tiny)
            votes = 1.0 / (distances + _SOFTENING * farthest)
        if self.weight_ is not None:
            votes = votes * self.weight_[positions]
            votes[votes.sum(axis=1) <= 0] = 1.0
        return votes / votes.sum(axis=1, keepdims=True)

    @abstractmethod
    def _respond(self, X: Any) -> np.ndarray:
        """The neighbours' answers, weighted."""

    def feature_importance(self) -> np.ndarray | None:
        """None: every feature counts alike."""
        return None

    def _lower(self) -> Form:
        if is_sparse(self.rows_):
            raise NotConvertedError(
                "Nearest neighbours among sparse rows have no form of their own; they are served as they are."
            )
        target = self.target_
        neighbours, extra = min(self.n_neighbors, len(self.y_)), None
        if isinstance(target, ClassTarget):
            votes = np.zeros((len(self.y_), len(target.prior)))
            votes[np.arange(len(self.y_)), target.codes[self.y_.astype(np.int64)]] = 1.0
            extra, outputs = target.prior, len(target.prior)
        else:
            votes, outputs = target.decode(self.y_)[:, None], 0
        places = Places.dense(np.arange(self.rows_.shape[1]))
        by_distance = self.weights == "distance"
        return Neighbours(self.rows_, votes, self.weight_, neighbours, by_distance, extra, outputs, places)

    def _write(self, folder: Path) -> dict[str, Any]:
        arrays = {"y": self.y_} | ({} if self.weight_ is None else {"weight": self.weight_})
        if is_sparse(self.rows_):
            arrays |= {name: getattr(self.rows_, name) for name in ("data", "indices", "indptr")}
        else:
            arrays["rows"] = self.rows_
        write_arrays(folder / "rows.npz", arrays)
        return {"sparse": is_sparse(self.rows_), "rows": self.rows_.shape[0]}

    def _read(self, folder: Path, values: dict[str, Any]) -> None:
        arrays = read_arrays(folder / "rows.npz")
        shape = (int(values["rows"]), self.n_features_)
        self.y_, self.weight_ = arrays["y"], arrays.get("weight")
        if values["sparse"]:
            from scipy.sparse import csr_matrix

            self.rows_ = csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
            self.rows_.check_format(full_check=True)
        else:
            self.rows_ = arrays["rows"]
        if self.rows_.shape != shape or self.y_.shape != shape[:1] or self.rows_.dtype != np.float32:
            raise ValueError("rows.npz holds rows of another shape")
        if (self.weight_ is not None and self.weight_.shape != shape[:1]) or self.y_.dtype.kind not in "if":
            raise ValueError("rows.npz holds other targets or weights than rows")
        self._index()


@dataclasses.dataclass
class NearestNeighboursClassifier(NearestNeighboursParameters, BuiltInClassifier):
    """Classes by the votes of the nearest training rows."""

    def _respond(self, X: Any) -> np.ndarray:
        parts = []
        for positions, votes in self._neighbours(X):
            labels = self.y_[positions]
            parts.append(
                np.stack([(votes * (labels == code)).sum(axis=1) for code in range(self.target_.size)], axis=1)
            )
        # The class shares in training count as one more neighbour: few votes are no certainty.
        neighbours = min(self.n_neighbors, len(self.y_))
        return (neighbours * np.concatenate(parts) + self.shares_) / (neighbours + 1)


@dataclasses.dataclass
class NearestNeighboursRegressor(NearestNeighboursParameters, BuiltInRegressor):
    """Numbers by the mean of the nearest training rows."""

    def _respond(self, X: Any) -> np.ndarray:
        return np.concatenate([(votes * self.y_[positions]).sum(axis=1) for positions, votes in self._neighbours(X)])


class NearestNeighbours(Family):
    """Votes or means of the nearest training rows.

    Example:
        >>> NearestNeighbours().hyperparams(n_neighbors=5)
        NearestNeighbours(n_neighbors=5)
    """

    classifier = NearestNeighboursClassifier
    regressor = NearestNeighboursRegressor
