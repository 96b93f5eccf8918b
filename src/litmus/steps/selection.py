"""Leaving columns out: those that are named, and those that say nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from litmus.steps.base import Step
from litmus.steps.columns import choose_columns

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

    def fit(self, df: pd.DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Note which columns to drop; raises DataError when one is absent."""
        self.columns_ = choose_columns(df, self.columns, "any", "DropColumns")

    def transform(self, df: pd.DataFrame) -> pd.DataFrame:
        """The table without the columns; those that are absent already are no error."""
        return df.drop(columns=self.columns_, errors="ignore")

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

    def fit(self, df: pd.DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Find the columns that say nothing."""
        candidates = choose_columns(df, self.columns, "any", "DropConstantColumns")
        few = _alike(df.iloc[:200], candidates)  # most columns are cleared by their first rows
        self.constant_: list[str] = []
        self.empty_: list[str] = []
        for name in _alike(df, few) if len(df) > 200 else few:
            (self.empty_ if df[name].isna().iloc[:1].all() else self.constant_).append(name)

    def transform(self, df: pd.DataFrame) -> pd.DataFrame:
        """The table without the columns found in training."""
        dropped = [*self.constant_, *self.empty_]
        return df.drop(columns=dropped, errors="ignore") if dropped else df

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


def _alike(df: pd.DataFrame, columns: list[str]) -> list[str]:
    """The columns whose rows all hold what the first row holds, missing included."""
    if not columns or not len(df):
        return []
    plain = [name for name in columns if isinstance(df[name].dtype, np.dtype) and df[name].dtype.kind in "iuf"]
    found: set[str] = set()
    if plain:
        values = df[plain].to_numpy()
        same = values == values[:1]
        if values.dtype.kind == "f":
            same |= np.isnan(values) & np.isnan(values[:1])
        found.update(name for name, alike in zip(plain, same.all(axis=0), strict=True) if alike)
    for name in set(columns) - set(plain):
        column = df[name]
        missing = column.isna().to_numpy()
        if missing.all() or (not missing.any() and bool((column == column.iloc[0]).all())):
            found.add(name)
    return [name for name in columns if name in found]


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:10])
    return shown if len(names) <= 10 else f"{len(names):,} columns ({shown}, …)"
