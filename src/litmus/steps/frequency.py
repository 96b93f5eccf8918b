"""Categories as how frequent they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from litmus.component import param
from litmus.program import Node, Sketch
from litmus.steps.base import Block, Encoder
from litmus.steps.categories import Categories, count_categories
from litmus.steps.columns import choose_columns, take_column
from litsdf import DataFrame
from litsdf.interchange import as_frame

__all__ = ["FrequencyEncoder"]


@dataclass
class FrequencyEncoder(Encoder):
    """Replace each category by its share of the training rows; missing values have a share too, unseen ones 0.

    Args:
        columns: category columns; all of text type when left out.
        logarithm: give the natural logarithm of 1 + the number of rows instead of the share.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"city": ["Bonn", "Bonn", "Kiel", "Bonn"]})
        >>> FrequencyEncoder().fit_encode(table).values.ravel().tolist()
        [0.75, 0.75, 0.25, 0.75]
    """

    logarithm: bool = param(False)

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Count each category; raises DataError when a column is absent or holds no text."""
        df = as_frame(df)
        self.__dict__.pop("_categories", None)
        self.columns_ = choose_columns(df, self.columns, "category", "FrequencyEncoder")
        self.categories_: list[list[str]] = []
        self.values_: list[np.ndarray] = []
        for name in self.columns_:
            values, counts, missing = count_categories(df[name])
            each = np.array([*counts, 0, missing], dtype=np.float64)  # codes -2 and -1 find the last two
            self.categories_.append(values)
            self.values_.append(np.log1p(each) if self.logarithm else each / max(len(df), 1))

    @cached_property
    def _categories(self) -> list[Categories]:
        return [Categories(values) for values in self.categories_]

    def encode(self, df: DataFrame) -> Block:
        """One feature a column."""
        df = as_frame(df)
        values = np.empty((len(df), len(self.columns_)), dtype=np.float32, order="F")
        for place, name in enumerate(self.columns_):
            values[:, place] = self.values_[place][
                self._categories[place].codes(take_column(df, name, "FrequencyEncoder"))
            ]
        return Block(values, tuple(f"{name}: frequency" for name in self.columns_))

    def lower_features(self, sketch: Sketch) -> tuple[Node, ...]:
        """One node a column."""
        return tuple(
            sketch.graph.node("lookup", sketch.text(name), keys=categories, table=values[:, None].astype(np.float32))
            for name, categories, values in zip(self.columns_, self.categories_, self.values_, strict=True)
        )
