"""The result of a check as a page: the verdict, what changed, and the distributions of then and now."""

from __future__ import annotations

from pathlib import Path

from litmus.data.counted import counted
from litmus.evaluate.number_text import count_text, number_text, one_line, percent_text
from litmus.monitor.charts import column_chart, groups_chart, predictions_chart, timeline_charts
from litmus.monitor.result import Finding, Kind, KindResult, MonitorResult
from litmus.report.blocks import Cell, Chart, Heading, Section, Table, Tile, Tone
from litmus.report.blocks import Finding as Point
from litmus.report.sections_page import Judgement, SectionsPage, render_sections, write_sections

__all__ = ["render_page", "write_page"]

_MOST_CHARTS = 12
_MOST_ROWS = 150
_TITLES: dict[Kind, str] = {
    "data_quality": "Data quality",
    "data_drift": "Data drift",
    "prediction_drift": "Prediction drift",
    "model_quality": "Model quality",
    "estimated_quality": "Estimated quality",
    "bias_drift": "Bias drift",
    "attribution_drift": "Attribution drift",
}
_TONES: dict[str, Tone] = {
    "ok": "good",
    "warning": "caution",
    "alarm": "bad",
    "not enough data": "plain",
    "note": "plain",
}
_HEADLINES = {
    "ok": "Nothing changed that matters",
    "warning": "Something changed",
    "alarm": "Something changed that matters",
    "not enough data": "Not enough data for a verdict",
}


def write_page(result: MonitorResult, path: str | Path) -> Path:
    """Write the page of a result; returns its absolute path.

    Raises:
        LitmusError: when it cannot be written there.
    """
    return write_sections(_page(result), path)


def render_page(result: MonitorResult) -> str:
    """The page of a result as text."""
    return render_sections(_page(result))


def _page(result: MonitorResult) -> SectionsPage:
    found = [each for each in result.findings if each.severity != "note"]
    points = [Point(_TONES[each.severity], _TITLES[each.kind], each.sentence, each.kind) for each in found[:10]]
    sections = [_section(result, kind) for kind in result.kinds.values()]
    if len(result.windows) > 1:
        sections.insert(0, _over_time(result))
    about = f"{counted(result.rows, 'row')} compared with {result.reference}"
    about += (
        f", from {result.start[:16].replace('T', ' ')} to {result.end[:16].replace('T', ' ')} UTC."
        if result.start and result.end
        else "."
    )
    return SectionsPage(
        title=result.name,
        what="monitor",
        facts=(
            f"checked {result.created[:16].replace('T', ' ')} UTC",
            *(f"model {name}" for name in list(result.versions)[:3]),
        ),
        judgement=Judgement(
            _TONES[result.verdict], _HEADLINES[result.verdict], (one_line(result.sentence, 600),), tuple(_tiles(result))
        ),
        about_label="What was compared.",
        about=about,
        findings=points,
        sections=sections,
    )


def _tiles(result: MonitorResult) -> list[Tile]:
    tiles = [Tile("rows", count_text(result.rows), f"{count_text(result.labelled)} with a label")]
    drift = result.kinds.get("data_drift")
    if drift is not None and "drifted" in drift.figures:
        columns = len(drift.figures["columns"])
        carried = percent_text(drift.figures["importance drifted"])
        tiles.append(
            Tile(
                "columns drifted",
                f"{len(drift.figures['drifted'])} of {columns}",
                f"{carried} of the importance",
                _TONES[drift.verdict],
            )
        )
    quality = result.kinds.get("model_quality")
    for name, values in (quality.figures if quality is not None else {}).items():
        if isinstance(values, dict) and "reference" in values:
            tiles.append(
                Tile(
                    name,
                    number_text(values["current"]),
                    f"{number_text(values['reference'])} before",
                    _TONES[quality.verdict] if quality else "plain",
                )
            )
            break
    estimated = result.kinds.get("estimated_quality")
    for name, values in (estimated.figures if estimated is not None else {}).items():
        tiles.append(
            Tile(f"estimated {name}", number_text(values["estimate"]), f"± {number_text(2 * values['error'], 3)}")
        )
        break
    return tiles


def _section(result: MonitorResult, kind: KindResult) -> Section:
    parts: list[Chart | Table] = []
    if kind.kind == "data_drift":
        parts += _drift_parts(result, kind)
    elif kind.kind == "data_quality":
        parts += _table(kind.figures.get("columns", {}), "column", "What arrived, column by column")
    elif kind.kind == "prediction_drift":
        parts += predictions_chart(result)
        parts += _table(kind.figures, "answers", "How far answers are from those of then")
    elif kind.kind == "bias_drift":
        parts += groups_chart(kind)
    elif kind.kind == "attribution_drift":
        parts += _table(kind.figures.get("columns", {}), "column", "Share of the attributions")
    else:
        parts += _table(
            {name: values for name, values in kind.figures.items() if isinstance(values, dict)},
            "measure",
            "Then and now",
        )
    points = tuple(_point(each) for each in kind.findings)
    return Section(kind.kind, f"{_TITLES[kind.kind]}: {kind.verdict}", kind.sentence, tuple(parts), points=points)


def _point(finding: Finding) -> str:
    chance = (
        ""
        if finding.p_value is None
        else f" (by chance: {'less than 1 in 10,000' if finding.p_value < 1e-4 else f'{finding.p_value:.4f}'})"
    )
    return f"{finding.severity}: {finding.sentence}{chance}"


def _drift_parts(result: MonitorResult, kind: KindResult) -> list[Chart | Table]:
    """The columns that drifted, most first, then those that matter most to the model; and the figures of all."""
    figures = kind.figures.get("columns", {})
    drifted = [name for name in kind.figures.get("drifted", []) if name in figures]
    others = sorted((name for name in figures if name not in drifted), key=lambda name: -figures[name]["importance"])
    parts: list[Chart | Table] = []
    for name in [*drifted, *others][: max(len(drifted), 4)][:_MOST_CHARTS]:
        chart = column_chart(result, name)
        if chart is not None:
            parts.append(chart)
    return [*parts, *_table(figures, "column", "How far each column is from training")]


def _table(figures: object, named: str, caption: str) -> list[Table]:
    """Figures by name as a table that can be sorted."""
    if not isinstance(figures, dict) or not figures:
        return []
    rows = {name: values for name, values in figures.items() if isinstance(values, dict)}
    fields = list(dict.fromkeys(field for values in rows.values() for field in values))
    if not fields:
        return []
    headings = (Heading(named), *(Heading(field.replace("_", " "), numeric=True) for field in fields))
    lines = tuple(
        (Cell(one_line(str(name), 60)), *(_cell(field, values.get(field)) for field in fields))
        for name, values in list(rows.items())[:_MOST_ROWS]
    )
    note = "" if len(rows) <= _MOST_ROWS else f"{_MOST_ROWS} of {len(rows):,} are shown."
    return [Table(headings, lines, caption, note, sortable=True, titled=True)]


def _cell(field: str, value: object) -> Cell:
    if not isinstance(value, int | float):
        return Cell("—")
    if field in ("missing", "wrong type", "out of range", "new categories", "importance"):
        return Cell(percent_text(float(value)), bar=min(1.0, max(0.0, float(value))), sort=float(value))
    text = count_text(value) if isinstance(value, int) else number_text(float(value))
    return Cell(text, sort=float(value))


def _over_time(result: MonitorResult) -> Section:
    headings = (Heading("window"), Heading("rows", numeric=True), Heading("verdict"), Heading("what changed"))
    lines = tuple(
        (
            Cell((window.start or f"window {number}")[:16].replace("T", " ")),
            Cell(count_text(window.rows)),
            Cell(window.verdict, tone=_TONES[window.verdict]),
            Cell(
                ", ".join(
                    name.replace("_", " ") for name, verdict in window.kinds.items() if verdict in ("warning", "alarm")
                )
                or "—"
            ),
        )
        for number, window in enumerate(result.windows, 1)
    )
    table = Table(headings, lines, "Windows, oldest first")
    return Section(
        "time", "Over time", "The verdict above is that of the last window.", (*timeline_charts(result), table)
    )
