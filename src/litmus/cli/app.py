"""The command's entry point: it finds the command, and turns a user's mistake into one sentence and exit code 2."""

from __future__ import annotations

import sys

import typer

from litmus.cli import models, predict, report, serve, train

__all__ = ["app", "main"]

app = typer.Typer(
    name="litmus",
    help="From a table to a served model. Start with: litmus train DATA --target COLUMN",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
train.add_to(app)
predict.add_to(app)
report.add_to(app)
serve.add_to(app)
models.add_to(app)


def main() -> None:
    """Run the command line."""
    try:
        app(standalone_mode=True)
    except KeyboardInterrupt:
        sys.stderr.write("litmus: stopped.\n")
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has had enough
        sys.stderr.close()
        sys.exit(141)
    except Exception as error:
        from litmus.errors import LitmusError

        if not isinstance(error, LitmusError | OSError):
            raise
        sys.stderr.write(f"litmus: {error}\n")
        sys.exit(2)
