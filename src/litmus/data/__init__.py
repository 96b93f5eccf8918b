"""Tables in: sources, schema, target, splits, folds; and rows for predictions. Names are imported when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litmus.data.batches import read_batches
    from litmus.data.conform_rows import conform
    from litmus.data.folds import Fold, KFoldCV
    from litmus.data.loaded import LoadedData
    from litmus.data.profile import DataProfile
    from litmus.data.readers import read_table
    from litmus.data.schema import Column, Schema
    from litmus.data.splits import (
        GroupedSplit,
        NoSplit,
        OrderedSplit,
        PredefinedSplit,
        RandomSplit,
        Split,
        StratifiedSplit,
    )
    from litmus.data.target import Target
    from litmus.data.task_data import TaskData
    from litmus.data.writers import TableWriter, write_table

__all__ = [
    "Column",
    "DataProfile",
    "Fold",
    "GroupedSplit",
    "KFoldCV",
    "LoadedData",
    "NoSplit",
    "OrderedSplit",
    "PredefinedSplit",
    "RandomSplit",
    "Schema",
    "Split",
    "StratifiedSplit",
    "TableWriter",
    "Target",
    "TaskData",
    "conform",
    "read_batches",
    "read_table",
    "write_table",
]

_HOMES = {
    "Column": "schema",
    "DataProfile": "profile",
    "Fold": "folds",
    "GroupedSplit": "splits",
    "KFoldCV": "folds",
    "LoadedData": "loaded",
    "NoSplit": "splits",
    "OrderedSplit": "splits",
    "PredefinedSplit": "splits",
    "RandomSplit": "splits",
    "Schema": "schema",
    "Split": "splits",
    "StratifiedSplit": "splits",
    "TableWriter": "writers",
    "Target": "target",
    "TaskData": "task_data",
    "conform": "conform_rows",
    "read_batches": "batches",
    "read_table": "readers",
    "write_table": "writers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
