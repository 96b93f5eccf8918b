"""Operations on numbers."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np

from litmus.program.graph import Kind, Node
from litmus.program.operations import Operation, checked_array, constant, kinds, require
from litmus.program.row_code import RowCode

__all__ = ["LARGEST", "OPERATIONS"]

LARGEST = float(np.finfo(np.float32).max)
_PLAIN_KINDS = ("any", "number", "truth", "text", "date")


class _Input(Operation):
    name = "input"
    constants = ("column", "kind")

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        kinds(operands)
        constant(constants, "column", str)
        require(constants.get("kind") in _PLAIN_KINDS, f"a column of kind {constants.get('kind')!r}")
        kind: Kind = constants["kind"]
        return kind, 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:  # noqa: ARG002 - it has none
        text = f"row[{node.constants['column']!r}]"
        if node.kind != "number":
            return text
        value = code.named(node, text)
        code.add(f"if {value} is None:", f"    {value} = nan")
        return value

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        raise NotImplementedError  # inputs are given


class _NumberOperation(Operation):
    """An operation on one number that gives one."""

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        kinds(operands, "number")
        for name in self.constants:
            constant(constants, name, float)
        return "number", 1


class _TruthNumber(Operation):
    """0, 1 or NaN for a truth value."""

    name = "truth_number"
    finite = True

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:  # noqa: ARG002
        kinds(operands, "truth")
        return "number", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:  # noqa: ARG002
        return f"nan if {operands[0]} is None else {operands[0]}"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:  # noqa: ARG002
        return operands[0]


class _Bounded(_NumberOperation):
    """NaN for what float32 cannot hold."""

    name = "bounded"
    finite = True

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:  # noqa: ARG002
        return f"{operands[0]} if -{LARGEST!r} <= {operands[0]} <= {LARGEST!r} else nan"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:  # noqa: ARG002
        (values,) = operands
        if values.size and not -LARGEST <= values.min() <= values.max() <= LARGEST:  # also true when one is NaN
            return np.where(np.abs(values) <= LARGEST, values, np.nan)
        return values


class _Filled(_NumberOperation):
    """A value instead of NaN."""

    name = "filled"
    constants = ("value",)

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        return f"{operands[0]} if {operands[0]} == {operands[0]} else {code.number(node.constants['value'])}"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        missing = np.isnan(operands[0])
        return np.where(missing, node.constants["value"], operands[0]) if missing.any() else operands[0]


class _Missing(_NumberOperation):
    """1 for NaN, else 0."""

    name = "missing"
    finite = True

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:  # noqa: ARG002
        return f"{operands[0]} != {operands[0]}"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:  # noqa: ARG002
        return np.isnan(operands[0])


class _Rounded(_NumberOperation):
    """The nearest float32."""

    name = "rounded"

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        slot = code.slot(node)
        code.add(f"{slot} = {operands[0]}")
        return slot

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:  # noqa: ARG002
        with np.errstate(over="ignore"):
            return operands[0].astype(np.float32)


class _Scaled(_NumberOperation):
    """The distance from a centre, in float64, rounded to float32; divided by a scale in float32."""

    name = "scaled"
    constants = ("centre", "scale")

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        slot, scale = code.slot(node), float(np.float32(node.constants["scale"]))
        code.add(f"{slot} = {operands[0]} - {code.number(node.constants['centre'])}")
        if scale == 0:  # Python would raise
            code.add(f"{slot} = {code.bind('by_zero', _by_zero)}({slot})")
        else:  # of two float32 numbers, rounding the float64 quotient gives the float32 quotient
            code.add(f"{slot} = {slot} / {code.number(scale)}")
        return slot

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            distance = (operands[0] - node.constants["centre"]).astype(np.float32)
            distance /= np.float32(node.constants["scale"])
        return distance


def _by_zero(value: float) -> float:
    return math.nan if value != value or value == 0 else math.copysign(math.inf, value)  # noqa: PLR0124 - NaN


class _Level(Operation):
    """Where a number lies between the quantiles of its column, 0 to 1; as a normal deviate for `normal`."""

    name = "level"
    constants = ("quantiles", "levels", "normal")
    finite = True

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        kinds(operands, "number")
        constant(constants, "normal", bool)
        levels, quantiles = (checked_array(constants, name, "<f8", 1) for name in ("levels", "quantiles"))
        require(len(levels) == len(quantiles) > 0, "quantiles and levels of other lengths")
        for values in (levels, quantiles):
            require(np.isfinite(values).all() and (np.diff(values) >= 0).all(), "quantiles that do not rise")
        require(levels[0] >= 0 and levels[-1] <= 1, "levels beyond 0 and 1")
        return "number", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        quantiles, levels = node.constants["quantiles"].tolist(), node.constants["levels"].tolist()
        level = code.bind("level", _level_function(quantiles, levels, normal=node.constants["normal"]))
        slot = code.slot(node)
        code.add(f"{slot} = {level}({operands[0]})")
        return slot

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        values, quantiles, levels = operands[0], node.constants["quantiles"], node.constants["levels"]
        # from both sides, so that a value that many rows share lands in the middle of its range of levels
        upper = np.interp(values, quantiles, levels)
        lower = -np.interp(-values, -quantiles[::-1], -levels[::-1])
        level = np.asarray((upper + lower) / 2)
        return (_normal_deviates(level) if node.constants["normal"] else level).astype(np.float32)


def _level_function(quantiles: list[float], levels: list[float], *, normal: bool) -> Callable[[float], float]:
    """What `_Level.arrays` does, for one number."""
    last = len(quantiles) - 1
    deviate = NormalDist().inv_cdf

    def between(value: float, low: int) -> float:
        slope = (levels[low + 1] - levels[low]) / (quantiles[low + 1] - quantiles[low])
        return slope * (value - quantiles[low]) + levels[low]

    def level(value: float) -> float:
        if value != value:  # noqa: PLR0124 - NaN
            return math.nan
        above = bisect_right(quantiles, value)  # the quantiles up to here are not above the value
        below = bisect_left(quantiles, value)
        if below != above:
            share = (levels[above - 1] + levels[below]) / 2
        elif above == 0:
            share = levels[0]
        else:
            share = levels[last] if above > last else between(value, above - 1)
        return deviate(min(max(share, _EDGE), 1 - _EDGE)) if normal else share

    return level


_EDGE = 1e-7
"""Levels of a normal shape stay so far from 0 and 1."""


@cache
def _deviate_table() -> tuple[float, float, np.ndarray, np.ndarray]:
    """The deviates of small levels at even steps of t = sqrt(-2 ln level): start, step, deviates, and slopes per step."""
    start, end, count = math.sqrt(-2 * math.log(0.5)), math.sqrt(-2 * math.log(_EDGE)), 1025
    t = np.linspace(start, end, count)
    levels = np.minimum(np.exp(-t * t / 2), 0.5)
    normal = NormalDist()
    deviates = np.array([normal.inv_cdf(level) for level in levels.tolist()])
    density = np.exp(-(deviates**2) / 2) / math.sqrt(2 * math.pi)
    step = float(t[1] - t[0])
    return start, step, deviates, -t * levels / density * step


def _normal_deviates(levels: np.ndarray) -> np.ndarray:
    """The standard normal deviates of levels (rows,), which are cut to 1e-7 and 1 - 1e-7; exact to 1e-11.

    Cubic Hermite interpolation between tabulated values, in t = sqrt(-2 ln level), in which the deviate is nearly straight.
    """
    start, step, deviates, slopes = _deviate_table()
    levels = np.clip(levels, _EDGE, 1 - _EDGE)
    small = np.minimum(levels, 1 - levels)
    place = (np.sqrt(-2 * np.log(small)) - start) / step
    known = place == place  # noqa: PLR0124 - NaN
    low = np.clip(np.where(known, place, 0), 0, len(deviates) - 2).astype(np.int64)
    x = place - low
    y0, y1, m0, m1 = deviates[low], deviates[low + 1], slopes[low], slopes[low + 1]
    rise = y1 - y0
    found = y0 + x * (m0 + x * (3 * rise - 2 * m0 - m1 + x * (m0 + m1 - 2 * rise)))
    return np.where(levels > 0.5, -found, found)


OPERATIONS: tuple[Operation, ...] = (
    _Input(),
    _TruthNumber(),
    _Bounded(),
    _Filled(),
    _Missing(),
    _Rounded(),
    _Scaled(),
    _Level(),
)
