"""`litmus models`."""

from __future__ import annotations

from typing import Annotated

import typer

from litmus.cli.output import write_json, write_text

__all__ = ["add_to"]


def models(
    as_json: Annotated[bool, typer.Option("--json", help="Write the list as JSON.")] = False,
) -> None:
    """List the models in the store, newest first."""
    from litmus.store import Store

    records = Store().models()
    if as_json:
        write_json([record.to_json() for record in records])
        return
    if not records:
        write_text("There is no model yet. Make one with: litmus train DATA --target COLUMN")
        return
    width = max(len(record.version) for record in records)
    for record in records:
        scores = ", ".join(
            f"{name} {value:.4f}"
            for name, value in record.metrics.get("validation", {}).items()
            if isinstance(value, int | float)
        )
        write_text(f"{record.version:<{width}}  {record.created[:19]}  {scores}")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(models)
