"""A part of a file and what is to be done with it; what became of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from litmus.batch.options import TransformOptions
from litmus.batch.parts import Part
from litmus.data.locations import DataFile
from litmus.quantities import bytes_text
from litmus.runtime import RuntimeModel

__all__ = ["Aside", "PartFacts", "PartWork"]


@dataclasses.dataclass
class PartFacts:
    """What became of a part.

    Attributes:
        rows: rows answered.
        bad_rows: rows put aside.
        columns: the columns of a table, in their order.
        delimiter: what stands between the cells of a CSV file.
    """

    rows: int = 0
    bad_rows: int = 0
    columns: list[str] = dataclasses.field(default_factory=list)
    delimiter: str = ","


@dataclasses.dataclass
class Aside:
    """A row that is put aside: where it is, the reason, and what it holds."""

    number: int
    reason: str
    record: Any


@dataclasses.dataclass(frozen=True)
class PartWork:
    """A part of a file and what is to be done with it.

    Attributes:
        model: what answers.
        file, part: the rows.
        target: the file for the answers.
        options: what is written, and how much is asked at once.
        said: called with a number of rows when they are done.
    """

    model: RuntimeModel
    file: DataFile
    part: Part
    target: Path
    options: TransformOptions
    said: Callable[[int], None]

    @property
    def separate(self) -> bool:
        """Whether rows that do not fit are put aside."""
        return self.options.bad_rows == "separate"

    @property
    def counts(self) -> str:
        """What rows are counted by: lines of a text, else rows."""
        return "row" if self.file.format in ("parquet", "arrow") else "line"

    @property
    def required(self) -> list[str]:
        """The columns that must be there."""
        schema = self.model.schema
        return [name for name in schema.inputs if schema[name].required]

    def place(self, number: int) -> str:
        """A row's place, for messages."""
        return f"{self.file.label}, {self.counts} {number:,}"

    def too_long(self, size: int) -> str:
        """Why a row of so many bytes is refused."""
        return (
            f"the row is {bytes_text(size)} long, more than the {bytes_text(self.options.payload_bytes)} that the model "
            "is given at once; raise max_payload."
        )
