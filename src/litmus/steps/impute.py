"""Filling in missing numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from litmus.component import Choice, param
from litmus.steps.base import Step
from litmus.steps.columns import choose_columns, is_boolean, numeric_matrix, replace_columns
from litmus.steps.quantiles import column_quantiles
from litsdf import DataFrame
from litsdf.interchange import as_frame, dtype_names

__all__ = ["Impute"]


@dataclass
class Impute(Step):
    """Fill missing numbers with one value a column, learned from the training rows.

    Columns of truth values become 0 and 1 and are filled with the more frequent one, unless `strategy="constant"`.

    Args:
        columns: numeric and boolean columns; all of them when left out.
        strategy: "median", "mean", "most_frequent" or "constant".
        fill_value: the value for `strategy="constant"`, and for columns without any training value.
        indicators: add a column "age: missing" of 0 and 1 for each column with missing values in training.

    Example:
        >>> import pandas as pd
        >>> Impute().fit_transform(pd.DataFrame({"age": [20.0, None, 40.0]})).to_dict("list")
        {'age': [20.0, 30.0, 40.0], 'age: missing': [0.0, 1.0, 0.0]}
    """

    columns: list[str] | None = None
    strategy: str = param("median", Choice("median", "mean", "most_frequent", "constant"))
    fill_value: float = param(0.0)
    indicators: bool = param(True)

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Learn a fill value for each column.

        Raises:
            DataError: when a column is absent or holds no numbers.
        """
        df = as_frame(df)
        self.columns_ = choose_columns(df, self.columns, "numeric or boolean", "Impute")
        matrix = numeric_matrix(df, self.columns_, "Impute")
        missing = np.isnan(matrix)
        self.share_missing_ = missing.mean(axis=0) if len(df) else np.zeros(len(self.columns_))
        self.fills_ = self._fills(df, matrix)

    def _fills(self, df: DataFrame, matrix: np.ndarray) -> np.ndarray:
        """The fill value of each column (columns,)."""
        fills = np.full(len(self.columns_), float(self.fill_value))
        known = self.share_missing_ < 1
        if self.strategy == "constant" or not len(df) or not known.any():
            return fills
        dtypes = dtype_names(df)
        boolean = np.array([is_boolean(dtypes[name]) for name in self.columns_])
        frequent = known & (boolean if self.strategy != "most_frequent" else True)
        for place in np.flatnonzero(frequent):
            values, counts = np.unique(matrix[~np.isnan(matrix[:, place]), place], return_counts=True)
            fills[place] = values[counts.argmax()]
        usual = known & ~frequent
        if self.strategy == "median":
            fills[usual] = column_quantiles(matrix[:, usual], np.array([0.5]))[0]
        elif usual.any():
            held = len(df) * (1 - self.share_missing_[usual])
            fills[usual] = np.nansum(matrix[:, usual], axis=0) / held
        return fills

    def transform(self, df: DataFrame) -> DataFrame:
        """The table with the columns filled, as float64, and the indicator columns, as float32, at the end."""
        df = as_frame(df)
        if not self.columns_:
            return df
        matrix = numeric_matrix(df, self.columns_, "Impute")
        missing = np.isnan(matrix)
        if missing.any():
            matrix = np.where(missing, self.fills_, matrix)
        marked = np.flatnonzero((self.share_missing_ > 0) & (self.share_missing_ < 1) & self.indicators)
        names = [f"{self.columns_[place]}: missing" for place in marked]
        return replace_columns(df, self.columns_, matrix, names, missing[:, marked].astype(np.float32))

    def report(self) -> list[str]:
        """How many columns had missing values, and what they were filled with."""
        filled = np.flatnonzero(self.share_missing_ > 0)
        if not len(filled):
            return []
        shown = ", ".join(
            f"{self.columns_[place]} ({self.share_missing_[place]:.1%} missing) with {self.fills_[place]:g}"
            for place in filled[:5]
        )
        return [f"Filled missing values of {len(filled)} column(s): {shown}{', …' if len(filled) > 5 else ''}."]
