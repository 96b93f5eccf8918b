"""One fast model that learns what an ensemble answers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from litmus.algorithms.context import FitContext
from litmus.algorithms.in_form import answering_by
from litmus.errors import ParameterError
from litmus.member import Member
from litmus.model import Model
from litmus.optimising.variants import Variant, with_members
from litmus.pipeline import FittedPipeline, Pipeline
from litmus.pipeline.pipeline import TrainingRows
from litmus.predictors.answer import Answer
from litmus.predictors.trees import CategorySets, Trees
from litsdf import DataFrame

__all__ = ["distilled"]

_SMALLEST = 1e-4  # of a probability; nearer to 0 and 1 their logarithms would be all that is learned


def distilled(
    model: Model, frame: DataFrame, algorithm: Any = "LightGBM", *, seed: int = 0, threads: int = 1
) -> Variant:
    """The model that a boosting algorithm makes of another model's answers.

    It learns log odds or values by regression, one for each class of several, and answers through the same link, so that it
    is one set of trees.

    Args:
        model: the teacher.
        frame: rows with canonical columns, without the target.
        algorithm: what learns: a regression algorithm whose trees can be compiled.
        seed: the source of all randomness.
        threads: threads it may use.

    Raises:
        ParameterError: for several labels a row, and an algorithm without trees.
    """
    if model.task == "multilabel":
        raise ParameterError("A model of several labels a row cannot be distilled into one; leave 'distillation' out.")
    scores = model.scores(frame)
    if model.task == "regression":
        wanted = scores[:, None]
    else:
        inside = np.clip(scores, _SMALLEST, 1 - _SMALLEST)
        wanted = np.log(inside[:, 1:] / inside[:, :1]) if model.task == "binary" else np.log(inside)
    fitted = []
    for column in wanted.T:
        context = FitContext(n_classes=0, classes=(), threads=threads, seed=seed)
        rows = TrainingRows(frame, np.ascontiguousarray(column, dtype=np.float64))
        fitted.append(Pipeline(algorithm).fit(rows, schema=model.schema, task="regression", context=context))
    first = fitted[0]
    if any(one.feature_names != first.feature_names for one in fitted):
        raise ParameterError("The steps of the distilled model differ from class to class; leave 'distillation' out.")
    form = _together([_trees(one) for one in fitted], model)
    student = FittedPipeline(
        task=model.task,
        n_outputs=form.outputs,
        columns=first.columns,
        steps=first.steps,
        numeric=first.numeric,
        feature_names=first.feature_names,
        algorithm=answering_by(form, first.algorithm.accepts),
    )
    name = type(first.algorithm).__name__.removesuffix("Regressor")
    made = with_members(model, [Member((student,), 1.0, (), f"distilled into {name}")])
    made.stacker, made.postprocessing = None, tuple(part for part in model.postprocessing if not _adjusts(part))
    return Variant(f"distilled into {name}", made)


def _adjusts(part: Any) -> bool:
    """Whether a part of postprocessing changes scores, which the teacher's answers have behind them already."""
    from litmus.postprocessing import Postprocessor

    return type(part).adjust is not Postprocessor.adjust


def _trees(fitted: FittedPipeline) -> Trees:
    """The trees with all factors in their leaves, so that raw numbers are log odds or values."""
    form = fitted.algorithm.lowered()
    if not isinstance(form, Trees) or form.answer.link != "identity":
        raise ParameterError(f"{type(fitted.algorithm).__name__} has no trees to distil into; use LightGBM or XGBoost.")
    scale, center = form.answer.matrix[0, 0], form.answer.constant[0]
    leaves = (form.leaf_values() * (form.factor * scale)).astype(np.float32)
    return dataclasses.replace(form, leaves=leaves, shared=None, factor=1.0, base=form.base * scale + center)


def _together(forms: list[Trees], model: Model) -> Trees:
    """One form of the trees of all classes."""
    count = len(forms)
    link = {"regression": "identity", "binary": "sigmoid"}.get(model.task, "softmax")
    if model.task == "regression":
        answer = Answer.of_value()
    else:
        classes = len(model.target.classes)
        answer = Answer.of_classes(link, np.arange(classes), classes)  # type: ignore[arg-type]
    if count == 1:
        return dataclasses.replace(forms[0], answer=answer)
    features = np.unique(np.concatenate([form.places.column for form in forms]))
    nodes = np.concatenate([[0], np.cumsum([len(form.right) for form in forms])])
    sets = np.concatenate([[0], np.cumsum([len(form.sets) for form in forms])])
    starts = [form.starts[:-1] + first for form, first in zip(forms, nodes, strict=False)]
    members = [np.where(form.member >= 0, form.member + first, -1) for form, first in zip(forms, sets, strict=False)]
    codes = np.concatenate([form.sets.codes for form in forms])
    sizes = np.concatenate([np.diff(form.sets.starts) for form in forms])
    return dataclasses.replace(
        forms[0],
        starts=np.append(np.concatenate(starts), nodes[-1]).astype(np.int64),
        right=np.concatenate([form.right for form in forms]),
        feature=np.concatenate(
            [np.searchsorted(features, form.places.column)[form.feature] for form in forms if len(form.places.column)]
        ).astype(np.int32),
        threshold=np.concatenate([form.threshold for form in forms]),
        missing_left=np.concatenate([form.missing_left for form in forms]),
        member=np.concatenate(members).astype(np.int32),
        sets=CategorySets(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), codes.astype(np.int32)),
        leaves=np.concatenate([form.leaves for form in forms]),
        target=np.repeat(np.arange(count), [len(form.target) for form in forms]).astype(np.int32),
        base=np.concatenate([form.base for form in forms]),
        places=type(forms[0].places).dense(features),
        answer=answer,
    )
