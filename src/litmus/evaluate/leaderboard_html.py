"""The leaderboard as a table of HTML, for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from litmus.evaluate.leaderboard_text import metric_heading, score_text
from litmus.evaluate.number_text import column_decimals, duration_text, number_text, one_line

if TYPE_CHECKING:
    from litmus.evaluate.leaderboard import Leaderboard, Row

__all__ = ["leaderboard_html"]


def leaderboard_html(board: Leaderboard) -> str:
    """A `<table>` with every score, its interval as a tooltip, and the failed trials last with their reasons."""
    several = len(board.data_names) > 1
    pairs = board.metrics()
    decimals = {
        (split, metric): column_decimals(s.value for trial in board if (s := trial.score(metric, split)) is not None)
        for split, metric in pairs
    }
    headings = [
        "rank",
        *(["data"] if several else []),
        "name",
        *(metric_heading(*pair) for pair in pairs),
        "fit",
        "per row",
    ]
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    body = "".join(_row(board, row, decimals, several=several) for row in board.rows)
    return f'<table class="litmus-leaderboard"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(board: Leaderboard, row: Row, decimals: dict[tuple[str, str], int], *, several: bool) -> str:
    trial = row.trial
    data = f"<td>{escape(one_line(trial.data))}</td>" if several else ""
    name = f'<th scope="row" style="text-align:left">{escape(one_line(trial.name))}</th>'
    if row.rank is None:
        reason = escape(board.reason(trial))
        return f'<tr><td>✗</td>{data}{name}<td colspan="{len(decimals) + 2}" style="text-align:left">{reason}</td></tr>'
    cells = []
    for (split, metric), places in decimals.items():
        score = trial.score(metric, split)
        title = ""
        if score is not None and score.low is not None and score.high is not None:
            title = f' title="95 % interval {number_text(score.low, places)} to {number_text(score.high, places)}"'
        cells.append(f"<td{title}>{score_text(score, places)}</td>")
    times = f"<td>{duration_text(trial.fit_seconds)}</td><td>{duration_text(trial.predict_seconds / 1000)}</td>"
    return f"<tr><td>{row.rank}</td>{data}{name}{''.join(cells)}{times}</tr>"
