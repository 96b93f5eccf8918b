"""A plain function as a step."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from litmus.errors import ParameterError
from litmus.program import NotLoweredError, Sketch
from litmus.program.own_code import lower_plan
from litmus.steps.base import Step
from litmus.steps.compiled import CompiledFunction, alike, compile_checked
from litmus.steps.own_code import one_line, own_result, taken_back
from litsdf import DataFrame
from litsdf.interchange import as_frame, numbered_rows, rows_between

__all__ = ["FunctionStep"]

_PLAN, _SOURCE, _FACTS = "plan.json", "source.py", "function.json"
_CHECKED_ROWS = 200
"""Training rows on which litsdf must give what pandas gives."""


@dataclass
class FunctionStep(Step):
    """Apply a function that takes a table and returns one, such as one that adds a column.

    The function gets its own shallow copy: `df["new"] = …` inside it never reaches the caller's table. It must return a
    table with the same rows in the same order, since a model has to answer for each row it is asked about.

    `fit` compiles it with `litsdf.compile` where its operations can be traced, which makes one row fast; where they
    cannot, the function itself runs. A function that fails on a litsdf table, such as one that calls `pandas.concat`,
    gets a pandas frame. Both are said in the report.

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

    function: Callable[[Any], Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not callable(self.function):
            raise ParameterError(
                f"FunctionStep.function must be a function that takes a table and returns one, not {self.function!r}."
            )
        self._compiled: CompiledFunction | None = None

    @property
    def name(self) -> str:
        """The function's own name in words_with_underscores."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()

    @property
    def is_compiled(self) -> bool:
        """Whether a compiled form of the function runs, not the function itself."""
        return self._compiled is not None

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Compile the function for tables with these columns, or find out which kind of table it works on."""
        df = as_frame(df)
        self._compiled, self.not_compiled_, self.in_pandas_ = None, "", ""
        sample = numbered_rows(rows_between(df, 0, _CHECKED_ROWS))
        try:
            expected = taken_back(self.function(sample.to_pandas()), sample, self.name).to_pandas()
        except (
            Exception
        ):  # it fails on pandas too, or was written for litsdf: then only the table itself is left to try
            return
        self._compiled, reason = compile_checked(self.function, sample, expected)
        if self._compiled is None:
            self.in_pandas_ = self._why_not_here(sample, expected)
            self.not_compiled_ = "" if self.in_pandas_ else reason

    def _why_not_here(self, sample: DataFrame, expected: Any) -> str:
        """Why the function needs pandas frames: its error on a litsdf table, or that it gives other values on one."""
        try:
            result = taken_back(self.function(sample.copy()), sample, self.name)
        except Exception as error:
            return one_line(error)
        return "" if alike(result, expected) else "it gave other values than on a pandas frame"

    def fit_transform(self, df: DataFrame, y: np.ndarray | None = None) -> DataFrame:
        """`fit`, then the training rows; a function that fails on them gets pandas frames from then on."""
        df = as_frame(df)
        self.fit(df, y)
        result, reason = self._run(df)
        if reason is not None:
            self._compiled, self.not_compiled_, self.in_pandas_ = None, "", reason
        return result

    def transform(self, df: DataFrame) -> DataFrame:
        """What the function returned, checked to have the same rows in the same order."""
        return self._run(as_frame(df))[0]

    def _run(self, df: DataFrame) -> tuple[DataFrame, str | None]:
        if self._compiled is not None:
            made = self._compiled(df)
            if made is not None:
                return made, None
        return own_result(self.function, df, self.name, in_pandas=bool(getattr(self, "in_pandas_", "")))

    def lower(self, sketch: Sketch) -> Sketch:
        """What the compiled function makes of the table of nodes.

        Raises:
            NotLoweredError: when the function is not compiled, with the reason and the line.
        """
        if self._compiled is None:
            reason = getattr(self, "not_compiled_", "") or getattr(self, "in_pandas_", "") or "it was not fitted"
            raise NotLoweredError(f"The function {self.name!r} is not compiled, because {reason.rstrip('.')}.")
        return lower_plan(self._compiled.plan, sketch)

    def report(self) -> list[str]:
        """Why the function does not run compiled, or not on litsdf tables."""
        if getattr(self, "in_pandas_", ""):
            advice = "litsdf has its own concat, get_dummies, cut, to_datetime and others."
            return [
                f"The function {self.name!r} gets pandas frames: a litsdf table does not do ({self.in_pandas_}). {advice}"
            ]
        if getattr(self, "not_compiled_", ""):
            reason = self.not_compiled_.rstrip(".")
            return [f"The function {self.name!r} runs as it is written; it is not compiled, because {reason}."]
        return []

    def save(self, folder: Path) -> None:
        """Write the compiled plan, and the function's source where it is known, for people and for serving."""
        facts = {"not_compiled": getattr(self, "not_compiled_", None), "in_pandas": getattr(self, "in_pandas_", None)}
        (folder / _FACTS).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        if self._compiled is not None:
            self._compiled.save(folder / _PLAN)
        try:
            (folder / _SOURCE).write_text(inspect.getsource(self.function), encoding="utf-8")
        except (OSError, TypeError):  # typed into a prompt, or an object that is called
            return

    def restore(self, folder: Path) -> None:
        """Read what `save` wrote."""
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        if facts["not_compiled"] is not None:
            self.not_compiled_, self.in_pandas_ = facts["not_compiled"], facts["in_pandas"]
        if (folder / _PLAN).exists():
            self._compiled = CompiledFunction.load(folder / _PLAN)
