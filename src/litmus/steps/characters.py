"""Texts as one long array of characters, so that a whole column is looked at in a few operations."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import numpy as np

from litmus.steps.arrow import compute

__all__ = ["SPACE", "are_of", "are_word", "code_points", "sample_texts", "text_chunks", "word_starts"]

SPACE = ord(" ")
_CHUNK_BYTES = 1_000_000


def code_points(texts: Any) -> tuple[np.ndarray, np.ndarray]:
    """The characters of all texts, each text between two spaces, and the text each character is in.

    Args:
        texts: a pyarrow array of text without missing values.

    Example:
        >>> import pyarrow as pa
        >>> points, rows = code_points(pa.array(["a", "é"]))
        >>> points.tolist(), rows.tolist()
        ([32, 97, 32, 32, 233, 32], [0, 0, 0, 1, 1, 1])
    """
    joined = " " + "  ".join(texts.to_pylist()) + " " if len(texts) else ""
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = compute().utf8_length(texts).to_numpy()
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


def text_chunks(texts: Any) -> Iterator[Any]:
    """The texts in pieces of about 1 MB, so that memory does not grow with the table."""
    rows = max(1, len(texts) * _CHUNK_BYTES // max(_bytes(texts), 1))
    for start in range(0, max(len(texts), 1), rows):
        yield texts.slice(start, rows)


def sample_texts(texts: Any, n_bytes: int, seed: int) -> Any:
    """So many of the texts, drawn at random, that they have about `n_bytes` together."""
    total = _bytes(texts)
    if total <= n_bytes:
        return texts
    count = max(1, len(texts) * n_bytes // total)
    drawn = np.random.default_rng(seed).choice(len(texts), count, replace=False)
    return texts.take(np.sort(drawn))


def _bytes(texts: Any) -> int:
    return int(compute().sum(compute().binary_length(texts)).as_py() or 0)
