"""The leaderboard as a table of characters."""

from __future__ import annotations

import dataclasses
import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from litmus.evaluate.number_text import column_decimals, decimals_for, duration_text, number_text, one_line, plural
from litmus.evaluate.served_columns import has_estimates, latency_text, served_notes, size_text
from litmus.evaluate.trial import Score, Trial

if TYPE_CHECKING:
    from litmus.evaluate.leaderboard import Leaderboard, Row

__all__ = ["MOST_TRIALS", "leaderboard_text", "metric_heading", "score_text", "short_names", "unranked_rows"]

WIDTH = 112
"""Widest line: what fits a terminal beside a margin."""
_LAYOUTS = ((40, True), (40, False), (28, False))
"""Widest name, and whether intervals are shown: the first layout in which every score has room is taken."""
_HEADING_WIDTH = 16
MOST_TRIALS = 25
"""Ranked trials shown; a search may have hundreds."""
_MOST_STOPPED = 3
"""Trials stopped early that are named one by one; when there are more, they are counted."""
_MOST_FAILED = 10
"""Failed trials that are named one by one; those beyond are counted."""
_GAP = 2


@dataclasses.dataclass(frozen=True)
class _Column:
    heading: tuple[str, ...]
    cells: tuple[str, ...]
    left: bool = False

    @property
    def width(self) -> int:
        return max(len(text) for text in (*self.heading, *self.cells))

    def pad(self, text: str) -> str:
        return text.ljust(self.width) if self.left else text.rjust(self.width)


def score_text(score: Score | None, decimals: int, *, interval: bool = True) -> str:
    """A score with its spread over folds, or with its interval where there is no spread.

    Example:
        >>> score_text(Score("accuracy", 0.92851, True, spread=0.0021), 4)
        '0.9285 ±0.0021'
        >>> score_text(Score("accuracy", 0.92851, True, low=0.92, high=0.94), 3)
        '0.929 [0.920, 0.940]'
    """
    if score is None:
        return "—"
    text = number_text(score.value, decimals)
    if score.spread is not None:
        return f"{text} ±{number_text(score.spread, decimals)}"
    if interval and score.low is not None and score.high is not None:
        return f"{text} [{number_text(score.low, decimals)}, {number_text(score.high, decimals)}]"
    return text


def metric_heading(split: str, metric: str) -> str:
    """A metric's name as a column shows it: validation, which decides, goes without saying."""
    return metric if split == "validation" else f"{split} {metric}"


def short_names(trials: Sequence[Trial], width: int) -> list[str]:
    """The trials' names on one line, cut to `width`, with the trial's number where what tells two apart was cut off."""
    names = [one_line(trial.name, width) for trial in trials]
    alike = {name for name, count in Counter(names).items() if count > 1}
    for i, trial in enumerate(trials):
        if names[i] in alike and names[i] != one_line(trial.name):
            mark = f"… #{trial.id}"
            names[i] = one_line(trial.name, width - len(mark) + 1).removesuffix("…") + mark
    return names


def leaderboard_text(board: Leaderboard) -> str:
    """The table: rank, name, data set when there are several, scores, times; then the trials without a rank.

    Data sets that share their metrics share a table. Scores that would make a line longer than `WIDTH` are left out,
    and named below the table.
    """
    by_metrics: dict[tuple, list[str]] = {}
    for data in board.data_names:
        if any(row.rank is not None and row.trial.data == data for row in board.rows):
            by_metrics.setdefault(tuple(board.of_data(data).metrics()), []).append(data)
    blocks = [_table(board, data_names) for data_names in by_metrics.values()]
    unranked = _unranked(board)
    blocks += [unranked] if unranked else []
    return "\n\n".join("\n".join(block) for block in blocks) if blocks else "No trials."


def _table(board: Leaderboard, data_names: Sequence[str]) -> list[str]:
    every = [(row.rank, row.trial) for row in board.rows if row.rank is not None and row.trial.data in data_names]
    ranked = [(rank, trial) for rank, trial in every if rank <= MOST_TRIALS]
    trials = [trial for _, trial in ranked]
    pairs = board.of_data(data_names[0]).metrics()
    times = _time_columns(trials, cost=board.searched)
    for widest_name, interval in _LAYOUTS:
        fixed = _fixed_columns(ranked, widest_name, several=len(board.data_names) > 1)
        metrics = [_metric_column(trials, split, metric, interval=interval) for split, metric in pairs]
        shown = _fitting([*fixed, *times], metrics, pairs)
        if len(shown) == len(pairs):
            break
    hidden = [metric_heading(*pair) for i, pair in enumerate(pairs) if i not in shown]
    lines = _draw([*fixed, *(metrics[i] for i in shown), *times])
    left_out = len(every) - len(ranked)
    more = [f"… and {left_out} more trials: see to_pandas()."] if left_out else []
    notes = [line for note in served_notes(trials) for line in textwrap.wrap(note, WIDTH)]
    return [*lines, *more, "", *_explain(board, data_names, hidden), *notes]


def _fixed_columns(ranked: Sequence[tuple[int, Trial]], widest_name: int, *, several: bool) -> list[_Column]:
    columns = [_Column(("rank",), tuple(str(rank) for rank, _ in ranked))]
    if several:
        columns.append(_Column(("data",), tuple(one_line(trial.data, 24) for _, trial in ranked), left=True))
    names = short_names([trial for _, trial in ranked], widest_name)
    return [*columns, _Column(("name",), tuple(names), left=True)]


def _metric_column(trials: Sequence[Trial], split: str, metric: str, *, interval: bool) -> _Column:
    scores = [trial.score(metric, split) for trial in trials]
    decimals = column_decimals(score.value for score in scores if score is not None)
    cells = tuple(score_text(score, decimals, interval=interval) for score in scores)
    return _Column(_wrap(metric_heading(split, metric)), cells)


def _time_columns(trials: Sequence[Trial], *, cost: bool) -> list[_Column]:
    """What fits and answers take, and after a search what each trial cost in all; the latter where they are served, if known."""
    costs = _Column(("cost",), tuple(duration_text(trial.cost_seconds) for trial in trials))
    fits = _Column(("fit",), tuple(duration_text(trial.fit_seconds) for trial in trials))
    if has_estimates(trials):  # what counts where it is served takes the place of what a row takes among a thousand
        served = [
            _Column(("p99",), tuple(map(latency_text, trials)), left=True),
            _Column(("size",), tuple(map(size_text, trials)), left=True),
        ]
    else:
        served = [_Column(("per row",), tuple(duration_text(trial.predict_seconds / 1000) for trial in trials))]
    return [*([costs] if cost else []), fits, *served]


def _wrap(heading: str) -> tuple[str, ...]:
    """A heading on several short lines, broken after a space, an underscore or before a bracket."""
    pieces = re.findall(r"\(?[^\s_(]*[\s_]?", one_line(heading))
    lines = [""]
    for piece in pieces:
        if lines[-1] and len((lines[-1] + piece).rstrip()) > _HEADING_WIDTH:
            lines.append("")
        lines[-1] += piece
    cut = [part for line in lines for part in textwrap.wrap(line.strip(), 2 * _HEADING_WIDTH)]
    return tuple(cut[:5]) or ("",)


def _fitting(others: Sequence[_Column], metrics: Sequence[_Column], pairs: Sequence[tuple[str, str]]) -> list[int]:
    """Positions of the score columns that have room beside the others; the first is the objective."""
    room = WIDTH - sum(column.width + _GAP for column in others) + _GAP
    shown: list[int] = []
    for i in sorted(range(len(metrics)), key=lambda i: _priority(pairs[i], pairs)):
        needed = metrics[i].width + _GAP
        if i == 0 or needed <= room:
            shown.append(i)
            room -= needed
    return sorted(shown)


def _priority(pair: tuple[str, str], pairs: Sequence[tuple[str, str]]) -> int:
    """Which scores get room first: the objective, its test score, what is measured on one split only, the rest."""
    split, metric = pair
    if metric == pairs[0][1]:
        return {"validation": 0, "test": 1}.get(split, 5)
    if split == "test":
        return 4 if ("validation", metric) in pairs else 2
    return 3 if split == "validation" else 5


def _draw(columns: Sequence[_Column]) -> list[str]:
    depth = max(len(column.heading) for column in columns)
    headings = [("",) * (depth - len(column.heading)) + column.heading for column in columns]
    gap = " " * _GAP
    lines = [gap.join(c.pad(h[i]) for c, h in zip(columns, headings, strict=True)).rstrip() for i in range(depth)]
    lines.append(gap.join("─" * column.width for column in columns))
    height = len(columns[0].cells)
    lines += [gap.join(column.pad(column.cells[i]) for column in columns).rstrip() for i in range(height)]
    return lines


def _explain(board: Leaderboard, data_names: Sequence[str], hidden: Sequence[str]) -> list[str]:
    """What ranks the trials, how sure the first score is, and which scores had no room."""
    lines = []
    for data in data_names:
        best = board.best(data)
        score = board.objective_score(best)
        if score is None:
            continue
        direction = "higher" if score.maximize else "lower"
        where = f"{one_line(data, 24)}: ranked" if len(board.data_names) > 1 else "Ranked"
        line = f"{where} by {score.metric} on the validation rows, {direction} is better."
        if score.low is not None and score.high is not None:
            decimals = decimals_for([score.value])
            low, high = number_text(score.low, decimals), number_text(score.high, decimals)
            line += f" 95 % interval of the first: {low} to {high}."
        if best.bar_violation:
            line += " No trial meets every bar; the nearest comes first."
        if best.allowance:
            line += f" {allowance_text(best, score)}"
        lines += textwrap.wrap(line, WIDTH)
    if hidden:
        lines += textwrap.wrap(f"No room for {', '.join(hidden)}: see to_pandas().", WIDTH)
    return lines


def allowance_text(trial: Trial, score: Score) -> str:
    """Why an ensemble may stand before a trial of a better score."""
    decimals = decimals_for([score.value])
    return (
        f"The best of many trials owes {number_text(trial.allowance, decimals)} of its score to being picked by it, "
        f"which {one_line(trial.name, 28)} does not and is not held back for."
    )


def unranked_rows(board: Leaderboard) -> tuple[list[Row], list[str]]:
    """The trials without a rank that are named one by one, and sentences that count the others."""
    unranked = [row for row in board.rows if row.rank is None]
    stopped = [row for row in unranked if row.trial.status == "stopped"]
    others = [row for row in unranked if row.trial.status != "stopped"]
    counts = []
    if len(others) > _MOST_FAILED:
        counts.append(f"… and {plural(len(others) - _MOST_FAILED, 'more failed trial')}: see to_pandas().")
    if len(stopped) > _MOST_STOPPED:
        counts.append(f"{len(stopped)} trials were stopped early and have no rank: see to_pandas().")
        stopped = []
    return [*others[:_MOST_FAILED], *stopped], counts


def _unranked(board: Leaderboard) -> list[str]:
    several = len(board.data_names) > 1
    rows, counts = unranked_rows(board)
    lines = []
    for row in rows:
        name = one_line(row.trial.name, 40) + (f" on {one_line(row.trial.data, 24)}" if several else "")
        lines.append(one_line(f"✗ {name}: {board.reason(row.trial)}", WIDTH))
    return [*lines, *counts]
