"""What the HTTP application needs of a model; `litmus.Model` has it, and so may anything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from litmus.data.schema import Schema
from litmus.task import TaskKind

__all__ = ["Answers", "Served"]


class Answers(Protocol):
    """What a model says about some rows.

    Attributes:
        labels: a predicted label or value for each row, in the user's own type.
        probabilities: (rows, classes), columns in the order of the model's classes; None for regression.
    """

    @property
    def labels(self) -> Sequence[Any] | np.ndarray:
        """One for each row."""

    @property
    def probabilities(self) -> np.ndarray | None:
        """(rows, classes), or None."""


class Served(Protocol):
    """A model that can be put behind HTTP."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def version(self) -> str | None:
        """Its version in a store, when it has one."""

    @property
    def task(self) -> TaskKind:
        """The kind of task."""

    @property
    def schema(self) -> Schema:
        """The columns of a request."""

    @property
    def classes(self) -> tuple[Any, ...]:
        """The labels it can answer with; empty for regression."""

    @property
    def sample(self) -> Mapping[str, Any]:
        """A row that may be sent as it is."""

    def answer(self, rows: Any) -> Answers:
        """Predict a dict, a list of dicts or a frame; PredictionError when the rows do not fit the schema."""
