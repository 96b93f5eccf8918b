"""The contract of an engine: what computes raw numbers when a model is served, for several forms at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from litmus.predictors.answer import Answer
from litmus.predictors.form import Form, RawForm, SparseBlock

__all__ = ["SMALL_BATCH", "Engine", "Row", "Rows", "answer_of"]

SMALL_BATCH = 2_000  # rows; starting threads costs more than predicting fewer rows than this


class Row(Protocol):
    """The features of one row: dense float32 (1, width), and (indices, values) of each sparse block."""

    @property
    def dense(self) -> np.ndarray:
        """Dense features float32 (1, width)."""

    @property
    def sparse(self) -> Sequence[tuple[np.ndarray, np.ndarray]]:
        """Indices and values of each sparse block."""


class Rows(Protocol):
    """The features of rows: dense float32 (rows, width), and (indptr, indices, values, width) of each sparse block."""

    @property
    def dense(self) -> np.ndarray:
        """Dense features float32 (rows, width)."""

    @property
    def sparse(self) -> Sequence[SparseBlock]:
        """The sparse blocks."""


def answer_of(form: Form) -> Answer:
    """How the numbers that an engine gives for a form become its scores."""
    if isinstance(form, RawForm):
        return form.answer
    return Answer("identity", np.eye(max(form.outputs, 1)), np.zeros(max(form.outputs, 1)), form.outputs)


class Engine(ABC):
    """Computes the raw numbers of some forms, side by side; for a form without raw numbers, its scores."""

    name: ClassVar[str]

    @abstractmethod
    def __init__(self, forms: Sequence[Any], threads: int) -> None:
        """Prepare forms that this engine `takes`; `rows` may use `threads` threads."""

    @classmethod
    @abstractmethod
    def takes(cls, forms: Sequence[Form]) -> bool:
        """Whether this engine can compute these forms."""

    @property
    @abstractmethod
    def said(self) -> str:
        """What the forms became, in a few words."""

    @property
    def n_bytes(self) -> int:
        """Memory beside the forms' own, about."""
        return 0

    def settle(self) -> None:
        """Wait until what was started in the background, to be faster, is done."""
        return

    @abstractmethod
    def row(self, row: Row) -> np.ndarray:
        """The numbers of one row, float64 (raw,)."""

    @abstractmethod
    def rows(self, rows: Rows) -> np.ndarray:
        """The numbers of rows, float64 (rows, raw)."""
