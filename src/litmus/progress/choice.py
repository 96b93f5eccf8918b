"""Which display suits the place the code runs in."""

from __future__ import annotations

from litmus.progress.notebook import NotebookProgress, in_notebook
from litmus.progress.terminal import TerminalProgress

__all__ = ["default_progress"]


def default_progress() -> TerminalProgress | NotebookProgress:
    """A display for this place: a panel in a notebook, a live bar in a terminal, plain lines elsewhere.

    Example:
        >>> type(default_progress()).__name__
        'TerminalProgress'
    """
    return NotebookProgress() if in_notebook() else TerminalProgress()
