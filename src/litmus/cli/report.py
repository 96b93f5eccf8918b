"""`litmus report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from litmus.cli.output import write_json, write_text

__all__ = ["add_to"]


def report(
    version: Annotated[
        str | None, typer.Argument(metavar="VERSION", help="A model version or a run; default: the newest run.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The HTML file to write.")] = Path(
        "report.html"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Write what was done as JSON.")] = False,
) -> None:
    """Write the report of a run that is in the store: one HTML page that needs no network.

    \b
    Examples:
      litmus report
      litmus report adult-3 --output adult.html
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.store import Store

    run = Store().write_report(version, output)
    if as_json:
        write_json({"run": run, "report": str(output)})
    else:
        write_text(f"The report of run {run} is in {output}")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Write the report of a run: one HTML page.")(report)
