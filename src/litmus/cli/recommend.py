"""`litmus recommend`."""

from __future__ import annotations

from typing import Annotated

import typer

from litmus.cli.output import write_json, write_note, write_text

__all__ = ["add_to"]

_MISSED = 3


def recommend(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, or a version from `litmus models`.")],
    weights: Annotated[
        list[str] | None,
        typer.Option("--weights", "-w", metavar="NAME=NUMBER", help="Of cost, latency and throughput; default: alike."),
    ] = None,
    prices: Annotated[
        str | None, typer.Option(metavar="FILE", help="Machines and their prices by the hour, JSON or YAML.")
    ] = None,
    deployment: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Limits, such as latency_p99=5ms; what misses one comes last."),
    ] = None,
    rows: Annotated[
        str | None, typer.Option(metavar="FILE", help="Rows to send; those that the bundle carries, when left out.")
    ] = None,
    batch: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Rows in a request, again for more; default: 1, 16, 256.")
    ] = None,
    form: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Rows as json or csv, again for more; default: both."),
    ] = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Networks in float32, float16 or int8, again for more; default: all."),
    ] = None,
    duration: Annotated[str, typer.Option(metavar="TIME", help="How long each way is measured.")] = "1s",
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow a model that holds its author's own code to run it.")
    ] = False,
    show_prices: Annotated[
        bool, typer.Option("--show-prices", help="Write the table of prices as JSON, to be edited, and exit.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not say what is being measured.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Serve a model in several ways on this machine, and rank them by cost, latency and throughput.

    Each way is a machine of the price table, so many processes with so many threads, and requests with so many rows. The
    exit code is 0, or 3 when no way keeps the limits.

    \b
    Examples:
      litmus recommend income.litmus
      litmus recommend adult-3 --weights cost=2,latency=1 --deployment latency_p99=5ms --rows new_people.csv
      litmus recommend adult-3 --show-prices > prices.json
      litmus recommend adult-3 --prices prices.json --batch 1 --batch 64 --json
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.cli.pairs import read_deployment, read_numbers
    from litmus.recommendation import read_prices
    from litmus.recommendation import recommend as run
    from litmus.recommendation.precisions import PRECISIONS
    from litmus.recommendation.sweep import FORMS
    from litmus.store import Store

    table = read_prices(prices)
    if show_prices:
        write_json(table.to_json())
        return
    limits = read_deployment(deployment)
    if limits is not None:  # only what was named is a limit
        limits = {"latency_p99": None, "memory": None, **limits}
    found = run(
        Store(notice=write_note).path_to_serve(model),
        rows=rows,
        weights=read_numbers(weights, "--weights", "cost=2,latency=1"),
        prices=table,
        deployment=limits,
        batches=batch or (1, 16, 256),
        forms=form or tuple(FORMS),
        precisions=precision or PRECISIONS,
        duration=duration,
        trust=trust,
        told=(lambda _: None) if quiet or as_json else write_note,
    )
    if as_json:
        write_json(found.to_json())
    else:
        write_text(str(found))
    raise typer.Exit(0 if found.best is not None else _MISSED)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Rank the ways to serve a model by cost, latency and throughput.")(recommend)
