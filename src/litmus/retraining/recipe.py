"""The arguments of `litmus.train` that make another model the way an earlier one was made."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from litmus.data import Column, TaskData
from litmus.errors import LitmusError
from litmus.metrics import Metric, default_metrics, resolve_metric

if TYPE_CHECKING:
    import pandas as pd

    from litmus.model import Model
    from litmus.store import Store

__all__ = ["Recipe", "recipe_of"]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a model was made.

    Attributes:
        options: of `litmus.train`, without data.
        source: where its training rows were, or None where they were a table in memory.
        name: of its data set.
        metric: its objective.
        fields: options of `TaskData` that are not in the schema, such as folds and markers.
        notes: what is not known and what stands in for it, a sentence each.
    """

    options: dict[str, Any]
    source: Any
    name: str
    metric: Metric
    fields: dict[str, Any]
    notes: tuple[str, ...] = ()

    def data(self, model: Model, train: pd.DataFrame, test: pd.DataFrame | None) -> TaskData:
        """The data set to train on: the model's own kinds of columns, so that it takes the same requests."""
        columns = {
            name: _given(column) for name, column in model.schema.items() if column.kind != "target" and name in train
        }
        made = TaskData.create(
            name=self.name,
            data=train if test is None else {"train": train, "test": test},
            target=model.target.names[0] if len(model.target.names) == 1 else list(model.target.names),
            task=model.target.task,
            schema=columns,
        )
        return dataclasses.replace(made, **self.fields)


def _given(column: Column) -> Column:
    return dataclasses.replace(column, required=False, example=None)


def recipe_of(model: Model, store: Store) -> Recipe:  # noqa: ARG001 - the record of the run is read from it next
    """How a model was made, by the record of its run, or else by what the model itself says.

    Args:
        model: the model.
        store: where the record of its run is.
    """
    objective = next(iter(model.metrics.get("validation", {})), None)
    try:
        metric = default_metrics(model.task)[0] if objective is None else resolve_metric(objective)
    except LitmusError:
        metric = default_metrics(model.task)[0]
    return _from_lineage(model, metric)


def _from_lineage(model: Model, metric: Metric) -> Recipe:
    """From what the model says of itself: its algorithm with its settings, the sources of its rows."""
    lineage = model.lineage
    notes = ["The options of the run that made it were not kept; its algorithm and settings are used."]
    algorithm, settings = lineage.get("algorithm"), lineage.get("settings") or {}
    options: dict[str, Any] = {"seed": int(lineage.get("seed", 0)), "final": str(lineage.get("final", "bagged"))}
    try:
        from litmus.algorithms.registry import family

        options["algorithm"] = family(str(algorithm)).hyperparams(**settings)
    except (LitmusError, TypeError, ValueError):
        options["algorithm"] = "auto"
        notes.append(f"{algorithm} cannot be made from its name and settings; the default algorithms are tried.")
    options["objective"] = metric
    sources = lineage.get("sources") or {}
    return Recipe(options, sources.get("train"), model.name, metric, {}, tuple(notes))
