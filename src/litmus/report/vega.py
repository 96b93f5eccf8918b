"""Vega-Lite specifications in the form that every chart of the report shares.

Sizes, fonts and colours are the page's, so that one specification suits a light and a dark page, wide or narrow. The
grammar is at https://vega.github.io/vega-lite/docs/.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["axis", "chart_spec", "records", "significant", "thinned"]


def significant(values: np.ndarray | Sequence[float], digits: int = 4) -> list[float | None]:
    """Values rounded to some digits, ready for JSON; what is not finite becomes None.

    Example:
        >>> significant([0.123456, 98765.4, float("nan")])
        [0.1235, 98770.0, None]
    """
    array = np.asarray(values, dtype=np.float64)
    finite = np.isfinite(array)
    size = np.where(finite & (array != 0), np.abs(array), 1.0)
    factor = 10.0 ** (digits - 1 - np.floor(np.log10(size)))
    rounded = np.where(finite, np.round(np.where(finite, array, 0.0) * factor) / factor, np.nan)
    return [None if math.isnan(value) else float(f"{value:.{digits}g}") for value in rounded.tolist()]


def thinned(length: int, most: int) -> np.ndarray:
    """Positions of at most `most` of `length` points, evenly spread, the first and the last included."""
    if length <= most:
        return np.arange(length)
    return np.unique(np.linspace(0, length - 1, most).round().astype(np.int64))


def records(**columns: Sequence[Any]) -> list[dict[str, Any]]:
    """Columns as the list of objects that Vega-Lite reads."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def axis(field: str, title: str | None, *, kind: str = "quantitative", **options: Any) -> dict[str, Any]:
    """An encoding channel; an option of None, such as `legend=None`, turns the thing off."""
    return {"field": field, "type": kind, "title": title, **options}


def chart_spec(
    description: str,
    *,
    layers: Iterable[Mapping[str, Any]],
    data: Sequence[Mapping[str, Any]] | None = None,
    height: int = 260,
    **options: Any,
) -> dict[str, Any]:
    """A chart of layers as wide as its place; `description` is what a screen reader says."""
    spec: dict[str, Any] = {
        "description": description,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "layer": [dict(layer) for layer in layers],
        **options,
    }
    if data is not None:
        spec["data"] = {"values": list(data)}
    return spec
