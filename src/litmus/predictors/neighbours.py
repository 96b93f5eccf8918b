"""Nearest neighbours: the training rows themselves, searched by measuring every distance."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from litmus.predictors.form import Form, SparseBlock
from litmus.predictors.linear import repaired
from litmus.predictors.places import Places
from litmus.predictors.stored import checked_array, damaged

__all__ = ["Neighbours"]

_CHUNK = 64  # rows whose distances are measured together
_SOFTENING = 0.1  # share of the farthest neighbour's distance that is added to each
_EVERY = 8  # of so many numbers one is looked at to find which may be among the smallest
_SPARE = 16  # candidates beyond the neighbours wanted, for the order that float32 may get wrong


@dataclasses.dataclass(frozen=True)
class Neighbours(Form):
    """Votes or means of the nearest training rows.

    Attributes:
        rows: training rows, float32 (training rows, features).
        votes: what each of them says, float64 (training rows, outputs); one column for regression.
        weight: of each of them (training rows,), or None.
        neighbours: how many answer.
        by_distance: whether closer rows count more.
        extra: what counts as one more neighbour of every row (outputs,), or None.
        columns: of the scores; 0 for regression.
        places: where the features are.
    """

    rows: np.ndarray
    votes: np.ndarray
    weight: np.ndarray | None
    neighbours: int
    by_distance: bool
    extra: np.ndarray | None
    columns: int
    places: Places

    def __post_init__(self) -> None:
        lengths = np.einsum("ij,ij->i", self.rows, self.rows, dtype=np.float64)
        object.__setattr__(self, "_lengths", lengths.astype(np.float32))
        object.__setattr__(self, "_across", np.ascontiguousarray(-2 * self.rows.T))

    @property
    def outputs(self) -> int:
        """Columns of the scores; 0 for regression."""
        return self.columns

    def moved(self, columns: np.ndarray, width: int, sparse: Sequence[tuple[int, int]] = ()) -> Neighbours:
        """The same rows on shared features; see `Form.moved`."""
        del width
        return dataclasses.replace(self, places=self.places.moved(columns, sparse))

    def scores(self, dense: np.ndarray, sparse: Sequence[SparseBlock] = ()) -> np.ndarray:
        """The neighbours' answers, float64 (rows, outputs), or (rows,) for regression."""
        values = repaired(self.places.gathered(dense, sparse, 0.0))
        parts = [self._answers(values[low : low + _CHUNK]) for low in range(0, len(values), _CHUNK)]
        scores = np.concatenate(parts) if parts else np.empty((0, self.votes.shape[1]))
        return scores if self.columns else scores[:, 0]

    def _answers(self, values: np.ndarray) -> np.ndarray:
        distances, positions = self._nearest(values)
        shares = np.ones_like(distances)
        if self.by_distance:  # a little is added, so that one row at distance zero does not silence all others
            farthest = np.maximum(distances[:, -1:], np.finfo(np.float32).tiny)
            shares = 1.0 / (distances + _SOFTENING * farthest)
        if self.weight is not None:
            shares = shares * self.weight[positions]
            shares[shares.sum(axis=1) <= 0] = 1.0
        shares = shares / shares.sum(axis=1, keepdims=True)
        answers: np.ndarray = np.einsum("rn,rno->ro", shares, self.votes[positions])
        if self.extra is None:
            return answers
        return (self.neighbours * answers + self.extra) / (self.neighbours + 1)

    def _nearest(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distances and positions of the nearest training rows, nearest first: (rows, neighbours).

        Squared distances less the asking row's own length order the training rows; the nearest of them, and some more, are
        measured again in float64.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            about = values @ self._across  # type: ignore[attr-defined]
            about += self._lengths  # type: ignore[attr-defined]
        wanted = min(self.neighbours + _SPARE, len(self.rows))
        near = np.sort(_smallest(about, wanted), axis=1)
        apart = self.rows[near].astype(np.float64) - values[:, None, :]
        squared = np.einsum("rnf,rnf->rn", apart, apart)
        order = np.argsort(squared, axis=1, kind="stable")[:, : self.neighbours]
        return np.sqrt(np.take_along_axis(squared, order, axis=1)), np.take_along_axis(near, order, axis=1)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays; see `Form.state`."""
        arrays = {"rows": self.rows, "votes": self.votes} | self.places.arrays()
        if self.weight is not None:
            arrays["weight"] = self.weight
        if self.extra is not None:
            arrays["extra"] = self.extra
        return {"neighbours": self.neighbours, "by_distance": self.by_distance, "outputs": self.columns}, arrays

    @classmethod
    def from_state(cls, values: dict[str, Any], arrays: dict[str, np.ndarray]) -> Self:
        """The form that `state` described; see `Form.from_state`."""
        rows = checked_array(arrays, "rows", "f", 2).astype(np.float32)
        votes = checked_array(arrays, "votes", "f", 2).astype(np.float64)
        weight = checked_array(arrays, "weight", "f").astype(np.float64) if "weight" in arrays else None
        extra = checked_array(arrays, "extra", "f").astype(np.float64) if "extra" in arrays else None
        places, neighbours, outputs = Places.from_arrays(arrays), values.get("neighbours"), values.get("outputs")
        if rows.shape[1] != len(places.column) or len(votes) != len(rows) or not np.isfinite(rows).all():
            raise damaged("the training rows do not fit their features or answers")
        if (weight is not None and weight.shape != rows.shape[:1]) or (
            extra is not None and extra.shape != votes.shape[1:]
        ):
            raise damaged("the weights do not fit the training rows")
        if not isinstance(neighbours, int) or not 1 <= neighbours <= len(rows):
            raise damaged("the number of neighbours does not fit the training rows")
        if not isinstance(outputs, int) or votes.shape[1] != max(outputs, 1):
            raise damaged("the outputs do not fit the answers")
        return cls(rows, votes, weight, neighbours, bool(values.get("by_distance")), extra, outputs, places)


def _smallest(numbers: np.ndarray, wanted: int) -> np.ndarray:
    """The places of the `wanted` smallest numbers of each row (rows, wanted), in any order.

    So many of every eighth number are at most the last one of these, so that only a few of all numbers are to be ordered.
    """
    count = numbers.shape[1]
    if wanted >= count:
        return np.tile(np.arange(count), (len(numbers), 1))
    some = numbers[:, ::_EVERY]
    if some.shape[1] < 4 * wanted:
        return np.argpartition(numbers, wanted - 1, axis=1)[:, :wanted]
    bounds = np.partition(some, wanted - 1, axis=1)[:, wanted - 1]
    found = np.empty((len(numbers), wanted), dtype=np.intp)
    for row, (line, bound) in enumerate(zip(numbers, bounds, strict=True)):
        places = (line <= bound).nonzero()[0]
        if len(places) < wanted:  # such as numbers that overflowed
            places = np.arange(count)
        found[row] = places if len(places) == wanted else places[np.argpartition(line[places], wanted - 1)[:wanted]]
    return found
