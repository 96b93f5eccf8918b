"""`litmus reproduce`."""

from __future__ import annotations

from typing import Annotated

import typer

from litmus.cli.output import write_json, write_note, write_text

__all__ = ["add_to"]

_DIFFERENT = 3
"""The exit code when the scores are not those of then."""


def reproduce(
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="A version, a name, a model file, or the id of a run.")
    ],
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            metavar="PATH",
            help="Where the rows are now, if they moved; PART=PATH for train, validation or test; again for more.",
        ),
    ] = None,
    whole_run: Annotated[
        bool, typer.Option("--whole-run", help="Try all that the run tried, not only what won.")
    ] = False,
    tolerance: Annotated[
        float, typer.Option(min=0.0, metavar="NUMBER", help="By how much two scores may differ.")
    ] = 1e-6,
    trust: Annotated[bool, typer.Option("--trust", help="Allow code of the run's author's own to run.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Train a model again, exactly as then, and compare its scores; where they differ, say why.

    By default what won is trained, with its parameters, folds and seed. Nothing in the store changes but a note of the
    outcome. The exit code is 0 when the scores are the same, and 3 when they are not.

    \b
    Examples:
      litmus reproduce adult-3
      litmus reproduce adult-3 --whole-run --json
      litmus reproduce adult-3 --data /new/place/adult.csv
      litmus reproduce income.litmus --trust --tolerance 1e-4
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus import lineage
    from litmus.cli.run_progress import RunProgress
    from litmus.store import Store

    store = Store(notice=write_note)
    with RunProgress(quiet=quiet) as progress:
        found = lineage.reproduce(
            version,
            data=_places(data or []),
            whole_run=whole_run,
            trust=trust,
            tolerance=tolerance,
            callbacks=[progress],
            store=store,
        )
    if as_json:
        write_json(found.to_json())
    else:
        write_text(repr(found))
    if not found.same:
        raise typer.Exit(_DIFFERENT)


def _places(given: list[str]) -> str | dict[str, str] | None:
    """One place, or part → place."""
    from litmus.errors import ParameterError

    parts = {}
    for text in given:
        part, equals, place = text.partition("=")
        if equals and part in ("train", "validation", "test"):
            parts[part] = place
        elif len(given) == 1:
            return text
        else:
            raise ParameterError(f"--data {text!r} names no part; write train=PATH, validation=PATH or test=PATH.")
    return parts or None


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Train a model again and compare its scores.")(reproduce)
