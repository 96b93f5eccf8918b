"""Targets with several labels in one cell: lists, sets, or labels joined in one text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["find_separator", "holds_lists", "label_lists", "lists_to_flags"]

_SEPARATORS = ("|", ";", ",", " ")


def holds_lists(column: pd.Series) -> bool:
    """Whether the first value that is not missing is a list, a tuple, a set or an array of labels."""
    if column.dtype != object:
        return False
    first = next(
        (value for value in column if value is not None and not (isinstance(value, float) and np.isnan(value))), None
    )
    return isinstance(first, list | tuple | set | frozenset | np.ndarray)


def find_separator(column: pd.Series) -> str:
    """What stands between the labels of joined texts such as "news|sport"."""
    texts = column.dropna().astype("str")
    found = {separator: int(texts.str.contains(separator, regex=False).sum()) for separator in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda separator: found[separator])
    return best if found[best] else "|"


def label_lists(column: pd.Series, separator: str = "") -> list[list[Any] | None]:
    """The labels of each row, or None where the cell is missing. An empty list is a row with no label."""
    return [_labels(value, separator) for value in column]


def _labels(value: Any, separator: str) -> list[Any] | None:
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [label.item() if isinstance(label, np.generic) else label for label in value]
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return None
    if separator:
        return [label.strip() for label in str(value).split(separator) if label.strip()]
    return [value]


def lists_to_flags(rows: Sequence[list[Any] | None], classes: Sequence[Any]) -> tuple[np.ndarray, list[list[Any]]]:
    """The labels as int8 0/1 (rows, classes), and for each row the labels that are none of the classes."""
    position = {label: code for code, label in enumerate(classes)}
    flags = np.zeros((len(rows), len(classes)), dtype=np.int8)
    unknown: list[list[Any]] = []
    for row, labels in enumerate(rows):
        codes = [position.get(label, -1) for label in labels or ()]
        flags[row, [code for code in codes if code >= 0]] = 1
        unknown.append([label for label, code in zip(labels or (), codes, strict=True) if code < 0])
    return flags, unknown
