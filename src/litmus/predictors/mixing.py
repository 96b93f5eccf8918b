"""From the raw numbers of many forms to one weighted sum of their scores, in a few array operations."""

from __future__ import annotations

from collections.abc import Sequence
from math import tanh

import numpy as np

from litmus.predictors.answer import Answer, sigmoid, softmax

__all__ = ["Mix", "Voice"]

_FEW = 24  # numbers times outputs

Voice = tuple[Answer, np.ndarray]
"""An answer, and how much each of its scores adds to each output: (outputs, scores)."""


class Mix:
    """`sum of share @ answer.scores(raw)` over voices whose raw numbers lie side by side.

    What answers add is linear behind the link, so that the links are computed for all voices at once and one product of
    matrices does the rest.

    Example:
        >>> answer = Answer.of_value(scale=2.0, center=1.0)
        >>> Mix([(answer, np.eye(1)), (answer, np.eye(1))], 1).scores(np.array([0.0, 3.0]))
        array([8.])
    """

    def __init__(self, voices: Sequence[Voice], outputs: int) -> None:
        self._constant = np.zeros(outputs)
        groups: dict[tuple[str, int], list[tuple[np.ndarray, np.ndarray, Answer]]] = {}
        at = 0
        for answer, share in voices:
            self._constant += share @ answer.constant
            places = np.arange(at, at + answer.raw)
            at += answer.raw
            size = answer.raw if answer.link == "softmax" else 0
            groups.setdefault((answer.link, size), []).append((places, share @ answer.matrix, answer))
        self._groups = [_Group(link, size, members, at) for (link, size), members in groups.items()]
        self._few: list[tuple[int, float, float, list[float]]] = []
        if len(self._groups) == 1 and self._groups[0].link == "sigmoid" and at * outputs <= _FEW:
            self._few = self._groups[0].plain(at)

    def scores(self, raw: np.ndarray) -> np.ndarray:
        """The weighted sum (…, outputs) for raw numbers (…, raw)."""
        if self._few and raw.ndim == 1:
            return self._of_few(raw.tolist())
        total = self._constant
        for group in self._groups:
            total = total + group.scores(raw)
        return total if raw.ndim == 1 or total.ndim > 1 else np.tile(total, (len(raw), 1))

    def _of_few(self, raw: list[float]) -> np.ndarray:
        """The same for sigmoids of a few numbers: plain Python takes less time than calls of NumPy."""
        total = self._constant.tolist()
        for place, slope, offset, shares in self._few:
            chance = 0.5 + 0.5 * tanh(0.5 * (slope * raw[place] + offset))
            for output, share in enumerate(shares):
                total[output] += share * chance
        return np.array(total)


class _Group:
    """The voices of one link."""

    def __init__(self, link: str, size: int, members: list[tuple[np.ndarray, np.ndarray, Answer]], raw: int) -> None:
        places = np.concatenate([part for part, _, _ in members])
        self._places = None if len(places) == raw and (places == np.arange(raw)).all() else places
        slopes = np.concatenate([np.full(len(part), answer.slope) for part, _, answer in members])
        offsets = np.concatenate([np.full(len(part), answer.offset) for part, _, answer in members])
        self._slopes = None if (slopes == 1).all() else slopes
        self._offsets = None if (offsets == 0).all() else offsets
        self._matrix = np.ascontiguousarray(np.concatenate([matrix for _, matrix, _ in members], axis=1).T)
        self.link, self._size = link, size

    def plain(self, raw: int) -> list[tuple[int, float, float, list[float]]]:
        """Of each number its place, its slope and offset, and how much its link's result adds to each output."""
        count = len(self._matrix)
        places = range(raw) if self._places is None else self._places.tolist()
        slopes = np.ones(count) if self._slopes is None else self._slopes
        offsets = np.zeros(count) if self._offsets is None else self._offsets
        return list(zip(places, slopes.tolist(), offsets.tolist(), self._matrix.tolist(), strict=True))

    def scores(self, raw: np.ndarray) -> np.ndarray:
        values = raw if self._places is None else raw.take(self._places, axis=-1)
        if self._slopes is not None:
            values = values * self._slopes
        if self._offsets is not None:
            values = values + self._offsets
        if self.link == "sigmoid":
            values = sigmoid(values)
        elif self.link == "softmax":
            shape = values.shape
            values = softmax(values.reshape(*shape[:-1], -1, self._size)).reshape(shape)
        scores: np.ndarray = values @ self._matrix
        return scores
