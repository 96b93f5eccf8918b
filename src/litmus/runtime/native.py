"""Parts of a model that could not be compiled: they run as they were trained, with their own libraries.

This is the only module of the runtime that reaches pipelines and steps, and it is imported only for such parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from litmus.data.conform_record import conform_record
from litmus.data.schema import Schema
from litmus.pipeline.fitted import FittedPipeline
from litmus.pipeline.shared_steps import load_pipelines
from litmus.stacker import Stacker
from litmus.state import load_component

__all__ = ["NativePart", "frame_of", "native_pipelines", "native_stacker"]


class NativePart:
    """A part of postprocessing that runs its user's own code.

    Args:
        part: a fitted `litmus.Postprocessor`.
    """

    relabels = True

    def __init__(self, part: Any) -> None:
        self.part = part

    @classmethod
    def load(cls, folder: Path, *, trust: bool) -> NativePart:
        """Read what `save_component` wrote."""
        return cls(load_component(folder, trust=trust))

    def adjust(self, scores: np.ndarray) -> np.ndarray:
        """Scores of the same shape."""
        return np.asarray(self.part.adjust(scores))

    def decide(self, scores: np.ndarray) -> np.ndarray | None:
        """The codes that scores mean, or None."""
        decided: np.ndarray | None = self.part.decide(scores)
        return decided

    def relabel(self, labels: np.ndarray) -> Any:
        """The answers for the labels."""
        return self.part.relabel(labels)


def frame_of(row: Mapping[Any, Any], schema: Schema) -> Any:
    """One row as the frame that pipelines take."""
    return conform_record(row, schema)


def native_pipelines(folders: Sequence[Path], *, trust: bool) -> list[FittedPipeline]:
    """Read pipelines as `litmus.load` does.

    Raises:
        BundleError: when a part is missing or damaged, or was pickled and `trust` is not given.
    """
    return load_pipelines(folders, trust=trust)


def native_stacker(folder: Path, *, trust: bool) -> Stacker:
    """Read a stacker as `litmus.load` does."""
    return Stacker.load(folder, trust=trust)
