# ruff: noqa: SLF001  (the facade's classes are friends: they read one another's held values)
"""Selecting and setting by label and by position: `loc`, `iloc`, `at`, `iat`."""

from __future__ import annotations

from typing import Any

from litsdf.contract import NotNative
from litsdf.deferred import evaluated
from litsdf.passing import Passing, to_pandas

__all__ = ["Indexer"]


class Indexer:
    """What `.loc` and its like give."""

    __slots__ = ("_kind", "_owner")

    def __init__(self, owner: Any, kind: str) -> None:
        self._owner = owner
        self._kind = kind

    def __getitem__(self, key: Any) -> Any:
        owner, kind = self._owner, self._kind
        key = evaluated(key, owner)
        native = getattr(owner, "_located", None)
        if native is not None and owner.layout != "pandas":
            try:
                return native(kind, key)
            except NotNative:
                pass
        if owner._lazy():
            from litsdf.gathered import gathered, in_memory

            return gathered(owner, lambda computed: getattr(computed, kind)[in_memory(key)])
        if owner.layout == "record":
            from litsdf.one_row import selected_of_row

            try:
                return selected_of_row(owner, kind, key)
            except NotNative:
                pass
        if owner.layout in {"numpy", "polars"}:
            from litsdf.structure.selecting import select_at

            try:
                return select_at(owner, kind, key)
            except NotNative:
                pass
        key = _held_key(key)
        return owner._through_pandas(f".{kind}[]", lambda held: getattr(held, kind)[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        owner = self._owner
        key = evaluated(key, owner)
        if owner._lazy():
            from litsdf.gathered import gathered, in_memory

            return gathered(
                owner, lambda computed: getattr(computed, self._kind).__setitem__(in_memory(key), in_memory(value))
            )
        if owner.layout == "record":
            from litsdf.one_row import set_in_row

            try:
                return set_in_row(owner, self._kind, key, value)
            except NotNative:
                pass
        if owner.layout in {"numpy", "polars"}:
            from litsdf.structure.setting import assign_at

            try:
                return assign_at(owner, self._kind, key, value)
            except NotNative:
                pass
        held = owner._changeable()
        getattr(held, self._kind)[_held_key(key)] = to_pandas(value)
        if owner.layout != "pandas":
            owner.fallbacks.note(f".{self._kind}[]=", owner.layout)
        owner._replace_by(held)
        return None

    def __call__(self, axis: Any) -> Any:
        """Select along another axis."""
        owner, kind = self._owner, self._kind
        return owner._through_pandas(f".{kind}", lambda held: getattr(held, kind)(axis=axis))


def _held_key(key: Any) -> Any:
    if callable(key) and not isinstance(key, Passing):
        from litsdf.passing import from_pandas

        return lambda held: to_pandas(key(from_pandas(held, "pandas", None)))
    return to_pandas(key)
