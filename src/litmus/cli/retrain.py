"""`litmus retrain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litmus.cli.output import write_json, write_note, write_text
from litmus.cli.run_progress import RunProgress

if TYPE_CHECKING:
    from litmus.retraining import Retrained

__all__ = ["add_to"]

_REFUSED, _BUSY, _TAKEN_BACK = 4, 5, 6


def retrain(
    reference: Annotated[str, typer.Argument(metavar="ENDPOINT_OR_VERSION", help="Whose model is trained again.")],
    data: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Learn from these rows; default: those it learned from.")
    ] = None,
    labels: Annotated[
        bool | None,
        typer.Option(
            "--labels/--no-labels", help="Learn from captured requests with labels too; default: where there are any."
        ),
    ] = None,
    gate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="What it has to show, such as tolerance=0.01 or allow=past; again for more."
        ),
    ] = None,
    deploy: Annotated[bool, typer.Option("--deploy", help="Roll the winner out on the endpoint.")] = False,
    rollout: Annotated[
        str | None,
        typer.Option(metavar="HOW", help="all, all:10m, canary:10:10m or linear:20:5m; default: canary:10:10m."),
    ] = None,
    max_error_rate: Annotated[
        float, typer.Option(metavar="SHARE", help="Take the rollout back when more of its requests fail.")
    ] = 0.01,
    time_limit: Annotated[str | None, typer.Option(metavar="TIME", help="For training, such as 10m.")] = None,
    max_trials: Annotated[int | None, typer.Option(min=1, metavar="N", help="For training.")] = None,
    plan: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take all of this from the rule for it in this file.")
    ] = None,
    if_due: Annotated[bool, typer.Option("--if-due", help="Only when the file's rule has a reason to.")] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the record.")] = "by hand",
    undo: Annotated[
        bool, typer.Option("--undo", help="Put the version back that was served before the last rollout.")
    ] = False,
    history: Annotated[bool, typer.Option("--history", help="List what was decided about it.")] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow a model that holds its author's own code to run it.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Train a model again the way it was made, compare it with the one that is there, and perhaps put it in its place.

    Exit codes: 0 done, or nothing to do; 2 a mistake that can be mended; 4 the gate refused the new model; 5 it is being
    retrained already; 6 the rollout was taken back.

    \b
    Examples:
      litmus retrain income --labels
      litmus retrain income --labels --deploy --rollout canary:10:10m
      litmus retrain adult-3 --data adult_2027.csv --gate tolerance=0.01
      litmus retrain income --plan monitor.yaml --if-due
      litmus retrain income --undo
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    if history:
        _history(reference, as_json=as_json)
        return
    if undo:
        _undo(reference)
        return
    from litmus.retraining import BusyError
    from litmus.retraining import retrain as retrain_model

    options: dict[str, Any] = {"data": data, "labels": labels, "deploy": deploy, "trust": trust, "reason": reason}
    options["gate"] = _pairs(gate or [])
    options["options"] = {
        name: value for name, value in (("time_limit", time_limit), ("max_trials", max_trials)) if value is not None
    }
    if rollout is not None:
        from litmus.endpoints.rollouts import parse_rollout

        options["rollout"] = parse_rollout(rollout)
    if deploy and (rollout is None or options["rollout"].seconds):
        from litmus.endpoints import Alarm

        options["alarms"] = [Alarm(error_rate=max_error_rate)]
    if plan is not None:
        planned = _planned(reference, plan, if_due=if_due)
        if planned is None:
            write_text("There is nothing to do." if not as_json else '{"outcome": "nothing to do"}')
            return
        options = {**planned, "reason": reason if reason != "by hand" else planned["reason"]}
    try:
        with RunProgress(quiet=quiet) as progress:
            result = retrain_model(reference, **options, callbacks=[progress], tell=write_note)
    except BusyError as error:
        write_note(str(error))
        raise typer.Exit(_BUSY) from None
    _tell(result, as_json=as_json)


def _planned(reference: str, plan: Path, *, if_due: bool) -> dict[str, Any] | None:
    """What the rule of a file says; None when it sees no reason."""
    from litmus.errors import ParameterError
    from litmus.retraining import Cycle, read_plan
    from litmus.retraining.planned import retraining_options
    from litmus.store import Store

    cycle = Cycle(read_plan(plan), Store())
    rule = cycle.rule_of(reference)
    if rule is None:
        raise ParameterError(f"{plan} has no retraining rule for {reference!r}.")
    reason = cycle.reason(reference)
    if if_due and not reason:
        return None
    return {**retraining_options(rule), "reason": reason or "by hand"}


def _pairs(given: list[str]) -> dict[str, Any]:
    """NAME=VALUE texts as the values of a gate."""
    from litmus.errors import ParameterError

    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ParameterError(f"--gate {text!r} must be written as NAME=VALUE, such as tolerance=0.01.")
        if name in ("allow", "slices"):
            found[name] = [*found.get(name, []), *filter(None, value.split(","))]
        else:
            found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _tell(result: Retrained, *, as_json: bool) -> None:
    if as_json:
        write_json(result.to_json())
    else:
        write_text(str(result))
        if result.outcome == "accepted":
            write_text(
                f"It is kept as {result.version}; put it behind the address: litmus endpoints update NAME {result.version}"
            )
        elif result.outcome != "refused":
            words = {"deployed": "is served now", "rolled back": "was taken back", "under way": "is being rolled out"}
            write_text(f"{result.version} {words[result.outcome]}.")
    codes = {"refused": _REFUSED, "rolled back": _TAKEN_BACK}
    if result.outcome in codes:
        raise typer.Exit(codes[result.outcome])


def _history(reference: str, *, as_json: bool) -> None:
    from litmus.store import Store

    found = Store().decisions(reference)
    if as_json:
        write_json([each.to_json() for each in found])
    for each in [] if as_json else found:
        change = f" {each.before} → {each.after}" if each.after and each.after != each.before else ""
        write_text(f"{each.id}  {each.time[:16].replace('T', ' ')}  {each.who}  {each.what}{change}: {each.reason}")
    if not found and not as_json:
        write_text(f"Nothing was decided about {reference} yet.")


def _undo(reference: str) -> None:
    from litmus.retraining import take_back
    from litmus.store import Store

    made = take_back(Store(), reference)
    write_text(f"{reference} serves {made.after} again, in the place of {made.before}.")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Train a model again, compare, and put it in the old one's place.")(retrain)
