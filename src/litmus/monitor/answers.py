"""Answers and labels as codes: what an endpoint wrote down as text or number → the classes of its model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from litmus.data import Target
from litmus.monitor.baseline import label_text

__all__ = ["codes_of", "values_of"]


def codes_of(values: pd.Series, classes: Sequence[object]) -> np.ndarray:
    """Labels → codes, -1 where a value is missing or no class.

    Captured labels may have changed their type: "1", 1 and 1.0 are the same class, and so are True and "true".

    Args:
        values: labels (rows,), of any type.
        classes: the classes in the order of their codes.

    Example:
        >>> codes_of(pd.Series([1.0, 0.0, None]), ("0", "1")).tolist()
        [1, 0, -1]
    """
    known = {_plain(label): code for code, label in enumerate(classes)}
    codes, distinct = pd.factorize(values)
    lookup = np.array([known.get(_plain(value), -1) for value in distinct] + [-1], dtype=np.int64)
    return lookup[codes]


def values_of(values: pd.Series) -> np.ndarray:
    """Predicted or true numbers as float64, NaN where there is none."""
    return pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def truth_of(values: pd.Series, target: Target) -> np.ndarray:
    """True labels as class codes, -1 where unknown; or as values, NaN where unknown."""
    return values_of(values) if target.task == "regression" else codes_of(values, target.classes)


def _plain(value: object) -> str:
    """A label in one spelling."""
    text = label_text(value).strip()
    if text in ("True", "False"):
        return text.lower()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else str(number)
