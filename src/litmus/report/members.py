"""What an ensemble is made of: its members, what each counts, and what each is worth alone."""

from __future__ import annotations

from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.leaderboard_text import allowance_text
from litmus.evaluate.number_text import column_decimals, duration_text, number_text, one_line, percent_text
from litmus.evaluate.trial import Score, Trial
from litmus.report.blocks import Cell, Heading, Section, Table
from litmus.report.limits import LONGEST_NAME

__all__ = ["members_section", "settings_text"]


def settings_text(trial: Trial) -> str:
    """The settings of a trial on one line; of an ensemble, its members with their shares."""
    if not trial.members:
        return ", ".join(f"{name}={value!r}" for name, value in trial.settings.items())
    shares = trial.settings.get("members", {})
    text = ", ".join(f"{percent_text(share, 0)} {name}" for name, share in shares.items())
    return f"stacked: {text}" if trial.settings.get("method") == "stacking" else text


def members_section(board: Leaderboard, best: Trial) -> Section | None:
    """The section on the members of the best model; None when it is no ensemble."""
    members = [trial for trial in board if trial.id in best.members]
    if not members:
        return None
    members.sort(key=lambda trial: -best.members[trial.id])
    metric = board.objectives[best.data]
    alone = [trial.score(metric) for trial in members]
    decimals = column_decimals(score.value for score in [*alone, best.score(metric)] if score is not None)
    lines = []
    for trial, score in zip(members, alone, strict=True):
        share = best.members[trial.id]
        test = trial.score(metric, "test")
        lines.append(
            (
                Cell(one_line(trial.name, LONGEST_NAME), small="" if "(" in trial.name else settings_text(trial)),
                Cell(percent_text(share, 0), bar=share, sort=share),
                _score_cell(score, decimals),
                _score_cell(test, decimals),
                Cell(duration_text(trial.predict_seconds / 1000), sort=trial.predict_seconds),
            )
        )
    headings = (
        Heading("member"),
        Heading("share", numeric=True),
        Heading(f"{metric} alone", numeric=True),
        Heading(f"test {metric} alone", numeric=True),
        Heading("per row", numeric=True, help="mean time to predict one row, in batches"),
    )
    table = Table(headings, tuple(lines), "Members of the ensemble", _cost(best, members), sortable=True)
    return Section("members", "What it is made of", _sentence(board, best, members, decimals), (table,))


def _score_cell(score: Score | None, decimals: int) -> Cell:
    return Cell("—") if score is None else Cell(number_text(score.value, decimals), sort=score.value)


def _sentence(board: Leaderboard, best: Trial, members: list[Trial], decimals: int) -> str:
    """How the members answer together, and what they gain by it."""
    if best.settings.get("method") == "stacking":
        how = "and a second model has learned what to make of their answers; the shares say how the members were chosen"
    else:
        how = "and the answer is the mean of theirs, in which each counts for its share"
    text = f"{len(members)} trials answer together, {how}."
    metric, own = board.objectives[best.data], best.score(board.objectives[best.data])
    scored = [(score, trial) for trial in members if (score := trial.score(metric)) is not None]
    if own is None or not scored:
        return text
    sign = 1 if own.maximize else -1
    score, first = max(scored, key=lambda pair: sign * pair[0].value)
    luck = f" {allowance_text(best, own)}" if sign * (own.value - score.value) < 0 < best.allowance else ""
    return (
        f"{text} Together they reach {metric} {number_text(own.value, decimals)}, the best of them alone "
        f"({one_line(first.name, 60)}) {number_text(score.value, decimals)}. The shares that are judged on a fold's rows were "
        f"chosen on the rows of the other folds.{luck}"
    )


def _cost(best: Trial, members: list[Trial]) -> str:
    fastest = min(members, key=lambda trial: trial.predict_seconds)
    return (
        f"All members are asked, so that a row takes about {duration_text(best.predict_seconds / 1000)}; "
        f"{one_line(fastest.name, 60)} alone takes {duration_text(fastest.predict_seconds / 1000)}."
    )
