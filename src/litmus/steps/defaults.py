"""The steps used when the user gives none: chosen by the columns' kinds and by what the algorithm can take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litmus.data.schema import Schema
from litmus.steps.base import Step
from litmus.steps.dates import DateParts
from litmus.steps.impute import Impute
from litmus.steps.onehot import OneHotEncoder
from litmus.steps.ordinal import OrdinalEncoder
from litmus.steps.scaling import StandardScale
from litmus.steps.selection import DropColumns, DropConstantColumns
from litmus.steps.target_mean import TargetEncoder
from litmus.steps.text import TextTfidf
from litmus.steps.text_counts import TextCounts
from litmus.task import TaskKind

if TYPE_CHECKING:
    from litmus.algorithms.base import Algorithm

__all__ = ["default_steps"]

_CHARACTER_ROWS = 20_000
"""With more training texts, words alone are enough and character sequences cost more than they gain."""


def default_steps(schema: Schema, algorithm: Algorithm, task: TaskKind, n_rows: int) -> list[Step]:
    """The steps that turn a table with these columns into the features that `algorithm` takes.

    Args:
        schema: the kinds of the table's columns; only its feature columns are in the table.
        algorithm: what the features are for.
        task: the kind of task.
        n_rows: how many training rows there are.

    Returns:
        Unfitted steps, in order. Encoders of texts come before those of categories, which then take all that is left
        of text type; numeric steps come last and take all numbers, among them the parts of dates.
    """
    if algorithm.ignores_features:
        return [DropColumns(columns=schema.features)]
    plain = schema.names("numeric", "categorical", "boolean")
    steps: list[Step] = [DropConstantColumns(columns=plain)] if plain else []
    if algorithm.accepts == "frame":
        return steps
    dates, texts = schema.names("datetime"), schema.names("text")
    if dates:
        steps.append(DateParts(columns=dates))
    if texts:
        steps += _text_steps(texts, algorithm, n_rows)
    if schema.names("categorical"):
        steps += _category_steps(algorithm, task, n_rows)
    if schema.names("numeric", "boolean") or dates or texts:
        if not algorithm.takes_missing:
            steps.append(Impute())
        if algorithm.wants_scaled:
            steps.append(StandardScale())
    return steps


def _text_steps(columns: list[str], algorithm: Algorithm, n_rows: int) -> list[Step]:
    together = len(columns) > 1
    if algorithm.accepts == "sparse" and algorithm.wants_scaled:
        return [TextTfidf(columns=columns, together=together, characters=n_rows <= _CHARACTER_ROWS)]
    # trees choose badly among thousands of words that are nearly always absent, so they get a few dense topics
    topics = TextTfidf(columns=columns, together=together, pairs=False, max_terms=10_000, components=100)
    return [TextCounts(columns=columns), topics]


def _category_steps(algorithm: Algorithm, task: TaskKind, n_rows: int) -> list[Step]:
    means: list[Step] = []
    if algorithm.categories == "target":
        means = [TargetEncoder(scaled=algorithm.wants_scaled)] if task != "multilabel" else []
    elif task != "multilabel":
        means = [TargetEncoder(min_categories=50, scaled=algorithm.wants_scaled)]
    if algorithm.categories in ("ordinal", "native"):
        missing = "nan" if algorithm.takes_missing else "minus_one"
        native = algorithm.categories == "native"
        if native:
            return [*means, OrdinalEncoder(missing=missing, max_categories=255)]
        return [*means, OrdinalEncoder(missing=missing, order="alphabet", mark=False)]
    return [*means, OneHotEncoder(min_count=5 if n_rows >= 1000 else 2, max_categories=50)]
