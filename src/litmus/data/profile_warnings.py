"""What looks wrong with the training rows, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litmus.data.counted import counted, listed, share

if TYPE_CHECKING:
    from litmus.data.profile import ColumnProfile, TargetProfile

__all__ = ["data_warnings"]

_FEW_ROWS = 200
_MANY_MISSING = 0.5
_MANY_COPIES = 0.05
_RARE_CLASS = 0.01


def data_warnings(
    rows: int, copies: int, target: TargetProfile, columns: tuple[ColumnProfile, ...], sampled: int
) -> tuple[str, ...]:
    """A sentence for each thing a user should look at before trusting a score."""
    found: list[str] = [
        f"{column.name} may give the answer away: {column.suspicion}. Check that it is known when predictions are made."
        for column in columns
        if column.suspicion
    ]
    empty = [column.name for column in columns if column.missing == rows]
    if empty:
        found.append(f"{counted(len(empty), 'column has', 'columns have')} no value at all: {listed(empty)}.")
    gaps = [column.name for column in columns if _MANY_MISSING * rows < column.missing < rows]
    if gaps:
        found.append(
            f"{counted(len(gaps), 'column is', 'columns are')} missing in more than half of the rows: {listed(gaps)}."
        )
    constant = [column.name for column in columns if column.distinct == 1 and column.missing == 0]
    if constant:
        found.append(f"{counted(len(constant), 'column has', 'columns have')} one value only: {listed(constant)}.")
    identifiers = [column.name for column in columns if column.kind == "identifier"]
    if identifiers:
        found.append(
            f"{counted(len(identifiers), 'column identifies', 'columns identify')} rows and {'is' if len(identifiers) == 1 else 'are'} not learned from: {listed(identifiers)}."
        )
    if copies > _MANY_COPIES * rows:
        found.append(
            f"{counted(copies, 'row is an exact copy', 'rows are exact copies')} of another one ({share(copies, rows)})."
        )
    usual = rows / max(1, len(target.counts))
    rare = [label for label, count in target.counts if count < min(_RARE_CLASS * rows, 0.2 * usual)]
    if rare:
        found.append(
            f"{counted(len(rare), 'class makes', 'classes make')} up less than 1 % of the rows: {listed(rare)}; accuracy says little about {'it' if len(rare) == 1 else 'them'}."
        )
    if rows < _FEW_ROWS:
        found.append(
            f"There are only {counted(rows, 'training row')}, so every score is uncertain; look at its interval."
        )
    if sampled < rows:
        found.append(f"The figures of columns come from a sample of {sampled:,} of {rows:,} rows.")
    return tuple(found)
