"""The parts of a model that answer each for themselves before their answers are put together."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.errors import ParameterError
from litmus.postprocessing.apply import adjusted

if TYPE_CHECKING:
    from litmus.pipeline import FittedPipeline
    from litmus.postprocessing import Postprocessor
    from litsdf import DataFrame

__all__ = ["Member", "as_members", "member_scores", "weighted_mean"]


@dataclasses.dataclass(frozen=True)
class Member:
    """Fitted pipelines whose mean score is one voice in a model.

    Attributes:
        pipelines: the fitted pipelines, such as the fold models of one trial; their scores are averaged.
        weight: the share of this voice, above 0; the weights of a model's members count relative to their sum.
        postprocessing: fitted parts of which only `adjust` is used, such as the calibration of this member.
        name: the trial it comes from.
    """

    pipelines: tuple[FittedPipeline, ...]
    weight: float = 1.0
    postprocessing: tuple[Postprocessor, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if not self.pipelines:
            raise ParameterError(f"Member {self.name!r} has no pipelines; give at least one fitted pipeline.")
        if not (self.weight > 0 and math.isfinite(self.weight)):
            raise ParameterError(f"Member {self.name!r} has the weight {self.weight!r}; it must be a number above 0.")


def as_members(given: Sequence[Member | FittedPipeline]) -> tuple[Member, ...]:
    """Members with weights that sum to 1; fitted pipelines together are one member.

    Raises:
        ParameterError: when there are none, or members and pipelines are mixed.
    """
    members = tuple(item for item in given if isinstance(item, Member))
    pipelines = tuple(item for item in given if not isinstance(item, Member))
    if members and pipelines:
        raise ParameterError("A model is made of fitted pipelines or of members, not of both; put each into a Member.")
    if not given:
        raise ParameterError("A model needs at least one fitted pipeline.")
    if pipelines:
        return (Member(pipelines),)
    total = sum(member.weight for member in members)
    return tuple(dataclasses.replace(member, weight=member.weight / total) for member in members)


def member_scores(members: Sequence[Member], frame: DataFrame) -> list[np.ndarray]:
    """Each member's adjusted scores, float64, for a frame with canonical columns.

    Features are made once for all pipelines that have the same fitted steps, and let go before the next ones are made.
    """
    totals: list[Any] = [None] * len(members)
    for places, pipelines in with_same_features(members):
        shared = len(pipelines) > 1
        features = pipelines[0].features(frame) if shared else None
        for place, pipeline in zip(places, pipelines, strict=True):
            scores = pipeline.scores(frame) if features is None else pipeline.scores_of(features)
            totals[place] = scores.astype(np.float64) if totals[place] is None else totals[place] + scores
    return [
        adjusted(member.postprocessing, total / len(member.pipelines))
        for member, total in zip(members, totals, strict=True)
    ]


def weighted_mean(scores: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """The mean of some models' scores, float64, with weights that sum to 1."""
    mean = scores[0] * np.float64(weights[0])
    for part, weight in zip(scores[1:], weights[1:], strict=True):
        mean += part * np.float64(weight)
    return np.asarray(mean)


def with_same_features(members: Sequence[Member]) -> list[tuple[list[int], list[FittedPipeline]]]:
    """The pipelines in groups that take the same features, each pipeline with the place of its member.

    Algorithms that are not of Litmus get features of their own, because they may write into them.
    """
    groups: dict[Any, tuple[list[int], list[FittedPipeline]]] = {}
    for place, member in enumerate(members):
        for pipeline in member.pipelines:
            algorithm = pipeline.algorithm
            own = algorithm.accepts == "frame" or not type(algorithm).__module__.startswith("litmus.")
            key = id(pipeline) if own else (id(pipeline.steps), algorithm.accepts)
            places, pipelines = groups.setdefault(key, ([], []))
            places.append(place)
            pipelines.append(pipeline)
    return list(groups.values())
