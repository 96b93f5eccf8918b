# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Compile a pandas-style function: trace it once, then run it on a row, on rows, or on any table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from litsdf.contract import NotNative
from litsdf.dtypes import NATIVE, OPAQUE
from litsdf.errors import CompileError, LayoutError
from litsdf.frame import DataFrame
from litsdf.layouts.columnar import ColumnarFrame
from litsdf.plan import Field, Plan, TraceColumn, TraceFrame, UntraceableError, user_line
from litsdf.relations import Part, Source, TracedScalar
from litsdf.series import Series

if TYPE_CHECKING:
    from litsdf.bandit import LayoutBandit
    from litsdf.compiling.program import Program

__all__ = ["Compiled", "compile"]


class Compiled:
    """A compiled function: call it with a dict, a list of dicts, or a table of any kind.

    A dict gives a dict, a list of dicts gives a list of dicts (each row for itself), a table gives a table of the
    same kind. A missing number or text is NaN in the results, a missing date is None. A row that a filter of the
    function leaves out gives None, and is left out of a list.

    Attributes:
        source: the Python code that answers one row; None when the function could not be traced, or when it brings
            rows together in a way that has no such code: then the function itself answers one row, in the record layout.
        fallback: why the function could not be traced, with the line; None when it was.
        inputs: the fields it reads.
        plan: the expression graph; None when there is none for one row.
        bandit: what chooses the layout of tables by measured times; None leaves it to the number of rows.
    """

    def __init__(self, plan: Plan | None, inputs: tuple[Field, ...], function: Any, fallback: str | None) -> None:
        self.plan = plan
        self.inputs = inputs
        self.fallback = fallback
        self._function = function
        self.bandit: LayoutBandit | None = None
        self.source: str | None = None
        self._result: Source | None = None
        self._program: Program | None = None
        self._fused: Any = None
        self._check: Any = None
        self._row: Callable[[Mapping[str, Any]], Any] = _no_code
        if plan is not None:
            from litsdf.compiling.fused import Fused

            self._fused = Fused(plan)
            from litsdf.compiling.rows import row_code

            self.source, self._row = row_code(plan)

    @classmethod
    def _of_program(cls, inputs: tuple[Field, ...], result: Source, function: Any) -> Compiled:
        """A function that brings rows together."""
        from litsdf.compiling.one_row import program_row_code

        compiled = cls(None, inputs, function, None)
        compiled._result = result
        with suppress(NotNative):
            compiled.source, compiled._row = program_row_code(inputs, result)
        return compiled

    @property
    def program(self) -> Program | None:
        """What answers tables when the function brings rows together; None when it does not."""
        if self._program is None and self._result is not None:
            from litsdf.compiling.program import Program

            self._program = Program(self._result)
        return self._program

    def __call__(self, rows: Any) -> Any:
        """Run the function.

        Raises:
            FieldError: a row lacks a field, or a field has the wrong type.
        """
        if type(rows) is dict:
            try:
                return self._row(rows)
            except NotNative:
                return self._eager_row(rows)
        if type(rows) is list:
            return self._rows(rows)
        return self._table(rows)

    def _rows(self, rows: list[Any]) -> list[Any]:
        """Each row for itself; one that is left out is not there, and one that becomes several gives them all."""
        answers: list[Any] = []
        for row in rows:
            try:
                found = self._row(row)
            except NotNative:
                answers += self._eager_rows(row)
            else:
                answers += [] if found is None and self._leaves_out else [found]
        return answers

    @property
    def _leaves_out(self) -> bool:
        """Whether None may stand for a row that is left out: else it is a missing date."""
        return self._result is not None or self.plan is None or self.plan.keep is not None

    def _eager_row(self, row: Mapping[str, Any]) -> Any:
        """One row without its code: None when it is left out, a list when it becomes several."""
        answers = self._eager_rows(row)
        if len(answers) > 1:
            return answers
        return answers[0] if answers else None

    def _eager_rows(self, row: Mapping[str, Any]) -> list[Any]:
        """Run the function on one row without its code: exactly, not fast."""
        import pandas as pd

        from litsdf.compiling.rows import row_code

        if self._check is None:
            _, self._check = row_code(Plan(self.inputs, {column.name: column for column in self.inputs}))
        checked = self._check(row)
        held = {
            column.name: pd.Series([checked[column.name]], dtype=None if column.dtype == OPAQUE else column.dtype)
            for column in self.inputs
        }
        result = self._run(DataFrame(pd.DataFrame(held), layout="record"))
        if isinstance(result, pd.DataFrame):
            result = DataFrame(result)
        elif isinstance(result, pd.Series):
            result = Series(result)
        elif not isinstance(result, DataFrame | Series):
            return [result]  # the function itself went to another library
        return _answers(result._held())

    def _run(self, frame: DataFrame) -> Any:
        if self._function is not None:
            return self._function(frame.copy())
        if self.program is not None:
            return self.program(frame)
        from litsdf.compiling.replay import replay

        if self.plan is None:
            raise CompileError("This compiled function has neither a plan nor its source function.")
        return replay(self.plan, frame)

    def _table(self, rows: Any) -> Any:
        ours = isinstance(rows, DataFrame)
        frame = rows if ours else DataFrame(rows)
        lazy = frame._lazy()
        result = self._answer(frame) if self.bandit is None or lazy else self._learned(frame, self.bandit)
        if not isinstance(result, DataFrame | Series):
            return result  # the function itself went to another library
        with suppress(LayoutError):  # a result that only pandas can hold stays with it
            result = result.to_layout(frame.layout)
        if ours:
            return result
        kind = type(rows).__module__.partition(".")[0]
        if kind == "polars":
            return result.to_polars() if isinstance(result, DataFrame) else result.to_layout("polars")._column.data
        return result.to_pandas()

    def _answer(self, frame: DataFrame) -> Any:
        # a lazy table fuses what the function does by itself, portion by portion; one row is not worth a query
        if frame._lazy() or len(frame) < 2:
            return self._run(frame)
        result = None
        if self.program is not None:
            try:
                return self.program(frame)
            except NotNative:
                return self._run(frame)
            except Exception as error:
                result = self._run(frame)  # raises where the function, or its table, is wrong
                frame.fallbacks.mistaken("a compiled function", frame.layout, error)
                return result
        if self._fused is not None:
            result = self._fused(frame)
        return self._run(frame) if result is None else result

    def _learned(self, frame: DataFrame, bandit: LayoutBandit) -> Any:
        """Answer in the layout that measured times speak for; in the pandas layout the function runs as it is."""

        def answer(held: DataFrame) -> Any:
            return self._run(held) if held.layout == "pandas" else self._answer(held)

        name = getattr(self._function, "__qualname__", "plan")
        try:
            return bandit.run(answer, frame, name=f"{name} from {frame.layout}")
        except LayoutError:  # the chosen layout cannot hold this table
            return self._answer(frame)

    def save(self, path: Any) -> None:
        """Write the plan or program as JSON, atomically, with the tables that it joins as Arrow; no code is pickled.

        Raises:
            CompileError: the function could not be traced, or has constants of kinds that are not saved.
        """
        from litsdf.compiling.storage import plan_as_json, save

        if self._result is not None:
            from litsdf.compiling.program_storage import program_as_json

            save(program_as_json(self.inputs, self._result), path)
        elif self.plan is not None:
            save(plan_as_json(self.plan), path)
        else:
            raise CompileError(f"This function cannot be saved ({self.fallback}).")

    @classmethod
    def load(cls, path: Any) -> Compiled:
        """Read a saved function.

        Raises:
            CompileError: the file is none, is damaged, or comes from another version.
        """
        from litsdf.compiling.storage import load

        plan, program = load(path)
        if program is not None:
            return cls._of_program(*program, None)
        if plan is None:
            raise CompileError(f"{path} holds no function.")
        return cls(plan, plan.inputs, None, None)


def _no_code(_: Mapping[str, Any]) -> Any:
    raise NotNative("a function without code for one row")


def _answers(result: Any) -> list[Any]:
    """The rows of a pandas table as dicts, or the values of a column."""
    if result.ndim == 1:
        return [_plain(value) for value in result]
    columns = [[_plain(value) for value in result.iloc[:, place]] for place in range(result.shape[1])]
    names = list(result.columns)
    return (
        [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
        if columns
        else [{}] * len(result)
    )


def _plain(value: Any) -> Any:
    import math

    from litsdf.dtypes import is_missing

    if isinstance(value, list):
        return value
    if is_missing(value):
        return None if type(value).__name__ == "NaTType" else math.nan
    for method in ("to_pydatetime", "to_pytimedelta", "item"):
        if hasattr(value, method):
            return getattr(value, method)()
    return value


def _fields(example: Any) -> tuple[Field, ...]:
    if isinstance(example, Mapping) and example and all(type(v) is str and v in NATIVE for v in example.values()):
        return tuple(Field(name, dtype) for name, dtype in example.items())
    frame = DataFrame([example] if isinstance(example, Mapping) else example)
    table = frame._table
    if not isinstance(table, ColumnarFrame):
        from litsdf.convert import frame_to

        table = frame_to(table, "numpy")
    if not isinstance(table, ColumnarFrame):
        raise CompileError(f"The example's column names are not distinct texts: {table.names[:5]}. Rename them first.")
    fields = []
    for name, column in table.columns.items():
        if isinstance(example, Mapping) and example[name] is None:
            raise CompileError(
                f"The example has no value for {name!r}. Give a dict of dtypes, such as {{{name!r}: 'str'}}."
            )
        never = column.dtype in {"int64", "int32", "bool"}
        fields.append(Field(name, column.dtype, may_be_missing=not never))
    return tuple(fields)


def compile(  # noqa: A001  (litsdf.compile reads well)
    function: Callable[[DataFrame], Any], example: Any, *, choose: Literal["rows", "learn"] | LayoutBandit = "rows"
) -> Compiled:
    """Trace a pandas-style function and give an object that runs it on a row, on rows, or on any table.

    Args:
        function: takes a DataFrame, gives a DataFrame or a Series. It is called once, with columns that record what
            is done to them; a Python `if` on a value, or a loop over rows, cannot be recorded, and then every call
            runs the function itself in the record layout (`.fallback` says why, with the line).
        example: what it will be called with: a row as a dict, a table, or a dict from column to dtype.
        choose: which layout answers a table: "rows" goes by the number of rows, "learn" by times measured in this
            process, a `LayoutBandit` by what it has learned, within its limits.

    Raises:
        CompileError: `choose` is something else.

    >>> def clean(df):
    ...     df["title"] = df["title"].fillna("").str.lower()
    ...     return df
    >>> compiled = compile(clean, {"title": "str"})
    >>> compiled({"title": "Hello"})
    {'title': 'hello'}
    """
    compiled = _traced(function, example)
    if choose == "learn":
        from litsdf.bandit import LayoutBandit

        choose = LayoutBandit(layouts=("numpy", "pandas", "polars"))
    if isinstance(choose, str):
        if choose != "rows":
            raise CompileError(f"choose is 'rows', 'learn' or a LayoutBandit, but it is {choose!r}.")
    else:
        compiled.bandit = choose
    return compiled


def _traced(function: Callable[[DataFrame], Any], example: Any) -> Compiled:
    inputs = _fields(example)
    frame = DataFrame._of(TraceFrame.of_fields(inputs), None)
    try:
        return _made(inputs, function, _source(function(frame)))
    except UntraceableError as reason:
        return Compiled(None, inputs, function, str(reason))
    except (NotNative, LayoutError) as reason:
        return Compiled(None, inputs, function, f"{user_line()}: {reason}")


def _made(inputs: tuple[Field, ...], function: Callable[[DataFrame], Any], source: Source) -> Compiled:
    plan = _plan(inputs, source)
    return Compiled._of_program(inputs, source, function) if plan is None else Compiled(plan, inputs, function, None)


def _plan(inputs: tuple[Field, ...], source: Source) -> Plan | None:
    """The whole function as one plan; None when it brings rows together."""
    plan = Plan(inputs, source.outputs, single=source.single, series_name=source.name, keep=source.keep)
    leaves = [*plan.outputs.values(), plan.keep]
    leaves += [value for node in plan.nodes() for value in (*node.operands, *node.parameters.values())]
    together = source.origin is not None or any(isinstance(leaf, Part | TracedScalar) for leaf in leaves)
    return None if together else plan


def _source(result: Any) -> Source:
    held = getattr(result, "_table" if isinstance(result, DataFrame) else "_column", None)
    if not isinstance(held, TraceColumn | TraceFrame):
        raise UntraceableError(
            f"The function must give a DataFrame or a Series, but it gives a {type(result).__name__}."
        )
    return held.source()
