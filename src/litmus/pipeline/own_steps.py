"""Running a step on a table: those of Litmus on arrays from its columns, a user's own on a table in the best layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from litmus.errors import DataError
from litmus.steps.base import Block, Encoder, Step
from litmus.steps.function import FunctionStep
from litmus.steps.own_code import one_line, taken_back
from litsdf import DataFrame, LayoutError, choose_layout

__all__ = ["encode", "fit_encode", "fit_transform", "in_best_layout", "is_own", "said_of", "transform"]


def is_own(step: Any) -> bool:
    """Whether a step runs code of the user, who writes pandas and should get it at its fastest."""
    return isinstance(step, FunctionStep) or not type(step).__module__.startswith("litmus.steps.")


def in_best_layout(frame: DataFrame) -> DataFrame:
    """The table in the layout for its number of rows: a record for one, Polars for many, pandas between."""
    layout = choose_layout(len(frame))
    if frame.layout == layout:
        return frame
    try:
        return frame.to_layout(layout)
    except LayoutError:  # such as columns of the same name, which only pandas holds
        return frame


def fit_transform(step: Step, frame: DataFrame, y: np.ndarray | None) -> tuple[Step, DataFrame]:
    """The fitted step, and what it makes of training rows.

    A step of the user that fails on the litsdf table is fitted anew on a pandas frame, and gets one from then on.

    Raises:
        DataError: when it returns no table, or other rows.
    """
    if not is_own(step):
        return step, step.fit_transform(frame, y)
    frame = in_best_layout(frame)
    if isinstance(step, FunctionStep):  # it takes care of all this itself
        return step, step.fit_transform(frame, y)
    unfitted: Any = step.clone()
    try:
        return step, taken_back(step.fit_transform(frame.copy(), y), frame, step.name)
    except Exception as error:
        result = taken_back(unfitted.fit_transform(frame.to_pandas(), y), frame, step.name)
        return _noted(unfitted, error), result


def fit_encode(step: Encoder, frame: DataFrame, y: np.ndarray | None) -> tuple[Encoder, Block]:
    """The fitted encoder, and the features of training rows; as `fit_transform` for an encoder of the user."""
    if not is_own(step):
        return step, step.fit_encode(frame, y)
    frame = in_best_layout(frame)
    unfitted: Any = step.clone()
    try:
        return step, step.fit_encode(frame.copy(), y)
    except Exception as error:
        block = unfitted.fit_encode(frame.to_pandas(), y)
        return _noted(unfitted, error), block


def transform(step: Step, frame: DataFrame) -> DataFrame:
    """What a fitted step makes of rows."""
    if not is_own(step):
        return step.transform(frame)
    frame = in_best_layout(frame)
    if isinstance(step, FunctionStep):
        return step.transform(frame)
    return _with_either(step, frame, lambda given: taken_back(step.transform(given), frame, step.name))


def encode(step: Encoder, frame: DataFrame) -> Block:
    """The features that a fitted encoder makes of rows."""
    return _with_either(step, in_best_layout(frame), step.encode) if is_own(step) else step.encode(frame)


_Result = TypeVar("_Result")


def _with_either(step: Any, frame: DataFrame, call: Callable[[Any], _Result]) -> _Result:
    """The result on the litsdf table, or on a pandas frame for a step that needs one for all rows, or for these."""
    if not getattr(step, "in_pandas_", ""):
        try:
            return call(frame.copy())
        except Exception as error:
            if isinstance(error, DataError):
                raise
    return call(frame.to_pandas())


def said_of(step: Any) -> list[str]:
    """Why a step of the user gets pandas frames, if it does."""
    reason = getattr(step, "in_pandas_", "")
    if not reason or isinstance(step, FunctionStep):
        return []
    return [f"The step {step.name!r} gets pandas frames, because it failed on a litsdf table ({reason})."]


def _noted(step: Any, error: Exception) -> Any:
    step.in_pandas_ = one_line(error)
    return step
