"""For one feature of one form of trees: which leaves each interval of its values, or each category, leaves possible."""

from __future__ import annotations

import dataclasses

import numpy as np

from litmus.predictors.tree_layout import leaf_numbers, leaf_spans
from litmus.predictors.trees import Trees

__all__ = ["Lines", "Words", "form_lines", "lines_size"]

_MOST_WORDS = 50_000  # that one row combines; trees of so many leaves are walked faster
_MANY_LINES = 256


@dataclasses.dataclass(frozen=True)
class Words:
    """The words of bits of one form: each stands for some leaves of one tree.

    Attributes:
        bits: of a word: 32 or 64.
        several: whether a tree may have several words; then one word of a tree keeps one bit and the others none.
            Otherwise the lowest bit that is left is the leaf.
        first: first word of each tree, and the number of words (trees + 1,).
        offset: the number, among all leaves of the form, of the leaf that a word's lowest bit stands for (words,).
    """

    bits: int
    several: bool
    first: np.ndarray
    offset: np.ndarray

    @classmethod
    def of(cls, form: Trees, bits: int) -> Words:
        """The words that a form's trees need."""
        leaves = (np.diff(form.starts) + 1) // 2
        several = bool(leaves.max() > bits)
        counts = -(-leaves // bits)
        first = np.concatenate([[0], np.cumsum(counts)])
        before = np.concatenate([[0], np.cumsum(leaves)])[:-1]
        within = np.arange(first[-1]) - np.repeat(first[:-1], counts)
        return cls(bits, several, first, np.repeat(before, counts) + within * bits)

    @property
    def ones(self) -> np.unsignedinteger:
        """The word that leaves every leaf possible."""
        dtype = np.uint32 if self.bits == 32 else np.uint64
        return dtype(np.iinfo(dtype).max)

    def lines(self, count: int, leaves: int) -> np.ndarray:
        """So many lines that leave every leaf possible, of forms with so many leaves (count, words)."""
        held = np.minimum(np.diff(self.offset, append=leaves), self.bits)
        full = self.ones >> (self.bits - held).astype(type(self.ones))
        return np.tile(full, (count, 1))


@dataclasses.dataclass(frozen=True)
class Lines:
    """The lines of one feature of one form.

    Attributes:
        column: where the feature is among the shared ones.
        limits: ascending thresholds, or None for a feature whose category codes are looked up.
        words: a line for each interval between limits, and last for missing values; or a line for each code, for all other
            codes, for -1, and for missing values (lines, words).
    """

    column: int
    limits: np.ndarray | None
    words: np.ndarray


@dataclasses.dataclass(frozen=True)
class _Removals:
    """What nodes take away when they go one way: `keep` is what a node leaves of a word (pairs of node and word)."""

    node: np.ndarray
    word: np.ndarray
    keep: np.ndarray

    def of(self, nodes: np.ndarray) -> _Removals:
        """Those of the nodes of a mask, counted anew."""
        number = np.cumsum(nodes) - 1
        chosen = nodes[self.node]
        return _Removals(number[self.node[chosen]], self.word[chosen], self.keep[chosen])

    def apply(self, line: np.ndarray, going: np.ndarray) -> None:
        """Take away from one line what the nodes of a mask do."""
        chosen = going[self.node]
        np.bitwise_and.at(line, self.word[chosen], self.keep[chosen])


def form_lines(form: Trees, bits: int) -> tuple[Words, list[Lines]]:
    """The words of a form and the lines of each shared feature that its trees look at."""
    words = Words.of(form, bits)
    inner, low, middle, high = leaf_spans(form.right, form.starts)
    tree = np.searchsorted(form.starts, inner, side="right") - 1
    before = leaf_numbers(form.right)[form.starts[:-1]][tree]
    going_right = _removals(words, words.first[tree], low - before, middle - before)
    going_left = _removals(words, words.first[tree], middle - before, high - before) if words.several else None
    place, by_set = form.places.column[form.feature[inner]], form.member[inner] >= 0
    found = []
    for column in np.unique(place):
        for kind in np.unique(by_set[place == column]):
            chosen = (place == column) & (by_set == kind)
            left = None if going_left is None else going_left.of(chosen)
            make = _category_lines if kind else _number_lines
            found.append(make(form, words, int(column), inner[chosen], going_right.of(chosen), left))
    return words, found


def lines_size(form: Trees, bits: int) -> int:
    """Bytes of the lines of a form, about; only that they are many where a line alone takes longer than walking."""
    words = len(Words.of(form, bits).offset)
    if words * len(form.places.column) > _MOST_WORDS:
        return words * len(form.places.column) * _MANY_LINES * bits // 8
    inner = form.right > 0
    compared = inner & (form.member < 0)
    pairs = np.unique(form.feature[compared].astype(np.int64) << 32 | form.threshold[compared].view(np.uint32))
    codes = 0
    if len(form.sets):
        codes = (int(form.sets.codes.max(initial=0)) + 2) * len(np.unique(form.feature[inner & ~compared]))
    return (len(pairs) + codes + 2 * len(form.places.column)) * words * bits // 8


def _removals(words: Words, first: np.ndarray, low: np.ndarray, high: np.ndarray) -> _Removals:
    """Taking away the leaves `low` … `high` - 1 of trees whose first word is `first`."""
    start = low // words.bits
    count = (high - 1) // words.bits - start + 1
    node = np.repeat(np.arange(len(low)), count)
    number = np.arange(len(node)) - np.repeat(np.cumsum(count) - count, count) + start[node]
    from_bit = np.maximum(low[node] - number * words.bits, 0)
    to_bit = np.minimum(high[node] - number * words.bits, words.bits)
    dtype = type(words.ones)
    run = words.ones >> (words.bits - (to_bit - from_bit)).astype(dtype)
    return _Removals(node, first[node] + number, ~(run << from_bit.astype(dtype)))


def _number_lines(  # noqa: PLR0917
    form: Trees, words: Words, column: int, nodes: np.ndarray, right: _Removals, left: _Removals | None
) -> Lines:
    limits, at = np.unique(form.threshold[nodes], return_inverse=True)
    lines = words.lines(len(limits) + 2, form.n_leaves)
    np.bitwise_and.at(lines, (at[right.node] + 1, right.word), right.keep)
    np.bitwise_and.accumulate(lines[:-1], axis=0, out=lines[:-1])
    missing_left = form.missing_left[nodes]
    right.apply(lines[-1], ~missing_left)
    if left is not None:
        upward = words.lines(len(limits) + 1, form.n_leaves)
        np.bitwise_and.at(upward, (at[left.node], left.word), left.keep)
        lines[:-1] &= np.bitwise_and.accumulate(upward[::-1], axis=0)[::-1]
        left.apply(lines[-1], missing_left)
    return Lines(column, limits, lines)


def _category_lines(  # noqa: PLR0917
    form: Trees, words: Words, column: int, nodes: np.ndarray, right: _Removals, left: _Removals | None
) -> Lines:
    sets = form.member[nodes]
    starts, codes = form.sets.starts, form.sets.codes
    used = np.unique(sets)
    most = max(
        (int(codes[starts[number + 1] - 1]) + 1 for number in used if starts[number] < starts[number + 1]), default=0
    )
    lines = words.lines(most + 3, form.n_leaves)
    for code in range(most + 3):
        if code <= most:
            going_left = form.sets.holds(sets, np.full(len(sets), code, dtype=np.float64))
        else:
            going_left = form.missing_left[nodes] & (form.minus_one_missing or code > most + 1)
        right.apply(lines[code], ~going_left)
        if left is not None:
            left.apply(lines[code], going_left)
    return Lines(column, None, lines)
