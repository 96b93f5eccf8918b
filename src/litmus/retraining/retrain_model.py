"""Training a model again, judging it beside the one that is served, and putting it in its place."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from litmus.errors import DataError, LitmusError, ParameterError, SelectionError
from litmus.retraining.division import Division, divide
from litmus.retraining.gate import Check, Gate, GateReport, parse_gate
from litmus.retraining.incumbent import Incumbent, find_incumbent
from litmus.retraining.lock import held_lock
from litmus.retraining.recipe import Recipe, can_be_read, check_options, recipe_of
from litmus.retraining.table import Table, captured_rows, read_labelled

if TYPE_CHECKING:
    from litmus.data.kept_rows import TestRows
    from litmus.endpoints import Alarm
    from litmus.endpoints.rollouts import Strategy
    from litmus.events import Event
    from litmus.run import Run
    from litmus.store import Store

__all__ = ["Retrained", "retrain"]

Outcome = Literal["accepted", "refused", "deployed", "rolled back", "under way"]
_KEPT_TABLES = 3
Tell = Callable[[str], object]


@dataclasses.dataclass(frozen=True)
class Retrained:
    """What came of it.

    Attributes:
        outcome: "accepted" (and not deployed), "refused", "deployed", "rolled back" or "under way".
        incumbent: the version that was to be replaced.
        version: the new version; None where nothing was trained.
        run: the id of the run that made it.
        gate: what the gate found.
        decision: the id of the gate's decision in the store.
        notes: what else is worth knowing, a sentence each.
    """

    outcome: Outcome
    incumbent: str
    version: str | None
    run: str | None
    gate: GateReport
    decision: str
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            **{field.name: getattr(self, field.name) for field in dataclasses.fields(self)},
            "gate": self.gate.to_json(),
        }

    def __str__(self) -> str:
        return "\n".join([str(self.gate), *(f"  note: {note}" for note in self.notes)])


def retrain(
    reference: str,
    *,
    data: Any = None,
    labels: bool | None = None,
    gate: Gate | Mapping[str, Any] | None = None,
    deploy: bool = False,
    rollout: Strategy | None = None,
    alarms: Sequence[Alarm] = (),
    options: Mapping[str, Any] | None = None,
    reason: str = "by hand",
    trust: bool = False,
    wait: bool = True,
    store: Store | None = None,
    callbacks: Sequence[Callable[[Event], None]] = (),
    tell: Tell = lambda _: None,
) -> Retrained:
    """Train the model of an endpoint or a version again, the way it was made, and compare both.

    Args:
        reference: the name of an endpoint, or a version in the store.
        data: other rows than the model learned from: a path, a URL or a frame. None takes the same ones again.
        labels: whether requests that the endpoint captured, and whose truth is known, are learned from too; by default where
            it has any.
        gate: what the challenger has to show; see `Gate`.
        deploy: whether a winner is rolled out on the endpoint.
        rollout, alarms: how; by default a canary of 10 % for 10 minutes, taken back when 1 % of its requests fail.
        options: of `litmus.train`, in the place of those that the run had: time_limit, max_trials, seed, resources, executor.
        reason: why, for the record.
        trust: whether the model, and the run that made it, may run code of their maker's own.
        wait: whether to wait until the rollout is over.
        store: where models and decisions are; by default the default store.
        callbacks: as in `litmus.train`.
        tell: called with a sentence at each step.

    Returns:
        What came of it; a refused challenger stays in the store.

    Raises:
        UnknownNameError: when there is no such endpoint or version.
        DataError: when there is nothing to learn from, or the data have no target.
        BundleError: when the run had code of its maker's own, and it is not trusted.
        BusyError: when the same is being retrained already.
        LitmusError: when training or the rollout fail; the decision in the store says how far it came.
    """
    from litmus.store import Store as DefaultStore

    store = DefaultStore() if store is None else store
    demanded = parse_gate(gate)
    check_options(options or {})
    incumbent = find_incumbent(reference, store, trust=trust)
    if incumbent.endpoint is None and (deploy or labels):
        raise ParameterError(
            f"{reference} is a version, not an endpoint: nothing is captured or rolled out there; name an endpoint."
        )
    with held_lock(store.home, f"retrain-{incumbent.name}", f"retraining of {incumbent.name}"):
        work = _Work(incumbent, store, demanded, reason, tell)
        accepted, result = work.run(data, dict(options or {}), callbacks, labels=labels)
        if not accepted or not deploy:
            return result
        return work.deploy(result, rollout, alarms, wait=wait)


@dataclasses.dataclass
class _Work:
    """One retraining."""

    incumbent: Incumbent
    store: Store
    gate: Gate
    reason: str
    tell: Tell
    notes: list[str] = dataclasses.field(default_factory=list)

    def run(
        self, data: Any, options: dict[str, Any], callbacks: Sequence[Callable[[Event], None]], *, labels: bool | None
    ) -> tuple[bool, Retrained]:
        """Whether the challenger may take the incumbent's place, and all that was found."""
        self.notes += self.incumbent.notes
        recipe = recipe_of(self.incumbent.model, self.incumbent.version, self.store, trust=self.incumbent.trust)
        self.notes += recipe.notes
        metric = self.gate.metric or recipe.metric
        self.gate = dataclasses.replace(self.gate, metric=metric)
        division = self._divide(recipe, data, labels=labels)
        unknown = self._refused_labels(division)
        if unknown is not None:
            return False, self._decide([unknown], None, None)
        begun = self.store.decide(
            "retrain",
            self.incumbent.name,
            before=self.incumbent.version,
            reason=self.reason,
            facts={"rows": len(division.learn), "added": division.added, "new rows to judge by": _count(division.new)},
        )
        self.tell(
            f"Training on {len(division.learn):,} rows, {division.added:,} of them new; {_count(division.past):,} past test rows and "
            f"{_count(division.new):,} new rows are held out."
        )
        run, folder = self._train(recipe, division, options, callbacks)
        version = self._version(run, folder)
        self.tell(f"Trained {version}.")
        report = self._judge(run, version, division)
        result = self._decide(report, version, run.id, retrain=begun.id)
        self.tell(result.gate.sentence)
        return result.outcome == "accepted", result

    def _divide(self, recipe: Recipe, data: Any, *, labels: bool | None) -> Division:
        """The rows, by their use."""
        incumbent = self.incumbent
        schema, target = incumbent.model.schema, incumbent.model.target
        source = recipe.source if data is None else data
        if source is None or (data is None and not can_be_read(source)):
            raise DataError(
                f"The rows that {incumbent.version} learned from ({source or 'a table in memory'}) are not there any more; give "
                "them, or other ones, with --data."
            )
        others = [*schema.names("group"), *schema.names("weight")]
        base = read_labelled(source, schema, target, others)
        later: Table | None = None
        if incumbent.endpoint is not None and labels is not False:
            later = captured_rows(incumbent.endpoint, schema, target)
            if labels and not len(later):
                raise DataError(
                    f"{incumbent.name} has no captured requests with labels yet; deploy it with capture, send labels to /feedback, or "
                    "leave --labels out."
                )
        division = divide(
            base,
            later,
            base_is_new=data is not None,
            past=incumbent.past,
            learned=incumbent.learned,
            schema=schema,
            target=target,
            min_rows=self.gate.min_rows,
        )
        self.notes += division.notes
        if later is not None and not len(later):
            self.notes += later.notes
        return division

    def _refused_labels(self, division: Division) -> Check | None:
        """A class that the incumbent does not know, in more rows than a slip of the pen makes."""
        rows = sum(division.learn.unknown.values())
        if rows < max(5, 0.001 * (len(division.learn) + rows)) or "classes" in self.gate.allow:
            return None
        named = ", ".join(f"{label!r} ({count:,} rows)" for label, count in list(division.learn.unknown.items())[:3])
        return Check(
            "classes",
            False,
            f"the data have labels that {self.incumbent.version} does not know: {named}. Classes that change need a new run: litmus train",
            {"labels": dict(division.learn.unknown)},
        )

    def _train(
        self, recipe: Recipe, division: Division, options: dict[str, Any], callbacks: Sequence[Callable[[Event], None]]
    ) -> tuple[Run, Path]:
        """Train; the rows are written down first, so that the run can be made again, and be retrained later."""
        from litmus.store.place import new_id

        folder = self.store.home / "retraining" / self.incumbent.name / new_id()
        train = division.learn.frame(self.incumbent.model.target)
        tables = {"train": train, "validation": self._validation(recipe, division), "test": _test_frame(division)}
        sources: dict[str, str] = {}
        try:
            folder.mkdir(mode=0o700, parents=True)
            for part, rows in tables.items():
                if rows is not None:
                    sources[part] = str(folder / f"{part}.parquet")
                    rows.to_parquet(sources[part], compression="zstd", index=False)
        except OSError as error:
            raise DataError(f"{folder} cannot be written: {error.strerror or error}.") from error
        try:
            run = recipe.train(train, sources, options, callbacks, captured=division.added > 0)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return run, folder

    def _validation(self, recipe: Recipe, division: Division) -> Any:
        """The rows that the run ranked its trials on, where it had some of its own, in the form of those to learn from."""
        if recipe.validation is None:
            return None
        schema, target, others = self.incumbent.model.schema, self.incumbent.model.target, division.learn.others
        rows = read_labelled(recipe.validation, schema, target, [str(name) for name in others]).frame(target)
        return rows.astype({name: others[name].dtype for name in others if name in rows})

    def _version(self, run: Run, folder: Path) -> str:
        version = next(iter(run.versions.values()), None)
        if version is None:
            run.best  # noqa: B018 - says why there is none, such as a deployment whose limits nothing keeps
            raise SelectionError("The new model could not be put into the store; see the notes of its run.")
        (folder / "version").write_text(version, encoding="utf-8")
        kept = sorted(
            (each for each in folder.parent.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime_ns
        )
        for old in kept[:-_KEPT_TABLES]:
            shutil.rmtree(old, ignore_errors=True)
        return version

    def _judge(self, run: Run, version: str, division: Division) -> list[Check]:
        from litmus.retraining import judging
        from litmus.retraining.evidence import gather

        incumbent, challenger = self.incumbent.model, run.best
        checks = judging.check_form((incumbent.schema, incumbent.target), (challenger.schema, challenger.target))
        before = None if self.incumbent.learned is None else len(self.incumbent.learned.marks)
        checks.append(judging.check_rows(before, len(division.learn), self.gate))
        metric = self.gate.metric
        held: tuple[tuple[Literal["past", "new"], TestRows | None], ...]
        held = (("past", division.past), ("new", division.new))
        try:
            evidence = [
                gather(kind, rows, incumbent, challenger) for kind, rows in held if rows is not None and len(rows)
            ]
        except LitmusError as error:
            checks.append(Check("new", False, f"both cannot be compared: {str(error).rstrip('.')}"))
        else:
            checks += judging.check_scores(evidence, incumbent.schema, metric, self.gate)  # type: ignore[arg-type]
        if any(check.refuses for check in judging.with_allowed(checks, self.gate)):
            return [*checks, Check("cost", None, "not measured, because it is refused anyway")]
        files = [self._compiled(self.incumbent.version, self.incumbent.bundle), self.store.path_to_serve(version)]
        checks.append(judging.check_cost(files[0], files[1], incumbent.sample, self.gate, trust=self.incumbent.trust))
        return checks

    def _compiled(self, version: str, bundle: Path) -> Path:
        return bundle if self.incumbent.endpoint is not None else self.store.path_to_serve(version)

    def _decide(
        self, checks: Sequence[Check], version: str | None, run: str | None, *, retrain: str | None = None
    ) -> Retrained:
        from litmus.retraining.judging import with_allowed

        report = GateReport(
            self.incumbent.version, version or "The challenger", str(self.gate.metric), with_allowed(checks, self.gate)
        )
        outcome: Outcome = "accepted" if report.accepted else "refused"
        made = self.store.decide(
            "gate",
            self.incumbent.name,
            before=self.incumbent.version,
            after=version if report.accepted else self.incumbent.version,
            reason=report.sentence,
            facts={
                "outcome": outcome,
                "challenger": version,
                "run": run,
                "retrain": retrain,
                "report": report.to_json(),
                "gate": self.gate.to_json(),
                "why": self.reason,
            },
        )
        return Retrained(outcome, self.incumbent.version, version, run, report, made.id, tuple(self.notes))

    def deploy(self, result: Retrained, rollout: Strategy | None, alarms: Sequence[Alarm], *, wait: bool) -> Retrained:
        """Hand the winner to the endpoint's rollout."""
        from litmus.endpoints import Alarm, Canary
        from litmus.retraining.rollout import roll_out

        status = roll_out(
            self.incumbent.name,
            str(result.version),
            self.store,
            before=self.incumbent.version,
            rollout=rollout or Canary(10, bake="10m"),
            alarms=list(alarms) or ([Alarm(error_rate=0.01)] if rollout is None or rollout.seconds else []),
            trust=self.incumbent.trust,
            wait=wait,
            facts={"gate": result.decision},
            seen=lambda state: self.tell(state.message),
        )
        outcomes: dict[str, Outcome] = {"finished": "deployed", "rolled back": "rolled back", "under way": "under way"}
        return dataclasses.replace(result, outcome=outcomes[status])


def _test_frame(division: Division) -> Any:
    """The rows that the run tests on: those that the incumbent was tested on, and the new ones that are held out."""
    import pandas as pd

    parts = [
        pd.concat([rows.inputs.reset_index(drop=True), rows.labels.reset_index(drop=True)], axis=1)
        for rows in (division.past, division.new)
        if rows is not None and len(rows)
    ]
    return pd.concat(parts, ignore_index=True) if parts else None


def _count(rows: Any) -> int:
    return 0 if rows is None else len(rows)
