"""A task's data in memory: typed, encoded, split, and dealt into folds."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from litmus.data.folds import Fold
from litmus.data.schema import Schema
from litmus.data.target import Target
from litmus.task import TaskKind

if TYPE_CHECKING:
    from litmus.data.profile import DataProfile

__all__ = ["LoadedData"]


@dataclasses.dataclass(frozen=True)
class LoadedData:
    """What `TaskData.load` gives.

    Attributes:
        name: the data set's name.
        task: the kind of task.
        schema: what each column is, and why.
        target: the target, with its classes.
        train: the training rows, columns as in `schema.inputs`, plain index.
        y: the encoded target of the training rows.
        test: the test rows, or None.
        y_test: their encoded target, or None.
        sample_weight: weights of the training rows (rows,), or None.
        test_weight: weights of the test rows (rows,), or None.
        folds: positions in `train` to learn from and to hold out.
        fold_plan: the folds in words: "5 folds, stratified by income, seed 0".
        notes: everything dropped, recognised or changed and why, a sentence each.
        sources: "train", "validation", "test" → where the rows came from.
        fingerprint: sha256 over schema, values and split.
        column_hashes: column → a hash of its values, in any order, so that one can tell which of them changed; those of a
            test source begin with "test rows: ".
    """

    name: str
    task: TaskKind
    schema: Schema
    target: Target
    train: pd.DataFrame
    y: np.ndarray
    test: pd.DataFrame | None
    y_test: np.ndarray | None
    sample_weight: np.ndarray | None
    test_weight: np.ndarray | None
    folds: tuple[Fold, ...]
    fold_plan: str
    notes: tuple[str, ...]
    sources: dict[str, str]
    fingerprint: str
    column_hashes: dict[str, str] = dataclasses.field(default_factory=dict)

    def profile(self) -> DataProfile:
        """The data report of the training rows."""
        from litmus.data.profile import make_profile

        return make_profile(self)

    def __repr__(self) -> str:
        tested = "no test rows" if self.test is None else f"{len(self.test):,} test rows"
        return (
            f"LoadedData({self.name!r}, {self.task}, target {self.target.name!r}, {len(self.train):,} training rows, "
            f"{tested}, {len(self.schema.features):,} features; {self.fold_plan})"
        )
