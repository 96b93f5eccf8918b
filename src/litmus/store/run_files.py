"""What a run leaves beside its models: what it tried, for later runs to start from, and its report."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from litmus.errors import BundleError, UnknownNameError
from litmus.naming import nearest
from litmus.store.models import Models, folder_name

__all__ = ["RunFiles"]

_REPORT_FILE = "report.html"
_TRIALS_FILE = "trials.json"


class RunFiles(Models):
    """The part of a store that keeps the files of runs."""

    @property
    def _reports(self) -> Path:
        return self.home / "runs"

    def add_trials(self, run: str, trials: list[dict[str, Any]]) -> None:
        """Keep what a run tried, as `Leaderboard.to_json` gives it, for later runs to start from."""
        folder = self._reports / folder_name(run)
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{_TRIALS_FILE}.{secrets.token_hex(4)}"
        part.write_text(json.dumps(trials), encoding="utf-8")
        part.replace(folder / _TRIALS_FILE)

    def trials_of(self, run: str) -> list[dict[str, Any]]:
        """What a run tried.

        Raises:
            UnknownNameError: when the store has no such run, with the nearest one.
        """
        file = self._reports / folder_name(run) / _TRIALS_FILE
        if not file.is_file():
            known = sorted(path.parent.name for path in self._reports.glob(f"*/{_TRIALS_FILE}"))
            close = nearest(run, known)
            hint = f" Did you mean {close!r}?" if close else ""
            raise UnknownNameError(f"The store {self.home} has no run {run!r}.{hint}")
        trials: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        return trials

    def add_report(self, run: str, write: Callable[[Path], object]) -> Path:
        """Keep the report of a run.

        Args:
            run: the run's id.
            write: writes the report, an HTML page, to the path it is given: `run.report`.

        Raises:
            BundleError: when the store cannot be written.

        Example:
            >>> import tempfile
            >>> store = Store(tempfile.mkdtemp())
            >>> store.add_report("run-1", lambda path: path.write_text("<html></html>")).name
            'report.html'
        """
        folder = self._reports / folder_name(run)
        partial = folder / f".{secrets.token_hex(6)}.html"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write(partial)
            return partial.replace(folder / _REPORT_FILE)
        except OSError as error:
            raise BundleError(f"The report cannot be written into {folder}: {error.strerror or error}.") from error
        finally:
            partial.unlink(missing_ok=True)

    def write_report(self, reference: str | None, output: str | Path) -> str:
        """Copy the report of a run to the file `output`.

        Args:
            reference: the id of a run, the version or name of a model of the run, or None for the newest run.
            output: the HTML file to write.

        Returns:
            The run's id.

        Raises:
            UnknownNameError: when there is no such run or model.
            BundleError: when the run has no report in the store, or `output` cannot be written.
        """
        runs = sorted(entry.parent.name for entry in self._reports.glob(f"*/{_REPORT_FILE}"))
        if reference is None and not runs:
            raise UnknownNameError(f"The store {self.home} has no report; train a model first.")
        run = runs[-1] if reference is None else reference
        if run not in runs:
            run = self.find(run).run or ""
        if run not in runs:
            raise BundleError(f"The store {self.home} has no report of the run that made {reference}.")
        target = Path(output).expanduser()
        try:
            shutil.copyfile(self._reports / run / _REPORT_FILE, target)
        except OSError as error:
            raise BundleError(f"{target} cannot be written: {error.strerror or error}.") from error
        return run
