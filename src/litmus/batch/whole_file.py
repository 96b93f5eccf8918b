"""One file, all of it, into one file of the same format: what other kinds of inference make of a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from litmus.batch.joining import join_text
from litmus.batch.one_part import transform_part
from litmus.batch.options import TransformOptions
from litmus.batch.part_work import PartWork
from litmus.batch.parts import Part
from litmus.data.locations import DataFile
from litmus.runtime import RuntimeModel

__all__ = ["transform_whole"]


def transform_whole(
    model: RuntimeModel, file: DataFile, target: Path, options: TransformOptions, said: Callable[[int], None]
) -> int:
    """Answer the rows of a file a piece at a time; returns how many there were.

    Args:
        model: what answers.
        file: the rows.
        target: the file for the answers.
        options: what is written, and how much is asked at once.
        said: called with the number of rows after each piece; what it raises ends the work.

    Raises:
        PredictionError: when a row does not fit the model; it names the line.
        DataError: when the file cannot be read or lacks a column.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        facts = transform_part(PartWork(model, file, Part(0), part, options, said))
        if file.format == "csv":
            join_text(file, facts.columns, facts.delimiter, [part], target)
        else:
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return facts.rows
