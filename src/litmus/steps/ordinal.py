"""Categories as one number each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from litmus.component import Choice, Int, param
from litmus.program import Node, Sketch
from litmus.steps.base import Block, Encoder
from litmus.steps.categories import MISSING, Categories, count_categories
from litmus.steps.columns import choose_columns, take_column
from litsdf import DataFrame
from litsdf.interchange import as_frame

__all__ = ["OrdinalEncoder"]


@dataclass
class OrdinalEncoder(Encoder):
    """Give each category of a column a whole number: 0, 1, 2, …

    Args:
        columns: category columns; all of text type when left out.
        order: "frequency" (the most frequent category is 0) or "alphabet".
        missing: what missing values and categories unseen in training become: "nan" or "minus_one".
        max_categories: a column with more keeps its most frequent ones; the rest share the last code. None: no limit.
        mark: whether the features are marked as categories in the block, for algorithms that split on categories.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"colour": ["red", "blue", "red", None]})
        >>> OrdinalEncoder().fit_encode(table).values.ravel().tolist()
        [0.0, 1.0, 0.0, nan]
    """

    order: str = param("frequency", Choice("frequency", "alphabet"))
    missing: str = param("nan", Choice("nan", "minus_one"))
    max_categories: int | None = param(None, Int(8, 4096, log=True), minimum=2)
    mark: bool = param(True)

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Learn each column's categories.

        Raises:
            DataError: when a column is absent or holds no text.
        """
        df = as_frame(df)
        self.__dict__.pop("_categories", None)
        self.columns_ = choose_columns(df, self.columns, "category", "OrdinalEncoder")
        self.categories_: list[list[str]] = []
        self.rare_: list[list[str]] = []
        for name in self.columns_:
            values, _, _ = count_categories(df[name])
            kept = len(values) if self.max_categories is None else int(self.max_categories)
            # all rare categories share one code, so grouping a single one would gain nothing
            cut = kept - 1 if len(values) > kept else len(values)
            self.categories_.append(sorted(values[:cut]) if self.order == "alphabet" else values[:cut])
            self.rare_.append(values[cut:])

    @cached_property
    def _categories(self) -> list[Categories]:
        return [Categories([*kept, *rare]) for kept, rare in zip(self.categories_, self.rare_, strict=True)]

    def encode(self, df: DataFrame) -> Block:
        """One feature a column: the code of each row's category."""
        df = as_frame(df)
        values = np.empty((len(df), len(self.columns_)), dtype=np.float32, order="F")
        absent = np.nan if self.missing == "nan" else -1.0
        for place, name in enumerate(self.columns_):
            codes = self._categories[place].codes(take_column(df, name, "OrdinalEncoder"))
            last = len(self.categories_[place])
            values[:, place] = np.where(codes <= MISSING, absent, np.minimum(codes, last))
        return Block(values, tuple(self.columns_), tuple(range(len(self.columns_))) if self.mark else ())

    def lower_features(self, sketch: Sketch) -> tuple[Node, ...]:
        """One node a column."""
        nodes = []
        absent = np.nan if self.missing == "nan" else -1.0
        for name, kept, rare in zip(self.columns_, self.categories_, self.rare_, strict=True):
            codes = np.minimum(np.arange(len(kept) + len(rare)), len(kept))
            table = np.append(codes, [absent, absent]).astype(np.float32)[:, None]
            nodes.append(sketch.graph.node("lookup", sketch.text(name), keys=[*kept, *rare], table=table))
        return tuple(nodes)

    def report(self) -> list[str]:
        """Which columns had categories grouped."""
        return [
            f"Grouped the {len(rare):,} rarest categories of {name} into one code."
            for name, rare in zip(self.columns_, self.rare_, strict=True)
            if rare
        ]
