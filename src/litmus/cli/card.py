"""`litmus card`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from litmus.cli.output import write_json, write_text

__all__ = ["add_to"]


def card(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="A model version, a name, or an alias.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="A .html or .md file to write.")
    ] = Path("card.html"),
    data: Annotated[
        str | None, typer.Option("--data", metavar="PATH", help="Labelled rows that the model did not learn from.")
    ] = None,
    slices: Annotated[
        list[str] | None, typer.Option("--slice", metavar="COLUMN", help="Scores by this column.")
    ] = None,
    sensitive: Annotated[
        list[str] | None, typer.Option("--bias", metavar="COLUMN", help="Bias by this column.")
    ] = None,
    positive: Annotated[
        str | None, typer.Option(metavar="LABEL", help="The label that counts as good, for bias.")
    ] = None,
    owner: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=TEXT",
            help="What only you know: purpose, not_for, affected, data_origin, risks, contact.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write what was done as JSON.")] = False,
) -> None:
    """Write the card of a model: what it is for, how good it is and for whom, what it takes, who stands for it.

    \b
    Examples:
      litmus card adult
      litmus card adult-3 --data test.csv --slice race --bias sex --positive ">50K" -o adult.md
      litmus card adult --set purpose="Sorts letters" --set contact=ann@example.org
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.errors import ParameterError
    from litmus.explain import card as make

    if output.suffix not in (".html", ".md"):
        raise ParameterError(f"{output.name!r} has no known ending; give .html or .md.")
    if data is None and (slices or sensitive):
        raise ParameterError("Slices and bias are measured on labelled rows; give them: --data FILE.")
    pairs = [text.partition("=") for text in owner or ()]
    if any(not sign for _, sign, _ in pairs):
        raise ParameterError("What you set is written NAME=TEXT, such as --set contact=ann@example.org.")
    made = make(
        version,
        rows=data,
        slices=slices or (),
        sensitive=sensitive or (),
        positive=positive,
        owner={name: text for name, _, text in pairs} or None,
    )
    made.write(output)
    if as_json:
        write_json({"version": made.version, "card": str(output), "missing": list(made.missing)})
        return
    write_text(f"The card of {made.version} is in {output}")
    if made.missing:
        write_text(f"Only its owner can say: {', '.join(made.missing)} (--set NAME=TEXT)")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Write the card of a model.")(card)
