"""From a pipeline to the space of its settings, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from litmus.algorithms.base import Algorithm
from litmus.algorithms.family import Family
from litmus.component import Component, Range
from litmus.domains import Choice, Condition, Domain, Int, When
from litmus.errors import ParameterError
from litmus.pipeline import Pipeline
from litmus.pipeline.resolve import with_parameters
from litmus.pipeline.searched import SearchedSteps, option_names
from litmus.search.space import Space
from litmus.task import TaskKind

__all__ = ["applied", "space_of"]


def space_of(pipeline: Pipeline, task: TaskKind, *, rows: int | None = None) -> Space:
    """The settings of a pipeline that a search varies.

    They are the parameters of the algorithm that have a range, declared or given by `search`, and that `hyperparams` has
    not set; then the steps and their parameters given by `Pipeline.search(steps=…)`. Defaults are the pipeline's own
    values; where a range given by the user leaves out the algorithm's own default, the nearest value in it.

    Args:
        pipeline: what is searched.
        task: the kind of task.
        rows: how many training rows there are, when known: declared ranges of numbers of rows (`share_of_rows`: rows of a
            leaf, neighbours, rows of a step) end at a share of them. Ranges given by the user are left alone.

    Raises:
        ParameterError: when a value set by the user is outside the range given, a condition can never hold, or a step
            and a parameter of the algorithm share a name.

    Example:
        >>> from litmus import Int
        >>> space = space_of(Pipeline("DecisionTree").search(max_depth=Int(2, 6), criterion="entropy"), "binary")
        >>> space.default
        {'max_depth': 6, 'min_samples_leaf': 10}
    """
    draft = _Draft()
    _add_algorithm(draft, pipeline, task, rows)
    _add_steps(draft, pipeline.searched)
    return Space(draft.parameters, draft.conditions, draft.defaults)


def applied(pipeline: Pipeline, task: TaskKind, settings: Mapping[str, Any]) -> Pipeline:  # noqa: ARG001 - part of the contract
    """The pipeline with these settings of its space, and nothing left to search.

    Raises:
        ParameterError: when a setting is no parameter of the pipeline, or has a value that is not allowed.

    Example:
        >>> applied(Pipeline("DecisionTree"), "binary", {"max_depth": 3}).algorithm
        DecisionTree(max_depth=3)
    """
    slots = {*pipeline.searched.slots, *(name.partition(".")[0] for name in pipeline.searched.ranges)}
    own = {name: value for name, value in settings.items() if name.partition(".")[0] not in slots}
    result = pipeline.with_algorithm(_settled(with_parameters(pipeline.algorithm, own)))
    result = result.with_edits(pipeline.searched.chosen(settings))
    result.searched, result.estimator_ranges = SearchedSteps(), {}
    return result


def _settled(algorithm: Any) -> Any:
    """The algorithm without its ranges, which are for the search and not for the model."""
    if isinstance(algorithm, Family):
        return type(algorithm)(**algorithm.values)
    return dataclasses.replace(algorithm) if isinstance(algorithm, Algorithm) else algorithm


@dataclasses.dataclass
class _Draft:
    parameters: dict[str, Domain] = dataclasses.field(default_factory=dict)
    conditions: dict[str, Condition] = dataclasses.field(default_factory=dict)
    defaults: dict[str, Any] = dataclasses.field(default_factory=dict)

    def add(self, name: str, domain: Domain, condition: Condition | None, default: Any) -> None:
        if name in self.parameters:
            raise ParameterError(
                f"The algorithm has a parameter {name!r} and so cannot have a searched step of that name."
            )
        self.parameters[name] = domain
        self.defaults[name] = default
        if condition is not None:
            self.conditions[name] = condition

    def add_ranges(
        self,
        ranges: Mapping[str, Range],
        values: Mapping[str, Any],
        *,
        prefix: str = "",
        condition: Condition | None = None,
        kept: Mapping[str, Any] | None = None,
    ) -> None:
        """Add ranges of one component; those whose condition a fixed value decides are in or out for good.

        Args:
            ranges: parameter → what is tried.
            values: parameter → the component's value.
            prefix: what the names get in front of them.
            condition: when the component counts.
            kept: values that the user has set, which must lie in their range.
        """
        for name, tried in ranges.items():
            domain = tried.domain if isinstance(tried, When) else tried
            holds = condition
            if isinstance(tried, When):
                if tried.parameter in ranges:
                    holds = Condition(prefix + tried.parameter, tried.condition.values)
                elif not tried.condition.holds(values.get(tried.parameter)):
                    continue
            default = values[name] if kept is not None and name in kept else _within(domain, values[name])
            self.add(prefix + name, domain, holds, default)


def _within(domain: Domain, value: Any) -> Any:
    """A default for a range: the value itself, None and zero for those who can be it, or the nearest in the range."""
    if domain.contains(value) or value is None:
        return value
    if isinstance(domain, Choice):
        return domain.values[0]
    if not isinstance(value, int | float) or isinstance(value, bool):
        return domain.from_unit(0.5)
    return value if value == 0 and domain.log else domain.nearest(value)


def _add_algorithm(draft: _Draft, pipeline: Pipeline, task: TaskKind, rows: int | None) -> None:
    algorithm = pipeline.algorithm
    if isinstance(algorithm, Family):
        resolved = algorithm.for_task(task)
        ranges = _limited(algorithm.ranges(task), resolved, rows)
        draft.add_ranges(ranges, resolved.settings(), kept=algorithm.values)
    elif isinstance(algorithm, Component):
        changed = {name: value for name, value in algorithm.settings().items() if algorithm.is_changed(name)}
        draft.add_ranges(_limited(algorithm.ranges(), algorithm, rows), algorithm.settings(), kept=changed)
    else:
        draft.add_ranges(pipeline.estimator_ranges, algorithm.get_params(deep=True))


def _limited(ranges: dict[str, Range], component: Component, rows: int | None) -> dict[str, Range]:
    """Declared ranges of numbers of rows, ended at their share of `rows`; never below the default."""
    if rows is None:
        return ranges
    limited = dict(ranges)
    for name, tried in ranges.items():
        field = component.parameters()[name]
        share = field.metadata.get("share_of_rows")
        if share is not None and isinstance(tried, Int) and tried is field.metadata["domain"]:
            default = getattr(component, name) or 0
            limited[name] = dataclasses.replace(tried, high=max(tried.low, default, min(tried.high, int(share * rows))))
    return limited


def _add_steps(draft: _Draft, searched: SearchedSteps) -> None:
    for slot, choice in searched.slots.items():
        varies = len(choice.values) > 1
        if varies:
            draft.add(slot, choice, None, choice.values[0])
        for option, step in zip(option_names(choice), choice.values, strict=True):
            if isinstance(step, Component) and step.is_searched:
                condition = Condition(slot, (step,)) if varies else None
                draft.add_ranges(step.ranges(), step.settings(), prefix=f"{slot}.{option}.", condition=condition)
    for name in searched.ranges:
        _add_step_range(draft, searched, name)


def _add_step_range(draft: _Draft, searched: SearchedSteps, name: str) -> None:
    """Add "slot.parameter", which counts where the chosen step has the parameter and meets the range's own condition."""
    tried = searched.ranges[name]
    slot, _, parameter = name.partition(".")
    domain = tried.domain if isinstance(tried, When) else tried
    parent = f"{slot}.{tried.parameter.removeprefix(f'{slot}.')}" if isinstance(tried, When) else ""
    options = searched.slots[slot].values if slot in searched.slots else ()
    having = [step for step in options if isinstance(step, Component) and parameter in step.parameters()]
    condition = Condition(slot, tuple(having)) if 1 < len(options) != len(having) else None
    if isinstance(tried, When) and parent in searched.ranges:
        condition = Condition(parent, tried.condition.values)
    elif isinstance(tried, When) and having:
        key = parent.removeprefix(f"{slot}.")
        values = {id(step): searched.fixed.get(parent, step.settings().get(key)) for step in having}
        having = [step for step in having if tried.condition.holds(values[id(step)])]
        if not having:
            return
        condition = Condition(slot, tuple(having)) if len(options) > 1 else None
    default = _within(domain, having[0].settings()[parameter]) if having else None
    draft.add(name, domain, condition, default)
