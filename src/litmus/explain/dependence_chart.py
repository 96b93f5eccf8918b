"""Partial dependence as a chart."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.report.blocks import Cell, Chart, Heading, Table
from litmus.report.vega import axis, chart_spec, significant, thinned

if TYPE_CHECKING:
    from litmus.explain.dependence import Dependence

__all__ = ["dependence_chart"]

_CURVES = 40


def dependence_chart(found: Dependence, label: int) -> Chart:
    """The plot of one label."""
    of = found.labels[label]
    unit = f"predicted {of}" if found.space == "value" else f"probability of {of}"
    title = f"{' and '.join(found.columns)}: {unit}"
    return _of_two(found, label, title, unit) if len(found.columns) == 2 else _of_one(found, label, title, unit)


def _of_one(found: Dependence, label: int, title: str, unit: str) -> Chart:
    name, values, mean = found.columns[0], found.grid[0], significant(found.mean[:, label])
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    moments = all(isinstance(value, dt.datetime) for value in values)
    kind = "quantitative" if numeric else "temporal" if moments else "nominal"
    shown = [value if numeric else str(value) for value in values]
    points = [{"value": value, "mean": y} for value, y in zip(shown, mean, strict=True)]
    x = axis("value", name, kind=kind, **({"sort": shown} if kind == "nominal" else {"scale": {"zero": False}}))
    layers: list[dict[str, Any]] = []
    if found.rows is not None and kind != "nominal":
        curves = [
            {"value": value, "each": y, "row": int(row)}
            for row in thinned(len(found.rows), _CURVES)
            for value, y in zip(shown, significant(found.rows[row, :, label]), strict=True)
        ]
        layers.append(
            {
                "data": {"values": curves},
                "mark": {"type": "line", "opacity": 0.15, "strokeWidth": 1, "color": "theme:muted"},
                "encoding": {"x": x, "y": axis("each", unit), "detail": {"field": "row"}},
            }
        )
    mark: dict[str, Any] = {"type": "bar" if kind == "nominal" else "line", "color": "theme:accent"}
    if kind != "nominal":
        mark |= {"strokeWidth": 2.5, "point": True}
    tooltip = [axis("value", name, kind=kind), axis("mean", unit, format=".4~g")]
    layers.append({"mark": mark, "encoding": {"x": x, "y": axis("mean", unit), "tooltip": tooltip}})
    spec = chart_spec(f"{title}.", layers=layers, data=points)
    lines = tuple(
        (Cell(str(value)), Cell(f"{y:.4g}" if y is not None else "—"), Cell(f"{100 * share:.0f} %"))
        for value, y, share in zip(values, mean, found.shares.tolist(), strict=True)
    )
    headings = (Heading(name), Heading(f"mean {unit}", numeric=True), Heading("rows nearby", numeric=True))
    spread = float(np.ptp(found.mean[:, label]))
    caption = f"The mean prediction moves by {spread:.3g} over these values. Thin lines are single rows; where they cross, it depends on other columns."
    return Chart(title, caption, spec, Table(headings, lines, title))


def _of_two(found: Dependence, label: int, title: str, unit: str) -> Chart:
    first, second = found.columns
    points = [
        {"first": _text(a), "second": _text(b), "mean": y}
        for i, a in enumerate(found.grid[0])
        for b, y in zip(found.grid[1], significant(found.mean[i, :, label]), strict=True)
    ]
    orders = [[_text(value) for value in values] for values in found.grid]
    layer = {
        "mark": {"type": "rect"},
        "encoding": {
            "x": axis("first", first, kind="ordinal", sort=orders[0]),
            "y": axis("second", second, kind="ordinal", sort=orders[1][::-1]),
            "color": axis("mean", unit),
            "tooltip": [
                axis("first", first, kind="nominal"),
                axis("second", second, kind="nominal"),
                axis("mean", unit),
            ],
        },
    }
    headings = (Heading(f"{first} ↓, {second} →"), *(Heading(text, numeric=True) for text in orders[1]))
    lines = tuple(
        (Cell(text), *(Cell(f"{value:.3g}") for value in found.mean[place, :, label].tolist()))
        for place, text in enumerate(orders[0])
    )
    spec = chart_spec(f"{title}.", layers=[layer], data=points, height=320)
    return Chart(title, "The mean prediction at each pair of values.", spec, Table(headings, lines, title), wide=True)


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
