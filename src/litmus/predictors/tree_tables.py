"""Trees as tables of bits: the leaves of a row by looking up one line a feature and combining the lines.

Every leaf of a tree is a bit of a word. For each feature and each interval between its thresholds a line holds which leaves
a value in that interval leaves possible, for all trees at once. The lines of all features combined by "and" leave the leaf
that the row ends at as the lowest bit. That takes a few array operations a feature whatever the number of trees, without
branches to mispredict, and adds leaf values in float64 as the libraries do. A bit for each leaf is the idea of QuickScorer
(Lucchese et al., 2015); there the bits are found node by node, here they are tabulated. Where all trees are symmetric a line
has the bits of the leaves' numbers instead (see `symmetric_lines`).
"""

from __future__ import annotations

import dataclasses
import itertools
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from litmus.predictors.symmetric_lines import are_symmetric, symmetric_lines
from litmus.predictors.tree_lines import Lines, Words, form_lines, lines_size
from litmus.predictors.trees import Trees

__all__ = ["TreeTables", "forms_for_tables", "tables_fit"]

_LARGEST = 96_000_000  # bytes of all lines; with more, trees are better walked node by node
_LARGEST_FORM = 32_000_000  # of one form
_CHUNK_BYTES = 400_000  # of words of the rows that are combined together, so that they stay in the cache


@dataclasses.dataclass(frozen=True)
class _Step:
    """One look-up: a value of a column leads to a line of one form, or to one line of each form.

    Attributes:
        column: of the shared features; -1 for no look-up.
        limits: thresholds, or None for category codes.
        known: the lines of each interval and of missing values, or of each code, other codes, -1 and missing values
            (…, forms).
    """

    column: int
    limits: np.ndarray | None
    known: np.ndarray


def tables_fit(forms: Sequence[Trees]) -> bool:
    """Whether tables can be made of these forms together: they have splits, and their lines fit in memory."""
    return bool(forms) and all(forms_for_tables(forms))


def forms_for_tables(forms: Sequence[Trees]) -> list[bool]:
    """Which of some forms tables can be made of together: small ones first, as many as fit in memory."""
    sizes = np.array([lines_size(form, 64) if form.right.any() else _LARGEST + 1 for form in forms], dtype=np.int64)
    order = np.argsort(sizes, kind="stable")
    fits = np.zeros(len(forms), dtype=bool)
    fits[order] = (np.cumsum(sizes[order]) <= _LARGEST) & (sizes[order] <= _LARGEST_FORM)
    found: list[bool] = fits.tolist()
    return found


def _bits(forms: Sequence[Trees]) -> int:
    most = max(int((np.diff(form.starts).max() + 1) // 2) for form in forms)
    return 32 if most <= 32 else 64


class TreeTables:
    """The trees of some forms in one table.

    Args:
        forms: forms for which `tables_fit`, on dense features; their raw numbers come out side by side.
    """

    def __init__(self, forms: Sequence[Trees]) -> None:
        self._symmetric = all(map(are_symmetric, forms))
        self._joined = np.bitwise_or if self._symmetric else np.bitwise_and
        bits = _bits(forms)
        parts = [
            (Words.of(form, bits), symmetric_lines(form)) if self._symmetric else form_lines(form, bits)
            for form in forms
        ]
        self._forms = len(forms)
        self._width = max(len(words.offset) for words, _ in parts)
        nothing = np.uint8(0) if self._symmetric else parts[0][0].ones
        self._filled = not self._symmetric and not any(words.several for words, _ in parts)
        self._one = type(nothing)(1)
        blocks = [np.full((1, self._width), nothing)]  # line 0 says nothing: it leaves everything possible
        self._steps = self._make_steps([lines for _, lines in parts], blocks)
        self._slots = sum(step.known.shape[1] for step in self._steps) // self._forms
        self._table = np.concatenate(blocks)
        self._columns = np.array([max(step.column, 0) for step in self._steps], dtype=np.int64)
        self._row_steps = [
            (
                None if step.limits is None else step.limits.tolist(),
                [tuple(line) for line in step.known.tolist()],
                len(step.known) - 3,
            )
            for step in self._steps
        ]
        self._place_leaves(forms, [words for words, _ in parts])

    def _make_steps(self, parts: list[list[Lines]], blocks: list[np.ndarray]) -> list[_Step]:
        """The look-ups in the order of slots: a slot has one line of each form. New lines go into `blocks`."""
        at = 1
        placed: dict[tuple[int, bool], dict[int, tuple[Lines, np.ndarray]]] = {}
        for form, found in enumerate(parts):
            for lines in found:
                distinct, inverse = _distinct(lines.words)
                # words that a form does not have keep everything where each word is to keep a leaf
                block = np.full((len(distinct), self._width), blocks[0][0, 0] if self._filled else 0, distinct.dtype)
                block[:, : distinct.shape[1]] = distinct
                blocks.append(block)
                placed.setdefault((lines.column, lines.limits is None), {})[form] = lines, at + inverse
                at += len(distinct)
        together: list[_Step] = []
        alone: list[list[_Step]] = [[] for _ in parts]
        for (column, _), by_form in placed.items():
            if 2 * len(by_form) >= self._forms:
                together.append(_shared_step(column, by_form, self._forms))
            else:
                for form, pair in by_form.items():
                    alone[form].append(_shared_step(column, {0: pair}, 1))
        nothing = _Step(-1, None, np.zeros((3, 1), dtype=np.int64))
        for row in itertools.zip_longest(*alone, fillvalue=nothing):
            together.extend(row)
        return together or [nothing] * self._forms

    def _place_leaves(self, forms: Sequence[Trees], words: list[Words]) -> None:
        """Put all leaf values side by side, and note which runs of trees add up to which raw numbers."""
        values = max(form.leaves.shape[1] for form in forms)
        count = sum(form.n_leaves for form in forms)
        leaves = np.zeros((count + 1, values))  # the last one is that of words that a form does not have
        offsets = np.full((self._forms, self._width), count - 1 if self._filled else 0, dtype=np.int64)
        starts, targets = [], []
        at = raw = trees = 0
        for number, (form, part) in enumerate(zip(forms, words, strict=True)):
            trees = number * self._width if self._filled else trees
            leaves[at : at + form.n_leaves, : form.leaves.shape[1]] = form.leaf_values() * np.float64(form.factor)
            offsets[number, : len(part.offset)] = part.offset + at - 1
            for tree in np.flatnonzero(np.diff(form.target, prepend=-1)):
                starts.append(trees + int(tree))
                targets.append(raw + int(form.target[tree]) + np.arange(form.leaves.shape[1]))
            at, raw, trees = at + form.n_leaves, raw + len(form.base), trees + len(form.target)
        self._one_each = self._filled or self._forms * self._width == trees  # every word always keeps a leaf
        held = [np.arange(len(part.offset)) + number * self._width for number, part in enumerate(words)]
        self._trees = np.concatenate(held)
        self._offsets, self._starts = offsets.ravel(), np.array(starts)
        self._first_leaves = self._offsets[self._trees] + 1
        self._base = np.concatenate([form.base for form in forms])
        self._values = leaves[:, 0] if values == 1 else leaves
        self._targets = targets
        self._added = np.zeros((len(starts), len(self._base) if values == 1 else 0))
        for run, found in enumerate(targets):
            self._added[run, found[: self._added.shape[1]]] = 1.0
        self._plain = values == 1 and np.array_equal(np.concatenate(targets), np.arange(len(self._base)))

    @property
    def n_bytes(self) -> int:
        """Size of the tables in memory."""
        return self._table.nbytes + self._values.nbytes

    def row(self, dense: np.ndarray) -> np.ndarray:
        """The raw numbers of one row of shared features (width,): float64, of all forms side by side (raw,)."""
        lines: list[int] = []
        for value, (limits, known, codes) in zip(dense.take(self._columns).tolist(), self._row_steps, strict=True):
            if value != value:  # noqa: PLR0124 - missing
                lines += known[-1]
            elif limits is not None:
                lines += known[bisect_left(limits, value)]
            else:
                lines += known[int(value) if -1 < value < codes else codes + (value == -1)]
        words = self._joined.reduce(self._table.take(lines, axis=0).reshape(self._slots, -1), axis=0)
        return self._add_up(self._reached(words[None]))[0]

    def rows(self, dense: np.ndarray) -> np.ndarray:
        """The raw numbers of rows of shared features (rows, width): float64 (rows, raw)."""
        lines = self._lines(dense)
        chunk = max(1, _CHUNK_BYTES // (self._table.dtype.itemsize * self._width * self._forms))
        out = np.empty((len(dense), len(self._base)))
        kept = np.empty((chunk, self._forms, self._width), dtype=self._table.dtype)
        line = np.empty_like(kept)
        for low in range(0, len(dense), chunk):
            part = lines[:, low : low + chunk]
            words, more = kept[: part.shape[1]], line[: part.shape[1]]
            self._table.take(part[0], axis=0, out=words, mode="clip")
            for slot in part[1:]:
                self._table.take(slot, axis=0, out=more, mode="clip")
                self._joined(words, more, out=words)
            out[low : low + chunk] = self._add_up(self._reached(words.reshape(len(words), -1)))
        return out

    def _reached(self, words: np.ndarray) -> np.ndarray:
        """The values of the leaves that words (rows, words) keep: (rows, trees), or (rows, trees, values)."""
        if self._symmetric:  # words are the numbers of leaves, and offsets count from the leaf before a tree's first
            numbers = words if self._one_each else words.take(self._trees, axis=1)
            leaves = numbers + self._first_leaves
        elif self._one_each:
            leaves = np.bitwise_count(words ^ (words - self._one)) + self._offsets
        else:
            at = np.flatnonzero(words)
            kept = words.ravel().take(at)
            at %= words.shape[1]
            leaves = (np.bitwise_count(kept ^ (kept - self._one)) + self._offsets.take(at)).reshape(len(words), -1)
        return self._values.take(leaves, axis=0)

    def _add_up(self, values: np.ndarray) -> np.ndarray:
        """Raw numbers (rows, raw) from leaf values (rows, trees), or (rows, trees, values) for leaves of several."""
        sums = np.add.reduceat(values, self._starts, axis=1)
        if self._plain:
            return sums + self._base
        if values.ndim == 2:
            added: np.ndarray = sums @ self._added + self._base
            return added
        out = np.tile(self._base, (len(sums), 1))
        sums = sums.reshape(len(sums), len(self._starts), -1)
        for run, targets in enumerate(self._targets):
            out[:, targets] += sums[:, run, : len(targets)]
        return out

    def _lines(self, dense: np.ndarray) -> np.ndarray:
        """The lines that each row combines (slots, rows, forms)."""
        lines = np.zeros((self._slots, len(dense), self._forms), dtype=np.int64)
        at = 0
        for step in self._steps:
            width = step.known.shape[1]
            slot, form = divmod(at, self._forms)
            at += width
            if step.column < 0:
                continue
            values = dense[:, step.column]
            missing, last = np.isnan(values), len(step.known) - 1
            if step.limits is not None:
                found = np.searchsorted(step.limits, values)
            else:
                found = np.where((values > -1) & (values < last - 2), values, last - 2).astype(np.int64)
                found[values == -1] = last - 1
            found[missing] = last
            lines[slot, :, form : form + width] = step.known[found]
        return lines


def _distinct(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct lines, and for each line which of them it is."""
    as_one = (
        np.ascontiguousarray(words).view([("", words.dtype)] * words.shape[1]).ravel() if words.shape[1] < 8 else None
    )
    if as_one is None and len(words) <= 64:
        return words, np.arange(len(words))
    seen: dict[bytes, int] = {}
    inverse = np.array([seen.setdefault(line.tobytes(), len(seen)) for line in words])
    first = np.full(len(seen), -1)
    first[inverse[::-1]] = np.arange(len(words))[::-1]
    return words[first], inverse


def _shared_step(column: int, by_form: dict[int, tuple[Lines, np.ndarray]], forms: int) -> _Step:
    """The look-up that leads to the lines of several forms; those that do not look at the column get line 0."""
    some = [lines for lines, _ in by_form.values()]
    if some[0].limits is not None:
        limits = np.unique(np.concatenate([lines.limits for lines in some if lines.limits is not None]))
        known = np.zeros((len(limits) + 2, forms), dtype=np.int64)
        for form, (lines, at) in by_form.items():
            interval = np.searchsorted(lines.limits, np.append(limits, np.inf)) if lines.limits is not None else at
            known[:-1, form], known[-1, form] = at[interval], at[-1]
        return _Step(column, limits, known)
    known = np.zeros((max(len(lines.words) for lines in some), forms), dtype=np.int64)
    for form, (_, at) in by_form.items():
        known[:, form] = at[-3]
        known[: len(at) - 3, form], known[-2:, form] = at[:-3], at[-2:]
    return _Step(column, None, known)
