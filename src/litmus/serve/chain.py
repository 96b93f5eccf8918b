"""Several bundles as one model: each one's answer becomes columns of the next one's rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from litmus.data.schema import Column, Schema
from litmus.errors import LitmusError, ParameterError, PredictionError
from litmus.serve.responses import label_text
from litmus.serve.served import Answers, Served
from litmus.task import TaskKind

__all__ = ["Chain"]

_LEAST, _MOST = 2, 5


class Chain:
    """Two to five models in a row, served as one; it answers as the last of them.

    The rows of a model are those of the request with the answers of the models before it as columns, named as
    `litmus predict` names them: `prediction` (for several targets `prediction of TARGET`) and `probability of CLASS`. An
    answer takes the place of a column of the same name. `mapping` gives answers other names.

    Args:
        models: the models, the first one first.
        mapping: for each model but the last, what its answers are called: `{"prediction": "risk"}`; what is not named
            keeps its name, and None leaves an answer out.

    Raises:
        ParameterError: when there are too few or too many, a name is wrong, or a real row does not go through all of them.

    Example:
        >>> chain = Chain([risk, price], mapping=[{"probability of high": "risk"}])    # doctest: +SKIP
        >>> chain.answer({"age": 30}).labels                                           # doctest: +SKIP
    """

    def __init__(self, models: Sequence[Served], *, mapping: Sequence[Mapping[str, str | None]] = ()) -> None:
        if not _LEAST <= len(models) <= _MOST:
            raise ParameterError(f"A chain of {len(models)} was given; give {_LEAST} to {_MOST} bundles.")
        if len(mapping) > len(models) - 1:
            raise ParameterError(
                f"{len(mapping)} mappings were given for {len(models)} models; give one for each but the last."
            )
        self._models = list(models)
        self._mapping = [dict(each) for each in mapping] + [{}] * (len(models) - 1 - len(mapping))
        for number, (model, renamed) in enumerate(zip(self._models, self._mapping, strict=False)):
            unknown = [name for name in renamed if name not in _answer_names(model)]
            if unknown:
                known = ", ".join(_answer_names(model))
                raise ParameterError(f"Model {number + 1} of the chain answers no {unknown[0]!r}; it answers {known}.")
        self._last = self._models[-1]
        self.name = " → ".join(model.name for model in self._models)
        self.version = "+".join(model.version or model.name for model in self._models)
        self.schema, self.sample = self._requests()
        self._check()

    @property
    def task(self) -> TaskKind:
        """That of the last model."""
        return self._last.task

    @property
    def classes(self) -> tuple[Any, ...]:
        """Those of the last model."""
        return self._last.classes

    @property
    def notes(self) -> tuple[str, ...]:
        """Those of all models."""
        return tuple(note for model in self._models for note in getattr(model, "notes", ()))

    def answer(self, rows: Any) -> Answers:
        """Answer a row or a list of rows.

        Raises:
            PredictionError: as the models; an answer that the next model does not take names both.
        """
        for number, model in enumerate(self._models[:-1]):
            answers = self._ask(number, rows)
            names = self._named(number)
            rows = _with_answer(rows, 0, answers, names, model) if isinstance(rows, Mapping) else [
                _with_answer(row, place, answers, names, model) for place, row in enumerate(rows)
            ]  # fmt: skip
        return self._ask(len(self._models) - 1, rows)

    def _ask(self, number: int, rows: Any) -> Answers:
        try:
            return self._models[number].answer(rows)
        except PredictionError as error:
            if number == 0:
                raise
            raise PredictionError(f"Model {number + 1} of the chain ({self._models[number].name}): {error}") from error

    def _named(self, number: int) -> dict[str, str]:
        """Answer → column, of what is handed on."""
        renamed = self._mapping[number]
        named = {name: renamed.get(name, name) for name in _answer_names(self._models[number])}
        return {name: column for name, column in named.items() if column is not None}

    def _requests(self) -> tuple[Schema, dict[str, Any]]:
        """The columns that requests need, and a row: what each model takes and none before it answers."""
        columns: dict[str, Column] = {}
        sample: dict[str, Any] = {}
        made: set[str] = set()
        for number, model in enumerate(self._models):
            for name in model.schema.inputs:
                if name not in made and name not in columns:
                    columns[name] = model.schema[name]
                    if name in model.sample:
                        sample[name] = model.sample[name]
            if number < len(self._mapping):
                made |= set(self._named(number).values())
        return Schema(list(columns.values())), sample

    def _check(self) -> None:
        """Send a real row through, alone and in a list."""
        for rows in (dict(self.sample), [dict(self.sample)]):
            try:
                self.answer(rows)
            except LitmusError as error:
                raise ParameterError(
                    f"A real row does not go through the chain: {error} Give the columns other names with `mapping`, or "
                    "train the model on what the ones before it answer."
                ) from error


def _answer_names(model: Served) -> list[str]:
    targets = list(getattr(getattr(model, "target", None), "names", ()))
    labels = [f"prediction of {name}" for name in targets] if len(targets) > 1 else ["prediction"]
    return [*labels, *(f"probability of {label_text(label)}" for label in model.classes)]


def _with_answer(
    row: Mapping[str, Any], place: int, answers: Answers, names: Mapping[str, str], model: Served
) -> dict[str, Any]:
    """A row with an answer as columns."""
    label = answers.labels[place]
    label = label.item() if isinstance(label, np.generic) else label
    found = (
        {f"prediction of {name}": value for name, value in label.items()}
        if isinstance(label, dict)
        else {"prediction": label}
    )
    if answers.probabilities is not None:
        scores = answers.probabilities[place].tolist()
        found.update(
            (f"probability of {label_text(each)}", score) for each, score in zip(model.classes, scores, strict=True)
        )
    return {**row, **{column: found[name] for name, column in names.items() if name in found}}
