"""Finding out what kind of task a target makes, and refusing targets nothing can be learned from."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from litmus.data.counted import counted, listed, shown
from litmus.data.label_lists import find_separator, holds_lists, label_lists, lists_to_flags
from litmus.data.labels import Labels, read_labels
from litmus.data.markers import Markers
from litmus.data.target import Target, TargetForm
from litmus.errors import DataError
from litmus.task import TaskKind

__all__ = ["FoundTarget", "find_target"]

_MOST_WHOLE_CLASSES = 20
_FEWEST_ROWS_A_CLASS = 5


@dataclasses.dataclass(frozen=True)
class FoundTarget:
    """A target, the codes of the rows that have it, and what was decided on the way.

    Attributes:
        target: the target.
        y: codes or values of the kept rows, as `Target.encode` gives them.
        kept: bool (rows,), False where the target is missing.
        why: the reason for the task, in words.
        notes: a sentence for each thing dropped or decided.
    """

    target: Target
    y: np.ndarray
    kept: np.ndarray
    why: str
    notes: tuple[str, ...]


def find_target(
    columns: dict[str, pd.Series], task: TaskKind | None, markers: Markers, *, untyped: bool
) -> FoundTarget:
    """Find task, classes and codes of a target.

    Args:
        columns: the raw target columns by name.
        task: the kind of task the user gave, or None.
        markers: which texts mean "missing".
        untyped: whether the source knows text only.

    Raises:
        DataError: when nothing can be learned from the target, or it does not fit the task.
    """
    if len(columns) > 1:
        return _find_flags(columns, task, markers, untyped=untyped)
    name, column = next(iter(columns.items()))
    if holds_lists(column):
        return _find_lists(name, column, task, "")
    labels = read_labels(column, markers.of_target(name), untyped=untyped)
    _refuse_useless(name, labels, len(column))
    if task == "multilabel":
        if not labels.from_text:
            raise DataError(
                f"The target {name!r} has one value a row; for a multi-label task give several 0/1 columns, lists of "
                "labels, or texts such as 'news|sport'."
            )
        values = np.array([*labels.values, None], dtype=object)[labels.codes]
        return _find_lists(name, pd.Series(values), task, find_separator(pd.Series(values)))
    chosen, why = (task, "given by the user") if task else _infer_task(name, labels)
    notes = [] if task else [f"Task: {chosen}, because {why}."]
    kept = labels.codes >= 0
    notes += _missing_notes(name, kept, labels)
    if chosen == "regression":
        return FoundTarget(Target((name,), "regression"), _numbers(name, labels)[kept], kept, why, tuple(notes))
    return _classes(name, labels, chosen, why, notes)


def _refuse_useless(name: str, labels: Labels, rows: int) -> None:
    if labels.is_date:
        raise DataError(f"The target {name!r} holds dates, which cannot be predicted yet; give a number or a class.")
    if not len(labels.values):
        raise DataError(f"The target {name!r} is missing in all {rows:,} rows; choose a column that has values.")
    present = int((labels.codes >= 0).sum())
    if len(labels.values) == 1:
        raise DataError(
            f"The target {name!r} has only one value, {shown(labels.values[0])}, in {counted(present, 'row')}; "
            "at least two different values are needed to learn from."
        )


def _infer_task(name: str, labels: Labels) -> tuple[TaskKind, str]:
    distinct, rows = len(labels.values), int((labels.codes >= 0).sum())
    figures = f"{name!r} has {counted(distinct, 'distinct value')} in {counted(rows, 'row')}"
    if distinct == 2:
        return "binary", figures
    first = labels.values[0]
    if labels.from_text:
        if distinct > _MOST_WHOLE_CLASSES and labels.numbers() is not None:
            return "regression", f"{figures}, all of them numbers"
        return "multiclass", figures
    whole = isinstance(first, int) or all(float(value).is_integer() for value in labels.values)
    if whole and distinct <= _MOST_WHOLE_CLASSES and rows >= _FEWEST_ROWS_A_CLASS * distinct:
        return "multiclass", f"{figures}, all of them whole numbers"
    return "regression", f"{figures}, all of them numbers"


def _missing_notes(name: str, kept: np.ndarray, labels: Labels | None = None) -> list[str]:
    lost = int((~kept).sum())
    if not lost:
        return []
    found = "" if labels is None else _reasons(labels)
    return [
        f"{counted(lost, 'row')} of {len(kept):,} without a value of the target {name!r} {'was' if lost == 1 else 'were'} dropped{found}."
    ]


def _reasons(labels: Labels) -> str:
    reasons = [f"{count:,} {'blank' if marker == '' else repr(marker)}" for marker, count in labels.markers.items()]
    if labels.infinite:
        reasons.append(f"{labels.infinite:,} infinite")
    return f" ({', '.join(reasons)})" if reasons else ""


def _numbers(name: str, labels: Labels) -> np.ndarray:
    numbers = labels.numbers()
    if numbers is None:
        raise DataError(
            f"The target {name!r} holds texts such as {shown(labels.values[0])}, so it cannot be a regression; "
            "use task='multiclass', or correct the column."
        )
    return numbers


def _classes(name: str, labels: Labels, task: TaskKind, why: str, notes: list[str]) -> FoundTarget:
    kept = labels.codes >= 0
    codes = labels.codes[kept].astype(np.int64)
    distinct = len(labels.values)
    if task == "binary" and distinct != 2:
        raise DataError(
            f"task='binary' needs two classes, but the target {name!r} has {distinct:,} ({listed(labels.values)}); "
            "use task='multiclass' or 'regression'."
        )
    if distinct == len(codes) and distinct > 2:
        raise DataError(
            f"The target {name!r} has a different value in each of {distinct:,} rows, so no class can be learned; "
            "choose another column" + ("." if labels.from_text else ", or task='regression'.")
        )
    single = [labels.values[int(code)] for code in np.flatnonzero(np.bincount(codes, minlength=distinct) == 1)]
    if single:
        notes.append(
            f"{counted(len(single), 'class has', 'classes have')} a single row ({listed(single)}): kept for training, never tested on."
        )
    if task == "binary":
        notes.append(
            f"The positive class is {labels.values[-1]!r}, the last of {listed(labels.values)} in sorted order."
        )
    return FoundTarget(Target((name,), task, labels.values), codes, kept, why, tuple(notes))


def _find_flags(
    columns: dict[str, pd.Series], task: TaskKind | None, markers: Markers, *, untyped: bool
) -> FoundTarget:
    if task not in (None, "multilabel"):
        raise DataError(f"task={task!r} takes one target column, but {len(columns)} were given ({listed(columns)}).")
    names = tuple(columns)
    codes, truths = [], True
    for name, column in columns.items():
        labels = read_labels(column, markers.of_target(name), untyped=untyped)
        truths = truths and all(isinstance(value, bool) for value in labels.values)
        wrong = (
            [value for value in labels.values if value not in (0, 1)] if not labels.from_text else list(labels.values)
        )
        if wrong or not labels.values:
            found = f"holds {shown(wrong[0])}" if wrong else "is empty"
            raise DataError(f"With several target columns each must be 0/1 or True/False, but {name!r} {found}.")
        codes.append(np.array([*(int(value) for value in labels.values), -1])[labels.codes])
    flags = np.column_stack(codes)
    kept = np.asarray((flags >= 0).all(axis=1))
    if not kept.any():
        raise DataError(f"No row has a value in all target columns ({listed(names)}).")
    why = f"there are {len(names)} target columns of 0 and 1"
    notes = [*([] if task else [f"Task: multilabel, because {why}."]), *_missing_notes(", ".join(names), kept)]
    form: TargetForm = "truths" if truths else "flags"
    target = Target(names, "multilabel", names, form)
    return FoundTarget(target, flags[kept].astype(np.int8), kept, why, tuple(notes))


def _find_lists(name: str, column: pd.Series, task: TaskKind | None, separator: str) -> FoundTarget:
    if task not in (None, "multilabel"):
        raise DataError(f"The target {name!r} holds lists of labels, so the task is multilabel, not {task!r}.")
    rows = label_lists(column, separator)
    kept = np.array([row is not None for row in rows])
    present = [row for row in rows if row is not None]
    classes = tuple(
        sorted({label for row in present for label in row}, key=lambda label: (type(label).__name__, label))
    )
    if len(classes) < 2:
        raise DataError(
            f"The target {name!r} has {counted(len(classes), 'distinct label')}; a multi-label task needs at least two."
        )
    flags, _ = lists_to_flags(present, classes)
    why = f"{name!r} holds lists of {counted(len(classes), 'distinct label')}"
    notes = [*([] if task else [f"Task: multilabel, because {why}."]), *_missing_notes(name, kept)]
    target = Target((name,), "multilabel", classes, "joined" if separator else "lists", separator)
    return FoundTarget(target, flags, kept, why, tuple(notes))
