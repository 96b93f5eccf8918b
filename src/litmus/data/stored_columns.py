"""Typed columns that are put aside in files while others are worked on, so that a big table is never whole in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, MutableMapping
from pathlib import Path

import numpy as np
import pandas as pd

from litmus.data.column_file import read_columns, write_columns

__all__ = ["StoredColumns"]

_PORTION = 16_000_000
"""Bytes of columns that are written to one file; fewer stay in memory."""


class StoredColumns(MutableMapping[str, pd.Series]):
    """Columns by name, each given back as it was put in; beyond a few megabytes they wait in files.

    One file is mapped at a time: a column is a view that keeps its file mapped for as long as it lives.

    Args:
        folder: where the files go (made when needed); None keeps all columns in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._order: dict[str, Path | None] = {}
        self._memory: dict[str, pd.Series] = {}
        self._waiting: dict[str, pd.Series] = {}
        self._bytes = 0
        self._left: dict[Path, int] = {}
        self._mapped: tuple[Path, pd.DataFrame] | None = None

    def __setitem__(self, name: str, column: pd.Series) -> None:
        if name in self._order:
            del self[name]
        self._order[name] = None
        if self._folder is None or not _comes_back(column):
            self._memory[name] = column
            return
        self._waiting[name] = column
        self._bytes += int(column.memory_usage(index=False))
        if self._bytes > _PORTION:
            self._write(self._folder)

    def _write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{len(self._left)}.arrow"
        rows = len(next(iter(self._waiting.values())))
        write_columns(pd.DataFrame(self._waiting, index=pd.RangeIndex(rows), copy=False), path)
        self._order.update(dict.fromkeys(self._waiting, path))
        self._left[path] = len(self._waiting)
        self._waiting, self._bytes = {}, 0

    def __getitem__(self, name: str) -> pd.Series:
        path = self._order[name]
        if path is None:
            return self._memory[name] if name in self._memory else self._waiting[name]
        if self._mapped is None or self._mapped[0] != path:
            self._mapped = None
            self._mapped = path, read_columns(path)
        return self._mapped[1][name].rename(None)

    def __delitem__(self, name: str) -> None:
        path = self._order.pop(name)
        if path is None:
            self._memory.pop(name, None)
            column = self._waiting.pop(name, None)
            self._bytes -= 0 if column is None else int(column.memory_usage(index=False))
            return
        self._left[path] -= 1
        if not self._left[path]:
            if self._mapped is not None and self._mapped[0] == path:
                self._mapped = None
            with contextlib.suppress(OSError):  # a column is still mapped, where systems mind; the folder goes later
                path.unlink()

    def __contains__(self, name: object) -> bool:
        return name in self._order

    def __iter__(self) -> Iterator[str]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)


def _comes_back(column: pd.Series) -> bool:
    """Whether a file gives the column back with the same type and values."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return dtype.kind in "iufb" or dtype == np.dtype("datetime64[us]")
    return isinstance(dtype, pd.BooleanDtype) or dtype == pd.StringDtype("pyarrow", na_value=np.nan)
