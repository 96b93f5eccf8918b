# ruff: noqa: SLF001  (friends read one another's held values)
"""Operators that change their object: `column += 1`, `table *= 2`, `del column[label]`, and the attributes of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from litsdf.own_labels import hold

__all__ = ["ChangingColumn", "ChangingFrame", "attributes"]


def _in_place(name: str) -> Callable[[Any, Any], Any]:
    """Calculate, bring the result under the labels of the object, and let the object hold it: every name of it sees it."""

    def method(self: Any, other: Any) -> Any:
        result = getattr(self, f"__{name}__")(other)
        if result is NotImplemented:
            return result
        part = "_column" if hasattr(type(self), "_column") else "_table"
        held, made = getattr(self, part), getattr(result, part)
        if not _same_rows(held, made) or list(getattr(made, "names", ())) != list(getattr(held, "names", ())):
            made = getattr(result.reindex_like(self), part)
        if part == "_column" and made.layout != "pandas":
            made = made.renamed(held.name)
        elif part == "_column":
            made = type(made)(made.series.rename(held.name))
        hold(self, part, made)
        return self

    method.__name__ = f"__i{name}__"
    return method


def _same_rows(held: Any, made: Any) -> bool:
    if held.layout == "trace":
        return True
    rows = getattr(held, "rows", None)
    if rows is not None:
        return getattr(made, "rows", None) is rows
    from litsdf.convert import labels_of

    if held.labels is None and made.labels is None:
        return len(held) == len(made)
    return labels_of(held).equals(labels_of(made))


class _Changing:
    """The operators with `=` in them."""

    __slots__ = ()

    __iadd__ = _in_place("add")
    __isub__ = _in_place("sub")
    __imul__ = _in_place("mul")
    __itruediv__ = _in_place("truediv")
    __ifloordiv__ = _in_place("floordiv")
    __imod__ = _in_place("mod")
    __ipow__ = _in_place("pow")
    __iand__ = _in_place("and")
    __ior__ = _in_place("or")
    __ixor__ = _in_place("xor")


class ChangingFrame(_Changing):
    """What changes a table."""

    __slots__ = ()


class ChangingColumn(_Changing):
    """What changes a column, and the operators that are methods of another name."""

    __slots__ = ()

    def __delitem__(self, key: Any) -> None:
        own: Any = self
        held = own.to_pandas()
        del held[key]
        own._replace_by(held)

    def __matmul__(self, other: Any) -> Any:
        own: Any = self
        return own.dot(other)

    def __rmatmul__(self, other: Any) -> Any:
        import numpy as np

        own: Any = self
        return own.dot(np.transpose(other))

    def __round__(self, decimals: int = 0) -> Any:
        own: Any = self
        return own.round(decimals)


class _Attributes(dict[Any, Any]):
    """The attributes of a table or column that has none yet; it takes what is put in."""

    def __init__(self, owner: Any) -> None:
        super().__init__()
        self._owner = owner

    def _put(self) -> None:
        held = self._owner._changeable()
        held.attrs = dict(self)
        self._owner._replace_by(held)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self._put()

    def update(self, other: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = (), /, **named: Any) -> None:  # type: ignore[override]
        """Put several in."""
        super().update(other, **named)
        self._put()

    def setdefault(self, key: Any, default: Any = None, /) -> Any:
        """Put one in unless it is there."""
        if key not in self:
            self[key] = default
        return self[key]

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


def attributes(owner: Any) -> Any:
    """The dict of attributes; the first that is put in moves its owner to the pandas layout, which keeps them.

    >>> from litsdf import DataFrame
    >>> df = DataFrame({"a": [1, 2]}, layout="numpy")
    >>> df.attrs["source"] = "shop"
    >>> df.head(1).attrs, df.layout
    ({'source': 'shop'}, 'pandas')
    """
    return owner._held().attrs if owner.layout == "pandas" else _Attributes(owner)
