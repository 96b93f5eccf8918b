"""`litmus deploy`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from litmus.cli.output import write_json, write_note, write_text

if TYPE_CHECKING:
    from litmus.endpoints import Endpoint

__all__ = ["add_to", "name_of", "workers_of"]


def deploy(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, or a version from `litmus models`.")],
    name: Annotated[
        str | None,
        typer.Option("--name", "-n", metavar="NAME", help="What to call it; the model's name when left out."),
    ] = None,
    workers: Annotated[
        str | None,
        typer.Option(
            metavar="N[-M]", help="Processes that answer: a number, or 2-8 to follow the load between the two."
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="The port; 0 takes a free one, and keeps it.")
    ] = 0,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on; the default is this machine only.")
    ] = "127.0.0.1",
    key: Annotated[
        str | None,
        typer.Option(envvar="LITMUS_KEY", metavar="KEY", help="The key that callers must send; made when left out."),
    ] = None,
    capture: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, metavar="SHARE", help="Keep this share of requests and answers: 0.1 is a tenth."
        ),
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow a model that holds its author's own code to run it.")
    ] = False,
    engine: Annotated[str, typer.Option(metavar="NAME", help="What runs it: local, or ray for a cluster.")] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="Write what was deployed as JSON.")] = False,
) -> None:
    """Put a model behind an address, where it stays when this terminal is closed.

    The model is copied. Workers that crash are started again; `litmus endpoints` lists what there is and stops, updates
    and describes it. Every request carries the key.

    \b
    Examples:
      litmus deploy adult-3
      litmus deploy income.litmus --name income
      litmus deploy adult-3 --name income --workers 2-8 --port 8080
      LITMUS_KEY=a-secret-of-16-or-more litmus deploy adult-3 --name income --json
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.endpoints import deploy as start

    name = name or name_of(model)
    if not as_json:
        write_note(f"deploying {model} as {name} …")
    made = start(
        model,
        name,
        workers=workers_of(workers),
        port=port,
        host=host,
        key=key,
        capture=capture,
        trust=trust,
        engine=engine,
    )
    if as_json:
        told = made.describe().to_json()
        write_json({name: told[name] for name in ("name", "status", "url", "pid", "folder")}
                   | {"model": ", ".join(told["models"]), "key": None if key else made.key, "curl": made.curl})  # fmt: skip
    else:
        write_text(_told(made, own_key=key is not None))


def _told(made: Endpoint, *, own_key: bool) -> str:
    """What somebody who never deployed a model needs to know."""
    described = made.describe().to_json()
    count = len(described["workers"])
    models = ", ".join(described["models"])
    what = f"model {models}" if len(described["variants"]) == 1 else models
    how_many = f", {count} worker{'' if count == 1 else 's'}" if count else ""
    lines = [f"{made.name} is up at {made.url}  ({what}{how_many})", ""]
    if own_key:
        lines += ["Key: the one you gave"]
    else:
        lines += [f"Key: {made.key}", "     Keep it: it is shown this once."]
    lines += ["", "Ask it:", f"  {made.curl}", "", f"A page to try it: {made.url}/docs", ""]
    lines += [
        "It stays up when you close this terminal.",
        f"  litmus endpoints describe {made.name}        what it does",
        f"  litmus endpoints update {made.name} MODEL    put another model behind the same address",
        f"  litmus endpoints stop {made.name}            stop it",
    ]
    return "\n".join(lines)


def name_of(model: str) -> str:
    """What an endpoint is called when nobody says: the model's name, without a version's number.

    Example:
        >>> name_of("adult-3"), name_of("models/income.litmus")
        ('adult', 'income')
    """
    stem = Path(model).name.removesuffix(".litmus")
    return re.sub(r"-[1-9]\d*$", "", stem) or stem


def workers_of(text: str | None) -> int | tuple[int, int] | None:
    """How many workers, from "2" or "2-8".

    Raises:
        ParameterError: for anything else.

    Example:
        >>> workers_of("2"), workers_of("2-8")
        (2, (2, 8))
    """
    from litmus.errors import ParameterError

    if text is None:
        return None
    parts = text.split("-")
    if len(parts) > 2 or not all(part.strip().isdecimal() for part in parts):
        raise ParameterError(f"{text!r} is no number of workers; give one, such as 2, or a range, such as 2-8.")
    numbers = [int(part) for part in parts]
    return numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1])


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Put a model behind an address, where it stays.")(deploy)
