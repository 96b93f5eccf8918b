"""What a model is made of, by the folders of its fitted pipelines: small enough to be sent to the process that reads them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from litmus.data import Schema, Target
from litmus.member import Member
from litmus.model import Model
from litmus.pipeline.shared_steps import load_pipelines
from litmus.postprocessing import Postprocessor
from litmus.stacker import Stacker

if TYPE_CHECKING:
    from litmus.evaluate.plan import Plan

__all__ = ["MemberParts", "ModelParts", "parts_of_plan"]


@dataclasses.dataclass(frozen=True)
class MemberParts:
    """A member: the folders of its fitted pipelines, its weight, its fitted postprocessing and its name."""

    folders: tuple[str, ...]
    weight: float = 1.0
    postprocessing: tuple[Postprocessor, ...] = ()
    name: str = ""


@dataclasses.dataclass(frozen=True)
class ModelParts:
    """A model whose pipelines are not read yet; the other attributes are those of `Model`."""

    members: tuple[MemberParts, ...]
    schema: Schema
    target: Target
    postprocessing: tuple[Postprocessor, ...] = ()
    stacker: Stacker | None = None
    name: str = "model"
    metrics: Mapping[str, Any] | None = None
    lineage: Mapping[str, Any] | None = None
    sample_rows: Sequence[Mapping[str, Any]] = ()

    def load(self, *, to_be_kept: bool = False) -> Model:
        """Read the pipelines.

        Args:
            to_be_kept: whether the model is only read to be saved, unchanged: the files of its pipelines are then copied.
        """
        folders = [folder for member in self.members for folder in member.folders]
        pipelines = load_pipelines(folders, trust=True)
        if to_be_kept:
            for pipeline, folder in zip(pipelines, folders, strict=True):
                pipeline.saved_in = folder
        loaded = iter(pipelines)
        return Model(
            [
                Member(tuple(next(loaded) for _ in one.folders), one.weight, one.postprocessing, one.name)
                for one in self.members
            ],
            schema=self.schema,
            target=self.target,
            postprocessing=self.postprocessing,
            stacker=self.stacker,
            name=self.name,
            metrics=self.metrics,
            lineage=self.lineage,
            sample_rows=self.sample_rows,
        )


def parts_of_plan(
    plan: Plan,
    folders: Sequence[str],
    *,
    metrics: Mapping[str, Any] | None = None,
    lineage: Mapping[str, Any] | None = None,
) -> ModelParts:
    """What the model of a single trial is made of: its fold models, or the pipeline that was fitted on all rows."""
    from litmus.compiling import sample_rows
    from litmus.evaluate.answers import fit_postprocessing
    from litmus.evaluate.assess import out_of_fold

    adjusting = plan.candidate.pipeline.postprocessing
    return ModelParts(
        (MemberParts(tuple(folders)),),
        schema=plan.data.schema,
        target=plan.data.target,
        postprocessing=tuple(fit_postprocessing(adjusting, out_of_fold(plan.assess_work()))) if adjusting else (),
        name=plan.data.name,
        metrics=metrics,
        lineage=lineage,
        sample_rows=sample_rows(plan.data.train, plan.data.schema),
    )
