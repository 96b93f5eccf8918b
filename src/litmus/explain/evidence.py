"""What is found out about a version on rows with labels: scores with intervals, slices, bias and importance; kept with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.errors import DataError, LitmusError, ParameterError
from litmus.explain.fairness import bias_of_each
from litmus.explain.importances import importance

if TYPE_CHECKING:
    import pandas as pd

    from litmus.metrics import Metric
    from litmus.model import Model

__all__ = ["evidence_of"]

_MOST_VALUES = 12
_FEW_ROWS = 30


def evidence_of(
    model: Model,
    rows: Any,
    *,
    slices: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    positive: Any = None,
    metrics: Sequence[str] | None = None,
    repeats: int = 5,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure a model on rows that it did not learn from.

    Args:
        model: the model.
        rows: a table with the target.
        slices: columns whose values get scores of their own.
        sensitive: columns by which bias is measured; they may be columns that the model does not read.
        positive: the label that counts as good; see `litmus.explain.bias`.
        metrics: names; by default the task's.
        repeats: how often columns are shuffled for importance.
        seed: of what is drawn.

    Returns:
        Plain JSON values: `rows`, `scores`, `slices`, `bias`, `importance`.

    Raises:
        DataError: when there are no labelled rows.
        ParameterError: when a column is not there.
    """
    import pandas as pd

    from litmus.data import read_table
    from litmus.metrics.predictions import Predictions
    from litmus.metrics.resolve import default_metrics, resolve_metric
    from litmus.postprocessing.apply import decided

    table = (
        rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows) if isinstance(rows, list) else read_table(rows)
    )
    names = list(model.target.names)
    for name in (*names, *slices, *sensitive):
        if name not in table:
            raise ParameterError(f"The rows have no column {name!r}; they have {', '.join(map(str, table.columns))}.")
    table = table[table[names].notna().all(axis=1)].reset_index(drop=True)
    if not len(table):
        raise DataError("No row has a label; a model is measured on labelled rows.")
    from litmus.data import conform

    scores = model.scores(conform(table.drop(columns=names), model.schema)[0])
    codes = decided(model.postprocessing, model.task, scores)
    predictions = Predictions(model.task, model.target.encode(table), scores, codes, tuple(model.target.classes))
    chosen = [resolve_metric(each) for each in (metrics or default_metrics(model.task))]
    answers = None if model.task == "multilabel" else model.predict(table.drop(columns=names))
    return {
        "rows": len(table),
        "scores": _scores(predictions, chosen, seed),
        "slices": [
            {
                "column": column,
                "value": value,
                "rows": int(mask.sum()),
                "scores": _scores(predictions.take(mask), chosen, seed),
            }
            for column in slices
            for value, mask in _values(table[column])
        ],
        "bias": [] if answers is None else _bias(table, names[0], answers, sensitive, positive=positive, seed=seed),
        "importance": importance(model, table, repeats=repeats, seed=seed, metric=chosen[0]).to_json(),
    }


def _scores(predictions: Any, metrics: Sequence[Metric], seed: int) -> list[dict[str, Any]]:
    """Each metric with a bootstrap interval; None where there are too few rows for it."""
    found = []
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(predictions), len(predictions)) for _ in range(200)]
    for metric in metrics:
        values = [_value(metric, predictions.take(drawn)) for drawn in draws] if len(predictions) >= _FEW_ROWS else []
        known = [value for value in values if value is not None]
        low, high = np.percentile(known, [2.5, 97.5]) if len(known) > 100 else (None, None)
        found.append(
            {
                "metric": metric.label,
                "value": _value(metric, predictions),
                "low": None if low is None else float(low),
                "high": None if high is None else float(high),
            }
        )
    return found


def _value(metric: Metric, predictions: Any) -> float | None:
    try:
        value = float(metric.score(predictions))
    except LitmusError:
        return None
    return value if np.isfinite(value) else None


def _values(column: pd.Series) -> list[tuple[str, np.ndarray]]:
    """The most frequent values with the rows that have them; numbers with many values by their quarters."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) and column.nunique() > _MOST_VALUES:
        parts = pd.qcut(column, 4, duplicates="drop")
        return [(str(part), (parts == part).to_numpy()) for part in parts.cat.categories]
    found = [
        (str(value), (column == value).to_numpy(dtype=bool, na_value=False))
        for value in column.value_counts().index[:_MOST_VALUES]
    ]
    missing = column.isna().to_numpy()
    return [*found, ("missing", missing)] if missing.any() else found


def _bias(
    table: pd.DataFrame, target: str, answers: Any, sensitive: Sequence[str], *, positive: Any, seed: int
) -> list[dict[str, Any]]:
    found = []
    for column in sensitive:
        measured = bias_of_each(
            table[column], labels=table[target], predictions=answers, positive=positive, column=column, seed=seed
        )
        found += [dataclasses.asdict(each) | {"sentence": each.sentence} for each in measured]
    return found
