"""Many files, several processes, an output for each: what is finished stays finished when the work is cut off."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litmus.batch.inputs import InputFile, find_inputs
from litmus.batch.joining import join_parts, part_name, read_facts
from litmus.batch.journal import Journal
from litmus.batch.options import TransformOptions
from litmus.batch.parts import Part, cut
from litmus.batch.results import Transformed, TransformProgress
from litmus.batch.workers import Outcome, Workers
from litmus.errors import LitmusError, ParameterError, PredictionError
from litmus.quantities import parse_bytes
from litmus.resources import available_cpus

if TYPE_CHECKING:
    from litmus.model import Model

__all__ = ["transform"]

_TRIES = 2
"""How often a part is given out whose process dies."""


def transform(
    model: str | Path | Model,
    inputs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    output: str | os.PathLike[str] | None = None,
    options: TransformOptions | None = None,
    workers: int | None = None,
    part_size: int | str = "32MB",
    trust: bool = False,
    progress: Callable[[TransformProgress], None] | None = None,
) -> list[Transformed]:
    r"""Predict every row of every file, each file into `<file>.out` in the file's own format.

    Files are cut into parts, which several processes answer. An output appears when it is whole. When the work is cut
    off, by whatever, the same call goes on with the parts that are missing.

    Args:
        model: a bundle, a version or name in the store, or a model.
        inputs: paths, folders, globs or URLs of CSV, JSON lines, Parquet or Arrow files.
        output: a folder or URL for the outputs; None: each beside its input.
        options: what the outputs hold, and how much the model is given at once.
        workers: processes; None: one a core.
        part_size: about how much of a file a part is.
        trust: whether a model that holds its author's own code may run it.
        progress: called with how far the work is.

    Returns:
        What became of each file, in the order of their names; a file that fails does not stop the others.

    Raises:
        LitmusError: when there is nothing to read, the model cannot be opened, or an option is not allowed.

    Example:
        >>> import litmus
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "new.csv").write_text("size\n50\n60\n")
        >>> [file.rows for file in transform(run.best, folder, workers=1)]
        [2]
        >>> (folder / "new.csv.out").read_text().splitlines()[0]
        'size,prediction'
    """
    wanted = options or TransformOptions()
    count = available_cpus() if workers is None else workers
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ParameterError(f"workers={workers!r} is not allowed; give a whole number above 0.")
    part_bytes = parse_bytes(part_size, name="part_size")
    places = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    with _bundle(model) as bundle:
        _check(bundle, wanted)
        files = find_inputs(places, output)
        from litmus.store import Store

        meaning = [
            _digest(bundle),
            wanted.meaning,
            part_bytes,
            os.fspath(output or ""),
            sorted(os.fspath(place) for place in places),
        ]
        journal = Journal(Store().home / "batch", [*meaning, str(Path.cwd())])
        complete = False
        try:
            beginning = {"model": str(bundle), "trust": trust, "options": dataclasses.asdict(wanted)}
            work = _Transform(files, journal, part_bytes, progress)
            with Workers(beginning, count, work.said) as processes:
                results = work.run(processes)
            complete = all(result.failure is None for result in results)
        finally:
            journal.close(complete=complete)
    return results


@contextlib.contextmanager
def _bundle(model: str | Path | Model) -> Iterator[Path]:
    """The file of the model."""
    from litmus.store import Store

    if isinstance(model, str | os.PathLike):
        yield Store().path_to_serve(Path(model) if isinstance(model, os.PathLike) else model).absolute()
        return
    if not hasattr(model, "save"):
        raise ParameterError(
            f"A {type(model).__name__} cannot be given to other processes; give the model's file or its version."
        )
    with tempfile.TemporaryDirectory(prefix="litmus-batch-") as folder:
        yield Path(model.save(Path(folder) / "model.litmus"))


def _check(bundle: Path, options: TransformOptions) -> None:
    from litmus.bundle_reader import read_manifest

    manifest = read_manifest(bundle)
    if options.probabilities and manifest["task"] == "regression":
        raise PredictionError(f"Model {manifest['name']!r} predicts a number and has no probabilities; leave them out.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclasses.dataclass
class _Work:
    """A file under way."""

    entry: InputFile
    left: set[int] = dataclasses.field(default_factory=set)
    count: int = 0
    cut: bool = False
    failure: str | None = None
    resumed: bool = False


@dataclasses.dataclass(frozen=True)
class _Task:
    work: _Work
    part: Part
    tries: int = 0

    def message(self, folder: Path) -> dict[str, Any]:
        file = self.work.entry.file
        return {
            "place": self.work.entry.place,
            "partitions": [list(pair) for pair in file.partitions],
            "part": dataclasses.asdict(self.part),
            "target": str(folder / part_name(self.part.number)),
        }


class _Transform:
    """The work on some files: cuts them, gives their parts out, and joins what comes back."""

    def __init__(
        self,
        files: list[InputFile],
        journal: Journal,
        part_bytes: int,
        progress: Callable[[TransformProgress], None] | None,
    ) -> None:
        self._files = files
        self._journal = journal
        self._part_bytes = part_bytes
        self._progress = progress
        self._rows = 0
        self._results: dict[str, Transformed] = {}

    def said(self, _: _Task, rows: int) -> None:
        """Some rows are done."""
        self._rows += rows
        self._show()

    def _show(self) -> None:
        if self._progress is not None:
            self._progress(TransformProgress(len(self._files), len(self._results), self._rows))

    def run(self, processes: Workers[_Task]) -> list[Transformed]:
        """Do all of it; returns what became of each file."""
        tasks = self._tasks()
        again: list[_Task] = []
        more = True
        while more or again or processes.busy:
            while processes.has_room and (more or again):
                task = again.pop() if again else next(tasks, None)
                if task is None:
                    more = False
                elif task.work.failure is None:
                    processes.give(task, task.message(self._journal.parts(task.work.entry)))
            if processes.busy:
                for outcome in processes.outcomes():
                    again += self._after(outcome)
        return [self._results[entry.output] for entry in self._files]

    def _tasks(self) -> Iterator[_Task]:
        """The parts that are still to be answered, file by file."""
        for entry in self._files:
            done = self._journal.finished(entry)
            if done is not None:
                self._rows += done["rows"] + done["bad_rows"]
                self._end(_Work(entry, resumed=True), done["rows"], done["bad_rows"])
                continue
            work = _Work(entry)
            try:
                for part in cut(entry.file, self._part_bytes):
                    work.count += 1
                    facts = read_facts(self._journal.parts(entry), part.number)
                    if facts is None:
                        work.left.add(part.number)
                        yield _Task(work, part)
                    else:
                        self._rows += facts["rows"] + facts["bad_rows"]
                        work.resumed = True
                    if work.failure is not None:
                        break
            except (LitmusError, OSError) as error:
                self._fail(work, str(error))
            work.cut = True
            self._finish(work)

    def _after(self, outcome: Outcome[_Task]) -> list[_Task]:
        """Note what became of a part; returns it when it is to be tried again."""
        task = outcome.task
        if outcome.died and task.tries + 1 < _TRIES and task.work.failure is None:
            return [dataclasses.replace(task, tries=task.tries + 1)]
        if outcome.failure is not None:
            named = outcome.failure if not outcome.died else f"{task.work.entry.file.label}: {outcome.failure}."
            self._fail(task.work, named)
        task.work.left.discard(task.part.number)
        self._finish(task.work)
        return []

    def _finish(self, work: _Work) -> None:
        """Join a file's parts when the last one is there."""
        if work.left or not work.cut or work.entry.output in self._results:
            return
        if work.failure is None:
            try:
                rows, bad = join_parts(work.entry, self._journal.parts(work.entry), work.count)
                self._journal.finish(work.entry, rows, bad)
            except (LitmusError, OSError) as error:
                self._fail(work, str(error))
            else:
                self._end(work, rows, bad)
                return
        self._journal.forget(work.entry)
        self._end(work, 0, 0)

    def _fail(self, work: _Work, reason: str) -> None:
        work.failure = work.failure or reason

    def _end(self, work: _Work, rows: int, bad: int) -> None:
        entry = work.entry
        errors = entry.errors if bad else None
        self._results[entry.output] = Transformed(
            entry.place, entry.output, rows, bad, errors, work.failure, resumed=work.resumed
        )
        self._show()
