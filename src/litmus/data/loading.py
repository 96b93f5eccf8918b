"""The story of a load: read, encode the target, type the columns, find copies, set test rows aside, deal folds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from litmus.data.assembling import assemble
from litmus.data.counted import counted, share
from litmus.data.duplicates import repeats
from litmus.data.loaded import LoadedData
from litmus.data.notebook import Notebook
from litmus.data.parts import encode_part, keep_rows, read_parts, stack
from litmus.data.planning import FoldPlan, plan_folds, plan_split, row_units
from litmus.data.prepared import MainRows, PreparedRows
from litmus.data.raw_table import RawTable
from litmus.data.roles import Roles, find_roles
from litmus.data.rows import Rows
from litmus.data.schema import Column, Schema
from litmus.data.splits import TEST, VALIDATION
from litmus.data.stored_columns import StoredColumns
from litmus.data.target_inference import FoundTarget, find_target
from litmus.data.typing_columns import conform_part, type_columns
from litmus.errors import DataError
from litmus.events import Events
from litmus.freed import give_back_memory

if TYPE_CHECKING:
    from litmus.data.task_data import TaskData

__all__ = ["load"]

_FEWEST_ROWS = 5


def load(
    task_data: TaskData,
    *,
    seed: int,
    events: Events,
    scratch: Path | None = None,
    usual_folds: Callable[[int, int, int], int] | None = None,
) -> LoadedData:
    """Read and prepare a task's data; see `TaskData.load`."""
    notes = Notebook()
    events.emit("data.reading", f"Reading {task_data.name}.", data=task_data.name)
    raw = read_parts(task_data.sources, notes, scratch)
    size = 8 * max(table.rows for table in raw.values())
    sources = {part: table.origin for part, table in raw.items()}
    table, part = stack(raw.pop("train"), raw.pop("validation", None), notes)
    roles = find_roles(task_data, table)
    main = _prepare(task_data, table, part, roles, notes=notes, scratch=scratch)
    test = _prepare_test(task_data, raw.pop("test"), main, notes, scratch) if "test" in raw else None
    rows = Rows(main.target.task, main.rows.y, row_units(main.rows.hashes, main.target, notes))
    give_back_memory(size)
    if test is None:
        part = plan_split(roles, rows, main.rows.columns, main.part, main.target, seed=seed, notes=notes)
        main = dataclasses.replace(main, part=part)
    give_back_memory(size)
    _note_overlap(main, test, notes)
    plan = _plan_folds(roles, rows, main, seed=seed, notes=notes, usual_folds=usual_folds)
    del rows
    give_back_memory(size)
    loaded = assemble(task_data.name, main, test, plan, weight=roles.weight, sources=sources, notes=notes.sentences())
    _tell(loaded, events)
    return loaded


def _plan_folds(
    roles: Roles,
    rows: Rows,
    main: MainRows,
    *,
    seed: int,
    notes: Notebook,
    usual_folds: Callable[[int, int, int], int] | None,
) -> FoldPlan:
    learned = np.flatnonzero(main.part != TEST)
    named = (roles.group, roles.k_fold.by if roles.k_fold else None, roles.split.column if roles.split else None)
    by = {name: main.rows.columns[name].take(learned).reset_index(drop=True) for name in named if name}
    validation = main.part[learned] == VALIDATION
    size = (len(learned), main.schema.width, len(main.target.classes))
    usual = None if usual_folds is None else usual_folds(*size)
    return plan_folds(roles, rows.take(learned), by, validation, main.target, seed=seed, notes=notes, usual=usual)


def _prepare(
    task_data: TaskData,
    table: RawTable,
    part: np.ndarray,
    roles: Roles,
    *,
    notes: Notebook,
    scratch: Path | None,
) -> MainRows:
    """Encode the target and type the columns of the rows that are learned from."""
    order = list(table.columns)
    columns = {name: table.columns.pop(name) for name in task_data.target}
    dtypes = {name: str(column.dtype) for name, column in columns.items()}
    _refuse_few(table)
    found = find_target(columns, task_data.task, task_data.markers, untyped=table.untyped)
    for sentence in found.notes:
        notes.add("the target", sentence)
    table = keep_rows(table, found.kept)
    give_back_memory(8 * table.rows)
    _refuse_few(table)
    folder = None if scratch is None else scratch / "main"
    typed = type_columns(table, roles.given, task_data.markers, notes, StoredColumns(folder))
    for name in typed.schema.names("image"):
        notes.add("images", f"{name}: images cannot be learned from yet, so the column is not used.")
    schema = _with_target(typed.schema, found, dtypes, task_data, order)
    _refuse_no_features(schema)
    rows = PreparedRows.of(typed.columns, schema, found.y, folder)
    return MainRows(rows, schema, found.target, part[found.kept])


def _refuse_few(table: RawTable) -> None:
    if table.rows < _FEWEST_ROWS:
        raise DataError(
            f"There {'is' if table.rows == 1 else 'are'} only {counted(table.rows, 'row')} to learn from ({table.origin}); at least {_FEWEST_ROWS} are needed."
        )


def _refuse_no_features(schema: Schema) -> None:
    if not schema.features:
        others = ", ".join(f"{column.name} ({column.kind})" for column in schema.values() if column.kind != "target")
        raise DataError(
            f"No column is left to learn from beside the target {schema.target[0]!r}"
            + (f": {others}. Give kinds with schema={{…}} if that is wrong." if others else ".")
        )


def _with_target(
    schema: Schema, found: FoundTarget, dtypes: dict[str, str], task_data: TaskData, order: list[str]
) -> Schema:
    """The schema with the target's columns where they stand in the table."""
    targets = {
        name: Column(name, "target", why=f"the target; {found.target.task}: {found.why}", dtype=dtypes[name])
        for name in task_data.target
    }
    return Schema([targets[name] if name in targets else schema[name] for name in order])


def _prepare_test(
    task_data: TaskData, table: RawTable, main: MainRows, notes: Notebook, scratch: Path | None
) -> PreparedRows:
    """Encode and type the rows of a test source as the training rows were."""
    table, y = encode_part(table, main.target, task_data.markers, notes, "test")
    schema = Schema([column for column in main.schema.values() if column.kind != "target"])
    folder = None if scratch is None else scratch / "test"
    columns = StoredColumns(folder)
    conform_part(table, schema, notes, "test", columns)
    return PreparedRows.of(columns, main.schema, y, folder)


def _note_overlap(main: MainRows, test: PreparedRows | None, notes: Notebook) -> None:
    """Say how many test rows are copies of training rows."""
    hashes = main.rows.hashes
    learned = hashes.rows[main.part != TEST]
    tested = hashes.rows[main.part == TEST] if test is None else test.hashes.rows
    if not len(tested):
        return
    copies = _copies(tested, learned)
    if copies:
        notes.add(
            "copies",
            f"{counted(copies, 'test row also occurs', 'test rows also occur')} in training ({share(copies, len(tested))} of {len(tested):,}): their scores say little about new rows.",
        )
    if test is not None and main.target.task != "regression":
        features = np.unique(hashes.features)
        found = np.searchsorted(features, test.hashes.features).clip(max=len(features) - 1)
        same = features[found] == test.hashes.features
        other = same & ~np.isin(test.hashes.rows, learned)
        if other.any():
            notes.add(
                "copies",
                f"{counted(int(other.sum()), 'test row has', 'test rows have')} the features of a training row but another {main.target.name!r}.",
            )


def _copies(tested: np.ndarray, learned: np.ndarray) -> int:
    """How many hashes of test rows occur in training; few rows have a copy at all, and only those are compared."""
    repeated = repeats(np.concatenate([tested, learned]))
    return int(np.isin(tested[repeated[: len(tested)]], learned[repeated[len(tested) :]]).sum())


def _tell(loaded: LoadedData, events: Events) -> None:
    for sentence in loaded.notes:
        events.emit("data.noted", sentence, data=loaded.name)
    tested = 0 if loaded.test is None else len(loaded.test)
    events.emit(
        "data.loaded",
        f"{loaded.name}: {counted(len(loaded.train), 'training row')}, {counted(tested, 'test row')}, "
        f"{counted(len(loaded.schema.features), 'feature')}, {loaded.task}; {loaded.fold_plan}.",
        data=loaded.name,
        task=loaded.task,
        rows=len(loaded.train),
        test_rows=tested,
        features=len(loaded.schema.features),
        folds=len(loaded.folds),
        fingerprint=loaded.fingerprint,
    )
