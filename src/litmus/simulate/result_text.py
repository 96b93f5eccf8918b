"""A simulation as text, for terminals and logs."""

from __future__ import annotations

from litmus.simulate.result import Simulation
from litmus.simulate.result_lines import closing_lines, headline, lines_of

__all__ = ["simulation_text"]

_HEADINGS = ("what", "limit", "measured", "verdict", "")


def simulation_text(simulation: Simulation) -> str:
    """The verdict, its reasons, the table, and where it holds."""
    rows = [_HEADINGS]
    rows += [(line.what, line.limit, line.measured, line.verdict, line.more) for line in lines_of(simulation)]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]

    def text(row: tuple[str, str, str, str, str]) -> str:
        what, limit, measured, verdict, more = row
        start = f"{what:<{widths[0]}}  {limit:>{widths[1]}}  {measured:>{widths[2]}}  {verdict:<{widths[3]}}"
        return f"{start}  {more}".rstrip()

    lines = [headline(simulation), *(f"  {reason}" for reason in simulation.reasons), "", *map(text, rows), ""]
    return "\n".join(lines + closing_lines(simulation))
