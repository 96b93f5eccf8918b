"""Smaller variants of a model: fewer members, fewer fold models, fewer trees, networks in fewer bits."""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from litmus.algorithms.in_form import answering_by
from litmus.member import Member
from litmus.model import Model
from litmus.pipeline import FittedPipeline
from litmus.predictors import Form
from litmus.predictors.network import Network, Precision
from litmus.predictors.optimising import fewer_trees, lower_precision
from litmus.predictors.trees import Trees

__all__ = ["VARIANTS", "Variant", "with_members"]

_SHARES = (0.1, 0.25, 0.5, 0.75)
_PRECISIONS: tuple[Precision, ...] = ("int8", "float16")


@dataclasses.dataclass(frozen=True)
class Variant:
    """A model that is smaller than another one, and how.

    Attributes:
        name: in words.
        model: the smaller model.
    """

    name: str
    model: Model


def with_members(model: Model, members: Sequence[Member]) -> Model:
    """The model with other members, whose weights are scaled to sum to 1."""
    return Model(
        members,
        schema=model.schema,
        target=model.target,
        postprocessing=model.postprocessing,
        stacker=model.stacker,
        name=model.name,
        metrics=model.metrics,
        lineage=model.lineage,
        version=model.version,
        load_notes=model.load_notes,
        sample_rows=model.sample_rows,
        background=model.background,
    )


def fewer_members(model: Model) -> Iterator[Variant]:
    """The ensemble with the heaviest members only; a stacker needs them all."""
    if model.stacker is not None:
        return
    ranked = sorted(range(len(model.members)), key=lambda place: -model.members[place].weight)
    for count in range(1, len(ranked)):
        kept = sorted(ranked[:count])
        name = f"{count} of {len(ranked)} members"
        yield Variant(name, with_members(model, [model.members[place] for place in kept]))


def fewer_folds(model: Model) -> Iterator[Variant]:
    """Of each member the first fold models only."""
    most = max(len(member.pipelines) for member in model.members)
    for count in range(1, most):
        members = [dataclasses.replace(member, pipelines=member.pipelines[:count]) for member in model.members]
        yield Variant(f"{count} of {most} fold models", with_members(model, members))


def shorter(model: Model) -> Iterator[Variant]:
    """The first trees of each forest, the first rounds of boosting."""
    for share in _SHARES:
        made = _changed(model, Trees, functools.partial(_with_share, share=share))
        if made is not None:
            yield Variant(f"{share:.0%} of the trees", made)


def in_fewer_bits(model: Model) -> Iterator[Variant]:
    """The weights of networks in 8 bits, or in 16."""
    for precision in _PRECISIONS:
        made = _changed(model, Network, functools.partial(_with_precision, precision=precision))
        if made is not None:
            yield Variant(f"networks in {precision}", made)


VARIANTS: dict[str, Callable[[Model], Iterator[Variant]]] = {
    "members": fewer_members,
    "folds": fewer_folds,
    "trees": shorter,
    "precision": in_fewer_bits,
}
"""Technique → the variants it has of a model, the smallest first."""


def _with_share(form: Form, share: float) -> Form:
    return fewer_trees([(form, 1.0)], share)[0][0]


def _with_precision(form: Form, precision: Precision) -> Form:
    return lower_precision([(form, 1.0)], precision)[0][0]


def _changed(model: Model, kind: type[Form], change: Callable[[Form], Form]) -> Model | None:
    """The model with each form of a kind changed; None where it has none."""
    found = False

    def of_pipeline(pipeline: FittedPipeline) -> FittedPipeline:
        nonlocal found
        try:
            form: Any = pipeline.algorithm.lowered()
        except Exception:  # one that has no form of its own stays as it is
            return pipeline
        if not any(isinstance(part, kind) for part in getattr(form, "forms", (form,))):
            return pipeline
        found = True
        made = copy.copy(pipeline)
        made.algorithm, made.saved_in = answering_by(change(form), pipeline.algorithm.accepts), None
        return made

    members = [
        dataclasses.replace(member, pipelines=tuple(map(of_pipeline, member.pipelines))) for member in model.members
    ]
    return with_members(model, members) if found else None
