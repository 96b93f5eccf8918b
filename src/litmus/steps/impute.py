"""Filling in missing numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from litmus.component import Choice, param
from litmus.program import Sketch
from litmus.steps.base import Step
from litmus.steps.columns import choose_columns, is_boolean, matrices, replace_columns
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
        dtypes = dtype_names(df)
        boolean = np.array([is_boolean(dtypes[name]) for name in self.columns_], dtype=bool)
        self.share_missing_ = np.zeros(len(self.columns_))
        self.fills_ = np.full(len(self.columns_), float(self.fill_value))
        for place, matrix in matrices(df, self.columns_, "Impute") if len(df) else ():
            self.share_missing_[place] = np.isnan(matrix).mean(axis=0)
            self.fills_[place] = self._fills(matrix, self.share_missing_[place], boolean[place])

    def _fills(self, matrix: np.ndarray, share_missing: np.ndarray, boolean: np.ndarray) -> np.ndarray:
        """The fill value of each column (columns,) of a matrix (rows, columns) that has rows."""
        fills = np.full(matrix.shape[1], float(self.fill_value))
        known = share_missing < 1
        if self.strategy == "constant" or not known.any():
            return fills
        frequent = known & (boolean if self.strategy != "most_frequent" else True)
        for place in np.flatnonzero(frequent):
            values, counts = np.unique(matrix[~np.isnan(matrix[:, place]), place], return_counts=True)
            fills[place] = values[counts.argmax()]
        usual = known & ~frequent
        if self.strategy == "median":
            fills[usual] = column_quantiles(matrix[:, usual], np.array([0.5]))[0]
        elif usual.any():
            held = len(matrix) * (1 - share_missing[usual])
            fills[usual] = np.nansum(matrix[:, usual], axis=0) / held
        return fills

    def transform(self, df: DataFrame) -> DataFrame:
        """The table with the columns filled, as float64, and the indicator columns, as float32, at the end."""
        df = as_frame(df)
        if not self.columns_:
            return df
        marked = (self.share_missing_ > 0) & (self.share_missing_ < 1) & self.indicators
        filled, marks = self._filled(df, marked)
        names = [f"{self.columns_[place]}: missing" for place in np.flatnonzero(marked)]
        return replace_columns(df, self.columns_, filled, names, marks)

    def _filled(self, df: DataFrame, marked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The columns filled, float64 (rows, columns), and where the marked ones were missing, float32 (rows, marked)."""
        filled: np.ndarray | None = None
        marks = np.empty((len(df), int(marked.sum())), dtype=np.float32, order="F")
        for place, matrix in matrices(df, self.columns_, "Impute"):
            missing = np.isnan(matrix)
            before = int(marked[: place.start].sum())
            here = missing[:, marked[place]]
            marks[:, before : before + here.shape[1]] = here
            part = np.where(missing, self.fills_[place], matrix) if missing.any() else matrix
            if part.shape[1] == len(self.columns_):
                return part, marks
            if filled is None:
                filled = np.empty((len(df), len(self.columns_)), order="F")
            filled[:, place] = part
        return np.empty((len(df), 0)) if filled is None else filled, marks

    def lower(self, sketch: Sketch) -> Sketch:
        """The table of nodes with the columns filled, and the indicators at the end."""
        node = sketch.graph.node
        known = {name: node("bounded", sketch.number(name)) for name in self.columns_}
        fills = dict(zip(self.columns_, self.fills_.tolist(), strict=True))
        made = {name: node("filled", number, value=fills[name]) for name, number in known.items()}
        marked = (self.share_missing_ > 0) & (self.share_missing_ < 1) & self.indicators
        for place in np.flatnonzero(marked).tolist():
            name = self.columns_[place]
            made[f"{name}: missing"] = node("missing", known[name])
        return sketch.with_columns(made)

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
