"""A simulation as a part of a page, in the classes of the report's style sheet."""

from __future__ import annotations

from html import escape

from litmus.simulate.result import Simulation
from litmus.simulate.result_lines import Line, closing_lines, headline, lines_of

__all__ = ["simulation_html"]

_HEADINGS = (("What", "plain"), ("Limit", "number"), ("Measured", "number"), ("Verdict", "plain"))
_TONES = {"ok": "good", "missed": "bad", "": "plain"}


def simulation_html(simulation: Simulation) -> str:
    """The verdict, its reasons, the table, and where it holds."""
    title = headline(simulation)
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in simulation.reasons)
    heads = "".join(f'<th scope="col" class="{kind}">{text}</th>' for text, kind in _HEADINGS)
    body = "\n".join(_row(line) for line in lines_of(simulation))
    notes = "".join(f"<li>{escape(line)}</li>" for line in closing_lines(simulation))
    points = f'<ul class="notes points">{reasons}</ul>' if reasons else ""
    return (
        f'<section class="part simulation"><h2>{escape(title)}</h2>{points}'
        f'<div class="table-block"><div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}">'
        f'<table><caption class="hidden">{escape(title)}</caption><thead><tr>{heads}</tr></thead><tbody>\n{body}\n'
        f'</tbody></table></div></div><ul class="notes">{notes}</ul></section>'
    )


def _row(line: Line) -> str:
    more = f'<span class="small">{escape(line.more)}</span>' if line.more else ""
    return (
        f'<tr><th scope="row">{escape(line.what.strip())}</th><td class="number">{escape(line.limit)}</td>'
        f'<td class="number">{escape(line.measured)}{more}</td><td class="{_TONES[line.verdict]}">{line.verdict}</td></tr>'
    )
