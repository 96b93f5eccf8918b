"""Sections as Markdown, and as one HTML page that loads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from litmus.report.blocks import Cell, Section, Table

__all__ = ["html_of", "markdown_of"]

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.8rem 0;font-size:.92rem}
th,td{border-bottom:1px solid #8884;padding:.35rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th.n,td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
h2{margin-top:2rem;border-bottom:2px solid #8886}
.bar{display:block;height:.3rem;background:#3b7dd8;border-radius:2px}
footer{margin-top:3rem;opacity:.7;font-size:.85rem}
"""


def html_of(title: str, sections: Sequence[Section]) -> str:
    """One page; every text is escaped."""
    body = "".join(_section(section) for section in sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main>"
        "<footer>Written by Litmus. This page loads nothing and sends nothing.</footer></body></html>\n"
    )


def _section(section: Section) -> str:
    parts = [f'<section id="{escape(section.key)}"><h2>{escape(section.title)}</h2>']
    if section.intro:
        parts.append(f"<p>{escape(section.intro)}</p>")
    parts.append(_listed(section.points))
    parts += [_table(part) for part in section.parts if isinstance(part, Table)]
    return "".join([*parts, _listed(section.notes), "</section>"])


def _listed(sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _table(table: Table) -> str:
    kinds = [' class="n"' if heading.numeric else "" for heading in table.headings]
    head = "".join(
        f'<th scope="col"{kind}>{escape(heading.text)}</th>'
        for heading, kind in zip(table.headings, kinds, strict=True)
    )
    rows = "".join(
        f"<tr>{''.join(f'<td{kind}>{_cell(cell)}</td>' for cell, kind in zip(row, kinds, strict=True))}</tr>"
        for row in table.rows
    )
    return f'<table aria-label="{escape(table.caption)}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _cell(cell: Cell) -> str:
    bar = "" if cell.bar is None else f'<span class="bar" style="width:{100 * cell.bar:.1f}%"></span>'
    return escape(cell.text) + bar


def markdown_of(title: str, sections: Sequence[Section]) -> str:
    """The same as Markdown; signs that it gives a meaning to are escaped."""
    lines = [f"# {_plain(title)}", ""]
    for section in sections:
        lines += [f"## {_plain(section.title)}", ""]
        if section.intro:
            lines += [_plain(section.intro), ""]
        lines += [*(f"- {_plain(sentence)}" for sentence in section.points), *([""] if section.points else [])]
        for part in section.parts:
            if isinstance(part, Table):
                lines += [*_markdown_table(part), ""]
        lines += [*(f"- {_plain(sentence)}" for sentence in section.notes), *([""] if section.notes else [])]
    return "\n".join(lines).rstrip() + "\n"


def _markdown_table(table: Table) -> list[str]:
    lines = ["| " + " | ".join(_plain(heading.text) for heading in table.headings) + " |"]
    lines.append("|" + "|".join("---:" if heading.numeric else "---" for heading in table.headings) + "|")
    return [*lines, *("| " + " | ".join(_plain(cell.text) for cell in row) + " |" for row in table.rows)]


def _plain(text: str) -> str:
    escaped = " ".join(text.split())
    for sign in "\\|<>*_`[]#":
        escaped = (
            escaped.replace(sign, "\\" + sign)
            if sign not in "<>"
            else escaped.replace(sign, {"<": "&lt;", ">": "&gt;"}[sign])
        )
    return escaped
