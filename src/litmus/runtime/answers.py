"""What a model says about some rows."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

__all__ = ["Answers"]


@dataclasses.dataclass(frozen=True, slots=True)
class Answers:
    """What a model says about some rows.

    Attributes:
        labels: a label or value for each row, in the user's own type; a dict a row where there are several targets.
        probabilities: (rows, classes) in the order of the model's classes; None for regression.
    """

    labels: Any
    probabilities: np.ndarray | None
