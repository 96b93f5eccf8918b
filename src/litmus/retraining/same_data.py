"""The data set of a run with other rows: the same target, kinds, folds, groups and weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from litmus.data import Column, GroupedSplit, KFoldCV, OrderedSplit, PredefinedSplit, TaskData

if TYPE_CHECKING:
    from litmus.model import Model

__all__ = ["same_data"]


def same_data(
    then: TaskData,
    model: Model,
    kinds: Mapping[str, Column],
    sources: Mapping[str, str],
    *,
    captured: bool = False,
) -> TaskData:
    """The data set to train on.

    Args:
        then: the one of the run.
        model: what it made.
        kinds: the columns of the rows to learn from, as the model reads them.
        sources: "train", and perhaps "validation" and "test" → a file; with "test" none of the others are set aside.
        captured: whether some rows are captured requests, which no column deals into folds or parts.
    """
    groups = then.split.by if isinstance(then.split, GroupedSplit) else None
    group = then.group or groups
    target = tuple(model.target.names)
    given = {name: column for name, column in then.given.items() if name in target}
    split = then.split
    unreadable = split is not None and split.column is not None and split.column not in kinds
    if "test" in sources or unreadable or (captured and isinstance(split, PredefinedSplit)):
        split = None
    return TaskData(
        name=then.name,
        sources=dict(sources),
        task=model.target.task,
        target=target,
        given={**kinds, **given},
        k_fold=_folds(then, kinds, split_is_gone=split is None, captured=captured),
        split=split,
        group=group if group in kinds else None,
        weight=then.weight if then.weight in kinds else None,
        markers=then.markers,
    )


def _folds(then: TaskData, kinds: Mapping[str, Column], *, split_is_gone: bool, captured: bool) -> KFoldCV | None:
    """The folds of then; in order where test rows that come later made them so."""
    k_fold = then.k_fold
    if (
        k_fold is not None
        and k_fold.by is not None
        and (k_fold.by not in kinds or (captured and k_fold.kind == "predefined"))
    ):
        k_fold = dataclasses.replace(k_fold, kind="auto", by=None)
    ordered = split_is_gone and isinstance(then.split, OrderedSplit) and then.split.by in kinds
    joined = "validation" not in then.sources or k_fold is not None
    plan = KFoldCV() if k_fold is None else k_fold
    if ordered and joined and plan.kind == "auto" and plan.repeats == 1:
        return dataclasses.replace(plan, kind="ordered", by=then.split.by)  # type: ignore[union-attr]
    return k_fold
