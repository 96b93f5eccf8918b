"""`litmus optimize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from litmus.cli.output import write_json, write_note, write_text

__all__ = ["add_to"]


def optimize(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, or a version from `litmus models`.")],
    rows: Annotated[str, typer.Option(metavar="FILE", help="Rows with the target that the model was not trained on.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where the optimised model goes.", dir_okay=False)
    ],
    tolerance: Annotated[
        float, typer.Option(min=0.0, metavar="NUMBER", help="By how much the score of these rows may fall.")
    ] = 0.001,
    technique: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="members, folds, trees, precision or distillation; may be given often; all when left out.",
        ),
    ] = None,
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="What is scored.")] = None,
    more_rows: Annotated[
        str | None, typer.Option(metavar="FILE", help="Rows that distillation learns from, such as the training table.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of distillation.")] = 0,
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow a model that holds its author's own code to run it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Make a model smaller and faster, as far as its score on held-out rows stays.

    Writes the model that is left, compiled, and shows what was tried with size, latency and score before and after.

    \b
    Examples:
      litmus optimize adult-3 --rows new_people.csv -o small.litmus
      litmus optimize income.litmus --rows held_out.csv --tolerance 0.002 --technique folds --technique trees -o small.litmus
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.bundle import check_target, load
    from litmus.optimising import TECHNIQUES, optimise
    from litmus.store import Store

    check_target(output)
    trained = load(Store(notice=write_note).path(model), trust=trust)
    found = optimise(
        trained,
        rows,
        tolerance=tolerance,
        techniques=technique or TECHNIQUES,
        metric=metric,
        more_rows=more_rows,
        seed=seed,
    )
    found.model.save(output)
    if as_json:
        write_json({**found.to_json(), "path": str(output)})
    else:
        write_text(f"{found}\nWritten to {output}.")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Make a model smaller and faster where its score stays.")(optimize)
