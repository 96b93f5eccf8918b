"""Rows that are kept beside a model: those it was tested on, and marks of those it learned from.

The rows show later whether another model is better, and the marks which new rows neither of them has seen.
"""

from __future__ import annotations

import dataclasses
import io
import json

import numpy as np
import pandas as pd

from litmus.data.duplicates import hash_rows
from litmus.data.loaded import LoadedData
from litmus.data.schema import Schema
from litmus.data.target import Target
from litmus.errors import BundleError

__all__ = ["LearnedRows", "TestRows", "row_marks"]

_MOST_ROWS = 20_000
_MOST_BYTES = 16 << 20
_MOST_MARKS = 2_000_000
_TARGET = "target."
_WEIGHT = "weight."


def row_marks(frame: pd.DataFrame, schema: Schema, codes: np.ndarray | None = None) -> np.ndarray:
    """A 64-bit mark of each row (rows,): equal rows have equal marks.

    Args:
        frame: rows in the form that `conform` gives.
        schema: says which columns are features.
        codes: the encoded target; without it rows of the same features are equal.
    """
    columns = (
        frame[name].astype("float64") if schema[name].kind in ("numeric", "boolean") else frame[name]
        for name in schema.features
    )
    hashes = hash_rows(columns, np.zeros(len(frame), dtype=np.int64) if codes is None else codes)
    return hashes.features if codes is None else hashes.rows


@dataclasses.dataclass(frozen=True)
class TestRows:
    """Rows that a model was tested on.

    Attributes:
        inputs: the columns that it is asked with.
        labels: the target's columns, as the user writes them.
        weight: the rows' weights (rows,), or None.
    """

    __test__ = False  # no test, for pytest

    inputs: pd.DataFrame
    labels: pd.DataFrame
    weight: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    @classmethod
    def of(cls, data: LoadedData) -> TestRows | None:
        """At most 20,000 of a data set's test rows, the same ones each time; None when it has none."""
        if data.test is None or data.y_test is None or not len(data.test):
            return None
        labels = labels_frame(data.target, data.y_test)
        return cls(data.test, labels, data.test_weight).at_most(_MOST_ROWS, data.schema)

    def at_most(self, rows: int, schema: Schema) -> TestRows:
        """So many rows; which ones depends on what is in them alone, so that a later choice has most of an earlier one."""
        if len(self) <= rows:
            return self
        chosen = np.sort(np.argsort(row_marks(self.inputs, schema), kind="stable")[:rows])
        return self.take(chosen)

    def take(self, rows: np.ndarray) -> TestRows:
        """Some rows (positions or a mask)."""
        weight = None if self.weight is None else self.weight[rows]
        return TestRows(
            self.inputs[rows] if rows.dtype == bool else self.inputs.iloc[rows],
            self.labels[rows] if rows.dtype == bool else self.labels.iloc[rows],
            weight,
        )

    def to_bytes(self) -> bytes:
        """A Parquet file of at most 16 MiB: fewer rows where they are long."""
        kept = self
        while True:
            content = kept._written()
            if len(content) <= _MOST_BYTES or len(kept) <= 1:
                return content
            kept = kept.take(np.arange(max(1, int(len(kept) * 0.9 * _MOST_BYTES / len(content)))))

    def _written(self) -> bytes:
        columns = {name: self.inputs[name] for name in self.inputs.columns}
        columns |= {f"{_TARGET}{name}": self.labels[name] for name in self.labels.columns}
        if self.weight is not None:
            columns[_WEIGHT] = pd.Series(self.weight, index=self.inputs.index)
        frame = pd.DataFrame(columns).reset_index(drop=True)
        file = io.BytesIO()
        frame.to_parquet(file, compression="zstd", index=False)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> TestRows:
        """The rows that `to_bytes` wrote.

        Raises:
            BundleError: when they cannot be read.
        """
        try:
            frame = pd.read_parquet(io.BytesIO(content))
        except Exception as error:  # pyarrow's errors are of many kinds
            raise BundleError(f"The kept test rows cannot be read ({error}).") from error
        names = [name for name in frame.columns if not name.startswith(_TARGET) and name != _WEIGHT]
        targets = [name for name in frame.columns if name.startswith(_TARGET)]
        labels = frame[targets].rename(columns=lambda name: name.removeprefix(_TARGET))
        return cls(frame[names], labels, frame[_WEIGHT].to_numpy() if _WEIGHT in frame else None)


def labels_frame(target: Target, codes: np.ndarray) -> pd.DataFrame:
    """Encoded targets as the user's labels, a column a target."""
    labels = target.decode(codes)
    if isinstance(labels, pd.DataFrame):
        return labels
    values = list(labels) if target.form == "lists" else labels
    return pd.DataFrame({target.names[0]: pd.Series(values)})


@dataclasses.dataclass(frozen=True)
class LearnedRows:
    """Marks of the rows that a model learned from.

    Attributes:
        marks: sorted (marks,).
        limit: only rows whose mark is below it are known; beyond two million rows it lies lower.

    Example:
        >>> seen = LearnedRows(np.array([3, 8], dtype=np.uint64), 10)
        >>> seen.unseen(np.array([3, 4, 12], dtype=np.uint64)).tolist()
        [False, True, False]
    """

    marks: np.ndarray
    limit: int = 2**64

    @classmethod
    def of(cls, data: LoadedData) -> LearnedRows:
        """The marks of a data set's training rows."""
        return cls.of_marks(row_marks(data.train, data.schema))

    @classmethod
    def of_marks(cls, marks: np.ndarray) -> LearnedRows:
        """At most two million marks."""
        marks = np.unique(marks)
        if len(marks) <= _MOST_MARKS:
            return cls(marks)
        return cls(marks[:_MOST_MARKS], int(marks[_MOST_MARKS]))

    def unseen(self, marks: np.ndarray) -> np.ndarray:
        """Which rows (rows,) it certainly did not learn from."""
        return ~np.isin(marks, self.marks) & (marks < self.limit if self.limit < 2**64 else np.True_)

    def to_bytes(self) -> bytes:
        """A line of JSON, and the marks."""
        return (
            json.dumps({"limit": str(self.limit), "rows": len(self.marks)}).encode()
            + b"\n"
            + self.marks.astype("<u8").tobytes()
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> LearnedRows:
        """The marks that `to_bytes` wrote.

        Raises:
            BundleError: when they cannot be read.
        """
        try:
            line, _, held = content.partition(b"\n")
            facts = json.loads(line)
            marks = np.frombuffer(held, dtype="<u8").astype(np.uint64)
            if len(marks) != facts["rows"]:
                raise ValueError("some are gone")
            return cls(marks, int(facts["limit"]))
        except (ValueError, KeyError, TypeError) as error:
            raise BundleError(f"The marks of the rows that a model learned from cannot be read ({error}).") from error
