"""Progress in a terminal: a live bar, or plain lines where the output is not one."""

from __future__ import annotations

import atexit
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

from litmus.evaluate.number_text import one_line
from litmus.events import Event
from litmus.progress.tally import Tally

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["TerminalProgress"]

_MOST_NOTES = 6
_SECONDS_BETWEEN_FOLD_LINES = 5.0
_SHARE_BETWEEN_FOLD_LINES = 1 / 30
"""Of the time so far, so that a run of an hour leaves about a hundred lines in a log and not 720."""
_WIDE = 110
_AROUND = 14
"""Columns of the bar's line beside the bar and the texts: spinner, clock and gaps."""


class TerminalProgress:
    """Shows a run in the terminal, on standard error only.

    In a terminal it draws one live bar with the folds done, the best score so far and the time, and a line above it for
    each trial that ends. Elsewhere (a file, a pipe, a log) it writes plain lines; with NO_COLOR set nothing is coloured
    or bold. Subscribe it to a run's events, and use it as a context manager, which removes the bar and gives the cursor
    back however the run ends.

    Args:
        file: where to write; default: standard error as it is when the object is made.

    Example:
        >>> import io
        >>> from litmus.events import Events
        >>> with TerminalProgress(file=io.StringIO()) as progress:
        ...     events = Events((progress,))
        ...     events.emit("run.started", "Training 3 candidates on 5 folds.", candidates=3, folds=5, jobs=15)
        >>> progress.tally.total
        15
    """

    def __init__(self, *, file: TextIO | None = None) -> None:
        from rich.console import Console

        self.tally = Tally()
        file = file or sys.stderr
        # rich would also take FORCE_COLOR for a terminal; a file or a log gets plain text whatever the environment says
        self._console = Console(
            file=file, highlight=False, soft_wrap=True, force_terminal=None if _is_terminal(file) else False
        )
        self._live = self._console.is_terminal and not self._console.is_dumb_terminal
        self._bar: Progress | None = None
        self._task: Any = None
        self._last_line = float("-inf")

    def __call__(self, event: Event) -> None:
        """Show one event."""
        self.tally.update(event)
        self._refresh()
        if event.kind in ("fold.finished", "time.passed"):
            self._show_fold(event)
        elif event.kind in ("trial.started", "run.created"):
            pass  # the bar shows it
        elif event.kind == "trial.finished" and self.tally.searching and not self.tally.tells:
            self._show_fold(event)
        elif event.kind == "trial.finished":
            failed = event.values.get("status") != "complete"
            self._line(event, "✗" if failed else "✓", style="red" if failed else "green")
        elif event.kind == "run.finished":
            self.close()
            self._line(event, "✓", style="bold")
        elif event.kind == "run.failed":
            self.close()  # what went wrong is said by the exception that follows
        else:
            self._line(event)
            self._notes(event)
        if event.kind == "run.started":
            self._start()

    def close(self) -> None:
        """Remove the bar and show the cursor again; safe to call more than once."""
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.stop()
            atexit.unregister(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        if not self._live or self._bar is not None:
            return
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=self._bar_width),
            TextColumn("{task.fields[folds]}", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.fields[best]}", markup=False),
            console=self._console,
            transient=True,
            redirect_stdout=False,  # what the user prints to standard output stays there
            refresh_per_second=8,
        )
        self._task = self._bar.add_task(
            "training", total=self.tally.share[1] or None, folds=self.tally.folds_text(), best=""
        )
        self._bar.start()
        atexit.register(self.close)  # a caller that forgets `with` still gets the cursor back

    @property
    def _bar_width(self) -> int:
        return 24 if self._console.width >= _WIDE else 12

    def _refresh(self) -> None:
        if self._bar is None:
            return
        tally = self.tally
        done, total = tally.share
        room = max(self._console.width - self._bar_width - len(tally.folds_text()) - _AROUND, 0)
        self._bar.update(
            self._task,
            completed=done,
            total=total or None,
            folds=tally.folds_text(),
            best=one_line(tally.best_text() or tally.phase, room) if room else "",
        )

    def _show_fold(self, event: Event) -> None:
        """A line for a fold, only without a bar and not too often: it is a sign of life, not a record."""
        pause = max(_SECONDS_BETWEEN_FOLD_LINES, _SHARE_BETWEEN_FOLD_LINES * self.tally.seconds)
        if not self._live and event.time - self._last_line >= pause:
            self._write(f"  {self.tally.summary()}", event)

    def _line(self, event: Event, mark: str = "", *, style: str = "") -> None:
        text = one_line(event.message)
        if text:
            self._write(f"{mark} {text}" if mark else text, event, style=style)

    def _notes(self, event: Event) -> None:
        notes = [one_line(str(note)) for note in event.values.get("notes") or ()]
        for note in notes[:_MOST_NOTES]:
            self._write(f"  · {note}", event, style="dim")
        if len(notes) > _MOST_NOTES:
            self._write(f"  · and {len(notes) - _MOST_NOTES} more, in the report", event, style="dim")

    def _write(self, line: str, event: Event, *, style: str = "") -> None:
        from rich.text import Text

        self._last_line = event.time
        plain = self._console.no_color  # NO_COLOR is set: then no bold either, see no-color.org
        self._console.print(Text(line, style="" if plain else style))  # a Text: brackets in names are no markup


def _is_terminal(file: TextIO) -> bool:
    return hasattr(file, "isatty") and not file.closed and file.isatty()
