"""The leaderboard of one data set: the table, the scores with their intervals, and score against speed."""

from __future__ import annotations

from collections.abc import Sequence

from litmus.evaluate.leaderboard import Leaderboard, Row
from litmus.evaluate.leaderboard_text import allowance_text, metric_heading
from litmus.evaluate.number_text import column_decimals, duration_text, number_text, one_line, plural
from litmus.evaluate.served_columns import (
    has_estimates,
    latency_text,
    misses_text,
    native_text,
    served_notes,
    size_text,
)
from litmus.evaluate.trial import Trial
from litmus.report.blocks import Cell, Heading, Section, Table
from litmus.report.limits import LONGEST_NAME, MOST_METRICS, MOST_TRIALS, left_out
from litmus.report.members import settings_text
from litmus.report.trial_charts import interval_chart, speed_chart

__all__ = ["leaderboard_section"]


def leaderboard_section(board: Leaderboard) -> Section:
    """The section of a leaderboard that holds one data set."""
    data = board.data_names[0]
    ranked = [row.trial for row in board.rows if row.rank is not None]
    charts = [chart for chart in (interval_chart(board, ranked), speed_chart(board, ranked)) if chart is not None]
    tables = [_table(board)]
    unranked = sorted((row for row in board.rows if row.rank is None), key=lambda row: row.trial.status == "stopped")
    if unranked:
        tables.append(_unranked_table(board, unranked))
    score = board.objective_score(ranked[0]) if ranked else None
    direction = "higher is better" if score is None or score.maximize else "lower is better"
    intro = (
        f"{plural(len(ranked), 'trial')} ranked by {board.objectives[data]} on rows held out of training ({direction}). "
        "± is the standard deviation over the folds; in small stand the 95 % interval over rows, or the scores of other splits. "
        "Times are means over the folds, steps included."
    )
    if ranked and ranked[0].allowance and score is not None:
        intro += f" {allowance_text(ranked[0], score)}"
    return Section("leaderboard", "Leaderboard", intro, (tables[0], *charts, *tables[1:]))


_Pair = tuple[str, str]


def _columns(board: Leaderboard) -> list[tuple[_Pair, ...]]:
    """The (split, metric) pairs of each score column.

    The objective has a column for each split; every other metric has one, whose further splits stand below in small.
    """
    objective = board.objectives[board.data_names[0]]
    own = [(pair,) for pair in board.metrics() if pair[1] == objective]
    others: dict[str, list[_Pair]] = {}
    for pair in board.metrics():
        if pair[1] != objective:
            others.setdefault(pair[1], []).append(pair)
    return [*own, *(tuple(pairs) for pairs in others.values())]


def _table(board: Leaderboard) -> Table:
    rows = [row for row in board.rows if row.rank is not None]
    columns = _columns(board)
    served = has_estimates([row.trial for row in rows])
    shown_columns, shown = columns[:MOST_METRICS], rows[:MOST_TRIALS]
    places = [_decimals(rows, pairs) for pairs in shown_columns]
    lines = []
    for row in shown:
        trial = row.trial
        scores = [_score_cell(trial, pairs, decimals) for pairs, decimals in zip(shown_columns, places, strict=True)]
        fit = Cell(duration_text(trial.fit_seconds), sort=trial.fit_seconds)
        speed = _served_cells(trial) if served else [_speed_cell(trial)]
        cost = [Cell(duration_text(trial.cost_seconds), sort=trial.cost_seconds)] if board.searched else []
        rank = Cell(str(row.rank), sort=float(row.rank or 0))
        name = Cell(one_line(trial.name, LONGEST_NAME), small=_settings_text(trial))
        lines.append((rank, name, *scores, *cost, fit, *speed))
    headings = (
        Heading("#", numeric=True, help="rank"),
        Heading("trial"),
        *(Heading(metric_heading(*pairs[0]), numeric=True) for pairs in shown_columns),
        *(
            [Heading("cost", numeric=True, help="time of all its work, every fold and the scoring")]
            if board.searched
            else []
        ),
        Heading("fit", numeric=True, help="mean time to train one fold"),
        *(_SERVED if served else [Heading("per row", numeric=True, help="mean time to predict one row, in batches")]),
    )
    cut = (left_out(len(shown), len(rows), "trial"), left_out(len(shown_columns), len(columns), "metric"))
    marks = served_notes([row.trial for row in shown])
    note = " ".join(sentence for sentence in (*cut, *marks) if sentence)
    return Table(headings, tuple(lines), "Trials, best first", note, row_heading=1, sortable=True)


_SERVED = (
    Heading("p99", numeric=True, help="estimated time within which 99 of 100 requests with one row are answered"),
    Heading("size", numeric=True, help="estimated size of the bundle"),
)


def _served_cells(trial: Trial) -> list[Cell]:
    """Estimated latency and size, with what is missed or runs natively below."""
    found = trial.estimate
    below = one_line(misses_text(trial) or native_text(trial), 120)
    return [
        Cell(latency_text(trial), small=below, sort=None if found is None else found.latency_p99),
        Cell(size_text(trial), sort=None if found is None else float(found.size)),
    ]


def _speed_cell(trial: Trial) -> Cell:
    return Cell(duration_text(trial.predict_seconds / 1000), sort=trial.predict_seconds)


def _decimals(rows: Sequence[Row], pairs: Sequence[_Pair]) -> int:
    scores = [row.trial.score(metric, split) for row in rows for split, metric in pairs]
    return column_decimals(score.value for score in scores if score is not None)


def _settings_text(trial: Trial) -> str:
    """The settings as a second line, unless the name shows them."""
    if not trial.settings or "(" in trial.name:
        return ""
    return one_line(settings_text(trial), LONGEST_NAME)


def _score_cell(trial: Trial, pairs: Sequence[_Pair], decimals: int) -> Cell:
    """A score with its spread, and below it the scores of other splits, or its interval where it stands alone."""
    split, metric = pairs[0]
    score = trial.score(metric, split)
    others = [
        f"{other_split} {number_text(other.value, decimals)}"
        for other_split, _ in pairs[1:]
        if (other := trial.score(metric, other_split)) is not None
    ]
    if score is None:
        return Cell("—", small=", ".join(others))
    text = number_text(score.value, decimals)
    if score.spread is not None:
        text += f" ±{number_text(score.spread, decimals)}"
    small = ", ".join(others)
    if not small and score.low is not None and score.high is not None:
        small = f"[{number_text(score.low, decimals)}, {number_text(score.high, decimals)}]"
    return Cell(text, small=small, sort=score.value)


def _unranked_table(board: Leaderboard, rows: Sequence[Row]) -> Table:
    shown = rows[:MOST_TRIALS]
    lines = tuple(
        (
            Cell(one_line(row.trial.name, LONGEST_NAME)),
            Cell(board.reason(row.trial)[:600], tone="plain" if row.trial.status == "stopped" else "bad"),
        )
        for row in shown
    )
    note = left_out(len(shown), len(rows), "trial")
    return Table((Heading("trial"), Heading("reason")), lines, "Trials without a rank", note, titled=True)
