"""How a model was made: by the record of its run, or else by what the model itself says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litmus.data import Column, TaskData
from litmus.errors import LitmusError, ParameterError
from litmus.metrics import Metric, default_metrics, resolve_metric
from litmus.naming import nearest
from litmus.retraining.same_data import same_data

if TYPE_CHECKING:
    import pandas as pd

    from litmus.events import Event
    from litmus.lineage.trained_again import Record
    from litmus.model import Model
    from litmus.run import Run
    from litmus.store import Store

__all__ = ["OPTIONS", "Recipe", "check_options", "recipe_of"]

OPTIONS = ("time_limit", "max_trials", "seed", "resources", "executor")
"""What may be other than in the run that is done again."""

Callbacks = Sequence[Callable[["Event"], None]]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a model was made.

    Attributes:
        model: the model.
        metric: its objective.
        source: where its training rows were, or None where they were a table in memory.
        validation: where its validation rows were, or None where it had none, or they were in memory.
        record: of its run; None where there is none.
        notes: what is not known and what stands in for it, a sentence each.
    """

    model: Model
    metric: Metric
    source: Any
    validation: Any = None
    record: Record | None = None
    notes: tuple[str, ...] = ()

    @property
    def data(self) -> TaskData | None:
        """The data set of the run; None where there is no record."""
        if self.record is None:
            return None
        return next(data for data in self.record.request.data if self.record.data in (None, data.name))

    def train(
        self,
        rows: pd.DataFrame,
        sources: Mapping[str, str],
        options: Mapping[str, Any],
        callbacks: Callbacks,
        *,
        captured: bool = False,
    ) -> Run:
        """Train on other rows, which are read as the model reads them, so that the new one takes the same requests.

        Args:
            rows: those to learn from, for their columns.
            sources: "train", and perhaps "validation" and "test" → the file with these rows.
            options: of `litmus.train` in the place of those of then; see `OPTIONS`.
            callbacks: as in `litmus.train`.
            captured: whether some of the rows are captured requests, which no column deals into folds.
        """
        kinds = {
            name: dataclasses.replace(column, required=False, example=None)
            for name, column in self.model.schema.items()
            if column.kind != "target" and name in rows
        }
        if self.record is None:
            return self._by_settings(kinds, sources, options, callbacks)
        then = self.data
        if then is None:
            raise LitmusError(f"The record of {self.record.name} names no data set.")
        data = same_data(then, self.model, kinds, sources, captured=captured)
        return self._by_record(self.record, data, options, callbacks)

    def _by_record(self, record: Record, data: TaskData, options: Mapping[str, Any], callbacks: Callbacks) -> Run:
        """Do all that the run did: whoever tried what within which budget, and how trials were put together."""
        from litmus.resources import parse_resources
        from litmus.training.budget import parse_budget
        from litmus.training.carrying_out import carry_out
        from litmus.training.inputs import read_resources

        request = dataclasses.replace(record.request, data=(data,))
        if options.keys() & {"time_limit", "max_trials"}:
            budget = parse_budget(options.get("time_limit"), options.get("max_trials"))
            request = dataclasses.replace(request, budget=budget)
        if "seed" in options:
            request = dataclasses.replace(request, seed=int(options["seed"]))
        return carry_out(
            request,
            parse_resources(options["resources"]) if "resources" in options else read_resources(record.inputs),
            executor=options.get("executor"),
            callbacks=list(callbacks),
            parent=record.facts.get("run"),
        )

    def _by_settings(
        self,
        kinds: Mapping[str, Column],
        sources: Mapping[str, str],
        options: Mapping[str, Any],
        callbacks: Callbacks,
    ) -> Run:
        """Train by what the model says of itself: its algorithm with its settings."""
        import litmus

        lineage, names = self.model.lineage, self.model.target.names
        data = TaskData.create(
            name=self.model.name,
            data=dict(sources),
            target=names[0] if len(names) == 1 else list(names),
            task=self.model.target.task,
            schema=kinds,
        )
        given: dict[str, Any] = {
            "algorithm": _algorithm(self.model) or "auto",
            "objective": self.metric,
            "seed": int(lineage.get("seed", 0)),
            "final": str(lineage.get("final", "bagged")),
            **options,
        }
        return litmus.train(data, **given, callbacks=list(callbacks))


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse options that may not change when a model is trained again.

    Raises:
        ParameterError: naming the first of them.
    """
    for name in options:
        if name not in OPTIONS:
            close = nearest(name, OPTIONS)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(
                f"options has {name!r}, which cannot be changed when a model is trained again.{hint} These can: "
                f"{', '.join(OPTIONS)}; for all else train anew."
            )


def recipe_of(model: Model, version: str, store: Store, *, trust: bool = False) -> Recipe:
    """How a model was made.

    Args:
        model: the model.
        version: its version.
        store: where the record of its run is.
        trust: whether the run's own code may be opened.

    Raises:
        BundleError: when the run had code of its user's own, which was not kept or may not be opened.
    """
    from litmus.lineage.facts import inputs_of, of
    from litmus.lineage.trained_again import read_record

    facts = of(version, store=store)
    try:
        inputs = inputs_of(facts, store)
    except LitmusError:  # nothing is on record
        return _from_model(model, f"The options of the run that made {version} were not kept")
    described = {one["name"]: one["sources"] for one in inputs["data"]}
    name = (facts.get("data") or {}).get("name")
    if name not in described:
        return _from_model(model, f"The record of the run that made {version} has no data set {name!r}")
    then = {
        each: {part: source.get("place") or source.get("memory") for part, source in sources.items()}
        for each, sources in described.items()
    }  # where rows were, not whether they are there still: others are learned from
    record = read_record(version, data=then if len(then) > 1 else then[name], trust=trust, store=store)
    places = {part: _place(source) for part, source in described[name].items()}
    notes: list[str] = []
    if "validation" in places and not can_be_read(places["validation"]):
        where = places.pop("validation") or "in memory"
        notes.append(f"The validation rows of the run ({where}) are not there any more; folds take their place.")
    return Recipe(
        model, _objective(record, model), places["train"], places.get("validation"), record=record, notes=tuple(notes)
    )


def can_be_read(source: Any) -> bool:
    """Whether rows may be there: a file that is, or what only reading tells of."""
    from pathlib import Path

    if not isinstance(source, str):
        return source is not None
    return "://" in source or any(letter in source for letter in "*?[") or Path(source).expanduser().exists()


def _place(source: Mapping[str, Any]) -> str | None:
    """Where rows were, by the record of a run; None where nobody can read them again."""
    if "memory" in source or not source.get("complete", True):
        return None
    places = [str(place) for place in (source.get("full"), source["place"]) if place]
    return next((place for place in places if can_be_read(place)), places[-1])


def _objective(record: Record, model: Model) -> Metric:
    """The metric that ranked the run's trials."""
    request = record.request
    if request.objective is not None:
        return request.objective
    return next(iter(request.metrics.get("validation", ())), default_metrics(model.task)[0])


def _from_model(model: Model, why: str) -> Recipe:
    """By what the model says of itself: its algorithm with its settings, the source of its rows."""
    named = next(iter(model.metrics.get("validation", {})), None)
    try:
        metric = default_metrics(model.task)[0] if named is None else resolve_metric(named)
    except LitmusError:  # a metric of the user's own
        metric = default_metrics(model.task)[0]
    notes = [f"{why}; its algorithm and settings are used."]
    if _algorithm(model) is None:
        notes.append(
            f"{model.lineage.get('algorithm')} cannot be made from its name and settings; the default algorithms are tried."
        )
    source = (model.lineage.get("sources") or {}).get("train")
    return Recipe(model, metric, source, notes=tuple(notes))


def _algorithm(model: Model) -> Any:
    """The model's algorithm with its settings; None where its name does not tell it, as of an ensemble."""
    from litmus.algorithms.registry import family

    try:
        return family(str(model.lineage.get("algorithm"))).hyperparams(**(model.lineage.get("settings") or {}))
    except (LitmusError, TypeError, ValueError):
        return None
