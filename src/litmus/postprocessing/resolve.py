"""From what a user may write for postprocessing to the object itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litmus.errors import ParameterError
from litmus.postprocessing.base import Postprocessor
from litmus.postprocessing.labels import FunctionPostprocessor, LabelMap

__all__ = ["resolve_postprocessor"]


def resolve_postprocessor(part: Any) -> Postprocessor:
    """The postprocessor for what a user wrote: an object or class, a dict of labels, or a function of labels.

    Raises:
        ParameterError: when it is none of these.
    """
    if isinstance(part, type) and issubclass(part, Postprocessor):
        return part()
    if isinstance(part, Postprocessor):
        return part
    if isinstance(part, Mapping):
        return LabelMap(dict(part))
    if callable(part):
        return FunctionPostprocessor(part)
    raise ParameterError(
        f"{part!r} is no postprocessing. Give a litmus.Postprocessor such as Threshold() or Calibrate(), a dict from label "
        "to label, or a function that takes and returns an array of labels."
    )
