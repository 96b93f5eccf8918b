"""A loaded data set written once, so that every worker process reads the same bytes."""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from litmus.data import LoadedData
from litmus.data.column_file import MappedColumns
from litmus.data.folds import Fold
from litmus.data.schema import Schema
from litmus.evaluate.shared_table import polars_table, read_shared, write_shared
from litmus.pipeline.pipeline import TrainingRows
from litmus.resources import BIG_TABLE
from litmus.task import TaskKind
from litsdf import DataFrame
from litsdf.interchange import as_frame, rows_at

__all__ = ["DatasetFolder"]


@dataclasses.dataclass(frozen=True)
class DatasetFolder:
    """The files of one data set; opening a part maps it into memory.

    Attributes:
        path: the folder.
        task: the kind of task.
        classes: the user's labels in the order of the codes; empty for regression.
        n_outputs: classes, labels, or 0 for regression.
        n_folds: number of folds, repeats included.
        size: bytes of the training table in memory.
    """

    path: str
    task: TaskKind
    classes: tuple[object, ...]
    n_outputs: int
    n_folds: int
    size: int

    @classmethod
    def write(cls, data: LoadedData, path: Path) -> DatasetFolder:
        """Write everything that fitting and scoring need into `path`."""
        path.mkdir(parents=True)
        write_shared(data.train, path / "train.arrow")
        np.save(path / "train-y.npy", data.y)
        _save_optional(path / "train-weight.npy", data.sample_weight)
        if data.test is not None:
            write_shared(data.test, path / "test.arrow")
            _save_optional(path / "test-y.npy", data.y_test)
            _save_optional(path / "test-weight.npy", data.test_weight)
        for number, fold in enumerate(data.folds):
            np.save(path / f"fold-{number}-train.npy", fold.train)
            np.save(path / f"fold-{number}-valid.npy", fold.valid)
        (path / "schema.json").write_text(json.dumps(data.schema.to_json(), default=str), encoding="utf-8")
        classes = tuple(data.target.classes)
        n_outputs = data.y.shape[1] if data.y.ndim == 2 else len(classes)
        size = int(data.train.memory_usage(deep=True, index=False).sum())
        return cls(str(path), data.task, classes, n_outputs, len(data.folds), size)

    def mapped(self, data: LoadedData) -> LoadedData:
        """The data set with its tables and folds mapped from the files, so that those in memory can be let go."""
        folder = Path(self.path)
        test = None if data.test is None else read_shared(folder / "test.arrow")
        folds = tuple(
            Fold(
                np.load(folder / f"fold-{number}-train.npy", mmap_mode="r"),
                np.load(folder / f"fold-{number}-valid.npy", mmap_mode="r"),
                fold.repeat,
            )
            for number, fold in enumerate(data.folds)
        )
        return dataclasses.replace(data, train=read_shared(folder / "train.arrow"), test=test, folds=folds)

    def schema(self) -> Schema:
        """The schema of the table."""
        return Schema.from_json(json.loads((Path(self.path) / "schema.json").read_text(encoding="utf-8")))

    def rows(self, split: str, layout: str = "pandas") -> TrainingRows:
        """All rows of "train" or "test", as views of the files: Polars columns for `layout="polars"`, else pandas ones."""
        frame = _open_table(f"{self.path}/{split}.arrow", layout)
        return TrainingRows(frame, self.y(split), self.weight(split))

    def y(self, split: str) -> np.ndarray:
        """The encoded targets of a split."""
        return np.load(f"{self.path}/{split}-y.npy", mmap_mode="r")

    def weight(self, split: str) -> np.ndarray | None:
        """The weights of a split's rows, or None."""
        file = Path(self.path) / f"{split}-weight.npy"
        return np.load(file, mmap_mode="r") if file.exists() else None

    def fold(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Positions of a fold's training rows and of the rows it holds out."""
        folder = Path(self.path)
        return np.load(folder / f"fold-{number}-train.npy"), np.load(folder / f"fold-{number}-valid.npy")

    def let_go(self) -> None:
        """Give the memory of mapped training rows back to the system; used again, they are read from the file again.

        Small tables stay: they are used again and again.
        """
        if self.size >= BIG_TABLE:
            _mapped(f"{self.path}/train.arrow").let_go()

    def take(self, rows: TrainingRows, positions: np.ndarray) -> TrainingRows:
        """Some of the rows of this data set, copied; of a big table column by column, letting go of what was read."""
        weight = None if rows.sample_weight is None else rows.sample_weight[positions]
        if self.size < BIG_TABLE or rows.frame.layout != "pandas":
            return TrainingRows(rows_at(rows.frame, positions), rows.y[positions], weight)
        columns: dict[str, Any] = {}
        for name, column in rows.frame.to_pandas().items():
            plain = isinstance(column.dtype, np.dtype)
            columns[str(name)] = column.to_numpy()[positions] if plain else column.array.take(positions)
            self.let_go()
        frame = pd.DataFrame(columns, index=pd.RangeIndex(len(positions)), copy=False)
        return TrainingRows(as_frame(frame), rows.y[positions], weight)


@functools.lru_cache(maxsize=4)
def _open_table(path: str, layout: str) -> DataFrame:
    mapped = _mapped(path)
    return polars_table(mapped) if layout == "polars" else as_frame(mapped.frame())


@functools.lru_cache(maxsize=4)
def _mapped(path: str) -> MappedColumns:
    return MappedColumns(Path(path))


def _save_optional(path: Path, values: np.ndarray | None) -> None:
    if values is not None:
        np.save(path, values)
