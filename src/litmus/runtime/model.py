"""A model compiled for inference: rows in, answers out, without the libraries that trained it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from litmus.data.schema import Schema
from litmus.errors import PredictionError
from litmus.program import Row
from litmus.runtime.adjusting import decided
from litmus.runtime.answers import Answers
from litmus.runtime.attributions import EVALUATIONS, Attributions, Space, explained
from litmus.runtime.columns import Table, is_one_row, read_rows
from litmus.runtime.labels import Labels
from litmus.runtime.parsing import ColumnGiven, RowParser, row_parser
from litmus.runtime.scoring import Scoring
from litmus.task import TaskKind

__all__ = ["Facts", "RuntimeModel"]

_CHUNK_CELLS = 5_000_000


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is known of a model beside its parts.

    Attributes:
        name: what people call it.
        version: its version in the store, or None.
        schema: the columns of a request.
        sample: a row that may be sent as it is.
        notes: what runs natively and why, a sentence each.
        requirements: the distributions that inference needs, such as "numpy==2.4.6".
        background: a few training rows, which predictions are explained against.
    """

    name: str
    version: str | None
    schema: Schema
    sample: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    background: tuple[Mapping[str, Any], ...] = ()


class RuntimeModel:
    """A model that answers as the `litmus.Model` it was compiled from; any number of threads may ask it at once.

    Args:
        facts: what is known of it.
        scoring: what turns parsed rows into scores.
        target: the labels it answers with.

    Attributes:
        name, version, schema, sample, notes, requirements, background: see `Facts`.
        target: the labels.
        classes: the labels that probabilities are named by; empty for regression.
    """

    def __init__(self, facts: Facts, scoring: Scoring, target: Labels) -> None:
        self.name = facts.name
        self.version = facts.version
        self.schema = facts.schema
        self.sample = dict(facts.sample)
        self.notes = facts.notes
        self.requirements = facts.requirements
        self.background = facts.background
        self.target = target
        self.scoring = scoring
        self._needed = () if scoring.program is None else tuple(scoring.program.inputs)
        self._parse: RowParser = row_parser(facts.schema, self._needed)
        self._native = scoring.has_native
        self._plain = not scoring.postprocessing and target.form == "values" and target.task in ("binary", "multiclass")
        self.classes = self._answered_classes()

    def settle(self) -> None:
        """Wait until it answers as fast as it will: sessions of large forests are opened while slower code answers rows."""
        self.scoring.settle()

    @property
    def task(self) -> TaskKind:
        """The kind of task."""
        return self.target.task

    def predict(self, rows: Any) -> Any:
        """Predict labels or values.

        Args:
            rows: a dict (one row), a list of dicts, a dict of columns, a pandas, Polars or Arrow frame, or a path.

        Returns:
            One label for a dict, a list of labels for a list, else a pandas Series or DataFrame, which takes pandas.

        Raises:
            PredictionError: when a column is absent that must be there, or a value has the wrong type.
        """
        scores, table = self._scores(rows)
        if table is None and self._plain:  # the likeliest class, the first one of several
            probabilities = scores.tolist()[0]
            return self.classes[probabilities.index(max(probabilities))]
        labels = self._labels(scores)
        if table is None:
            return self._listed(labels)[0]
        return self._listed(labels) if table.kind == "list" else self._indexed(labels, table)

    def predict_proba(self, rows: Any) -> Any:
        """Predict the probability of each class, or of each label of a multi-label task.

        Args:
            rows: as for `predict`.

        Returns:
            `{label: probability}` for a dict, a list of such dicts for a list, else a pandas DataFrame.

        Raises:
            PredictionError: for a regression model, and as `predict` does.
        """
        if self.task == "regression":
            raise PredictionError(f"Model {self.name!r} predicts a number and has no probabilities; use predict().")
        scores, table = self._scores(rows)
        if table is not None and table.kind == "frame":
            import pandas as pd

            return pd.DataFrame(scores, index=self._index(table), columns=pd.Index(self.classes))
        answers = [dict(zip(self.classes, row, strict=True)) for row in scores.tolist()]
        return answers[0] if table is None else answers

    def answer(self, rows: Any) -> Answers:
        """Labels and probabilities in one go, which costs what `predict` alone does; `rows` as for `predict`.

        No answer of this method takes pandas, unless the rows came in one of its frames.
        """
        scores, table = self._scores(rows)
        if table is None and self._plain:
            probabilities = scores.tolist()[0]
            return Answers([self.classes[probabilities.index(max(probabilities))]], scores)
        labels = self._labels(scores)
        if self.target.in_columns:
            labels = self._listed(labels)
        return Answers(labels, None if self.task == "regression" else scores)

    def scores(self, rows: Any) -> np.ndarray:
        """Probabilities (rows, classes or labels) or values (rows,), after all that adjusts them."""
        return self._scores(rows)[0]

    def explain(
        self,
        rows: Any,
        *,
        background: Sequence[Mapping[str, Any]] | None = None,
        space: Space | None = None,
        evaluations: int = EVALUATIONS,
        seed: int = 0,
        time_limit: float | None = None,
    ) -> Attributions:
        """What each column adds to the predictions of some rows: Shapley values against a few training rows.

        Args:
            rows: as for `predict`.
            background, space, evaluations, seed, time_limit: see `litmus.runtime.attributions.explained`.

        Raises:
            ParameterError: when there are no background rows, or an option is not allowed.
            PredictionError: as `predict`; also when the time is over.
        """
        return explained(
            self, rows, background=background, space=space, evaluations=evaluations, seed=seed, time_limit=time_limit
        )

    @property
    def features(self) -> Callable[[Mapping[str, Any]], Row] | None:
        """What `answer` does first with one row, alone: reading it and making features. None where parts run natively.

        A simulation times it.
        """
        program, parse = self.scoring.program, self._parse
        if program is None or self._native:
            return None
        return lambda row: program.row(parse(row))

    def _scores(self, rows: Any) -> tuple[np.ndarray, Table | None]:
        """The scores, and the table they are of; None for one row."""
        if isinstance(rows, Mapping):
            try:
                return self._of_row(rows), None
            except ColumnGiven:
                pass
        table = read_rows(rows, self.schema, self._needed, framed=self._native)
        return self._of_table(table), table

    def _of_row(self, row: Mapping[Any, Any]) -> np.ndarray:
        values = self._parse(row)
        if self._native:
            if not is_one_row(row):
                raise ColumnGiven
            from litmus.runtime.native import frame_of

            return self.scoring.one(values, frame_of(row, self.schema))
        return self.scoring.one(values, None)

    def _of_table(self, table: Table) -> np.ndarray:
        """The scores, a piece at a time, so that the features take bounded memory."""
        width = max(1, 0 if self.scoring.program is None else self.scoring.program.width, len(self.schema))
        size = max(1, _CHUNK_CELLS // width)
        if 0 < table.n_rows <= size:
            return self.scoring.many(table.columns, table.n_rows, table.frame)
        parts = [self._piece(table, start, min(start + size, table.n_rows)) for start in range(0, table.n_rows, size)]
        shape = (0,) if self.task == "regression" else (0, len(self.classes))
        return np.concatenate(parts) if parts else np.empty(shape)

    def _piece(self, table: Table, start: int, end: int) -> np.ndarray:
        frame = table.frame
        if frame is not None and self._native:
            from litsdf.interchange import rows_between

            frame = rows_between(frame, start, end)
        columns = {name: values[start:end] for name, values in table.columns.items()}
        return self.scoring.many(columns, end - start, frame)

    def _labels(self, scores: np.ndarray) -> Any:
        parts = self.scoring.postprocessing
        labels: Any = self.target.decode(decided(parts, self.task, scores))
        if self.target.in_columns and any(getattr(part, "relabels", False) for part in parts):
            import pandas as pd

            labels = pd.DataFrame(labels, columns=list(self.target.names))
        for part in parts:
            labels = part.relabel(labels)
        return labels

    def _listed(self, labels: Any) -> list[Any]:
        """Labels as plain Python values, one for each row."""
        if hasattr(labels, "to_dict"):
            return list(labels.to_dict("records"))
        listed = labels.tolist() if hasattr(labels, "tolist") else list(labels)
        if self.target.in_columns and isinstance(labels, np.ndarray) and labels.ndim == 2:
            return [dict(zip(self.target.names, row, strict=True)) for row in listed]
        return listed

    def _index(self, table: Table) -> Any:
        import pandas as pd

        return pd.RangeIndex(table.n_rows) if table.index is None else table.index

    def _indexed(self, labels: Any, table: Table) -> Any:
        import pandas as pd

        index, names = self._index(table), self.target.names
        if self.target.in_columns:
            if isinstance(labels, pd.DataFrame):
                return labels.set_axis(index, axis=0)
            if isinstance(labels, np.ndarray) and labels.ndim == 2:
                return pd.DataFrame(labels, index=index, columns=list(names))
        return pd.Series(labels, index=index, name=names[0] if len(names) == 1 else None).infer_objects()

    def _answered_classes(self) -> tuple[Any, ...]:
        """The classes by the names that predictions have, where relabelling keeps them apart."""
        classes = self.target.classes
        parts = self.scoring.postprocessing
        if not parts or self.task not in ("binary", "multiclass"):
            return classes
        try:
            labels: Any = self.target.decode(np.arange(len(classes)))
            for part in parts:
                labels = part.relabel(labels)
            answered = tuple(self._listed(labels))
            return answered if len(set(answered)) == len(classes) else classes
        except Exception:  # a user's function may need real answers; then the classes keep their own names
            return classes

    def __repr__(self) -> str:
        lines = [f"RuntimeModel {self.version or self.name!r}: {self.task}, {', '.join(map(repr, self.target.names))}"]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])
