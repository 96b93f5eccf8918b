"""Texts as simple counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from litmus.component import param
from litmus.steps.arrow import arrow_text, compute
from litmus.steps.base import Step
from litmus.steps.columns import choose_columns, take_columns

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

    def fit(self, df: pd.DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Note the columns; raises DataError when one is absent or holds no text."""
        self.columns_ = choose_columns(df, self.columns, "text", "TextCounts")

    def transform(self, df: pd.DataFrame) -> pd.DataFrame:
        """The table with the counts, float32, at its end."""
        frame = take_columns(df, self.columns_, "TextCounts")
        made: dict[str, np.ndarray] = {}
        for name in self.columns_:
            texts = arrow_text(frame[name]).fill_null("")
            made |= {f"{name}: {what}": count(texts) for what, count in _COUNTS.items()}
        return (df if self.keep else df.drop(columns=self.columns_)).assign(**made)


def _length(texts: Any) -> np.ndarray:
    return np.asarray(compute().utf8_length(texts), dtype=np.float32)


def _matches(pattern: str) -> Callable[[Any], np.ndarray]:
    def count(texts: Any) -> np.ndarray:
        return np.asarray(compute().count_substring_regex(texts, pattern), dtype=np.float32)

    return count


def _capital_share(texts: Any) -> np.ndarray:
    return _matches(r"\p{Lu}")(texts) / np.maximum(_length(texts), 1)


_COUNTS: Mapping[str, Callable[[Any], np.ndarray]] = {
    "length": _length,
    "words": _matches(r"[\pL\pN\pM_]+"),
    "digits": _matches(r"\pN"),
    "capital share": _capital_share,
    "punctuation": _matches(r"\pP"),
    "question marks": _matches(r"\?"),
    "exclamation marks": _matches(r"!"),
}
