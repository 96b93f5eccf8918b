"""The settings that a search tried for one algorithm, side by side and coloured by their scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.domains import Choice, Domain
from litmus.evaluate.number_text import column_decimals, number_text, one_line
from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.limits import MOST_PARAMETERS, MOST_SEARCH_LINES, MOST_TRIALS, left_out
from litmus.report.search_facts import SearchFacts, Tried
from litmus.report.vega import axis, chart_spec

__all__ = ["scored_of", "settings_chart", "varied"]

_FEWEST = 4
_UNUSED = -0.14
"""The height of values that are on no range: parameters that do not count there, and defaults outside the range."""
_MOST_CHOICES = 12
_MOST_LEVEL = 5
"""Axes whose names have room beside one another."""


def scored_of(facts: SearchFacts, family: str) -> list[Tried]:
    """The trials of a family that have a score, those stopped early with what their folds let expect."""
    return [
        one
        for one in facts.configurations
        if one.family == family and one.score is not None and one.trial.searched is not None
    ]


def varied(tried: Sequence[Tried]) -> list[str]:
    """The parameters in which these trials differ, in the order of their space."""
    spaces = [one.trial.searched for one in tried if one.trial.searched is not None]
    if not spaces:
        return []
    return [
        name
        for name in spaces[0].space.parameters
        if len({repr(found.settings.get(name, _UNUSED)) for found in spaces}) > 1
    ]


def settings_chart(facts: SearchFacts, family: str) -> Chart | None:
    """One line a trial through the values of its parameters to its score; None for a few trials or one parameter."""
    tried = scored_of(facts, family)
    names, complete = varied(tried), [one for one in tried if one.status == "complete"]
    if len(tried) < _FEWEST or len(complete) < 2 or not names:
        return None
    shown_names = names[:MOST_PARAMETERS]
    ordered = sorted(tried, key=lambda one: (one.status == "complete", facts.sign * (one.score or 0.0)), reverse=True)
    shown = ordered[:MOST_SEARCH_LINES]
    searched = tried[0].trial.searched
    domains = {name: searched.space.parameters[name] for name in shown_names} if searched is not None else {}
    spec = _spec(facts, family, shown, domains)
    cut = (
        left_out(len(shown), len(tried), "trial", by="the best ones"),
        left_out(len(shown_names), len(names), "parameter"),
    )
    note = " ".join(sentence for sentence in cut if sentence)
    caption = (
        "Each line is a trial: follow it from value to value to its score at the right. The darker, the better; the best is "
        "thick. Below the axes stand parameters that did not count, defaults outside the range, and trials stopped early, which "
        f"have no score. {note}"
    )
    title = f"What was tried: {family}"
    return Chart(title, caption.strip(), spec, _table(facts, family, shown, domains), wide=True)


def _spec(facts: SearchFacts, family: str, shown: Sequence[Tried], domains: dict[str, Domain]) -> dict[str, Any]:
    columns = {name: _label(name, domain) for name, domain in domains.items()}
    last = one_line(facts.metric, 24)
    order = [*columns.values(), last]
    complete = [one for one in shown if one.status == "complete"]
    edge = facts.edge_of(complete)
    scores = np.array([facts.within(one.score, edge) for one in complete])
    low, high = float(scores.min()), float(scores.max())
    width = (high - low) or 1.0
    shades = {one.number: round(1.0 - place / len(complete), 3) for place, one in enumerate(complete)}
    lines = [
        {
            "trial": one.name,
            "number": one.number,
            "parameter": label,
            "value": height,
            "shade": shades.get(one.number, 0.0),
            "told": told,
        }
        for one in reversed(shown)  # the best are drawn last, on top
        for label, height, told in [
            *(_place(one, name, domain, columns[name]) for name, domain in domains.items()),
            _score_place(one, last, (facts.within(one.score, edge) - low) / width),
        ]
    ]
    ticks = [tick for name, domain in domains.items() for tick in _ticks(columns[name], domain)]
    decimals = column_decimals([high, low])
    ticks += [
        {"parameter": last, "value": place, "text": number_text(low + place * (high - low), decimals)}
        for place in ((0.0, 0.5, 1.0) if high > low else (0.0,))
    ]
    x = axis(
        "parameter",
        None,
        kind="nominal",
        sort=order,
        scale={"type": "point", "padding": 0.35},
        axis={"orient": "top", "grid": True, "domain": False, "ticks": False, **_slant(len(order))},
    )
    y = axis("value", None, scale={"domain": [_UNUSED - 0.04, 1.04]}, axis=None)
    path = {"x": x, "y": y, "detail": {"field": "number", "type": "nominal"}}
    shade = axis(
        "shade",
        None,
        scale={"domain": [0, 1], "range": ["theme:line", "theme:accent"], "interpolate": "rgb"},
        legend=None,
    )
    tooltip = [
        axis("trial", "trial", kind="nominal"),
        axis("parameter", "parameter", kind="nominal"),
        axis("told", "value", kind="nominal"),
    ]
    best = [line for line in lines if line["number"] == shown[0].number]
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": lines},
            "mark": {"type": "line", "strokeWidth": 1.5, "opacity": 0.7},
            "encoding": {**path, "color": shade},
        },
        {
            "data": {"values": lines},
            "mark": {"type": "point", "filled": True, "size": 26, "opacity": 0.8},
            "encoding": {**path, "color": shade, "tooltip": tooltip},
        },
        {
            "data": {"values": best},
            "mark": {"type": "line", "strokeWidth": 3.5, "color": "theme:accent"},
            "encoding": path,
        },
        {
            "data": {"values": ticks},
            "mark": {
                "type": "text",
                "align": "left",
                "dx": 6,
                "fontSize": 11,
                "color": "theme:muted",
                "stroke": "theme:raised",
                "strokeWidth": 3,
                "strokeOpacity": 0.9,
            },
            "encoding": {"x": x, "y": y, "text": {"field": "text", "type": "nominal"}},
        },
        {
            "data": {"values": ticks},
            "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 11, "color": "theme:ink"},
            "encoding": {"x": x, "y": y, "text": {"field": "text", "type": "nominal"}},
        },
    ]
    return chart_spec(
        f"Settings of {len(shown)} trials of {family} in {len(domains)} parameters, coloured by {facts.metric}.",
        layers=layers,
        height=340,
    )


def _score_place(one: Tried, label: str, place: float) -> tuple[str, float, str]:
    """Where a trial's line ends: at its score, or below the axis for one that was stopped early."""
    if one.status != "complete":
        return label, _UNUSED, one.status
    return label, round(place, 4), number_text(one.score)


def _slant(count: int) -> dict[str, Any]:
    """How the names of the axes stand: level where they have room beside one another."""
    if count <= _MOST_LEVEL:
        return {"labelAngle": 0, "labelLimit": 170}
    return {"labelAngle": -35, "labelAlign": "left", "labelOverlap": False, "labelLimit": 170}


def _label(name: str, domain: Domain) -> str:
    log = not isinstance(domain, Choice) and domain.log
    return one_line(name, 26) + (" (log)" if log else "")


def _place(one: Tried, name: str, domain: Domain, label: str) -> tuple[str, float, str]:
    """Where a trial's value stands on its axis, and the value in words."""
    settings = one.trial.searched.settings if one.trial.searched is not None else {}
    if name not in settings:
        return label, _UNUSED, "does not count"
    value = settings[name]
    inside = domain.contains(value)
    return label, round(domain.to_unit(value), 4) if inside else _UNUSED, _value_text(value)


def _ticks(label: str, domain: Domain) -> list[dict[str, Any]]:
    """Values at their places on an axis."""
    if isinstance(domain, Choice):
        values = list(domain.values)[:_MOST_CHOICES]
    else:
        values = list(dict.fromkeys([domain.low, domain.from_unit(0.5), domain.high]))
    return [
        {"parameter": label, "value": round(domain.to_unit(one), 4), "text": one_line(_value_text(one), 16)}
        for one in values
    ]


def _value_text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | float):
        return f"{value:.3g}" if not isinstance(value, int) and abs(value) < 100_000 else f"{value:,}"
    return one_line(str(value) if isinstance(value, str) else repr(value), 40)


def _table(facts: SearchFacts, family: str, shown: Sequence[Tried], domains: dict[str, Domain]) -> Table:
    headings = (
        Heading("trial"),
        Heading(facts.metric, numeric=True),
        Heading("outcome"),
        *(
            Heading(name, numeric=not isinstance(domain, Choice), help=repr(domain)[:200])
            for name, domain in domains.items()
        ),
    )
    decimals = column_decimals([one.score for one in shown if one.score is not None])
    rows = tuple(
        (
            Cell(one.name),
            Cell(number_text(one.score, decimals), sort=one.score) if one.status == "complete" else Cell("—"),
            Cell(one.status),
            *(_cell(one, name) for name in domains),
        )
        for one in shown[:MOST_TRIALS]
    )
    note = left_out(len(rows), len(shown), "trial", by="the best ones")
    return Table(headings, rows, f"Settings of {family}, best first", note, sortable=True)


def _cell(one: Tried, name: str) -> Cell:
    settings = one.trial.searched.settings if one.trial.searched is not None else {}
    if name not in settings:
        return Cell("—")
    value = settings[name]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Cell(_value_text(value), sort=float(value) if number else None)
