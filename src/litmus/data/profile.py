"""The data report: what the training rows hold, column by column, and what looks wrong with them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.data.duplicates import hash_rows, units_of
from litmus.data.profile_association import Association, TargetBins, associate
from litmus.data.profile_columns import Histogram, NumberSummary, describe_values, histogram, summary
from litmus.data.profile_warnings import data_warnings

if TYPE_CHECKING:
    import pandas as pd

    from litmus.data.loaded import LoadedData

__all__ = ["ColumnProfile", "DataProfile", "TargetProfile", "make_profile"]

_SAMPLE = 50_000


@dataclasses.dataclass(frozen=True)
class ColumnProfile:
    """One column.

    Attributes:
        name, kind, why: as the schema says.
        missing: how many training rows lack a value.
        distinct: how many different values there are among the rows looked at.
        numbers: a summary of numeric columns, else None.
        histogram: counts over equal ranges of numeric and datetime columns, else None.
        top: the most frequent values of categorical and boolean columns with their counts.
        association: how well the column alone tells the target, or None.
        suspicion: why the column may give the answer away, or "".
    """

    name: str
    kind: str
    why: str
    missing: int
    distinct: int
    numbers: NumberSummary | None
    histogram: Histogram | None
    top: tuple[tuple[str, int], ...]
    association: Association | None
    suspicion: str


@dataclasses.dataclass(frozen=True)
class TargetProfile:
    """The target: rows by class (or by label), or a summary of its values."""

    name: str
    task: str
    counts: tuple[tuple[str, int], ...]
    numbers: NumberSummary | None
    histogram: Histogram | None


@dataclasses.dataclass(frozen=True)
class DataProfile:
    """The data report of the training rows.

    Attributes:
        name: the data set.
        rows, test_rows: how many there are.
        sampled: how many training rows were looked at for everything but missing values, copies and the target.
        copies: how many training rows are exact copies of another one.
        target: the target.
        columns: the other columns.
        warnings: what looks wrong, a sentence each.
        notes: what loading dropped, recognised or changed.
    """

    name: str
    rows: int
    test_rows: int
    sampled: int
    copies: int
    target: TargetProfile
    columns: tuple[ColumnProfile, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return dataclasses.asdict(self)


@np.errstate(over="ignore", invalid="ignore")  # numbers near the largest there are have no finite mean
def make_profile(data: LoadedData) -> DataProfile:
    """Look at the training rows of `data`.

    Long tables are sampled: 50,000 rows drawn with a fixed seed.

    Example:
        >>> from litmus.data import TaskData
        >>> rows = {"x": [1, 2, 3, 4] * 10, "y": ["a", "b"] * 20}
        >>> TaskData.create(data=rows, target="y").load(seed=0).profile().target.counts
        (('a', 16), ('b', 16))
    """
    rows = len(data.train)
    positions = np.arange(rows)
    if rows > _SAMPLE:
        positions = np.sort(np.random.default_rng([0, 47_055]).choice(rows, _SAMPLE, replace=False))
    sample = data.train if len(positions) == rows else data.train.take(positions)
    bins = TargetBins.of(data.task, data.y[positions], data.target.classes)
    columns = tuple(_column(data, name, sample[name].reset_index(drop=True), bins) for name in data.train.columns)
    copies = rows - int(units_of(hash_rows((data.train[name] for name in data.schema.features), data.y).rows).max()) - 1
    target = _target(data)
    return DataProfile(
        name=data.name,
        rows=rows,
        test_rows=0 if data.test is None else len(data.test),
        sampled=len(positions),
        copies=copies,
        target=target,
        columns=columns,
        warnings=data_warnings(rows, copies, target, columns, len(positions)),
        notes=data.notes,
    )


def _column(data: LoadedData, name: str, values: pd.Series, bins: TargetBins) -> ColumnProfile:
    column = data.schema[name]
    described = describe_values(values, column.kind)
    association = associate(values, column.kind, bins)
    return ColumnProfile(
        name=name,
        kind=column.kind,
        why=column.why,
        missing=int(data.train[name].isna().sum()),
        distinct=described.distinct,
        numbers=described.numbers,
        histogram=described.histogram,
        top=described.top,
        association=association,
        suspicion="" if association is None else association.suspicion,
    )


def _target(data: LoadedData) -> TargetProfile:
    if data.task == "regression":
        return TargetProfile(data.target.name, data.task, (), summary(data.y), histogram(data.y))
    counts = (
        data.y.sum(axis=0) if data.task == "multilabel" else np.bincount(data.y, minlength=len(data.target.classes))
    )
    pairs = tuple((str(label), int(count)) for label, count in zip(data.target.classes, counts, strict=True))
    return TargetProfile(data.target.name, data.task, pairs, None, None)
