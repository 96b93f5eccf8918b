"""What each column adds to a prediction: Shapley values of the compiled model, over its users' own columns."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from litmus.errors import ParameterError, PredictionError
from litmus.runtime.mixtures import mixer_of
from litmus.runtime.shapley import coalitions

if TYPE_CHECKING:
    from litmus.runtime.model import RuntimeModel

__all__ = [
    "EVALUATIONS",
    "Attributions",
    "Space",
    "TooSlowError",
    "check_background",
    "explained",
    "label_names",
    "outputs_of",
]

Space = Literal["probability", "log_odds", "value", "margin"]
EVALUATIONS = 2_000
"""How often the model is asked for one explained row."""
_SMALLEST = 1e-6


class TooSlowError(PredictionError):
    """Explaining took longer than was allowed; fewer rows or evaluations take less."""


@dataclasses.dataclass(frozen=True)
class Attributions:
    """What each column adds to each prediction: `base + values.sum(axis=1) == outputs`, up to rounding.

    Attributes:
        columns: the columns, in the order of the schema.
        labels: what is explained: the positive class of a binary task, every class or label of others, the target's name in
            regression.
        values: float64 (rows, columns, labels).
        base: what is predicted on average over the background rows (labels,).
        outputs: what is predicted for each row (rows, labels).
        space: what the numbers are: "probability", "log_odds", "value", or "margin" for the mean margin of boosted trees.
        method: "exact", "sampled" or "contributions".
        errors: standard errors of sampled values (rows, columns, labels), or None.
    """

    columns: tuple[str, ...]
    labels: tuple[Any, ...]
    values: np.ndarray
    base: np.ndarray
    outputs: np.ndarray
    space: Space
    method: Literal["exact", "sampled", "contributions"]
    errors: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    def importance(self) -> dict[str, float]:
        """Column → mean absolute value over rows and labels, largest first."""
        sizes = np.abs(self.values).mean(axis=(0, 2)) if len(self.values) else np.zeros(len(self.columns))
        order = np.argsort(-sizes, kind="stable")
        return {self.columns[place]: float(sizes[place]) for place in order}

    def of_row(self, row: int = 0, label: Any = None) -> dict[str, float]:
        """Column → what it adds to the prediction of a row, the largest first.

        Args:
            row: the row.
            label: of which label; by default the only or the likeliest one.

        Raises:
            ParameterError: when there is no such label.
        """
        place = int(self.outputs[row].argmax()) if label is None else self._place(label)
        values = self.values[row, :, place]
        return {self.columns[at]: float(values[at]) for at in np.argsort(-np.abs(values), kind="stable")}

    def _place(self, label: Any) -> int:
        if label not in self.labels:
            known = ", ".join(map(repr, self.labels))
            raise ParameterError(f"There is no label {label!r} to explain; there is {known}.")
        return self.labels.index(label)

    def to_json(self) -> dict[str, Any]:
        """The attributions as plain JSON values, a list entry a row."""
        return {
            "space": self.space,
            "method": self.method,
            "labels": [str(label) for label in self.labels],
            "base": _numbers(self.base),
            "rows": [
                {
                    "output": _numbers(output),
                    "attributions": {name: _numbers(value) for name, value in zip(self.columns, values, strict=True)},
                }
                for values, output in zip(self.values, self.outputs, strict=True)
            ],
        }


def _numbers(values: np.ndarray) -> list[float]:
    return [float(f"{value:.6g}") for value in values.tolist()]


def explained(
    model: RuntimeModel,
    rows: Any,
    *,
    background: Sequence[Mapping[str, Any]] | None = None,
    space: Space | None = None,
    evaluations: int = EVALUATIONS,
    seed: int = 0,
    time_limit: float | None = None,
) -> Attributions:
    """What each column adds to the predictions of some rows, against background rows.

    A column's value is its Shapley value: the mean change of the prediction when the column takes the row's value instead
    of a background row's, over the orders in which columns can do so. See `litmus.runtime.shapley`.

    Args:
        model: the compiled model.
        rows: as for `predict`.
        background: rows to compare with; by default those that the bundle keeps.
        space: "probability" or "log_odds"; regression has "value" alone.
        evaluations: how often the model is asked for one row; more of them make sampled values more exact.
        seed: which orders are sampled.
        time_limit: seconds.

    Raises:
        ParameterError: when there are no background rows, or an option is not allowed.
        PredictionError: when the rows do not fit the schema.
        TooSlowError: when the time is over.
    """
    ends = None if time_limit is None else time.monotonic() + time_limit
    used = _checked(model, background, space, evaluations)
    chosen = space or ("value" if model.task == "regression" else "probability")
    mixer = mixer_of(model, rows, used)
    base_rows, outputs = (outputs_of(model, scores, chosen) for scores in (mixer.background(), mixer.own()))
    n_labels, players = base_rows.shape[1], len(mixer.players)
    inputs = tuple(model.schema.inputs)
    values = np.zeros((mixer.n_rows, len(inputs), n_labels))
    if not players:
        return Attributions(inputs, label_names(model), values, base_rows.mean(axis=0), outputs, chosen, "exact")
    asked = coalitions(players, len(used), evaluations, seed)
    base_rows = base_rows[: asked.rows_used]
    places = [inputs.index(name) for name in mixer.players]
    errors = np.zeros_like(values)
    known = True
    for row in range(mixer.n_rows):
        if ends is not None and time.monotonic() > ends:
            raise TooSlowError(
                f"Explaining {mixer.n_rows:,} rows took longer than {time_limit:g} seconds, which was enough for {row:,}; "
                "send fewer rows."
            )
        worth = np.empty((0, n_labels))
        if len(asked.members):
            worth = outputs_of(model, mixer.mixed(row, asked.members, asked.background), chosen)
        found, error = asked.values(worth, base_rows, outputs[row])
        values[row, places] = found
        known &= error is not None
        if error is not None:
            errors[row, places] = error
    return Attributions(
        columns=inputs,
        labels=label_names(model),
        values=values,
        base=base_rows.mean(axis=0),
        outputs=outputs,
        space=chosen,
        method="exact" if asked.exact else "sampled",
        errors=errors if known and mixer.n_rows and not asked.exact else None,
    )


def check_background(name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Refuse to explain against nothing.

    Raises:
        ParameterError: when there are no rows.
    """
    if not len(rows):
        raise ParameterError(
            f"Model {name!r} keeps no background rows to explain against (an earlier version saved it, or they were left out); "
            "give some rows like those it was trained on: background=[…]."
        )


def _checked(
    model: RuntimeModel, background: Sequence[Mapping[str, Any]] | None, space: str | None, evaluations: int
) -> Sequence[Mapping[str, Any]]:
    used = model.background if background is None else background
    check_background(model.name, used)
    allowed = ("value",) if model.task == "regression" else ("probability", "log_odds")
    if space is not None and space not in allowed:
        raise ParameterError(
            f"space={space!r} is not possible for {model.task}; give {' or '.join(map(repr, allowed))}."
        )
    if not isinstance(evaluations, int) or evaluations < 1:
        raise ParameterError(f"evaluations={evaluations!r} is not allowed; give a whole number above 0.")
    return used


def label_names(model: RuntimeModel) -> tuple[Any, ...]:
    """What is explained: the positive class of a binary task, every class or label of others, or the target."""
    if model.task == "regression":
        return (model.target.names[0],)
    return (model.classes[1],) if model.task == "binary" else tuple(model.classes)


def outputs_of(model: RuntimeModel, scores: np.ndarray, space: str) -> np.ndarray:
    """What is explained (rows, labels), float64."""
    values = np.asarray(scores, dtype=np.float64)
    if model.task == "regression":
        return values.reshape(-1, 1)
    if model.task == "binary":
        values = values[:, 1:]
    if space == "probability":
        return values
    inside = np.clip(values, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(inside / (1 - inside)))
