"""`litmus models`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litmus.cli.output import write_json, write_note, write_text

if TYPE_CHECKING:
    from litmus.store import ModelRecord

__all__ = ["add_to"]

_MOST_SCORES = 3


def models(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only the versions of this name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the list as JSON.")] = False,
) -> None:
    """List the models in the store, newest first, each with its first validation scores.

    The store is the folder ~/.litmus, or the one that LITMUS_HOME names.

    \b
    Examples:
      litmus models
      litmus models adult --json
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.naming import find_name
    from litmus.store import Store

    records = Store(notice=write_note).models()
    if name is not None and records:
        wanted = find_name("model", name, dict.fromkeys(record.name for record in records))
        records = [record for record in records if record.name == wanted]
    if as_json:
        write_json([record.to_json() for record in records])
    elif not records:
        write_text("There is no model yet. Make one with: litmus train DATA --target COLUMN")
    else:
        width = max(len(record.version) for record in records)
        for record in records:
            write_text(f"{record.version:<{width}}  {_moment(record)}  {_scores(record)}".rstrip())


def _moment(record: ModelRecord) -> str:
    return record.created[:16].replace("T", " ")


def _scores(record: ModelRecord) -> str:
    scores: Any = record.metrics.get("validation", {})
    if not isinstance(scores, Mapping):
        return ""
    shown = [f"{name} {value:.4f}" for name, value in scores.items() if isinstance(value, int | float)]
    return ", ".join(shown[:_MOST_SCORES])


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="List the models in the store.")(models)
