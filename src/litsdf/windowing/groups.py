# ruff: noqa: SLF001  (friends read one another's held values)
"""Groups within which windows stay: `groupby(…).rolling(…)` and its like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from litsdf.contract import NotNative
from litsdf.grouping.keys import Key, keys_of
from litsdf.layouts.columnar import Column, ColumnarFrame
from litsdf.windowing.windows import Windows

__all__ = ["WindowGroups", "windows_of"]


@dataclass(frozen=True, slots=True)
class WindowGroups:
    """The keys of groups, as windows need them.

    Args:
        grouped: the facade's groups.
        keys: their keys.
    """

    grouped: Any
    keys: list[Key]

    @property
    def names(self) -> list[Any]:
        """Names of the keys."""
        return [key.name for key in self.keys]

    def over(self, ruler: Any) -> Any:
        """Group row numbers as the rows are grouped."""
        options = {name: value for name, value in self.grouped._options.items() if name != "level"}
        return ruler.groupby([pd.Index(key.array(), name=key.name, copy=False) for key in self.keys], **options)

    def _held(self) -> Any:
        return self.grouped._held()


def windows_of(grouped: Any, kind: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Windows within groups.

    Raises:
        NotNative: the keys, or the arguments, are for pandas to understand.
    """
    owner = grouped._owner
    held = getattr(owner, "_table", None)
    held = owner._column if held is None else held
    if not isinstance(held, ColumnarFrame | Column) or owner.layout not in {"numpy", "polars"}:
        raise NotNative(owner.layout)
    if grouped._chosen is not None and options.get("on") is not None:
        raise NotNative("a measure that was not chosen")
    groups = WindowGroups(grouped, keys_of(held, grouped._by, grouped._options["level"]))
    windows = Windows(owner, kind, args, options, groups, grouped._chosen)
    windows._over_row_numbers()
    return windows
