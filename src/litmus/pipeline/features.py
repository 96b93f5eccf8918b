"""From a table and encoded blocks to the one matrix that an algorithm gets."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from litmus.algorithms.base import Accepts
from litmus.errors import TrainingError
from litmus.steps.base import Block
from litmus.steps.columns import is_boolean, is_number
from litsdf import DataFrame
from litsdf.interchange import dtype_names, numbers

__all__ = ["Features", "assemble", "numeric_columns"]

_DENSE_LIMIT = 4_000_000_000
"""Largest dense matrix, in bytes, made from a sparse block for an algorithm that takes only dense input."""


@dataclasses.dataclass(frozen=True)
class Features:
    """What an algorithm gets: values (rows, features), the features' names, and which of them are category codes."""

    values: Any
    names: tuple[str, ...]
    categorical: tuple[int, ...] = ()


def numeric_columns(frame: DataFrame) -> list[str]:
    """The columns that can be features as they are: numbers and booleans.

    Raises:
        TrainingError: when any other column is left, naming it.
    """
    kept: list[str] = []
    left: list[str] = []
    for name, dtype in dtype_names(frame).items():
        (kept if is_number(dtype) or is_boolean(dtype) else left).append(str(name))
    if left:
        shown = ", ".join(repr(name) for name in left[:5]) + (" …" if len(left) > 5 else "")
        raise TrainingError(
            f"After the steps, {len(left)} column(s) are still not numbers: {shown}. "
            "Add an encoder for them, drop them, or leave `steps` out to get the default steps."
        )
    return kept


def assemble(frame: DataFrame, columns: Sequence[str], blocks: Sequence[Block], accepts: Accepts) -> Features:
    """Put the numeric `columns` of `frame` and the blocks side by side.

    Dense float32 (rows, features) unless a block is sparse and the algorithm accepts sparse input.
    """
    names = list(columns)
    categorical: list[int] = []
    for block in blocks:
        categorical += [len(names) + position for position in block.categorical]
        names += block.names
    if accepts == "sparse" and any(sparse.issparse(block.values) for block in blocks):
        parts = [sparse.csr_matrix(_numbers(frame, columns))] if columns else []
        parts += [sparse.csr_matrix(block.values, dtype=np.float32) for block in blocks]
        return Features(sparse.hstack(parts, format="csr", dtype=np.float32), tuple(names), tuple(categorical))
    if len(frame) * len(names) * 4 > _DENSE_LIMIT and any(sparse.issparse(block.values) for block in blocks):
        raise TrainingError(
            f"A dense matrix of {len(frame):,} rows and {len(names):,} features would not fit in memory. "
            "Use an algorithm that accepts sparse input (LinearModel, LinearSVM, LightGBM, …) or fewer text features."
        )
    values = np.empty((len(frame), len(names)), dtype=np.float32)
    _numbers(frame, columns, out=values)
    at = len(columns)
    for block in blocks:
        width = len(block.names)
        values[:, at : at + width] = _dense(block)
        at += width
    return Features(values, tuple(names), tuple(categorical))


def _numbers(frame: DataFrame, columns: Sequence[str], out: np.ndarray | None = None) -> np.ndarray:
    """The columns as float32 (rows, columns), written straight into `out` when it is given."""
    if out is None:
        out = np.empty((len(frame), len(columns)), dtype=np.float32)
    for position, name in enumerate(columns):
        with np.errstate(over="ignore"):  # beyond float32 becomes infinite, and then missing below
            out[:, position] = numbers(frame[name], as_held=True)
    made = out[:, : len(columns)]
    if np.isinf(made).any():
        made[np.isinf(made)] = np.nan
    return out


def _dense(block: Block) -> np.ndarray:
    return block.values if isinstance(block.values, np.ndarray) else block.values.toarray()
