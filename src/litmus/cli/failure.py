"""From an exception to the one sentence and the exit code that a terminal gets."""

from __future__ import annotations

import os
import sys

import typer

__all__ = ["DEBUG", "explain_failure"]

DEBUG = "LITMUS_DEBUG"
"""The environment variable that asks for the traceback of every failure."""


def explain_failure(error: Exception) -> tuple[str, int]:
    """What to say about an error, and the exit code: 2 for what the user can mend, else 1.

    Example:
        >>> explain_failure(FileNotFoundError(2, "No such file or directory", "people.csv"))
        ('people.csv: No such file or directory.', 2)
    """
    from litmus.errors import LitmusError

    if os.environ.get(DEBUG):
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, LitmusError):
        return _one_line(str(error)), 2
    if isinstance(error, typer.TyperException):
        return _usage(error), error.exit_code
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return _one_line(f"{place}{error.strerror}."), 2
    if isinstance(error, MemoryError):
        return "The machine has too little memory for this; try fewer cores (--cpus), rows or columns.", 1
    text = _one_line(str(error))
    what = f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__
    return f"Something went wrong that should not: {what.rstrip('.')}. Set {DEBUG}=1 to see where, and report it.", 1


def _usage(error: typer.TyperException) -> str:
    """A mistake in the command itself, with the place to read more."""
    context = getattr(error, "ctx", None)
    place = f"see `{context.command_path} --help`" if context is not None else ""
    message = _one_line(error.format_message()).rstrip(".")
    if message.endswith("?"):
        return f"{message} {place.capitalize()}.".replace(" .", "")
    return f"{message}; {place}." if place else f"{message}."


def _one_line(text: str) -> str:
    """The text on one line, without characters that would steer the terminal."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in " ".join(text.split()))
