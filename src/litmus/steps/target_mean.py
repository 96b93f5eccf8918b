"""Categories as the mean of the target."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from litmus.component import Float, Int, param
from litmus.errors import DataError
from litmus.program import Node, Sketch
from litmus.steps.base import Block, Encoder
from litmus.steps.categories import MISSING, UNKNOWN, Categories, count_categories
from litmus.steps.columns import choose_columns, take_column
from litsdf import DataFrame
from litsdf.interchange import as_frame

__all__ = ["TargetEncoder"]


@dataclass
class TargetEncoder(Encoder):
    """Replace a category by the target's mean in its rows, drawn towards the overall mean where rows are few.

    Training rows are encoded from the other folds' rows only (`fit_encode`), so that no row sees its own target. A
    binary target makes one feature a column, more classes one a class, a number one. Missing values are a category;
    categories unseen in training get the overall mean.

    Args:
        columns: category columns; all of text type when left out.
        smoothing: how many rows the overall mean counts for; None weighs it by the variance within and between
            categories (empirical Bayes, Micci-Barreca 2001, as scikit-learn's `smooth="auto"`).
        folds: in how many parts the training rows are split.
        min_categories: leave columns with fewer categories to another encoder.
        scaled: give each feature mean 0 and standard deviation 1, for algorithms that compare features.
        max_classes: with more classes, only the most frequent ones get features.
        seed: seed of the split.

    Example:
        >>> import numpy as np
        >>> import pandas as pd
        >>> table = pd.DataFrame({"city": ["Bonn"] * 4 + ["Kiel"] * 4})
        >>> encoder = TargetEncoder(smoothing=0.0)
        >>> encoder.fit(table, np.array([1.0, 1, 1, 1, 5, 5, 5, 5]))
        >>> encoder.encode(pd.DataFrame({"city": ["Kiel", "Rome"]})).values.ravel().tolist()
        [5.0, 3.0]
    """

    smoothing: float | None = param(None, Float(0.1, 1000.0, log=True), minimum=0.0)
    folds: int = param(5, Int(2, 20), minimum=2)
    min_categories: int = param(0, minimum=0)
    scaled: bool = param(False)
    max_classes: int = param(12, minimum=2)
    seed: int = 0

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:
        """Learn each category's mean from all rows.

        Args:
            df: training rows.
            y: int64 class codes or float64 values (rows,).

        Raises:
            DataError: when there is no target, or a column is absent or holds no text.
        """
        df = as_frame(df)
        self.__dict__.pop("_categories", None)
        columns = choose_columns(df, self.columns, "category", "TargetEncoder")
        counted = {name: count_categories(df[name])[0] for name in columns}
        self.columns_ = [name for name in columns if len(counted[name]) >= self.min_categories]
        self.categories_ = [counted[name] for name in self.columns_]
        self.classes_: list[int] = []
        if not self.columns_:
            self.overall_, self.means_, self.spreads_ = np.zeros(0), [], np.zeros(0)
            return
        targets = self._targets(y)
        codes = self._codes(df)
        self.overall_ = targets.mean(axis=1) if targets.size else np.zeros(len(targets))
        self.means_ = [
            np.stack([self._table(code, len(values), target, None)[0] for target in targets], axis=1)
            for code, values in zip(codes, self.categories_, strict=True)
        ]
        spreads = [means[code].std(axis=0) for means, code in zip(self.means_, codes, strict=True)] if len(df) else []
        self.spreads_ = np.concatenate(spreads) if spreads else np.ones(len(self.columns_) * len(targets))

    def _targets(self, y: np.ndarray | None) -> np.ndarray:
        """What is averaged (features a column, rows): the values, or membership of each class."""
        if y is None or np.ndim(y) != 1:
            raise DataError("TargetEncoder needs one target; use OneHotEncoder or OrdinalEncoder for several labels.")
        if not np.issubdtype(np.asarray(y).dtype, np.integer):
            return np.asarray(y, dtype=np.float64)[None, :]
        counts = np.bincount(y)
        if len(counts) <= 2:
            self.classes_ = [1]
        else:
            frequent = np.argsort(-counts, kind="stable")[: int(self.max_classes)]
            self.classes_ = sorted(int(code) for code in frequent)
        return np.stack([np.asarray(y) == code for code in self.classes_]).astype(np.float64)

    @cached_property
    def _categories(self) -> list[Categories]:
        return [Categories(values) for values in self.categories_]

    def _codes(self, df: DataFrame) -> list[np.ndarray]:
        """Each column's codes (rows,): missing values come after the categories, unknown ones after those."""
        codes = []
        for categories, name in zip(self._categories, self.columns_, strict=True):
            found = categories.codes(take_column(df, name, "TargetEncoder"))
            found[found == MISSING] = len(categories)
            found[found == UNKNOWN] = len(categories) + 1
            codes.append(found)
        return codes

    def _table(self, codes: np.ndarray, n_categories: int, target: np.ndarray, fold: np.ndarray | None) -> np.ndarray:
        """The encoding of each category (folds, categories + 2), from the rows outside each fold; one line without."""
        width = n_categories + 2
        n_folds = 1 if fold is None else int(self.folds)
        place = codes if fold is None else fold * width + codes
        shape = (n_folds, width)
        count, total, squares = (
            np.bincount(place, weights=weights, minlength=n_folds * width).reshape(shape)
            for weights in (None, target, target**2)
        )
        if fold is not None:
            count, total, squares = (sums.sum(axis=0) - sums for sums in (count, total, squares))
        rows = count.sum(axis=1, keepdims=True)
        overall = total.sum(axis=1, keepdims=True) / np.maximum(rows, 1)
        if self.smoothing is not None:
            weight = count + self.smoothing
            return np.where(weight > 0, (total + self.smoothing * overall) / np.where(weight > 0, weight, 1), overall)
        held = np.maximum(count, 1)
        mean = total / held
        within = np.maximum(squares / held - mean**2, 0.0)
        between = np.maximum(squares.sum(axis=1, keepdims=True) / np.maximum(rows, 1) - overall**2, 0.0)
        share = between * count / np.maximum(between * count + within, np.finfo(np.float64).tiny)
        return np.where(count > 0, share * mean + (1 - share) * overall, overall)

    def encode(self, df: DataFrame) -> Block:
        """The means of the rows' categories, learned from all training rows."""
        df = as_frame(df)
        values = np.empty((len(df), len(self.columns_) * len(self.overall_)))
        for place, codes in enumerate(self._codes(df)):
            start = place * len(self.overall_)
            values[:, start : start + len(self.overall_)] = self.means_[place][codes]
        return Block(self._finished(values), self._names())

    def lower_features(self, sketch: Sketch) -> tuple[Node, ...]:
        """One node a column."""
        nodes = []
        for place, (name, categories) in enumerate(zip(self.columns_, self.categories_, strict=True)):
            means = self.means_[place]  # those of missing values come before those of unknown ones
            ordered = np.concatenate([means[: len(categories)], means[[len(categories) + 1, len(categories)]]])
            table = self._finished(ordered, place)
            nodes.append(sketch.graph.node("lookup", sketch.text(name), keys=categories, table=table))
        return tuple(nodes)

    def _finished(self, values: np.ndarray, column: int | None = None) -> np.ndarray:
        """The features of all columns, or of one, on the scale that was asked for, float32."""
        if self.scaled:
            centre, spreads = np.tile(self.overall_, len(self.columns_)), self.spreads_
            if column is not None:
                here = slice(column * len(self.overall_), (column + 1) * len(self.overall_))
                centre, spreads = centre[here], spreads[here]
            values = (values - centre) / np.where(spreads > 1e-12 * (1 + np.abs(centre)), spreads, 1.0)
        return values.astype(np.float32)

    def fit_encode(self, df: DataFrame, y: np.ndarray | None = None) -> Block:
        """Learn from all rows, and encode each training row from the rows of the other folds."""
        df = as_frame(df)
        self.fit(df, y)
        if not self.columns_ or len(df) < 2 * self.folds:
            return self.encode(df)
        targets = self._targets(y)
        fold = self._folds(np.asarray(y))
        values = np.empty((len(df), len(self.columns_) * len(targets)))
        for place, codes in enumerate(self._codes(df)):
            for number, target in enumerate(targets):
                table = self._table(codes, len(self.categories_[place]), target, fold)
                values[:, place * len(targets) + number] = table[fold, codes]
        return Block(self._finished(values), self._names())

    def _folds(self, y: np.ndarray) -> np.ndarray:
        """The fold of each row (rows,): random, and with each class spread evenly."""
        chance = np.random.default_rng(self.seed).permutation(len(y))
        order = np.lexsort((chance, y)) if np.issubdtype(y.dtype, np.integer) else np.argsort(chance)
        fold = np.empty(len(y), dtype=np.int64)
        fold[order] = np.arange(len(y)) % int(self.folds)
        return fold

    def _names(self) -> tuple[str, ...]:
        several = len(self.classes_) > 1
        return tuple(
            f"{name}: target mean {self.classes_[number]}" if several else f"{name}: target mean"
            for name in self.columns_
            for number in range(len(self.overall_))
        )
