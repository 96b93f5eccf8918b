"""The search for the smallest and fastest variant of a model whose held-out score stays."""

from __future__ import annotations

import dataclasses
import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from litmus.compiling import compile_model
from litmus.data import conform, read_table
from litmus.errors import DataError, LitmusError, ParameterError
from litmus.member import weighted_mean
from litmus.metrics import Metric
from litmus.metrics.predictions import Predictions
from litmus.metrics.resolve import default_metrics, resolve_metric
from litmus.model import Model
from litmus.optimising.distilling import distilled
from litmus.optimising.variants import VARIANTS, Variant
from litmus.postprocessing.apply import adjusted, decided
from litmus.predictors.optimising import Optimisation, Sides
from litsdf import DataFrame

__all__ = ["TECHNIQUES", "Optimised", "optimise"]

TECHNIQUES = (*VARIANTS, "distillation")
_TIMED_ROWS, _ROUNDS = 50, 3
_FEWEST_ROWS = 50
_FASTER = 0.9  # of the time of one row, at most, for a distilled model to be taken


@dataclasses.dataclass(frozen=True)
class Optimised:
    """A model after optimising.

    Attributes:
        model: the model that is left.
        changes: what was tried, in order, each with size, latency and score before and after.
        metric: what was scored.
        rows: how many held-out rows decided.
        notes: techniques that could not be tried, and why.
    """

    model: Model
    changes: tuple[Optimisation, ...]
    metric: str
    rows: int
    notes: tuple[str, ...] = ()

    def to_pandas(self) -> pd.DataFrame:
        """A row for each change that was tried."""
        return pd.DataFrame(
            [
                {
                    "change": change.name,
                    "kept": change.kept,
                    **{
                        f"{what} {side}": getattr(getattr(change, field), side)
                        for what, field in (("bytes", "size"), ("µs a row", "latency_us"), (self.metric, "score"))
                        for side in ("before", "after")
                    },
                }
                for change in self.changes
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """Everything but the model, as plain JSON values; what was not measured is None."""
        changes = [dataclasses.asdict(change) for change in self.changes]
        for change in changes:
            for sides in ("size", "latency_us", "score"):
                change[sides] = {side: None if math.isnan(value) else value for side, value in change[sides].items()}
        return {"metric": self.metric, "rows": self.rows, "changes": changes, "notes": list(self.notes)}

    def __str__(self) -> str:
        lines = [f"{'change':<32}{'':<9}{'compiled size':>22}{'one row':>18}{self.metric:>22}"]
        for change in self.changes:
            size = f"{change.size.before / 1e6:.2f} → {_shown(change.size.after / 1e6, '.2f')} MB"
            times = f"{change.latency_us.before:.0f} → {_shown(change.latency_us.after, '.0f')} µs"
            score = f"{change.score.before:.5f} → {change.score.after:.5f}"
            verdict = "kept" if change.kept else "refused"
            lines.append(f"{change.name:<32}{verdict:<9}{size:>22}{times:>18}{score:>22}")
        lines += [f"Not tried: {note}" for note in self.notes]
        return "\n".join(lines)


def optimise(
    model: Model,
    rows: Any,
    *,
    tolerance: float = 0.001,
    techniques: Sequence[str] = TECHNIQUES,
    metric: str | Metric | None = None,
    more_rows: Any = None,
    seed: int = 0,
    threads: int = 1,
) -> Optimised:
    """Make a model smaller and faster, as far as its score on held-out rows stays within a tolerance.

    Each technique is tried on what the ones before it left, its most drastic variant first; a variant is kept when the score
    is no further than `tolerance` below that of the model that was given. The answers of the result differ from
    those of the model; everything else of it is the same.

    Args:
        model: the model; it stays as it is.
        rows: a table with the target that the model was not trained on.
        tolerance: by how much the score may fall, in the metric's own unit.
        techniques: some of `"members"`, `"folds"`, `"trees"`, `"precision"` and `"distillation"`, tried in this order.
        metric: what is scored; default: what the model was chosen by, or the task's first default metric.
        more_rows: a table for distillation to learn from, with or without the target, such as the training table; half of
            `rows` when left out, and then the other half decides.
        seed: of distillation.
        threads: of distillation.

    Raises:
        ParameterError: when a technique is unknown, or the tolerance is negative.
        DataError: when there are fewer than 50 rows, or they have no target.

    Example:
        >>> import litmus
        >>> table = [{"size": size, "price": 3.0 * size + size % 7} for size in range(400)]
        >>> run = litmus.train(table, target="price", algorithm="RandomForest", callbacks=[], executor="in_process")
        >>> found = optimise(run.best, table[::2], tolerance=5.0, techniques=["folds"])
        >>> found.changes[0].kept, len(found.model.pipelines) < len(run.best.pipelines)
        (True, True)
    """
    unknown = [name for name in techniques if name not in TECHNIQUES]
    if unknown:
        raise ParameterError(f"{unknown[0]!r} is no technique; they are {', '.join(TECHNIQUES)}.")
    if not tolerance >= 0 or not math.isfinite(tolerance):
        raise ParameterError(f"tolerance is {tolerance!r}; give by how much the score may fall, such as 0.001.")
    judge = _Judge.of(model, rows, metric)
    frame = judge.frame
    teaching: DataFrame | None = None
    if "distillation" in techniques:
        if more_rows is not None:
            teaching, _ = conform(more_rows, model.schema)
        else:
            teaching, judge = judge.divided()
    return _Search(model, judge, tolerance, teaching if teaching is not None else frame, seed, threads).run(techniques)


class _Search:
    """One search: what is left so far, and what was tried."""

    def __init__(  # noqa: PLR0917 - private, and called once
        self, model: Model, judge: _Judge, tolerance: float, teaching: DataFrame, seed: int, threads: int
    ) -> None:
        self._given, self._judge, self._tolerance, self._teaching = model, judge, tolerance, teaching
        self._seed, self._threads = seed, threads
        self._model = model
        self._measured = _measured(model, judge)
        self._score = self._first = judge.score(model)
        self._changes: list[Optimisation] = []
        self._notes: list[str] = []

    def run(self, techniques: Sequence[str]) -> Optimised:
        for name in TECHNIQUES:
            if name not in techniques:
                continue
            if name == "distillation":
                self._distil()
            else:
                self._shrink(name)
        judge = self._judge
        return Optimised(self._model, tuple(self._changes), judge.metric.label, len(judge.y), tuple(self._notes))

    def _shrink(self, technique: str) -> None:
        """Take the first variant that is good enough; where none is, note how good the mildest one was."""
        last: tuple[Variant, float] | None = None
        for variant in VARIANTS[technique](self._model):
            last = variant, self._judge.score(variant.model)
            if self._is_good(last[1]):
                break
        if last is None:
            return
        self._decide(*last, faster=False)

    def _distil(self) -> None:
        try:
            variant = distilled(self._given, self._teaching, seed=self._seed, threads=self._threads)
            score = self._judge.score(variant.model)
        except LitmusError as error:
            self._notes.append(f"distillation: {error}")
            return
        self._decide(variant, score, faster=True)

    def _is_good(self, score: float) -> bool:
        sign = 1 if self._judge.metric.maximize else -1
        return math.isfinite(score) and sign * score >= sign * self._first - self._tolerance

    def _decide(self, variant: Variant, score: float, *, faster: bool) -> None:
        before = self._measured
        kept = self._is_good(score)
        after = _measured(variant.model, self._judge) if kept else (math.nan, math.nan)
        kept = kept and (after[1] < _FASTER * before[1] if faster else after[0] < before[0])
        self._changes.append(
            Optimisation(
                variant.name,
                kept,
                Sides(before[0], after[0]),
                Sides(before[1], after[1]),
                Sides(self._score, score),
                self._tolerance,
            )
        )
        if kept:
            self._model, self._measured, self._score = variant.model, after, score


@dataclasses.dataclass
class _Judge:
    """Held-out rows, and the scores of pipelines that were asked for them already.

    Attributes:
        frame: the rows as pipelines take them.
        y: their encoded targets.
        metric: what is scored.
        asked: the rows as requests have them.
    """

    frame: DataFrame
    y: np.ndarray
    metric: Metric
    asked: Sequence[Mapping[str, Any]]
    _known: dict[int, tuple[Any, np.ndarray]] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, model: Model, rows: Any, metric: str | Metric | None) -> _Judge:
        table = _table(rows)
        target = model.target
        absent = [name for name in target.names if name not in table]
        if absent:
            raise DataError(f"The rows have no target column {absent[0]!r}, and cannot be scored without it.")
        table = table[table[list(target.names)].notna().all(axis=1)].reset_index(drop=True)
        if len(table) < _FEWEST_ROWS:
            raise DataError(f"There are {len(table)} rows with a target; give at least {_FEWEST_ROWS} held-out ones.")
        features = table.drop(columns=list(target.names))
        frame, _ = conform(features, model.schema)
        given = metric or model.lineage.get("objective") or default_metrics(model.task)[0]
        try:
            chosen = resolve_metric(given)
        except LitmusError:
            if metric is not None:
                raise
            chosen = default_metrics(model.task)[0]
        asked = [
            {
                str(name): None if pd.api.types.is_scalar(value) and pd.isna(value) else value
                for name, value in row.items()
            }
            for row in features.iloc[:_TIMED_ROWS].to_dict("records")
        ]
        return cls(frame, target.encode(table), chosen, asked)

    def divided(self) -> tuple[DataFrame, _Judge]:
        """Every second row to learn from, and a judge with the others."""
        from litsdf.interchange import rows_at

        places = np.arange(len(self.y))
        rest = places % 2 == 1
        return rows_at(self.frame, places[~rest]), _Judge(
            rows_at(self.frame, places[rest]), self.y[rest], self.metric, self.asked
        )

    def score(self, model: Model) -> float:
        """The metric of the model's answers; NaN where it has none."""
        parts = []
        for member in model.members:
            scores = [self._of(pipeline) for pipeline in member.pipelines]
            parts.append(adjusted(member.postprocessing, np.mean(scores, axis=0)))
        if model.stacker is None:
            total = weighted_mean(parts, [member.weight for member in model.members])
        else:
            total = model.stacker.combine(parts)
        total = adjusted(model.postprocessing, total)
        codes = decided(model.postprocessing, model.task, total)
        try:
            return float(self.metric.score(Predictions(model.task, self.y, total, codes, tuple(model.target.classes))))
        except LitmusError:
            return math.nan

    def _of(self, pipeline: Any) -> np.ndarray:
        if id(pipeline) not in self._known:
            scores = np.asarray(pipeline.scores(self.frame), dtype=np.float64)
            self._known[id(pipeline)] = pipeline, scores  # held, so that its id stays its own
        return self._known[id(pipeline)][1]


def _table(rows: Any) -> pd.DataFrame:
    if isinstance(rows, str | Path):
        return read_table(rows)
    if isinstance(rows, pd.DataFrame):
        return rows
    if hasattr(rows, "to_pandas"):
        made: pd.DataFrame = rows.to_pandas()
        return made
    return pd.DataFrame(rows)


def _measured(model: Model, judge: _Judge) -> tuple[float, float]:
    """Bytes of the compiled model on disk, and microseconds of one row: the lowest of a few medians."""
    compiled = compile_model(model)
    with tempfile.TemporaryDirectory(prefix="litmus-optimise-") as folder:
        compiled.save(Path(folder))
        size = float(sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()))
    served = compiled.model
    served.settle()
    medians = []
    for _ in range(_ROUNDS):
        times = []
        for row in judge.asked:
            started = time.perf_counter()
            served.answer(row)
            times.append(time.perf_counter() - started)
        medians.append(float(np.median(times)))
    return size, min(medians) * 1e6


def _shown(value: float, form: str) -> str:
    return "…" if math.isnan(value) else format(value, form)
