"""Numbers on comparable scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from litmus.component import Choice, Int, param
from litmus.program import Sketch
from litmus.steps.base import Step
from litmus.steps.columns import choose_columns, matrices, numeric_matrix, replace_columns
from litmus.steps.quantiles import column_quantiles
from litsdf import DataFrame
from litsdf.interchange import as_frame

__all__ = ["QuantileScale", "RobustScale", "StandardScale"]


@dataclass
class _LinearScale(Step):
    """Subtract a centre and divide by a scale, one of each a column; missing values stay missing."""

    columns: list[str] | None = None

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Learn each column's centre and scale; a constant column gets scale 1."""
        df = as_frame(df)
        self.columns_ = choose_columns(df, self.columns, "numeric", type(self).__name__)
        centres, scales = np.zeros(len(self.columns_)), np.ones(len(self.columns_))
        for place, matrix in matrices(df, self.columns_, type(self).__name__) if len(df) else ():
            centres[place], scales[place] = self._measure(matrix)
        self.centres_ = np.where(np.isfinite(centres), centres, 0.0)
        # below the rounding error of the values themselves, a spread is noise of a constant column
        noise = 10 * np.finfo(np.float64).eps * np.abs(self.centres_)
        self.scales_ = np.where(np.isfinite(scales) & (scales > noise), scales, 1.0)

    def _measure(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each column's centre and scale (columns,), ignoring NaN."""
        raise NotImplementedError

    def transform(self, df: DataFrame) -> DataFrame:
        """The table with the columns scaled, as float32."""
        df = as_frame(df)
        if not self.columns_:
            return df
        scaled = np.empty((len(df), len(self.columns_)), dtype=np.float32, order="F")
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # beyond float32 counts as missing
            for place, matrix in matrices(df, self.columns_, type(self).__name__):
                # in float64, since large numbers need it
                np.subtract(matrix, self.centres_[place], out=scaled[:, place], casting="same_kind")
            scaled /= self.scales_.astype(np.float32)
        return replace_columns(df, self.columns_, scaled)

    def lower(self, sketch: Sketch) -> Sketch:
        """The table of nodes with the columns scaled."""
        node = sketch.graph.node
        made = {}
        for name, centre, scale in zip(self.columns_, self.centres_.tolist(), self.scales_.tolist(), strict=True):
            bounded = node("bounded", sketch.number(name))
            made[name] = node("scaled", bounded, centre=centre, scale=scale)
        return sketch.with_columns(made)


@dataclass
class StandardScale(_LinearScale):
    """Give each column mean 0 and standard deviation 1, ignoring missing values.

    Args:
        columns: numeric columns; all of them when left out.

    Example:
        >>> import pandas as pd
        >>> StandardScale().fit_transform(pd.DataFrame({"age": [20, 40]}))["age"].tolist()
        [-1.0, 1.0]
    """

    def _measure(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return _mean_and_deviation(matrix)


@dataclass
class RobustScale(_LinearScale):
    """Give each column median 0 and interquartile range 1, ignoring missing values; outliers hardly matter.

    A column whose quartiles are equal is divided by its standard deviation instead.

    Args:
        columns: numeric columns; all of them when left out.

    Example:
        >>> import pandas as pd
        >>> RobustScale().fit_transform(pd.DataFrame({"pay": [1, 2, 3, 4, 1000]}))["pay"].tolist()
        [-1.0, -0.5, 0.0, 0.5, 498.5]
    """

    def _measure(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        low, centre, high = column_quantiles(matrix, np.array([0.25, 0.5, 0.75]))
        spread = high - low
        return centre, np.where(spread > 0, spread, _mean_and_deviation(matrix)[1])


@dataclass
class QuantileScale(Step):
    """Map each column to a uniform or normal shape by its training quantiles; order is kept, outliers vanish.

    Args:
        columns: numeric columns; all of them when left out.
        shape: "normal" (mean 0, standard deviation 1, cut at ±5.2) or "uniform" (0 to 1).
        n_quantiles: how many quantiles are kept a column, at most one a training row.

    Example:
        >>> import pandas as pd
        >>> QuantileScale(shape="uniform").fit_transform(pd.DataFrame({"pay": [1, 5, 1000]}))["pay"].tolist()
        [0.0, 0.5, 1.0]
    """

    columns: list[str] | None = None
    shape: str = param("normal", Choice("normal", "uniform"))
    n_quantiles: int = param(1000, Int(10, 2000, log=True), minimum=2)

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Learn each column's quantiles."""
        df = as_frame(df)
        self.columns_ = choose_columns(df, self.columns, "numeric", "QuantileScale")
        matrix = numeric_matrix(df, self.columns_, "QuantileScale")
        count = max(2, min(int(self.n_quantiles), len(df)))
        self.levels_ = np.linspace(0.0, 1.0, count)
        found = column_quantiles(matrix, self.levels_)
        found = np.where(np.isnan(found), 0.0, found)
        self.quantiles_ = np.maximum.accumulate(found, axis=0)  # rounding may break the order by one ulp

    def transform(self, df: DataFrame) -> DataFrame:
        """The table with the columns mapped, as float32; missing values stay missing."""
        df = as_frame(df)
        if not self.columns_:
            return df
        matrix = numeric_matrix(df, self.columns_, "QuantileScale")
        result = np.empty(matrix.shape, dtype=np.float32, order="F")
        for place in range(matrix.shape[1]):
            result[:, place] = self._mapped(matrix[:, place], self.quantiles_[:, place])
        return replace_columns(df, self.columns_, result)

    def lower(self, sketch: Sketch) -> Sketch:
        """The table of nodes with the columns mapped."""
        node, normal = sketch.graph.node, self.shape == "normal"
        made = {}
        for place, name in enumerate(self.columns_):
            bounded = node("bounded", sketch.number(name))
            quantiles = np.ascontiguousarray(self.quantiles_[:, place])
            made[name] = node("level", bounded, quantiles=quantiles, levels=self.levels_, normal=normal)
        return sketch.with_columns(made)

    def _mapped(self, values: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
        # from both sides, so that a value that many rows share lands in the middle of its range of levels
        upper = np.interp(values, quantiles, self.levels_)
        lower = -np.interp(-values, -quantiles[::-1], -self.levels_[::-1])
        level = np.asarray((upper + lower) / 2)
        if self.shape == "uniform":
            return level
        from scipy.special import ndtri

        return np.asarray(ndtri(np.clip(level, 1e-7, 1 - 1e-7)))


def _mean_and_deviation(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean and standard deviation of each column (columns,), NaN left out; 0 for columns without values."""
    missing = np.isnan(matrix)
    if not missing.any():
        return matrix.mean(axis=0), matrix.std(axis=0)
    held = np.maximum(len(matrix) - missing.sum(axis=0), 1)
    mean = np.where(missing, 0.0, matrix).sum(axis=0) / held
    distance = np.where(missing, 0.0, matrix - mean)
    return mean, np.sqrt((distance**2).sum(axis=0) / held)
