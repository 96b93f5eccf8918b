"""From codes to labels as the user writes them, in plain Python values."""

from __future__ import annotations

from typing import Any

import numpy as np

from litmus.task import TaskKind

__all__ = ["Labels"]

_DTYPES: dict[type, Any] = {int: np.int64, float: np.float64, bool: np.bool_}


class Labels:
    """The labels of a target; the meaning is that of `litmus.data.Target`.

    Args:
        target: what `Target.to_json` gives.

    Example:
        >>> target = {"names": ["income"], "task": "binary", "classes": ["<=50K", ">50K"], "form": "values", "separator": ""}
        >>> Labels(target).decode(np.array([1, 0])).tolist()
        ['>50K', '<=50K']
    """

    def __init__(self, target: dict[str, Any]) -> None:
        self.names: tuple[str, ...] = tuple(target["names"])
        self.task: TaskKind = target["task"]
        self.classes: tuple[Any, ...] = tuple(target["classes"])
        self.form: str = target["form"]
        self.separator: str = target["separator"]
        self._array = np.empty(
            len(self.classes), dtype=_DTYPES.get(type(self.classes[0]) if self.classes else str, object)
        )
        self._array[:] = self.classes

    @property
    def in_columns(self) -> bool:
        """Whether an answer has a column for each label."""
        return self.task == "multilabel" and self.form in ("flags", "truths")

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Codes or values → labels (rows,), or flags (rows, labels) where an answer has a column for each."""
        if self.task == "regression":
            return np.asarray(codes, dtype=np.float64)
        if self.form == "values":
            return self._array[np.asarray(codes, dtype=np.int64)]
        flags = np.asarray(codes).astype(bool)
        if self.in_columns:
            return flags if self.form == "truths" else flags.astype(np.int64)
        chosen = np.empty(len(flags), dtype=object)
        for row, mask in enumerate(flags):
            labels = [label for label, on in zip(self.classes, mask, strict=True) if on]
            chosen[row] = self.separator.join(map(str, labels)) if self.form == "joined" else labels
        return chosen
