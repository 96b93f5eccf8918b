"""The sources of a task: reading each, and joining validation rows to training rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from litmus.data.counted import counted, listed
from litmus.data.label_lists import label_lists
from litmus.data.labels import read_labels
from litmus.data.markers import Markers
from litmus.data.notebook import Notebook
from litmus.data.raw_table import RawTable
from litmus.data.read_in_portions import derived
from litmus.data.readers import read_source
from litmus.data.splits import TRAIN, VALIDATION
from litmus.data.target import Target
from litmus.errors import DataError

__all__ = ["encode_part", "keep_rows", "read_parts", "stack"]


def read_parts(sources: Mapping[str, Any], notes: Notebook, scratch: Path | None = None) -> dict[str, RawTable]:
    """Read every source; what is read before it is wanted goes into the folder `scratch`, if there is one.

    Raises:
        DataError: when one cannot be read, or has no rows.
    """
    parts: dict[str, RawTable] = {}
    for part, source in sources.items():
        table = read_source(source, None if scratch is None else scratch / f"{part}-cells")
        for sentence in table.notes:
            notes.add("how it was read", sentence)
        if not table.columns:
            raise DataError(
                f"The {part} data ({table.origin}) is empty: it has no columns; give a table with rows and a target column."
            )
        if not table.rows:
            raise DataError(
                f"The {part} data ({table.origin}) has {counted(len(table.columns), 'column')} but no rows."
            )
        parts[part] = table
    return parts


def stack(train: RawTable, validation: RawTable | None, notes: Notebook) -> tuple[RawTable, np.ndarray]:
    """Training rows with the validation rows below them, and TRAIN or VALIDATION for each row.

    Raises:
        DataError: when the validation rows lack a column.
    """
    if validation is None:
        return train, np.full(train.rows, TRAIN)
    absent = [name for name in train.columns if name not in validation.columns]
    if absent:
        raise DataError(
            f"The validation rows ({validation.origin}) have no column {listed(absent)}, which the training rows have; "
            "both need the same columns."
        )
    extra = [name for name in validation.columns if name not in train.columns]
    if extra:
        notes.add(
            "extra columns", f"The validation rows also have {listed(extra)}, which the training rows lack; ignored."
        )
    columns = derived(
        train.columns,
        lambda name: pd.concat([train.columns.pop(name), validation.columns.pop(name)], ignore_index=True),
    )
    part = np.repeat([TRAIN, VALIDATION], [train.rows, validation.rows])
    untyped = train.untyped and validation.untyped
    return RawTable(columns, len(part), untyped=untyped, origin=train.origin), part


def keep_rows(table: RawTable, kept: np.ndarray) -> RawTable:
    """The rows with True in `kept`; `table` gives its columns away."""
    if kept.all():
        return table
    positions = np.flatnonzero(kept)
    columns = derived(table.columns, lambda name: table.columns.pop(name).take(positions).reset_index(drop=True))
    return RawTable(columns, len(positions), untyped=table.untyped, origin=table.origin)


def encode_part(
    table: RawTable, target: Target, markers: Markers, notes: Notebook, part: str
) -> tuple[RawTable, np.ndarray]:
    """The rows of another source that have a target, and their codes.

    Raises:
        DataError: when the target column is absent, no row has a target, or a label does not occur in training.
    """
    absent = [name for name in target.names if name not in table.columns]
    if absent:
        raise DataError(
            f"The {part} rows ({table.origin}) have no target column {listed(absent)}; "
            "rows without the truth cannot be scored, so add it or leave them out."
        )
    columns = {name: table.columns.pop(name) for name in target.names}
    kept = np.ones(table.rows, dtype=bool)
    for name, column in columns.items():
        if target.form in ("lists", "joined"):
            kept &= np.array([labels is not None for labels in label_lists(column, target.separator)])
        else:
            kept &= read_labels(column, markers.of_target(name), untyped=table.untyped).codes >= 0
    lost = int((~kept).sum())
    if lost == table.rows:
        raise DataError(f"The target {target.name!r} is missing in all {part} rows ({table.origin}).")
    if lost:
        notes.add(
            "the target",
            f"{counted(lost, 'row')} of the {part} rows without a value of {target.name!r} {'was' if lost == 1 else 'were'} dropped.",
        )
    frame = pd.DataFrame(columns)[kept]
    try:
        codes = target.encode(frame)
    except DataError as error:
        raise DataError(f"In the {part} rows ({table.origin}): {error}") from error
    return keep_rows(table, kept), codes
