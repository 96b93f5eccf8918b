"""Leaving columns out: those that are named, and those that say nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from litmus.program import Sketch
from litmus.steps.base import Step
from litmus.steps.columns import choose_columns
from litsdf import DataFrame
from litsdf.interchange import as_frame, is_constant, python_values, rows_between, without_columns

__all__ = ["DropColumns", "DropConstantColumns"]


@dataclass
class DropColumns(Step):
    """Leave columns out, such as identifiers.

    Args:
        columns: the names of the columns to drop.

    Example:
        >>> import pandas as pd
        >>> DropColumns(["id"]).fit_transform(pd.DataFrame({"id": [7, 8], "age": [30, 40]})).columns.tolist()
        ['age']
    """

    columns: list[str] = field(default_factory=list)

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Note which columns to drop; raises DataError when one is absent."""
        df = as_frame(df)
        self.columns_ = choose_columns(df, self.columns, "any", "DropColumns")

    def transform(self, df: DataFrame) -> DataFrame:
        """The table without the columns; those that are absent already are no error."""
        df = as_frame(df)
        return without_columns(df, self.columns_)

    def lower(self, sketch: Sketch) -> Sketch:
        """The table of nodes without the columns."""
        return sketch.without(self.columns_)

    def report(self) -> list[str]:
        """The columns dropped."""
        return [f"Dropped {_listed(self.columns_)}."] if self.columns_ else []


@dataclass
class DropConstantColumns(Step):
    """Drop the columns in which every training row has the same value, or none has a value.

    A column with one value and some missing ones stays: that a value is missing may say something.

    Args:
        columns: the columns to look at; all when left out.

    Example:
        >>> import pandas as pd
        >>> step = DropConstantColumns()
        >>> step.fit_transform(pd.DataFrame({"age": [30, 40], "planet": ["Earth", "Earth"]})).columns.tolist()
        ['age']
        >>> step.report()
        ['Dropped planet: it has the same value in every training row.']
    """

    columns: list[str] | None = None

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Find the columns that say nothing."""
        df = as_frame(df)
        candidates = choose_columns(df, self.columns, "any", "DropConstantColumns")
        few = _alike(rows_between(df, 0, 200), candidates)  # most columns are cleared by their first rows
        self.constant_: list[str] = []
        self.empty_: list[str] = []
        for name in _alike(df, few) if len(df) > 200 else few:
            (self.empty_ if python_values(rows_between(df, 0, 1)[name]) == [None] else self.constant_).append(name)

    def transform(self, df: DataFrame) -> DataFrame:
        """The table without the columns found in training."""
        df = as_frame(df)
        dropped = [*self.constant_, *self.empty_]
        return without_columns(df, dropped)

    def lower(self, sketch: Sketch) -> Sketch:
        """The table of nodes without the columns."""
        return sketch.without([*self.constant_, *self.empty_])

    def report(self) -> list[str]:
        """The columns dropped, and why."""
        reasons = (
            (self.constant_, "the same value in every training row"),
            (self.empty_, "no value in any training row"),
        )
        return [
            f"Dropped {_listed(names)}: {'it has' if len(names) == 1 else 'each has'} {reason}."
            for names, reason in reasons
            if names
        ]


def _alike(df: DataFrame, columns: list[str]) -> list[str]:
    """The columns whose rows all hold what the first row holds, missing included."""
    return [name for name in columns if is_constant(df[name])] if len(df) else []


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:10])
    return shown if len(names) <= 10 else f"{len(names):,} columns ({shown}, …)"
