"""One table of any size, a batch of rows at a time, into one file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from litmus.batch.common_columns import common_columns, with_columns
from litmus.data import TableWriter, read_batches
from litmus.data.locations import find_files, is_url
from litmus.errors import ParameterError, PredictionError
from litmus.runtime import RuntimeModel

if TYPE_CHECKING:
    from litmus.model import Model

__all__ = ["predict_file"]


def predict_file(
    model: Model | RuntimeModel,
    source: str | Path,
    output: str | Path,
    *,
    probabilities: bool = False,
    keep: bool = True,
    batch_rows: int = 50_000,
    progress: Callable[[int], None] | None = None,
) -> int:
    r"""Predict every row of `source` and write the answers to `output`; the ending decides the format.

    The prediction's column is named `prediction`, and probabilities are named `probability of <class>`. The output
    appears only when it is whole: an error half-way leaves nothing behind.

    Args:
        model: the model, or its copy that `litmus.runtime.load` reads, which is faster.
        source: a path, glob, folder or URL of CSV, Parquet, JSON lines or Arrow files.
        output: where to write, in any of these formats.
        probabilities: whether to write the probability of every class too.
        keep: whether the columns of the input stand beside the answers.
        batch_rows: rows held in memory at once.
        progress: called with the number of rows done after each batch.

    Returns:
        The number of rows.

    Raises:
        LitmusError: when the file cannot be read, a row does not fit the model (rows are counted from 1, without a line
            of names), or the output cannot be written.

    Example:
        >>> import litmus, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "new.csv").write_text("size\n50\n60\n")
        >>> predict_file(run.best, folder / "new.csv", folder / "answers.csv")
        2
    """
    if probabilities and model.task == "regression":
        raise PredictionError(f"Model {model.name!r} predicts a number and has no probabilities; leave them out.")
    _refuse_overwriting(source, output)
    done = 0
    with TableWriter(output) as writer:
        columns = common_columns(source, batch_rows) if keep else None
        for batch in read_batches(source, rows=batch_rows):
            batch.index = pd.RangeIndex(done + 1, done + 1 + len(batch))  # by which a message names a row
            try:
                answers = _answers(model, batch, probabilities=probabilities)
            except PredictionError as error:
                raise PredictionError(f"{source}: {error}") from error
            if keep:
                answers = _beside(batch if columns is None else with_columns(batch, columns), answers)
            writer.write(answers)
            done += len(batch)
            if progress is not None:
                progress(done)
    return done


def _refuse_overwriting(source: str | Path, output: str | Path) -> None:
    """Raise ParameterError when the output is among the files that are read."""
    if is_url(os.fspath(output)):
        taken = os.fspath(output) == os.fspath(source)
    else:
        place = Path(output).expanduser()
        taken = (
            place.exists() and not is_url(os.fspath(source)) and any(_same(place, f.path) for f in find_files(source))
        )
    if taken:
        raise ParameterError(
            f"The output {os.fspath(output)!r} is among the files to read; give another name, or its rows would be lost."
        )


def _same(place: Path, path: str) -> bool:
    return Path(path).exists() and place.samefile(path)


def _answers(model: Model | RuntimeModel, batch: pd.DataFrame, *, probabilities: bool) -> pd.DataFrame:
    answer = model.answer(batch)
    if answer.labels is not None and len(model.target.names) > 1:
        labels = pd.DataFrame(list(answer.labels), columns=list(model.target.names), index=batch.index)
        answers = labels.add_prefix("prediction of ")
    else:
        answers = pd.DataFrame({"prediction": pd.Series(answer.labels, index=batch.index).infer_objects()})
    if probabilities and answer.probabilities is not None:
        names = [f"probability of {label}" for label in model.classes]
        answers = pd.concat([answers, pd.DataFrame(answer.probabilities, index=batch.index, columns=names)], axis=1)
    return answers


def _beside(batch: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The input's columns and the answers; an input column of the same name gives way to the answer."""
    return pd.concat([batch.drop(columns=[name for name in answers if name in batch]), answers], axis=1)
