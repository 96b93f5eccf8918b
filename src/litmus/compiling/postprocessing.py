"""Fitted postprocessing → its form in plain numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from litmus.postprocessing import Calibrate, LabelMap, Postprocessor, Threshold
from litmus.runtime.adjusting import Adjusting, Calibrated, Decided, Relabelled
from litmus.runtime.native import NativePart

__all__ = ["changes_scores", "lowered_part"]


def lowered_part(part: Postprocessor) -> Adjusting:
    """The part in plain numbers; itself where it is a user's own.

    Example:
        >>> lowered_part(LabelMap({"neutral": "no"}))
        Relabelled(pairs=(('neutral', 'no'),))
    """
    kind: Any = type(part)
    if kind is Calibrate:
        fitted: Any = part
        return Calibrated(fitted.task_, fitted.method, tuple(_curve(curve) for curve in fitted.curves_))
    if kind is Threshold:
        chosen: Any = part
        if chosen.task_ == "multilabel":
            return Decided(chosen.task_, tuple(map(float, chosen.thresholds_)))
        return Decided(chosen.task_, (float(chosen.threshold_),), int(chosen.class_code_))
    if kind is LabelMap and _is_plain([list(pair) for pair in part.labels.items()]):  # type: ignore[attr-defined]
        return Relabelled(tuple(part.labels.items()))  # type: ignore[attr-defined]
    return NativePart(part)


def changes_scores(parts: Sequence[Postprocessor]) -> bool:
    """Whether one of the parts adjusts scores."""
    return any(type(part).adjust is not Postprocessor.adjust for part in parts)


def _curve(curve: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [float(number) for number in value] if isinstance(value, np.ndarray | list) else float(value)
        for name, value in curve.items()
    }


def _is_plain(value: Any) -> bool:
    """Whether JSON gives the value back as it is."""
    try:
        return bool(json.loads(json.dumps(value, allow_nan=False)) == value)
    except (TypeError, ValueError):
        return False
