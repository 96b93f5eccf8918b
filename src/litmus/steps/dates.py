"""Dates and times as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from litmus.errors import ParameterError
from litmus.program import Node, Sketch
from litmus.steps.base import Step
from litmus.steps.columns import choose_columns, take_column
from litsdf import DataFrame
from litsdf.interchange import as_frame, in_place_of, moments

__all__ = ["DateParts"]

_EPOCH = np.datetime64("1970-01-01", "us")
_DAY = np.timedelta64(86_400_000_000, "us")
_HOUR = np.timedelta64(3_600_000_000, "us")


def _since(values: np.ndarray, unit: str) -> np.ndarray:
    """The time since the start of the unit each value lies in."""
    return np.asarray(values - values.astype(f"datetime64[{unit}]"))


_PARTS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "year": lambda values: values.astype("datetime64[Y]").astype(np.int64) + 1970,
    "month": lambda values: values.astype("datetime64[M]").astype(np.int64) % 12 + 1,
    "day": lambda values: _since(values, "M") // _DAY + 1,
    "day of week": lambda values: ((values - _EPOCH) // _DAY + 3) % 7,
    "weekend": lambda values: ((values - _EPOCH) // _DAY + 3) % 7 >= 5,
    "hour": lambda values: _since(values, "D") // _HOUR,
    "minute": lambda values: _since(values, "h") // np.timedelta64(60_000_000, "us"),
}


@dataclass
class DateParts(Step):
    """Replace each date by numbers: year, month, day, day of week, weekend, hour, minute, and the days elapsed.

    Only parts that vary among the training rows are made. Days are counted from the earliest training date, and may be
    negative or fractional; Monday is 0; missing dates give missing parts.

    Args:
        columns: datetime columns; all of them when left out.
        parts: which parts to make; all when left out.

    Raises:
        ParameterError: when a part has an unknown name.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"paid": pd.to_datetime(["2024-05-01", "2024-06-02"])})
        >>> DateParts(parts=["month", "elapsed days"]).fit_transform(table).to_dict("list")
        {'paid: month': [5.0, 6.0], 'paid: elapsed days': [0.0, 32.0]}
    """

    columns: list[str] | None = None
    parts: list[str] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        known = [*_PARTS, "elapsed days"]
        for part in self.parts or ():
            if part not in known:
                raise ParameterError(f"DateParts.parts has {part!r}; use some of {', '.join(known)}.")

    def fit(self, df: DataFrame, y: np.ndarray | None = None) -> None:  # noqa: ARG002 - the contract has a target
        """Learn the earliest date of each column, and which parts vary."""
        df = as_frame(df)
        self.columns_ = choose_columns(df, self.columns, "datetime", "DateParts")
        wanted = [*_PARTS, "elapsed days"] if self.parts is None else self.parts
        self.origins_: list[int] = []
        self.parts_: list[list[str]] = []
        for name in self.columns_:
            values = moments(df[name])
            known = values[~np.isnat(values)]
            origin = known.min() if len(known) else _EPOCH
            self.origins_.append(int((origin - _EPOCH).astype(np.int64)))
            made = {part: _part(known, part, self.origins_[-1]) for part in wanted}
            self.parts_.append([part for part, numbers in made.items() if len(numbers) and np.ptp(numbers) > 0])

    def transform(self, df: DataFrame) -> DataFrame:
        """The table with each date column replaced by its parts, float32, in the same place."""
        df = as_frame(df)
        if not self.columns_:
            return df
        made = {}
        for name, origin, parts in zip(self.columns_, self.origins_, self.parts_, strict=True):
            values = moments(take_column(df, name, "DateParts"))
            made[name] = {f"{name}: {part}": _part(values, part, origin) for part in parts}
        return in_place_of(df, made)

    def lower(self, sketch: Sketch) -> Sketch:
        """The table of nodes with each date replaced by its parts."""
        node = sketch.graph.node
        made: dict[str, dict[str, Node]] = {}
        for name, origin, parts in zip(self.columns_, self.origins_, self.parts_, strict=True):
            date = sketch.date(name)
            made[name] = {
                f"{name}: {part}": node("elapsed_days", date, origin=origin)
                if part == "elapsed days"
                else node("date_part", date, part=part)
                for part in parts
            }
        return sketch.in_place_of(made)

    def report(self) -> list[str]:
        """What each date column was turned into."""
        return [
            f"Turned {name} into {', '.join(parts)}." if parts else f"Dropped {name}: its dates do not vary."
            for name, parts in zip(self.columns_, self.parts_, strict=True)
        ]


def _part(values: np.ndarray, part: str, origin: int) -> np.ndarray:
    """One part of each date, float32 (rows,), NaN when missing."""
    missing = np.isnat(values)
    known = np.where(missing, _EPOCH, values)
    if part == "elapsed days":
        numbers = (known - (_EPOCH + np.timedelta64(origin, "us"))) / _DAY
    else:
        numbers = _PARTS[part](known)
    return np.where(missing, np.nan, numbers).astype(np.float32)
