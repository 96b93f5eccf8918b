"""The gate: whether a challenger may take the incumbent's place."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from litmus.errors import ParameterError
from litmus.metrics import Metric, resolve_metric
from litmus.naming import nearest

__all__ = ["CHECKS", "Check", "Gate", "GateReport", "parse_gate"]

CHECKS = ("schema", "classes", "rows", "past", "new", "slices", "score", "cost")
"""What is checked, in this order."""


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing that was checked.

    Attributes:
        name: one of `CHECKS`.
        passed: whether it allows the challenger; None where there was too little to tell.
        sentence: what was found.
        facts: the figures.
        allowed: whether it was refused, and the gate was told to let that pass.
    """

    name: str
    passed: bool | None
    sentence: str
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    allowed: bool = False

    @property
    def refuses(self) -> bool:
        """Whether the challenger stays outside for it."""
        return self.passed is False and not self.allowed


@dataclasses.dataclass(frozen=True)
class Gate:
    """What a challenger has to show.

    Args:
        metric: by which both are compared; by default the objective of the run that made the incumbent.
        require: "better": on new rows (on the past test rows where there are no new ones) the whole interval of the
            difference lies above `min_gain`; "not worse": above `-tolerance`.
        min_gain: see `require`; in the metric's unit.
        tolerance: how much worse it may be on the past test rows, at the lower end of the interval; in the metric's
            unit, for metrics without bounds (such as RMSE) a share of the incumbent's score.
        slice_tolerance: how much worse it may certainly be on any slice.
        slices: columns whose slices are looked at; None for all that models learn from, () for none.
        confidence: of the intervals; those of slices are widened for their number.
        resamples: bootstrap draws.
        min_rows: fewer rows are not judged by.
        min_slice_rows: smaller slices are left out.
        min_rows_share: the challenger must have learned from at least this share of the incumbent's rows.
        plausible: a challenger whose distance to a perfect score is so many times smaller than the incumbent's on its past test
            rows has most likely seen the answers.
        max_slowdown: how many times as long as the incumbent one row may take.
        max_growth: how many times as large its file may be.
        allow: checks that may fail; the report still says so.

    Raises:
        ParameterError: when a value is not allowed.

    Example:
        >>> Gate(tolerance=0.01, allow=["past"]).allow
        ('past',)
    """

    metric: Metric | str | None = None
    require: Literal["better", "not worse"] = "better"
    min_gain: float = 0.0
    tolerance: float = 0.02
    slice_tolerance: float = 0.02
    slices: Sequence[str] | None = None
    confidence: float = 0.95
    resamples: int = 1000
    min_rows: int = 100
    min_slice_rows: int = 100
    min_rows_share: float = 0.5
    plausible: float = 10.0
    max_slowdown: float = 3.0
    max_growth: float = 5.0
    allow: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.metric is not None:
            object.__setattr__(self, "metric", resolve_metric(self.metric))
        if self.require not in ("better", "not worse"):
            raise ParameterError(f"require={self.require!r} is not allowed; give 'better' or 'not worse'.")
        for name in ("min_gain", "tolerance", "slice_tolerance"):
            _check_number(name, getattr(self, name), 0, None)
        _check_number("confidence", self.confidence, 0.5, 0.9999)
        _check_number("min_rows_share", self.min_rows_share, 0, 1)
        for name in ("plausible", "max_slowdown", "max_growth"):
            _check_number(name, getattr(self, name), 1, None)
        for name, least in (("resamples", 100), ("min_rows", 20), ("min_slice_rows", 20)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ParameterError(f"{name}={value!r} is not allowed; give a whole number of at least {least}.")
        object.__setattr__(self, "allow", _names_of_checks(self.allow))
        if self.slices is not None:
            listed = [self.slices] if isinstance(self.slices, str) else list(self.slices)
            object.__setattr__(self, "slices", tuple(map(str, listed)))

    def to_json(self) -> dict[str, Any]:
        """The values as plain ones."""
        values = dataclasses.asdict(dataclasses.replace(self, metric=None))
        return {**values, "metric": None if self.metric is None else str(self.metric)}


def _check_number(name: str, value: Any, low: float, high: float | None) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not value >= low or (high is not None and value > high) or value == float("inf"):
        upto = f" to {high:g}" if high is not None else " or more"
        raise ParameterError(f"{name}={value!r} is not allowed; give a number from {low:g}{upto}.")


def _names_of_checks(given: Any) -> tuple[str, ...]:
    listed = [given] if isinstance(given, str) else list(given)
    for name in listed:
        if name not in CHECKS:
            close = nearest(str(name), CHECKS)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(f"allow names {name!r}, which is no check.{hint} Checks: {', '.join(CHECKS)}.")
    return tuple(listed)


def parse_gate(value: Gate | Mapping[str, Any] | None) -> Gate:
    """A gate from one, from a dict of its values, or, for None, the default one.

    Raises:
        ParameterError: for anything else, or a name or value that is not allowed.

    Example:
        >>> parse_gate({"tolerance": 0.05}).tolerance
        0.05
    """
    if value is None:
        return Gate()
    if isinstance(value, Gate):
        return value
    if not isinstance(value, Mapping):
        raise ParameterError(
            f"gate={value!r} is no gate; give a litmus.retraining.Gate, or a dict such as {{'tolerance': 0.01}}."
        )
    names = [field.name for field in dataclasses.fields(Gate)]
    for name in value:
        if name not in names:
            close = nearest(str(name), names)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(f"A gate has no value {name!r}.{hint} Known: {', '.join(names)}.")
    return Gate(**value)


@dataclasses.dataclass(frozen=True)
class GateReport:
    """What the gate found.

    Attributes:
        incumbent, challenger: their versions.
        metric: by which they were compared.
        checks: all that was checked.
    """

    incumbent: str
    challenger: str
    metric: str
    checks: tuple[Check, ...]

    @property
    def accepted(self) -> bool:
        """Whether the challenger may take the incumbent's place."""
        return not any(check.refuses for check in self.checks)

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        refused = [check.sentence.rstrip(".") for check in self.checks if check.refuses]
        if refused:
            return f"{self.challenger} may not take the place of {self.incumbent}: {'; '.join(refused)}."
        shown = [check.sentence.rstrip(".") for check in self.checks if check.name in ("past", "new") and check.passed]
        return f"{self.challenger} may take the place of {self.incumbent}: {'; '.join(shown)}."

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "incumbent": self.incumbent,
            "challenger": self.challenger,
            "metric": self.metric,
            "accepted": self.accepted,
            "sentence": self.sentence,
            "checks": [dataclasses.asdict(check) for check in self.checks],
        }

    def __str__(self) -> str:
        marks = {True: "ok     ", False: "refused", None: "unknown"}
        lines = [
            f"  {'allowed' if check.allowed else marks[check.passed]}  {check.name:<8}{check.sentence}"
            for check in self.checks
        ]
        return "\n".join([self.sentence, *lines])
