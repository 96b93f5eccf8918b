"""`litmus alarms` and its commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from litmus.cli.output import write_json, write_text

if TYPE_CHECKING:
    from litmus.store import DeliveryRow

__all__ = ["add_to"]

_RAISED = 3
_FAILED = 1
_Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]
_File = Annotated[Path, typer.Argument(metavar="FILE", help="The file of rules.")]

group = typer.Typer(
    rich_markup_mode=None,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@group.callback(invoke_without_command=True)
def alarms(
    context: typer.Context,
    all_of_them: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    subject: Annotated[str | None, typer.Option(metavar="ENDPOINT", help="Only those of this endpoint.")] = None,
    as_json: _Json = False,
) -> None:
    """List the alarms that are open; the exit code is 3 when there are any.

    \b
    Examples:
      litmus alarms
      litmus alarms check monitor.yaml
      litmus alarms deliveries --failed
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    if context.invoked_subcommand is not None:
        return
    from litmus.store import Store

    found = Store().alarms(open=None if all_of_them else True, subject=subject)
    if as_json:
        write_json([alarm.to_json() for alarm in found])
    elif not found:
        write_text("No alarm is open." if not all_of_them else "There was no alarm yet.")
    else:
        for alarm in found:
            state = "open since" if alarm.status == "open" else "over; it began"
            times = f", {alarm.count:,} results" if alarm.count > 1 else ""
            write_text(f"{alarm.subject}: {alarm.rule} ({state} {_moment(alarm.first)}{times})\n  {alarm.message}")
    if any(alarm.status == "open" for alarm in found):
        raise typer.Exit(_RAISED)


@group.command(short_help="Check a file of rules.")
def check(file: _File, as_json: _Json = False) -> None:
    """Check a file of rules; every mistake is told with its line and column."""
    from litmus.alarming import FileError
    from litmus.retraining import read_plan

    try:
        plan = read_plan(file)
    except FileError as error:
        if not as_json:
            raise
        write_json([{"line": each.line, "column": each.column, "problem": each.sentence} for each in error.problems])
        raise typer.Exit(2) from None
    if as_json:
        write_json([])
    else:
        parts = [
            (len(plan.alarms), "alarm"),
            (len(plan.monitors), "schedule"),
            (len(plan.retraining), "retraining rule"),
        ]
        counts = ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in parts)
        write_text(f"{file} is in order: {counts}.")


@group.command(short_help="Send a test notice to everybody whom a file names.")
def test(file: _File) -> None:
    """Send a test notice through every way that a file of rules names, at once and not through the queue.

    The exit code is 1 when one of them fails.
    """
    import datetime as dt

    from litmus.alarming import Notice
    from litmus.alarming.sending import SendingError, send
    from litmus.retraining import read_plan

    plan = read_plan(file)
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    failed = False
    ways = {str(channel): channel for rule in plan.alarms for channel in rule.notify}
    for name, channel in ways.items():
        notice = Notice("test", "test", "litmus", "This is a test.", moment, moment)
        try:
            send(channel, notice, mail=plan.mail, delivery="test")
        except SendingError as error:
            failed = True
            write_text(f"{name}: {error}")
        else:
            write_text(f"{name}: sent")
    if failed:
        raise typer.Exit(_FAILED)


@group.command(short_help="List notices, and whether they arrived.")
def deliveries(
    failed: Annotated[bool, typer.Option("--failed", help="Only those that failed or wait after a failure.")] = False,
    last: Annotated[int, typer.Option(min=1, metavar="N", help="So many of the newest.")] = 50,
    as_json: _Json = False,
) -> None:
    """List the notices of alarms, newest last, each with whether it arrived and why not."""
    from litmus.store import Store

    found = Store().deliveries(last=last)
    if failed:
        found = [row for row in found if row.error is not None]
    if as_json:
        write_json([row.to_json() for row in found])
    elif not found:
        write_text("There are no such notices.")
    for row in [] if as_json else found:
        write_text(_line(row))


@group.command(short_help="Try a notice again that failed.")
def retry(delivery: Annotated[str, typer.Argument(metavar="ID", help="From `litmus alarms deliveries`.")]) -> None:
    """Let a notice be tried again that was given up or waits; `deliver`, or `litmus monitor run`, then sends it."""
    from litmus.store import Store

    row = Store().retry_delivery(delivery)
    write_text(f"{row.id} was delivered already." if row.status == "delivered" else f"{row.id} is due.")


@group.command(short_help="Send what is due now.")
def deliver(file: _File) -> None:
    """Send the notices that are due; for where no `litmus monitor run` runs. The exit code is 1 when one fails."""
    from litmus.alarming import Courier
    from litmus.retraining import read_plan
    from litmus.store import Store

    store = Store()
    due = len(store.due_deliveries())
    done = Courier(store, mail=read_plan(file).mail).deliver()
    write_text(f"{done:,} of {due:,} notices arrived.")
    if done < due:
        raise typer.Exit(_FAILED)


def _line(row: DeliveryRow) -> str:
    from litmus.alarming.channels import channel_of

    try:
        where = str(channel_of(row.channel))
    except ValueError:
        where = "an unknown place"
    what = f"{row.payload.get('title', 'a notice')} to {where}"
    tried = f" after {row.attempts} attempt{'' if row.attempts == 1 else 's'}" if row.attempts else ""
    why = f": {row.error}" if row.error else ""
    return f"{row.id}  {_moment(row.created)}  {row.status}{tried}{why}\n  {what}"


def _moment(text: str) -> str:
    return text[:16].replace("T", " ")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(group, name="alarms", short_help="Open alarms, their rules, and who was told.")
