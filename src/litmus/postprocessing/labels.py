"""Other labels for the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from litmus.errors import ParameterError, PredictionError
from litmus.postprocessing.base import Postprocessor

__all__ = ["FunctionPostprocessor", "LabelMap"]


@dataclass
class LabelMap(Postprocessor):
    """Answer with other labels: several classes may get the same one; labels that are not named stay.

    Args:
        labels: the model's label → the label to answer with.

    Example:
        >>> LabelMap({"neutral": "no", "negative": "no"}).relabel(np.array(["negative", "yes"])).tolist()
        ['no', 'yes']
    """

    labels: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.labels, Mapping):
            raise ParameterError(f"LabelMap.labels must be a dict from label to label, not {self.labels!r}.")

    def relabel(self, labels: np.ndarray) -> np.ndarray:
        """The labels answered, an object array (rows,)."""
        given = np.asarray(labels, dtype=object)
        answered = given.copy()
        for old, new in self.labels.items():
            mask = given == old
            filled = np.empty(int(mask.sum()), dtype=object)
            filled.fill(new)  # a new label may be a list, which plain assignment would spread over the rows
            answered[mask] = filled
        return answered


@dataclass
class FunctionPostprocessor(Postprocessor):
    """Answer with what a function makes of the model's labels or values.

    Args:
        function: labels (rows,) → labels (rows,).

    Raises:
        ParameterError: when `function` cannot be called.
        PredictionError: when it returned another number of labels.

    Example:
        >>> FunctionPostprocessor(lambda values: values.round(-1)).relabel(np.array([12.0, 27.0])).tolist()
        [10.0, 30.0]
    """

    function: Callable[[np.ndarray], np.ndarray]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not callable(self.function):
            raise ParameterError(
                f"FunctionPostprocessor.function must be a function of an array of labels, not {self.function!r}."
            )

    def relabel(self, labels: np.ndarray) -> np.ndarray:
        """What the function returned, checked to have one label a row."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        made: Any = self.function(labels.copy())
        count = len(made) if hasattr(made, "__len__") and not isinstance(made, str) else None
        if count != len(labels):
            got = type(made).__name__ if count is None else f"{count:,} labels"
            raise PredictionError(
                f"The postprocessing function {name!r} returned {got} for {len(labels):,} rows; it must return one a row."
            )
        return np.asarray(made)
