"""From a trained model to one that answers without the libraries that trained it, compared row by row."""

from litmus.compiling.compile import compile_model
from litmus.compiling.compiled import Compiled
from litmus.compiling.sample_rows import sample_rows

__all__ = ["Compiled", "compile_model", "sample_rows"]
