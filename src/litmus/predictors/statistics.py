"""Features made of statistics of categories and of their combinations, as CatBoost learns them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Self

import numpy as np

from litmus.predictors.city_hash import code_hashes
from litmus.predictors.places import Places
from litmus.predictors.stored import checked_array, damaged

__all__ = ["CATEGORY", "EXACT", "NUMBER", "Statistics", "joined_keys"]

CATEGORY, NUMBER, EXACT = 0, 1, 2
"""What an element of a combination is: a category, whether a number is above a border, whether a category is this one."""

_MULTIPLIER = np.uint64(0x4906BA494954CB65)
_APART = np.uint64(0x9E3779B97F4A7C15)  # keeps the keys of different combinations apart
_MOST_CODES = 65_536
_CHUNK = 1_024  # rows whose keys are made together


def joined_keys(values: np.ndarray, sequences: np.ndarray) -> np.ndarray:
    """The key of each combination, uint64 (rows, combinations).

    Args:
        values: of the elements, uint64 (rows, elements).
        sequences: the elements of each combination in order, -1 behind the last (combinations, longest).
    """
    keys = np.zeros((len(values), len(sequences)), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for elements in sequences.T:
            joined = _MULTIPLIER * (keys + _MULTIPLIER * values[:, np.maximum(elements, 0)])
            keys = np.where(elements >= 0, joined, keys)
        return keys ^ (_APART * np.arange(1, len(sequences) + 1, dtype=np.uint64))


@dataclasses.dataclass(frozen=True)
class Statistics:
    """Columns that trees compare, each looked up by the key of a combination of elements.

    Attributes:
        kind: of each element (elements,).
        feature: what the element looks at, counted in `places` (elements,).
        border: of a number; 0 otherwise (elements,).
        missing_above: whether a missing number counts as above the border (elements,).
        exact: the hash that a category must have; 0 otherwise, uint64 (elements,).
        sequences: the elements of each combination, -1 behind the last (combinations, longest).
        keys: known keys of all combinations, ascending uint64 (keys,).
        row_of: for each known key its number among the values of a column; 0 is for unknown keys (keys,).
        combination: which each column looks up (columns,).
        first: where the values of each column start (columns,).
        values: float32, of all columns one after another.
        places: where the features are; all of them dense.
    """

    kind: np.ndarray
    feature: np.ndarray
    border: np.ndarray
    missing_above: np.ndarray
    exact: np.ndarray
    sequences: np.ndarray
    keys: np.ndarray
    row_of: np.ndarray
    combination: np.ndarray
    first: np.ndarray
    values: np.ndarray
    places: Places

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hashes", code_hashes(_MOST_CODES))

    def moved(self, columns: np.ndarray, sparse: Sequence[tuple[int, int]]) -> Statistics:
        """The same columns from shared features; see `Form.moved`."""
        return dataclasses.replace(self, places=self.places.moved(columns, sparse))

    def columns(self, dense: np.ndarray) -> np.ndarray:
        """The columns, float32 (rows, columns), from shared features (rows, width)."""
        if len(dense) <= _CHUNK:
            return self._columns(dense)
        return np.concatenate([self._columns(dense[low : low + _CHUNK]) for low in range(0, len(dense), _CHUNK)])

    def _columns(self, dense: np.ndarray) -> np.ndarray:
        keys = joined_keys(self._element_values(dense[:, self.places.column]), self.sequences)
        at = np.minimum(self.keys.searchsorted(keys), len(self.keys) - 1)
        rows = np.where(self.keys.take(at) == keys, self.row_of.take(at), 0)
        found: np.ndarray = self.values.take(rows.take(self.combination, axis=1) + self.first, mode="clip")
        return found

    def _element_values(self, features: np.ndarray) -> np.ndarray:
        """The value of each element, uint64 (rows, elements)."""
        given = features[:, self.feature]
        above = (given > self.border) | (np.isnan(given) & self.missing_above)
        if (self.kind == NUMBER).all():
            return above.astype(np.uint64)
        hashes: np.ndarray = self._hashes  # type: ignore[attr-defined]
        missing = np.isnan(given) | (given == -1)
        known = (given > -1) & (given < _MOST_CODES)
        codes = np.where(missing, 0, np.where(known, given + 1, _MOST_CODES + 1)).astype(np.int64)
        hashed = hashes.take(codes)
        same = hashed == self.exact
        return np.where(self.kind == CATEGORY, hashed, np.where(self.kind == NUMBER, above, same).astype(np.uint64))

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays that make equal statistics, with names that start with "statistics_"."""
        names = [field.name for field in dataclasses.fields(self) if field.name != "places"]
        arrays = {name: getattr(self, name) for name in names}
        arrays |= {"at": self.places.column}
        return {f"statistics_{name}": array for name, array in arrays.items()}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Self | None:
        """The statistics that `arrays` described, or None where there are none.

        Raises:
            BundleError: when they are malformed: every index is checked.
        """
        given = {name.removeprefix("statistics_"): array for name, array in arrays.items() if "statistics_" in name}
        if not given:
            return None
        kinds = {"kind": "i", "feature": "i", "border": "f", "missing_above": "b", "exact": "u", "keys": "u",
                 "row_of": "i", "combination": "i", "first": "i", "values": "f"}  # fmt: skip
        known = {name: checked_array(given, name, kind) for name, kind in kinds.items()}
        sequences, column = checked_array(given, "sequences", "i", 2), checked_array(given, "at", "i")
        made = cls(**known, sequences=sequences, places=Places.dense(column))
        made.check()
        return made

    def check(self) -> None:
        """Raise BundleError unless every index is in range."""
        elements, lengths = (
            len(self.kind),
            {len(getattr(self, name)) for name in ("feature", "border", "missing_above", "exact")},
        )
        if lengths != {elements} or not _within(self.kind, 3) or not _within(self.feature, len(self.places.column)):
            raise damaged("the elements of combined categories are malformed")
        if (
            (self.places.column < 0).any()
            or (self.sequences < -1).any()
            or not _within(self.sequences + 1, elements + 1)
        ):
            raise damaged("the combinations of categories are malformed")
        if len(self.keys) < 1 or len(self.row_of) != len(self.keys) or (self.keys[1:] <= self.keys[:-1]).any():
            raise damaged("the keys of combined categories are malformed")
        if not _within(self.combination, len(self.sequences)) or len(self.first) != len(self.combination):
            raise damaged("the columns of combined categories are malformed")
        if (self.row_of < 0).any() or not _within(self.first, len(self.values)):
            raise damaged("the values of combined categories are malformed")


def _within(numbers: np.ndarray, size: int) -> bool:
    return not len(numbers) or bool((numbers >= 0).all() and (numbers < size).all())
