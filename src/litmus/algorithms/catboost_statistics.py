"""The statistics of categories in CatBoost's JSON: as sets of codes where one category decides, as columns elsewhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.predictors.city_hash import code_hashes
from litmus.predictors.not_converted import NotConvertedError
from litmus.predictors.places import Places
from litmus.predictors.statistics import CATEGORY, EXACT, NUMBER, Statistics, joined_keys

__all__ = ["StatisticsReader"]

_MOST_CODES = 65_536
_UNUSED = 2**64 - 1  # what an empty place of a table holds instead of a key
_KINDS = {"cat_feature_value": CATEGORY, "float_feature": NUMBER, "cat_feature_exact_value": EXACT}


class StatisticsReader:
    """Reads the statistics of a model.

    Args:
        model: the model as JSON.
        numeric, categorical: the algorithm's features that are the model's numbers and categories, in order.
    """

    def __init__(self, model: dict[str, Any], numeric: Sequence[int], categorical: Sequence[int]) -> None:
        info = model["features_info"]
        self._tables = {_sorted_name(name): table for name, table in model.get("ctr_data", {}).items()}
        self._ctrs = info.get("ctrs") or []
        self._numeric, self._categorical = numeric, categorical
        above = {
            feature["feature_index"]: feature["nan_value_treatment"] == "AsTrue" for feature in info["float_features"]
        }
        self._missing_above = above
        self._elements: dict[tuple[Any, ...], int] = {}
        self._sequences: dict[tuple[int, ...], int] = {}
        self._keys: list[np.ndarray] = []
        self._rows: list[np.ndarray] = []
        self._columns: list[tuple[int, np.ndarray]] = []

    def splits(self) -> list[Any]:
        """The splits of the model's statistics, in the order in which it numbers them."""
        from litmus.algorithms.catboost_trees import Split

        splits = []
        for ctr in self._ctrs:
            keys, values = self._values(ctr)
            elements = ctr["elements"]
            if len(elements) == 1 and elements[0]["combination_element"] == "cat_feature_value":
                feature = self._categorical[elements[0]["cat_feature_index"]]
                by_code = _by_code(keys, values)
                splits += [_set_split(feature, by_code, float(values[0]), border) for border in ctr["borders"]]
            else:
                column = self._add_column(elements, keys, values)
                splits += [Split(column, border, derived=True) for border in ctr["borders"]]
        return splits

    def _values(self, ctr: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Known keys, and the statistic of an unknown key followed by those of the known ones, float32."""
        table = self._tables[_sorted_name(ctr["identifier"])]
        stride = int(table["hash_stride"])
        cells = np.array([int(cell) if isinstance(cell, str) else cell for cell in table["hash_map"]], dtype=object)
        cells = cells.reshape(-1, stride)
        cells = cells[[key != _UNUSED for key in cells[:, 0]]]
        keys, counts = cells[:, 0].astype(np.uint64), cells[:, 1:].astype(np.float64)
        kind, border = ctr["ctr_type"], int(ctr["target_border_idx"])
        if kind == "Borders":
            good, total = counts[:, border + 1 :].sum(axis=1), counts.sum(axis=1)
        elif kind == "Buckets":
            good, total = counts[:, border], counts.sum(axis=1)
        elif kind in ("Counter", "FeatureFreq"):
            good, total = counts[:, 0], np.full(len(counts), float(table["counter_denominator"]))
        elif kind in ("BinarizedTargetMeanValue", "FloatTargetMeanValue"):
            good, total = counts[:, 0], counts[:, 1]
        else:
            raise NotConvertedError(
                f"The CatBoost model has statistics of the kind {kind!r}, which cannot be converted."
            )
        unknown = float(table["counter_denominator"]) if kind in ("Counter", "FeatureFreq") else 0.0
        good, total = np.append(0.0, good).astype(np.float32), np.append(unknown, total).astype(np.float32)
        prior = np.float32(ctr["prior_numerator"]), np.float32(ctr["prior_denomerator"])
        values = (good + prior[0]) / (total + prior[1])
        return keys, (values + np.float32(ctr["shift"])) * np.float32(ctr["scale"])

    def _add_column(self, elements: list[dict[str, Any]], keys: np.ndarray, values: np.ndarray) -> int:
        """Add a column of statistics and return its number."""
        ordered = sorted(elements, key=lambda element: _KINDS[element["combination_element"]])
        sequence = tuple(self._element(element) for element in ordered)
        number = self._sequences.setdefault(sequence, len(self._sequences))
        order = np.argsort(keys)
        if number == len(self._keys):
            self._keys.append(keys[order])
            self._rows.append(np.arange(1, len(keys) + 1))
        elif not np.array_equal(self._keys[number], keys[order]):
            raise NotConvertedError("The CatBoost model has several tables of the same categories with other keys.")
        self._columns.append((number, np.append(values[:1], values[1:][order])))
        return len(self._columns) - 1

    def _element(self, element: dict[str, Any]) -> int:
        kind = _KINDS[element["combination_element"]]
        if kind == NUMBER:
            index = element["float_feature_index"]
            key = (kind, self._numeric[index], np.float32(element["border"]).item(), self._missing_above[index], 0)
        else:
            exact = int(element.get("value", 0)) & 0xFFFFFFFF
            exact |= 0xFFFFFFFF00000000 if exact >> 31 else 0
            key = (kind, self._categorical[element["cat_feature_index"]], 0.0, False, exact if kind == EXACT else 0)
        return self._elements.setdefault(key, len(self._elements))

    def statistics(self) -> Statistics | None:
        """The columns that were added, or None when there are none."""
        if not self._columns:
            return None
        kinds, features, borders, missing, exact = zip(*self._elements, strict=True)
        used, local = np.unique(features, return_inverse=True)
        longest = max(map(len, self._sequences))
        sequences = np.array([[*sequence, *[-1] * (longest - len(sequence))] for sequence in self._sequences])
        apart = joined_keys(np.zeros((1, 1), dtype=np.uint64), np.full((len(sequences), 1), -1))[0]
        keys = np.concatenate([part ^ mark for part, mark in zip(self._keys, apart, strict=True)])
        order = np.argsort(keys)
        if (np.diff(keys[order]) == 0).any():
            raise NotConvertedError("Two combinations of categories of the CatBoost model have the same key.")
        sizes = [len(values) for _, values in self._columns]
        return Statistics(
            kind=np.array(kinds),
            feature=local.astype(np.int64),
            border=np.array(borders, dtype=np.float32),
            missing_above=np.array(missing, dtype=bool),
            exact=np.array(exact, dtype=np.uint64),
            sequences=sequences,
            keys=keys[order],
            row_of=np.concatenate(self._rows)[order],
            combination=np.array([number for number, _ in self._columns]),
            first=np.cumsum([0, *sizes[:-1]]),
            values=np.concatenate([values for _, values in self._columns]),
            places=Places.dense(used),
        )


def _sorted_name(name: str) -> str:
    """A name of a table that does not depend on how numbers were written."""
    return json.dumps(json.loads(name), sort_keys=True)


def _by_code(keys: np.ndarray, values: np.ndarray) -> dict[int, float]:
    """The statistic of each category code from those of keys; -1 stands for missing."""
    hashes = code_hashes(_MOST_CODES)[:-1]
    made = joined_keys(hashes[:, None], np.zeros((1, 1), dtype=np.int64))[:, 0]
    made ^= joined_keys(np.zeros((1, 1), dtype=np.uint64), np.full((1, 1), -1))[0]
    _, at, codes = np.intersect1d(keys, made, return_indices=True)
    if len(at) < len(keys):
        raise NotConvertedError(f"The CatBoost model has categories that are no codes below {_MOST_CODES:,}.")
    return dict(zip((codes - 1).tolist(), values[1 + at].tolist(), strict=True))


def _set_split(feature: int, by_code: dict[int, float], unknown: float, border: float) -> Any:
    """A split of a category's statistic as a set of codes: those that differ from codes never seen."""
    from litmus.algorithms.catboost_trees import Split

    usual = unknown > border
    codes = tuple(sorted(code for code, value in by_code.items() if code >= 0 and (value > border) != usual))
    return Split(feature, codes=codes, in_set=not usual, missing=by_code.get(-1, unknown) > border)
