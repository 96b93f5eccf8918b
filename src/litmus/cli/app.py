"""The command's entry point: it finds the command, and says in one sentence what went wrong when something does."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Annotated

import typer

from litmus.cli import (
    alarms,
    card,
    deploy,
    endpoints,
    explain,
    models,
    monitor,
    optimize,
    package,
    predict,
    recommend,
    report,
    reproduce,
    retrain,
    review,
    runs,
    serve,
    simulate,
    train,
)
from litmus.cli.failure import explain_failure
from litmus.cli.output import prepare_streams, write_text
from litmus.cli.signals import INTERRUPTED, stop_cleanly

__all__ = ["app", "run"]

app = typer.Typer(
    name="litmus",
    rich_markup_mode=None,  # plain text starts faster, and reads the same in a terminal, a log and a pipe
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
train.add_to(app)
predict.add_to(app)
report.add_to(app)
serve.add_to(app)
deploy.add_to(app)
endpoints.add_to(app)
simulate.add_to(app)
recommend.add_to(app)
optimize.add_to(app)
package.add_to(app)
models.add_to(app)
alarms.add_to(app)
retrain.add_to(app)
explain.add_to(app)
card.add_to(app)
review.add_to(app)
monitor.add_to(app)
runs.add_to(app)
reproduce.add_to(app)


@app.callback(invoke_without_command=True)
def litmus(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """From a table to a served model.

    \b
    Start with:
      litmus train people.csv --target income --output income.litmus
      litmus predict income.litmus new_people.csv --output answers.csv
      litmus deploy income.litmus --name income

    `litmus COMMAND --help` explains a command with examples.
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    if version:
        from litmus import __version__

        write_text(f"litmus {__version__}")
    elif context.invoked_subcommand is None:
        write_text(context.get_help())


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Args:
        arguments: what stands after `litmus`.

    Returns:
        The exit code: 0 done, 1 an error of ours, 2 a mistake that the user can mend, 130 stopped by Ctrl-C.

    Raises:
        SystemExit: when the process was told to end.

    Example:
        >>> run(["--version"])
        litmus 0.1.0
        0
    """
    prepare_streams()
    try:
        with stop_cleanly(), warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.simplefilter("ignore")  # what users should know is said in sentences
            code = app(args=list(arguments), prog_name="litmus", standalone_mode=False)
    except Exception as error:
        sentence, code = explain_failure(error)
        sys.stderr.write(f"litmus: {sentence}\n")
        return code
    if code == INTERRUPTED:
        sys.stderr.write("litmus: stopped.\n")
    return code if isinstance(code, int) else 0
