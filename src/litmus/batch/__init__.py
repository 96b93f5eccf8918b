"""Predictions for files of any number and size: one table into one file, or every file into `<file>.out`."""

from litmus.batch.one_table import predict_file
from litmus.batch.options import TransformOptions
from litmus.batch.results import Transformed, TransformProgress
from litmus.batch.transform import transform

__all__ = ["TransformOptions", "TransformProgress", "Transformed", "predict_file", "transform"]
