"""Category sets of trees as columns: 0 where a row's code is in the set, 1 elsewhere, so that trees only compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from litmus.predictors.places import Places
from litmus.predictors.trees import Trees

__all__ = ["SetColumns"]


class SetColumns:
    """The columns of all sets that some forms' trees look at, to be put behind the dense features.

    Args:
        forms: trees on dense features.
        width: columns of the dense features.

    Attributes:
        forms: the same trees without sets.
        width: columns of the features with those of the sets.
    """

    def __init__(self, forms: Sequence[Trees], width: int) -> None:
        self.width = width
        self._tables: list[tuple[int, int, np.ndarray]] = []
        self.forms = tuple(self._without_sets(form) if (form.member >= 0).any() else form for form in forms)

    def _without_sets(self, form: Trees) -> Trees:
        nodes = np.flatnonzero(form.member >= 0)
        place = form.places.column[form.feature[nodes]]
        column = np.empty(len(nodes), dtype=np.int64)
        for dense in np.unique(place):
            mine = np.flatnonzero(place == dense)
            pairs = form.member[nodes[mine]].astype(np.int64) * 2 + form.missing_left[nodes[mine]]
            distinct, inverse = np.unique(pairs, return_inverse=True)
            column[mine] = self.width + inverse
            self._tables.append((int(dense), self.width, _table(form, distinct // 2, distinct % 2 == 1)))
            self.width += len(distinct)
        feature, threshold, missing = form.feature.copy(), form.threshold.copy(), form.missing_left.copy()
        columns, local = np.unique(column, return_inverse=True)
        feature[nodes], threshold[nodes], missing[nodes] = local + len(form.places.column), 0.5, False
        places = Places.dense(np.concatenate([form.places.column, columns]))
        nothing = np.full(len(form.member), -1, np.int32)
        return dataclasses.replace(
            form, feature=feature, threshold=threshold, missing_left=missing, member=nothing, places=places
        )

    def widened(self, dense: np.ndarray) -> np.ndarray:
        """The features (rows, dense features) with the columns of the sets (rows, width)."""
        if not self._tables:
            return dense
        out = np.empty((len(dense), self.width), dtype=np.float32)
        out[:, : dense.shape[1]] = dense
        for column, first, table in self._tables:
            values, last = dense[:, column], len(table) - 1
            codes = np.where((values > -1) & (values < last - 2), values, last - 2).astype(np.int64)
            codes[values == -1] = last - 1
            codes[np.isnan(values)] = last
            out[:, first : first + table.shape[1]] = table[codes]
        return out


def _table(form: Trees, sets: np.ndarray, missing_left: np.ndarray) -> np.ndarray:
    """For each code, other codes, -1 and missing: which of the sets do not hold it, uint8 (codes + 3, sets)."""
    starts, codes = form.sets.starts, form.sets.codes
    most = max((int(codes[starts[one + 1] - 1]) + 1 for one in sets if starts[one] < starts[one + 1]), default=0)
    table = np.ones((most + 3, len(sets)), dtype=np.uint8)
    for place, one in enumerate(sets):
        table[codes[starts[one] : starts[one + 1]], place] = 0
    table[-1] = ~missing_left
    if form.minus_one_missing:
        table[-2] = ~missing_left
    return table
