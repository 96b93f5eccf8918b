"""Vocabularies of several pipelines for the same texts, joined so that a text is gone through once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import chain, pairwise, repeat
from math import sqrt
from typing import Any

import numpy as np

from litmus.program.characters import Translation, is_space, split_words, text_chunks
from litmus.program.graph import Node
from litmus.program.sequences import sequence_texts, sequences
from litmus.program.text_arrays import Texts

__all__ = ["CharacterVocabularies", "Vocabularies", "WordVocabularies", "joined_vocabularies"]

Block = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Sparse features of many rows: indptr, indices, values."""

_FREQUENCIES = 1 + np.log(np.maximum(np.arange(4096), 1).astype(np.float32))
"""What a term's weight is multiplied with, by how often a text has the term."""
_TINY = 1e-300
"""Keeps the length of a text without terms from being zero."""
_REMEMBERED, _LONGEST = 20_000, 32
"""Of so many tokens of at most so many characters it is remembered which sequences they have."""


class Vocabularies:
    """The terms of one or more nodes that read the same text, with one number for the same term.

    Attributes:
        nodes: the nodes, of one operation and one operand.
        places: int32 (numbers, nodes): a term's column in each node's block, -1 where the node does not have it.
        weights: float32 (numbers, nodes): a term's weight, 0 where the node does not have it.
        other: the number of what is no term.
    """

    def __init__(self, nodes: Sequence[Node], terms: Sequence[np.ndarray], numbers: int, other: int) -> None:
        self.nodes = list(nodes)
        self.other = other
        self._numbered = np.arange(len(nodes) + 1)
        # side by side, so that what is known of a term is in one place of memory
        self._table = np.zeros((numbers, 2 * len(nodes)), dtype=np.int32)
        self.weights, self.places = self._table[:, : len(nodes)].view(np.float32), self._table[:, len(nodes) :]
        self.places[...] = -1
        for number, (node, found) in enumerate(zip(nodes, terms, strict=True)):
            self.places[found, number] = np.arange(len(found))
            self.weights[found, number] = node.constants["weights"]
        self._all_known = len(nodes) == 1 and bool((np.delete(self.places, other, axis=0) >= 0).all())

    def weighed(self, terms: array[int]) -> list[tuple[np.ndarray, np.ndarray]]:
        """The indices and the values of each node's block, for one text with these terms, as often as it has them."""
        width, total = len(self.nodes), len(terms)
        frequencies = None
        found = np.frombuffer(terms, dtype=np.intc)
        found.sort()
        ends = (found[1:] != found[:-1]).nonzero()[0]
        if len(ends) + 1 < total:
            bounds = np.empty(len(ends) + 2, dtype=np.intp)
            bounds[0], bounds[1:-1], bounds[-1] = -1, ends, total - 1
            counts = bounds[1:] - bounds[:-1]
            frequencies = _FREQUENCIES[counts] if total < len(_FREQUENCIES) else 1 + np.log(counts, dtype=np.float32)
            found = found[bounds[1:]]
        held = self._table.take(found, axis=0).T.copy()
        values, places = held[:width].view(np.float32), held[width:]
        if frequencies is not None:
            values *= frequencies
        exact = values.astype(np.float64)
        if width == 1:
            exact /= sqrt(float(exact[0].dot(exact[0])) + _TINY)
        else:
            exact /= np.sqrt((exact @ exact.T).diagonal() + _TINY)[:, None]
        if self._all_known:
            return [(places[0], exact[0].astype(np.float32))]
        flat = places.ravel()
        known = (flat >= 0).nonzero()[0]
        indices, weighed = flat.take(known), exact.ravel().take(known).astype(np.float32)
        if width == 1:
            return [(indices, weighed)]
        edges = known.searchsorted(self._numbered * len(found)).tolist()
        return [(indices[start:end], weighed[start:end]) for start, end in pairwise(edges)]

    def blocks(self, terms: np.ndarray, rows: np.ndarray, n_rows: int) -> list[Block]:
        """Each node's block, for many texts: every occurrence of a term, and the text it is in."""
        size = len(self.places)
        pairs, counts = np.unique(rows.astype(np.int64) * size + terms, return_counts=True)
        row, term = np.divmod(pairs, size)
        frequency = 1 + np.log(counts.astype(np.float32))
        made = []
        for number in range(len(self.nodes)):
            places = self.places[term, number]
            held = places >= 0
            values = frequency[held] * self.weights[term[held], number]
            in_row = row[held]
            squares = np.bincount(in_row, weights=values.astype(np.float64) ** 2, minlength=n_rows)
            values /= np.sqrt(squares)[in_row]
            indptr = np.concatenate(([0], np.cumsum(np.bincount(in_row, minlength=n_rows))))
            made.append((indptr, places[held], values))
        return made

    def row(self, held: Any) -> list[tuple[np.ndarray, np.ndarray]]:
        """The blocks of one text."""
        raise NotImplementedError

    def chunk(self, texts: Sequence[str]) -> list[Block]:
        """The blocks of some texts."""
        raise NotImplementedError

    def arrays(self, texts: Texts) -> list[Block]:
        """The blocks of many texts."""
        chunks = [self.chunk(chunk) for chunk in text_chunks(texts.values())]  # type: ignore[arg-type]
        if not chunks:
            nothing = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
            return [(np.zeros(1, dtype=np.int64), *nothing)] * len(self.nodes)
        return [_stacked([blocks[number] for blocks in chunks]) for number in range(len(self.nodes))]


def _stacked(blocks: Sequence[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    counts = np.concatenate([np.diff(indptr) for indptr, _, _ in blocks])
    indptr = np.concatenate(([0], np.cumsum(counts)))
    return indptr, np.concatenate([part[1] for part in blocks]), np.concatenate([part[2] for part in blocks])


class WordVocabularies(Vocabularies):
    """Words and pairs of neighbouring words; the words are numbered in their order, and pairs come after them."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        names = sorted({word for node in nodes for word in node.constants["words"]})
        self._numbers = {word: number for number, word in enumerate(names)}
        self._base = len(names) + 1
        found = [self._keys(node) for node in nodes]
        pairs = np.unique(np.concatenate([keys[~single] for keys, single in found]))
        self._pairs = pairs
        terms = [np.where(single, keys, self._base + np.searchsorted(pairs, keys)) for keys, single in found]
        super().__init__(nodes, terms, self._base + len(pairs), other=len(names))

    def _keys(self, node: Node) -> tuple[np.ndarray, np.ndarray]:
        """Of each term of a node a word's number, or a number for both words of a pair; and which are single words."""
        words, keys = node.constants["words"], node.constants["keys"]
        numbers = np.array([*(self._numbers[word] for word in words), 0], dtype=np.int64)
        first, second = np.divmod(keys, max(len(words), 1))
        single = first == 0
        return np.where(single, numbers[second], numbers[first - 1] * self._base + numbers[second]), single

    @cached_property
    def _pair_numbers(self) -> dict[int, int]:
        return {key: self._base + place for place, key in enumerate(self._pairs.tolist())}

    def row(self, held: list[str]) -> list[tuple[np.ndarray, np.ndarray]]:
        """The blocks of one text, given its words."""
        base, other = self._base, self.other
        terms = [*map(self._numbers.get, held, repeat(other))]
        if len(self._pairs):
            find = self._pair_numbers.get
            terms += [find(first * base + second, other) for first, second in pairwise(terms)]
        return self.weighed(array("i", [term for term in terms if term != other]))

    def chunk(self, texts: Sequence[str]) -> list[Block]:
        """The blocks of some texts."""
        words, in_text = split_words(texts)
        numbers = np.fromiter(map(self._numbers.get, words, repeat(-1)), dtype=np.int64, count=len(words))
        known = numbers >= 0
        terms, places = [numbers[known]], [in_text[known]]
        if len(self._pairs) and len(words) > 1:
            beside = (in_text[1:] == in_text[:-1]) & known[1:] & known[:-1]
            keys = (numbers[:-1] * self._base + numbers[1:])[beside]
            place = np.minimum(np.searchsorted(self._pairs, keys), len(self._pairs) - 1)
            held = self._pairs[place] == keys
            terms.append(self._base + place[held])
            places.append(in_text[1:][beside][held])
        return self.blocks(np.concatenate(terms), np.concatenate(places), len(texts))


class _Symbols(Translation):
    """Characters as a vocabulary of sequences has them: spaces alike, and unknown ones alike."""

    def __init__(self, known: Iterable[str]) -> None:
        super().__init__()
        self._known = frozenset(known)

    def changed(self, character: str) -> str:
        if is_space(character):
            return " "
        return character if character in self._known else "\0"


class CharacterVocabularies(Vocabularies):
    """Sequences of three to five characters inside words, the spaces around a word included.

    Characters that a vocabulary does not know are alike to it. A text with a character that some of the vocabularies know
    and others do not is gone through once for each of them.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        listed = [sequence_texts(node.constants["symbols"], node.constants["keys"]) for node in nodes]
        distinct = dict.fromkeys(chain.from_iterable(listed))
        self._numbers = dict(zip(distinct, range(len(distinct)), strict=True))
        find = self._numbers.__getitem__
        terms = [np.fromiter(map(find, texts), dtype=np.int64, count=len(texts)) for texts in listed]
        super().__init__(nodes, terms, len(self._numbers) + 1, other=len(self._numbers))
        symbols = [frozenset(map(chr, node.constants["symbols"].tolist())) for node in nodes]
        self._mixed = frozenset().union(*symbols) - frozenset.intersection(*symbols)
        self._symbols = _Symbols(frozenset.intersection(*symbols))
        self._of_token: Callable[[str], array[int]] = lru_cache(_REMEMBERED)(self._sequences)

    @cached_property
    def _apart(self) -> list[CharacterVocabularies]:
        return [CharacterVocabularies([node]) for node in self.nodes]

    def _sequences(self, token: str) -> array[int]:
        """The numbers of the known sequences in a word."""
        token = f" {token} "
        count = len(token) - 2
        parts = [token[place : place + 3] for place in range(count)]
        parts += [token[place : place + 4] for place in range(count - 1)]
        parts += [token[place : place + 5] for place in range(count - 2)]
        return array("i", [number for number in map(self._numbers.get, parts) if number is not None])

    def row(self, held: str) -> list[tuple[np.ndarray, np.ndarray]]:
        """The blocks of one text."""
        if self._mixed and not self._mixed.isdisjoint(held):
            return [apart.row(held)[0] for apart in self._apart]
        terms = array("i")
        for token in held.translate(self._symbols).split():
            terms += self._of_token(token) if len(token) <= _LONGEST else self._sequences(token)
        return self.weighed(terms)

    def chunk(self, texts: Sequence[str]) -> list[Block]:
        """The blocks of some texts."""
        if len(self.nodes) > 1:
            return [apart.chunk(texts)[0] for apart in self._apart]
        symbols, known = self.nodes[0].constants["symbols"], self.nodes[0].constants["keys"]
        keys, rows = sequences(symbols, texts)
        place = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
        held = known[place] == keys if len(known) else np.zeros(len(keys), dtype=bool)
        return self.blocks(place[held], rows[held], len(texts))


def joined_vocabularies(nodes: Sequence[Node]) -> list[Vocabularies]:
    """The nodes that count terms, joined where they count those of the same text."""
    groups: dict[tuple[Node, str], list[Node]] = {}
    for node in nodes:
        groups.setdefault((node.operands[0], node.operation), []).append(node)
    kinds = {"word_terms": WordVocabularies, "character_terms": CharacterVocabularies}
    return [kinds[operation](group) for (_, operation), group in groups.items()]
