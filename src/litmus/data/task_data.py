"""A named data set: where its rows are, what is to be predicted, and how rows are split."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from litmus.data.counted import shown
from litmus.data.folds import KFoldCV
from litmus.data.frames import is_frame, is_records
from litmus.data.locations import place_name, public_place
from litmus.data.markers import Markers
from litmus.data.schema import Column, Schema
from litmus.data.splits import Split
from litmus.errors import ParameterError
from litmus.events import Events
from litmus.naming import nearest
from litmus.task import TaskKind, parse_task

if TYPE_CHECKING:
    from litmus.data.loaded import LoadedData

__all__ = ["TaskData"]

_PARTS = ("train", "validation", "test")
_WHOLE_SOURCES = (str, os.PathLike, Mapping, pd.DataFrame)
"""What a dict of columns never holds as a column."""


@dataclasses.dataclass(frozen=True, repr=False)
class TaskData:
    """A data set and a task on it. Make one with `TaskData.create`; nothing is read before `load`.

    Attributes:
        name: the data set's name.
        sources: "train", and perhaps "validation" and "test" → a source of rows.
        task: the kind of task, or None to infer it from the target.
        target: the target's columns, empty when `schema` names them only after the table is read.
        given: column name → what the user said about it.
        k_fold: how training rows are dealt into folds, or None for the default.
        split: how test rows are set aside, or None for the default.
        group, weight: the names of these columns, or None.
        markers: which texts mean "missing".
    """

    name: str
    sources: Mapping[str, Any]
    task: TaskKind | None
    target: tuple[str, ...]
    given: Mapping[str, Column]
    k_fold: KFoldCV | None
    split: Split | None
    group: str | None
    weight: str | None
    markers: Markers

    @classmethod
    def create(
        cls,
        *,
        name: str | None = None,
        data: Any,
        task: str | Sequence[str] | None = None,
        target: str | int | Sequence[str] | None = None,
        schema: Schema | Mapping[str, str | Column] | None = None,
        k_fold: int | KFoldCV | None = None,
        split: Split | None = None,
        group: str | None = None,
        weight: str | None = None,
        missing_markers: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    ) -> TaskData:
        """Describe a data set.

        Args:
            name: default: the file or folder name, or "data".
            data: a frame (pandas, Polars, Arrow, anything with `to_pandas()`), a dict of columns, a list of dicts, a
                path, a glob, a folder or a URL; or a dict of such sources with the keys "train" and, if there are
                any, "validation" and "test".
            task: "binary", "multiclass", "multilabel", "regression", also as ("multi-class", "classification");
                default: inferred from the target.
            target: the column to predict, or the 0/1 columns of a multi-label task; default: what `schema` calls
                "target".
            schema: column → kind or `Column`; what is left out is inferred.
            k_fold: the number of folds or a `KFoldCV`; default: five folds, or the validation source as the one fold.
            split: how test rows are set aside; default: 20 %, stratified for classes, unless there is a test source.
            group: a column whose values must not be on two sides of a split, such as a customer.
            weight: a column with the weight of each row, not negative.
            missing_markers: texts that mean "missing" (default: "?", "NA", "null", …), or column → texts.

        Raises:
            ParameterError: when an option is not allowed, or no target is named.

        Example:
            >>> TaskData.create(data={"age": [39, 50], "income": ["low", "high"]}, target="income")
            TaskData('data', target='income', train=a dict of columns)
        """
        sources = _sources(data)
        if name is not None and not isinstance(name, str):
            raise ParameterError(f"name={name!r} must be a text, such as 'adult'.")
        given = _given(schema)
        names = _target_names(target, given)
        if split is not None and not isinstance(split, Split):
            raise ParameterError(
                f"split={split!r} is no split; use RandomSplit(), StratifiedSplit(), OrderedSplit(by=…), GroupedSplit(by=…), PredefinedSplit(by=…) or NoSplit()."
            )
        if split is not None and "test" in sources:
            raise ParameterError("split= sets test rows aside, but data has a 'test' source; give one of them.")
        return cls(
            name=name or _default_name(sources["train"]),
            sources=sources,
            task=None if task is None else parse_task(task),
            target=names,
            given=given,
            k_fold=_folds(k_fold),
            split=split,
            group=_role("group", group, given),
            weight=_role("weight", weight, given),
            markers=Markers.of(missing_markers),
        )

    def load(
        self,
        *,
        seed: int = 0,
        events: Events | None = None,
        scratch: Path | None = None,
        usual_folds: Callable[[int, int, int], int] | None = None,
    ) -> LoadedData:
        """Read the rows, infer what is not given, set test rows aside and deal folds.

        Args:
            seed: the source of all randomness; the same seed gives the same split.
            events: told about progress (`data.reading`, `data.noted`, `data.loaded`).
            scratch: a folder for columns of big tables that are not being worked on; the tables are then views of files
                there, which may be deleted on systems that keep mapped files. None holds all in memory.
            usual_folds: rows, columns, classes → folds where the user leaves their number open; None for five.

        Raises:
            ParameterError: when the seed is no whole number of at least 0.
            DataError: when the rows cannot be read, or nothing can be learned from them.

        Example:
            >>> rows = {"x": list(range(20)), "y": ["a", "b"] * 10}
            >>> TaskData.create(data=rows, target="y").load(seed=0).target.classes
            ('a', 'b')
        """
        from litmus.data.loading import load

        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ParameterError(f"seed={seed!r} must be a whole number of at least 0.")
        return load(self, seed=seed, events=events or Events(), scratch=scratch, usual_folds=usual_folds)

    def __repr__(self) -> str:
        sources = ", ".join(f"{part}={_describe(source)}" for part, source in self.sources.items())
        target = ", ".join(map(repr, self.target))
        task = f", task={self.task!r}" if self.task else ""
        return f"TaskData({self.name!r}, target={target}{task}, {sources})"


def _is_place(source: Any) -> bool:
    return isinstance(source, str | os.PathLike)


def _is_source(source: Any) -> bool:
    return _is_place(source) or is_frame(source) or (is_records(source) and len(source) > 0)


def _sources(data: Any) -> dict[str, Any]:
    if (
        isinstance(data, Mapping)
        and "train" in data
        and set(data) <= set(_PARTS)
        and all(map(_is_source, data.values()))
    ):
        return {part: data[part] for part in _PARTS if part in data}
    if isinstance(data, Mapping) and any(isinstance(data.get(part), _WHOLE_SOURCES) for part in _PARTS):
        raise ParameterError(
            f"{_wrong_parts(data)}; a dict of sources has 'train' and perhaps 'validation' and 'test'."
        )
    if _is_source(data) or is_records(data):
        return {"train": data}
    raise ParameterError(
        f"data is of type {type(data).__name__}, which is no source of rows; give a frame (pandas, Polars, Arrow), a dict of "
        "columns, a list of dicts, a path, a glob, a folder, a URL, or {'train': …, 'validation': …, 'test': …}."
    )


def _wrong_parts(data: Mapping[Any, Any]) -> str:
    """What is wrong with a dict that is meant to hold sources."""
    stranger = next((key for key in data if key not in _PARTS), None)
    if stranger is not None:
        close = nearest(str(stranger), _PARTS)
        return f"data has the key {stranger!r}" + (f" (did you mean {close!r}?)" if close else "")
    wrong = next((part for part in data if not _is_source(data[part])), None)
    return (
        "data has no 'train'"
        if wrong is None
        else f"data[{wrong!r}] is {shown(data[wrong])}, which is no source of rows"
    )


def _describe(source: Any) -> str:
    if _is_place(source):
        return repr(public_place(os.fspath(source)))
    if isinstance(source, Mapping):
        return "a dict of columns"
    return f"a {type(source).__name__}" if not isinstance(source, list | tuple) else "a list of rows"


def _default_name(source: Any) -> str:
    return place_name(source) if _is_place(source) else "data"


def _given(schema: Schema | Mapping[str, str | Column] | None) -> dict[str, Column]:
    if schema is None:
        return {}
    if not isinstance(schema, Mapping):
        raise ParameterError(f"schema={schema!r} must map column names to kinds, such as {{'zip': 'categorical'}}.")
    columns: dict[str, Column] = {}
    for name, kind in schema.items():
        if isinstance(kind, Column):
            columns[str(name)] = dataclasses.replace(kind, name=str(name))
        else:
            columns[str(name)] = Column(str(name), kind)  # type: ignore[arg-type]
    return dict(Schema(list(columns.values())))  # checks the kinds


def _target_names(target: str | int | Sequence[str] | None, given: dict[str, Column]) -> tuple[str, ...]:
    by_schema = tuple(name for name, column in given.items() if column.kind == "target")
    if target is None:
        if not by_schema:
            raise ParameterError(
                "No target is named; give target='…', the column to predict, or schema={'…': 'target'}."
            )
        return by_schema
    single = isinstance(target, str | Integral) and not isinstance(target, bool)
    if not single and not isinstance(target, list | tuple | pd.Index):
        raise ParameterError(
            f"target is of type {type(target).__name__}; give the name of the column to predict, such as 'price', "
            "and put the values into the data."
        )
    names = (str(target),) if single else tuple(str(name) for name in target)  # type: ignore[union-attr]
    if not names or len(set(names)) < len(names):
        raise ParameterError(
            f"target={shown(target)} must name one column, or several different ones for a multi-label task."
        )
    if by_schema and set(by_schema) != set(names):
        raise ParameterError(
            f"target={target!r}, but schema calls {', '.join(map(repr, by_schema))} the target; name one of them only."
        )
    clash = [name for name in names if name in given and given[name].kind != "target"]
    if clash:
        raise ParameterError(
            f"{clash[0]!r} is the target, but schema calls it {given[clash[0]].kind}; remove it from schema."
        )
    return names


def _role(role: str, name: str | None, given: dict[str, Column]) -> str | None:
    by_schema = [column.name for column in given.values() if column.kind == role]
    if len(by_schema) > 1 or (name is not None and by_schema and by_schema != [name]):
        raise ParameterError(
            f"Only one column can be the {role}; {', '.join(map(repr, [*by_schema, *([name] if name else [])]))} were named."
        )
    return name or (by_schema[0] if by_schema else None)


def _folds(k_fold: int | KFoldCV | None) -> KFoldCV | None:
    if k_fold is None or isinstance(k_fold, KFoldCV):
        return k_fold
    if isinstance(k_fold, bool) or not isinstance(k_fold, int):
        raise ParameterError(f"k_fold={k_fold!r} must be a number of folds such as 5, or a KFoldCV object.")
    return KFoldCV(folds=k_fold)
