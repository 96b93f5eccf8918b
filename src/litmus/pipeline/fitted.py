"""A pipeline after training: it turns rows into scores, and can be written down and read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import numpy as np

from litmus.algorithms.base import Algorithm, Classifier, Regressor
from litmus.errors import BundleError, TrainingError
from litmus.pipeline.features import Features, assemble
from litmus.pipeline.own_steps import encode, in_best_layout, is_own, said_of, transform
from litmus.state import link_files, load_component, save_component
from litmus.steps.base import Block, Encoder, Step
from litmus.task import TaskKind
from litsdf import DataFrame
from litsdf.interchange import as_frame, chosen, numbered_rows, without_columns

__all__ = ["FittedPipeline"]


class FittedPipeline:
    """Fitted steps and a fitted algorithm.

    Attributes:
        task: the kind of task.
        n_outputs: columns of the scores: classes, labels, or 0 for regression.
        columns: the table's columns that the steps start from.
        steps: the fitted steps, in order.
        numeric: the columns that become features as they are.
        feature_names: names of all features, in the order the algorithm sees them.
        algorithm: the fitted algorithm.
    """

    def __init__(
        self,
        *,
        task: TaskKind,
        n_outputs: int,
        columns: list[str],
        steps: list[Step],
        numeric: list[str],
        feature_names: tuple[str, ...],
        algorithm: Algorithm,
    ) -> None:
        self.task: TaskKind = task
        self.n_outputs = n_outputs
        self.columns = columns
        self.steps = steps
        self.numeric = numeric
        self.feature_names = feature_names
        self.algorithm = algorithm
        self.saved_in: str | None = (
            None  # where it was read from, if it is to be copied from there and not written anew
        )

    def features(self, frame: DataFrame) -> Features:
        """The features of the rows of a frame with canonical columns: litsdf's, or a pandas frame."""
        frame = numbered_rows(as_frame(frame))
        if list(frame) != self.columns:
            frame = chosen(frame, self.columns)
        blocks: list[Block] = []
        encoded: list[str] = []  # dropped only before a step that would see them: dropping costs more than most steps
        for step in self.steps:
            if isinstance(step, Encoder):
                blocks.append(encode(step, frame))
                encoded += encoded_columns(step)
            else:
                frame = transform(step, without_columns(frame, encoded) if encoded else frame)
                encoded = []
        if self.algorithm.accepts == "frame":
            frame = in_best_layout(without_columns(frame, encoded))
            return Features(frame, tuple(map(str, frame)))
        return assemble(frame, self.numeric, blocks, self.algorithm.accepts)

    @property
    def runs_own_code(self) -> bool:
        """Whether a step of the user, or an algorithm that takes the table itself, works on litsdf tables."""
        return self.algorithm.accepts == "frame" or any(map(is_own, self.steps))

    def scores(self, frame: DataFrame) -> np.ndarray:
        """Probabilities float32 (rows, classes or labels), or predicted values float64 (rows,)."""
        return self.scores_of(self.features(frame))

    def scores_of(self, features: Features) -> np.ndarray:
        """The scores of rows whose features are made already; checks what the algorithm returned."""
        name = type(self.algorithm).__name__
        rows = features.values.shape[0]
        if self.task == "regression":
            values = np.asarray(cast(Regressor, self.algorithm).predict(features.values))
            return _checked(values, (rows,), f"{name}.predict").astype(np.float64, copy=False)
        scores = np.asarray(cast(Classifier, self.algorithm).predict_proba(features.values))
        scores = _checked(scores, (rows, self.n_outputs), f"{name}.predict_proba").astype(np.float32, copy=False)
        if rows and (scores.min() < -1e-4 or scores.max() > 1 + 1e-4):
            raise TrainingError(
                f"{name}.predict_proba returned values from {scores.min():.3g} to {scores.max():.3g}; "
                "probabilities lie between 0 and 1."
            )
        return scores

    def importance(self) -> dict[str, float]:
        """Feature → share of importance, largest first; empty when the algorithm has none."""
        shares = self.algorithm.feature_importance()
        if shares is None or len(shares) != len(self.feature_names):
            return {}
        order = np.argsort(-np.asarray(shares), kind="stable")
        return {self.feature_names[position]: float(shares[position]) for position in order}

    def notes(self) -> list[str]:
        """What the steps dropped or changed and why."""
        return [sentence for step in self.steps for sentence in [*step.report(), *said_of(step)]]

    def save(self, folder: Path) -> bool:
        """Write the pipeline into `folder`; returns True when a part had to be pickled, so that loading needs trust."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.saved_in is not None:
            return link_files(Path(self.saved_in), folder)
        pickled = False
        for number, step in enumerate(self.steps):
            pickled |= save_component(step, _made(folder / f"step-{number:02d}"))
        pickled |= save_component(self.algorithm, _made(folder / "algorithm"))
        facts = {
            "task": self.task,
            "n_outputs": self.n_outputs,
            "columns": self.columns,
            "steps": len(self.steps),
            "numeric": self.numeric,
            "feature_names": self.feature_names,
        }
        (folder / "pipeline.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        return pickled

    @classmethod
    def load(cls, folder: Path, *, trust: bool = False, steps: list[Step] | None = None) -> FittedPipeline:
        """Read what `save` wrote; with `steps`, those are taken instead of reading them again.

        Raises:
            BundleError: when a part is missing or damaged, or was pickled and `trust` is not given.
        """
        try:
            facts: dict[str, Any] = json.loads((folder / "pipeline.json").read_text(encoding="utf-8"))
            count = int(facts.pop("steps"))
            facts["feature_names"] = tuple(facts["feature_names"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BundleError(
                f"The pipeline in {folder.name!r} is missing or damaged ({error}); save the model again."
            ) from error
        if steps is None:
            steps = [cast(Step, load_component(folder / f"step-{number:02d}", trust=trust)) for number in range(count)]
        algorithm = cast(Algorithm, load_component(folder / "algorithm", trust=trust))
        return cls(steps=steps, algorithm=algorithm, **facts)


def encoded_columns(step: Encoder) -> list[str]:
    """The columns that a fitted encoder has turned into features."""
    found = getattr(step, "columns_", None)  # an empty list means that the encoder took none
    return list((step.columns or []) if found is None else found)


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _checked(values: np.ndarray, shape: tuple[int, ...], where: str) -> np.ndarray:
    """`values` when their shape and contents are allowed, else an error that says what came and what was expected."""
    if values.shape != shape:
        raise TrainingError(f"{where} returned an array of shape {values.shape}; {shape} was expected.")
    if not np.issubdtype(values.dtype, np.number) and values.dtype != bool:
        raise TrainingError(f"{where} returned values of type {values.dtype}; numbers were expected.")
    if not np.isfinite(values).all():
        raise TrainingError(f"{where} returned {int((~np.isfinite(values)).sum())} values that are not finite numbers.")
    return values
