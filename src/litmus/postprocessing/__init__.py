"""Postprocessing: what is done to a model's scores and labels before a user gets them."""

from litmus.postprocessing.base import Postprocessor
from litmus.postprocessing.calibrate import Calibrate
from litmus.postprocessing.labels import FunctionPostprocessor, LabelMap
from litmus.postprocessing.resolve import resolve_postprocessor
from litmus.postprocessing.threshold import Threshold

__all__ = ["Calibrate", "FunctionPostprocessor", "LabelMap", "Postprocessor", "Threshold", "resolve_postprocessor"]
