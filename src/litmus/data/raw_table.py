"""A table as it was read, before anything is known about its columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, MutableMapping

import pandas as pd

from litmus.errors import DataError

__all__ = ["RawTable", "check_names"]


@dataclasses.dataclass
class RawTable:
    """The columns of a table as read.

    Columns are kept one by one, so that each can be given up as soon as it is converted; those of big files are read
    when they are asked for.

    Attributes:
        columns: column name → values, all of the same length.
        rows: how many rows there are.
        untyped: whether the source knows text only (CSV), so that "1" may mean the number.
        origin: where the rows came from, for messages: a path, or "a pandas frame".
        notes: what the reader had to guess or change, a sentence each.
    """

    columns: MutableMapping[str, pd.Series]
    rows: int
    untyped: bool = False
    origin: str = "the table"
    notes: list[str] = dataclasses.field(default_factory=list)

    def frame(self) -> pd.DataFrame:
        """The columns as one frame with a plain index."""
        return pd.DataFrame(dict(self.columns), index=pd.RangeIndex(self.rows), copy=False)


def check_names(names: Iterable[object], origin: str) -> list[str]:
    """The column names as text.

    Raises:
        DataError: when a name occurs more than once, or is no valid Unicode.
    """
    texts = [str(name) for name in names]
    if len(set(texts)) < len(texts):
        seen: set[str] = set()
        doubled = list(dict.fromkeys(text for text in texts if text in seen or seen.add(text)))  # type: ignore[func-returns-value]
        shown = ", ".join(map(repr, doubled[:5])) + (f" and {len(doubled) - 5} more" if len(doubled) > 5 else "")
        raise DataError(
            f"Column names must be unique, but {origin} has more than one column named {shown}; rename or drop the copies."
        )
    try:
        "".join(texts).encode("utf-8")
    except UnicodeEncodeError as error:
        raise DataError(
            f"A column name of {origin} has half of a character, {error.object[error.start]!r}; rename the column."
        ) from error
    return texts
