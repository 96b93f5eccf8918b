"""How a search went: the scores of its trials over time and over trials, and fold by fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.evaluate.number_text import column_decimals, duration_text, number_text
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.limits import MOST_SEARCH_POINTS, MOST_SERIES, MOST_TRIALS, left_out
from litmus.report.search_facts import SearchFacts, Tried, by_end
from litmus.report.vega import axis, chart_spec, significant, thinned

__all__ = ["fold_chart", "time_chart", "time_unit", "trial_chart"]

_HEIGHT = 300
_SHAPES = {
    "complete": "circle",
    "stopped early": "cross",
    "failed": "triangle-down",
    "ensemble": "diamond",
}
_LEGEND = {"orient": "bottom", "title": None, "labelLimit": 160, "columns": 3}
_SHAPE_LEGEND = {"orient": "top", "title": None, "symbolFillColor": "theme:muted", "symbolStrokeWidth": 0}
_MOST_FOLD_LINES = 30
_FEWEST_TRIALS = 3


def time_unit(seconds: float) -> tuple[float, str]:
    """Seconds of the unit that suits a span of time, and its name.

    Example:
        >>> time_unit(45), time_unit(1200)
        ((1.0, 's'), (60.0, 'min'))
    """
    return (1.0, "s") if seconds <= 180 else (60.0, "min") if seconds <= 10_800 else (3600.0, "h")


def time_chart(facts: SearchFacts) -> Chart | None:
    """Every trial's score at the moment it ended, and the best so far; None when times are not known."""
    ended = by_end(facts.tried)
    if len(ended) < _FEWEST_TRIALS or facts.edge is None:
        return None
    factor, unit = time_unit(ended[-1].trial.finished or 0.0)
    places = {one.number: (one.trial.finished or 0.0) / factor for one in ended}
    records = facts.records(one for one in ended if one.status == "complete")
    spec = _progress_spec(facts, ended, records, places=places, x_title=f"time since the run began, {unit}")
    headings = (
        Heading("best so far"),
        Heading("after", numeric=True),
        Heading(facts.metric, numeric=True),
    )
    decimals = _decimals(facts)
    lines = tuple(
        (Cell(one.name), Cell(duration_text(one.trial.finished)), Cell(number_text(one.score, decimals)))
        for one in records
    )
    table = Table(headings, lines, f"Trials that were the best so far, by time, with their {facts.metric}")
    caption = f"The line is the best score so far. {_edge_sentence(facts)}".strip()
    return Chart("Best score over time", caption, spec, table)


def trial_chart(facts: SearchFacts) -> Chart | None:
    """Every trial's score in the order they were begun, and the best so far; None for a few trials."""
    if len(facts.tried) < _FEWEST_TRIALS or facts.edge is None:
        return None
    places = {one.number: float(one.number) for one in facts.tried}
    records = facts.records(one for one in facts.tried if one.status == "complete")
    spec = _progress_spec(facts, facts.tried, records, places=places, x_title="trial")
    spec["encoding"]["x"]["axis"] = {"format": "d", "tickMinStep": 1}
    shown = facts.tried[:MOST_TRIALS]
    decimals = _decimals(facts)
    headings = (
        Heading("trial"),
        Heading("number", numeric=True),
        Heading("of"),
        Heading(facts.metric, numeric=True),
        Heading("outcome"),
        Heading("cost", numeric=True),
    )
    lines = tuple(
        (
            Cell(one.name),
            Cell(str(one.number), sort=one.number),
            Cell(one.family),
            Cell(number_text(one.score, decimals), sort=one.score),
            Cell(one.status),
            Cell(duration_text(one.trial.cost_seconds), sort=one.trial.cost_seconds),
        )
        for one in shown
    )
    note = left_out(len(shown), len(facts.tried), "trial", by="the first ones")
    table = Table(headings, lines, "Trials in the order they were begun", note, sortable=True)
    caption = "A cross is a trial stopped early, as far below the best as it was on the folds it got; it takes no part in the line."
    return Chart("Best score over trials", caption, spec, table)


def fold_chart(facts: SearchFacts) -> Chart | None:
    """The mean over the first folds of each trial, as the search saw it when it decided whom to stop; None for one fold."""
    lines = _fold_lines(facts)
    edge = _fold_edge(facts, lines)
    if facts.n_folds < 2 or len(lines) < _FEWEST_TRIALS or facts.edge is None:
        return None
    data = [
        {
            "trial": one.name,
            "number": one.number,
            "outcome": one.status,
            "folds": done,
            "score": facts.within(mean, edge),
        }
        for one, means in lines
        for done, mean in enumerate(significant(means, 5), 1)
        if mean is not None
    ]
    color = axis(
        "outcome",
        None,
        kind="nominal",
        scale={"domain": ["complete", "stopped early"], "range": ["theme:accent", "theme:series-2"]},
        legend=_LEGEND,
    )
    encoding = {
        "x": axis("folds", "folds done", axis={"format": "d", "tickMinStep": 1}, scale={"domain": [1, facts.n_folds]}),
        "y": axis("score", f"{facts.metric}, mean so far", scale={"zero": False, "nice": True}),
        "detail": {"field": "number", "type": "nominal"},
        "color": color,
        "tooltip": [axis("trial", "trial", kind="nominal"), axis("folds", "folds"), axis("score", facts.metric)],
    }
    layers = [
        {"mark": {"type": "line", "strokeWidth": 1.5, "opacity": 0.55}},
        {"mark": {"type": "point", "filled": True, "size": 28, "opacity": 0.8}},
    ]
    spec = chart_spec(
        f"Mean {facts.metric} after each fold, of {len(lines)} trials.",
        layers=layers,
        data=data,
        height=_HEIGHT,
        encoding=encoding,
    )
    decimals = _decimals(facts)
    headings = (
        Heading("trial"),
        Heading("outcome"),
        *(Heading(f"after {count}", numeric=True) for count in range(1, facts.n_folds + 1)),
    )
    rows = tuple(
        (
            Cell(one.name),
            Cell(one.status),
            *(
                Cell(number_text(means[place], decimals) if place < len(means) else "—")
                for place in range(facts.n_folds)
            ),
        )
        for one, means in lines
    )
    table = Table(headings, rows, f"Mean {facts.metric} of each trial after each fold")
    total = sum(bool(_folds(one, facts)) for one in facts.configurations)
    note = left_out(len(lines), total, "trial", by="the best ones and the last ones stopped")
    caption = f"A trial ends where it was stopped: it was behind the best one on the same folds by more than folds vary. {note}"
    return Chart("Scores fold by fold", caption.strip(), spec, table)


def _progress_spec(
    facts: SearchFacts, tried: Sequence[Tried], records: Sequence[Tried], *, places: dict[int, float], x_title: str
) -> dict[str, Any]:
    """Points for trials and a rising line for the best so far."""
    best = max((facts.sign * one.score for one in tried if one.score is not None), default=0.0) * facts.sign
    worst = best if facts.edge is None else facts.edge
    margin = abs(best - worst) * 0.08 or abs(best) * 0.02 or 0.02
    domain = sorted([worst - facts.sign * margin, best + facts.sign * margin])
    domain = [max(domain[0], 0.0) if worst >= 0 and best >= 0 else domain[0], domain[1]]
    floor = worst - facts.sign * margin
    floor = min(max(floor, domain[0]), domain[1])
    points = [
        {
            "x": places[one.number],
            "y": floor if one.score is None or facts.within(one.score, facts.edge) != one.score else one.score,
            "family": _series(facts, one),
            "outcome": one.status,
            "trial": one.name,
            "told": number_text(one.score),
            "cost": duration_text(one.trial.cost_seconds),
        }
        for one in _kept(tried, records)
    ]
    _round(points)
    line = [{"x": places[one.number], "y": facts.within(one.score, facts.edge)} for one in records]
    line += [{**line[-1], "x": max(places.values())}] if line else []
    _round(line)
    series = list(
        dict.fromkeys(_series(facts, one) for family in facts.families for one in tried if one.family == family)
    )
    shapes = [name for name in _SHAPES if any(point["outcome"] == name for point in points)]
    tooltip = [
        axis("trial", "trial", kind="nominal"),
        axis("told", facts.metric, kind="nominal"),
        axis("outcome", "outcome", kind="nominal"),
        axis("cost", "cost", kind="nominal"),
    ]
    marks = {
        "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0.75},
        "encoding": {
            "color": axis(
                "family", None, kind="nominal", scale={"domain": series, "range": _colors(series)}, legend=_key(series)
            ),
            "shape": axis(
                "outcome",
                None,
                kind="nominal",
                scale={"domain": shapes, "range": [_SHAPES[name] for name in shapes]},
                legend=_SHAPE_LEGEND | {"values": [name for name in shapes if name != "ensemble"]},
            ),
            "tooltip": tooltip,
        },
    }
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": line},
            "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2, "color": "theme:ink"},
        },
        marks,
    ]
    last = number_text(records[-1].score) if records else "none"
    return chart_spec(
        f"{facts.metric} of {len(points)} trials and the best so far, against {x_title}; the best is {last} in the end.",
        layers=layers,
        data=points,
        height=_HEIGHT,
        encoding={
            "x": axis("x", x_title, scale={"zero": False, "nice": True}, axis={"grid": False}),
            "y": axis("y", facts.metric, scale={"domain": significant(domain, 5), "zero": False, "clamp": True}),
        },
        resolve={"legend": {"color": "independent", "shape": "independent"}},
    )


def _kept(tried: Sequence[Tried], records: Sequence[Tried]) -> list[Tried]:
    """The trials to draw: all, or of very many the records, the ensemble, and an even share of the others."""
    if len(tried) <= MOST_SEARCH_POINTS:
        return list(tried)
    always = {one.number for one in records} | {one.number for one in tried if one.status == "ensemble"}
    kept = always | {tried[place].number for place in thinned(len(tried), MOST_SEARCH_POINTS)}
    return [one for one in tried if one.number in kept]


def _series(facts: SearchFacts, one: Tried) -> str:
    """The family's name in the key, or "others" for those that no colour is left for."""
    if not one.is_configuration or facts.families.index(one.family) < MOST_SERIES:
        return one.family
    return "others"


def _colors(series: Sequence[str]) -> list[str]:
    """A colour for each family; the baseline, the ensemble and the rest are no rivals and get greys."""
    greys = {"Ensemble": "theme:ink", "Baseline": "theme:muted", "others": "theme:muted"}
    left = iter(["theme:accent", *(f"theme:series-{number}" for number in range(2, 11))])
    return [greys[name] if name in greys else next(left, "theme:muted") for name in series]


def _key(series: Sequence[str]) -> dict[str, Any]:
    """A key in as many columns as the names leave room for on a narrow page."""
    return {**_LEGEND, "columns": 3 if max(map(len, series), default=0) <= 8 else 2}


def _fold_lines(facts: SearchFacts) -> list[tuple[Tried, list[float]]]:
    """Trials with their means after each fold: the best, and those stopped last."""
    scored = [one for one in facts.configurations if _folds(one, facts)]
    complete = sorted(
        (one for one in scored if one.status == "complete"), key=lambda one: -facts.sign * (one.score or 0)
    )
    stopped = [one for one in scored if one.status == "stopped early"]
    half = max(_MOST_FOLD_LINES // 2, _MOST_FOLD_LINES - len(stopped))
    chosen = complete[:half]
    chosen += stopped[-max(_MOST_FOLD_LINES - len(chosen), 0) :] if len(chosen) < _MOST_FOLD_LINES else []
    return [
        (one, (np.cumsum(_folds(one, facts)) / np.arange(1, len(_folds(one, facts)) + 1)).tolist()) for one in chosen
    ]


def _fold_edge(facts: SearchFacts, lines: Sequence[tuple[Tried, list[float]]]) -> float | None:
    """The worst mean to tell apart: half as far again as complete trials reach."""
    means = facts.sign * np.array([mean for one, found in lines if one.status == "complete" for mean in found])
    return facts.sign * float(means.min() - np.ptp(means) / 2) if len(means) else None


def _folds(one: Tried, facts: SearchFacts) -> tuple[float, ...]:
    """The scores of a trial's folds, in their order; of those tried with a part of the effort none, as they are no rivals."""
    if one.trial.searched is not None and one.trial.searched.fidelity < 1:
        return ()
    score = one.trial.score(facts.metric)
    folds = one.trial.fold_scores if score is None else score.folds
    return folds if np.isfinite(folds).all() else ()


def _round(points: list[dict[str, Any]]) -> None:
    for key in ("x", "y"):
        for point, value in zip(points, significant([point[key] for point in points], 6), strict=True):
            point[key] = value


def _decimals(facts: SearchFacts) -> int:
    best = facts.best(facts.complete)
    scores = [one.score for one in facts.complete if one.score is not None]
    return column_decimals([*([best.score] if best is not None and best.score is not None else []), *scores])


def _edge_sentence(facts: SearchFacts) -> str:
    """What is said about trials that would not fit the chart."""
    beyond = [one for one in facts.tried if one.score is None or facts.within(one.score, facts.edge) != one.score]
    return "Trials without a score, and those far worse than the rest, are drawn at the edge." if beyond else ""
