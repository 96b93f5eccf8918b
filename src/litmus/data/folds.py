"""How training rows are dealt into folds, each of which is held out once."""

from __future__ import annotations

import dataclasses
from typing import Literal, get_args

import numpy as np

from litmus.data.allocation import deal
from litmus.data.counted import counted
from litmus.data.rows import Rows
from litmus.errors import DataError, ParameterError
from litmus.naming import nearest

__all__ = ["Fold", "FoldKind", "KFoldCV"]

FoldKind = Literal["auto", "random", "stratified", "ordered", "grouped", "predefined"]


@dataclasses.dataclass(frozen=True)
class Fold:
    """Rows to learn from and rows held out: int64 positions in the training rows, ascending.

    `repeat` counts the times that all rows were dealt before.
    """

    train: np.ndarray
    valid: np.ndarray
    repeat: int = 0


@dataclasses.dataclass(frozen=True)
class KFoldCV:
    """Cross-validation: training rows are dealt into folds, and each fold is held out once.

    Attributes:
        folds: how many folds (not used by "predefined", which takes them from the column).
        kind: "stratified" (classes alike in all folds), "random", "ordered" (each fold is held out after learning
            from what came before it), "grouped" (no group in two folds), "predefined" (a column numbers the folds),
            or "auto": stratified for classes, random for numbers, and as the test rows are split if that is ordered
            or grouped.
        by: the column to order, group or fold by.
        repeats: how many times the rows are dealt anew.
        seed: the source of randomness; None takes the seed of the run.

    Raises:
        ParameterError: when a value is not allowed.

    Example:
        >>> KFoldCV(folds=3, kind="grouped", by="customer").folds
        3
    """

    folds: int = 5
    kind: FoldKind = "auto"
    by: str | None = None
    repeats: int = 1
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(FoldKind):
            close = nearest(str(self.kind), get_args(FoldKind))
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(
                f"KFoldCV: kind={self.kind!r} is unknown.{hint} Known: {', '.join(get_args(FoldKind))}."
            )
        if isinstance(self.folds, bool) or not isinstance(self.folds, int) or self.folds < 2:
            raise ParameterError(f"KFoldCV: folds={self.folds!r} must be a whole number of at least 2.")
        if isinstance(self.repeats, bool) or not isinstance(self.repeats, int) or self.repeats < 1:
            raise ParameterError(f"KFoldCV: repeats={self.repeats!r} must be a whole number of at least 1.")
        if self.seed is not None and (isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0):
            raise ParameterError(f"KFoldCV: seed={self.seed!r} must be a whole number of at least 0, or None.")
        if self.kind in ("ordered", "grouped", "predefined") and not self.by:
            raise ParameterError(f"KFoldCV: kind={self.kind!r} needs by=, the name of a column.")
        if self.repeats > 1 and self.kind in ("ordered", "predefined"):
            raise ParameterError(
                f"KFoldCV: repeats={self.repeats} would repeat the same {self.kind} folds; leave it at 1."
            )

    def make(self, rows: Rows, seed: int) -> tuple[Fold, ...]:
        """Deal the rows; `self.kind` must not be "auto" any more.

        Raises:
            DataError: when there are fewer rows, groups or moments than folds.
        """
        if self.kind == "predefined":
            return _predefined(rows, str(self.by))
        if self.kind == "ordered":
            return _forward(rows, self.folds, str(self.by))
        units = rows.groups() if self.kind == "grouped" else rows.units
        self._check_enough(int(units.max()) + 1 if len(units) else 0)
        strata = rows.strata() if self.kind == "stratified" or (self.kind == "grouped" and rows.is_classes) else None
        made: list[Fold] = []
        for repeat in range(self.repeats):
            part = deal(units, self.folds, strata=strata, seed=_repeat_seed(seed, repeat))
            made += [_fold(part == fold, repeat) for fold in range(self.folds)]
        return tuple(made)

    def _check_enough(self, units: int) -> None:
        what = f"groups of {self.by}" if self.kind == "grouped" else "different training rows"
        if units < self.folds:
            raise DataError(
                f"{self.folds} folds need at least {self.folds} {what}, but there are {units:,}; use fewer folds."
            )

    def describe(self, target: str, seed: int, made: int) -> str:
        """The plan in words: "5 folds, stratified by income, seed 0"."""
        count = made // self.repeats
        repeated = f", {counted(self.repeats, 'repeat')}" if self.repeats > 1 else ""
        how = {
            "stratified": f"stratified by {target}, seed {seed}",
            "random": f"random, seed {seed}",
            "grouped": f"grouped by {self.by}, seed {seed}",
            "ordered": f"forward in order of {self.by}",
            "predefined": f"as column {self.by} says",
        }[self.kind]
        return f"{counted(count, 'fold')}{repeated}, {how}"


def _repeat_seed(seed: int, repeat: int) -> int:
    return int(np.random.SeedSequence([seed, repeat]).generate_state(1)[0])


def _fold(held_out: np.ndarray, repeat: int = 0) -> Fold:
    return Fold(np.flatnonzero(~held_out), np.flatnonzero(held_out), repeat)


def _predefined(rows: Rows, by: str) -> tuple[Fold, ...]:
    codes, distinct = rows.numbered()
    if (codes < 0).any():
        raise DataError(
            f"Column {by!r} names no fold in {counted(int((codes < 0).sum()), 'row')}; give every row a fold."
        )
    if distinct < 2:
        raise DataError(f"Column {by!r} names {counted(distinct, 'fold')}; at least two are needed.")
    return tuple(_fold(codes == fold) for fold in range(distinct))


def _forward(rows: Rows, folds: int, by: str) -> tuple[Fold, ...]:
    """Chunks in order of time; each is held out after learning from all before it."""
    rank = rows.rank()
    moments = np.unique(rank)
    if len(moments) < folds + 1:
        raise DataError(
            f"{folds} ordered folds need at least {folds + 1} different values of {by!r}, but there are {len(moments):,}; "
            "use fewer folds."
        )
    chunk = _chunks(rank, folds + 1)
    return tuple(Fold(np.flatnonzero(chunk < fold), np.flatnonzero(chunk == fold)) for fold in range(1, folds + 1))


def _chunks(rank: np.ndarray, count: int) -> np.ndarray:
    """Consecutive chunks of about equal size, none empty; rows of one moment are in one chunk."""
    _, moment, sizes = np.unique(rank, return_inverse=True, return_counts=True)
    end = np.cumsum(sizes) / sizes.sum()
    chunk = np.minimum((end * count - 1e-9).astype(np.int64), count - 1)
    if len(np.unique(chunk)) < count:
        chunk = _without_gaps(chunk, count)
    return chunk[moment.ravel()]


def _without_gaps(chunk: np.ndarray, count: int) -> np.ndarray:
    """Non-decreasing chunk numbers that leave none of 0 … count - 1 out."""
    starts = np.searchsorted(chunk, np.arange(count))
    for position in range(1, count):
        starts[position] = max(starts[position], starts[position - 1] + 1)
    for position in range(count - 1, 0, -1):
        starts[position] = min(starts[position], len(chunk) - (count - position))
    return np.searchsorted(starts, np.arange(len(chunk)), side="right") - 1
