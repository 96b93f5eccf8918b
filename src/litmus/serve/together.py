"""Requests of one row that wait at the same time, predicted in one call of the model."""

from __future__ import annotations

import contextvars
import dataclasses
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from litmus.serve.served import Answers
from litmus.serve.service import Service, Variant

if TYPE_CHECKING:
    from litmus.serve.connection import Request

__all__ = ["OneOfMany", "RowOf", "answers_of", "groups_of", "most_together"]

_AUTOMATIC_ROWS = 32


@dataclasses.dataclass(frozen=True)
class OneOfMany:
    """The answer to one row of several: `litmus.serve.served.Answers` of that row."""

    labels: Any
    probabilities: Any


@dataclasses.dataclass(slots=True)
class RowOf:
    """A request's row, and the variant that was chosen for it; the context knows whose key it came with."""

    request: Request
    variant: Variant
    row: dict[str, Any]
    context: contextvars.Context = dataclasses.field(default_factory=contextvars.copy_context)


def most_together(service: Service) -> int:
    """How many rows of waiting requests are predicted in one call; 1 predicts each alone.

    The configuration says so, or, where it does not, each model's own times: see `Variant.measure`.
    """
    if service.config.batching is not None:
        return service.config.batching.max_rows
    main = service.main
    return _AUTOMATIC_ROWS if main is not None and main.profits_from_batches else 1


def groups_of(rows: Sequence[RowOf]) -> list[list[RowOf]]:
    """The rows by variant, in the order in which the variants were first chosen."""
    groups: dict[Variant, list[RowOf]] = {}
    for each in rows:
        groups.setdefault(each.variant, []).append(each)
    return list(groups.values())


def answers_of(group: Sequence[RowOf]) -> tuple[list[Answers | Exception], float]:
    """The answer, or the error, of each row of one variant, and the seconds in the model for each.

    When the model turns the rows down together, each is asked alone, so that one bad row spoils no other's answer.
    """
    model = group[0].variant.model
    started = time.perf_counter()
    try:
        together = model.answer([each.row for each in group])
    except Exception:
        found = [_alone(each) for each in group]
    else:
        labels, probabilities = together.labels, together.probabilities
        found = [
            OneOfMany(labels[at : at + 1], None if probabilities is None else probabilities[at : at + 1])
            for at in range(len(group))
        ]
    return found, (time.perf_counter() - started) / len(group)


def _alone(each: RowOf) -> Answers | Exception:
    try:
        return each.variant.model.answer(each.row)
    except Exception as error:
        return error
