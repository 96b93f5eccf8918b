"""Categories as columns of 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from litmus.component import Choice, Int, param
from litmus.program import Node, Sketch
from litmus.steps.base import Block, Encoder
from litmus.steps.categories import MISSING, UNKNOWN, Categories, count_categories
from litmus.steps.columns import choose_columns, take_column
from litsdf import DataFrame
from litsdf.interchange import as_frame

__all__ = ["OneHotEncoder"]

_WIDE = 256


@dataclass
class OneHotEncoder(Encoder):
    """Give each category of a column a feature of its own that is 1 in its rows and 0 elsewhere.

    Rare categories share the feature "colour=(rare)", and so do categories unseen in training; without rare ones, an
    unseen category has 0 everywhere. Missing values have the feature "colour=(missing)" when training had some.

    Args:
        columns: category columns; all of text type when left out.
        min_count: categories with fewer training rows are rare.
        max_categories: at most this many categories a column have their own feature, the most frequent ones.
        drop_second: a column of exactly two categories and nothing missing makes one feature instead of two.
        output: "dense", "sparse" (`scipy.sparse.csr_matrix`), or "auto": sparse from 256 features on.

    Example:
        >>> import pandas as pd
        >>> block = OneHotEncoder(min_count=1).fit_encode(pd.DataFrame({"colour": ["red", "blue", "red"]}))
        >>> block.names, block.values.tolist()
        (('colour=red', 'colour=blue'), [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    """

    min_count: int = param(1, Int(1, 50, log=True), minimum=1)
    max_categories: int | None = param(None, Int(4, 1024, log=True), minimum=1)
    drop_second: bool = param(False)
    output: str = param("auto", Choice("auto", "dense", "sparse"))

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Learn each column's categories.

        Raises:
            DataError: when a column is absent or holds no text.
        """
        df = as_frame(df)
        self.__dict__.pop("_categories", None)
        self.columns_ = choose_columns(df, self.columns, "category", "OneHotEncoder")
        self.categories_: list[list[str]] = []
        self.rare_counts_: list[int] = []
        self.has_missing_: list[bool] = []
        for name in self.columns_:
            values, counts, missing = count_categories(df[name])
            cut = int((counts >= self.min_count).sum())
            if self.max_categories is not None:
                cut = min(cut, int(self.max_categories))
            if cut == len(values) - 1:
                cut = len(values)  # a single rare category may as well keep its name
            self.categories_.append(values[: 1 if self.drop_second and cut == 2 and not missing else cut])
            self.rare_counts_.append(len(values) - cut)
            self.has_missing_.append(missing > 0)
        self.names_ = [name for place in range(len(self.columns_)) for name in self._names(place)]

    def _names(self, place: int) -> list[str]:
        column = self.columns_[place]
        names = [f"{column}={value}" for value in self.categories_[place]]
        names += [f"{column}=(rare)"] if self.rare_counts_[place] else []
        return names + ([f"{column}=(missing)"] if self.has_missing_[place] else [])

    @cached_property
    def _categories(self) -> list[Categories]:
        return [Categories(values) for values in self.categories_]

    def _widths(self) -> list[tuple[int, int, int]]:
        """Of each column, the place of rare and unknown categories, that of missing values (-1 for none), and its width."""
        widths = []
        for values, rare_count, has_missing in zip(self.categories_, self.rare_counts_, self.has_missing_, strict=True):
            rare = len(values) if rare_count else -1
            missing = len(values) + (rare >= 0) if has_missing else -1
            widths.append((rare, missing, len(values) + (rare >= 0) + (missing >= 0)))
        return widths

    def _is_sparse(self, width: int) -> bool:
        return self.output == "sparse" or (self.output == "auto" and width >= _WIDE)

    def encode(self, df: DataFrame) -> Block:
        """One feature a category, in columns' order, the most frequent category first."""
        df = as_frame(df)
        places = np.empty((len(df), len(self.columns_)), dtype=np.int64)
        start = 0
        for place, (name, (rare, missing, width)) in enumerate(zip(self.columns_, self._widths(), strict=True)):
            codes = self._categories[place].codes(take_column(df, name, "OneHotEncoder"))
            codes = np.where(codes == UNKNOWN, rare, np.where(codes == MISSING, missing, codes))
            places[:, place] = np.where(codes < 0, -1, codes + start)
            start += width
        if self._is_sparse(start):
            return Block(_sparse_ones(places, start), tuple(self.names_))
        values = np.zeros((len(df), start), dtype=np.float32)
        for place in range(len(self.columns_)):
            rows = np.flatnonzero(places[:, place] >= 0)
            values[rows, places[rows, place]] = 1.0
        return Block(values, tuple(self.names_))

    def lower_features(self, sketch: Sketch) -> tuple[Node, ...]:
        """One node a column, or one sparse node."""
        node, widths = sketch.graph.node, self._widths()
        texts = [sketch.text(name) for name in self.columns_]
        places = [
            np.append(np.arange(len(values)), [rare, missing]).astype(np.int64)
            for values, (rare, missing, _) in zip(self.categories_, widths, strict=True)
        ]
        total = sum(width for _, _, width in widths)
        if self._is_sparse(total):
            starts = np.cumsum([0, *(width for _, _, width in widths)])[:-1].tolist()
            shifted = [np.where(found < 0, -1, found + start) for found, start in zip(places, starts, strict=True)]
            return (node("sparse_ones", *texts, keys=self.categories_, places=shifted, width=total),)
        return tuple(
            node("one_hot", text, keys=values, places=found, width=width)
            for text, values, found, (_, _, width) in zip(texts, self.categories_, places, widths, strict=True)
        )

    def report(self) -> list[str]:
        """Which columns had categories grouped."""
        return [
            f"Grouped the {rare:,} rarest categories of {name} into {name}=(rare)."
            for name, rare in zip(self.columns_, self.rare_counts_, strict=True)
            if rare
        ]


def _sparse_ones(places: np.ndarray, width: int) -> sparse.csr_matrix:
    """A matrix (rows, width) with 1 at the places (rows, at most one a column) that are not negative."""
    held = places >= 0
    indices = places[held].astype(np.int32)
    pointers = np.concatenate(([0], np.cumsum(held.sum(axis=1))))
    return sparse.csr_matrix((np.ones(len(indices), dtype=np.float32), indices, pointers), shape=(len(places), width))
