"""What was asked for on the command line, kept beside the run so that it can go on after a kill."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from litmus.data import TaskData
    from litmus.events import Event

__all__ = ["Asked"]

_FILE = "asked.json"
_MAY_CHANGE = ("time_limit", "max_trials", "cpus")
"""What may be given anew when a run goes on."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """The options of `litmus train` that decide what is trained; see its help."""

    data: str | None
    target: list[str]
    algorithm: list[str] | None
    metric: list[str] | None
    test: str | None
    validation: str | None
    task: str | None
    folds: int | None
    kind: list[str] | None
    group: str | None
    order: str | None
    weight: str | None
    name: str | None
    cpus: int | None
    seed: int
    time_limit: str | None
    max_trials: int | None
    search: str | None
    bar: list[str] | None
    deployment: list[str] | None
    finalists: int | None
    final: str

    def checked(self) -> Self:
        """These options, if what every new run needs is among them.

        Raises:
            ParameterError: when it is not.
        """
        from litmus.errors import ParameterError

        if self.data is None:
            raise ParameterError("Missing argument 'DATA'; see `litmus train --help`.")
        if not self.target:
            raise ParameterError("Missing option '--target' / '-t'; see `litmus train --help`.")
        return self

    @classmethod
    def of_run(cls, run_id: str, now: Self) -> Self:
        """The options that a run was begun with, with the time, the trials and the cores that are given now.

        Raises:
            LitmusError: when there is no such run, or it was not begun on the command line, or a table is named too.
        """
        from litmus.errors import ParameterError
        from litmus.training.journal import find_run

        given = [field.name for field in dataclasses.fields(cls) if field.name not in _MAY_CHANGE]
        changed = next((name for name in given if getattr(now, name) not in (None, [], 0, "bagged")), None)
        if changed is not None:
            what = "a table" if changed == "data" else f"--{changed.replace('_', '-')}"
            raise ParameterError(
                f"--resume goes on with what the run was begun with; leave {what} out. Only --time-limit, --max-trials "
                "and --cpus may be given anew."
            )
        file = find_run(run_id) / _FILE
        try:
            facts = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            raise ParameterError(
                f"Run {run_id} was not begun by `litmus train`; call litmus.train(…, resume={run_id!r}) with its arguments."
            ) from None
        folder = facts.pop("folder")
        for name in ("data", "test", "validation"):
            facts[name] = _from(folder, facts[name])
        newly = {name: value for name in _MAY_CHANGE if (value := getattr(now, name)) is not None}
        return cls(**{**facts, **newly})

    def keep_beside(self, event: Event) -> None:
        """Write the options into the folder of the run that they began."""
        if event.kind == "run.created":
            facts = {**dataclasses.asdict(self), "folder": str(Path.cwd())}
            (Path(event.values["folder"]) / _FILE).write_text(json.dumps(facts), encoding="utf-8")

    def limits(self) -> dict[str, Any] | None:
        """The fields of the deployment that is named; None when none is."""
        from litmus.cli.pairs import read_deployment

        return read_deployment(self.deployment)

    def task_data(self) -> TaskData:
        """The data set that the options describe."""
        from litmus.data import KFoldCV, OrderedSplit, TaskData

        others = {part: getattr(self, part) for part in ("validation", "test") if getattr(self, part) is not None}
        ordered_folds = self.order is not None and self.validation is None
        return TaskData.create(
            name=self.name,
            data={"train": self.data, **others} if others else self.data,
            target=self.target[0] if len(self.target) == 1 else self.target,
            task=self.task,
            schema=_kinds(self.kind or []),
            k_fold=KFoldCV(self.folds or 5, kind="ordered", by=self.order) if ordered_folds else self.folds,
            split=OrderedSplit(by=self.order) if self.order is not None and self.test is None else None,
            group=self.group,
            weight=self.weight,
        )


def _from(folder: str, place: str | None) -> str | None:
    """A path as it was meant from another folder; URLs and full paths stay."""
    if place is None or "://" in place or Path(place).is_absolute():
        return place
    return os.path.normpath(Path(folder) / place)


def _kinds(given: list[str]) -> dict[str, Any] | None:
    """Column → kind, from texts such as "zip=categorical"."""
    from litmus.errors import ParameterError

    kinds: dict[str, Any] = {}
    for text in given:
        column, equals, kind = text.rpartition("=")
        if not equals or not column or not kind:
            raise ParameterError(f"--kind {text!r} must be written as COLUMN=KIND, such as zip=categorical.")
        kinds[column] = kind
    return kinds or None
