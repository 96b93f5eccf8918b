"""A user's function as a compiled plan: what it makes of a table, without the columns that it only passes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from litmus.steps.own_code import one_line
from litsdf import Compiled, DataFrame
from litsdf import compile as compile_function
from litsdf.interchange import dtype_names, joined, row_values, row_with, rows_between
from litsdf.plan import Field, Plan

__all__ = ["CompiledFunction", "alike", "compile_checked"]


class CompiledFunction:
    """A compiled function from table to table.

    Columns that come out as they went in are not carried through the plan, so that neither their number nor their
    types cost anything.

    Attributes:
        plan: the whole plan, which reads every column of the training table.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        made = {name: node for name, node in plan.outputs.items() if not _passed_on(name, node)}
        used = {id(node) for node in _leaves(Plan(plan.inputs, made))}
        self._inputs = {column.name: column.dtype for column in plan.inputs if id(column) in used}
        inputs = tuple(column for column in plan.inputs if id(column) in used)
        self._made = Compiled(Plan(inputs, made), inputs, None, None) if made else None
        self._dtypes = {name: node.dtype for name, node in made.items()}
        self._names = list(plan.outputs)

    def __call__(self, table: DataFrame) -> DataFrame | None:
        """What the function makes of the table; None when its columns have other types than at training."""
        dtypes = dtype_names(table)
        if not all(dtypes.get(name) == dtype for name, dtype in self._inputs.items()):
            return None
        if not all(name in dtypes for name in self._names if name not in self._dtypes):
            return None
        if self._made is None:
            return table[self._names]
        if table.layout == "record" and len(table) == 1:
            return row_with(table, self._made(row_values(table, self._inputs)), self._dtypes, self._names)
        return joined(table, self._made(table[list(self._inputs)]), self._names)

    def __reduce__(self) -> Any:
        return type(self), (self.plan,)

    def save(self, path: Path) -> None:
        """Write the plan as JSON."""
        Compiled(self.plan, self.plan.inputs, None, None).save(path)

    @classmethod
    def load(cls, path: Path) -> CompiledFunction:
        """Read a plan that `save` wrote."""
        plan = Compiled.load(path).plan
        if plan is None:
            raise TypeError("a saved plan is always whole")
        return cls(plan)


def compile_checked(
    function: Callable[[DataFrame], Any], table: DataFrame, expected: Any
) -> tuple[CompiledFunction | None, str]:
    """Compile a function for tables with the columns of this one.

    Args:
        function: table → table.
        table: training rows.
        expected: what the function itself gives for them, as a pandas frame; the compiled one must give the same.

    Returns:
        The compiled function and "", or None and the reason why the function itself has to run each time.
    """
    try:
        compiled = compile_function(function, table)
        if compiled.plan is None or compiled.plan.single:
            return None, compiled.fallback or _NO_PLAN[compiled.plan is None]
        if compiled.plan.keep is not None:
            return None, "it leaves out rows"
        made = CompiledFunction(compiled.plan)
        results = [(made(table), expected)]
        if len(table):
            results.append((made(rows_between(table, 0, 1).to_layout("record")), expected.iloc[:1]))
    except Exception as error:  # whatever a user's function does with a table that holds no values
        return None, one_line(error)
    if not all(result is not None and alike(result, wanted) for result, wanted in results):
        return None, "its compiled form did not give the same values"
    return made, ""


_NO_PLAN = {True: "it brings rows together", False: "it gives a column, not a table"}


def alike(result: DataFrame, expected: Any) -> bool:
    """Whether a table has the columns of a pandas frame in the same order, and its values but for rounding."""
    if list(result) != list(expected.columns):
        return False
    from pandas.testing import assert_frame_equal

    try:
        assert_frame_equal(result.to_pandas(), expected, check_dtype=False, check_index_type=False, rtol=1e-9)
    except AssertionError:
        return False
    return True


def _passed_on(name: str, node: Any) -> bool:
    return isinstance(node, Field) and node.name == name


def _leaves(plan: Plan) -> list[Any]:
    """The fields that the results of a plan are made from."""
    found = [output for output in plan.outputs.values() if isinstance(output, Field)]
    return found + [operand for node in plan.nodes() for operand in node.operands if isinstance(operand, Field)]
