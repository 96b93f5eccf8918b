# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""A plan over a table at once: over arrays, as one Polars query, or as one Python loop where a table has few rows."""

from __future__ import annotations

from typing import Any

from litsdf.contract import NotNative
from litsdf.frame import DataFrame
from litsdf.plan import Plan
from litsdf.series import Series

__all__ = ["Fused"]

_WORTH_A_QUERY = 700
"""Rows from which starting a Polars query costs less than it saves; below, text runs in one Python loop."""


class Fused:
    """Runs one plan; what it prepares is kept for the next table."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._loop: Any = None
        self._queries: dict[bool, Any] = {}
        self._reads_text = any(column.dtype == "str" for column in plan.inputs)
        self._numbers: Any = None
        """What calculates a plan of numbers alone; False where there is more in it."""

    def __call__(self, frame: DataFrame) -> Any:
        """The result for a table; None when the layouts must do it operation by operation."""
        if frame.layout == "record" or len(frame) < 2:
            return None
        result = self._calculated(frame)
        if result is None:
            result = self._queried(frame)
        if result is None:
            return None
        if self.plan.single:
            column = next(iter(result.columns.values()))
            return Series._of(column.renamed(self.plan.series_name), frame.fallbacks)
        return DataFrame._of(result, frame.fallbacks)

    def _calculated(self, frame: DataFrame) -> Any:
        """Numbers over arrays, which NumPy calculates as pandas does; None where there is more than numbers."""
        from litsdf.compiling.portions import prepare

        try:
            if self._numbers is None:
                self._numbers = prepare(self.plan)
        except NotNative:
            self._numbers = False
        if self._numbers is False:
            return None
        from litsdf.compiling.numbers import run_on_arrays, run_on_polars

        in_polars = frame.layout == "polars"
        try:
            table = self._inputs_in(frame, "polars" if in_polars else "numpy")
            return (run_on_polars if in_polars else run_on_arrays)(self.plan, self._numbers, table)
        except NotNative:
            return None

    def _queried(self, frame: DataFrame) -> Any:
        """Text and dates: one query, or one loop; None where the layouts must do it."""
        if frame.layout == "numpy" and not self._reads_text and self.plan.keep is None:
            return None  # taking arrays to Polars and back costs more than the work
        try:
            if frame.layout != "polars" and len(frame) < _WORTH_A_QUERY:
                return self._looped(frame)
            from litsdf.compiling.query import run_query

            return run_query(self.plan, self._inputs_in(frame, "polars"), self._queries)
        except (NotNative, ImportError):
            return None

    def _inputs_in(self, frame: DataFrame, layout: str) -> Any:
        from litsdf.convert import frame_to

        return frame_to(frame[[column.name for column in self.plan.inputs]]._table, layout)

    def _looped(self, frame: DataFrame) -> Any:
        """Run text row by row in generated code; numbers are faster array by array."""
        if self.plan.keep is not None or not self._reads_text:
            raise NotNative("numbers only, or a filter")
        from litsdf.compiling.loop import prepare_loop, run_loop

        if self._loop is None:
            self._loop = prepare_loop(self.plan)
        return run_loop(self.plan, self._inputs_in(frame, "numpy"), self._loop)
