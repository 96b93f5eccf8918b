"""The trials of one data set side by side: how sure their order is, and what speed each score costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.leaderboard_text import short_names
from litmus.evaluate.number_text import column_decimals, duration_text, number_text, one_line
from litmus.evaluate.trial import Score, Trial
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.label_places import label_places
from litmus.report.limits import LONGEST_NAME, MOST_CHART_TRIALS, left_out
from litmus.report.vega import axis, chart_spec, significant

__all__ = ["bounds", "interval_chart", "speed_chart"]

_ROLES = {"domain": ["best", "other", "baseline"], "range": ["theme:accent", "theme:ink", "theme:muted"]}
_ROLE_COLOR = axis("role", None, kind="nominal", legend=None, scale=_ROLES)
_NAME_AXIS = {"labelLimit": 220, "grid": False, "domain": False, "ticks": False}
_LABELS = {
    "right": {"align": "left", "dx": 8},
    "left": {"align": "right", "dx": -8},
    "above": {"align": "center", "dy": -12},
    "below": {"align": "center", "dy": 12},
}
_HEIGHT = 240
_POINT = {"type": "point", "filled": True, "size": 90, "opacity": 1}


def bounds(score: Score) -> tuple[float, float] | None:
    """The 95 % interval of a score, or one standard deviation over folds to both sides, or None."""
    if score.low is not None and score.high is not None:
        return score.low, score.high
    if score.spread is not None:
        return score.value - score.spread, score.value + score.spread
    return None


def interval_chart(board: Leaderboard, ranked: Sequence[Trial]) -> Chart | None:
    """Each trial's objective as a point on its interval; None when there is nothing to compare."""
    if len(ranked) < 2:
        return None
    shown = [*ranked[:MOST_CHART_TRIALS], *(t for t in ranked[MOST_CHART_TRIALS:] if t.algorithm == "Baseline")]
    metric = board.objectives[ranked[0].data]
    points = _points(board, shown, 36)
    names = [point["trial"] for point in points]
    x = axis("score", metric, scale=_scale(points))
    low, high = axis("low", metric, scale=x["scale"]), {"field": "high"}
    tooltip = [axis("trial", "trial", kind="nominal"), axis("score", metric), axis("low", "from"), axis("high", "to")]
    layers = [
        {"mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6}, "encoding": {"x": low, "x2": high}},
        {"mark": _POINT, "encoding": {"x": x, "tooltip": tooltip}},
    ]
    spec = chart_spec(
        f"{metric} of {len(points)} trials with intervals; best: {names[0]}.",
        layers=layers,
        data=points,
        height=max(28 * len(points), _HEIGHT),
        encoding={"y": axis("trial", None, kind="nominal", sort=names, axis=_NAME_AXIS), "color": _ROLE_COLOR},
    )
    headings = (
        Heading("trial"),
        Heading(metric, numeric=True),
        Heading("from", numeric=True),
        Heading("to", numeric=True),
    )
    decimals = column_decimals(point["score"] for point in points)
    lines = tuple(
        (Cell(point["name"]), *(Cell(number_text(point[key], decimals)) for key in ("score", "low", "high")))
        for point in points
    )
    table = Table(headings, lines, f"{metric} of each trial", left_out(len(shown), len(ranked), "trial"))
    caption = "Trials whose lines overlap may be equally good; choose among them by speed and simplicity."
    return Chart("How sure the order is", caption, spec, table)


def speed_chart(board: Leaderboard, ranked: Sequence[Trial]) -> Chart | None:
    """The objective against the time to predict a row; None for fewer than three trials."""
    shown = [trial for trial in ranked[:MOST_CHART_TRIALS] if trial.predict_seconds > 0]
    if len(shown) < 3:
        return None
    metric = board.objectives[ranked[0].data]
    points = _points(board, shown, 26)
    micros = np.log([point["micros"] for point in points])
    sides = label_places(_to_unit(micros), _to_unit([point["score"] for point in points]), [p["trial"] for p in points])
    for point, side in zip(points, sides, strict=True):
        point["side"] = side
    x_title = "time to predict a row, µs (log scale)"
    x = axis(
        "micros", x_title, scale={"type": "log", "padding": 24, "nice": False}, axis={"tickCount": 5, "grid": False}
    )
    tooltip = [axis("trial", "trial", kind="nominal"), axis("micros", "µs a row", format=",.3r"), axis("score", metric)]
    layers: list[dict[str, Any]] = [{"mark": _POINT, "encoding": {"tooltip": tooltip}}]
    for place in sorted(set(sides) - {""}):
        mark = _LABELS[place]
        rows = [{"filter": {"field": "side", "equal": place}}]
        layers.append({"transform": rows, "mark": {"type": "text", **mark}, "encoding": {"text": {"field": "trial"}}})
    y = axis("score", metric, scale=_scale(points))
    spec = chart_spec(
        f"{metric} against prediction time of {len(points)} trials.",
        layers=layers,
        data=points,
        height=_HEIGHT,
        encoding={"x": x, "y": y, "color": _ROLE_COLOR},
    )
    headings = (Heading("trial"), Heading("per row", numeric=True), Heading(metric, numeric=True))
    lines = tuple(
        (Cell(point["name"]), Cell(duration_text(point["micros"] / 1e6)), Cell(number_text(point["score"])))
        for point in points
    )
    note = left_out(len(shown), len(ranked), "trial")
    table = Table(headings, lines, f"{metric} and prediction time of each trial", note)
    return Chart("Score and speed", "Time is measured on many rows at once; one row alone takes longer.", spec, table)


def _scale(points: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A scale around the scores and their intervals that does not reach below 0 or above 1 where no score does."""
    low, high = min(point["low"] for point in points), max(point["high"] for point in points)
    margin = (high - low) * 0.08 or abs(high) * 0.05 or 0.05
    start = max(low - margin, 0.0) if low >= 0 else low - margin
    end = min(high + margin, 1.0) if high <= 1 else high + margin
    return {"domain": significant([start, end]), "zero": False, "nice": True}


def _to_unit(values: Any) -> list[float]:
    """Values as shares of the way from the smallest to the largest, with the margin that charts leave."""
    array = np.asarray(values, np.float64)
    width = float(np.ptp(array)) or 1.0
    return (0.08 + 0.84 * (array - array.min()) / width).tolist()


def _points(board: Leaderboard, trials: Sequence[Trial], widest_name: int) -> list[dict[str, Any]]:
    """The facts of each trial that the charts draw."""
    points = []
    for trial, name in zip(trials, short_names(trials, widest_name), strict=True):
        score = board.objective_score(trial)
        if score is None:
            continue
        low, high = bounds(score) or (score.value, score.value)
        role = "best" if board.best(trial.data) is trial else "baseline" if trial.algorithm == "Baseline" else "other"
        points.append(
            {
                "trial": name,
                "name": one_line(trial.name, LONGEST_NAME),
                "score": score.value,
                "low": low,
                "high": high,
                "micros": trial.predict_seconds * 1000,
                "role": role,
            }
        )
    return points
