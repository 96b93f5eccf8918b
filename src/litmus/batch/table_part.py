"""A part of a CSV, Parquet or Arrow file."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.batch.answering import Answered, RowRefusedError, answer_rows, with_answers
from litmus.batch.csv_lines import lines_of
from litmus.batch.part_work import Aside, PartFacts, PartWork
from litmus.batch.payloads import table_payloads
from litmus.batch.sinks import TableSink
from litmus.data.counted import listed
from litmus.data.csv_dialect import Dialect
from litmus.data.csv_reader import checked_dialect
from litmus.errors import DataError, PredictionError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["transform_table"]


def transform_table(work: PartWork) -> tuple[PartFacts, list[Aside]]:
    """Answer the rows of a part of a table; returns what became of it, and the rows put aside."""
    dialect = None
    if work.file.format == "csv":
        dialect = work.part.dialect or checked_dialect(work.file)
        work = dataclasses.replace(work, part=dataclasses.replace(work.part, dialect=dialect))
    return _Table(work, dialect).transform()


class _Table:
    def __init__(self, work: PartWork, dialect: Dialect | None) -> None:
        self._work = work
        self._dialect = dialect
        self._sink = TableSink(work.target, work.file, dialect.delimiter if dialect else ",")
        self._aside: list[Aside] = []  # by their place among the rows, until lines are looked for
        self._misshapen: list[Aside] = []
        self._done = 0

    def transform(self) -> tuple[PartFacts, list[Aside]]:
        facts = PartFacts(delimiter=self._dialect.delimiter if self._dialect else ",")
        try:
            for table, sizes in table_payloads(self._work.file, self._work.part, self._work.options, self._invalid):
                if not self._sink.columns:
                    self._check_columns(table.column_names)
                facts.rows += self._payload(table, sizes)
                self._work.said(table.num_rows)
        except DataError as error:
            if self._misshapen and not self._work.separate:
                line = lines_of(self._work, self._dialect, [], 1)[1][0]
                raise DataError(f"{self._work.place(line)}: {self._misshapen[0].reason}") from error
            raise
        finally:
            self._sink.close()
        facts.columns = self._sink.columns
        return facts, self._placed()

    def _payload(self, table: pa.Table, sizes: np.ndarray) -> int:
        """Answer and write some rows; returns how many were answered."""
        work, options = self._work, self._work.options
        try:
            answered = self._ask(table, sizes)
        except RowRefusedError as error:
            line = lines_of(work, self._dialect, [self._done + error.row])[0][0]
            raise PredictionError(f"{work.place(line)}: {error.reason}") from error
        for row, reason in answered.bad.items():
            self._aside.append(Aside(self._done + row, reason, table.slice(row, 1).to_pylist()[0]))
        kept = table if options.keep else None
        self._sink.write(
            with_answers(work.model, kept, answered, probabilities=options.probabilities, bare=options.columns)
        )
        self._done += table.num_rows
        return len(answered.rows)

    def _ask(self, table: pa.Table, sizes: np.ndarray) -> Answered:
        import pandas as pd

        from litmus.data.frames import arrow_columns

        work = self._work
        columns = arrow_columns(table, work.file.label)
        frame = pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows), copy=False)
        long = np.flatnonzero(sizes > work.options.payload_bytes).tolist()
        return answer_rows(
            work.model,
            table.num_rows,
            lambda start, end: frame.iloc[start:end],
            lambda row: table.slice(row, 1).to_pylist()[0],
            singly=work.options.records == "single",
            refused={row: work.too_long(int(sizes[row])) for row in long},
            separate=work.separate,
        )

    def _invalid(self, row: Any) -> str:
        """What is done about a line with too many or too few cells."""
        reason = f"the line has {row.actual_columns:,} cells, {row.expected_columns:,} are expected."
        self._misshapen.append(Aside(-1, reason, row.text))
        return "skip" if self._work.separate else "error"

    def _check_columns(self, names: list[str]) -> None:
        label = self._work.file.label
        absent = [name for name in self._work.required if name not in names]
        if absent:
            raise DataError(
                f"{label}: The rows have no column {listed(absent)}, which the model needs because training rows always "
                "had it; add it, with nothing in it where the value is not known."
            )
        unknown = [name for name in self._work.options.columns if name not in names]
        if unknown:
            raise DataError(f"{label} has no column {listed(unknown)} to keep; it has {listed(names)}.")

    def _placed(self) -> list[Aside]:
        """The rows put aside, by their lines."""
        aside, misshapen = self._aside, self._misshapen
        if aside or misshapen:
            lines, others = lines_of(self._work, self._dialect, [row.number for row in aside], len(misshapen))
            for row, line in zip([*aside, *misshapen], [*lines, *others], strict=True):
                row.number = line
        return [*aside, *misshapen]
