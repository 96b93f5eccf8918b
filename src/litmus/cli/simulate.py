"""`litmus simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from litmus.cli.output import write_json, write_note, write_text

if TYPE_CHECKING:
    from litmus.simulate import Simulation

__all__ = ["add_to"]

_MISSED = 3


def simulate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, or a version from `litmus models`.")],
    cpus: Annotated[int, typer.Option(min=1, metavar="N", help="Cores the server may use.")] = 1,
    memory: Annotated[str, typer.Option(metavar="SIZE", help="Memory it may take; 'any' for no limit.")] = "512MiB",
    concurrency: Annotated[int, typer.Option(min=1, metavar="N", help="Connections that send at the same time.")] = 1,
    request_rate: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="Requests as callers send them who do not wait for each other: 200/s."),
    ] = None,
    latency_p99: Annotated[
        str, typer.Option(metavar="TIME", help="Within which 99 of 100 are answered; 'any' for no limit.")
    ] = "5ms",
    package: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A package that may be installed; may be given often.")
    ] = None,
    python: Annotated[
        str | None, typer.Option(metavar="VERSION", help="The Python that is there, such as 3.11.")
    ] = None,
    max_size: Annotated[str | None, typer.Option(metavar="SIZE", help="Of the bundle and its packages.")] = None,
    cold_start: Annotated[str | None, typer.Option(metavar="TIME", help="From the start to the first answer.")] = None,
    rows: Annotated[
        str | None, typer.Option(metavar="FILE", help="Rows to send; those that the bundle carries, when left out.")
    ] = None,
    duration: Annotated[str, typer.Option(metavar="TIME", help="How long answers are timed.")] = "10s",
    seed: Annotated[int, typer.Option(metavar="N", help="Of the order of rows and the moments of requests.")] = 0,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="The port; 0 takes a free one.")] = 0,
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow a model that holds its author's own code to run it.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the result as a page.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Run a model as it will be served, on this machine, and measure it there.

    The real server runs with the packages that the model needs and no others, on as many cores and in as much memory as
    you say. Nothing stays behind. The exit code is 0 when the model keeps every limit, and 3 when it misses one.

    \b
    Examples:
      litmus simulate income.litmus
      litmus simulate adult-3 --rows new_people.csv --concurrency 8 --latency-p99 2ms --memory 256MiB
      litmus simulate adult-3 --request-rate 200/s --max-size 300MB --package numpy --package onnxruntime --json
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.cli.places import check_page
    from litmus.deployment import Deployment
    from litmus.simulate import simulate as run
    from litmus.store import Store

    if html is not None:
        check_page(html)
    deployment = Deployment(
        cpus=cpus,
        memory=None if memory == "any" else memory,
        concurrency=concurrency,
        request_rate=request_rate,
        latency_p99=None if latency_p99 == "any" else latency_p99,
        packages=package,
        python=python,
        max_size=max_size,
        cold_start=cold_start,
    )
    path = Store(notice=write_note).path_to_serve(model)
    found = run(path, deployment, rows, duration=duration, seed=seed, port=port, trust=trust)
    if html is not None:
        html.write_text(_page(found), encoding="utf-8", errors="replace")
    if as_json:
        write_json(found.to_json())
    else:
        write_text(str(found))
    raise typer.Exit(0 if found.qualifies else _MISSED)


def _page(simulation: Simulation) -> str:
    """A page of its own, in the look of the report."""
    from html import escape

    from litmus.report.embedding import packaged_text

    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Simulation of {escape(simulation.model)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{packaged_text('templates/page.css')}</style></head><body><main>{simulation.to_html()}</main></body></html>\n"
    )


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Run a model as it will be served, and measure it.")(simulate)
