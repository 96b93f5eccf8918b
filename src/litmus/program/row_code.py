"""Writing the Python function that turns one row into features."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from litmus.program.graph import Node

__all__ = ["HALFWAY", "RowCode", "RowFunction"]

HALFWAY = float(2**128 - 2**103)
"""The smallest number that rounds to infinity as float32."""

RowFunction = Callable[[Mapping[str, Any]], "tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]"]


class RowCode:
    """The code while it is written: lines, the values that it refers to by name, and the buffer of features.

    The buffer is an array of float32: storing a number in it rounds it, and a slice of it is copied from another array
    without making Python numbers. Values that must be rounded on the way have slots behind those of the features.

    Args:
        width: how many dense features there are.
        slots: node → its place among them, for the nodes that are a feature.
    """

    def __init__(self, width: int, slots: Mapping[Node, int]) -> None:
        self.width = width
        self._slots = dict(slots)
        self._length = width
        self._lines: list[str] = []
        self._used: dict[str, int] = {}
        self.names: dict[str, Any] = {"nan": math.nan, "inf": math.inf}

    def add(self, *lines: str) -> None:
        """Add lines."""
        self._lines += lines

    def bind(self, name: str, value: Any) -> str:
        """The name by which the code refers to a value; numbered when another value has it."""
        chosen, number = f"the_{name}", 1
        while chosen in self.names and self.names[chosen] is not value:
            number += 1
            chosen = f"the_{name}_{number}"
        self.names[chosen] = value
        return chosen

    def named(self, node: Node, expression: str) -> str:
        """Add the line that gives the value of a node a name; the name."""
        name = self.fresh(f"in_{node.constants['column']}" if node.operation == "input" else node.operation)
        self.add(f"{name} = {expression}")
        return name

    def fresh(self, name: str) -> str:
        """A name that the code does not use yet: this one, when it is one, with a number."""
        name = name if name.isascii() and name.isidentifier() else "value"
        self._used[name] = number = self._used.get(name, 0) + 1
        return f"{name}_{number}"

    @staticmethod
    def number(value: float) -> str:
        """How a number is spelled."""
        value = float(value)
        if math.isfinite(value):
            return repr(value) if value >= 0 and math.copysign(1.0, value) > 0 else f"({value!r})"
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "(-inf)")

    def slot(self, node: Node) -> str:
        """The place of the buffer in which a node's number is rounded: that of its feature, or one of its own."""
        if node not in self._slots:
            self._slots[node] = self._length
            self._length += 1
        return f"b[{self._slots[node]}]"

    def compiled(self, sparse: Sequence[str]) -> tuple[str, RowFunction]:
        """The source of the function, and the function.

        Args:
            sparse: the expressions of the sparse blocks: a pair of indices and values each.
        """
        template = array("f", bytes(4 * self._length))
        self.names |= {"template": template, "ndarray": np.ndarray, "float32": np.dtype(np.float32)}
        self.names["shape"] = (1, self.width)
        lines = ["b = template[:]", *self._lines]
        lines.append(f"return ndarray(shape, float32, b), [{', '.join(sparse)}]")
        source = "def features(row):\n" + "".join(f"    {line}\n" for line in lines)
        namespace = dict(self.names)
        exec(compile(source, "<features>", "exec"), namespace)  # noqa: S102 - our own text; values are bound or spelled
        return source, namespace["features"]
