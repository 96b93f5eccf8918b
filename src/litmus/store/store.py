"""The store: a folder with a numbered folder for every version of every model."""

from __future__ import annotations

import copy
import datetime as dt
import json
import logging
import os
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.errors import BundleError, UnknownNameError
from litmus.naming import nearest
from litmus.store.compiling_process import compile_in_process
from litmus.store.record import ModelRecord

if TYPE_CHECKING:
    from litmus.model import Model
    from litmus.runtime import RuntimeModel

__all__ = ["Store", "open_model", "open_runtime"]

_log = logging.getLogger("litmus.store")
_MODEL_FILE = "model.litmus"
_REPORT_FILE = "report.html"
_TRIALS_FILE = "trials.json"
_VERSION = re.compile(r"(.+)-([1-9]\d*)")


class Store:
    """Keeps models as `name-1`, `name-2`, …; any number of processes may use one store at the same time.

    Args:
        home: the store's folder; by default `$LITMUS_HOME`, else `~/.litmus`.
        notice: called with a sentence for each damaged record that is passed over; by default they are logged.

    Example:
        >>> import litmus, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> store = Store(tempfile.mkdtemp())
        >>> store.add_model(run.best)
        'data-1'
        >>> store.open_model("data").predict({"size": 50}) == run.best.predict({"size": 50})
        True
    """

    def __init__(self, home: str | Path | None = None, *, notice: Callable[[str], None] | None = None) -> None:
        self.home = Path(home or os.environ.get("LITMUS_HOME") or "~/.litmus").expanduser()
        self._models = self.home / "models"
        self._reports = self.home / "runs"
        self._notice = notice or _log.warning

    def add_model(self, model: Model, *, compiled: bool | None = True) -> str:
        """Save a model as the next version of its name.

        The version's folder is made first, which only one process can do; its record is written last, so that a model
        shows only when it is whole.

        Args:
            model: the model.
            compiled: whether it is compiled for inference; without it is there sooner. None: only where it holds code of its
                maker's own, which is at hand now; the others are compiled when they are first needed (`path_to_serve`).

        Returns:
            The version, such as "adult-3".

        Raises:
            BundleError: when the store cannot be written; then the version does not show.
        """
        from litmus.bundle import save_bundle

        name = _folder_name(model.name)
        folder = self._next_folder(name)
        try:
            numbered = copy.copy(model)
            numbered.version = folder.name
            file = folder / _MODEL_FILE
            path = numbered.save(file) if compiled else save_bundle(numbered, file, compiled=compiled)
            run = model.lineage.get("run")
            created = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
            ModelRecord(
                version=folder.name,
                name=name,
                run=None if run is None else str(run),
                created=created,
                metrics=model.metrics,
                path=path,
            ).write(folder)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise BundleError(f"The model cannot be written into {folder}: {error.strerror or error}.") from error
            raise
        return folder.name

    def compile_model(self, model: Model, version: str) -> None:
        """Compile a model that is in the store as `version` without being compiled, in its place.

        Raises:
            BundleError: when the store cannot be written; then the bundle is as it was.
        """
        numbered = copy.copy(model)
        numbered.version = version
        numbered.save(self._models / version / _MODEL_FILE)

    def models(self) -> list[ModelRecord]:
        """The stored models, newest first; damaged records are passed over, each with a notice."""
        records = [record for folder in self._folders() if (record := self._read(folder)) is not None]
        return sorted(records, key=lambda record: (record.created, record.name, _number(record.version)), reverse=True)

    def find(self, reference: str) -> ModelRecord:
        """The record of a version ("adult-3"), or of the newest version of a name ("adult").

        Raises:
            UnknownNameError: when there is none; the message suggests the nearest.
        """
        exact = self._models / reference
        if _VERSION.fullmatch(reference) and exact.name == reference and (record := self._read(exact)) is not None:
            return record
        records = self.models()
        of_name = [record for record in records if record.name == reference]
        if of_name:
            return max(of_name, key=lambda record: _number(record.version))
        known = list(dict.fromkeys(part for record in records for part in (record.version, record.name)))
        close = nearest(reference, known)
        hint = f" Did you mean {close!r}?" if close else ""
        have = f"It has: {', '.join(known[:20])}." if known else "It is empty: train a model first."
        raise UnknownNameError(f"There is no model {reference!r} in the store {self.home}.{hint} {have}")

    def open_model(self, reference: str | Path, *, trust: bool = False) -> Model:
        """The model of a version, the newest of a name, or the one in a file.

        Args:
            reference: "adult-3", "adult", or the path of a bundle.
            trust: as in `litmus.load`.

        Raises:
            UnknownNameError: when there is no such model.
            BundleError: when its file is damaged or needs trust.
        """
        from litmus.bundle import load

        return load(self.path(reference), trust=trust)

    def open_runtime(self, reference: str | Path, *, trust: bool = False, threads: int = 1) -> RuntimeModel:
        """The same model compiled for inference, which imports nothing that trains.

        Args:
            reference: "adult-3", "adult", or the path of a bundle.
            trust, threads: as in `litmus.runtime.load`.

        Raises:
            UnknownNameError: when there is no such model.
            BundleError: when its file is damaged or needs trust.
        """
        from litmus.runtime import load

        return load(self.path_to_serve(reference), trust=trust, threads=threads)

    def path_to_serve(self, reference: str | Path) -> Path:
        """The file of a version or name, compiled for inference; a path is given back as it is.

        A run keeps its model as it was trained; the first who serves it has it compiled, which takes seconds, and it stays so.

        Raises:
            UnknownNameError: when there is no such model.
            BundleError: when its file is damaged, or compiling it fails.
        """
        from litmus.bundle_reader import read_manifest

        path = self.path(reference)
        if path.parent.parent == self._models and path.is_file():
            manifest = read_manifest(path)
            if not manifest.get("runtime") and not manifest["needs_trust"] and os.access(path.parent, os.W_OK):
                compile_in_process(path)
        return path

    def add_trials(self, run: str, trials: list[dict[str, Any]]) -> None:
        """Keep what a run tried, as `Leaderboard.to_json` gives it, for later runs to start from."""
        folder = self._reports / _folder_name(run)
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{_TRIALS_FILE}.{secrets.token_hex(4)}"
        part.write_text(json.dumps(trials), encoding="utf-8")
        part.replace(folder / _TRIALS_FILE)

    def trials_of(self, run: str) -> list[dict[str, Any]]:
        """What a run tried.

        Raises:
            UnknownNameError: when the store has no such run, with the nearest one.
        """
        file = self._reports / _folder_name(run) / _TRIALS_FILE
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
        folder = self._reports / _folder_name(run)
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

    def path(self, reference: str | Path) -> Path:
        """The file of a version, of the newest of a name, or the path itself; raises UnknownNameError."""
        if isinstance(reference, Path) or os.sep in reference or reference.endswith(".litmus"):
            return Path(reference).expanduser()
        try:
            return self.find(reference).path
        except UnknownNameError:
            if Path(reference).is_file():
                return Path(reference)
            raise

    def _folders(self) -> list[Path]:
        try:
            return [entry for entry in self._models.iterdir() if _VERSION.fullmatch(entry.name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BundleError(f"The store {self.home} cannot be read: {error.strerror or error}.") from error

    def _read(self, folder: Path) -> ModelRecord | None:
        try:
            return ModelRecord.read(folder)
        except (ValueError, TypeError, OSError, RecursionError) as error:
            self._notice(f"The record of {folder.name} in {self.home} is damaged and was passed over: {error}.")
            return None

    def _next_folder(self, name: str) -> Path:
        """A new folder for the next version; making a folder succeeds in one process only."""
        try:
            self._models.mkdir(mode=0o700, parents=True, exist_ok=True)
            taken = [
                found for folder in self._folders() if (found := _VERSION.fullmatch(folder.name)) and found[1] == name
            ]
            number = max((int(found[2]) for found in taken), default=0)
            while True:
                number += 1
                folder = self._models / f"{name}-{number}"
                try:
                    folder.mkdir()
                except FileExistsError:
                    continue
                return folder
        except OSError as error:
            raise BundleError(
                f"The store {self.home} cannot be written: {error.strerror or error}. Set LITMUS_HOME to a folder that can."
            ) from error


def open_model(reference: str | Path, *, trust: bool = False) -> Model:
    """The model of a version, the newest of a name, or the one in a file, from the default store.

    Raises:
        UnknownNameError: when there is no such model.
        BundleError: when its file is damaged or needs trust.

    Example:
        >>> import litmus, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> open_model(run.best.version).name
        'data'
    """
    return Store().open_model(reference, trust=trust)


def open_runtime(reference: str | Path, *, trust: bool = False, threads: int = 1) -> RuntimeModel:
    """The model of a version, a name or a file, compiled for inference, from the default store.

    Raises:
        UnknownNameError: when there is no such model.
        BundleError: when its file is damaged or needs trust.
    """
    return Store().open_runtime(reference, trust=trust, threads=threads)


def _folder_name(name: str) -> str:
    """A model's name as part of a folder's: letters, digits, dots, dashes and underscores."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:80] or "model"


def _number(version: str) -> int:
    return int(version.rpartition("-")[2])
