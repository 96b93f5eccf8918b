"""Which columns serve the split, the folds or the weights, and so are no features."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from litmus.data.folds import KFoldCV
from litmus.data.schema import Column
from litmus.data.splits import GroupedSplit, OrderedSplit, PredefinedSplit, Split
from litmus.data.typing_columns import check_known
from litmus.errors import ParameterError

if TYPE_CHECKING:
    from litmus.data.raw_table import RawTable
    from litmus.data.task_data import TaskData

__all__ = ["Roles", "find_roles"]


@dataclasses.dataclass(frozen=True)
class Roles:
    """What the user's options make of some columns.

    Attributes:
        given: column → what is known about it before inference.
        group, weight: these columns, or None.
        split: how test rows are set aside, or None for the default.
        k_fold: how folds are dealt, with "auto" left for later, or None for the default.
    """

    given: dict[str, Column]
    group: str | None
    weight: str | None
    split: Split | None
    k_fold: KFoldCV | None


def find_roles(task_data: TaskData, table: RawTable) -> Roles:
    """Check that all named columns exist, and give them their kinds.

    Raises:
        DataError: when the table lacks a named column.
        ParameterError: when a column is named for two purposes that exclude each other.
    """
    split, k_fold = task_data.split, task_data.k_fold
    check_known(task_data.target, table.columns, "the target")
    check_known(task_data.given, table.columns, "a column of schema")
    given = {name: column for name, column in task_data.given.items() if name not in task_data.target}
    group = task_data.group or (split.by if isinstance(split, GroupedSplit) else None)
    named: list[tuple[str | None, str, Column | None]] = [
        (task_data.group, "the group", _column(task_data.group, "group", "rows of one group stay together")),
        (task_data.weight, "the weight", _column(task_data.weight, "weight", "how much each row counts")),
        _of_split(split),
        _of_folds(k_fold),
    ]
    for name, purpose, column in named:
        if name is None:
            continue
        check_known([name], table.columns, purpose)
        if name in task_data.target:
            raise ParameterError(f"{name!r} is the target, so it cannot be {purpose} too; choose another column.")
        if column is not None and (name not in given or given[name].kind == column.kind):
            given[name] = given.get(name) or column
        elif column is not None and purpose in ("the group", "the weight"):
            raise ParameterError(
                f"{name!r} is {purpose}, but schema calls it {given[name].kind}; remove it from schema."
            )
        elif column is not None:
            given[name] = column
    return Roles(given, group, task_data.weight, split, k_fold)


def _column(name: str | None, kind: str, why: str) -> Column | None:
    return None if name is None else Column(name, kind, why=why)  # type: ignore[arg-type]


def _of_split(split: Split | None) -> tuple[str | None, str, Column | None]:
    if isinstance(split, GroupedSplit):
        return split.by, "the groups of the split", Column(split.by, "group", why="rows of one group stay together")
    if isinstance(split, PredefinedSplit):
        return split.by, "the column of the split", Column(split.by, "group", why="says which rows are test rows")
    if isinstance(split, OrderedSplit):
        return split.by, "the order of the split", None
    return None, "", None


def _of_folds(k_fold: KFoldCV | None) -> tuple[str | None, str, Column | None]:
    if k_fold is None or k_fold.by is None:
        return None, "", None
    if k_fold.kind == "grouped":
        return k_fold.by, "the groups of the folds", Column(k_fold.by, "group", why="rows of one group stay together")
    if k_fold.kind == "predefined":
        return k_fold.by, "the column of the folds", Column(k_fold.by, "group", why="says which fold a row is in")
    return k_fold.by, "the order of the folds", None
