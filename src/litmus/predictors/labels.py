"""Many labels a row: one form for each label, of which the probability of "yes" counts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from litmus.predictors.form import Form, SparseBlock
from litmus.predictors.stored import damaged

__all__ = ["Labels"]


@dataclasses.dataclass(frozen=True)
class Labels(Form):
    """One form of two classes for each label.

    Attributes:
        forms: of the labels, in order.
    """

    forms: tuple[Form, ...]

    @property
    def outputs(self) -> int:
        """How many labels there are."""
        return len(self.forms)

    def moved(self, columns: np.ndarray, width: int, sparse: Sequence[tuple[int, int]] = ()) -> Labels:
        """The same forms on shared features; see `Form.moved`."""
        return Labels(tuple(form.moved(columns, width, sparse) for form in self.forms))

    def scores(self, dense: np.ndarray, sparse: Sequence[SparseBlock] = ()) -> np.ndarray:
        """The probability of each label, float64 (rows, labels)."""
        if not self.forms:
            return np.empty((len(dense), 0))
        return np.column_stack([form.scores(dense, sparse)[:, 1] for form in self.forms])

    def save(self, folder: Path) -> None:
        """Write each label's form into a folder of its own."""
        super().save(folder)
        for number, form in enumerate(self.forms):
            inner = folder / f"label-{number:04d}"
            inner.mkdir()
            form.save(inner)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """How many labels there are; their forms have folders of their own."""
        return {"labels": len(self.forms)}, {}

    @classmethod
    def from_state(cls, values: dict[str, Any], arrays: dict[str, np.ndarray]) -> Self:
        """Not enough by itself: `load_form` reads the labels' forms."""
        del values, arrays
        raise damaged("a form of labels has no arrays of its own")
