# ruff: noqa: SLF001  (friends read one another's held values)
"""Row labels and column names as users see them: a name that is given to them reaches the table they belong to.

pandas keeps its labels as Index objects, whose names can be changed. The layouts keep what calculates fast. So once an Index is
handed out, the slot of what is held is emptied: reading it from then on comes by `__getattr__`, which first takes over the
names that were given in the meantime. Tables and columns whose labels nobody asked for pay nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["held_with_names", "hold", "shown"]


def shown(owner: Any, part: str, axis: str, make: Callable[[Any], pd.Index]) -> pd.Index:
    """Give the Index of an axis: the one that was handed out while the table holds the same labels, else a new one.

    Args:
        owner: a table or column of the facade.
        part: the slot of what it holds.
        axis: `"index"` or `"columns"`.
        make: gives the labels of what is held.

    >>> from litsdf import DataFrame
    >>> df = DataFrame({"a": [1, 2]}, layout="numpy")
    >>> df.index.name, df.columns.name = "row", "field"
    >>> df.index.name, df.columns.name
    ('row', 'field')
    """
    held = getattr(owner, part)
    token = _token(held, axis)
    given = getattr(owner, "_shown", None) or {}
    found = given.get(axis)
    if found is None or not _same(found[2], token):
        index = make(held).view()
        found = (index, _name(index), token)
    owner._named = held
    owner._shown = {**given, axis: found}
    if _in_slot(owner, part):
        delattr(owner, part)
    shown_index: pd.Index = found[0]
    return shown_index


def held_with_names(owner: Any, part: str) -> Any:
    """What a table or column holds, under the names that its labels were given since they were handed out."""
    held = owner._named
    for axis, (index, name, token) in tuple(owner._shown.items()):
        given = _name(index)
        if given is name or _equal(given, name) or not _same(_token(held, axis), token):
            continue
        object.__setattr__(owner, part, held)
        held = getattr(owner.set_axis(index.view(), axis=axis), part)
        delattr(owner, part)
        owner._named = held
        owner._shown = {**owner._shown, axis: (index, given, _token(held, axis))}
    return held


def hold(owner: Any, part: str, held: Any) -> None:
    """Put something else into a table or column; row labels that were handed out and are still its own stay known."""
    from litsdf.convert import labels_of

    found = (getattr(owner, "_shown", None) or {}).get("index")
    object.__setattr__(owner, part, held)
    if found is None:
        return
    token = _token(held, "index")
    if _same(token, found[2]) or found[0].identical(labels_of(held)):
        owner._named, owner._shown = held, {"index": (*found[:2], token)}
        delattr(owner, part)


def _in_slot(owner: Any, part: str) -> bool:
    try:
        object.__getattribute__(owner, part)
    except AttributeError:
        return False
    return True


def _token(held: Any, axis: str) -> Any:
    """What decides whether an axis is still the one that was handed out."""
    if axis == "columns":
        header = getattr(held, "header", None)
        return tuple(held.names) if header is None else header
    rows = getattr(held, "rows", None)
    return (held.labels, len(held)) if rows is None else rows


def _same(first: Any, second: Any) -> bool:
    if type(first) is not tuple or type(second) is not tuple:
        return first is second
    pairs = zip(first, second, strict=False)
    return len(first) == len(second) and all(
        a is b or (type(a) in {str, int} and type(b) is type(a) and a == b) for a, b in pairs
    )


def _name(index: Any) -> Any:
    return tuple(index.names) if index.nlevels > 1 else index.name


def _equal(first: Any, second: Any) -> bool:
    try:
        return bool(first == second)
    except (TypeError, ValueError):
        return False
