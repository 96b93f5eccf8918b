"""Writing: answers to standard output, text for people or JSON for programs; remarks to standard error."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

import typer

__all__ = ["prepare_streams", "write_json", "write_note", "write_text"]

_NOBODY_READS = 141  # what shells show for a process that a closed pipe ended


def prepare_streams() -> None:
    """Make sure that there is somewhere to write to, and that a name the terminal cannot show does not end a run."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # the process was started without it
            setattr(sys, name, _nowhere())
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - open until the process ends


def write_text(text: str) -> None:
    """One block of text for a person."""
    try:
        typer.echo(text)
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        sys.stdout = _nowhere()
        raise SystemExit(_NOBODY_READS) from None


def write_json(value: Any) -> None:
    """One JSON document for a program."""
    write_text(json.dumps(value, indent=2, default=str))


def write_note(text: str) -> None:
    """A remark that is no result."""
    typer.echo(f"litmus: {text}", err=True)
