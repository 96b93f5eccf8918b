"""Networks of the same shape, such as those of folds, as one stack of matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from litmus.predictors.engine import Engine, Row, Rows
from litmus.predictors.form import Form
from litmus.predictors.linear import repaired
from litmus.predictors.network import Network

__all__ = ["NetworkEngine"]


class NetworkEngine(Engine):
    """One row goes through all networks at once; many rows go through one after another."""

    name = "networks"

    def __init__(self, forms: Sequence[Network], threads: int) -> None:
        del threads
        self._forms = tuple(forms)
        self._columns = np.stack([form.places.column for form in forms])
        self._layers = [
            (
                np.stack([form.weights[layer].astype(np.float32) for form in forms]),
                np.stack([form.offsets[layer][None].astype(np.float32) for form in forms]),
            )
            for layer in range(len(forms[0].weights))
        ]

    @classmethod
    def takes(cls, forms: Sequence[Form]) -> bool:
        """See `Engine.takes`."""
        networks = [form for form in forms if isinstance(form, Network) and form.places.all_dense]
        return len(networks) == len(forms) and len({_shapes(form) for form in networks}) == 1

    @property
    def said(self) -> str:
        """See `Engine.said`."""
        return f"{len(self._forms):,} networks in one stack of matrices"

    @property
    def n_bytes(self) -> int:
        """See `Engine.n_bytes`."""
        return sum(weights.nbytes for weights, _ in self._layers)

    def row(self, row: Row) -> np.ndarray:
        """See `Engine.row`."""
        values = repaired(row.dense[0].take(self._columns))[:, None, :]
        for weights, offsets in self._layers[:-1]:
            values = np.matmul(values, weights)
            values += offsets
            np.maximum(values, 0, out=values)
        weights, offsets = self._layers[-1]
        numbers: np.ndarray = (np.matmul(values, weights) + offsets).ravel().astype(np.float64)
        return numbers

    def rows(self, rows: Rows) -> np.ndarray:
        """See `Engine.rows`."""
        return np.concatenate([form.raw(rows.dense, rows.sparse) for form in self._forms], axis=1)


def _shapes(form: Network) -> tuple[tuple[int, ...], ...]:
    return tuple(weights.shape for weights in form.weights)
