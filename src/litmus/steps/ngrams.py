"""Counting the words and character sequences of texts, a whole column at a time."""

from __future__ import annotations

from functools import cached_property
from itertools import repeat
from typing import Any, Self

import numpy as np
from scipy import sparse

from litmus.program.characters import code_points, split_words
from litmus.program.sequences import SYMBOL_BITS, sequences
from litmus.steps.characters import text_chunks

__all__ = ["CharacterNgrams", "WordNgrams"]


class WordNgrams:
    """Words and pairs of neighbouring words.

    Attributes:
        words: every word that is a term or part of one, sorted.
        keys: the terms, sorted: a word's position in `words`, or (first + 1) * len(words) + second for a pair.
    """

    def __init__(self, words: list[str], keys: np.ndarray) -> None:
        self.words = words
        self.keys = keys

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def learn(cls, texts: Any, *, pairs: bool, min_rows: int, max_terms: int) -> Self:
        """The terms that at least `min_rows` texts contain, at most `max_terms`, those in most texts first."""
        lookup: dict[str, int] = {}
        codes, rows, start = [], [], 0
        for chunk in text_chunks(texts):
            words, in_text = split_words(chunk.to_pylist())
            positions, distinct = _numbered(np.array(words, dtype=object))
            known = np.array([lookup.setdefault(word, len(lookup)) for word in distinct], dtype=np.int64)
            codes.append(known[positions])
            rows.append(in_text + start)
            start += len(chunk)
        names = sorted(lookup)  # so that the terms do not depend on the order of the texts
        rank = np.empty(len(names), dtype=np.int64)
        rank[[lookup[word] for word in names]] = np.arange(len(names))
        keys, places = _terms(rank[np.concatenate(codes)], np.concatenate(rows), len(names), pairs=pairs)
        first, second = np.divmod(_frequent(keys, places, len(texts), min_rows, max_terms), max(len(names), 1))
        pair = first > 0
        used = np.unique(np.concatenate([second, first[pair] - 1]))
        first[pair] = np.searchsorted(used, first[pair] - 1) + 1
        return cls([names[code] for code in used], first * len(used) + np.searchsorted(used, second))

    @cached_property
    def _lookup(self) -> dict[str, int]:
        return {word: code for code, word in enumerate(self.words)}

    def count(self, texts: Any) -> sparse.csr_matrix:
        """How often each text contains each term, float32 (texts, terms)."""
        words, rows = split_words(texts.to_pylist())
        codes = np.fromiter(map(self._lookup.get, words, repeat(-1)), dtype=np.int64, count=len(words))
        keys, places = _terms(codes, rows, len(self.words), pairs=True)
        return _counts(keys, places, self.keys, len(texts))

    def names(self) -> list[str]:
        """The terms as they are read."""
        first, second = np.divmod(self.keys, max(len(self.words), 1))
        return [
            f"{self.words[one - 1]} {self.words[two]}" if one else self.words[two]
            for one, two in zip(first.tolist(), second.tolist(), strict=True)
        ]

    def state(self) -> dict[str, Any]:
        """What `WordNgrams(**state)` is made from."""
        return {"words": self.words, "keys": self.keys}


class CharacterNgrams:
    """Sequences of three to five characters inside words, the spaces around a word included.

    Attributes:
        symbols: the code points that count, sorted; all others count as one.
        keys: the sequences, sorted: a leading one, then 12 bits a symbol.
    """

    def __init__(self, symbols: np.ndarray, keys: np.ndarray) -> None:
        self.symbols = symbols
        self.keys = keys

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def learn(cls, texts: Any, *, min_rows: int, max_terms: int) -> Self:
        """The sequences that at least `min_rows` texts contain, at most `max_terms`, those in most texts first."""
        points, _ = code_points(texts.to_pylist())
        distinct, counts = np.unique(points, return_counts=True)
        frequent = distinct[np.argsort(-counts, kind="stable")[: 2**SYMBOL_BITS - 1]]
        learner = cls(np.sort(frequent), np.zeros(0, dtype=np.int64))
        keys, rows = sequences(learner.symbols, texts.to_pylist())
        learner.keys = _frequent(keys, rows, len(texts), min_rows, max_terms)
        return learner

    def count(self, texts: Any) -> sparse.csr_matrix:
        """How often each text contains each sequence, float32 (texts, sequences)."""
        keys, rows = sequences(self.symbols, texts.to_pylist())
        return _counts(keys, rows, self.keys, len(texts))

    def names(self) -> list[str]:
        """The sequences in quotation marks, spaces included."""
        mask = 2**SYMBOL_BITS - 1
        letters = ["\ufffd", *map(chr, self.symbols.tolist())]
        names = []
        for key in self.keys.tolist():
            length = (key.bit_length() - 1) // SYMBOL_BITS
            symbols = [key >> SYMBOL_BITS * (length - 1 - place) & mask for place in range(length)]
            names.append("'" + "".join(letters[symbol] for symbol in symbols) + "'")
        return names

    def state(self) -> dict[str, Any]:
        """What `CharacterNgrams(**state)` is made from."""
        return {"symbols": self.symbols, "keys": self.keys}


def _terms(codes: np.ndarray, rows: np.ndarray, n_words: int, *, pairs: bool) -> tuple[np.ndarray, np.ndarray]:
    """The keys of all words and pairs of neighbours, unknown words (negative codes) left out, and their texts."""
    single = codes >= 0
    if not pairs:
        return codes[single], rows[single]
    beside = (rows[1:] == rows[:-1]) & single[1:] & single[:-1]
    keys = ((codes[:-1] + 1) * n_words + codes[1:])[beside]
    return np.concatenate([codes[single], keys]), np.concatenate([rows[single], rows[1:][beside]])


def _frequent(keys: np.ndarray, rows: np.ndarray, n_rows: int, min_rows: int, max_terms: int) -> np.ndarray:
    """The keys that are in enough rows, at most `max_terms`, sorted; ties are broken by the smaller key."""
    codes, distinct = _numbered(keys)
    counts = sparse.csr_matrix((np.ones(len(codes), dtype=np.int32), (rows, codes)), shape=(n_rows, len(distinct)))
    in_rows = np.bincount(counts.indices, minlength=len(distinct))
    enough = np.flatnonzero(in_rows >= min_rows)
    best = enough[np.lexsort((distinct[enough], -in_rows[enough]))[:max_terms]]
    return np.sort(distinct[best])


def _numbered(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each value's number, in the order of their first occurrence, and the distinct values."""
    import pandas as pd  # its hash table; only training needs it

    codes, distinct = pd.factorize(values)
    return codes, distinct


def _counts(keys: np.ndarray, rows: np.ndarray, terms: np.ndarray, n_rows: int) -> sparse.csr_matrix:
    """How often each row holds each of the sorted terms."""
    place = np.searchsorted(terms, keys)
    place[place == len(terms)] = 0
    held = terms[place] == keys if len(terms) else np.zeros(len(keys), dtype=bool)
    ones = np.ones(int(held.sum()), dtype=np.float32)
    return sparse.csr_matrix((ones, (rows[held], place[held])), shape=(n_rows, len(terms)))
