"""`litmus monitor` and its commands."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from litmus.cli.monitor_run import run_monitors
from litmus.cli.output import write_json, write_note, write_text

if TYPE_CHECKING:
    from litmus.monitor import MonitorResult

__all__ = ["add_to", "group"]

_ALARM = 3
_DEFAULT = "check"


class _ChecksByDefault(TyperGroup):
    """A group whose first word may be what to check: `litmus monitor income` is `litmus monitor check income`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command before anything that is no command."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = [_DEFAULT, *args]
        return list(super().parse_args(ctx, args))


group = typer.Typer(
    cls=_ChecksByDefault,
    help="""Compare what an endpoint meets with what its model was trained on.

    \b
    Examples:
      litmus monitor income --json
      litmus monitor income --since 24h --report income.html
      litmus monitor march.parquet --baseline income-3 --fail-on alarm
      litmus monitor run loop.yaml
    """,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@group.command(_DEFAULT, short_help="Check an endpoint or a table, once.")
def check(
    what: Annotated[str, typer.Argument(metavar="ENDPOINT_OR_TABLE", help="An endpoint's name, or a table.")],
    kind: Annotated[
        list[str] | None, typer.Option("--kind", metavar="KIND", help="Only this monitor; may be given again.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Rows from then on: 24h (ago), or 2026-03-01T12:00 (UTC).")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Rows before then.")] = None,
    window: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Divide the time: 1h, or 1000 for rows. The last one is judged.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="VERSION_OR_TABLE", help="What to compare with, if not the model's own.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(metavar="TABLE", help="What came true: request_id, label; default: the feedback.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="COLUMN", help="Watch bias by it; may be given again.")
    ] = None,
    version: Annotated[
        str | None, typer.Option(metavar="VERSION", help="The model whose answers count, of several that answer.")
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write an HTML page.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Put the result into the store.")] = False,
    fail_on: Annotated[
        str, typer.Option(metavar="VERDICT", help="Exit with 3 on alarm, or on warning too; never: not at all.")
    ] = "never",
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Compare what arrived with what the model was trained on, and say in plain words what changed.

    Monitors: data_quality, data_drift, prediction_drift, model_quality (with labels), estimated_quality (without),
    bias_drift (--by), attribution_drift.

    \b
    Examples:
      litmus monitor income
      litmus monitor income --since 24h --window 1h --by sex --report income.html
      litmus monitor march.parquet --baseline income-3 --kind data_drift --fail-on alarm
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.cli.places import check_page
    from litmus.errors import ParameterError
    from litmus.monitor import check as look

    if fail_on not in ("never", "alarm", "warning"):
        raise ParameterError(f"--fail-on {fail_on} is not allowed; give alarm, warning or never.")
    if report is not None:
        check_page(report)
    now = dt.datetime.now(dt.UTC)
    result = look(
        what,
        baseline=baseline,
        kinds=kind or None,
        start=_moment(since, "--since", now),
        end=_moment(until, "--until", now),
        labels=labels,
        window=int(window) if window is not None and window.isdigit() else window,
        by=by or (),
        version=version,
    )
    if record:
        from litmus.monitor.keeping import keep_result

        keep_result(result)
    if report is not None:
        result.report(report)
    _write(result, report, as_json=as_json)
    if (result.verdict == "alarm" and fail_on != "never") or (result.verdict == "warning" and fail_on == "warning"):
        raise typer.Exit(_ALARM)


def _write(result: MonitorResult, report: Path | None, *, as_json: bool) -> None:
    if as_json:
        write_json(result.to_json())
    else:
        write_text(str(result))
        if report is not None:
            write_note(f"The page is in {report}")


def _moment(text: str | None, option: str, now: dt.datetime) -> dt.datetime | None:
    """A time: so long ago, or a date and time in UTC."""
    if text is None:
        return None
    from litmus.errors import ParameterError
    from litmus.quantities import parse_seconds

    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return now - dt.timedelta(seconds=parse_seconds(text, name=option))
    except (ParameterError, OverflowError):
        raise ParameterError(f"{option} {text} is no time; give one such as 24h (ago) or 2026-03-01T12:00.") from None


group.command("run", short_help="Check endpoints when they are due, until it is stopped.")(run_monitors)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="monitor", short_help="Compare what an endpoint meets with its training.")
