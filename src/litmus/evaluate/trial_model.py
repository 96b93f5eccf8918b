"""A trial's fitted pipelines and postprocessing as one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from litmus.data import Schema, Target
from litmus.evaluate.answers import fit_postprocessing
from litmus.evaluate.assess import AssessWork, out_of_fold
from litmus.model import Model
from litmus.pipeline.shared_steps import load_pipelines

__all__ = ["trial_model"]


def trial_model(
    work: AssessWork,
    *,
    schema: Schema,
    target: Target,
    folders: Sequence[str],
    name: str = "model",
    metrics: Mapping[str, Any] | None = None,
    lineage: Mapping[str, Any] | None = None,
    sample_rows: Sequence[Mapping[str, Any]] = (),
) -> Model:
    """The model of a trial.

    Args:
        work: the scoring of the trial, for what its postprocessing learns from.
        schema, target: of the data set.
        folders: its fitted pipelines: those of its folds, or the one that was fitted on all rows.
        name, metrics, lineage, sample_rows: as in `Model`.
    """
    parts = work.postprocessing
    return Model(
        load_pipelines(folders, trust=True),
        schema=schema,
        target=target,
        postprocessing=fit_postprocessing(parts, out_of_fold(work)) if parts else [],
        name=name,
        metrics=metrics,
        lineage=lineage,
        sample_rows=sample_rows,
    )
