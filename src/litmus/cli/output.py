"""Writing answers to standard output: text for people, JSON for programs."""

from __future__ import annotations

import json
from typing import Any

import typer

__all__ = ["write_json", "write_text"]


def write_text(text: str) -> None:
    """One block of text for a person."""
    typer.echo(text)


def write_json(value: Any) -> None:
    """One JSON document for a program."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
