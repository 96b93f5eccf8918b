"""`litmus endpoints` and its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from litmus.cli.output import write_json, write_text

if TYPE_CHECKING:
    from litmus.endpoints.state import RolloutState

__all__ = ["add_to"]

_TAKEN_BACK = 3
_Name = Annotated[str, typer.Argument(metavar="NAME", help="The endpoint's name.")]
_Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]

group = typer.Typer(
    rich_markup_mode=None,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@group.callback(invoke_without_command=True)
def endpoints(context: typer.Context, as_json: _Json = False) -> None:
    """List the endpoints; with a command, do something with one.

    \b
    Examples:
      litmus endpoints
      litmus endpoints describe income
      litmus endpoints update income adult-4 --rollout canary:10:10m --max-error-rate 0.01
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    if context.invoked_subcommand is None:
        _list(as_json=as_json)


@group.command("list", short_help="List the endpoints.")
def list_endpoints(as_json: _Json = False) -> None:
    """List the endpoints, each with what it does and where it answers."""
    _list(as_json=as_json)


def _list(*, as_json: bool) -> None:
    from litmus.endpoints import endpoints as all_endpoints
    from litmus.errors import LitmusError

    rows: list[dict[str, Any]] = []
    for each in all_endpoints():
        try:
            found = each.describe().to_json()
        except LitmusError as error:  # a damaged folder must not hide the others
            found = {
                "name": each.name,
                "status": "failed",
                "message": str(error),
                "url": "",
                "models": [],
                "workers": [],
            }
        rows.append(found)
    if as_json:
        write_json(rows)
    elif not rows:
        write_text("There is no endpoint yet. Make one with: litmus deploy MODEL --name NAME")
    else:
        width = max(len(row["name"]) for row in rows)
        for row in rows:
            models = ", ".join(row["models"])
            tail = row["message"] if row["status"] == "failed" else f"{row['url']}  {models}"
            write_text(f"{row['name']:<{width}}  {row['status']:<8}  {tail}")


@group.command(short_help="Say what an endpoint is, does, and went through.")
def describe(name: _Name, as_json: _Json = False) -> None:
    """Say what an endpoint serves, what its workers do, and what happened to it lately."""
    from litmus.endpoints import endpoint

    found = endpoint(name).describe()
    if as_json:
        write_json(found.to_json())
    else:
        write_text(str(found))


@group.command(short_help="Stop an endpoint; it keeps its address.")
def stop(name: _Name) -> None:
    """Stop an endpoint when the requests under way are answered. It keeps its address, key and model for `start`."""
    from litmus.endpoints import endpoint

    found = endpoint(name)
    was_there = found.state.is_looked_after
    found.stop()
    if not was_there:
        write_text(f"{name} was not running. Start it with: litmus endpoints start {name}")
    else:
        write_text(f"{name} is stopped. Start it again with: litmus endpoints start {name}")


@group.command(short_help="Start an endpoint that was stopped.")
def start(name: _Name) -> None:
    """Start an endpoint that was stopped or killed, at the same address and with the same key."""
    from litmus.endpoints import endpoint

    found = endpoint(name)
    found.start()
    write_text(f"{name} is up at {found.url}")


@group.command(short_help="Put another model behind an endpoint's address.")
def update(
    name: _Name,
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="A model file, or a version from `litmus models`.")
    ] = None,
    rollout: Annotated[
        str, typer.Option(metavar="HOW", help="all, all:10m, canary:10:10m or linear:20:5m (per cent, time to watch).")
    ] = "all",
    max_error_rate: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Take it back when more of its requests fail: 0.01.")
    ] = None,
    max_p99: Annotated[
        str | None, typer.Option(metavar="TIME", help="Take it back when 1 of 100 answers is slower: 20ms.")
    ] = None,
    min_score: Annotated[
        str | None,
        typer.Option(metavar="BAR", help="Take it back when labelled feedback misses it: 'accuracy >= 0.85'."),
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow a model that holds its author's own code to run it.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is over, or only begin it.")] = True,
    cancel: Annotated[bool, typer.Option("--cancel", help="Take the update that is under way back.")] = False,
    as_json: _Json = False,
) -> None:
    """Put another model behind an endpoint's address, in steps, without losing a request.

    The endpoint carries the update out by itself: it goes on when this command is stopped. An alarm takes it back whole,
    and the exit code is 3 then.

    \b
    Examples:
      litmus endpoints update income adult-4
      litmus endpoints update income adult-4 --rollout canary:10:10m --max-error-rate 0.01 --max-p99 20ms
      litmus endpoints update income --cancel
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.endpoints import Alarm, endpoint
    from litmus.endpoints.rollouts import parse_rollout
    from litmus.errors import ParameterError

    found = endpoint(name)
    if cancel:
        found.cancel_update()
        write_text(f"The update of {name} was taken back.")
        return
    if model is None:
        raise ParameterError("Which model? Give a file, or a version from `litmus models`; or --cancel.")
    alarms = [Alarm(error_rate=max_error_rate)] if max_error_rate is not None else []
    alarms += [Alarm(p99=max_p99)] if max_p99 is not None else []
    alarms += [Alarm(score=min_score)] if min_score is not None else []
    under_way = found.update(model, rollout=parse_rollout(rollout), alarms=alarms, trust=trust)
    status = under_way.wait(seen=None if as_json else _Shown()) if wait else under_way.status
    if as_json:
        import msgspec

        write_json(msgspec.to_builtins(under_way.state))
    elif not wait:
        write_text(f"The update has begun. How far it is: litmus endpoints describe {name}")
    if status == "rolled back":
        raise typer.Exit(_TAKEN_BACK)


class _Shown:
    """Writes a line for each step of an update."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, state: RolloutState) -> None:
        """Show a state, unless it reads as the one before."""
        line = f"Done: {state.message}" if state.status == "finished" else state.message
        if line != self._last:
            write_text(line)
        self._last = line


@group.command(short_help="Share the requests between models, by weight.")
def variants(
    name: _Name,
    models: Annotated[list[str], typer.Argument(metavar="VARIANT=MODEL:WEIGHT...", help="Such as a=adult-3:0.9.")],
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow models that hold their author's own code to run it.")
    ] = False,
) -> None:
    """Share the requests between models, by weight.

    \b
    Example:
      litmus endpoints variants income a=adult-3:0.9 b=adult-4:0.1
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.endpoints import endpoint
    from litmus.errors import ParameterError

    shared: dict[str, tuple[str, float]] = {}
    for text in models:
        variant, _, rest = text.partition("=")
        model, _, weight = rest.rpartition(":")
        try:
            shared[variant] = (model, float(weight))
        except ValueError:
            model = ""
        if not variant or not model:
            raise ParameterError(f"{text!r} is no variant; write it like a=adult-3:0.9.")
    endpoint(name).variants(shared, trust=trust)
    write_text(f"{name} shares its requests between {', '.join(shared)}.")


@group.command(short_help="Send copies of the requests to another model.")
def shadow(
    name: _Name,
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="A model file, or a version from `litmus models`.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Send no more copies.")] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow a model that holds its author's own code to run it.")
    ] = False,
) -> None:
    """Send copies of the requests to another model, whose answers go nowhere; `describe` counts where they differ."""
    from litmus.endpoints import endpoint
    from litmus.errors import ParameterError

    if off == (model is not None):
        raise ParameterError("Give a model that gets copies, or --off.")
    found = endpoint(name)
    if model is None:
        found.unshadow()
        write_text(f"{name} sends no more copies.")
    else:
        found.shadow(model, trust=trust)
        write_text(f"{model} gets copies of the requests to {name}. How it does: litmus endpoints describe {name}")


@group.command(short_help="Change how many workers an endpoint has.")
def scale(
    name: _Name,
    workers: Annotated[
        str, typer.Argument(metavar="N[-M]", help="A number, or 2-8 to follow the load between the two.")
    ],
    busy: Annotated[
        float | None, typer.Option(min=0.01, max=1.0, metavar="SHARE", help="How busy each should be: 0.6.")
    ] = None,
) -> None:
    """Change how many workers an endpoint has, without losing a request."""
    from litmus.cli.deploy import workers_of
    from litmus.endpoints import Scaling, endpoint

    found = workers_of(workers)
    least, most = found if isinstance(found, tuple) else (found or 1, found or 1)
    scaling = Scaling(least, most) if busy is None else Scaling(least, most, busy=busy)
    endpoint(name).scale(scaling)
    write_text(f"{name} has {scaling} from now on.")


@group.command("rotate-key", short_help="Make another key.")
def rotate_key(
    name: _Name,
    keep_old: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long the keys before still work, such as 1h.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Make another key, without a restart; those before end within a second, or after --keep-old."""
    from litmus.endpoints import endpoint

    key = endpoint(name).rotate_key(keep_old=keep_old)
    if as_json:
        write_json({"name": name, "key": key})
    else:
        write_text(f"Key: {key}\n     Keep it: it is shown this once.")


@group.command(short_help="Show the end of an endpoint's log.")
def logs(
    name: _Name,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, metavar="N", help="How many lines.")] = 100,
    events: Annotated[bool, typer.Option("--events", help="What happened, as JSON lines, instead of the log.")] = False,
) -> None:
    """Show the end of an endpoint's log, or what happened to it."""
    import json

    from litmus.endpoints import endpoint

    found = endpoint(name)
    for line in [json.dumps(each) for each in found.events(lines)] if events else found.logs(lines):
        write_text(line)


@group.command(short_help="Stop an endpoint and remove all of it.")
def delete(
    name: _Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Stop an endpoint and remove its folder: its address, key, captured requests and events."""
    from litmus.endpoints import endpoint

    found = endpoint(name)
    if not yes:
        typer.confirm(f"Delete {name}, with its key, captured requests and events?", abort=True)
    found.delete()
    write_text(f"{name} is deleted.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="endpoints", short_help="List, update and stop what was deployed.")
