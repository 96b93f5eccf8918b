"""Which columns a model's answers rest on: by shuffling them, by Shapley values, or by what boosted trees say themselves."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from litmus.errors import DataError, LitmusError, ParameterError
from litmus.explain.attributing import attributions, compiled_copy
from litmus.explain.contributing import contributions

if TYPE_CHECKING:
    import pandas as pd

    from litmus.metrics import Metric
    from litmus.model import Model
    from litmus.runtime import RuntimeModel

__all__ = ["Importance", "ImportanceValue", "importance"]

Method = Literal["permutation", "shap", "contributions"]
_EXPLAINED_ROWS = 200
_DRAWS = 500


@dataclasses.dataclass(frozen=True)
class ImportanceValue:
    """How much rests on one column.

    Attributes:
        value: how much worse the metric gets when the column is shuffled; or the mean absolute attribution.
        low, high: its interval.
    """

    value: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Importance:
    """The importance of every column, largest first.

    Attributes:
        method: how it was found.
        unit: what values are measured in, in words.
        rows: how many rows it rests on.
        values: column → importance.
        score: of the metric on the rows as they are; None unless columns were shuffled.
        confidence: of the intervals.
    """

    method: Method
    unit: str
    rows: int
    values: Mapping[str, ImportanceValue]
    score: float | None = None
    confidence: float = 0.95

    def shares(self) -> dict[str, float]:
        """Column → its share of all importance; what is below 0 counts as none."""
        total = sum(max(0.0, each.value) for each in self.values.values())
        return {name: max(0.0, each.value) / total if total else 0.0 for name, each in self.values.items()}

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dataclasses.asdict(self)

    def to_pandas(self) -> pd.DataFrame:
        """A row for each column: `column`, `value`, `low`, `high`."""
        import pandas as pd

        return pd.DataFrame([{"column": name, **dataclasses.asdict(each)} for name, each in self.values.items()])


def importance(
    model: Model | RuntimeModel,
    rows: Any,
    labels: Any = None,
    *,
    method: Method = "permutation",
    metric: str | Metric | None = None,
    repeats: int = 10,
    max_rows: int = 5_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Importance:
    """How much a model's answers rest on each column.

    "permutation" shuffles one column at a time and says how much worse the metric gets (Breiman, 2001; Fisher, Rudin and
    Dominici, 2019, https://arxiv.org/abs/1801.01489): what the model would lose without it. Columns that say the same share
    it. "shap" is the mean absolute Shapley value of up to 200 rows, "contributions" that of the margins which XGBoost,
    LightGBM and CatBoost give themselves; both say what moves answers, right or wrong, and need no labels.

    Args:
        model: a model, or a compiled one ("contributions" need the first).
        rows: a table; with the target among its columns, or with `labels`.
        labels: what is true, one a row.
        method: "permutation", "shap" or "contributions".
        metric: for "permutation"; by default what the model was chosen by.
        repeats: how often each column is shuffled.
        max_rows: rows that are used, drawn where there are more.
        confidence: of the intervals: over repeats of shuffling and draws of rows, or over rows.
        seed: of what is drawn.

    Raises:
        ParameterError: when an option is not allowed, or the model has no contributions of its own.
        DataError: when labels are needed and there are none.

    Example:
        >>> import litmus
        >>> rows = [{"size": size, "day": size % 7, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> list(importance(run.best, rows, metric="rmse").values)
        ['size', 'day']
    """
    if method not in ("permutation", "shap", "contributions"):
        raise ParameterError(f"method={method!r} is not known; give 'permutation', 'shap' or 'contributions'.")
    if not isinstance(repeats, int) or repeats < 2:
        raise ParameterError(f"repeats={repeats!r} is not allowed; give a whole number from 2 on.")
    table = _table(rows)
    rng = np.random.default_rng(seed)
    most = max_rows if method != "shap" else min(max_rows, _EXPLAINED_ROWS)
    places = np.arange(len(table)) if len(table) <= most else np.sort(rng.choice(len(table), most, replace=False))
    if not len(places):
        raise DataError("There are no rows to find importance from; give at least a few dozen.")
    chosen = table.iloc[places].reset_index(drop=True)
    if method == "permutation":
        truth = None if labels is None else _taken(labels, places, len(table))
        return _by_shuffling(model, chosen, truth, metric=metric, repeats=repeats, confidence=confidence, rng=rng)
    found = attributions(model, chosen, seed=seed) if method == "shap" else contributions(model, chosen)
    sizes = np.abs(found.values).mean(axis=2)
    drawn = rng.integers(0, len(sizes), (_DRAWS, len(sizes)))
    means = sizes[drawn].mean(axis=1)
    values = _ordered(found.columns, sizes.mean(axis=0), *_interval(means, confidence))
    return Importance(method, f"mean absolute attribution ({found.space})", len(chosen), values, None, confidence)


def _table(rows: Any) -> pd.DataFrame:
    import pandas as pd

    from litmus.data import read_table

    if isinstance(rows, pd.DataFrame):
        return rows.reset_index(drop=True)
    if isinstance(rows, list):
        return pd.DataFrame(rows)
    found = read_table(rows)
    return found if isinstance(found, pd.DataFrame) else pd.DataFrame(found)


def _taken(labels: Any, places: np.ndarray, n_rows: int) -> list[Any]:
    values = list(labels)
    if len(values) != n_rows:
        raise ParameterError(f"There are {len(values):,} labels and {n_rows:,} rows; give one a row.")
    return [values[place] for place in places.tolist()]


def _by_shuffling(
    model: Model | RuntimeModel,
    table: pd.DataFrame,
    labels: list[Any] | None,
    *,
    metric: str | Metric | None,
    repeats: int,
    confidence: float,
    rng: np.random.Generator,
) -> Importance:
    from litmus.metrics.predictions import Predictions
    from litmus.runtime.adjusting import decided

    copy = compiled_copy(model)
    target = _target_of(model)
    names = list(target.names)
    if labels is not None:
        table = table.assign(**{names[0]: labels})
    if any(name not in table for name in names):
        raise DataError(f"The rows have no target column {names[0]!r}; give it among the columns, or give labels=….")
    table = table[table[names].notna().all(axis=1)].reset_index(drop=True)
    if not len(table):
        raise DataError("No row has a label; importance by shuffling compares answers with what is true.")
    y, chosen = target.encode(table), _metric_of(model, metric)
    columns = {name: table[name].to_numpy() for name in copy.schema.inputs if name in table}
    scores = _scorer(copy, table.drop(columns=names, errors="ignore"))

    def loss(name: str | None, order: np.ndarray | None, drawn: np.ndarray) -> float:
        total = scores(name, order)
        codes = decided(copy.scoring.postprocessing, copy.task, total)
        found = Predictions(copy.task, y, total, codes, tuple(target.classes)).take(drawn)
        try:
            value = float(chosen.score(found))
        except LitmusError:
            return math.nan
        return -value if chosen.maximize else value

    everything = np.arange(len(table))
    plain = loss(None, None, everything)
    draws = [everything, *(rng.integers(0, len(table), len(table)) for _ in range(repeats - 1))]
    base = np.array([loss(None, None, drawn) for drawn in draws])
    used = set(
        copy.schema.inputs if copy.scoring.has_native or copy.scoring.program is None else copy.scoring.program.inputs
    )
    found: list[tuple[float, float, float]] = []
    for name in copy.schema.inputs:
        if name not in columns or name not in used:
            found.append((0.0, 0.0, 0.0))
            continue
        orders = [rng.permutation(len(table)) for _ in draws]
        worse = np.array([loss(name, order, drawn) for order, drawn in zip(orders, draws, strict=True)]) - base
        exact = np.array([loss(name, order, everything) for order in orders]) - plain
        spread = float(np.nanstd(worse, ddof=1))  # over rows drawn anew and shuffled anew
        size = float(np.nanmean(exact))
        reach = _quantile(confidence) * spread
        found.append((size, size - reach, size + reach))
    values = _ordered(tuple(copy.schema.inputs), *np.array(found).T)
    score = -plain if chosen.maximize else plain
    return Importance("permutation", f"how much worse {chosen.label} gets", len(table), values, score, confidence)


def _scorer(copy: RuntimeModel, table: pd.DataFrame) -> Any:
    """Scores with one column in another order; columns are read once where nothing runs natively."""
    from litmus.runtime.columns import read_rows
    from litmus.runtime.mixtures import as_array

    program = copy.scoring.program
    if program is None or copy.scoring.has_native:

        def native(name: str | None, order: np.ndarray | None) -> np.ndarray:
            if name is None or order is None:
                return copy.scores(table)
            return copy.scores(table.assign(**{name: table[name].iloc[order].reset_index(drop=True)}))

        return native
    parsed = {
        name: as_array(values) for name, values in read_rows(table, copy.schema, tuple(program.inputs)).columns.items()
    }

    def compiled(name: str | None, order: np.ndarray | None) -> np.ndarray:
        columns = parsed if name is None or order is None else {**parsed, name: parsed[name][order]}
        return copy.scoring.many(columns, len(table), None)

    return compiled


def _target_of(model: Model | RuntimeModel) -> Any:
    from litmus.data import Target
    from litmus.runtime import RuntimeModel

    if not isinstance(model, RuntimeModel):
        return model.target
    held = model.target
    return Target.from_json(
        {
            "names": list(held.names),
            "task": held.task,
            "classes": list(held.classes),
            "form": held.form,
            "separator": held.separator,
        }
    )


def _metric_of(model: Any, metric: str | Metric | None) -> Metric:
    from litmus.metrics.resolve import default_metrics, resolve_metric

    given = metric or getattr(model, "lineage", {}).get("objective") or default_metrics(model.task)[0]
    try:
        return resolve_metric(given)
    except LitmusError:
        if metric is not None:
            raise
        return resolve_metric(default_metrics(model.task)[0])


def _quantile(confidence: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + confidence / 2)


def _interval(draws: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(draws, [tail, 100 - tail], axis=0)
    return low, high


def _ordered(
    columns: tuple[str, ...], values: np.ndarray, low: np.ndarray, high: np.ndarray
) -> dict[str, ImportanceValue]:
    order = np.argsort(-values, kind="stable")
    return {columns[at]: ImportanceValue(float(values[at]), float(low[at]), float(high[at])) for at in order}
