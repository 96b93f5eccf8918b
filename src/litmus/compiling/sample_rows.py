"""Rows that a compiled model is compared on: some of the training table, and made-up ones at the edges of each column."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.data.schema import Column, Schema

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["edge_rows", "sample_rows"]

_ROWS = 200
_CELLS = 200_000
_EDGE_ROWS = 40
_SHARE = 0.3  # of a made-up row's values are at an edge, so that one odd value does not hide what another one does
_EDGES: Mapping[str, tuple[Any, ...]] = {
    "numeric": (None, 0, -1, 1e6, -1e6, 1e-30, 2**40, 1e30, -1e30, 1e300, 0.1, 16_777_217),
    "categorical": (None, "", "never seen before", "ŧ\u0308", "x" * 10_000),
    "text": (None, "", "ŧ\u0308 Never!  seen, before… 42", "words " * 1_666, "a", "ÅNGSTRÖM\n1.5"),
    "boolean": (None, True, False),
    "datetime": (
        None,
        dt.datetime(1900, 1, 1),  # noqa: DTZ001 - UTC without a zone, as columns have it
        dt.datetime(2100, 12, 31, 23, 59, 59, 999_999),  # noqa: DTZ001
        dt.datetime(2024, 2, 29, 12, 30),  # noqa: DTZ001
    ),
}
"""Kind → values that are rare in training and common in trouble."""


def sample_rows(table: pd.DataFrame, schema: Schema, seed: int = 0) -> list[dict[str, Any]]:
    """Some rows of a table with canonical columns as plain Python values, None where missing.

    Args:
        table: the rows.
        schema: their columns.
        seed: which rows.
    """
    count = min(len(table), _ROWS, max(16, _CELLS // max(1, len(schema.inputs))))
    positions = np.sort(np.random.default_rng(seed).choice(len(table), count, replace=False))
    some = table.iloc[positions]
    columns = {name: [_plain(value) for value in some[name].tolist()] for name in schema.inputs if name in some}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def edge_rows(schema: Schema, rows: Sequence[Mapping[str, Any]], seed: int = 0) -> list[dict[str, Any]]:
    """Made-up rows: one with every optional value missing, and others with values at the edges of their columns.

    Args:
        schema: the columns.
        rows: real rows, from which the other values are taken.
        seed: which values.
    """
    chance = random.Random(seed)  # noqa: S311 - rows for a comparison, no secret
    columns = [schema[name] for name in schema.inputs if schema[name].kind in _EDGES]
    made = [{column.name: None for column in columns if column.required}]
    count = min(_EDGE_ROWS, max(8, _CELLS // max(1, len(columns))))
    for number in range(count):
        base = dict(rows[number % len(rows)])
        base |= {column.name: _edge(column, number, chance) for column in columns if chance.random() < _SHARE}
        made.append(base)
    return made


def _edge(column: Column, number: int, chance: random.Random) -> Any:
    edges = _EDGES[column.kind]
    return edges[(number + chance.randrange(2)) % len(edges)]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if value == value else None  # noqa: PLR0124 - NaN differs from itself
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "to_pydatetime"):
        return None if value != value else value.to_pydatetime()  # noqa: PLR0124
    return None if type(value).__name__ == "NAType" else value
