"""Operations on texts: joining, splitting and counting."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litmus.program.characters import (
    Translation,
    are_of,
    are_word,
    code_points,
    is_word,
    lower_case,
    text_chunks,
    word_starts,
)
from litmus.program.graph import Kind, Node
from litmus.program.operations import Operation, constant, kinds, require
from litmus.program.row_code import RowCode
from litmus.program.text_arrays import Texts

__all__ = ["COUNTS", "OPERATIONS", "count_texts", "words"]

COUNTS = ("length", "words", "digits", "capital share", "punctuation", "question marks", "exclamation marks")
"""What `text_counts` gives, in order."""


class _Prose(Operation):
    """Texts in small letters, one after the other with a space between; a missing one is empty."""

    name = "prose"

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:  # noqa: ARG002
        texts: list[Kind] = ["text"] * max(len(operands), 1)
        kinds(operands, *texts)
        return "text", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:  # noqa: ARG002
        lower = code.bind("lower_case", lower_case)
        return " + ' ' + ".join(f'("" if {text} is None else {lower}({text}))' for text in operands)

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:  # noqa: ARG002
        lowered = [["" if text is None else lower_case(text) for text in texts.values()] for texts in operands]
        return Texts(lowered[0] if len(lowered) == 1 else [" ".join(row) for row in zip(*lowered, strict=True)])


class _Words(Operation):
    """The words of a text that is not missing."""

    name = "words"

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:  # noqa: ARG002
        kinds(operands, "text")
        require(operands[0].operation == "prose", "words of texts that may be missing")
        return "words", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:  # noqa: ARG002
        return f"{code.bind('words', words)}({operands[0]})"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:  # noqa: ARG002
        return operands[0]  # split a portion at a time where they are counted


class _WordsApart(Translation):
    def changed(self, character: str) -> str:
        return character if is_word(character) else " "


_APART = _WordsApart()


def words(text: str) -> list[str]:
    """The words of a text: letters, digits, marks and "_".

    Example:
        >>> words("call 0800, now!")
        ['call', '0800', 'now']
    """
    return text.translate(_APART).split()


class _Letters(Translation):
    """Characters as one of a few letters that say what they count as."""

    def changed(self, character: str) -> str:
        if character in "_?!":
            return character
        category = unicodedata.category(character)
        return {"Nd": "d", "Lu": "u"}.get(category, {"L": "w", "N": "w", "M": "w", "P": "p"}.get(category[0], " "))


_LETTERS = _Letters()


def _count(text: str | None) -> tuple[float, ...]:
    if not text:
        return (0, 0, 0, 0.0, 0, 0, 0)
    letters = text.translate(_LETTERS)
    asked, called = letters.count("?"), letters.count("!")
    punctuation = letters.count("p") + letters.count("_") + asked + called
    n_words = len(letters.replace("p", " ").replace("?", " ").replace("!", " ").split())
    return (len(text), n_words, letters.count("d"), letters.count("u") / len(text), punctuation, asked, called)


class _TextCounts(Operation):
    """What `COUNTS` says of a text; a missing one counts as empty."""

    name = "text_counts"

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:  # noqa: ARG002
        kinds(operands, "text")
        return "results", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:  # noqa: ARG002
        return f"{code.bind('count', _count)}({operands[0]})"

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:  # noqa: ARG002
        texts = [text or "" for text in operands[0].values()]
        counted = [count_texts(chunk) for chunk in text_chunks(texts)]
        made = np.concatenate(counted, axis=1) if counted else np.zeros((len(COUNTS), 0), dtype=np.float32)
        return dict(zip(COUNTS, made, strict=True))


def count_texts(texts: Sequence[str]) -> np.ndarray:
    """What `COUNTS` says of each text, float32 (counts, texts)."""
    points, rows = code_points(texts)
    length = np.bincount(rows, minlength=len(texts)) - 2  # without the space before and after each text
    counted = (
        word_starts(are_word(points)),
        are_of(points, "Nd"),
        are_of(points, "Lu"),
        are_of(points, "P"),
        points == ord("?"),
        points == ord("!"),
    )
    n_words, digits, capitals, *marks = (np.bincount(rows[mask], minlength=len(texts)) for mask in counted)
    return np.array([length, n_words, digits, capitals / np.maximum(length, 1), *marks], dtype=np.float32)


class _TextCount(Operation):
    """One of the counts of a text."""

    name = "text_count"
    constants = ("what",)
    finite = True

    def result(self, operands: Sequence[Node], constants: Mapping[str, Any]) -> tuple[Kind, int]:
        require([operand.operation for operand in operands] == ["text_counts"], "a count of something else")
        require(constant(constants, "what", str) in COUNTS, f"the count {constants['what']!r}")
        return "number", 1

    def row(self, node: Node, operands: Sequence[str], code: RowCode) -> str:
        what = node.constants["what"]
        if what != "capital share":
            return f"{operands[0]}[{COUNTS.index(what)}]"
        slot = code.slot(node)
        code.add(f"{slot} = {operands[0]}[{COUNTS.index(what)}]")
        return slot

    def arrays(self, node: Node, operands: Sequence[Any]) -> Any:
        return operands[0][node.constants["what"]]


OPERATIONS: tuple[Operation, ...] = (_Prose(), _Words(), _TextCounts(), _TextCount())
