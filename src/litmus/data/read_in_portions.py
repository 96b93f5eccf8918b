"""Raw columns that are read or converted when they are asked for, so that a source is never twice in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping

import pandas as pd

__all__ = ["ColumnsInPortions", "at_once", "derived"]

_PORTION = 16_000_000
"""Bytes that are read at once."""


class ColumnsInPortions(MutableMapping[str, pd.Series]):
    """Columns by name, of which a few are read when the first of them is asked for; `pop` gives one away for good.

    Args:
        names: the columns, in order.
        read: reads some of them; each is asked for once.
        at_once: how many are read together.
    """

    def __init__(
        self, names: Iterable[str], read: Callable[[list[str]], Mapping[str, pd.Series]], *, at_once: int = 1
    ) -> None:
        listed = list(names)
        self._read = read
        self._portion = {name: number // at_once for number, name in enumerate(listed)}
        self._portions = [listed[start : start + at_once] for start in range(0, len(listed), at_once)]
        self._held: dict[str, pd.Series] = {}

    def __getitem__(self, name: str) -> pd.Series:
        portion = self._portion[name]
        if name not in self._held:
            wanted = [other for other in self._portions[portion] if other in self._portion]
            self._held.update(self._read(wanted))
        return self._held[name]

    def __setitem__(self, name: str, column: pd.Series) -> None:
        self._portion.setdefault(name, -1)
        self._held[name] = column

    def __delitem__(self, name: str) -> None:
        del self._portion[name]
        self._held.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._portion

    def __iter__(self) -> Iterator[str]:
        return iter(self._portion)

    def __len__(self) -> int:
        return len(self._portion)


def at_once(columns: int, size: int) -> int:
    """How many of `columns` columns, which have `size` bytes together, are read at once."""
    return max(1, columns * _PORTION // max(size, 1))


def derived(names: Iterable[str], make: Callable[[str], pd.Series]) -> ColumnsInPortions:
    """Columns that `make` makes one by one, when they are asked for."""
    return ColumnsInPortions(names, lambda wanted: {name: make(name) for name in wanted})
