"""What arrived, a piece at a time: an endpoint's captured requests, or the rows of any table."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from litmus.capture.places import FOLDER
from litmus.capture.table import INPUT, PROBABILITY
from litmus.data import read_batches
from litmus.data.frames import read_frame
from litmus.errors import DataError

__all__ = ["CapturedTraffic", "Piece", "TableTraffic", "Traffic", "as_moment", "traffic_of"]

_PIECE = 50_000
_FACTS = frozenset(
    {"request_id", "row", "time", "variant", "version", "seconds", "prediction", "label", "label_time", "labels"}
)


@dataclasses.dataclass(frozen=True)
class Piece:
    """Some rows that arrived, in the order in which they were written down.

    Attributes:
        inputs: column → values as they came.
        rows: how many.
        facts: `request_id`, `row`, `time`, `variant`, `version`, `prediction`, `label`, `label_time`: those there are.
        probabilities: class → probability (rows,).
    """

    inputs: dict[str, pd.Series]
    rows: int
    facts: dict[str, pd.Series]
    probabilities: dict[str, np.ndarray]

    def times(self) -> np.ndarray | None:
        """When each row was answered, datetime64[us] in UTC; None for a table without times."""
        if "time" not in self.facts:
            return None
        return _moments(self.facts["time"])

    def take(self, kept: np.ndarray) -> Piece:
        """The rows of a mask."""
        if kept.all():
            return self
        return Piece(
            {name: values[kept].reset_index(drop=True) for name, values in self.inputs.items()},
            int(kept.sum()),
            {name: values[kept].reset_index(drop=True) for name, values in self.facts.items()},
            {name: values[kept] for name, values in self.probabilities.items()},
        )


class Traffic(Protocol):
    """Rows that can be gone through, more than once."""

    name: str

    def pieces(self, start: dt.datetime | None, end: dt.datetime | None) -> Iterator[Piece]:
        """The rows answered from `start` on and before `end`; None is no bound. A table without times gives all."""
        ...


class CapturedTraffic:
    """What an endpoint captured.

    Args:
        folder: the endpoint's folder.
        variant: whose answers; None: all.
        version: of which model; None: any.
    """

    def __init__(self, folder: Path, *, variant: str | None = None, version: str | None = None) -> None:
        self.folder = folder
        self.name = folder.name
        self._variant = variant
        self._version = version

    def pieces(self, start: dt.datetime | None, end: dt.datetime | None) -> Iterator[Piece]:
        """The rows answered from `start` on and before `end`; a file that is removed meanwhile is passed over."""
        import pyarrow as pa
        import pyarrow.parquet

        for path in self.files(start, end):
            try:
                table = pyarrow.parquet.read_table(path, partitioning=None)
            except FileNotFoundError:
                continue
            except (pa.ArrowException, OSError) as error:
                raise DataError(
                    f"{path} cannot be read ({str(error).splitlines()[0][:200]}); remove the file to go on without its rows."
                ) from error
            piece = _within(_piece(table.to_pandas()), start, end)
            for name, wanted in (("variant", self._variant), ("version", self._version)):
                if wanted is not None and piece.rows and name in piece.facts:
                    piece = piece.take((piece.facts[name] == wanted).to_numpy(dtype=bool))
            if piece.rows:
                yield piece

    def files(self, start: dt.datetime | None = None, end: dt.datetime | None = None) -> list[Path]:
        """The files that may hold rows of that time, by hour and then by when they were written."""
        # A file lies in the hour of its first row; clocks that were set back leave later rows in it, so one hour is added.
        first = None if start is None else (as_moment(start) - dt.timedelta(hours=1)).strftime("%Y-%m-%d-%H")
        last = None if end is None else (as_moment(end) + dt.timedelta(hours=1)).strftime("%Y-%m-%d-%H")
        found = []
        for path in (self.folder / FOLDER).glob("*/*.parquet"):
            hour = path.parent.name
            if not path.name.startswith(".") and (first is None or hour >= first) and (last is None or hour <= last):
                found.append(path)
        return sorted(found)


class TableTraffic:
    """The rows of a table: a frame, or a file, folder or URL that is read in portions.

    A column `time` that holds times, `prediction`, `probability.CLASS` and `label` are facts of an answer when the schema
    does not name them; columns called `input.NAME` are inputs, as in captured requests.

    Args:
        table: the rows.
        name: what to call them.
        inputs: columns of the schema, which are inputs whatever they are called.
        target: the target's columns: the last of them is the label.
    """

    def __init__(
        self, table: Any, *, name: str = "the table", inputs: frozenset[str] = frozenset(), target: tuple[str, ...] = ()
    ) -> None:
        self.name = name
        self._table = table
        self._inputs = inputs
        self._target = target

    def pieces(self, start: dt.datetime | None, end: dt.datetime | None) -> Iterator[Piece]:
        """The rows of that time, where the table has a column `time`."""
        if isinstance(self._table, str | os.PathLike):
            frames: Iterator[pd.DataFrame] = read_batches(self._table, _PIECE)
        else:
            frames = _slices(read_frame(self._table).frame())
        for frame in frames:
            piece = _within(_piece(frame, self._inputs, self._target), start, end)
            if piece.rows:
                yield piece


def traffic_of(source: Any, *, inputs: frozenset[str] = frozenset(), target: tuple[str, ...] = ()) -> Traffic:
    """Traffic from an endpoint's folder or a table."""
    if isinstance(source, CapturedTraffic | TableTraffic):
        return source
    if isinstance(source, str | Path) and (Path(source) / FOLDER).is_dir():
        return CapturedTraffic(Path(source))
    name = str(source) if isinstance(source, str | os.PathLike) else "the table"
    return TableTraffic(source, name=name, inputs=inputs, target=target)


def as_moment(value: dt.datetime) -> dt.datetime:
    """A time in UTC; without a zone it is taken as one."""
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _slices(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for start in range(0, len(frame), _PIECE):
        yield frame.iloc[start : start + _PIECE].reset_index(drop=True)


def _piece(frame: pd.DataFrame, inputs: frozenset[str] = frozenset(), target: tuple[str, ...] = ()) -> Piece:
    """Sort the columns of a frame into inputs and facts."""
    captured = any(name.startswith(INPUT) for name in frame.columns)
    held: dict[str, pd.Series] = {}
    facts: dict[str, pd.Series] = {}
    scores: dict[str, np.ndarray] = {}
    for name in frame.columns:
        values = frame[name]
        if name in inputs and not captured:
            held[name] = values
        elif name.startswith(INPUT):
            held[name.removeprefix(INPUT)] = values
        elif name.startswith(PROBABILITY):
            scores[name.removeprefix(PROBABILITY)] = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
        elif name in target and not captured:
            facts["label"] = values
        elif name in _FACTS:
            facts[name] = values
        elif not captured:
            held[name] = values
    if "time" in facts and not captured and not _is_time(facts["time"]):
        held["time"] = facts.pop("time")
    return Piece(held, len(frame), facts, scores)


def _is_time(values: pd.Series) -> bool:
    if values.dtype.kind == "M":
        return True
    with contextlib.suppress(ValueError, TypeError):
        return bool(pd.to_datetime(values, errors="coerce", utc=True, format="ISO8601").notna().any())
    return False


def _moments(values: pd.Series) -> np.ndarray:
    times = pd.to_datetime(values, utc=True, errors="coerce", format=None if values.dtype.kind == "M" else "ISO8601")
    return np.asarray(times.dt.tz_localize(None).to_numpy(), dtype="datetime64[us]")


def _within(piece: Piece, start: dt.datetime | None, end: dt.datetime | None) -> Piece:
    times = piece.times()
    if times is None or (start is None and end is None):
        return piece
    kept = np.ones(piece.rows, dtype=bool)
    if start is not None:
        kept &= times >= np.datetime64(as_moment(start).replace(tzinfo=None), "us")
    if end is not None:
        kept &= times < np.datetime64(as_moment(end).replace(tzinfo=None), "us")
    return piece.take(kept)
