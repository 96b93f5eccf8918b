"""What to do to the rows, what learns from them, and what to do to the answers, before anything is fitted."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from litmus.algorithms.base import Algorithm
from litmus.algorithms.context import FitContext, Validation
from litmus.data.schema import Schema
from litmus.errors import ParameterError, TrainingError
from litmus.pipeline.derived import schema_after
from litmus.pipeline.edits import Edit, apply_edits, name_of
from litmus.pipeline.features import Features, assemble, numeric_columns
from litmus.pipeline.fitted import FittedPipeline, encoded_columns
from litmus.pipeline.own_steps import fit_encode, fit_transform, in_best_layout, is_own
from litmus.pipeline.resolve import (
    AlgorithmLike,
    StepLike,
    check_algorithm,
    resolve_algorithm,
    resolve_step,
    search_algorithm,
)
from litmus.pipeline.searched import SearchedSteps
from litmus.steps.base import Block, Encoder, Resampler, Step
from litmus.task import TaskKind
from litsdf import DataFrame
from litsdf.interchange import as_frame, chosen, numbered_rows, without_columns

__all__ = ["HeldOut", "Pipeline", "Prepared", "TrainingRows"]


@dataclasses.dataclass(frozen=True)
class TrainingRows:
    """The rows of one fit: a frame with canonical columns (a pandas frame will do), encoded targets, and weights or None."""

    frame: DataFrame
    y: np.ndarray
    sample_weight: np.ndarray | None = None


HeldOut = TrainingRows
"""The rows held out of a fit, of the same form."""


@dataclasses.dataclass
class Prepared:
    """A pipeline whose steps are fitted and whose algorithm is about to be.

    Attributes:
        fitted: the pipeline so far.
        values, y: what the algorithm gets; gone after `learn`.
        context: what it is told.
        held_out: the features of the held-out rows, or None.
    """

    fitted: FittedPipeline
    values: Any
    y: np.ndarray
    context: FitContext
    held_out: Features | None

    def learn(self) -> FittedPipeline:
        """Fit the algorithm, which alone holds the training features then and may let go of them."""
        with warnings.catch_warnings():
            # scikit-learn takes many classes with few rows each for a regression; the task is known here
            warnings.filterwarnings("ignore", message="The number of unique classes is greater than 50%")
            self.fitted.algorithm.fit(self._given_away(), self.y, self.context)
        return self.fitted

    def _given_away(self) -> Any:
        values, self.values = self.values, None
        return values


class Pipeline:
    """Steps, an algorithm and postprocessing; every part can be given, changed or left to the defaults.

    Args:
        algorithm: a name, a family such as `litmus.XGBoost()`, your own algorithm, or a scikit-learn estimator.
        before: steps or functions run before the default steps, which then see the columns they made.
        steps: the whole list of steps, instead of the default ones.
        postprocessing: what is done to the scores and labels, in order.
        name: the name on the leaderboard; made from the algorithm when left out.

    Example:
        >>> import litmus
        >>> def add_ratio(df):
        ...     df["ratio"] = df["amount"] / df["limit"]
        ...     return df
        >>> pipeline = litmus.Pipeline("LightGBM", before=[add_ratio]).remove("date_parts")
    """

    def __init__(
        self,
        algorithm: AlgorithmLike,
        *,
        before: Sequence[StepLike] = (),
        steps: Sequence[StepLike] | None = None,
        postprocessing: Sequence[Any] = (),
        name: str | None = None,
    ) -> None:
        from litmus.postprocessing import resolve_postprocessor

        self.algorithm = check_algorithm(algorithm)
        self.before = tuple(resolve_step(step) for step in before)
        self.steps = None if steps is None else tuple(resolve_step(step) for step in steps)
        self.postprocessing = tuple(resolve_postprocessor(part) for part in postprocessing)
        self.name = name
        self.edits: tuple[Edit, ...] = ()
        self.searched = SearchedSteps()
        self.estimator_ranges: dict[str, Any] = {}

    def insert(
        self, step: StepLike, *, before: str | None = None, after: str | None = None, at: int | None = None
    ) -> Pipeline:
        """A copy with a step inserted before or after a named step, or at a position (0 is first, None is last)."""
        if sum(place is not None for place in (before, after, at)) > 1:
            raise ParameterError("insert() got several places; give one of before=, after= and at=.")
        edit = Edit("insert", resolve_step(step), before or after, after=after is not None, position=at)
        return self._edited(edit)

    def replace(self, name: str, step: StepLike) -> Pipeline:
        """A copy with the step of this name replaced."""
        return self._edited(Edit("replace", resolve_step(step), name))

    def remove(self, name: str) -> Pipeline:
        """A copy without the step of this name."""
        return self._edited(Edit("remove", name=name))

    def search(self, *, steps: Mapping[str, Any] | None = None, **ranges: Any) -> Pipeline:
        """A copy that tells a search what to try, with the algorithm's parameters and with the steps.

        Args:
            steps: a step's name, or its role ("encoder", "scale", "balancing"), → `Choice` of steps, None among them for
                no such step; the first is the default. One step, or None, fixes it. A step that the list of steps lacks
                is added at the end. "name.parameter" → a range of a parameter of that step, or a value, which count where
                the chosen step has the parameter. A step in a choice may also bring ranges of its own:
                `Smote().search(n_neighbors=Int(1, 9))`.
            ranges: parameter of the algorithm → a range, `When(…)`, None or a value, as in `litmus.XGBoost().search`.

        Raises:
            ParameterError: when a name is no parameter or no step, or a range holds values that are not allowed.

        Example:
            >>> import litmus
            >>> from litmus import Choice, Int
            >>> from litmus.steps import ClassWeights, Impute
            >>> pipeline = litmus.Pipeline("MLP").search(
            ...     hidden_layers=Int(1, 3),
            ...     steps={
            ...         "impute.strategy": Choice("median", "mean"),
            ...         "balancing": Choice(None, ClassWeights()),
            ...     },
            ... )
        """
        copy = self.with_algorithm(self.algorithm)
        copy.algorithm, copy.estimator_ranges = search_algorithm(self.algorithm, ranges, self.estimator_ranges)
        if steps:
            given = [*self.before, *(self.steps or ()), *(edit.step for edit in self.edits if edit.step is not None)]
            copy.searched = self.searched.extended(steps, {name_of(step): step for step in given})
        return copy

    def with_edits(self, edits: Sequence[Edit]) -> Pipeline:
        """A copy with more changes of its steps."""
        copy = self.with_algorithm(self.algorithm)
        copy.edits = (*self.edits, *edits)
        return copy

    def _edited(self, edit: Edit) -> Pipeline:
        return self.with_edits([edit])

    def preceded_by(self, steps: Sequence[StepLike]) -> Pipeline:
        """A copy whose `before` starts with these steps."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.before = (*(resolve_step(step) for step in steps), *self.before)
        return copy

    def with_algorithm(self, algorithm: Algorithm) -> Pipeline:
        """A copy with another algorithm, such as the same one with the number of rounds that training chose."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.algorithm = algorithm
        return copy

    @property
    def runs_own_code(self) -> bool:
        """Whether a step of the user, or an algorithm that takes the table itself, works on litsdf tables."""
        steps = [*self.before, *(self.steps or ()), *(edit.step for edit in self.edits)]
        return getattr(self.algorithm, "accepts", None) == "frame" or any(
            isinstance(step, Step) and is_own(step) for step in steps
        )

    def fit(
        self,
        rows: TrainingRows,
        *,
        schema: Schema,
        task: TaskKind,
        context: FitContext,
        held_out: HeldOut | None = None,
    ) -> FittedPipeline:
        """Fit the steps and the algorithm on `rows`; nothing is learned from `held_out` but when to stop.

        Raises:
            LitmusError: when a step or the algorithm cannot work with these rows.
        """
        return self.prepare(rows, schema=schema, task=task, context=context, held_out=held_out).learn()

    def prepare(
        self,
        rows: TrainingRows,
        *,
        schema: Schema,
        task: TaskKind,
        context: FitContext,
        held_out: HeldOut | None = None,
    ) -> Prepared:
        """Fit the steps on `rows` and make the features; `learn` on the result fits the algorithm.

        The two are apart so that the caller can let go of the rows before the algorithm takes memory of its own.
        """
        algorithm = resolve_algorithm(self.algorithm, task)
        preparation = _Preparation(task, rows, schema, algorithm)
        preparation.run(self.before)
        preparation.run(self._after(preparation, algorithm, len(rows.y)))
        features = preparation.features()
        fitted = preparation.pipeline(context.n_classes)
        held_out_features = None if held_out is None else fitted.features(held_out.frame)
        values, y, weight = preparation.balance(features, rows, context)
        validation = (
            None
            if held_out is None or held_out_features is None
            else Validation(held_out_features.values, held_out.y, held_out.sample_weight)
        )
        context = dataclasses.replace(
            context,
            sample_weight=weight,
            feature_names=features.names,
            categorical=features.categorical,
            validation=validation,
        )
        return Prepared(fitted, values, y, context, held_out_features)

    def _after(self, prepared: _Preparation, algorithm: Algorithm, n_rows: int) -> list[Any]:
        """The steps that follow `before`: the user's whole list or the defaults for what the table is now; then edits."""
        schema = schema_after(prepared.schema, prepared.frame)
        prepared.keep_only(schema.features)
        if self.steps is not None:
            return apply_edits([step.clone() for step in self.steps], self.edits)
        from litmus.steps.defaults import default_steps

        return apply_edits(default_steps(schema, algorithm, prepared.task, n_rows), self.edits)

    def __repr__(self) -> str:
        return f"Pipeline({self.algorithm!r}, name={self.name!r})"


class _Preparation:
    """The state of the steps while they are fitted, one after the other, on training rows."""

    def __init__(self, task: TaskKind, rows: TrainingRows, schema: Schema, algorithm: Algorithm) -> None:
        self.task: TaskKind = task
        self.schema = schema
        self.algorithm = algorithm
        self.frame = numbered_rows(as_frame(rows.frame))
        self.columns = [str(name) for name in self.frame]
        self.y = rows.y if rows.y.ndim == 1 else None
        self.fitted: list[Step] = []
        self.blocks: list[Block] = []
        self.balancing: list[Any] = []
        self.numeric: list[str] = []
        self.names: tuple[str, ...] = ()

    def run(self, steps: Sequence[Any]) -> None:
        """Fit each step on what the steps before it made."""
        for original in steps:
            step = original.clone()
            if isinstance(step, Encoder):
                step, block = fit_encode(step, self.frame, self.y)
                self.blocks.append(block)
                self.frame = without_columns(self.frame, encoded_columns(step))
            elif isinstance(step, Step):
                step, self.frame = fit_transform(step, self.frame, self.y)
            else:
                self.balancing.append(step)
                continue
            self.fitted.append(step)

    def keep_only(self, wanted: list[str]) -> None:
        """Leave out the columns that are no features, such as identifiers; a user's own steps have seen them."""
        kept = set(wanted)
        dropped = [str(name) for name in self.frame if name not in kept]
        if dropped and not self.fitted:
            gone = set(dropped)
            self.columns = [name for name in self.columns if name not in gone]
            self.frame = chosen(self.frame, self.columns)
        elif dropped:
            from litmus.steps.selection import DropColumns

            self.run([DropColumns(columns=dropped)])

    def features(self) -> Features:
        """The features of the training rows, ready for the algorithm."""
        if self.algorithm.accepts == "frame":
            self.frame = in_best_layout(self.frame)
            self.names = tuple(map(str, self.frame))
            return Features(self.frame, self.names)
        self.numeric = numeric_columns(self.frame)
        features = assemble(self.frame, self.numeric, self.blocks, self.algorithm.accepts)
        if not features.names and not self.algorithm.ignores_features:
            raise TrainingError(
                "No feature is left after the steps; every column was constant, an identifier or removed."
            )
        self.names = features.names
        self.blocks = []
        return features

    def pipeline(self, n_outputs: int) -> FittedPipeline:
        """The fitted pipeline, whose algorithm is still to be fitted."""
        return FittedPipeline(
            task=self.task,
            n_outputs=n_outputs,
            columns=self.columns,
            steps=self.fitted,
            numeric=self.numeric,
            feature_names=self.names,
            algorithm=self.algorithm,
        )

    def balance(
        self, features: Features, rows: TrainingRows, context: FitContext
    ) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """Values, targets and weights after resampling and class weights, which only training rows get."""
        values, y, weight = features.values, rows.y, rows.sample_weight
        if self.balancing and self.task not in ("binary", "multiclass"):
            raise ParameterError(f"Balancing classes is for binary and multiclass tasks; this task is {self.task}.")
        for part in self.balancing:
            if isinstance(part, Resampler):
                values, y, kept = part.resample(values, y, context.seed)
                if weight is not None and kept is None:
                    raise ParameterError(
                        f"{type(part).__name__} makes new rows, which have no weight; leave the weight column out."
                    )
                weight = weight if weight is None else weight[cast(np.ndarray, kept)]
            else:
                extra = np.asarray(part.weights(y, context.classes), dtype=np.float64)
                weight = extra if weight is None else weight * extra
        return values, y, weight
