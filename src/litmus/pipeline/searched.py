"""The steps that a search chooses among, and the parameters of steps that it varies."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from litmus.component import Component, Range, When
from litmus.domains import Choice
from litmus.errors import ParameterError
from litmus.naming import nearest
from litmus.pipeline.edits import ROLES, Edit, name_of
from litmus.pipeline.resolve import resolve_step

__all__ = ["SearchedSteps", "option_names"]


@dataclasses.dataclass(frozen=True)
class SearchedSteps:
    """What a search varies among the steps of a pipeline.

    Attributes:
        slots: the name of a step, or of its role, → the steps to choose among; None among them leaves the step out.
        ranges: "step.parameter" → what is tried.
        fixed: "step.parameter" → its value.
    """

    slots: Mapping[str, Choice] = dataclasses.field(default_factory=dict)
    ranges: Mapping[str, Range] = dataclasses.field(default_factory=dict)
    fixed: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def extended(self, steps: Mapping[str, Any], own: Mapping[str, Any]) -> SearchedSteps:
        """These and more of them; a later entry of a name replaces an earlier one.

        Args:
            steps: "impute" → `Choice` of steps, or one step or None; "impute.strategy" → a range or a value, or None for
                what it was.
            own: the steps that the user has put into the pipeline, by name.

        Raises:
            ParameterError: when an entry names no step or parameter, or is neither a range nor a step.
        """
        slots, ranges, fixed = dict(self.slots), dict(self.ranges), dict(self.fixed)
        for name, tried in steps.items():
            if "." not in name:
                slots[name] = _read_slot(name, tried)
        for name, tried in steps.items():
            slot, dot, parameter = name.partition(".")
            if not dot:
                continue
            _check_step_range(slot, parameter, tried, _options(slot, slots, own))
            ranges.pop(name, None)
            fixed.pop(name, None)
            if isinstance(tried, Range):
                ranges[name] = tried
            elif tried is not None:
                fixed[name] = tried
        return SearchedSteps(slots, ranges, fixed)

    def chosen(self, settings: Mapping[str, Any]) -> tuple[Edit, ...]:
        """The edits that put these settings into the steps; a parameter that is None is left as it is.

        Args:
            settings: "impute" → the chosen step; "impute.strategy" and, for a step that has ranges of its own,
                "balancing.smote.n_neighbors" → the value. A choice that they lack gets its first step.
        """
        edits = []
        values = {name: value for name, value in {**self.fixed, **settings}.items() if value is not None}
        for slot, choice in self.slots.items():
            step = settings.get(slot, choice.values[0])
            if step is not None:
                option = option_names(choice)[choice.position(step) or 0]
                own = _starting_with(f"{slot}.{option}.", values)
                shared = {name: value for name, value in _starting_with(f"{slot}.", values).items() if "." not in name}
                having = step.parameters() if isinstance(step, Component) else {}
                step = _with(step, {**{name: value for name, value in shared.items() if name in having}, **own})
            edits.append(Edit("put", step, slot))
        for name in dict.fromkeys([*self.ranges, *self.fixed]):
            slot, _, parameter = name.partition(".")
            if slot not in self.slots and name in values:
                edits.append(Edit("set", {parameter: values[name]}, slot))
        return tuple(edits)


def option_names(choice: Choice) -> list[str]:
    """A name for each step of a choice, numbered where a name occurs again: "impute", "none", "impute_2"."""
    names: list[str] = []
    for step in choice.values:
        name = base = "none" if step is None else name_of(step)
        number = 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names


def _read_slot(name: str, tried: Any) -> Choice:
    if isinstance(tried, Range) and not isinstance(tried, Choice):
        raise ParameterError(f"steps[{name!r}]={tried!r} is no choice of steps; give Choice(None, step, …) or a step.")
    options = tried.values if isinstance(tried, Choice) else (tried,)
    return Choice(*(None if step is None else resolve_step(step) for step in options))


def _starting_with(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _with(step: Any, values: Mapping[str, Any]) -> Any:
    return step.hyperparams(**values) if values else step


def _options(slot: str, slots: Mapping[str, Choice], own: Mapping[str, Any]) -> list[Any]:
    """The steps that a name can stand for."""
    if slot in slots:
        return [step for step in slots[slot].values if step is not None]
    if slot in own:
        return [own[slot]]
    built_in = _built_in_steps()
    named = [built_in[name] for name in ROLES.get(slot, (slot,)) if name in built_in]
    if not named:
        known = list(dict.fromkeys([*slots, *own, *ROLES, *built_in]))
        close = nearest(slot, known)
        hint = f" Did you mean {close!r}?" if close else ""
        raise ParameterError(f"There is no step named {slot!r}.{hint} Steps: {', '.join(known)}.")
    return named


def _built_in_steps() -> dict[str, Component]:
    """The built-in steps that have parameters, by name."""
    import litmus.steps

    exported = [getattr(litmus.steps, name) for name in litmus.steps.__all__]
    steps = [cls() for cls in exported if isinstance(cls, type) and issubclass(cls, Component) and _has_defaults(cls)]
    return {name_of(step): step for step in steps if step.parameters()}


def _has_defaults(cls: type[Component]) -> bool:
    missing = dataclasses.MISSING
    return not any(field.default is field.default_factory is missing for field in cls.parameters().values())


def _check_step_range(slot: str, parameter: str, tried: Any, options: list[Any]) -> None:
    """Make sure that one of the steps has the parameter, and that it may have the values."""
    with_parameters = [step for step in options if hasattr(step, "parameters")]
    having = [step for step in with_parameters if parameter in step.parameters()]
    if not having:
        names = sorted({name for step in with_parameters for name in step.parameters()})
        close = nearest(parameter, names)
        hint = f" Did you mean {close!r}?" if close else ""
        raise ParameterError(
            f"No step of {slot!r} has a parameter {parameter!r}.{hint} There are: {', '.join(names) or 'none'}."
        )
    if isinstance(tried, When):
        tried = dataclasses.replace(tried, parameter=tried.parameter.removeprefix(f"{slot}."))
    for step in having:
        step.search(**{parameter: tried})
