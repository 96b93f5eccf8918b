"""Noticing who asks as if to take a model apart: many rows from one key that are nearly the same, or walk along a column.

Copying a model, or finding the row that it gets wrong, takes many questions that differ in little: a few columns change while
the others stay, numbers move by small amounts, or one column is walked through step by step. Ordinary callers send rows of
different things. What is seen of a key is kept in sketches of fixed size that start anew with every window of time:

- For each of some fixed groups of columns, rows are hashed without that group. Rows that differ only within the group fall
  together; how many distinct ones did is counted by linear counting (Whang et al., 1990), for the hashes that occur most
  often (rare ones are forgotten, as in the lossy counting of Manku and Motwani, 2002).
- The same is done with all columns, numbers rounded to one digit: small movements in every column fall together.
- Of each column of numbers, how often in a row it moved by the same step.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from litmus.errors import ParameterError

__all__ = ["Finding", "ProbingWatch"]

_KEYS = 128
_GROUPS = 8
_HEAVY = 24
_BITS = 1024
_WORD = 0xFFFF_FFFF_FFFF_FFFF
_FEWEST_COLUMNS = 4
_SHARE = 0.5


@dataclasses.dataclass(frozen=True)
class Finding:
    """A pattern in what a key asked.

    Attributes:
        key: the key's identity.
        pattern: "near-identical rows", "small movements" or "sweep".
        columns: those that changed; empty when all did.
        rows: distinct rows of the pattern, about.
        of: rows of the key in the same time.
        sentence: the same in words.
    """

    key: str
    pattern: str
    columns: tuple[str, ...]
    rows: int
    of: int
    sentence: str


class ProbingWatch:
    """Looks at rows as they come and tells what is found; one thread at a time may use it.

    Args:
        columns: the names of a request's columns.
        rows: distinct rows of one pattern from which on it is reported.
        steps: equal steps in a row from which on a sweep is reported.
        window: seconds after which counting starts anew, and a pattern is reported again.

    Raises:
        ParameterError: when a number is not allowed.

    Example:
        >>> watch = ProbingWatch(["age", "height", "city", "income"], rows=50)
        >>> asked = [{"age": 39, "height": 170 + n * n % 97 / 7, "city": "Oslo", "income": 50_000} for n in range(200)]
        >>> [finding.columns for finding in watch.look("key-1", asked, now=0.0)]
        [('height',)]
    """

    def __init__(self, columns: Sequence[str], *, rows: int = 200, steps: int = 100, window: float = 600.0) -> None:
        for name, value in (("rows", rows), ("steps", steps), ("window", window)):
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise ParameterError(f"{name}={value!r} is not allowed; give a number above 0.")
        if rows > _BITS * 2:
            raise ParameterError(f"rows={rows} is more than can be counted; give at most {_BITS * 2}.")
        self._columns = tuple(columns)
        self._groups = _column_groups(self._columns)
        self._least, self._steps, self._window = rows, steps, window
        self._keys: dict[str, _Seen] = {}

    def look(self, key: str, rows: Sequence[Mapping[str, Any]], *, now: float) -> list[Finding]:
        """Take rows in; what was found that was not told in this window.

        Args:
            key: the identity of who asked.
            rows: what was asked.
            now: seconds, of any clock that goes on steadily.
        """
        seen = self._keys.pop(key, None)
        if seen is None or now - seen.since > self._window:
            seen = _Seen(now, len(self._groups))
        self._keys[key] = seen  # the one that asked last stands last
        if len(self._keys) > _KEYS:
            del self._keys[next(iter(self._keys))]
        found: list[Finding] = []
        for row in rows:
            self._take(seen, row)
        if len(self._columns) >= _FEWEST_COLUMNS:
            found += self._near_identical(key, seen)
        found += self._sweeps(key, seen)
        return found

    def _take(self, seen: _Seen, row: Mapping[str, Any]) -> None:
        values = [row.get(name) for name in self._columns]
        seen.rows += 1
        parts = [_hashed(place, value) for place, value in enumerate(values)]
        total = sum(parts)  # so that a group is left out by taking its parts away
        whole = hash(total) & _WORD
        for sketch, group in zip(seen.sketches, self._groups, strict=False):
            sketch.add((total - sum(parts[place] for place in group)) & _WORD, whole)
        rounded = sum(_hashed(place, _rounded(value)) for place, value in enumerate(values))
        seen.sketches[-1].add(rounded & _WORD, whole)
        for name, value in zip(self._columns, values, strict=True):
            if isinstance(value, int | float) and not isinstance(value, bool):
                seen.walk(name, float(value))

    def _near_identical(self, key: str, seen: _Seen) -> list[Finding]:
        found = []
        for number, sketch in enumerate(seen.sketches):
            count = sketch.largest()
            if count < self._least or count < _SHARE * min(seen.rows, sketch.distinct_of_all()):
                continue
            is_small = number == len(self._groups)
            columns = () if is_small else tuple(self._columns[place] for place in self._groups[number])
            pattern = "small movements" if is_small else "near-identical rows"
            # rows that differ in one column of numbers move little in all of them: the first says more
            if pattern in seen.told or (is_small and seen.told) or self._is_usual(key, number, count):
                continue
            seen.told.add(pattern)
            what = (
                "that differ only by small amounts"
                if is_small
                else f"that differ only in {', '.join(map(repr, columns[:8]))}"
            )
            sentence = (
                f"Key {key} sent about {count} rows {what}, of {seen.rows} in this time: it may be probing the model."
            )
            found.append(Finding(key, pattern, columns, count, seen.rows, sentence))
        return found

    def _is_usual(self, key: str, number: int, count: int) -> bool:
        """Whether the rows of most other keys fall together as much: some tables are like that."""
        shares = sorted(
            other.sketches[number].largest() / other.rows
            for name, other in self._keys.items()
            if name != key and other.rows >= self._least
        )
        return bool(shares) and shares[len(shares) // 2] >= 0.5 * count / self._keys[key].rows

    def _sweeps(self, key: str, seen: _Seen) -> list[Finding]:
        found = []
        for name, walk in seen.walks.items():
            if walk.longest < self._steps or f"sweep {name}" in seen.told:
                continue
            seen.told.add(f"sweep {name}")
            sentence = (
                f"Key {key} walked through column {name!r} in {walk.longest} equal steps: it may be probing the model."
            )
            found.append(Finding(key, "sweep", (name,), walk.longest, seen.rows, sentence))
        return found


class _Seen:
    """What is known of one key in one window."""

    def __init__(self, since: float, groups: int) -> None:
        self.since = since
        self.rows = 0
        self.sketches = [_Sketch() for _ in range(groups + 1)]
        self.walks: dict[str, _Walk] = {}
        self.told: set[str] = set()

    def walk(self, name: str, value: float) -> None:
        walk = self.walks.get(name)
        if walk is None:
            walk = self.walks[name] = _Walk()
        walk.step_to(value)


class _Walk:
    """How often in a row a number moved by the same step."""

    __slots__ = ("length", "longest", "step", "value")

    def __init__(self) -> None:
        self.value, self.step = math.nan, math.nan
        self.length = self.longest = 0

    def step_to(self, value: float) -> None:
        step = value - self.value
        if step != 0 and math.isclose(step, self.step, rel_tol=1e-6):
            self.length += 1
            self.longest = max(self.longest, self.length)
        else:
            self.length = 0
        self.value, self.step = value, step


class _Sketch:
    """How many distinct rows fall together under the likeliest hashes, and how many distinct rows there are at all."""

    __slots__ = ("_all", "_heavy")

    def __init__(self) -> None:
        self._heavy: dict[int, list[int]] = {}  # hash → how often, and the bits of its distinct rows
        self._all = 0

    def add(self, together: int, row: int) -> None:
        bit = 1 << (row % _BITS)
        self._all |= bit
        entry = self._heavy.get(together)
        if entry is None:
            if len(self._heavy) >= 2 * _HEAVY:
                often = sorted(self._heavy.items(), key=lambda each: -each[1][0])
                self._heavy = dict(often[:_HEAVY])
            entry = self._heavy[together] = [0, 0]
        entry[0] += 1
        entry[1] |= bit

    def largest(self) -> int:
        """Distinct rows under the hash that has most of them."""
        return max((_counted(bits) for _, bits in self._heavy.values()), default=0)

    def distinct_of_all(self) -> int:
        return _counted(self._all)


def _counted(bits: int) -> int:
    """About how many distinct values set these bits."""
    empty = _BITS - bits.bit_count()
    return round(-_BITS * math.log(max(empty, 1) / _BITS))


def _column_groups(columns: Sequence[str]) -> list[frozenset[int]]:
    """Groups of columns of which each leaves most columns out: single ones, or an eighth each when there are many."""
    if len(columns) < _FEWEST_COLUMNS:
        return []
    count = min(len(columns), _GROUPS)
    places = range(len(columns))
    groups = [frozenset(places[start::count]) for start in range(count)]
    neighbours = [frozenset(pair) for pair in itertools.pairwise(places)] if len(columns) >= 2 * _FEWEST_COLUMNS else []
    return [*groups, *neighbours[:_GROUPS]]


def _hashed(place: int, value: Any) -> int:
    """The same for the same value in this process, at this place; 3 and 3.0 are one."""
    try:
        return hash((place, value))
    except TypeError:  # a list or an object
        return hash((place, repr(value)))


def _rounded(value: Any) -> Any:
    """A number to one digit; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value == 0:
        return value
    return float(f"{value:.0e}")
