"""Choosing and carrying out the split and the folds that the user asked for, or the usual ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd

from litmus.data.counted import counted, listed, share
from litmus.data.duplicates import RowHashes, units_of
from litmus.data.folds import Fold, KFoldCV
from litmus.data.notebook import Notebook
from litmus.data.roles import Roles
from litmus.data.rows import Rows
from litmus.data.splits import TEST, TRAIN, GroupedSplit, OrderedSplit, RandomSplit, Split, StratifiedSplit
from litmus.data.target import Target
from litmus.errors import DataError

__all__ = ["FoldPlan", "plan_folds", "plan_split", "row_units"]

_DEFAULT_FOLDS = 5
_FEWEST_DISTINCT = 0.1


def row_units(hashes: RowHashes, target: Target, notes: Notebook) -> np.ndarray:
    """Number the rows so that exact copies share a number, and say how many there are."""
    units = units_of(hashes.rows)
    rows, distinct = len(units), int(units.max()) + 1
    if distinct == rows:
        _note_conflicts(hashes, target, notes)
        return units
    copies = rows - distinct
    found = f"{counted(copies, 'row is an exact copy', 'rows are exact copies')} of another row ({share(copies, rows)} of {rows:,})"
    if distinct < max(_FEWEST_DISTINCT * rows, 4 * _DEFAULT_FOLDS):
        notes.add("copies", f"{found}; so few rows differ that copies were not kept together.")
        units = np.arange(rows)
    else:
        notes.add("copies", f"{found}; copies stay on one side of the split and in one fold.")
    _note_conflicts(hashes, target, notes)
    return units


def _note_conflicts(hashes: RowHashes, target: Target, notes: Notebook) -> None:
    if target.task == "regression":
        return
    conflicting = hashes.conflicting()
    if conflicting:
        notes.add(
            "copies",
            f"{counted(conflicting, 'row has', 'rows have')} the same features as a row with another {target.name!r}, so no model can get all of them right.",
        )


def plan_split(
    roles: Roles,
    rows: Rows,
    columns: Mapping[str, pd.Series],
    part: np.ndarray,
    target: Target,
    *,
    seed: int,
    notes: Notebook,
) -> np.ndarray:
    """TRAIN, VALIDATION or TEST for each row; rows of a validation source stay what they are.

    Raises:
        DataError: when a class has no training row, or nothing is left to learn from.
    """
    split = roles.split or _default_split(roles, rows)
    candidates = np.flatnonzero(part == TRAIN)
    chosen = dataclasses.replace(rows, by=None if split.column is None else columns[split.column]).take(candidates)
    result = part.copy()
    result[candidates] = split.parts(chosen, seed)
    test = int((result == TEST).sum())
    if not test:
        notes.add("the split", f"No rows were set aside for testing: {split.describe()}.")
        return result
    copies = int(chosen.units.max()) + 1 < len(chosen)
    notes.add(
        "the split",
        f"{counted(test, 'row')} of {len(result):,} ({share(test, len(result))}) {'was' if test == 1 else 'were'} set aside "
        f"for testing before anything was fitted: {split.describe()}{', copies counted once' if copies else ''}.",
    )
    if rows.is_classes:
        _check_classes(rows.y, result, target, notes)
    return result


def _default_split(roles: Roles, rows: Rows) -> Split:
    if roles.group is not None:
        return GroupedSplit(by=roles.group)
    return RandomSplit() if rows.task == "regression" else StratifiedSplit()


def _check_classes(y: np.ndarray, part: np.ndarray, target: Target, notes: Notebook) -> None:
    """A class that occurs in test rows only cannot be learned: say so."""
    present = np.bincount(y[part != TEST], minlength=len(target.classes)) > 0
    if present.sum() < 2:
        raise DataError(
            f"After the split, the training rows have one class of {target.name!r} only; split in another way."
        )
    absent = [target.classes[int(code)] for code in np.flatnonzero(~present)]
    if absent:
        notes.add(
            "the target",
            f"{counted(len(absent), 'class occurs', 'classes occur')} in test rows only ({listed(absent)}): no model can learn {'it' if len(absent) == 1 else 'them'}.",
        )


@dataclasses.dataclass(frozen=True)
class FoldPlan:
    """The folds, and how they were dealt, in words."""

    folds: tuple[Fold, ...]
    words: str


def plan_folds(
    roles: Roles,
    rows: Rows,
    columns: dict[str, pd.Series],
    validation: np.ndarray,
    target: Target,
    *,
    seed: int,
    notes: Notebook,
    usual: int | None = None,
) -> FoldPlan:
    """Deal the training rows into folds.

    Args:
        roles: what the user asked for.
        rows: the training rows, validation rows included.
        columns: the same rows' columns.
        validation: bool (rows,), True for rows of a validation source.
        target: for the words.
        seed: the source of randomness, unless the plan has its own.
        notes: told when the plan had to be changed.
        usual: how many folds, where that is left open; None for five.
    """
    k_fold = roles.k_fold
    if k_fold is None and validation.any():
        fold = Fold(np.flatnonzero(~validation), np.flatnonzero(validation))
        return FoldPlan((fold,), f"the given {counted(int(validation.sum()), 'validation row')}")
    if validation.any():
        notes.add("the folds", "The validation rows were joined to the training rows, because k_fold asks for folds.")
    plan = _settled(k_fold or KFoldCV(folds=usual or KFoldCV().folds), roles, rows)
    if k_fold is None and plan.folds < KFoldCV().folds:
        notes.add(
            "the folds",
            f"The time limit allows {plan.folds} folds instead of {KFoldCV().folds}; k_fold= asks for others.",
        )
    if k_fold is None:
        plan = _fewer_if_needed(plan, rows, notes)
    seed = seed if plan.seed is None else plan.seed
    chosen = rows if plan.by is None else dataclasses.replace(rows, by=columns[plan.by])
    folds = plan.make(chosen, seed)
    if rows.is_classes and plan.kind == "stratified":
        _note_rare(rows.y, plan.folds, target, notes)
    return FoldPlan(folds, plan.describe(target.name, seed, len(folds)))


def _settled(plan: KFoldCV, roles: Roles, rows: Rows) -> KFoldCV:
    """The plan with "auto" decided."""
    if plan.kind != "auto":
        return plan
    if isinstance(roles.split, OrderedSplit) and plan.repeats == 1:
        return dataclasses.replace(plan, kind="ordered", by=roles.split.by)
    if roles.group is not None:
        return dataclasses.replace(plan, kind="grouped", by=roles.group)
    return dataclasses.replace(plan, kind="random" if rows.task == "regression" else "stratified", by=None)


def _fewer_if_needed(plan: KFoldCV, rows: Rows, notes: Notebook) -> KFoldCV:
    """Fewer folds when the usual number is not to be had."""
    enough = int(rows.units.max()) + 1
    if plan.kind not in ("stratified", "random"):
        return plan
    if enough >= plan.folds:
        return plan
    notes.add(
        "the folds",
        f"{counted(enough, 'different training row')} {'allows' if enough == 1 else 'allow'} {enough} folds instead of {plan.folds}.",
    )
    return dataclasses.replace(plan, folds=max(2, enough))


def _note_rare(y: np.ndarray, folds: int, target: Target, notes: Notebook) -> None:
    counts = np.bincount(y, minlength=len(target.classes))
    rare = [target.classes[int(code)] for code in np.flatnonzero((counts > 0) & (counts < folds))]
    if rare:
        notes.add(
            "the folds",
            f"{counted(len(rare), 'class has', 'classes have')} fewer training rows than the {folds} folds ({listed(rare)}), so some folds hold none of {'it' if len(rare) == 1 else 'them'}.",
        )
