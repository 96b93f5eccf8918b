"""The contract of a step: one operation on the table, fitted on training rows only."""

from __future__ import annotations

import dataclasses
import re
from typing import Any, Self

import numpy as np
from scipy import sparse

from litmus.component import Component
from litmus.program import Node, NotLoweredError, Sketch
from litsdf import DataFrame

__all__ = ["Block", "Encoder", "Resampler", "Step"]


@dataclasses.dataclass
class Step(Component):
    """Turns a table into a table. Write `transform`, and `fit` when something must be learned first.

    The table is a `litsdf.DataFrame`: pandas' names and meaning, in a layout chosen by the number of rows. Columns have
    pandas 3 types: numeric columns are int or float, boolean columns `boolean`, categorical and text columns `str` with
    NaN for missing values, datetime columns `datetime64` without a zone. A step may return a pandas or Polars frame.
    A step never changes the frame it is given (`df["new"] = …` on it is safe: it is handed its own shallow copy).
    """

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:
        """Learn from training rows; learned attributes end in `_`. `y`: class codes or values (rows,)."""

    def transform(self, df: DataFrame) -> DataFrame:
        """The table with this step applied, the same rows in the same order."""
        return df

    def fit_transform(self, df: DataFrame, y: np.ndarray | None = None) -> Any:
        """`fit`, then the training rows transformed; steps that cross-fit give other values than `transform` would."""
        self.fit(df, y)
        return self.transform(df)

    def lower(self, sketch: Sketch) -> Sketch:  # noqa: ARG002 - what subclasses get
        """What `transform` of the fitted step does, written down on a table of nodes, for `litmus.program`.

        Raises:
            NotLoweredError: when the step has no such form; its pipeline then predicts as it was trained.
        """
        raise NotLoweredError(f"The step {self.name!r} has no compiled form; it does not define lower().")

    @property
    def name(self) -> str:
        """The name to insert, replace or remove the step by: the class name as `words_with_underscores`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()

    def report(self) -> list[str]:
        """What the fitted step dropped or changed and why, one sentence each, for the report."""
        return []

    def clone(self) -> Self:
        """An unfitted copy with the same parameters."""
        return self.hyperparams()


@dataclasses.dataclass(frozen=True)
class Block:
    """Features made from some columns: a float32 array or sparse matrix (rows, features), and a name for each.

    `categorical` holds the positions of features that are category codes, 0 … n - 1, NaN when missing or unknown.
    """

    values: np.ndarray | sparse.csr_matrix
    names: tuple[str, ...]
    categorical: tuple[int, ...] = ()


@dataclasses.dataclass
class Encoder(Step):
    """A step whose columns become features of their own: `encode` gives a `Block` instead of a table.

    The pipeline takes `columns_` out of the table and puts the block beside the features of the other columns.
    """

    columns: list[str] | None = None

    def encode(self, df: DataFrame) -> Block:  # noqa: ARG002 - what subclasses get
        """The features of the rows of `df`, from the columns in `columns_`."""
        raise TypeError(f"{type(self).__name__} must define encode().")

    def lower_features(self, sketch: Sketch) -> tuple[Node, ...]:  # noqa: ARG002 - what subclasses get
        """What `encode` of the fitted encoder gives, as nodes: numbers, vectors or sparse features, in its order.

        Raises:
            NotLoweredError: when the encoder has no such form; its pipeline then predicts as it was trained.
        """
        raise NotLoweredError(f"The encoder {self.name!r} has no compiled form; it does not define lower_features().")

    def fit_encode(self, df: DataFrame, y: np.ndarray | None = None) -> Block:
        """`fit`, then the training rows encoded; encoders that cross-fit give other values than `encode` would."""
        self.fit(df, y)
        return self.encode(df)


@dataclasses.dataclass
class Resampler(Component):
    """Changes which training rows an algorithm sees (never the rows it predicts). Write `resample`.

    It runs after the other steps, on features.
    """

    def resample(
        self,
        X: Any,  # noqa: ARG002 - what subclasses get
        y: np.ndarray,  # noqa: ARG002
        seed: int,  # noqa: ARG002
    ) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """Features, class codes and, where every row is an original one, the positions of the rows kept (else None)."""
        raise TypeError(f"{type(self).__name__} must define resample().")

    def clone(self) -> Self:
        """A copy with the same parameters."""
        return self.hyperparams()
