"""The trials of a run, ranked."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litmus.errors import ParameterError, TrainingError
from litmus.evaluate.leaderboard_html import leaderboard_html
from litmus.evaluate.leaderboard_text import leaderboard_text
from litmus.evaluate.number_text import one_line
from litmus.evaluate.served_columns import has_estimates, served_columns
from litmus.evaluate.trial import Score, Trial
from litmus.naming import find_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Leaderboard", "Row"]

SPLITS = ("validation", "test", "train")
"""The order in which splits are shown; validation, which decides the rank, first."""


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the leaderboard.

    Attributes:
        rank: place within the data set, from 1; None for a failed trial and for one without the objective.
        trial: the trial.
    """

    rank: int | None
    trial: Trial


class Leaderboard:
    """The trials of a run, ranked within each data set by the objective on the validation rows; failed ones last.

    Trials that score the same keep the order in which they were asked for, so that a seed fixes the leaderboard.
    It prints as a table and renders in a notebook. `board[1]` is the best trial and `board["XGBoost"]` the one of that
    name; with several data sets, `board["adult", 1]` and `board["adult", "XGBoost"]`.

    Args:
        trials: the trials, of one data set or several.
        objective: the label of the metric that ranks, one for all data sets or one for each, by name.

    Example:
        >>> scores = {"validation": {"accuracy": Score("accuracy", 0.91, maximize=True, spread=0.004)}}
        >>> board = Leaderboard([Trial(1, "MLP", "iris", "MLP", {}, scores=scores)], "accuracy")
        >>> board[1].name, board.best().score("accuracy").value
        ('MLP', 0.91)
    """

    def __init__(self, trials: Sequence[Trial], objective: str | Mapping[str, str]) -> None:
        self.data_names: tuple[str, ...] = tuple(dict.fromkeys(trial.data for trial in trials))
        """The data sets, in the order they were given."""
        self.objectives: dict[str, str] = (
            dict.fromkeys(self.data_names, objective) if isinstance(objective, str) else dict(objective)
        )
        """Data set → label of the metric that ranks its trials."""
        without = [name for name in self.data_names if name not in self.objectives]
        if without:
            raise ParameterError(
                f"The leaderboard has no objective for data {', '.join(map(repr, without))}; give one."
            )
        self.rows: tuple[Row, ...] = tuple(row for name in self.data_names for row in self._rank(name, trials))
        """Every trial with its rank, data set by data set."""

    def _rank(self, data: str, trials: Sequence[Trial]) -> list[Row]:
        own = sorted((trial for trial in trials if trial.data == data), key=lambda trial: trial.id)
        complete = [trial for trial in own if trial.status == "complete"]
        failed = [trial for trial in own if trial.status != "complete"]
        ranked = sorted((trial for trial in complete if math.isfinite(self._value(trial))), key=self._sort_key)
        unscored = [trial for trial in complete if not math.isfinite(self._value(trial))]
        return [Row(i, trial) for i, trial in enumerate(ranked, 1)] + [Row(None, trial) for trial in unscored + failed]

    def _value(self, trial: Trial) -> float:
        score = self.objective_score(trial)
        return float("nan") if score is None else score.value

    def _sort_key(self, trial: Trial) -> tuple[float, float]:
        """What misses a bar or a limit comes after all that meets them, the nearest to meeting them first; where models are
        held to a deployment, the constant baseline is no model that could be wanted there.
        """
        score = self.objective_score(trial)
        value = -score.value if score is not None and score.maximize else self._value(trial)
        no_model = trial.algorithm == "Baseline" and trial.estimate is not None
        return (math.inf if no_model else trial.violation), value - trial.allowance

    def objective_score(self, trial: Trial) -> Score | None:
        """The score that ranks a trial, or None when it has none."""
        return trial.score(self.objectives[trial.data])

    @property
    def searched(self) -> bool:
        """Whether settings were searched for, so that what each trial cost is of interest."""
        return any(row.trial.searched is not None for row in self.rows)

    def reason(self, trial: Trial) -> str:
        """Why a trial has no rank, on one line; empty for a ranked one."""
        if trial.status != "complete":
            return one_line(trial.reason) or "failed without a reason"
        if math.isfinite(self._value(trial)):
            return ""
        objective = self.objectives[trial.data]
        if trial.score(objective) is not None:
            return f"{objective} is {self._value(trial)} on the validation rows, which has no rank"
        why = one_line(trial.why_not(objective))
        return f"{objective} could not be computed on the validation rows" + (f": {why}" if why else "")

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Trial]:
        return (row.trial for row in self.rows)

    def __getitem__(self, key: Any) -> Any:
        """A trial by rank or name; with several data sets, by (data, rank) or (data, name).

        Raises:
            UnknownNameError: when no trial has the name, with the nearest one.
            ParameterError: when there is no such rank, or the data set has to be named.
        """
        if isinstance(key, tuple) and len(key) == 2:
            return self.of_data(str(key[0]))[key[1]]
        if len(self.data_names) > 1:
            names = ", ".join(map(repr, self.data_names))
            raise ParameterError(
                f"This leaderboard has data {names}; say which, as in board[{self.data_names[0]!r}, 1]."
            )
        if isinstance(key, str):
            name = find_name("trial", key, [row.trial.name for row in self.rows])
            return next(row.trial for row in self.rows if row.trial.name == name)
        if isinstance(key, int) and not isinstance(key, bool):
            found = [row.trial for row in self.rows if row.rank == key]
            if found:
                return found[0]
        last = sum(row.rank is not None for row in self.rows)
        raise ParameterError(f"The leaderboard has no trial {key!r}; give a rank from 1 to {last}, or a trial's name.")

    def __contains__(self, trial: object) -> bool:
        return any(row.trial is trial or row.trial.name == trial for row in self.rows)

    def of_data(self, data: str) -> Leaderboard:
        """The leaderboard of one data set.

        Raises:
            UnknownNameError: when the run has no data set of this name.
        """
        name = find_name("data set", data, self.data_names)
        return Leaderboard([row.trial for row in self.rows if row.trial.data == name], self.objectives)

    def best(self, data: str | None = None) -> Trial:
        """The trial ranked first, of the only data set or of the one named.

        Raises:
            TrainingError: when no trial of the data set could be ranked; the message says why each one failed.
            ParameterError: when there are several data sets and none is named.
        """
        board = self if data is None else self.of_data(data)
        if board.rows and all(row.rank is None for row in board.rows):
            by_reason: dict[str, list[str]] = {}
            for trial in board:
                by_reason.setdefault(board.reason(trial), []).append(trial.name)
            reasons = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items())
            raise TrainingError(f"No trial on data {board.data_names[0]!r} could be ranked. {reasons}")
        return board[1]

    def best_of_each(self) -> dict[str, Trial]:
        """Data set → the trial ranked first, without the data sets that have no ranked trial.

        Raises:
            TrainingError: when no data set has a ranked trial; the message says why each one failed.
        """
        best: dict[str, Trial] = {}
        failures: list[str] = []
        for name in self.data_names:
            try:
                best[name] = self.best(name)
            except TrainingError as error:
                failures.append(str(error))
        if failures and not best:
            raise TrainingError(" ".join(failures))
        return best

    def metrics(self) -> list[tuple[str, str]]:
        """The (split, metric) pairs of the trials: objectives first, then validation, test and train."""
        pairs = dict.fromkeys(("validation", self.objectives[name]) for name in self.data_names)
        for split in SPLITS:
            pairs.update(dict.fromkeys((split, metric) for trial in self for metric in trial.scores.get(split, {})))
        return [pair for pair in pairs if any(trial.score(pair[1], pair[0]) for trial in self)]

    def to_pandas(self) -> pd.DataFrame:
        """One row a trial, best first, with every score, its spread and its interval, times in seconds and settings.

        A score's column is named after its split and metric: "validation accuracy", with "validation accuracy spread"
        (standard deviation over folds), "… low" and "… high" (95 % interval) beside it where they were computed.
        "allowance" is there with an ensemble (see `Trial.allowance`), and "violation" where trials miss a bar.
        Where the run was given a deployment there are "p99 seconds" and the other estimates, and "misses".
        """
        import pandas as pd

        trials = list(self)
        columns: dict[str, Any] = {
            "rank": pd.array([row.rank for row in self.rows], dtype="Int64"),
            "name": pd.array([trial.name for trial in trials], dtype="str"),
            "data": pd.array([trial.data for trial in trials], dtype="str"),
            "algorithm": pd.array([trial.algorithm for trial in trials], dtype="str"),
        }
        for split, metric in self.metrics():
            scores = [trial.score(metric, split) for trial in trials]
            columns[f"{split} {metric}"] = [float("nan") if score is None else score.value for score in scores]
            for part in ("spread", "low", "high"):
                values = [None if score is None else getattr(score, part) for score in scores]
                if any(value is not None for value in values):
                    columns[f"{split} {metric} {part}"] = [float("nan") if value is None else value for value in values]
        done = [trial.status == "complete" for trial in trials]
        nan = float("nan")
        if any(trial.allowance for trial in trials):
            columns["allowance"] = [trial.allowance for trial in trials]
        if any(trial.violation for trial in trials):
            columns["violation"] = [trial.violation for trial in trials]
        columns["cost seconds"] = [trial.cost_seconds for trial in trials]
        columns["fit seconds"] = [t.fit_seconds if ok else nan for t, ok in zip(trials, done, strict=True)]
        columns["predict seconds per 1000 rows"] = [
            t.predict_seconds if ok else nan for t, ok in zip(trials, done, strict=True)
        ]
        if has_estimates(trials):
            columns.update(served_columns(trials))
        columns["status"] = pd.array([trial.status for trial in trials], dtype="str")
        columns["reason"] = pd.array([self.reason(trial) for trial in trials], dtype="str")
        columns["settings"] = pd.Series([dict(trial.settings) for trial in trials], dtype=object)
        return pd.DataFrame(columns)

    def to_json(self) -> list[dict[str, Any]]:
        """The rows as plain JSON values, best first; scores by split and metric, estimates where there are any."""
        estimated = has_estimates(list(self))
        return [
            {
                "rank": row.rank,
                "name": row.trial.name,
                "data": row.trial.data,
                "algorithm": row.trial.algorithm,
                "settings": _plain(row.trial.settings),
                "status": row.trial.status,
                "reason": self.reason(row.trial),
                "objective": self.objectives[row.trial.data],
                "scores": {
                    split: {metric: _plain(dataclasses.asdict(score)) for metric, score in scores.items()}
                    for split, scores in row.trial.scores.items()
                },
                "allowance": _plain(row.trial.allowance),
                "violation": _plain(row.trial.violation),
                "cost_seconds": _plain(row.trial.cost_seconds),
                "fit_seconds": _plain(row.trial.fit_seconds),
                "predict_seconds_per_1000_rows": _plain(row.trial.predict_seconds),
                **(_served(row.trial) if estimated else {}),
            }
            for row in self.rows
        ]

    def __str__(self) -> str:
        return leaderboard_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return leaderboard_html(self)


def _served(trial: Trial) -> dict[str, Any]:
    """What a trial takes where it is served, in seconds and bytes, and the limits that it misses."""
    return {
        "estimate": None if trial.estimate is None else trial.estimate.to_json(),
        "misses": [miss.to_json() for miss in trial.misses],
        "not_estimated": trial.not_estimated,
    }


def _plain(value: Any) -> Any:
    """A value as JSON has it; what JSON cannot hold becomes text, and NaN and infinities become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()  # a NumPy number
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else repr(value)
