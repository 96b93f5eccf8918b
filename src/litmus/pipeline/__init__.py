"""Steps, an algorithm and postprocessing: the unit that is fitted, saved and served."""

from litmus.pipeline.fitted import FittedPipeline
from litmus.pipeline.pipeline import Pipeline

__all__ = ["FittedPipeline", "Pipeline"]
