"""Inserting, replacing and removing steps of a list by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

from litmus.component import Component
from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["ROLES", "Edit", "apply_edits", "name_of"]

ROLES = {
    "encoder": ("ordinal_encoder", "one_hot_encoder"),
    "scale": ("standard_scale", "robust_scale", "quantile_scale"),
    "balancing": ("class_weights", "RandomUnderSample", "RandomOverSample", "Smote", "NearMiss"),
}
"""What a step is for → the names of the steps that do it; "put" and "set" find a step by either."""


@dataclasses.dataclass(frozen=True)
class Edit:
    """One change of a list of steps, by the name of a step or a position in the list.

    Three say what must be there, and fail when it is not; two take the list as it is: "put" replaces the step of a name
    or role, or adds one at the end (no step takes it away), and "set" changes parameters, `step` being a dict of them,
    of the steps of that name or role that have them.
    """

    action: Literal["insert", "replace", "remove", "put", "set"]
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
        if edit.action in ("put", "set"):
            result = _put(result, edit) if edit.action == "put" else _set(result, edit)
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


def _fits(step: Any, name: str) -> bool:
    return name_of(step) in (name, *ROLES.get(name, ()))


def _put(steps: list[Any], edit: Edit) -> list[Any]:
    name = str(edit.name)
    found = next((place for place, step in enumerate(steps) if _fits(step, name)), len(steps))
    result = [step for step in steps if not _fits(step, name)]
    if edit.step is not None:
        result.insert(found, edit.step)
    return result


def _set(steps: list[Any], edit: Edit) -> list[Any]:
    return [
        step.hyperparams(**{key: value for key, value in edit.step.items() if key in step.parameters()})
        if isinstance(step, Component) and _fits(step, str(edit.name))
        else step
        for step in steps
    ]
