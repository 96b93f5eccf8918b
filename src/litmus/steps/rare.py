"""Rare categories as one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from litmus.component import Int, param
from litmus.program import Sketch
from litmus.steps.arrow import arrow_text, compute
from litmus.steps.base import Step
from litmus.steps.categories import UNKNOWN, Categories, count_categories
from litmus.steps.columns import choose_columns, take_column
from litsdf import DataFrame
from litsdf.interchange import as_frame, with_columns

__all__ = ["GroupRareCategories"]


@dataclass
class GroupRareCategories(Step):
    """Rename a column's rare categories, and those unseen in training, to one common name.

    Args:
        columns: category columns; all of text type when left out.
        min_count: categories with fewer training rows are rare.
        max_categories: at most this many keep their name, the most frequent ones; None: no limit.
        name_of_rare: the common name.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"city": ["Bonn", "Bonn", "Kiel", "Ulm"]})
        >>> GroupRareCategories(min_count=2).fit_transform(table)["city"].tolist()
        ['Bonn', 'Bonn', '(rare)', '(rare)']
    """

    columns: list[str] | None = None
    min_count: int = param(10, Int(1, 200, log=True), minimum=1)
    max_categories: int | None = param(None, Int(4, 1024, log=True), minimum=1)
    name_of_rare: str = "(rare)"

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Learn which categories are frequent; raises DataError when a column is absent or holds no text."""
        df = as_frame(df)
        self.__dict__.pop("_categories", None)
        self.columns_ = choose_columns(df, self.columns, "category", "GroupRareCategories")
        self.categories_: list[list[str]] = []
        self.rare_counts_: list[int] = []
        for name in self.columns_:
            values, counts, _ = count_categories(df[name])
            kept = int((counts >= self.min_count).sum())
            kept = kept if self.max_categories is None else min(kept, int(self.max_categories))
            self.categories_.append(values[:kept])
            self.rare_counts_.append(len(values) - kept)

    @cached_property
    def _categories(self) -> list[Categories]:
        return [Categories(values) for values in self.categories_]

    def transform(self, df: DataFrame) -> DataFrame:
        """The table with rare categories renamed; missing values stay missing."""
        df = as_frame(df)
        import pyarrow as pa

        common = pa.scalar(self.name_of_rare, pa.large_string())
        grouped = {}
        for categories, name in zip(self._categories, self.columns_, strict=True):
            column = take_column(df, name, "GroupRareCategories")
            rare = pa.array(categories.codes(column) == UNKNOWN)
            grouped[name] = compute().if_else(rare, common, arrow_text(column))
        return with_columns(df, grouped)

    def lower(self, sketch: Sketch) -> Sketch:
        """The table of nodes with rare categories renamed."""
        node = sketch.graph.node
        return sketch.with_columns(
            {
                name: node("renamed", sketch.text(name), keys=categories, other=self.name_of_rare)
                for name, categories in zip(self.columns_, self.categories_, strict=True)
            }
        )

    def report(self) -> list[str]:
        """How many categories each column had grouped."""
        return [
            f"Grouped the {rare:,} rarest categories of {name} into {self.name_of_rare!r}."
            for name, rare in zip(self.columns_, self.rare_counts_, strict=True)
            if rare
        ]
