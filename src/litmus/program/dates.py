"""Operations on dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from litmus.program.graph import Kind, Node
from litmus.program.operations import Operation, constant, kinds, require
from litmus.program.row_code import RowCode

__all__ = ["OPERATIONS"]

_EPOCH = np.datetime64("1970-01-01", "us")
_DAY = np.timedelta64(86_400_000_000, "us")
_MICROSECONDS = 86_400_000_000


def _since(values: np.ndarray, unit: str) -> np.ndarray:
    """The time since the start of the unit each value lies in."""
    return np.asarray(values - values.astype(f"datetime64[{unit}]"))


_PARTS: Mapping[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    "year": ("{0}.year", lambda values: values.astype("datetime64[Y]").astype(np.int64) + 1970),
    "month": ("{0}.month", lambda values: values.astype("datetime64[M]").astype(np.int64) % 12 + 1),
    "day": ("{0}.day", lambda values: _since(values, "M") // _DAY + 1),
    "day of week": ("{0}.weekday()", lambda values: ((values - _EPOCH) // _DAY + 3) % 7),
    "weekend": ("{0}.weekday() >= 5", lambda values: ((values - _EPOCH) // _DAY + 3) % 7 >= 5),
    "hour": ("{0}.hour", lambda values: _since(values, "D") // np.timedelta64(3_600_000_000, "us")),
    "minute": ("{0}.minute", lambda values: _since(values, "h") // np.timedelta64(60_000_000, "us")),
}
"""Part → its expression for one date, and its numbers for an array of dates."""


class _DatePart(Operation):
    """A part of a date; NaN for a missing one."""

    name = "date_part"
    constants = ("part",)
    finite = True

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        kinds(operands, "date")
        require(constant(constants, "part", str) in _PARTS, f"the part {constants['part']!r} of a date")
        return "number", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:  # noqa: ARG002
        expression = _PARTS[node.constants["part"]][0].format(operands[0])
        return f"nan if {operands[0]} is None else {expression}"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        (values,) = operands
        missing = np.isnat(values)
        numbers = _PARTS[node.constants["part"]][1](np.where(missing, _EPOCH, values))
        return np.where(missing, np.nan, numbers.astype(np.float64))


class _ElapsedDays(Operation):
    """The days since a date, in float32; NaN for a missing one."""

    name = "elapsed_days"
    constants = ("origin",)
    finite = True

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        kinds(operands, "date")
        origin = constant(constants, "origin", int)
        require(abs(origin) < 2**62, f"the date {origin} as microseconds")
        return "number", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        epoch, origin = code.bind("epoch", dt.datetime(1970, 1, 1)), node.constants["origin"]  # noqa: DTZ001 - naive UTC
        duration = code.bind("microsecond", dt.timedelta(microseconds=1))
        slot = code.slot(node)
        days = f"(({operands[0]} - {epoch}) // {duration} - {origin}) / {_MICROSECONDS}"
        code.add(f"{slot} = nan if {operands[0]} is None else {days}")
        return slot

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        (values,) = operands
        missing = np.isnat(values)
        origin = _EPOCH + np.timedelta64(node.constants["origin"], "us")
        days = (np.where(missing, origin, values) - origin) / _DAY
        return np.where(missing, np.nan, days).astype(np.float32)


OPERATIONS: tuple[Operation, ...] = (_DatePart(), _ElapsedDays())
