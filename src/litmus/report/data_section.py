"""The data report: what the training rows hold, column by column, and what looks wrong with them."""

from __future__ import annotations

from collections import Counter

from litmus.data.profile import ColumnProfile, DataProfile
from litmus.evaluate.number_text import count_text, one_line, percent_text, plural, short_number
from litmus.evaluate.trial import Trial
from litmus.report.blocks import Cell, Finding, Heading, Section, Table
from litmus.report.limits import LONGEST_NAME, LONGEST_NOTE, MOST_COLUMNS, MOST_NOTES, left_out
from litmus.report.target_chart import target_chart

__all__ = ["data_findings", "data_section"]

_MOST_LEAKS = 2


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
    target = target_chart(profile.target)
    table = _column_table(profile, best)
    return Section("data", "The data", intro, (*([target] if target else []), table), notes)


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
        return Cell(
            f"{short_number(n.minimum)} … {short_number(n.maximum)}",
            small=f"median {short_number(n.median)}",
            spark=spark,
        )
    if column.histogram is not None:
        return Cell(f"{str(column.histogram.edges[0])[:10]} … {str(column.histogram.edges[-1])[:10]}", spark=spark)
    if column.top:
        frequent = ", ".join(
            f"{one_line(value, 24)} {percent_text(count / max(rows, 1), 0)}" for value, count in column.top[:3]
        )
        return Cell(frequent + (", …" if column.distinct > 3 else ""))
    return Cell("—")
