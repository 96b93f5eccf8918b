"""From the raw numbers of a model to scores: links, the classes that training had, and the target's own unit."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, Self

import numpy as np

from litmus.predictors.stored import damaged

__all__ = ["Answer", "Link", "sigmoid", "softmax"]

Link = Literal["identity", "sigmoid", "softmax"]
_LINKS = ("identity", "sigmoid", "softmax")


@dataclasses.dataclass(frozen=True)
class Answer:
    """How raw numbers become scores: `matrix @ link(slope * raw + offset) + constant`.

    Attributes:
        link: what is done to the scaled raw numbers of a row.
        matrix: (scores, raw numbers); for regression one score.
        constant: (scores,).
        outputs: columns of the scores, or 0 for one value a row.
        slope, offset: the scale of the raw numbers before the link.

    Example:
        >>> answer = Answer.of_classes("sigmoid", np.array([0, 1]), 3)
        >>> answer.scores(np.array([[0.0]]))
        array([[0.5, 0.5, 0. ]])
    """

    link: Link
    matrix: np.ndarray
    constant: np.ndarray
    outputs: int
    slope: float = 1.0
    offset: float = 0.0

    @classmethod
    def of_classes(
        cls,
        link: Link,
        codes: np.ndarray,
        classes: int,
        *,
        raw: int | None = None,
        slope: float = 1.0,
        offset: float = 0.0,
    ) -> Self:
        """Probabilities of all `classes` from those of the classes present in training.

        Args:
            link: how raw numbers become the probabilities.
            codes: the classes present, ascending (present,).
            classes: how many there are.
            raw: how many raw numbers a row has; one means the probability of the second of two classes present.
            slope: factor of the raw numbers.
            offset: added to them.
        """
        raw = raw if raw is not None else (1 if link == "sigmoid" else len(codes))
        matrix, constant = np.zeros((classes, raw)), np.zeros(classes)
        if raw == 1 and len(codes) == 2:
            matrix[codes, 0], constant[codes] = (-1.0, 1.0), (1.0, 0.0)
        else:
            matrix[codes, np.arange(len(codes))] = 1.0
        return cls(link, matrix, constant, classes, slope, offset)

    @classmethod
    def of_value(cls, scale: float = 1.0, center: float = 0.0) -> Self:
        """A value in the target's own unit from a standardised one."""
        return cls("identity", np.array([[scale]]), np.array([center]), 0)

    @property
    def raw(self) -> int:
        """How many raw numbers a row has."""
        return self.matrix.shape[1]

    def scores(self, raw: np.ndarray) -> np.ndarray:
        """Scores float64 (rows, outputs), or (rows,) when outputs is 0, from raw numbers (rows, raw)."""
        scaled = raw if self.slope == 1.0 and self.offset == 0.0 else self.slope * raw + self.offset
        linked = sigmoid(scaled) if self.link == "sigmoid" else softmax(scaled) if self.link == "softmax" else scaled
        scores: np.ndarray = linked @ self.matrix.T + self.constant
        return scores if self.outputs else scores[:, 0]

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return {
            "link": self.link,
            "matrix": self.matrix.tolist(),
            "constant": self.constant.tolist(),
            "outputs": self.outputs,
            "slope": self.slope,
            "offset": self.offset,
        }

    @classmethod
    def from_json(cls, values: Any, raw: int) -> Self:
        """The answer that `to_json` wrote, for forms with `raw` raw numbers.

        Raises:
            BundleError: when the values do not fit together.
        """
        try:
            matrix, constant = (
                np.array(values["matrix"], dtype=np.float64),
                np.array(values["constant"], dtype=np.float64),
            )
            outputs = values["outputs"]
            answer = cls(values["link"], matrix, constant, outputs, float(values["slope"]), float(values["offset"]))
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(f"an answer: {error}") from error
        sizes_fit = isinstance(outputs, int) and outputs >= 0 and matrix.shape == (max(outputs, 1), raw)
        if answer.link not in _LINKS or not sizes_fit or constant.shape != matrix.shape[:1]:
            raise damaged("an answer does not fit its form")
        return answer


def sigmoid(scores: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-scores)) without overflow."""
    chances: np.ndarray = 0.5 + 0.5 * np.tanh(0.5 * scores)
    return chances


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities (rows, classes) in proportion to exp(scores)."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    chances: np.ndarray = powers / powers.sum(axis=-1, keepdims=True)
    return chances
