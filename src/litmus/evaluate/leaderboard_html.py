"""The leaderboard as a table of HTML, for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from litmus.evaluate.leaderboard_text import MOST_TRIALS, metric_heading, score_text, unranked_rows
from litmus.evaluate.number_text import column_decimals, duration_text, number_text, one_line, plural
from litmus.evaluate.served_columns import (
    has_estimates,
    latency_text,
    misses_text,
    native_text,
    served_notes,
    size_text,
)

if TYPE_CHECKING:
    from litmus.evaluate.leaderboard import Leaderboard, Row

__all__ = ["leaderboard_html"]


def leaderboard_html(board: Leaderboard) -> str:
    """A `<table>` with every score, its interval as a tooltip, and the failed trials last with their reasons.

    As in the text, it shows the first trials of each data set and counts the others, so that a search of hundreds does not
    flood a notebook.
    """
    several = len(board.data_names) > 1
    shown = [row for row in board.rows if row.rank is not None and row.rank <= MOST_TRIALS]
    decimals = {
        (split, metric): column_decimals(
            score.value for row in shown if (score := row.trial.score(metric, split)) is not None
        )
        for split, metric in board.metrics()
    }
    headings = [
        "rank",
        *(["data"] if several else []),
        "name",
        *(metric_heading(*pair) for pair in decimals),
        *(["cost"] if board.searched else []),
        "fit",
        *(["p99", "size"] if has_estimates([row.trial for row in shown]) else ["per row"]),
    ]
    unranked, counts = unranked_rows(board)
    left_out = sum(row.rank is not None for row in board.rows) - len(shown)
    if left_out:
        counts = [f"… and {plural(left_out, 'more trial')}: see to_pandas().", *counts]
    counts += served_notes([row.trial for row in shown])
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    served = has_estimates([row.trial for row in shown])
    body = "".join(_row(board, row, decimals, several=several, served=served) for row in shown)
    width = len(headings) - 2 - several
    body += "".join(_unranked_row(board, row, width, several=several) for row in unranked)
    body += "".join(
        f'<tr><td colspan="{len(headings)}" style="text-align:left">{escape(one)}</td></tr>' for one in counts
    )
    return f'<table class="litmus-leaderboard"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(board: Leaderboard, row: Row, decimals: dict[tuple[str, str], int], *, several: bool, served: bool) -> str:
    trial = row.trial
    cells = []
    for (split, metric), places in decimals.items():
        score = trial.score(metric, split)
        title = ""
        if score is not None and score.low is not None and score.high is not None:
            title = f' title="95 % interval {number_text(score.low, places)} to {number_text(score.high, places)}"'
        cells.append(f"<td{title}>{score_text(score, places)}</td>")
    seconds = [trial.cost_seconds] if board.searched else []
    seconds += [trial.fit_seconds, *([] if served else [trial.predict_seconds / 1000])]
    times = "".join(f"<td>{duration_text(one)}</td>" for one in seconds)
    if served:
        title = escape("; ".join(filter(None, (misses_text(trial), native_text(trial)))))
        times += f'<td title="{title}">{escape(latency_text(trial))}</td><td>{escape(size_text(trial))}</td>'
    return f"<tr><td>{row.rank}</td>{_names(row, several=several)}{''.join(cells)}{times}</tr>"


def _unranked_row(board: Leaderboard, row: Row, width: int, *, several: bool) -> str:
    reason = f'<td colspan="{width}" style="text-align:left">{escape(board.reason(row.trial))}</td>'
    return f"<tr><td>✗</td>{_names(row, several=several)}{reason}</tr>"


def _names(row: Row, *, several: bool) -> str:
    data = f"<td>{escape(one_line(row.trial.data))}</td>" if several else ""
    return f'{data}<th scope="row" style="text-align:left">{escape(one_line(row.trial.name))}</th>'
