"""Progress in a notebook: one small panel that is redrawn in place."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from html import escape
from types import TracebackType
from typing import Any, Self

from litmus.evaluate.number_text import one_line
from litmus.events import Event
from litmus.progress.tally import Tally

__all__ = ["NotebookProgress", "in_notebook"]

_MOST_LINES = 12


def in_notebook() -> bool:
    """Whether this code runs in a notebook's kernel; imports nothing to find out."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


class NotebookProgress:
    """Shows a run below the notebook cell that started it: a bar, the best score so far, the trials that ended.

    Args:
        show: called with the panel's HTML whenever it changes; default: IPython's display, updated in place.

    Example:
        >>> from litmus.events import Events
        >>> pages = []
        >>> events = Events((NotebookProgress(show=pages.append),))
        >>> events.emit("run.started", "Training 3 candidates on 5 folds.", candidates=3, folds=5, jobs=15)
        >>> "0 of 15 folds" in pages[-1]
        True
    """

    def __init__(self, *, show: Callable[[str], None] | None = None) -> None:
        self.tally = Tally()
        self._show = show or _Display()
        self._lines: list[tuple[str, str]] = []
        self._stopped = False

    def __call__(self, event: Event) -> None:
        """Show one event."""
        self.tally.update(event)
        self._stopped = event.kind == "run.failed"
        quiet = event.kind in ("fold.finished", "trial.started", "run.created", "time.passed")
        of_search = event.kind == "trial.finished" and self.tally.searching
        if not quiet and (not of_search or self.tally.tells):
            bad_trial = event.kind == "trial.finished" and event.values.get("status") != "complete"
            failed = bad_trial or event.kind == "run.failed"
            mark = "✗" if failed else "✓" if event.kind.endswith(".finished") else "·"
            self._lines.append((mark, one_line(event.message)))
        self._show(self.html())

    def close(self) -> None:
        """Mark the panel as stopped when the run has not finished."""
        if not self.tally.finished and not self._stopped and self.tally.started is not None:
            self._stopped = True
            self._show(self.html())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def html(self) -> str:
        """The panel as HTML; everything that came from the user is escaped."""
        tally = self.tally
        state = "stopped" if self._stopped else tally.phase
        shown = self._lines[-_MOST_LINES:]
        left_out = len(self._lines) - len(shown)
        lines = [f"<li>… {left_out} earlier</li>"] if left_out else []
        lines += [f"<li>{mark} {escape(text)}</li>" for mark, text in shown]
        done, total = tally.share
        return (
            '<div class="litmus-progress" style="font-family:system-ui,sans-serif;font-size:13px;max-width:60em">'
            f'<progress value="{done:g}" max="{max(total, 1):g}" style="width:100%" aria-label="work done"></progress>'
            f"<div>{state}: {escape(tally.summary())}</div>"
            f'<ul style="list-style:none;padding:0;margin:.4em 0">{"".join(lines)}</ul></div>'
        )


class _Display:
    """Draws HTML below the cell and redraws it in place."""

    def __init__(self) -> None:
        self._handle: Any = None

    def __call__(self, html: str) -> None:
        ipython = importlib.import_module("IPython.display")  # there in a notebook, and only needed there
        if self._handle is None:
            self._handle = ipython.display(ipython.HTML(html), display_id=True)
        else:
            self._handle.update(ipython.HTML(html))
