"""Predicting a file of any size, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from litmus.data import TableWriter, read_batches
from litmus.errors import ParameterError
from litmus.model import Model

__all__ = ["predict_file"]


def predict_file(
    model: Model,
    source: str | Path,
    output: str | Path,
    *,
    probabilities: bool = False,
    keep: bool = True,
    batch_rows: int = 50_000,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Predict every row of `source` and write the answers to `output`; the ending decides the format.

    The prediction's column is named `prediction`, and probabilities are named `probability of <class>`. The output
    appears only when it is whole: an error half-way leaves nothing behind.

    Args:
        model: the model.
        source: CSV, Parquet, JSON lines or Arrow.
        output: where to write, in any of these formats.
        probabilities: whether to write the probability of every class too.
        keep: whether the columns of the input stand beside the answers.
        batch_rows: rows held in memory at once.
        progress: called with the number of rows done after each batch.

    Returns:
        The number of rows.

    Raises:
        LitmusError: when the file cannot be read, a row does not fit the model, or the output cannot be written.
    """
    if Path(source).resolve() == Path(output).resolve():
        raise ParameterError(f"The output {str(output)!r} is the input; give another name, or the rows would be lost.")
    done = 0
    with TableWriter(output) as writer:
        for batch in read_batches(source, rows=batch_rows):
            answers = _answers(model, batch, probabilities=probabilities)
            writer.write(_beside(batch, answers) if keep else answers)
            done += len(batch)
            if progress is not None:
                progress(done)
    return done


def _answers(model: Model, batch: pd.DataFrame, *, probabilities: bool) -> pd.DataFrame:
    predicted = model.predict(batch)
    if isinstance(predicted, pd.DataFrame):
        answers = predicted.add_prefix("prediction of ")
    else:
        answers = pd.DataFrame({"prediction": predicted})
    if probabilities:
        answers = pd.concat([answers, model.predict_proba(batch).add_prefix("probability of ")], axis=1)
    return answers


def _beside(batch: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The input's columns and the answers; an input column of the same name gives way to the answer."""
    return pd.concat([batch.drop(columns=[name for name in answers if name in batch]), answers], axis=1)
