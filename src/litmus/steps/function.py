"""A plain function as a step."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from litmus.errors import DataError, ParameterError
from litmus.steps.base import Step

__all__ = ["FunctionStep"]


@dataclass
class FunctionStep(Step):
    """Apply a function that takes a table and returns one, such as one that adds a column.

    The function gets its own shallow copy: `df["new"] = …` inside it never reaches the caller's table. It must return a
    table with the same rows in the same order, since a model has to answer for each row it is asked about.

    Args:
        function: table → table.

    Raises:
        ParameterError: when `function` cannot be called.
        DataError: when it returned no table or other rows.

    Example:
        >>> import pandas as pd
        >>> def add_ratio(df):
        ...     df["ratio"] = df["part"] / df["whole"]
        ...     return df
        >>> FunctionStep(add_ratio).transform(pd.DataFrame({"part": [1, 2], "whole": [4, 4]}))["ratio"].tolist()
        [0.25, 0.5]
    """

    function: Callable[[pd.DataFrame], pd.DataFrame]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not callable(self.function):
            raise ParameterError(
                f"FunctionStep.function must be a function that takes a table and returns one, not {self.function!r}."
            )

    @property
    def name(self) -> str:
        """The function's own name in words_with_underscores."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()

    def transform(self, df: pd.DataFrame) -> pd.DataFrame:
        """What the function returned, checked to have the same rows in the same order."""
        result = self.function(df.copy(deep=False))
        if not isinstance(result, pd.DataFrame):
            hint = " Does it end with `return df`?" if result is None else ""
            raise DataError(f"The step {self.name!r} returned {type(result).__name__}; it must return a table.{hint}")
        if len(result) != len(df):
            raise DataError(
                f"The step {self.name!r} got {len(df):,} rows and returned {len(result):,}; a step keeps every row. "
                "Remove rows from the data before training instead."
            )
        if not result.index.equals(df.index):
            raise DataError(
                f"The step {self.name!r} returned its rows in another order or with another index; it must keep both "
                "(no sort_values or reset_index of the whole table)."
            )
        return result
