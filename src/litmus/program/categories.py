"""Operations on categories: what each text stands for."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litmus.program.graph import Kind, Node
from litmus.program.operations import Operation, checked_array, checked_texts, constant, kinds, require
from litmus.program.row_code import RowCode
from litmus.program.text_arrays import Texts

__all__ = ["OPERATIONS", "Lookup", "lookups"]

_MOST_NUMBERS = 2_000_000
"""Tables of several encoders of one column are joined up to so many numbers."""


class _Vectors(Operation):
    """The numbers of a category.

    `keys` are the categories; `table`, float32 (keys + 2, width), has their numbers, then those of unknown categories and
    those of missing ones.
    """

    name = "lookup"
    constants = ("keys", "table")

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        kinds(operands, "text")
        keys = checked_texts(constants.get("keys"), "keys")
        table = checked_array(constants, "table", "<f4", 2)
        require(table.shape[0] == len(keys) + 2, "a table of another length than its keys")
        return "vector", table.shape[1]


class _OneHot(Operation):
    """A feature for each category: `places`, int64 (keys + 2,), says which is 1 for a key, an unknown and a missing one.

    A place of -1 leaves all features 0.
    """

    name = "one_hot"
    constants = ("keys", "places", "width")

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        kinds(operands, "text")
        width = constant(constants, "width", int)
        require(0 <= width < 2**31, f"a width of {width}")
        checked_places(constants.get("keys"), constants.get("places"), width)
        return "vector", width


class _Renamed(Operation):
    """One name for all texts but some; a missing text stays missing."""

    name = "renamed"
    constants = ("keys", "other")

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        kinds(operands, "text")
        checked_texts(constants.get("keys"), "keys")
        constant(constants, "other", str)
        return "text", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        known = code.bind("known", frozenset(node.constants["keys"]))
        (text,) = operands
        return f"{text} if {text} in {known} or {text} is None else {node.constants['other']!r}"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        known, other = frozenset(node.constants["keys"]), node.constants["other"]
        return Texts([text if text is None or text in known else other for text in operands[0].values()])


class _SparseOnes(Operation):
    """One sparse block of the categories of several columns; as `_OneHot` for each of them."""

    name = "sparse_ones"
    constants = ("keys", "places", "width")

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        texts: list[Kind] = ["text"] * len(operands)
        kinds(operands, *texts)
        width = constant(constants, "width", int)
        require(0 <= width < 2**31, f"a width of {width}")
        keys, places = constants.get("keys"), constants.get("places")
        require(isinstance(keys, list) and isinstance(places, list), "keys or places that are no lists")
        require(len(operands) == len(keys) == len(places), "keys of another number of columns")  # type: ignore[arg-type]
        for column, column_places in zip(keys, places, strict=True):  # type: ignore[arg-type]
            checked_places(column, column_places, width)
        return "sparse", width

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        found = []
        for text, keys, places in zip(operands, node.constants["keys"], node.constants["places"], strict=True):
            unknown, table = place_table(keys, places)
            found.append(f"{code.bind('place', table.get)}({text}, {unknown})")
        array_of, ones = code.bind("array_of", np.array), code.bind("ones", np.ones)
        indices = code.fresh("places")
        code.add(f"{indices} = [place for place in ({''.join(text + ', ' for text in found)}) if place >= 0]")
        dtype = code.bind("int32", np.dtype(np.int32))
        return f"({array_of}({indices}, {dtype}), {ones}(len({indices}), float32))"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        columns = []
        for texts, keys, places in zip(operands, node.constants["keys"], node.constants["places"], strict=True):
            columns.append(places[texts.codes(keys)])
        held = np.stack(columns, axis=1) if columns else np.zeros((0, 0), dtype=np.int64)
        present = held >= 0
        indptr = np.concatenate(([0], np.cumsum(present.sum(axis=1))))
        indices = held[present].astype(np.int32)
        return indptr, indices, np.ones(len(indices), dtype=np.float32)


def checked_places(keys: Any, places: Any, width: int) -> None:
    """Make sure that each key, and unknown and missing ones, has a place below `width`, or -1.

    Raises:
        ValueError: when it is not so.
    """
    texts = checked_texts(keys, "keys")
    found = checked_array({"places": places}, "places", "<i8", 1)
    require(len(found) == len(texts) + 2, "places of another number than the keys")
    require(found.min() >= -1 and found.max() < width, "places beyond the width")


def place_table(keys: Sequence[str], places: np.ndarray) -> tuple[int, dict[str | None, int]]:
    """The place of unknown categories, and the places of the others and of None."""
    listed = places.tolist()
    table: dict[str | None, int] = dict(zip(keys, listed, strict=False))
    table[None] = listed[-1]
    return listed[-2], table


class Lookup:
    """All numbers that one text column stands for, found by looking once, for several encoders together.

    Attributes:
        text: the node of the text.
        nodes: the encoders' nodes.
        width: how many features they have together.
    """

    def __init__(self, text: Node, nodes: Sequence[Node]) -> None:
        self.text = text
        self.nodes = list(nodes)
        self.width = sum(node.width for node in nodes)
        self.keys = list(dict.fromkeys(key for node in nodes for key in node.constants["keys"]))
        self._table: np.ndarray | None = None

    @property
    def numbers(self) -> int:
        """How many numbers its table has."""
        return (len(self.keys) + 2) * self.width

    @property
    def table(self) -> np.ndarray:
        """The numbers, float32 (keys + 2, width): of each key, of unknown texts, of missing ones."""
        if self._table is None:
            table = np.zeros((len(self.keys) + 2, self.width), dtype=np.float32)
            start = 0
            for node in self.nodes:
                codes = Texts([*self.keys, *_BEYOND]).codes(node.constants["keys"])
                codes[-2], codes[-1] = len(node.constants["keys"]), len(node.constants["keys"]) + 1
                if node.operation == "lookup":
                    table[:, start : start + node.width] = node.constants["table"][codes]
                else:
                    places = node.constants["places"][codes]
                    rows = np.flatnonzero(places >= 0)
                    table[rows, start + places[rows]] = 1.0
                start += node.width
            self._table = table
        return self._table

    def write_row(self, start: int, text: str, code: RowCode) -> None:
        """Add the lines that store the features of one row from place `start` on."""
        if not self.width:
            return
        if self.numbers > _MOST_NUMBERS and len(self.nodes) == 1 and self.nodes[0].operation == "one_hot":
            unknown, table = place_table(self.keys, self.nodes[0].constants["places"])
            code.add(
                f"p = {code.bind('place', table.get)}({text}, {unknown})", "if p >= 0:", f"    b[{start} + p] = 1.0"
            )
            return
        rows: list[Any]
        if self.width == 1:
            rows, target = self.table[:, 0].tolist(), f"b[{start}]"
        else:
            rows = [array("f", row.tobytes()) for row in self.table]
            target = f"b[{start}:{start + self.width}]"
        found: dict[str | None, Any] = dict(zip(self.keys, rows, strict=False))
        found[None] = rows[-1]
        code.add(f"{target} = {code.bind('of', found.get)}({text}, {code.bind('unknown', rows[-2])})")

    def codes(self, texts: Texts) -> np.ndarray:
        """The row of `table` of each text, int32 or int64 (rows,)."""
        return texts.codes(self.keys)

    def write_rows(self, codes: np.ndarray, out: np.ndarray) -> None:
        """Store the features of many rows in `out`, float32 (rows, width)."""
        if self.numbers > _MOST_NUMBERS and len(self.nodes) == 1 and self.nodes[0].operation == "one_hot":
            places = self.nodes[0].constants["places"][codes]
            rows = np.flatnonzero(places >= 0)
            out[...] = 0
            out[rows, places[rows]] = 1.0
        elif self.width == 1:
            out[:, 0] = self.table[:, 0][codes]
        else:
            out[...] = self.table[codes]


_BEYOND = ("", "")
"""Stand for unknown and missing texts while a table is made."""


def lookups(nodes: Sequence[Node]) -> list[Lookup]:
    """The fewest lookups that give these "lookup" and "one_hot" nodes."""
    by_text: dict[Node, list[list[Node]]] = {}
    for node in nodes:
        groups = by_text.setdefault(node.operands[0], [])
        if groups and Lookup(node.operands[0], [*groups[-1], node]).numbers <= _MOST_NUMBERS:
            groups[-1].append(node)
        else:
            groups.append([node])
    return [Lookup(text, group) for text, groups in by_text.items() for group in groups]


OPERATIONS: tuple[Operation, ...] = (_Vectors(), _OneHot(), _Renamed(), _SparseOnes())
