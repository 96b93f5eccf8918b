"""Writing: answers to standard output, text for people or JSON for programs; remarks to standard error."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import typer

__all__ = ["write_json", "write_note", "write_text"]

_NOBODY_READS = 141  # what shells show for a process that a closed pipe ended


def write_text(text: str) -> None:
    """One block of text for a person."""
    try:
        typer.echo(text)
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the process ends
        raise SystemExit(_NOBODY_READS) from None


def write_json(value: Any) -> None:
    """One JSON document for a program."""
    write_text(json.dumps(value, indent=2, default=str))


def write_note(text: str) -> None:
    """A remark that is no result."""
    typer.echo(f"litmus: {text}", err=True)
