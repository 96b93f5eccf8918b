"""A model for inference: compiled steps and predictors, and none of the libraries that trained it."""

from litmus.runtime.answers import Answers
from litmus.runtime.loading import load
from litmus.runtime.model import RuntimeModel

__all__ = ["Answers", "RuntimeModel", "load"]
