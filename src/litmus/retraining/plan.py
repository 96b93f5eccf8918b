"""The file that says what `litmus monitor run` does: what is checked and when, who is told, and when models are trained again."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from litmus.alarming.condition import Condition
from litmus.alarming.observed import KINDS
from litmus.alarming.rules import Rules
from litmus.alarming.yaml_file import read_yaml
from litmus.endpoints.rollouts import parse_rollout
from litmus.errors import ParameterError
from litmus.naming import nearest
from litmus.quantities import parse_seconds
from litmus.retraining.gate import parse_gate

__all__ = ["Plan", "RetrainingRule", "Schedule", "StopWhen", "read_plan"]

_strict = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
_LEAST_SECONDS = 1.0


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    seconds = parse_seconds(value, name="it", examples="'1h' or '7d'")
    if seconds < _LEAST_SECONDS:
        raise ParameterError(f"{value!r} is shorter than a second")
    return seconds


class Schedule(BaseModel):
    """What is checked, and how often.

    Attributes:
        endpoint: names or patterns of endpoints.
        every: seconds between two checks.
        kinds: which monitors; None for all.
        window: what is looked at each time: a time such as "1h", or a number of rows; None for all that was captured.
    """

    model_config = _strict
    endpoint: list[str] = ["*"]
    every: float = 3600.0
    kinds: list[str] | None = None
    window: str | int | None = "24h"

    _endpoints = field_validator("endpoint", mode="before")(_listed)
    _kinds_listed = field_validator("kinds", mode="before")(_listed)
    _every = field_validator("every", mode="before")(_seconds)

    @field_validator("kinds")
    @classmethod
    def _known(cls, value: list[str] | None) -> list[str] | None:
        known = [kind for kind in KINDS if kind not in ("any", "endpoint")]
        for kind in value or ():
            if kind not in known:
                close = nearest(kind, known)
                hint = f" Did you mean {close!r}?" if close else ""
                raise ParameterError(f"{kind!r} is no monitor.{hint} Known: {', '.join(known)}")
        return value

    @field_validator("window")
    @classmethod
    def _window(cls, value: str | int | None) -> str | int | None:
        if isinstance(value, str):
            _seconds(value)
        elif value is not None and value < 1:
            raise ParameterError("a window has at least one row")
        return value

    def is_for(self, endpoint: str) -> bool:
        """Whether it is for this endpoint."""
        return any(fnmatch.fnmatchcase(endpoint, pattern) for pattern in self.endpoint)


class StopWhen(BaseModel):
    """What takes a rollout back, as `litmus.endpoints.Alarm` has it."""

    model_config = _strict
    error_rate: float | None = 0.01
    p99: float | str | None = None
    score: str | None = None
    at_least: int = 20

    @model_validator(mode="after")
    def _allowed(self) -> StopWhen:
        self.alarms()
        return self

    def alarms(self) -> list[Any]:
        """The alarms of the rollout."""
        from litmus.endpoints import Alarm

        given = {"error_rate": self.error_rate, "p99": self.p99, "score": self.score}
        return [Alarm(**{name: value}, at_least=self.at_least) for name, value in given.items() if value is not None]  # type: ignore[arg-type]


class RetrainingRule(BaseModel):
    """When a model is trained again, and what follows. Each of `every`, `alarms`, `labels` and `performance` is a reason by itself.

    Attributes:
        endpoint: names or patterns of endpoints.
        every: seconds since the last time.
        alarms: names or patterns of alarms that are a reason while they are open.
        labels: so many new labelled rows are a reason.
        performance: a condition on measured quality that is one, such as "model_quality.accuracy < 0.8"; true for
            "model_quality >= alarm". Given alone, nothing but performance counts.
        pause: seconds after an attempt in which nothing is a reason.
        data: rows to learn from in the place of those that the model learned from.
        use_labels: whether captured rows with labels are learned from; by default where there are any.
        gate: values of the gate.
        deploy: whether a winner is rolled out.
        rollout: how: all, all:10m, canary:10:10m or linear:20:5m.
        stop_when: what takes the rollout back.
        options: of training in the place of those that the run had: time_limit, max_trials, seed, resources.
        trust: whether the model may run code of its maker's own.
    """

    model_config = _strict
    endpoint: list[str]
    every: float | None = None
    alarms: list[str] = []
    labels: int | None = Field(None, ge=1)
    performance: Condition | None = None
    pause: float = 3600.0
    data: str | None = None
    use_labels: bool | None = None
    gate: dict[str, Any] = {}
    deploy: bool = True
    rollout: str = "canary:10:10m"
    stop_when: StopWhen = StopWhen()
    options: dict[str, Any] = {}
    trust: bool = False

    _endpoints = field_validator("endpoint", "alarms", mode="before")(_listed)
    _times = field_validator("every", "pause", mode="before")(_seconds)

    @field_validator("performance", mode="before")
    @classmethod
    def _condition(cls, value: Any) -> Any:
        if value is True:
            return Condition.parse("model_quality >= alarm")
        return value if value is None or isinstance(value, Condition) else Condition.parse(value)

    @field_validator("gate")
    @classmethod
    def _gate(cls, value: dict[str, Any]) -> dict[str, Any]:
        parse_gate(value)
        return value

    @field_validator("rollout")
    @classmethod
    def _rollout(cls, value: str) -> str:
        parse_rollout(value)
        return value

    @field_validator("options")
    @classmethod
    def _options(cls, value: dict[str, Any]) -> dict[str, Any]:
        known = ("time_limit", "max_trials", "seed", "resources")
        for name in value:
            if name not in known:
                raise ParameterError(
                    f"{name!r} is no option that may change when a model is trained again; these may: {', '.join(known)}"
                )
        return value

    @model_validator(mode="after")
    def _some_reason(self) -> RetrainingRule:
        if self.every is None and not self.alarms and self.labels is None and self.performance is None:
            raise ParameterError("this never retrains: give at least one of every, alarms, labels and performance")
        return self

    def is_for(self, endpoint: str) -> bool:
        """Whether it is for this endpoint."""
        return any(fnmatch.fnmatchcase(endpoint, pattern) for pattern in self.endpoint)

    def names(self, alarm: str) -> bool:
        """Whether an alarm of this name is a reason."""
        return any(fnmatch.fnmatchcase(alarm, pattern) for pattern in self.alarms)


class Plan(Rules):
    """All of the file: alarms and mail, as in `Rules`, and

    Attributes:
        monitors: what is checked, and when.
        retraining: when models are trained again.
    """

    monitors: list[Schedule] = [Schedule()]
    retraining: list[RetrainingRule] = []

    @model_validator(mode="after")
    def _known_alarms(self) -> Plan:
        names = [rule.name for rule in self.alarms]
        for rule in self.retraining:
            for pattern in rule.alarms:
                if not any(fnmatch.fnmatchcase(name, pattern) for name in names):
                    close = nearest(pattern, names)
                    hint = f" Did you mean {close!r}?" if close else ""
                    raise ParameterError(
                        f"retraining waits for the alarm {pattern!r}, which is not in this file.{hint}"
                    )
        return self

    def schedule_of(self, endpoint: str) -> Schedule | None:
        """The first schedule that is for an endpoint."""
        return next((each for each in self.monitors if each.is_for(endpoint)), None)

    def retraining_of(self, endpoint: str) -> RetrainingRule | None:
        """The first rule that is for an endpoint."""
        return next((each for each in self.retraining if each.is_for(endpoint)), None)


def read_plan(source: str | Path) -> Plan:
    """Read the file.

    Args:
        source: the file; text with a line break is the document itself.

    Raises:
        FileError: when it holds mistakes; all at once, each with its line and column.
    """
    return read_yaml(source, Plan)
