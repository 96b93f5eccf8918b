"""Fitted algorithms in forms that predict without the library that trained them, merged into one predictor."""

from litmus.predictors.combine import Predictor, combined, load_predictor
from litmus.predictors.form import Form
from litmus.predictors.not_converted import NotConvertedError
from litmus.predictors.saved_forms import load_form

__all__ = ["Form", "NotConvertedError", "Predictor", "combined", "load_form", "load_predictor"]
