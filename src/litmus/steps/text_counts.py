"""Texts as simple counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from litmus.component import param
from litmus.program import Node, Sketch
from litmus.program.texts import COUNTS, count_texts
from litmus.steps.arrow import arrow_text, without_missing
from litmus.steps.base import Step
from litmus.steps.characters import text_chunks
from litmus.steps.columns import choose_columns, take_column
from litsdf import DataFrame
from litsdf.interchange import as_frame, with_columns, without_columns

__all__ = ["TextCounts"]


@dataclass
class TextCounts(Step):
    """Count what a text looks like: its length, words, digits, capitals, punctuation.

    Adds seven numeric columns a text: "title: length", "words", "digits", "capital share", "punctuation",
    "question marks" and "exclamation marks". A missing text counts as empty.

    Args:
        columns: text columns; all of text type when left out.
        keep: whether the text columns stay in the table, for an encoder of their words.

    Example:
        >>> import pandas as pd
        >>> table = TextCounts().fit_transform(pd.DataFrame({"title": ["Call 0800 NOW!"]}))
        >>> float(table["title: digits"].iloc[0])
        4.0
    """

    columns: list[str] | None = None
    keep: bool = param(True)

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Note the columns; raises DataError when one is absent or holds no text."""
        df = as_frame(df)
        self.columns_ = choose_columns(df, self.columns, "text", "TextCounts")

    def transform(self, df: DataFrame) -> DataFrame:
        """The table with the counts, float32, at its end."""
        df = as_frame(df)
        made: dict[str, np.ndarray] = {}
        for name in self.columns_:
            texts = without_missing(arrow_text(take_column(df, name, "TextCounts")))
            counted = np.concatenate([count_texts(chunk.to_pylist()) for chunk in text_chunks(texts)], axis=1)
            made |= {f"{name}: {what}": counts for what, counts in zip(COUNTS, counted, strict=True)}
        return with_columns(df if self.keep else without_columns(df, self.columns_), made)

    def lower(self, sketch: Sketch) -> Sketch:
        """The table of nodes with the counts at its end."""
        node = sketch.graph.node
        made: dict[str, Node] = {}
        for name in self.columns_:
            counted = node("text_counts", sketch.text(name))
            made |= {f"{name}: {what}": node("text_count", counted, what=what) for what in COUNTS}
        return (sketch if self.keep else sketch.without(self.columns_)).with_columns(made)
