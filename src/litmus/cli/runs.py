"""`litmus runs` and `litmus lineage`."""

from __future__ import annotations

from typing import Annotated

import typer

from litmus.cli.output import write_json, write_note, write_text

__all__ = ["add_to"]

runs = typer.Typer(invoke_without_command=True)

_STATUSES = ("running", "finished", "failed", "killed")


@runs.callback()
def list_runs(
    context: typer.Context,
    status: Annotated[
        str | None, typer.Option(metavar="STATUS", help="Only those that are running, finished, failed or killed.")
    ] = None,
    last: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the newest so many.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the list as JSON.")] = False,
) -> None:
    """List the runs in the store, newest first: when, how they ended, on what, and what won.

    \b
    Examples:
      litmus runs
      litmus runs --status failed --json
      litmus runs show 20261122-101500-a1b2c3
      litmus runs compare adult-3 adult-4
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    if context.invoked_subcommand is not None:
        return
    from litmus.errors import ParameterError
    from litmus.lineage.run_list import run_json, run_lines
    from litmus.lineage.run_list import runs as runs_of
    from litmus.store import Store

    if status is not None and status not in _STATUSES:
        raise ParameterError(f"--status {status} is not allowed; use one of: {', '.join(_STATUSES)}.")
    found = runs_of(status=status, last=last, store=Store(notice=write_note))
    if as_json:
        write_json([run_json(record) for record in found])
    elif not found:
        write_text("There is no such run. Make one with: litmus train DATA --target COLUMN")
    else:
        write_text("\n".join(run_lines(found)))


@runs.command("show")
def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, or a version from `litmus models`.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write everything that is recorded as JSON.")] = False,
) -> None:
    """Show a run: what it was made from, how it ended, and what it tried.

    \b
    Examples:
      litmus runs show 20261122-101500-a1b2c3
      litmus runs show adult-3 --json
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.lineage import of
    from litmus.lineage.facts import run_of
    from litmus.lineage.run_list import run_json, run_lines
    from litmus.store import Store

    store = Store(notice=write_note)
    found = run_of(run, store) or store.run(str(of(run, store=store).get("run")))
    if as_json:
        write_json(run_json(found, whole=True))
        return
    write_text("\n".join([*run_lines([found]), "", repr(of(found.id, store=store))]))
    versions = found.summary.get("versions") or {}
    if versions:
        write_text(f"\nIts models: {', '.join(versions.values())}")


@runs.command("compare")
def compare_two(
    first: Annotated[str, typer.Argument(metavar="A", help="A run, a version, a name or a model file.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write the differences as JSON.")] = False,
) -> None:
    """Say what differs between two runs or models: data, code, parameters, environment and scores.

    \b
    Examples:
      litmus runs compare adult-3 adult-4
      litmus runs compare 20261122-101500-a1b2c3 20261123-091200-d4e5f6 --json
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.lineage import compare
    from litmus.store import Store

    found = compare(first, second, store=Store(notice=write_note))
    if as_json:
        write_json(found.to_json())
    else:
        write_text(repr(found))


def lineage(
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="A version, a name, a model file, or the id of a run.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Write everything that is recorded as JSON.")] = False,
) -> None:
    """Show where a model comes from: rows, schema, code, packages, machine, parameters, approval, endpoints.

    \b
    Examples:
      litmus lineage adult-3
      litmus lineage adult@champion --json
      litmus lineage income.litmus
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.lineage import of
    from litmus.store import Store

    found = of(version, store=Store(notice=write_note))
    if as_json:
        write_json(dict(found))
    else:
        write_text(repr(found))


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(runs, name="runs", short_help="List runs, show one, or compare two.")
    app.command(short_help="Show where a model comes from.")(lineage)
