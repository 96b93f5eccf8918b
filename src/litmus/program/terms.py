"""Operations on the terms of texts: counting and weighing them, and making dense features of them."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litmus.program.graph import Kind, Node
from litmus.program.operations import Operation, checked_array, checked_texts, kinds, require
from litmus.program.row_code import RowCode
from litmus.program.sequences import SYMBOL_BITS

__all__ = ["OPERATIONS"]

_ROWS_AT_ONCE, _NUMBERS_AT_ONCE = 256, 100_000
"""Of a sparse matrix so many rows, and so many numbers of a dense one, are multiplied at a time."""


class _WordTerms(Operation):
    """The words and pairs of words of a text: 1 + ln(count) times the weight of each, scaled to length 1.

    `words` are sorted; `keys`, sorted, has a word's place, or (first + 1) * len(words) + second for a pair.
    """

    name = "word_terms"
    constants = ("words", "keys", "weights")

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        kinds(operands, "words")
        words = checked_texts(constants.get("words"), "words")
        require(len(set(words)) == len(words) and sorted(words) == words, "words that are not sorted")
        keys = _checked_terms(constants)
        require(not len(keys) or keys[-1] < (len(words) + 1) * len(words), "terms of words that are not there")
        return "sparse", len(keys)


class _CharacterTerms(Operation):
    """Sequences of three to five characters inside the words of a text, weighed as words are.

    `symbols` are the sorted code points that count; `keys`, sorted, has a leading one and then 12 bits a symbol.
    """

    name = "character_terms"
    constants = ("symbols", "keys", "weights")

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        kinds(operands, "text")
        require(operands[0].operation == "prose", "characters of texts that may be missing")
        symbols = checked_array(constants, "symbols", "<u4", 1)
        require(len(symbols) < 2**SYMBOL_BITS and (np.diff(symbols.astype(np.int64)) > 0).all(), "symbols out of order")
        require(not len(symbols) or symbols[-1] < 0x110000, "symbols that are no characters")
        keys = _checked_terms(constants)
        lengths = [keys >> SYMBOL_BITS * length == 1 for length in (3, 4, 5)]
        require(np.logical_or.reduce(lengths).all(), "sequences of other lengths")
        for place in range(5):
            symbol = (keys >> SYMBOL_BITS * place) & (2**SYMBOL_BITS - 1)
            require(
                (symbol <= len(symbols))[keys >> SYMBOL_BITS * (place + 1) > 0].all(), "sequences of unknown symbols"
            )
        return "sparse", len(keys)


def _checked_terms(constants: Mapping[str, Any]) -> np.ndarray:
    keys, weights = checked_array(constants, "keys", "<i8", 1), checked_array(constants, "weights", "<f4", 1)
    require(len(keys) == len(weights), "weights of other terms")
    require(not len(keys) or keys[0] >= 0, "negative terms")
    require((np.diff(keys) > 0).all(), "terms that are not sorted")
    return keys


class _Topics(Operation):
    """Sparse features times a matrix, float32 (features, width)."""

    name = "topics"
    constants = ("components",)

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        sparse: list[Kind] = ["sparse"] * max(len(operands), 1)
        kinds(operands, *sparse)
        components = checked_array(constants, "components", "<f4", 2)
        require(len(components) == sum(node.width for node in operands), "components of other features")
        return "vector", components.shape[1]

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        project = code.bind("project", _projection(self._parts(node)))
        return f"{project}({', '.join(operands)})"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        made = np.zeros((len(operands[0][0]) - 1, node.width), dtype=np.float32)
        for block, components in zip(operands, self._parts(node), strict=True):
            _add_product(made, block, components)
        return made

    @staticmethod
    def _parts(node: Node) -> list[np.ndarray]:
        """The matrix, cut into the parts of each operand."""
        ends = np.cumsum([operand.width for operand in node.operands])
        return np.split(node.constants["components"], ends[:-1])


def _projection(parts: Sequence[np.ndarray]) -> Any:
    width = parts[0].shape[1]

    def project(*blocks: tuple[np.ndarray, np.ndarray]) -> array[float]:
        made = np.zeros(width, dtype=np.float32)
        for (indices, values), components in zip(blocks, parts, strict=True):
            made += values @ components[indices]
        return array("f", made.tobytes())

    return project


def _add_product(out: np.ndarray, block: tuple[np.ndarray, np.ndarray, np.ndarray], components: np.ndarray) -> None:
    """Add a sparse matrix times a dense one: rows with nearly as many values together, filled up with zeros."""
    indptr, indices, values = block
    lengths = np.diff(indptr)
    order = np.argsort(lengths, kind="stable")
    start = int(np.searchsorted(lengths[order], 1))
    while start < len(order):
        longest = int(lengths[order[min(start + _ROWS_AT_ONCE, len(order)) - 1]])
        count = max(1, min(_ROWS_AT_ONCE, _NUMBERS_AT_ONCE // max(longest * components.shape[1], 1)))
        rows = order[start : start + count]
        places = np.arange(int(lengths[rows[-1]]))
        held = places < lengths[rows, None]
        at = np.where(held, indptr[rows, None] + places, 0)
        weights = np.where(held, values[at], np.float32(0))
        out[rows] += np.matmul(weights[:, None], components[indices[at]])[:, 0]
        start += count


class _Densified(Operation):
    """Sparse features as dense ones."""

    name = "densified"

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:  # noqa: ARG002
        kinds(operands, "sparse")
        return "vector", operands[0].width

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        width = node.width

        def spread(block: tuple[np.ndarray, np.ndarray]) -> array[float]:
            made = np.zeros(width, dtype=np.float32)
            made[block[0]] = block[1]
            return array("f", made.tobytes())

        return f"{code.bind('spread', spread)}({operands[0]})"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        indptr, indices, values = operands[0]
        made = np.zeros((len(indptr) - 1, node.width), dtype=np.float32)
        made[np.repeat(np.arange(len(made)), np.diff(indptr)), indices] = values
        return made


OPERATIONS: tuple[Operation, ...] = (_WordTerms(), _CharacterTerms(), _Topics(), _Densified())
