"""What a report is built of: charts, tables and sentences, still free of HTML."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

__all__ = ["Cell", "Chart", "Finding", "Heading", "Section", "Table", "Tile", "Tone"]

Tone = Literal["good", "caution", "bad", "plain"]


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: what it says.
        bar: a share from 0 to 1 that is drawn behind the text, or None.
        heat: a share from 0 to 1 that shades the cell, or None.
        tone: how it should be read.
        small: a second line in smaller type.
        sort: what the column is sorted by, or None for the text.
        spark: heights of a tiny histogram below the text, or ().
    """

    text: str
    bar: float | None = None
    heat: float | None = None
    tone: Tone = "plain"
    small: str = ""
    sort: float | None = None
    spark: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True)
class Heading:
    """The head of a column; numbers are aligned to the right."""

    text: str
    numeric: bool = False
    help: str = ""


@dataclasses.dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        headings: one for each column.
        rows: cells, one for each heading; the cell at `row_heading` names the row.
        caption: what the table holds, for those who cannot see where it stands.
        note: what was left out, and why.
        row_heading: position of the cell that names its row.
        sortable: whether a click on a heading sorts the rows.
        titled: whether the caption is shown to everyone.
        matrix: whether the cells are shaded, with headings above their middle.
    """

    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str
    note: str = ""
    row_heading: int = 0
    sortable: bool = False
    titled: bool = False
    matrix: bool = False


@dataclasses.dataclass(frozen=True)
class Chart:
    """A chart, what it shows in words, and its numbers as a table.

    Attributes:
        title: what is drawn.
        caption: how to read it, a sentence or two.
        spec: the Vega-Lite specification without size and colours, which the page sets.
        table: the numbers, for those who cannot see the chart.
        wide: whether it takes the full width of the page.
    """

    title: str
    caption: str
    spec: dict[str, Any]
    table: Table
    wide: bool = False


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something the reader should look at.

    Attributes:
        tone: how serious it is.
        title: a few words.
        text: a sentence or two: what was seen, what it means, what to do.
        section: key of the section that shows more, or "".
    """

    tone: Tone
    title: str
    text: str
    section: str = ""


@dataclasses.dataclass(frozen=True)
class Tile:
    """One large figure with its label and a line below."""

    label: str
    figure: str
    small: str = ""
    tone: Tone = "plain"


@dataclasses.dataclass(frozen=True)
class Section:
    """A titled part of the page.

    Attributes:
        key: the end of its anchor.
        title: its heading.
        intro: one or two sentences below the heading.
        parts: charts and tables in order; neighbouring charts that are not wide share a row.
        notes: a list of sentences at the end.
        points: a list of sentences before the parts: what they show, in words.
    """

    key: str
    title: str
    intro: str = ""
    parts: tuple[Chart | Table, ...] = ()
    notes: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
