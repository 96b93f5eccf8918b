"""`litmus monitor run`."""

from __future__ import annotations

import logging
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litmus.cli.output import write_note, write_text

if TYPE_CHECKING:
    from litmus.store import Store

__all__ = ["run_monitors"]

_RAISED, _REFUSED = 3, 4


def run_monitors(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What is checked and when, alarms, and retraining.")],
    once: Annotated[
        bool, typer.Option("--once", help="Check everything once, do what follows, and end: for cron.")
    ] = False,
) -> None:
    """Check endpoints on a schedule, raise alarms, tell of them, and train models again, until it is stopped.

    All that it has to know is in the store: it can be killed and started again at any time. With --once the exit code is 0,
    or 3 when an alarm is open, or 4 when the gate refused a new model.

    \b
    Examples:
      litmus monitor run monitor.yaml
      litmus monitor run monitor.yaml --once
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.store import Store

    store = Store()
    if once:
        _once(file, store)
        return
    from litmus.retraining import Scheduler

    logging.basicConfig(level=logging.WARNING, format="litmus: %(message)s")
    logging.getLogger("litmus.alarms").setLevel(logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a check takes longer than its interval is no news
    scheduler = Scheduler(file, store, tell=write_note)
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: scheduler.stop())
    write_note(f"Watching by {file}; stop it with Ctrl-C.")
    scheduler.run()
    write_note("Stopped.")


def _once(file: Path, store: Store) -> None:
    from litmus.errors import LitmusError
    from litmus.retraining import Cycle, read_plan, retrain
    from litmus.retraining.planned import retraining_options

    cycle = Cycle(read_plan(file), store)
    cycle.tidy()
    codes: list[int] = []
    failures: list[LitmusError] = []
    for name in cycle.endpoints():
        try:
            looked = cycle.check(name)
            write_text(f"{name}: {looked.observed.sentence}")
            codes += [_RAISED] * bool(looked.alarms)
            cycle.deliver()
            reason, rule = cycle.reason(name), cycle.rule_of(name)
            if reason and rule is not None:
                options: dict[str, Any] = {**retraining_options(rule), "reason": reason}
                result = retrain(name, **options, tell=write_note)
                write_text(f"{name}: {result.gate.sentence}")
                codes += [_REFUSED] * (result.outcome == "refused")
        except LitmusError as error:  # the others are checked all the same
            failures.append(error)
            write_note(f"{name}: {error}")
    cycle.deliver()
    if failures:
        raise failures[0]
    if codes:
        raise typer.Exit(max(codes))
