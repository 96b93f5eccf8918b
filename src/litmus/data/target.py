"""What is predicted: the target's columns, its classes, and the way from labels to codes and back."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import numpy as np
import pandas as pd

from litmus.data.counted import listed, shown
from litmus.data.label_lists import label_lists, lists_to_flags
from litmus.data.labels import Label, match_labels, read_labels
from litmus.data.markers import TARGET_MARKERS
from litmus.errors import DataError
from litmus.task import TaskKind

__all__ = ["Target", "TargetForm"]

TargetForm = Literal["values", "flags", "truths", "lists", "joined"]


@dataclasses.dataclass(frozen=True)
class Target:
    """The target of a task.

    Attributes:
        names: the target's columns: one, or one a label for a multi-label task given as 0/1 columns.
        task: the kind of task.
        classes: the labels in the order of the codes, plain Python values of the user's type (str, int, bool,
            float); for a binary task the last one is the positive class; empty for regression.
        form: how the user writes the target: one value a row, columns of 0/1 ("flags") or of True/False ("truths"),
            a list of labels a row, or labels joined in one text.
        separator: what stands between joined labels.

    Example:
        >>> target = Target(("income",), "binary", ("<=50K", ">50K"))
        >>> target.encode([">50K", "<=50K"]), target.decode(np.array([1, 0]))
        (array([1, 0]), array(['>50K', '<=50K'], dtype=object))
    """

    names: tuple[str, ...]
    task: TaskKind
    classes: tuple[Label, ...] = ()
    form: TargetForm = "values"
    separator: str = ""

    @property
    def name(self) -> str:
        """The target's columns as one name, for messages and predictions."""
        return self.names[0] if len(self.names) == 1 else ", ".join(self.names)

    def encode(self, values: Any) -> np.ndarray:
        """Labels → codes.

        Args:
            values: a frame that has the target's columns, or the target column itself (any sequence).

        Returns:
            binary, multiclass: int64 (rows,); multilabel: int8 0/1 (rows, labels); regression: float64 (rows,).

        Raises:
            DataError: when a column is absent, a value is missing, is no known label, or is no number (regression).
        """
        columns = self._columns(values)
        if self.form in ("lists", "joined"):
            codes, unknown = lists_to_flags(label_lists(columns[0], self.separator), self.classes)
            self._refuse(np.array([bool(row) for row in unknown]), columns[0], "a label the model does not know")
            return codes
        encoded = [self._encode_column(column) for column in columns]
        return np.column_stack(encoded).astype(np.int8) if self.task == "multilabel" else encoded[0]

    def _columns(self, values: Any) -> list[pd.Series]:
        if isinstance(values, pd.DataFrame):
            absent = [name for name in self.names if name not in values]
            if absent:
                raise DataError(
                    f"The table has no target column {listed(absent)}; its columns are {listed(values.columns)}."
                )
            return [values[name].reset_index(drop=True) for name in self.names]
        if len(self.names) > 1:
            array = np.asarray(values)
            return [pd.Series(array[:, position], name=name) for position, name in enumerate(self.names)]
        series = values if isinstance(values, pd.Series) else pd.Series(list(values))
        return [series.rename(self.names[0]).reset_index(drop=True)]

    def _encode_column(self, column: pd.Series) -> np.ndarray:
        labels = read_labels(column, TARGET_MARKERS, untyped=False)
        self._refuse(labels.codes < 0, column, "no value")
        if self.task == "regression":
            numbers = labels.numbers()
            if numbers is None:
                self._refuse(pd.to_numeric(column, errors="coerce").isna().to_numpy(), column, "no number")
            return np.asarray(numbers, dtype=np.float64)
        codes = match_labels(labels, (False, True) if self.task == "multilabel" else self.classes)
        known = "0 or 1" if self.task == "multilabel" else listed(self.classes, limit=10)
        self._refuse(codes < 0, column, f"a label the model does not know (known: {known})")
        return codes

    def _refuse(self, wrong: np.ndarray, column: pd.Series, problem: str) -> None:
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            more = f", and {int(wrong.sum()) - 1:,} more rows do" if wrong.sum() > 1 else ""
            raise DataError(
                f"The target {column.name!r} holds {shown(column.iloc[row])} in row {row}{more}: {problem}; correct or drop such rows."
            )

    def decode(self, codes: np.ndarray) -> Any:
        """Codes → labels as the user writes them.

        Returns:
            an array (rows,) of labels or numbers; for multi-label tasks a frame of 0/1 or True/False columns, or an
            array of lists or joined texts, as the target came.
        """
        if self.task == "regression":
            return np.asarray(codes, dtype=np.float64)
        if self.form == "values":
            return self._label_array()[np.asarray(codes, dtype=np.int64)]
        flags = np.asarray(codes).astype(bool)
        if self.form in ("flags", "truths"):
            return pd.DataFrame(flags if self.form == "truths" else flags.astype(np.int64), columns=list(self.names))
        chosen = np.empty(len(flags), dtype=object)
        for row, mask in enumerate(flags):
            labels = [label for label, on in zip(self.classes, mask, strict=True) if on]
            chosen[row] = self.separator.join(map(str, labels)) if self.form == "joined" else labels
        return chosen

    def _label_array(self) -> np.ndarray:
        kinds: dict[type, Any] = {int: np.int64, float: np.float64, bool: np.bool_}
        labels = np.empty(len(self.classes), dtype=kinds.get(type(self.classes[0]), object))
        labels[:] = self.classes
        return labels

    def to_json(self) -> dict[str, Any]:
        """The target as plain JSON values."""
        return {**dataclasses.asdict(self), "names": list(self.names), "classes": list(self.classes)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Target:
        """The target that `to_json` wrote."""
        return cls(**{**values, "names": tuple(values["names"]), "classes": tuple(values["classes"])})
