"""Giving the next job the surroundings that the one before it had, whatever that one changed."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile

from litmus.executors.family import clears_up, descendants_of

__all__ = ["Surroundings"]


class Surroundings:
    """The folder, environment, search path, output and temporary folder of this process, as they are now."""

    def __init__(self) -> None:
        self._folder = _folder()
        self._environment = dict(os.environ)
        self._path = list(sys.path)
        self._streams = sys.stdout, sys.stderr
        self._temporary = tempfile.gettempdir()

    def restore(self) -> bool:
        """Put back what was changed; returns whether processes were left behind, which this one cannot answer for."""
        if dict(os.environ) != self._environment:
            os.environ.clear()
            os.environ.update(self._environment)
        if self._folder is not None and _folder() != self._folder:
            with contextlib.suppress(OSError):  # the folder is gone: paths in the jobs are absolute
                os.chdir(self._folder)
        sys.path[:] = self._path
        sys.stdout, sys.stderr = self._streams
        tempfile.tempdir = self._temporary
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)  # an alarm set by one job would end the next
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        return _left_children()


def _left_children() -> bool:
    """Whether children are alive; those that ended are reaped, and one that only clears up after us may stay."""
    if os.name == "posix":
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    return not all(map(clears_up, descendants_of(os.getpid())))


def _folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return None
