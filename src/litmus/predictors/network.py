"""Multilayer perceptrons: layers of weights with nothing negative between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np

from litmus.predictors.answer import Answer
from litmus.predictors.form import RawForm, SparseBlock
from litmus.predictors.linear import repaired
from litmus.predictors.places import Places
from litmus.predictors.stored import checked_array, damaged

__all__ = ["Network", "Precision"]

Precision = Literal["float32", "float16", "int8"]
"""How the weights of a network are written down."""

_STEPS = 127  # of int8, on either side of zero

_CHUNK = 4_096  # rows that go through the layers together


@dataclasses.dataclass(frozen=True)
class Network(RawForm):
    """Dense layers in float32; between layers negative numbers become 0.

    Attributes:
        weights: of each layer (inputs, outputs).
        offsets: of each layer (outputs,).
        places: where the features are.
        answer: how the last layer's numbers become scores.
        precision: how the weights are saved; in memory they are float32 that this precision can hold.
    """

    weights: tuple[np.ndarray, ...]
    offsets: tuple[np.ndarray, ...]
    places: Places
    answer: Answer
    precision: Precision = "float32"

    @classmethod
    def of(cls, weights: Sequence[np.ndarray], offsets: Sequence[np.ndarray], answer: Answer) -> Self:
        """A network on the features of its algorithm."""
        return cls(tuple(weights), tuple(offsets), Places.dense(np.arange(len(weights[0]))), answer)

    def moved(self, columns: np.ndarray, width: int, sparse: Sequence[tuple[int, int]] = ()) -> Network:
        """The same network on shared features; see `Form.moved`."""
        del width
        return dataclasses.replace(self, places=self.places.moved(columns, sparse))

    def raw(self, dense: np.ndarray, sparse: Sequence[SparseBlock] = ()) -> np.ndarray:
        """The last layer's numbers float64 (rows, raw); see `RawForm.raw`."""
        if len(dense) <= _CHUNK or not self.places.all_dense:
            return self._through(repaired(self.places.gathered(dense, sparse, 0.0)))
        parts = range(0, len(dense), _CHUNK)
        return np.concatenate([self._through(repaired(dense[low : low + _CHUNK, self.places.column])) for low in parts])

    def _through(self, values: np.ndarray) -> np.ndarray:
        last = len(self.weights) - 1
        for number, (weights, offsets) in enumerate(zip(self.weights, self.offsets, strict=True)):
            values = values @ weights.astype(np.float32, copy=False)
            values += offsets
            if number < last:
                np.maximum(values, 0, out=values)
        return values.astype(np.float64)

    def rounded(self, precision: Precision) -> Network:
        """The network with its weights rounded to what fewer bits can hold; offsets stay as they are."""
        written = [_written(weights, precision) for weights in self.weights]
        return dataclasses.replace(self, weights=tuple(_read(*pair) for pair in written), precision=precision)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Plain values and arrays; see `Form.state`."""
        arrays = self.places.arrays()
        for number, (weights, offsets) in enumerate(zip(self.weights, self.offsets, strict=True)):
            cells, steps = _written(weights, self.precision)
            arrays |= {f"weights{number:02d}": cells, f"offsets{number:02d}": offsets, f"steps{number:02d}": steps}
        return {"layers": len(self.weights), "precision": self.precision, "answer": self.answer.to_json()}, arrays

    @classmethod
    def from_state(cls, values: dict[str, Any], arrays: dict[str, np.ndarray]) -> Self:
        """The network that `state` described; see `Form.from_state`."""
        layers, places = values.get("layers"), Places.from_arrays(arrays)
        if not isinstance(layers, int) or not 1 <= layers <= 99:
            raise damaged("the number of layers is no number from 1 to 99")
        precision = values.get("precision")
        if precision not in ("float32", "float16", "int8"):
            raise damaged(f"the precision {precision!r} of a network is unknown")
        weights = tuple(_layer(arrays, number) for number in range(layers))
        offsets = tuple(checked_array(arrays, f"offsets{number:02d}", "f") for number in range(layers))
        width = len(places.column)
        for matrix, vector in zip(weights, offsets, strict=True):
            if matrix.shape != (width, len(vector)) or not (np.isfinite(matrix).all() and np.isfinite(vector).all()):
                raise damaged("the layers do not fit each other")
            width = len(vector)
        return cls(weights, offsets, places, Answer.from_json(values.get("answer"), width), precision)


def _written(weights: np.ndarray, precision: Precision) -> tuple[np.ndarray, np.ndarray]:
    """The weights as they are saved, and what one step of each neuron's whole numbers is worth (outputs,)."""
    if precision != "int8":
        return weights.astype(np.float16 if precision == "float16" else np.float32), np.ones(
            weights.shape[1], np.float32
        )
    steps = (np.abs(weights).max(axis=0, initial=0.0) / _STEPS).astype(np.float32)
    steps[steps == 0] = 1.0
    return np.clip(np.rint(weights / steps), -_STEPS, _STEPS).astype(np.int8), steps


def _read(cells: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """The weights from what is saved."""
    return cells.astype(np.float32) * steps if cells.dtype.kind == "i" else cells.astype(np.float32)


def _layer(arrays: dict[str, np.ndarray], number: int) -> np.ndarray:
    cells = checked_array(arrays, f"weights{number:02d}", "fi", 2)
    steps = checked_array(arrays, f"steps{number:02d}", "f")
    if steps.shape != cells.shape[1:]:
        raise damaged("the steps of a layer do not fit its neurons")
    return _read(cells, steps)
