"""One job: rows read, answered a piece at a time, and the result written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from litmus.asynchronous.full_disk import said_of_result
from litmus.asynchronous.media import ENDINGS
from litmus.asynchronous.queue import Job, Queue
from litmus.errors import DataError, LitmusError, PredictionError
from litmus.runtime import RuntimeModel

__all__ = ["StoppedError", "answer_job"]

_ROWS_AT_ONCE = 5_000


class StoppedError(Exception):
    """The job was cancelled, or the process is to end."""


def answer_job(queue: Queue, job: Job, model: RuntimeModel, check: Callable[[], None]) -> bool:
    """Answer a job and mark it; returns whether it was still this process's.

    Args:
        queue, job: the job.
        model: what answers.
        check: called between pieces; raises what stops the work.

    Raises:
        LitmusError: when the rows cannot be read or do not fit the model, or the output cannot be written.
        QueueDiskError: when the queue's disk is full; the job is to be done again.
    """
    working = queue.working(job)
    try:
        with said_of_result(queue.folder):
            rows = _answer(queue, job, model, check)
            with working.open("rb+") as written:
                os.fsync(written.fileno())
        check()
        version = model.version or model.name
        if job.output is None:
            return queue.finish(job, working, rows=rows, model=version)
        _deliver(working, job.output, job.id)
        return queue.finish(job, None, rows=rows, model=version)
    finally:
        working.unlink(missing_ok=True)


def _answer(queue: Queue, job: Job, model: RuntimeModel, check: Callable[[], None]) -> int:
    working = queue.working(job)
    if job.input is not None:
        return _answer_file(_named(job.input), working, model, keep=job.keep, check=check)
    ending = ENDINGS.get(job.content_type, "")
    if not ending:
        return _answer_json(queue.body(job), working, model, check)
    with tempfile.TemporaryDirectory(prefix="litmus-job-") as folder:
        file = Path(folder) / f"body{ending}"
        file.write_bytes(queue.body(job))
        return _answer_file(_named(str(file)), working, model, keep=job.keep, check=check)


def _named(place: str) -> Any:
    from litmus.data.locations import find_files

    found = find_files(place)
    if len(found) != 1:
        raise DataError(f"The input names {len(found):,} files; give one.")
    return found[0]


def _answer_file(file: Any, working: Path, model: RuntimeModel, *, keep: bool, check: Callable[[], None]) -> int:
    """A table of any size, into a file of the same format."""
    from litmus.batch.options import TransformOptions
    from litmus.batch.whole_file import transform_whole

    options = TransformOptions(keep=keep, probabilities=model.task != "regression", batch_rows=_ROWS_AT_ONCE)
    try:
        return transform_whole(model, file, working, options, lambda _: check())
    except (DataError, PredictionError) as error:  # without the place where a body was put aside
        raise type(error)(str(error).replace(f"{file.label}, ", "").replace(f"{file.label}: ", "")) from error


def _answer_json(body: bytes, working: Path, model: RuntimeModel, check: Callable[[], None]) -> int:
    """One JSON document: a row or a list of rows, answered in the form that `POST /predict` has."""
    try:
        rows = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"The body is not valid JSON: {error}.") from error
    one = isinstance(rows, dict)
    listed = [rows] if one else rows
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise DataError("The body is no row; send one row as a JSON object, or a list of rows.")
    labels: list[Any] = []
    scores: list[dict[str, float]] = []
    names = [_label_text(label) for label in model.classes]
    for start in range(0, len(listed), _ROWS_AT_ONCE):
        answer = model.answer(listed[start : start + _ROWS_AT_ONCE])
        labels += answer.labels.tolist() if isinstance(answer.labels, np.ndarray) else list(answer.labels)
        if answer.probabilities is not None:
            scores += [dict(zip(names, row, strict=True)) for row in answer.probabilities.tolist()]
        check()
    plural = {"predictions": labels, **({"probabilities": scores} if scores else {})}
    held = (
        {name.removesuffix("s") if name == "predictions" else name: value[0] for name, value in plural.items()}
        if one
        else plural
    )
    working.write_bytes(msgspec.json.encode({**held, "model": model.version or model.name}, enc_hook=str))
    return len(listed)


def _label_text(label: Any) -> str:
    if isinstance(label, bool | np.bool_):
        return "true" if label else "false"
    return str(label.item() if isinstance(label, np.generic) else label)


def _deliver(working: Path, output: str, identity: str) -> None:
    """Put a result where the request wants it, in one step; done twice it is the same file."""
    import fsspec

    from litmus.data.locations import is_url

    try:
        if is_url(output):
            system, path = fsspec.core.url_to_fs(output)
            system.put_file(str(working), path)
            return
        target = Path(output)
        part = target.with_name(f".{target.name}.{identity}.part")
        part.write_bytes(working.read_bytes())
        part.replace(target)
    except LitmusError:
        raise
    except Exception as error:  # every file system has errors of its own
        raise DataError(f"The result cannot be written to the output ({type(error).__name__}: {error}).") from error
