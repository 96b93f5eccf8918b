"""The candidates of a run: each a pipeline with fixed parameters and a name of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from litmus.errors import ParameterError
from litmus.pipeline import Pipeline
from litmus.pipeline.resolve import AlgorithmLike, StepLike, algorithm_label

__all__ = ["Candidate", "make_candidates"]


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One pipeline to be tried.

    Attributes:
        name: unique within the run: "XGBoost", "XGBoost(max_depth=5)".
        algorithm: name of the algorithm.
        settings: its parameters that differ from their defaults.
        pipeline: the unfitted pipeline.
    """

    name: str
    algorithm: str
    settings: dict[str, Any]
    pipeline: Pipeline


def make_candidates(
    algorithms: Sequence[AlgorithmLike | Pipeline], *, steps: Sequence[StepLike] = ()
) -> tuple[Candidate, ...]:
    """A candidate for each algorithm or pipeline, and the constant baseline that every leaderboard contains.

    Raises:
        ParameterError: when one is no algorithm, or two are the same.
    """
    if not algorithms:
        raise ParameterError("algorithm=[] names nothing to train; give at least one, such as ['XGBoost'].")
    candidates: dict[str, Candidate] = {}
    for given in algorithms:
        pipeline = (given if isinstance(given, Pipeline) else Pipeline(given)).preceded_by(steps)
        algorithm, settings = algorithm_label(pipeline.algorithm)
        name = pipeline.name or _name(algorithm, settings)
        if name in candidates and pipeline.name:
            raise ParameterError(f"Two pipelines are named {name!r}; give each a name of its own.")
        number = 2
        base = name
        while name in candidates:
            name, number = f"{base} #{number}", number + 1
        candidates[name] = Candidate(name, algorithm, settings, pipeline)
    if not any(candidate.algorithm == "Baseline" for candidate in candidates.values()):
        candidates["Baseline"] = Candidate("Baseline", "Baseline", {}, Pipeline("Baseline"))
    return tuple(candidates.values())


def _name(algorithm: str, settings: dict[str, Any]) -> str:
    """The algorithm with the settings that set it apart, kept short enough for a table."""
    if not settings:
        return algorithm
    text = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    return f"{algorithm}({text if len(text) <= 60 else text[:57] + '…'})"
