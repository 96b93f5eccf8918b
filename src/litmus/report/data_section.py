"""The data report: what the training rows hold, column by column, and what looks wrong with them."""

from __future__ import annotations

from collections import Counter

from litmus.data.profile import ColumnProfile, DataProfile, TargetProfile
from litmus.data.profile_columns import Histogram
from litmus.evaluate.number_text import count_text, decimals_for, number_text, one_line, percent_text, plural
from litmus.evaluate.trial import Trial
from litmus.report.blocks import Cell, Chart, Finding, Heading, Section, Table
from litmus.report.limits import LONGEST_NAME, LONGEST_NOTE, MOST_CLASSES, MOST_COLUMNS, MOST_NOTES, left_out
from litmus.report.vega import axis, chart_spec, records, significant

__all__ = ["data_findings", "data_section"]

_MOST_LEAKS = 2
_MOST_CHART_CLASSES = 30


def data_findings(profile: DataProfile) -> list[Finding]:
    """What looks wrong with the data; columns that may give the answer away come first."""
    leaks = [column for column in profile.columns if column.suspicion]
    findings = []
    for column in leaks[:_MOST_LEAKS]:
        more = (
            f" The same holds for {plural(len(leaks) - _MOST_LEAKS, 'more column')}."
            if len(leaks) > _MOST_LEAKS
            else ""
        )
        name = one_line(column.name, 60)
        text = (
            f"{_sentence(column.suspicion)} Make sure that it is known when predictions are made; "
            f"if it is not, drop it and train again.{more}"
        )
        findings.append(Finding("bad", f"{name} may give the answer away", text, "data"))
    about_leaks = tuple(f"{column.name} may give the answer away" for column in leaks)
    others = [warning for warning in profile.warnings if not about_leaks or not warning.startswith(about_leaks)]
    return findings + [Finding("plain", "", one_line(warning, LONGEST_NOTE), "data") for warning in others]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def data_section(profile: DataProfile, best: Trial | None) -> Section:
    """The target, every column, and the warnings in full."""
    kinds = Counter(column.kind for column in profile.columns)
    counted = ", ".join(f"{count_text(number)} {kind}" for kind, number in kinds.most_common())
    cells = max(profile.rows * len(profile.columns), 1)
    missing = sum(column.missing for column in profile.columns)
    copies = f"{plural(profile.copies, 'row is an exact copy', 'rows are exact copies')} of another one"
    intro = (
        f"{plural(profile.rows, 'training row')}, {plural(len(profile.columns), 'column')} ({counted}). "
        f"{percent_text(missing / cells)} of the values are missing; {copies if profile.copies else 'no row occurs twice'}."
    )
    if profile.sampled < profile.rows:
        intro += f" Columns are described on {count_text(profile.sampled)} rows drawn at random."
    notes = tuple(one_line(warning, LONGEST_NOTE) for warning in profile.warnings[:MOST_NOTES])
    target = _target_chart(profile.target)
    table = _column_table(profile, best)
    return Section("data", "The data", intro, (*([target] if target else []), table), notes)


def _target_chart(target: TargetProfile) -> Chart | None:
    """Rows by class or label, or the spread of the target's values."""
    if target.histogram is not None:
        return _target_histogram(target, target.histogram)
    return _class_bars(target) if target.counts else None


def _class_bars(target: TargetProfile) -> Chart:
    total = max(sum(count for _, count in target.counts), 1)
    ranked = sorted(target.counts, key=lambda pair: -pair[1])
    shown = ranked[:_MOST_CHART_CLASSES]
    labels: dict[str, int] = {}
    for i, (label, count) in enumerate(shown, 1):
        name = one_line(label, 32) or repr(label)
        labels[name if name not in labels else f"{name} ({i})"] = count
    names = list(labels)
    data = records(
        label=names, rows=list(labels.values()), share=[round(count / total, 5) for count in labels.values()]
    )
    noun, many = ("label", "labels") if target.task == "multilabel" else ("class", "classes")
    tooltip = [
        axis("label", noun, kind="nominal"),
        axis("rows", "rows", format=",d"),
        axis("share", "share", format=".1%"),
    ]
    y = axis(
        "label",
        None,
        kind="nominal",
        sort=names,
        axis={"labelLimit": 220, "grid": False, "domain": False, "ticks": False},
    )
    bar = {"type": "bar", "color": "theme:accent", "cornerRadiusEnd": 2, "height": {"band": 0.68}}
    layer = {
        "mark": bar,
        "encoding": {"y": y, "x": axis("rows", "training rows", axis={"tickCount": 5}), "tooltip": tooltip},
    }
    spec = chart_spec(f"Training rows by {noun}.", layers=[layer], data=data, height=max(22 * len(data), 66))
    lines = tuple(
        (
            Cell(one_line(label, LONGEST_NAME)),
            Cell(count_text(count)),
            Cell(percent_text(count / total), bar=count / total),
        )
        for label, count in ranked[:MOST_CLASSES]
    )
    headings = (Heading(noun), Heading("rows", numeric=True), Heading("share", numeric=True))
    note = left_out(len(lines), len(ranked), noun, many=many, by="the most frequent")
    table = Table(headings, lines, f"Training rows by {noun}", note)
    (most, most_rows), (least, least_rows) = ranked[0], ranked[-1]
    caption = f"Most frequent: {one_line(most, 40)} ({percent_text(most_rows / total)})"
    if len(ranked) > 1:
        caption += f"; least frequent: {one_line(least, 40)} ({percent_text(least_rows / total)})"
    caption = f"{caption}. {left_out(len(shown), len(ranked), noun, many=many, by='the most frequent')}".strip()
    return Chart(f"Target: {one_line(target.name, 60)}", caption, spec, table, wide=True)


def _target_histogram(target: TargetProfile, histogram: Histogram) -> Chart:
    edges = significant([float(edge) for edge in histogram.edges], 5)
    counts = list(histogram.counts)
    data = records(low=edges[:-1], high=edges[1:], rows=counts)
    layer = {
        "mark": {"type": "bar", "color": "theme:accent", "binSpacing": 1},
        "encoding": {
            "x": {**axis("low", one_line(target.name, 60)), "bin": {"binned": True}},
            "x2": {"field": "high"},
            "y": axis("rows", "training rows"),
            "tooltip": [axis("low", "from"), axis("high", "to"), axis("rows", "rows", format=",d")],
        },
    }
    spec = chart_spec("Spread of the target.", layers=[layer], data=data, height=220)
    decimals = decimals_for([edge for edge in edges if edge is not None])
    lines = tuple(
        (Cell(number_text(low, decimals)), Cell(number_text(high, decimals)), Cell(count_text(count)))
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    )
    headings = (Heading("from", numeric=True), Heading("to", numeric=True), Heading("rows", numeric=True))
    caption = "How often values of each size occur in the training rows."
    if target.numbers is not None:
        n = target.numbers
        caption = (
            f"Median {_short(n.median)}, half of the rows between {_short(n.lower_quartile)} and "
            f"{_short(n.upper_quartile)}; {plural(n.outliers, 'outlier')} beyond 1.5 interquartile ranges."
        )
    table = Table(headings, lines, "Training rows by size of the target")
    return Chart(f"Target: {one_line(target.name, 60)}", caption, spec, table, wide=True)


def _column_table(profile: DataProfile, best: Trial | None) -> Table:
    """One row a column; of very many, those with the most to report."""
    columns = list(profile.columns)
    importance = best.importance if best is not None else {}
    if len(columns) > MOST_COLUMNS:
        columns.sort(key=lambda column: _to_report(column, profile.rows, importance), reverse=True)
    shown = columns[:MOST_COLUMNS]
    headings = (
        Heading("column"),
        Heading("kind"),
        Heading("missing", numeric=True),
        Heading("distinct", numeric=True),
        Heading("values"),
        Heading("outliers", numeric=True, help="values more than 1.5 interquartile ranges beyond a quartile"),
        Heading(
            "tells the target",
            numeric=True,
            help="how well the column alone tells the target, on rows not learned from",
        ),
    )
    note = left_out(len(shown), len(columns), "column", by="those with the most to report")
    lines = tuple(_column_row(column, profile) for column in shown)
    return Table(headings, lines, "Columns", note, sortable=True, titled=True)


def _to_report(column: ColumnProfile, rows: int, importance: dict[str, float]) -> tuple[float, float, float]:
    association = 0.0 if column.association is None else _strength(column)
    return (
        1.0 if column.suspicion else 0.0,
        importance.get(column.name, 0.0) + association,
        column.missing / max(rows, 1),
    )


def _strength(column: ColumnProfile) -> float:
    """The association from 0 (nothing) to 1 (everything)."""
    if column.association is None:
        return 0.0
    value = column.association.value
    return min(max(2 * value - 1, 0.0) if column.association.measure == "AUC" else abs(value), 1.0)


def _column_row(column: ColumnProfile, profile: DataProfile) -> tuple[Cell, ...]:
    missing = column.missing / max(profile.rows, 1)
    numbers = column.numbers
    outliers = Cell("—")
    if numbers is not None:
        share = numbers.outliers / max(profile.sampled, 1)
        outliers = Cell(count_text(numbers.outliers), small=percent_text(share) if numbers.outliers else "", sort=share)
    association = Cell("—")
    if column.association is not None:
        strength = _strength(column)
        small = column.association.measure + ("; suspicious" if column.suspicion else "")
        tone = "bad" if column.suspicion else "plain"
        text = f"{column.association.value:.2f}"
        association = Cell(text, bar=strength, small=small, sort=strength, tone="bad" if tone == "bad" else "plain")
    return (
        Cell(one_line(column.name, LONGEST_NAME) or repr(column.name)),
        Cell(column.kind, small=one_line(column.why, 160)),
        Cell(
            percent_text(missing),
            bar=missing if missing else None,
            tone="caution" if missing > 0.5 else "plain",
            sort=missing,
        ),
        Cell(count_text(column.distinct), sort=column.distinct),
        _values_cell(column, profile.sampled),
        outliers,
        association,
    )


def _values_cell(column: ColumnProfile, rows: int) -> Cell:
    """The spread of numbers and times, or the most frequent values."""
    spark = () if column.histogram is None else tuple(column.histogram.counts)
    if column.numbers is not None:
        n = column.numbers
        return Cell(f"{_short(n.minimum)} … {_short(n.maximum)}", small=f"median {_short(n.median)}", spark=spark)
    if column.histogram is not None:
        return Cell(f"{str(column.histogram.edges[0])[:10]} … {str(column.histogram.edges[-1])[:10]}", spark=spark)
    if column.top:
        frequent = ", ".join(
            f"{one_line(value, 24)} {percent_text(count / max(rows, 1), 0)}" for value, count in column.top[:3]
        )
        return Cell(frequent + (", …" if column.distinct > 3 else ""))
    return Cell("—")


def _short(value: float) -> str:
    """A value of a column in four digits or so, without decimals that say nothing."""
    return number_text(value, 0) if 1000 <= abs(value) < 1e9 else f"{value:.4g}"
