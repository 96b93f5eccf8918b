"""Inserting, replacing and removing steps of a list by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["Edit", "apply_edits", "name_of"]


@dataclasses.dataclass(frozen=True)
class Edit:
    """One change of a list of steps, by the name of a step or a position in the list."""

    action: Literal["insert", "replace", "remove"]
    step: Any = None
    name: str | None = None
    after: bool = False
    position: int | None = None


def name_of(step: Any) -> str:
    """The name a step is found by."""
    return str(getattr(step, "name", type(step).__name__))


def apply_edits(steps: Sequence[Any], edits: Sequence[Edit]) -> list[Any]:
    """The steps after each edit, in turn; a name that occurs several times means every step of that name.

    Raises:
        ParameterError: when no step has the name an edit gives.
    """
    result = list(steps)
    for edit in edits:
        if edit.name is None:
            result.insert(len(result) if edit.position is None else edit.position, edit.step)
            continue
        found = [place for place, step in enumerate(result) if name_of(step) == edit.name]
        if not found:
            names = [name_of(step) for step in result]
            close = nearest(edit.name, names)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(
                f"There is no step named {edit.name!r} to {edit.action}.{hint} Steps: {', '.join(names)}."
            )
        if edit.action == "insert":
            result.insert(found[-1] + 1 if edit.after else found[0], edit.step)
        elif edit.action == "replace":
            result[found[0]] = edit.step
            result = [step for place, step in enumerate(result) if place not in found[1:]]
        else:
            result = [step for place, step in enumerate(result) if place not in found]
    return result
