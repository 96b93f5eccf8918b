"""A trained model: it takes rows as its user has them and answers in the user's own labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from litmus.data import Schema, Target, conform
from litmus.errors import PredictionError
from litmus.member import Member, as_members, member_scores, weighted_mean
from litmus.model_lineage import ModelLineage
from litmus.pipeline.own_steps import in_best_layout
from litmus.postprocessing.apply import adjusted, decided
from litmus.runtime.answers import Answers
from litmus.runtime.attributions import Attributions, Space
from litmus.runtime.background import chosen_background
from litmus.task import TaskKind
from litsdf.interchange import as_frame, rows_between

if TYPE_CHECKING:
    from litmus.deployment import Deployment
    from litmus.endpoints import Endpoint, Scaling
    from litmus.metrics import Metric
    from litmus.optimising import Optimised
    from litmus.pipeline import FittedPipeline
    from litmus.postprocessing import Postprocessor
    from litmus.runtime import RuntimeModel
    from litmus.simulate import Simulation
    from litmus.stacker import Stacker
    from litsdf import DataFrame

__all__ = ["Answers", "Member", "Model"]

_CHUNK_CELLS = 5_000_000  # cells of the table that become features at once: 40 MB of float64


class Model:
    """One or more fitted pipelines that answer together, with their schema, scores and origin.

    The scores of each member are the mean of its pipelines' scores, adjusted by its own postprocessing; the model's scores
    are the members' weighted mean, or what a stacker makes of them, adjusted by the model's. A model of one trial has one member; an ensemble has several.

    Args:
        members: the members; or fitted pipelines, which are one member together.

    Attributes:
        name: what people call it.
        version: its version in the store, such as "adult-3", or None.
        schema: the columns of the table it was trained on.
        target: what it predicts and the labels it answers with.
        metrics: split → metric → value.
        lineage: where it comes from: run, rows, schema, settings, seed, code, packages, machine; a dict that prints itself.
        load_notes: what differed from the machine it was saved on, a sentence each; empty for a model just trained.
        sample_rows: some rows of the training table, by which a compiled copy is compared; they are never saved.
        background: the few of them that a bundle keeps, which predictions are explained against; `()` keeps none.
        members: what it is made of, with weights that sum to 1.
        stacker: what puts the members' scores together instead of their weights, or None.
        postprocessing: fitted parts that adjust the mean scores, decide and relabel, in order.

    Example:
        >>> import litmus, tempfile
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> run = litmus.train(rows, target="price", algorithm="LinearModel", callbacks=[], executor="in_process")
        >>> model = run.best
        >>> round(model.predict({"size": 50}), -1), list(model.sample)
        (150.0, ['size'])
    """

    def __init__(
        self,
        members: Sequence[Member | FittedPipeline],
        *,
        schema: Schema,
        target: Target,
        postprocessing: Sequence[Postprocessor] = (),
        stacker: Stacker | None = None,
        name: str = "model",
        metrics: Mapping[str, Any] | None = None,
        lineage: Mapping[str, Any] | None = None,
        version: str | None = None,
        load_notes: Sequence[str] = (),
        sample_rows: Sequence[Mapping[str, Any]] = (),
        background: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        self.members = as_members(members)
        self.schema = schema
        self.target = target
        self.postprocessing = tuple(postprocessing)
        self.stacker = stacker
        self.name = name
        self.metrics = dict(metrics or {})
        self.lineage = ModelLineage(lineage or {})
        self.version = version
        self.load_notes = tuple(load_notes)
        self.sample_rows = tuple(sample_rows)
        self.background = tuple(chosen_background(sample_rows) if background is None else background)
        self.classes = self._answered_classes()
        self._compiled: RuntimeModel | None = None

    @property
    def pipelines(self) -> tuple[FittedPipeline, ...]:
        """The fitted pipelines of all members."""
        return tuple(pipeline for member in self.members for pipeline in member.pipelines)

    @property
    def task(self) -> TaskKind:
        """The kind of task."""
        return self.target.task

    @property
    def sample(self) -> dict[str, Any]:
        """A row that may be sent to `predict` as it is: the schema's example of every column."""
        return {name: self.schema[name].example for name in self.schema.inputs}

    def predict(self, rows: Any) -> Any:
        """Predict labels or values.

        Args:
            rows: a dict (one row), a list of dicts, or a table: a pandas, Polars or Arrow frame, a dict of columns, or a
                path. Columns may come in any order, unknown ones are ignored, and optional ones may be left out.

        Returns:
            One label for a dict, a list of labels for a list, else a pandas Series named after the target with the
            index of the frame that was given (a DataFrame for several targets).

        Raises:
            PredictionError: when a column is absent that must be there, or a value has the wrong type.
        """
        frame, kind = conform(rows, self.schema)
        labels = self._labels(self._decided(self.scores(frame)))
        if kind == "one":
            return _listed(labels)[0]
        return _listed(labels) if kind == "list" else self._indexed(labels, frame.index)

    def predict_proba(self, rows: Any) -> Any:
        """Predict the probability of each class, or of each label of a multi-label task.

        Args:
            rows: as for `predict`.

        Returns:
            `{label: probability}` for a dict, a list of such dicts for a list, else a pandas DataFrame with a column
            for each label and the index of the frame that was given.

        Raises:
            PredictionError: for a regression model, and as `predict` does.
        """
        if self.task == "regression":
            raise PredictionError(f"Model {self.name!r} predicts a number and has no probabilities; use predict().")
        frame, kind = conform(rows, self.schema)
        scores = self.scores(frame)
        if kind == "frame":
            return pd.DataFrame(scores, index=frame.index, columns=pd.Index(self.classes))
        answers = [dict(zip(self.classes, row, strict=True)) for row in scores.tolist()]
        return answers[0] if kind == "one" else answers

    def answer(self, rows: Any) -> Answers:
        """Labels and probabilities in one go, which costs what `predict` alone does; `rows` as for `predict`."""
        frame, _ = conform(rows, self.schema)
        scores = self.scores(frame)
        labels = self._labels(self._decided(scores))
        if isinstance(labels, pd.DataFrame):
            labels = _listed(labels)
        return Answers(labels, None if self.task == "regression" else scores)

    def scores(self, frame: DataFrame) -> np.ndarray:
        """The members' weighted mean score, adjusted by the postprocessing, for a frame that `conform` made.

        Returns:
            Probabilities (rows, classes or labels) or values (rows,), float64.
        """
        parts = [self._adjusted(part) for part in self._chunks(as_frame(frame))]
        if len(parts) == 1:
            return parts[0]
        shape = (0,) if self.task == "regression" else (0, len(self.classes))
        return np.concatenate(parts) if parts else np.empty(shape)

    def importance(self) -> dict[str, float]:
        """Feature → weighted mean share of importance over the pipelines, largest first; empty when there is none."""
        total: dict[str, float] = {}
        for member in self.members:
            for pipeline in member.pipelines:
                for feature, share in pipeline.importance().items():
                    total[feature] = total.get(feature, 0.0) + share * member.weight / len(member.pipelines)
        return dict(sorted(total.items(), key=lambda item: -item[1]))

    def explain(
        self, rows: Any, *, background: Any = None, space: Space | None = None, time_limit: float | None = None
    ) -> Attributions:
        """What each column adds to the predictions of some rows: `litmus.explain.attributions`, which has more options."""
        from litmus.explain import attributions

        return attributions(self, rows, background=background, space=space, time_limit=time_limit)

    def compiled(self) -> RuntimeModel:
        """The model compiled for inference as `save` does it; it is made once, and kept."""
        if self._compiled is None:
            from litmus.compiling import compile_model

            self._compiled = compile_model(self).model
        return self._compiled

    def save(self, path: str | Path, *, sign: str | bytes | None = None) -> Path:
        """Write the model into one file, a bundle; a bundle that is there is replaced, any other file is not.

        The bundle holds the model as it is, for `litmus.load`, and compiled for inference, for `litmus.runtime.load`.

        Args:
            path: the file.
            sign: a key to sign the bundle with; `load(path, verify=key)` then refuses a bundle that was changed.

        Returns:
            The path.

        Raises:
            BundleError: when the file cannot be written; then nothing half-written stays.
            ParameterError: when the key is too short.
        """
        from litmus.bundle import save_bundle

        return save_bundle(self, path, sign=sign)

    def simulate(
        self,
        deployment: Deployment | Mapping[str, Any] | None = None,
        rows: Any = None,
        *,
        duration: float | str = "10s",
        seed: int = 0,
    ) -> Simulation:
        """Run the model as it will be served, and measure it there: `litmus.simulate.simulate` with this model."""
        from litmus.simulate import simulate

        return simulate(self, deployment, rows, duration=duration, seed=seed)

    def deploy(
        self,
        name: str | None = None,
        *,
        workers: int | tuple[int, int] | Scaling | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        key: str | None = None,
        capture: float | None = None,
        engine: str = "local",
        wait: bool = True,
    ) -> Endpoint:
        """Put the model behind an address, where it stays when this program is gone.

        Args:
            name: what to call the endpoint; by default the model's name.
            workers, host, port, key, capture, engine, wait: as in `litmus.deploy`, which has more options.

        Returns:
            The endpoint: `.url`, `.key` (known only now), `.curl`, `.predict(rows)`, `.update(model)`, `.stop()`.

        Raises:
            LitmusError: one sentence about what is wrong; then nothing was deployed.
        """
        from litmus.endpoints import deploy

        return deploy(
            self,
            self.name if name is None else name,
            workers=workers,
            host=host,
            port=port,
            key=key,
            capture=capture,
            engine=engine,
            wait=wait,
        )

    def optimize(
        self,
        rows: Any,
        *,
        tolerance: float = 0.001,
        techniques: Sequence[str] | None = None,
        metric: str | Metric | None = None,
        more_rows: Any = None,
        seed: int = 0,
        threads: int = 1,
    ) -> Optimised:
        """A smaller and faster variant whose score on held-out rows stays within a tolerance: `litmus.optimising.optimise`."""
        from litmus.optimising import TECHNIQUES, optimise

        return optimise(
            self,
            rows,
            tolerance=tolerance,
            techniques=TECHNIQUES if techniques is None else techniques,
            metric=metric,
            more_rows=more_rows,
            seed=seed,
            threads=threads,
        )

    def _chunks(self, frame: DataFrame) -> Iterator[DataFrame]:
        """Pieces of a large frame, so that the features made from it take bounded memory."""
        if frame.layout == "record":
            yield frame
            return
        rows = max(1, _CHUNK_CELLS // max(1, frame.shape[1]))
        if 0 < len(frame) <= rows:
            yield frame
            return
        for start in range(0, len(frame), rows):
            yield rows_between(frame, start, start + rows)

    def _adjusted(self, frame: DataFrame) -> np.ndarray:
        if any(pipeline.runs_own_code for pipeline in self.pipelines):
            frame = in_best_layout(frame)  # once, for all pipelines
        scores = member_scores(self.members, frame)
        if self.stacker is None:
            combined = weighted_mean(scores, [member.weight for member in self.members])
        else:
            combined = self.stacker.combine(scores)
        return adjusted(self.postprocessing, combined)

    def _decided(self, scores: np.ndarray) -> np.ndarray:
        """Codes or values for adjusted scores."""
        return decided(self.postprocessing, self.task, scores)

    def _labels(self, codes: np.ndarray) -> Any:
        labels = codes if self.task == "regression" else self.target.decode(codes)
        for part in self.postprocessing:
            labels = part.relabel(labels)
        return labels

    def _answered_classes(self) -> tuple[Any, ...]:
        """The classes by the names that predictions have, where relabelling keeps them apart."""
        classes = tuple(self.target.classes)
        if not self.postprocessing or self.task not in ("binary", "multiclass"):
            return classes
        try:
            answered = tuple(_listed(self._labels(np.arange(len(classes)))))
            return answered if len(set(answered)) == len(classes) else classes
        except Exception:  # a user's function may need real answers; then the classes keep their own names
            return classes

    def _indexed(self, labels: Any, index: pd.Index) -> pd.Series | pd.DataFrame:
        if isinstance(labels, pd.DataFrame):
            return labels.set_axis(index, axis=0)
        names = self.target.names
        return pd.Series(labels, index=index, name=names[0] if len(names) == 1 else None).infer_objects()

    def __repr__(self) -> str:
        lines = [f"Model {self.version or self.name!r}: {self._what()}"]
        lines += [f"  {split}: {scores}" for split, scores in self._score_lines()]
        lines += [f"  {share}" for share in self._shares()]
        lines += [f"  note: {note}" for note in self.load_notes]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(split)}</td><td>{escape(scores)}</td></tr>" for split, scores in self._score_lines()
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.load_notes)
        title = f"<p><b>{escape(str(self.version or self.name))}</b>: {escape(self._what())}</p>"
        shares = "".join(f"<li>{escape(share)}</li>" for share in self._shares())
        members = f"<ul>{shares}</ul>" if shares else ""
        return f"{title}<table><tbody>{rows}</tbody></table>{members}{notes}"

    def _what(self) -> str:
        """Task, target, columns and algorithms in one line."""
        names = sorted({type(pipeline.algorithm).__name__ for pipeline in self.pipelines})
        algorithm = self.lineage.get("algorithm") or ", ".join(names)
        bag = f", {len(self.pipelines)} fold models together" if len(self.pipelines) > 1 else ""
        if len(self.members) > 1:
            how = "stacked" if self.stacker is not None else "together"
            bag = f" of {len(self.members)} members, {len(self.pipelines)} fitted models {how}"
        targets = ", ".join(map(repr, self.target.names))
        count = len(self.schema.features)
        columns = "1 column" if count == 1 else f"{count:,} columns"
        learned = self.lineage.get("learned_rows")
        columns += "" if learned is None else f" of {learned:,} rows a fit"
        return f"{self.task}, {targets} from {columns}, {algorithm}{bag}"

    def _shares(self) -> list[str]:
        """The members of an ensemble with their shares, the largest first; nothing for other models."""
        if len(self.members) == 1:
            return []
        ranked = sorted(self.members, key=lambda member: -member.weight)
        return [f"{member.weight:.0%} {member.name or 'member'}" for member in ranked]

    def _score_lines(self) -> Iterator[tuple[str, str]]:
        for split, scores in self.metrics.items():
            if isinstance(scores, Mapping):
                shown = [f"{name} {value:.4f}" for name, value in scores.items() if isinstance(value, int | float)]
                if shown:
                    yield split, ", ".join(shown)


def _listed(labels: Any) -> list[Any]:
    """Labels as plain Python values, one for each row."""
    if isinstance(labels, pd.DataFrame):
        return labels.to_dict("records")
    return labels.tolist() if hasattr(labels, "tolist") else list(labels)
