"""`litmus package`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from litmus.cli.output import write_json, write_text

if TYPE_CHECKING:
    from litmus.package import Target

__all__ = ["add_to"]


def package(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, or a version from `litmus models`.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where to write; an earlier package is replaced.")
    ],
    target: Annotated[
        str, typer.Option(metavar="PLACE", help="Where the image will run: plain, sagemaker or kserve.")
    ] = "plain",
    base: Annotated[
        str | None, typer.Option(metavar="IMAGE", help="The image to start from; a slim one of the model's Python.")
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A further package to install; may be given often.")
    ] = None,
    cpus: Annotated[int, typer.Option(min=1, metavar="N", help="Cores that the lines to run it ask for.")] = 1,
    memory: Annotated[str, typer.Option(metavar="SIZE", help="Memory they ask for; 'any' for no limit.")] = "512MiB",
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow a model that holds its author's own code to run it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write what was made as JSON.")] = False,
) -> None:
    """Write a folder that a container image is built from: Dockerfile, pinned requirements, the model and Litmus.

    The image serves the model as `litmus serve` does, as a user without rights, with nothing installed that answering
    does not need. The README in the folder has the lines to build, run and ask it.

    \b
    Examples:
      litmus package income.litmus -o image
      litmus package adult-3 -o image --target sagemaker
      litmus package adult-3 -o image --target kserve --cpus 2 --memory 1GiB --include pyarrow
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.deployment import Deployment
    from litmus.package import write

    made = write(
        model,
        output,
        target=cast("Target", target),
        base=base,
        include=include or (),
        deployment=Deployment(cpus=cpus, memory=None if memory == "any" else memory),
        trust=trust,
    )
    if as_json:
        write_json(made.to_json())
        return
    write_text(f"Wrote {made.folder}: {made.model} for {made.target}, {len(made.requirements)} pinned packages.")
    for note in made.notes:
        write_text(f"Note: {note}")
    write_text(f"Build it: {made.build}")
    write_text(f"How to run and ask it: {made.folder / 'README.md'}")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Write a folder that a container image is built from.")(package)
