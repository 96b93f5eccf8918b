"""A run's folder and the journal in it: what a killed run goes on from.

The folder holds the data as the workers map them, one folder for each fold that was fitted, and `journal.jsonl`: a line
when a trial is opened, when it failed or was stopped, and when a part of the run ends. A line that was cut off by a kill
is passed over; a fold counts when its folder has its final name, which it gets last.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from litmus.errors import LitmusError, ParameterError, UnknownNameError
from litmus.naming import nearest

__all__ = ["Journal", "find_run", "working_folder"]

_JOURNAL = "journal.jsonl"
_KEPT_DAYS = 14


class Journal:
    """The record of one run, open for writing by one process at a time.

    Args:
        home: the run's folder.
        run_id: the run's name.
        lines: what earlier parts of the run wrote.
    """

    def __init__(self, home: Path, run_id: str, lines: list[dict[str, Any]], lock: TextIO | None) -> None:
        self.home = home
        self.run_id = run_id
        self.lines = lines
        self.elapsed: Callable[[], float] = lambda: 0.0
        """Seconds the run has taken, for each line that is written."""
        self._lock = lock
        self._file: TextIO | None = None

    @classmethod
    def begin(cls, run_id: str, facts: dict[str, Any]) -> Journal:
        """Make a new run's folder: in the store, so that it outlives this process, or else among temporary files."""
        home = working_folder() / run_id
        try:
            home.parent.mkdir(parents=True, exist_ok=True)
            _remove_old(home.parent)
            home.mkdir()
        except OSError:  # no store can be written here: the run works, it only cannot be resumed
            home = Path(tempfile.mkdtemp(prefix="litmus-run-"))
        journal = cls(home, run_id, [], _locked(home))
        journal.write("run", **facts)
        return journal

    @classmethod
    def resume(cls, run_id: str) -> Journal:
        """Open the folder of a run that did not finish.

        Raises:
            UnknownNameError: when there is no such run.
            LitmusError: when it is still running.
        """
        home = find_run(run_id)
        lock = _locked(home)
        if lock is None:
            raise LitmusError(f"Run {run_id} is still running in another process; wait for it, or end it first.")
        return cls(home, run_id, _read(home / _JOURNAL), lock)

    @property
    def facts(self) -> dict[str, Any]:
        """What the run was begun with."""
        return next((line for line in self.lines if line["kind"] == "run"), {})

    @property
    def spent(self) -> float:
        """Seconds that earlier parts of the run took, as far as they wrote it down."""
        return max((float(line.get("elapsed", 0.0)) for line in self.lines), default=0.0)

    @property
    def worth_keeping(self) -> bool:
        """Whether a fold was finished, so that going on saves work, and the folder is where it is looked for."""
        return self.home.parent == working_folder() and any(self.home.glob("trials-*/trial-*/fold-*/result.json"))

    def of(self, kind: str, study: int) -> dict[int, dict[str, Any]]:
        """Trial number → the last line of a kind about a trial of a data set."""
        return {line["number"]: line for line in self.lines if line["kind"] == kind and line.get("study") == study}

    def write(self, kind: str, **facts: Any) -> None:
        """Add a line and hand it to the system, so that it outlives a kill of this process.

        Raises:
            LitmusError: when it cannot be written; what was there before stays.
        """
        now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        line = {"kind": kind, "time": now, "elapsed": round(self.elapsed(), 3), **facts}
        try:
            if self._file is None:
                self._file = (self.home / _JOURNAL).open("a", encoding="utf-8")
                if self._file.tell():
                    self._file.write("\n")  # ends a line that was cut off; empty lines are passed over
            self._file.write(json.dumps(line, default=str) + "\n")
            self._file.flush()
        except OSError as error:
            raise LitmusError(
                f"The run's folder {self.home} cannot be written: {error.strerror or error}. Finished trials are kept; "
                f"make room and go on with `litmus train --resume {self.run_id}`."
            ) from error
        self.lines.append(line)

    def close(self) -> None:
        """Let go of the folder, which stays."""
        for file in (self._file, self._lock):
            if file is not None:
                with contextlib.suppress(OSError):
                    file.close()
        self._file = self._lock = None

    def remove(self) -> None:
        """Remove the folder."""
        self.close()
        shutil.rmtree(self.home, ignore_errors=True)


def working_folder() -> Path:
    """Where runs that are under way have their folders: `$LITMUS_HOME/working`, by default `~/.litmus/working`."""
    return Path(os.environ.get("LITMUS_HOME") or "~/.litmus").expanduser() / "working"


def find_run(run_id: str) -> Path:
    """The folder of a run that did not finish.

    Raises:
        ParameterError: when `run_id` is no name of a run.
        UnknownNameError: when there is no such run, with the nearest name.
    """
    if not isinstance(run_id, str) or not run_id or Path(run_id).name != run_id:
        raise ParameterError(
            f"resume={run_id!r} is not allowed; give the id of a run, such as '20261122-101500-a1b2c3'."
        )
    home = working_folder() / run_id
    if (home / _JOURNAL).is_file():
        return home
    known = sorted(path.parent.name for path in working_folder().glob(f"*/{_JOURNAL}"))
    close = nearest(run_id, known)
    hint = f" Did you mean {close!r}?" if close else ""
    listed = f" Runs that can be resumed: {', '.join(known[-5:])}." if known else " No run waits to be resumed."
    raise UnknownNameError(f"There is no unfinished run {run_id!r} in {working_folder()}.{hint}{listed}")


def _read(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a journal."""
    lines = []
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            line = json.loads(text)
            if isinstance(line, dict) and "kind" in line:
                lines.append(line)
    return lines


def _locked(home: Path) -> TextIO | None:
    """The folder's lock, held until it is closed or this process ends; None when another process has it."""
    file = (home / "lock").open("w", encoding="utf-8")
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # no such lock on this system
        pass
    except OSError:
        file.close()
        return None
    return file


def _remove_old(folder: Path) -> None:
    """Remove what runs left that were killed long ago and never resumed."""
    for home in folder.iterdir():
        journal = home / _JOURNAL
        with contextlib.suppress(OSError):
            if time.time() - journal.stat().st_mtime > _KEPT_DAYS * 86400:
                lock = _locked(home)
                if lock is not None:
                    lock.close()
                    shutil.rmtree(home, ignore_errors=True)
