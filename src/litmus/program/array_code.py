"""Running a program on arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litmus.program.categories import Lookup
from litmus.program.graph import Node, in_order
from litmus.program.operations import operation_named
from litmus.program.text_arrays import Texts
from litmus.program.vocabularies import Vocabularies

__all__ = ["ArrayCode"]

_AT_ONCE = 400_000
"""Dense features made at a time: they and what they are made from should stay in the processor's cache."""


class ArrayCode:
    """What the nodes of a program do to arrays.

    Args:
        nodes: all of them, operands first.
        places: feature → its place among the dense features.
        lookups: joined lookups, each with the place of its first feature.
        vocabularies: joined vocabularies.
        blocks: the sparse features.
        width: how many dense features there are.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        *,
        places: Mapping[Node, int],
        lookups: Sequence[tuple[Lookup, int]],
        vocabularies: Sequence[Vocabularies],
        blocks: Sequence[Node],
        width: int,
    ) -> None:
        merged = {node for lookup, _ in lookups for node in lookup.nodes}
        wholes = in_order([node for node in nodes if node.kind not in ("number", "truth", "vector")])
        self._whole = [node for node in wholes if node not in merged]
        """What is made for all rows at once: texts, dates, sparse features, and what they are made from."""
        known = {*self._whole, *merged}
        self._in_portions = [node for node in nodes if node not in known]
        self._places = places
        self._lookups = lookups
        self._vocabularies = {node: joined for joined in vocabularies for node in joined.nodes}
        self._blocks = blocks
        self._width = width

    def __call__(self, columns: Mapping[str, Any], n_rows: int) -> tuple[np.ndarray, list[tuple[Any, ...]]]:
        """The dense features, float32 (rows, width), and the sparse blocks."""
        made: dict[Node, Any] = {}
        for node in self._whole:
            if node in self._vocabularies and node not in made:
                joined = self._vocabularies[node]
                made |= zip(joined.nodes, joined.arrays(made[node.operands[0]]), strict=True)
            elif node not in made:
                made[node] = _value(node, made, columns)
        codes = [lookup.codes(made[lookup.text]) for lookup, _ in self._lookups]
        dense = np.empty((n_rows, self._width), dtype=np.float32)
        portion = max(256, _AT_ONCE // max(self._width, 1))
        for start in range(0, n_rows if self._width else 0, portion):
            rows = slice(start, min(start + portion, n_rows))
            self._fill(dense[rows], made, columns, rows)
            for (lookup, place), found in zip(self._lookups, codes, strict=True):
                lookup.write_rows(found[rows], dense[rows, place : place + lookup.width])
        return dense, [(*made[node], node.width) for node in self._blocks]

    def _fill(self, out: np.ndarray, made: Mapping[Node, Any], columns: Mapping[str, Any], rows: slice) -> None:
        """Make the numbers and vectors of some rows, and store those that are features."""
        values = _Sliced(made, rows)
        for node in self._in_portions:
            if node.operation == "input":
                values[node] = columns[node.constants["column"]][rows]
            else:
                values[node] = _value(node, values, columns)
        for node, place in self._places.items():
            if node.kind == "vector" and node in values:
                out[:, place : place + node.width] = values[node]
            elif node.kind == "number":
                _store(out[:, place], values[node], finite=operation_named(node.operation).finite)


class _Sliced(dict[Node, Any]):
    """The values of some rows; those made for all rows are cut when they are first asked for."""

    def __init__(self, made: Mapping[Node, Any], rows: slice) -> None:
        super().__init__()
        self._made = made
        self._rows = rows

    def __missing__(self, node: Node) -> Any:
        value = self._made[node]
        cut: Any = None
        if node.kind == "sparse":
            cut = sparse_rows(value, self._rows)
        elif node.kind == "results":
            cut = {name: column[self._rows] for name, column in value.items()}
        else:  # one value stands for all rows
            cut = value if node.operation == "fixed" else value[self._rows]
        self[node] = cut
        return cut


def sparse_rows(block: tuple[np.ndarray, np.ndarray, np.ndarray], rows: slice) -> tuple[Any, ...]:
    """Some rows of a sparse block."""
    indptr, indices, values = block
    bounds = indptr[rows.start : rows.stop + 1]
    held = slice(int(bounds[0]), int(bounds[-1]))
    return bounds - bounds[0], indices[held], values[held]


def _value(node: Node, values: Mapping[Node, Any], columns: Mapping[str, Any]) -> Any:
    if node.operation == "input":
        held = columns[node.constants["column"]]
        return Texts(held) if node.kind == "text" else held
    operands = [_float64(values[operand]) if operand.kind == "number" else values[operand] for operand in node.operands]
    return operation_named(node.operation).arrays(node, operands)


def _float64(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float64, copy=False)


def _store(out: np.ndarray, values: np.ndarray, *, finite: bool) -> None:
    """Store numbers as a feature; infinite and too large ones are missing."""
    with np.errstate(over="ignore"):
        out[...] = values
    if not finite:
        infinite = np.isinf(out)
        if infinite.any():
            out[infinite] = np.nan
