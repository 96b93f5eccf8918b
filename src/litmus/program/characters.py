"""Characters by Unicode's categories: in one text, and in one long array of all texts' characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

__all__ = [
    "SPACE",
    "Translation",
    "are_of",
    "are_word",
    "code_points",
    "is_space",
    "is_word",
    "lower_case",
    "split_words",
    "text_chunks",
    "word_starts",
]

SPACE = ord(" ")
_CHUNK_CHARACTERS = 500_000


def code_points(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The characters of all texts, each text between two spaces, and the text each character is in.

    Example:
        >>> points, rows = code_points(["a", "é"])
        >>> points.tolist(), rows.tolist()
        ([32, 97, 32, 32, 233, 32], [0, 0, 0, 1, 1, 1])
    """
    joined = " " + "  ".join(texts) + " " if len(texts) else ""
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    return points, np.repeat(np.arange(len(texts), dtype=np.int32), lengths + 2)


def are_of(points: np.ndarray, *categories: str) -> np.ndarray:
    """Whether each character is in one of Unicode's general categories: "L" for all letters, "Lu" for capitals."""
    size = int(points.max(initial=0)) + 1
    present = np.zeros(size, dtype=bool)
    present[points] = True
    table = np.zeros(size, dtype=bool)
    for point in np.flatnonzero(present).tolist():  # a text uses few of the million characters
        table[point] = unicodedata.category(chr(point)).startswith(categories)
    return table[points]


def are_word(points: np.ndarray) -> np.ndarray:
    """Whether each character belongs to a word: letters, digits, marks on letters and "_"."""
    return are_of(points, "L", "N", "M") | (points == ord("_"))


def word_starts(of_word: np.ndarray) -> np.ndarray:
    """Whether each character is the first of a word, given which characters belong to words."""
    starts = of_word.copy()
    starts[1:] &= ~of_word[:-1]
    return starts


def split_words(texts: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """The words of all texts, one after the other, and the text each is in: letters, digits, marks and "_"."""
    points, rows = code_points(texts)
    of_word = are_word(points)
    spaced = np.where(of_word, points, np.uint32(SPACE))
    return spaced.tobytes().decode("utf-32-le", "surrogatepass").split(), rows[word_starts(of_word)]


def text_chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in pieces of about 500,000 characters, so that memory does not grow with the table."""
    start, held = 0, 0
    for end, text in enumerate(texts):
        held += len(text)
        if held > _CHUNK_CHARACTERS:
            yield texts[start : end + 1]
            start, held = end + 1, 0
    if start < len(texts):
        yield texts[start:]


def is_word(character: str) -> bool:
    """Whether a character belongs to a word."""
    return character == "_" or unicodedata.category(character)[0] in "LNM"


def is_space(character: str) -> bool:
    """Whether a character parts words in character sequences: spaces, and what is not printed."""
    return unicodedata.category(character)[0] in "ZC"


class Translation(dict[int, str]):
    """What `str.translate` needs, found for a character when a text first has it.

    Args:
        change: character → the character it becomes.
    """

    def __init__(self, change: dict[str, str] | None = None) -> None:
        super().__init__()
        self._change = change or {}

    def changed(self, character: str) -> str:
        """What a character becomes; subclasses say it."""
        return self._change.get(character, character)

    def __missing__(self, point: int) -> str:
        self[point] = changed = self.changed(chr(point))
        return changed


_SMALL = str.maketrans(
    {
        "\u0130": "i",
        "\u03a3": "\u03c3",
        "\ua7cb": "\u0264",
        "\ua7d2": "\ua7d3",
        "\ua7d4": "\ua7d5",
        "\ua7dc": "\u019b",
        "\ua7dd": "\u0277",
        "\ua7e2": "\u027c",
        "\uab6c": "\uab4b",
        "\uab6d": "\uab4c",
    }
)
"""Capitals that Arrow turns into a single small letter and `str.lower` does not: one whose small form is two characters, one
whose small form depends on its place, and some that are newer than Python's tables."""
_SPECIAL = re.compile(f"[{''.join(map(chr, _SMALL))}]")


def lower_case(text: str) -> str:
    """The text in small letters, character by character, as Arrow's `utf8_lower` has it for all assigned letters."""
    if text.isascii() or _SPECIAL.search(text) is None:
        return text.lower()
    return text.translate(_SMALL).lower()
