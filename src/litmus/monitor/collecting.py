"""One pass over traffic: counts of every column, of answers and outcomes, and a sample of rows."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from litmus.data import Column
from litmus.data.canonical import to_canonical
from litmus.data.cells import read_cells
from litmus.data.conform_column import empty_column
from litmus.data.markers import column_markers
from litmus.monitor.answers import codes_of, truth_of, values_of
from litmus.monitor.baseline import Baseline
from litmus.monitor.columns import NumberColumn, describe_numbers
from litmus.monitor.labels import Labels
from litmus.monitor.tallies import NumberTally, Tally, tally_for
from litmus.monitor.traffic import Piece

__all__ = ["Clock", "Collected", "Collector", "canonical"]

_SAMPLE = 5_000
_MOST_OUTCOMES = 200_000
_BACKWARDS = 60.0
"""Seconds that times may go back between rows written one after the other: requests under way together end in any order."""
_MOST_CLASSES = 20
"""Classes whose probabilities are watched each for itself."""


@dataclasses.dataclass
class Clock:
    """What was noticed about the times of answers.

    Attributes:
        first, last: the earliest and latest.
        back: the largest step back between rows written one after the other, seconds.
        steps: how often times went back by a minute or more.
        ahead: rows from the future.
        unknown: rows without a time that can be read, in traffic that has times.
    """

    first: dt.datetime | None = None
    last: dt.datetime | None = None
    back: float = 0.0
    steps: int = 0
    ahead: int = 0
    unknown: int = 0


@dataclasses.dataclass
class Collected:
    """What one pass over traffic gave.

    Attributes:
        rows: how many.
        tallies: column → counts.
        strangers: columns that the schema does not name → rows that had them.
        answers: class → rows answered with it; "" is none of the classes. Empty for regression.
        scores: class (or "prediction") → counts of its probability (or value) over the reference's bins.
        versions: version of the model → rows.
        sample: rows drawn evenly, in canonical types.
        sample_scores: what was answered to them: probabilities (rows, classes) or values (rows,); None where unknown.
        sample_answers: class codes or values answered to them; None where unknown.
        sample_truth: their labels, -1 or NaN where unknown.
        labelled_scores, labelled_answers, labelled_truth: the same of all rows with a label, up to 200,000 drawn evenly.
        labelled: how many rows have a label.
        strange_labels: labels that are none of the classes, or no number.
        clock: what was noticed about times.
    """

    rows: int
    tallies: Mapping[str, Tally]
    strangers: Mapping[str, int]
    answers: Mapping[str, int]
    scores: Mapping[str, NumberTally]
    versions: Mapping[str, int]
    sample: pd.DataFrame
    sample_scores: np.ndarray | None
    sample_answers: np.ndarray | None
    sample_truth: np.ndarray
    labelled_scores: np.ndarray | None
    labelled_answers: np.ndarray | None
    labelled_truth: np.ndarray
    labelled: int
    strange_labels: int
    clock: Clock


def canonical(raw: pd.Series, column: Column) -> tuple[pd.Series, np.ndarray | None]:
    """A column as it came → its canonical values, and which of them do not fit its kind; nothing is refused."""
    raw = raw.reset_index(drop=True)
    strict = dataclasses.replace(column, number_format=column.number_format or "plain")
    converted = to_canonical(read_cells(raw, column_markers(column)), strict, raw)
    values = converted.values
    if column.kind == "numeric" and values.dtype.kind != "f":
        values = values.astype(np.float64)  # one type in every piece
    return values, converted.unreadable


class Collector:
    """Goes over pieces of traffic.

    Args:
        baseline: what columns and classes there are.
        labels: what came true, by request; None: only labels that stand beside the rows.
        seed: by which rows are drawn.
        now: the time that later ones are ahead of.
    """

    def __init__(
        self, baseline: Baseline, *, labels: Labels | None = None, seed: int = 0, now: dt.datetime | None = None
    ) -> None:
        self._baseline = baseline
        self._labels = labels
        self._columns = [baseline.schema[name] for name in baseline.columns]
        self._rng = np.random.default_rng([seed, 77_003])
        self._now = np.datetime64((now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None), "us")
        self.rows = 0
        self._tallies = {name: tally_for(column) for name, column in baseline.columns.items()}
        self._strangers: dict[str, int] = {}
        self._answers: dict[str, int] = {}
        self._score_tallies = {name: NumberTally(column) for name, column in score_columns(baseline).items()}
        self._versions: dict[str, int] = {}
        self._sample = _Drawn(_SAMPLE, self._rng)
        self._outcomes = _Drawn(_MOST_OUTCOMES, self._rng)
        self._labelled = 0
        self._strange = 0
        self._clock = Clock()
        self._before: np.datetime64 | None = None

    def add(self, piece: Piece) -> None:
        """Count a piece."""
        self.rows += piece.rows
        self._watch_clock(piece)
        drawn = self._sample.draw(piece.rows)
        values: dict[str, pd.Series] = {}
        for column in self._columns:
            if column.name in piece.inputs:
                raw = piece.inputs[column.name]
                read, unreadable = canonical(raw, column)
                self._tallies[column.name].add(read, unreadable, raw)
            else:
                self._tallies[column.name].add_absent(piece.rows)
                read = empty_column(column, piece.rows)
            values[column.name] = read.take(drawn)
        for name in piece.inputs.keys() - self._baseline.schema.keys():
            self._strangers[name] = self._strangers.get(name, 0) + piece.rows
        if "version" in piece.facts:
            for version, count in piece.facts["version"].value_counts().items():
                self._versions[str(version)] = self._versions.get(str(version), 0) + int(count)
        self._add_answers(piece, values, drawn)

    def _add_answers(self, piece: Piece, values: dict[str, pd.Series], drawn: np.ndarray) -> None:
        target = self._baseline.target
        held = pd.DataFrame(values, copy=False).reset_index(drop=True)
        if target is None or target.task == "multilabel":
            self._sample.keep({"rows": held})
            self._count_scores(piece)
            return
        scores, answers = self._scores_of(piece), None
        if "prediction" in piece.facts:
            told = piece.facts["prediction"]
            answers = values_of(told) if target.task == "regression" else codes_of(told, target.classes)
        elif scores is not None:
            answers = scores if scores.ndim == 1 else scores.argmax(axis=1)
        truth = self._truth_of(piece)
        self._count_answers(answers, scores)
        known = np.isfinite(truth) if target.task == "regression" else truth >= 0
        self._labelled += int(known.sum())
        parts = {"scores": scores, "answers": answers, "truth": truth}
        self._sample.keep({"rows": held} | {name: _taken(part, drawn) for name, part in parts.items()})
        if known.any():
            rows = np.flatnonzero(known)
            rows = rows[self._outcomes.draw(len(rows))]
            self._outcomes.keep({name: _taken(part, rows) for name, part in parts.items()})

    def _scores_of(self, piece: Piece) -> np.ndarray | None:
        target = self._baseline.target
        if target is not None and target.task == "regression":
            return values_of(piece.facts["prediction"]) if "prediction" in piece.facts else None
        classes = self._baseline.classes
        if not classes or not all(name in piece.probabilities for name in classes):
            return None
        return np.column_stack([piece.probabilities[name] for name in classes])

    def _truth_of(self, piece: Piece) -> np.ndarray:
        target = self._baseline.target
        nothing = np.nan if target is not None and target.task == "regression" else -1
        given = piece.facts.get("label")
        joined = self._labels.join(piece) if self._labels is not None else None
        label = joined if joined is not None else given
        if label is None or target is None:
            return np.full(piece.rows, nothing)
        truth = truth_of(label, target)
        unknown = np.isnan(truth) if target.task == "regression" else truth < 0
        self._strange += int((unknown & label.notna().to_numpy()).sum())
        return truth

    def _count_answers(self, answers: np.ndarray | None, scores: np.ndarray | None) -> None:
        target = self._baseline.target
        if answers is not None and target is not None and target.task != "regression":
            names = [*self._baseline.classes, ""]
            counts = np.bincount(np.where(answers < 0, len(names) - 1, answers), minlength=len(names))
            for name, count in zip(names, counts.tolist(), strict=True):
                self._answers[name] = self._answers.get(name, 0) + count
        if scores is not None:
            for name, tally in self._score_tallies.items():
                tally.add_numbers(scores if scores.ndim == 1 else scores[:, self._baseline.classes.index(name)])

    def _count_scores(self, piece: Piece) -> None:
        for name, tally in self._score_tallies.items():
            if name in piece.probabilities:
                tally.add_numbers(piece.probabilities[name])

    def _watch_clock(self, piece: Piece) -> None:
        times = piece.times()
        if times is None or not piece.rows:
            return
        clock = self._clock
        known = times[~np.isnat(times)]
        clock.unknown += piece.rows - len(known)
        if not len(known):
            return
        clock.ahead += int((known > self._now + np.timedelta64(60, "s")).sum())
        first, last = _moment(known.min()), _moment(known.max())
        clock.first = first if clock.first is None else min(clock.first, first)
        clock.last = last if clock.last is None else max(clock.last, last)
        steps = np.diff(known).astype(np.float64) / 1e6
        back = steps[steps < -_BACKWARDS]
        clock.steps += len(back)
        clock.back = max(clock.back, float(-back.min()) if len(back) else 0.0)

    def finish(self) -> Collected:
        """What was found."""
        sample, outcomes = self._sample.all(), self._outcomes.all()
        rows = sample.get("rows")
        target = self._baseline.target
        empty = np.empty(0, dtype=np.float64 if target is None or target.task == "regression" else np.int64)
        truth = sample.get("truth")
        return Collected(
            rows=self.rows,
            tallies=self._tallies,
            strangers=self._strangers,
            answers=self._answers,
            scores=self._score_tallies,
            versions=self._versions,
            sample=rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(columns=list(self._baseline.columns)),
            sample_scores=_array(sample.get("scores")),
            sample_answers=_array(sample.get("answers")),
            sample_truth=empty if truth is None else np.asarray(truth),
            labelled_scores=_array(outcomes.get("scores")),
            labelled_answers=_array(outcomes.get("answers")),
            labelled_truth=empty if outcomes.get("truth") is None else np.asarray(outcomes["truth"]),
            labelled=self._labelled,
            strange_labels=self._strange,
            clock=self._clock,
        )


def score_columns(baseline: Baseline) -> dict[str, NumberColumn]:
    """What the reference says about probabilities (class → counts; of two classes the second), or predicted values."""
    outcomes, target = baseline.outcomes, baseline.target
    if outcomes is None or target is None:
        return {}
    if target.task == "regression":
        return {"prediction": describe_numbers(outcomes.scores.astype(np.float64), "numeric")}
    names = baseline.classes[-1:] if target.task == "binary" else baseline.classes[:_MOST_CLASSES]
    places = [baseline.classes.index(name) for name in names]
    return {
        name: describe_numbers(outcomes.scores[:, place].astype(np.float64), "numeric")
        for name, place in zip(names, places, strict=True)
    }


class _Drawn:
    """Rows drawn evenly from pieces of unknown number: those with the smallest of random keys stay."""

    def __init__(self, most: int, rng: np.random.Generator) -> None:
        self._most = most
        self._rng = rng
        self._bound = 1.0
        self._keys: list[np.ndarray] = []
        self._held: list[Mapping[str, pd.DataFrame | np.ndarray | None]] = []
        self._pending = np.empty(0)

    def draw(self, rows: int) -> np.ndarray:
        """Positions of the rows of a piece that are to be kept."""
        keys = self._rng.random(rows)
        chosen = np.flatnonzero(keys < self._bound)
        self._pending = keys[chosen]
        return chosen

    def keep(self, parts: Mapping[str, pd.DataFrame | np.ndarray | None]) -> None:
        """Keep what was drawn last."""
        self._keys.append(self._pending)
        self._held.append(parts)
        if sum(map(len, self._keys)) > 3 * self._most:
            self._shrink()

    def _shrink(self) -> None:
        keys = np.concatenate(self._keys)
        if len(keys) <= self._most:
            return
        self._bound = float(np.partition(keys, self._most)[self._most])
        kept = np.flatnonzero(keys < self._bound)
        self._held = [{name: _rows_of(part, kept) for name, part in _joined(self._held).items()}]
        self._keys = [keys[kept]]

    def all(self) -> Mapping[str, pd.DataFrame | np.ndarray | None]:
        """What was kept, in the order in which it came."""
        if not self._held:
            return {}
        self._shrink()
        return _joined(self._held)


def _joined(
    held: Iterable[Mapping[str, pd.DataFrame | np.ndarray | None]],
) -> dict[str, pd.DataFrame | np.ndarray | None]:
    """Pieces one after the other; a part that one piece lacks is lacking."""
    pieces = list(held)
    joined: dict[str, pd.DataFrame | np.ndarray | None] = {}
    for name in pieces[0]:
        parts = [piece[name] for piece in pieces]
        if any(part is None for part in parts):
            joined[name] = None
        elif isinstance(parts[0], pd.DataFrame):
            joined[name] = pd.concat(parts, ignore_index=True)  # type: ignore[arg-type]
        else:
            joined[name] = np.concatenate(parts)  # type: ignore[arg-type]
    return joined


def _rows_of(part: pd.DataFrame | np.ndarray | None, rows: np.ndarray) -> pd.DataFrame | np.ndarray | None:
    if isinstance(part, pd.DataFrame):
        return part.take(rows).reset_index(drop=True)
    return _taken(part, rows)


def _taken(part: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if part is None else part[rows]


def _array(part: pd.DataFrame | np.ndarray | None) -> np.ndarray | None:
    return part if isinstance(part, np.ndarray) else None


def _moment(value: np.datetime64) -> dt.datetime:
    return dt.datetime.fromtimestamp(int(value.astype("datetime64[us]").astype(np.int64)) / 1e6, dt.UTC)
