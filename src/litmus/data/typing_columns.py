"""Raw columns → canonical columns and the schema that says what each one is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, MutableMapping

import pandas as pd

from litmus.data.canonical import Canonical, to_canonical
from litmus.data.cells import Cells, read_cells
from litmus.data.conform_column import empty_column
from litmus.data.counted import counted, listed, shown
from litmus.data.inference import Inference, infer_column
from litmus.data.markers import DEFAULT_MARKERS, Markers, column_markers
from litmus.data.notebook import Notebook
from litmus.data.one_value import EXPECTED
from litmus.data.raw_table import RawTable
from litmus.data.schema import Column, Schema
from litmus.errors import DataError
from litmus.freed import give_back_memory
from litmus.naming import nearest

__all__ = ["TypedColumns", "check_known", "conform_part", "type_columns"]


@dataclasses.dataclass
class TypedColumns:
    """Columns in canonical types, and what they are."""

    columns: MutableMapping[str, pd.Series]
    schema: Schema


def check_known(names: Iterable[str], available: Iterable[str], what: str) -> None:
    """Refuse names that the table does not have.

    Raises:
        DataError: naming the first unknown one and the nearest.
    """
    known = list(available)
    present = set(known)
    for name in names:
        if name not in present:
            close = nearest(name, known)
            hint = f" Did you mean {close!r}?" if close else ""
            raise DataError(
                f"The table has no column {name!r}, named as {what}.{hint} Its columns: {listed(known, limit=30)}."
            )


def type_columns(
    raw: RawTable,
    given: Mapping[str, Column],
    markers: Markers,
    notes: Notebook,
    columns: MutableMapping[str, pd.Series] | None = None,
) -> TypedColumns:
    """Infer the kind of each column, unless it is given, and convert it; the results go into `columns`.

    `raw` gives its columns away one by one, so that no more than one column exists twice.
    """
    columns = {} if columns is None else columns
    described: list[Column] = []
    for name in list(raw.columns):
        series = raw.columns.pop(name)
        cells = read_cells(series, markers.of_column(name))
        inference = _given(given[name], cells) if name in given else infer_column(name, cells)
        _note_cells(notes, inference.column, inference.cells)
        for sentence in inference.notes:
            notes.add("how they were read", sentence)
        converted = to_canonical(inference.cells, inference.column, series)
        _note_unreadable(notes, converted, inference.column, series)
        columns[name] = converted.values
        described.append(_with_markers(inference.column, markers.of_column(name)))
        del series, cells, inference, converted
        give_back_memory(8 * raw.rows)
    return TypedColumns(columns, Schema(described))


def _with_markers(column: Column, asked_for: frozenset[str]) -> Column:
    """The column with all its markers, where they are not the usual ones."""
    texts = asked_for | set(column.markers or ())
    return dataclasses.replace(column, markers=None if texts == DEFAULT_MARKERS else tuple(sorted(texts)))


def _given(column: Column, cells: Cells) -> Inference:
    return Inference(dataclasses.replace(column, dtype=column.dtype or cells.dtype), cells, [])


def _note_cells(notes: Notebook, column: Column, cells: Cells, where: str = "") -> None:
    name = column.name
    found = [
        f"{counted(count, 'blank cell')}" if marker == "" else f"{count:,} {marker!r}"
        for marker, count in sorted(cells.markers.items(), key=lambda item: -item[1])
    ]
    if found:
        notes.add(f"missing markers{where}", f"{name}: {', '.join(found)}{where} read as missing.")
    if cells.infinite:
        notes.add(f"infinities{where}", f"{name}: {counted(cells.infinite, 'infinite value')}{where} read as missing.")
    if cells.mixed:
        notes.add(f"mixed types{where}", f"{name}: values of type {cells.mixed}{where} are read as text.")
    if cells.stripped and column.kind != "text" and not where:
        notes.add("blanks", f"{name}: blanks around {counted(cells.stripped, 'distinct value')} were removed.")


def _note_unreadable(notes: Notebook, converted: Canonical, column: Column, raw: pd.Series, where: str = "") -> None:
    if converted.unreadable is not None:
        count = int(converted.unreadable.sum())
        example = raw.iloc[int(converted.unreadable.argmax())]
        notes.add(
            f"unreadable values{where}",
            f"{column.name}: {counted(count, 'value')}{where} such as {shown(example)} read as missing, "
            f"because {EXPECTED[column.kind]}.",
        )


def conform_part(
    raw: RawTable, schema: Schema, notes: Notebook, part: str, columns: MutableMapping[str, pd.Series]
) -> None:
    """Put the inputs and weights of another source into `columns`, converted as the schema of the training rows says.

    Raises:
        DataError: when a feature is absent.
    """
    features = set(schema.features)
    absent = [name for name in schema.features if name not in raw.columns]
    if absent:
        raise DataError(
            f"The {part} rows ({raw.origin}) have no column {listed(absent)}, which the training rows have; "
            "both need the same columns."
        )
    extra = [name for name in raw.columns if name not in schema]
    if extra:
        notes.add("extra columns", f"The {part} rows also have {listed(extra)}, which the training rows lack; ignored.")
    where = f" of the {part} rows"
    for name in (*schema.inputs, *schema.names("weight")):
        column = schema[name]
        if name not in raw.columns:
            if column.kind != "weight":
                columns[name] = empty_column(column, raw.rows)
            continue
        series = raw.columns.pop(name)
        cells = read_cells(series, column_markers(column))
        converted = to_canonical(cells, column, series)
        if name in features:
            _note_cells(notes, column, cells, where)
            _note_unreadable(notes, converted, column, series, where)
        columns[name] = converted.values
        del series, cells, converted
        give_back_memory(8 * raw.rows)
