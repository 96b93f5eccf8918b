"""What came true, joined to what was answered: late labels, second ones, and those of requests that nobody knows."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from litmus.capture.places import FOLDER
from litmus.data.frames import read_frame
from litmus.data.readers import read_table
from litmus.errors import DataError, ParameterError
from litmus.monitor.traffic import CapturedTraffic, Piece, Traffic

__all__ = ["LabelFacts", "Labels", "Which", "labels_of"]

Which = Literal["last", "first"]
"""Which label counts when a row has several."""


@dataclasses.dataclass
class LabelFacts:
    """What was noticed about labels.

    Attributes:
        given: how many there are.
        joined: rows that have one.
        repeated: labels beyond the first of a row.
        changed: rows whose labels disagree.
        unknown: labels whose request was not captured.
        early: labels that are older than the answer.
        delay: half of the labels came within so many seconds of the answer; None when that is not known.
        slowest: the longest delay, seconds.
    """

    given: int = 0
    joined: int = 0
    repeated: int = 0
    changed: int = 0
    unknown: int = 0
    early: int = 0
    delay: float | None = None
    slowest: float | None = None


class Labels:
    """Labels by request and row.

    Args:
        given: a row a label: `request_id`, `row`, `label`, `time` (seconds since 1970, or NaN).
        which: which one counts when a row has several.
    """

    def __init__(self, given: pd.DataFrame, which: Which) -> None:
        self.facts = LabelFacts(given=len(given))
        given = given.sort_values("time", kind="stable", na_position="first")
        keys = given.set_index(["request_id", "row"]).index
        repeated = keys.duplicated()
        self.facts.repeated = int(repeated.sum())
        if repeated.any():
            texts = given["label"].map(repr)
            self.facts.changed = int((texts.groupby(keys).nunique() > 1).sum())
        kept = ~keys.duplicated(keep=which)
        self._labels = given["label"].to_numpy(dtype=object)[kept]
        self._times = given["time"].to_numpy(dtype=np.float64)[kept]
        self._keys = keys[kept]
        self._met = np.zeros(len(self._keys), dtype=bool)
        self._delays: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self._keys)

    def join(self, piece: Piece) -> pd.Series | None:
        """The labels of a piece's rows, None where there is none; None when no row has one."""
        if not len(self) or "request_id" not in piece.facts:
            return None
        places = self._places(piece.facts)
        found = places >= 0
        if not found.any():
            return None
        self._met[places[found]] = True
        self.facts.joined += int(found.sum())
        labels = np.full(piece.rows, None, dtype=object)
        labels[found] = self._labels[places[found]]
        times = piece.times()
        if times is not None:
            answered = times[found].astype(np.int64) / 1e6
            delays = self._times[places[found]] - answered
            self._delays.append(delays[~np.isnan(delays)])
        return pd.Series(labels, dtype=object)

    def close(self, traffic: Traffic) -> LabelFacts:
        """Count what is left: labels of requests that were captured at no time are unknown.

        Args:
            traffic: where the rows came from; all of its requests are looked through when some labels were not met.
        """
        if not self._met.all():
            for keys in _all_keys(traffic):
                places = self._keys.get_indexer(keys)
                self._met[places[places >= 0]] = True
        self.facts.unknown = int((~self._met).sum())
        if self._delays:
            delays = np.concatenate(self._delays)
            # A clock of another machine may be a little off; a second more than that is no delay.
            self.facts.early = int((delays < -1).sum())
            if len(delays):
                self.facts.delay, self.facts.slowest = float(np.median(delays)), float(delays.max())
        return self.facts

    def _places(self, facts: dict[str, pd.Series]) -> np.ndarray:
        return np.asarray(self._keys.get_indexer(_keys(facts)))


def labels_of(labels: Any, traffic: Traffic, which: Which) -> Labels | None:
    """The labels that go with traffic.

    Args:
        labels: a table (frame or path) with `request_id` and `label`, and perhaps `row` and `time`; or None for the
            feedback that an endpoint kept.
        traffic: what was asked and answered.
        which: which label counts when a row has several.

    Raises:
        DataError: when the table has no such columns.
        ParameterError: when `which` is neither.
    """
    if which not in ("last", "first"):
        raise ParameterError(f"duplicates={which!r} is not allowed; give 'last' or 'first'.")
    if labels is not None:
        return Labels(_of_table(labels), which)
    if isinstance(traffic, CapturedTraffic):
        return Labels(_of_feedback(traffic.folder), which)
    return None


def _of_feedback(folder: Path) -> pd.DataFrame:
    found: list[tuple[str, int, Any, float]] = []
    for path in sorted((folder / FOLDER).glob("*/feedback-*.jsonl")):
        with contextlib.suppress(FileNotFoundError), path.open(encoding="utf-8") as lines:
            for line in lines:
                with contextlib.suppress(ValueError, KeyError, TypeError):  # a line that is being written
                    held = json.loads(line)
                    found.append((held["request_id"], int(held["row"]), held["label"], float(held["time"])))
    return _frame(found)


def _of_table(table: Any) -> pd.DataFrame:
    frame = (read_table(table) if isinstance(table, str | Path) else read_frame(table).frame()).reset_index(drop=True)
    absent = [name for name in ("request_id", "label") if name not in frame]
    if absent:
        raise DataError(
            f"The labels have no column {', '.join(map(repr, absent))}; give request_id and label, and row for requests of many rows."
        )
    rows = frame["row"].astype("int64") if "row" in frame else pd.Series(0, index=frame.index)
    times = pd.Series(np.nan, index=frame.index)
    if "time" in frame:
        held = frame["time"]
        times = (
            held.astype("float64")
            if held.dtype.kind in "iuf"
            else pd.to_datetime(held, utc=True, errors="coerce").astype("int64") / 1e9
        )
    return _frame(list(zip(frame["request_id"].astype("str"), rows, frame["label"].astype(object), times, strict=True)))


def _frame(found: list[tuple[str, int, Any, float]]) -> pd.DataFrame:
    kinds = {"request_id": "str", "row": "int64", "label": "object", "time": "float64"}
    return pd.DataFrame(found, columns=list(kinds)).astype(kinds)


def _keys(facts: dict[str, pd.Series]) -> pd.MultiIndex:
    identities = facts["request_id"].astype("str")
    rows = facts["row"].astype("int64") if "row" in facts else pd.Series(np.zeros(len(identities), dtype=np.int64))
    return pd.MultiIndex.from_arrays([identities, rows], names=["request_id", "row"])


def _all_keys(traffic: Traffic) -> Iterator[pd.MultiIndex]:
    """The requests and rows of all traffic, of whatever time."""
    if not isinstance(traffic, CapturedTraffic):
        for piece in traffic.pieces(None, None):
            if "request_id" in piece.facts:
                yield _keys(piece.facts)
        return
    import pyarrow.parquet

    for path in traffic.files():
        with contextlib.suppress(FileNotFoundError):
            table = pyarrow.parquet.read_table(path, columns=["request_id", "row"], partitioning=None).to_pandas()
            yield _keys({"request_id": table["request_id"], "row": table["row"]})
