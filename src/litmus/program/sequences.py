"""Sequences of three to five characters inside words, each as a whole number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from litmus.program.characters import SPACE, are_of, code_points

__all__ = ["SYMBOL_BITS", "sequence_texts", "sequences"]

SYMBOL_BITS = 12
"""A sequence is a leading one, then so many bits a symbol: five symbols and a one fit into 61 bits."""


def sequence_texts(symbols: np.ndarray, keys: np.ndarray) -> list[str]:
    """Sequences as texts, with a null character for each symbol that is none of the known ones."""
    letters = np.concatenate([[0], symbols]).astype(np.uint32)
    texts = np.empty(len(keys), dtype=object)
    for length in (3, 4, 5):
        here = np.flatnonzero(keys >> SYMBOL_BITS * length == 1)
        shifts = SYMBOL_BITS * np.arange(length - 1, -1, -1)
        places = (keys[here, None] >> shifts) & (2**SYMBOL_BITS - 1)
        joined = letters[places].tobytes().decode("utf-32-le", "surrogatepass")
        texts[here] = [joined[start : start + length] for start in range(0, len(joined), length)]
    found: list[str] = texts.tolist()
    return found


def sequences(symbols: np.ndarray, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Every sequence of every text, and the text it is in.

    Args:
        symbols: the sorted code points that have numbers of their own, from 1 on; all others are 0.
        texts: none of them missing. Runs of white space in them count as one space.
    """
    points, rows = _single_spaced(*code_points(texts))
    codes = np.searchsorted(symbols, points)
    codes[codes == len(symbols)] = 0
    codes = np.where(symbols[codes] == points, codes + 1, 0) if len(symbols) else codes
    space = points == SPACE
    keys, places = [], []
    for length in (3, 4, 5):
        count = max(len(points) - length + 1, 0)
        key = np.ones(count, dtype=np.int64)
        inside = rows[:count] == rows[length - 1 : length - 1 + count]
        for offset in range(length):
            key = (key << SYMBOL_BITS) | codes[offset : offset + count]
            if 0 < offset < length - 1:
                inside &= ~space[offset : offset + count]
        keys.append(key[inside])
        places.append(rows[:count][inside])
    return np.concatenate(keys), np.concatenate(places)


def _single_spaced(points: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The characters with each run of white space in a text made one space."""
    space = are_of(points, "Z", "C")
    kept = ~(space[1:] & space[:-1] & (rows[1:] == rows[:-1]))
    kept = np.concatenate((np.ones(min(len(points), 1), dtype=bool), kept))
    return np.where(space, np.uint32(SPACE), points)[kept], rows[kept]
