"""The bar that a model has to meet, whatever its objective: a least recall, a longest answer, a largest size."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from litmus.errors import ParameterError
from litmus.evaluate.trial import Trial
from litmus.metrics import Metric, resolve_metric
from litmus.naming import nearest

__all__ = ["COSTS", "Bar", "missed", "read_bars", "violation_of"]

COSTS = ("predict_ms", "size_mb", "models")
"""What a bar may be on beside metrics: milliseconds a row takes among 1,000 as measured in training, all fitted models one
after the other; megabytes of the fitted models on disk; and their number."""

_TEXT = re.compile(r"\s*(?P<what>.+?)\s*(?P<sign>>=|<=)\s*(?P<bound>[-+0-9.eE_]+)\s*", re.DOTALL)
_UNKNOWN = 1000.0
"""The violation of a bar whose metric could not be computed: as if it were missed by a thousand times the bound."""


@dataclasses.dataclass(frozen=True)
class Bar:
    """A condition on the validation rows that models are to meet; those that do not rank after all that do.

    Args:
        what: a metric, or one of `COSTS`.
        sign: ">=" for at least, "<=" for at most.
        bound: the value.

    Raises:
        ParameterError: when a part is not allowed.

    Example:
        >>> Bar("recall", ">=", 0.8)
        Bar('recall >= 0.8')
    """

    what: Metric | str
    sign: Literal[">=", "<="]
    bound: float

    def __post_init__(self) -> None:
        if self.sign not in (">=", "<="):
            raise ParameterError(f"A bar is '>=' or '<=', not {self.sign!r}.")
        if isinstance(self.bound, bool) or not isinstance(self.bound, int | float) or not math.isfinite(self.bound):
            raise ParameterError(f"The bound of a bar must be a number, not {self.bound!r}.")
        if not isinstance(self.what, str) or self.what not in COSTS:
            object.__setattr__(self, "what", _metric(self.what))

    @property
    def metric(self) -> Metric | None:
        """The metric it is on; None for a cost."""
        return None if isinstance(self.what, str) else self.what

    @property
    def label(self) -> str:
        """What it is on, in writing."""
        return self.what if isinstance(self.what, str) else self.what.label

    def value(self, trial: Trial) -> float | None:
        """What a trial has of it on the validation rows; None where that is unknown."""
        if self.metric is not None:
            score = trial.score(self.metric.label)
            return None if score is None or not math.isfinite(score.value) else score.value
        models = len(trial.folders) or 1
        if self.what == "models":
            return float(models)
        if self.what == "predict_ms":
            return trial.predict_seconds * (1 if trial.members else models)
        return sum(_bytes(Path(folder)) for folder in trial.folders) / 1e6

    def violation(self, value: float | None) -> float:
        """By how much a value misses it, as a share of the bound; 0 when it is met."""
        if value is None:
            return _UNKNOWN
        gap = self.bound - value if self.sign == ">=" else value - self.bound
        return max(0.0, gap / max(abs(self.bound), 1e-9))

    def __str__(self) -> str:
        return f"{self.label} {self.sign} {self.bound:g}"

    def __repr__(self) -> str:
        return f"Bar({str(self)!r})"


def read_bars(given: Any) -> tuple[Bar, ...]:
    """Bars from what a user wrote: None, a text such as "recall >= 0.8", a `Bar`, or a list of such.

    Raises:
        ParameterError: when it is none of these.

    Example:
        >>> read_bars(["recall >= 0.8", "predict_ms <= 2"])
        (Bar('recall >= 0.8'), Bar('predict_ms <= 2'))
    """
    if given is None:
        return ()
    listed = given if isinstance(given, list | tuple) else [given]
    return tuple(item if isinstance(item, Bar) else _from_text(item) for item in listed)


def violation_of(bars: Sequence[Bar], trial: Trial) -> float:
    """By how much a trial misses the bars together; 0 when it meets them all."""
    return sum(bar.violation(bar.value(trial)) for bar in bars)


def missed(bars: Sequence[Bar], trial: Trial) -> tuple[str, ...]:
    """A sentence for each bar that a trial misses."""
    sentences = []
    for bar in bars:
        value = bar.value(trial)
        if bar.violation(value) > 0:
            found = "is unknown" if value is None else f"is {value:.4g}"
            sentences.append(f"It misses the bar {bar}: {bar.label} {found}.")
    return tuple(sentences)


def _from_text(text: Any) -> Bar:
    match = _TEXT.fullmatch(text) if isinstance(text, str) else None
    try:
        bound = float(match["bound"]) if match else math.nan
    except ValueError:
        bound = math.nan
    if match is None or math.isnan(bound):
        raise ParameterError(f"bar={text!r} cannot be read; write a metric, >= or <=, and a number: 'recall >= 0.8'.")
    return Bar(match["what"], ">=" if match["sign"] == ">=" else "<=", bound)


def _metric(what: Any) -> Metric:
    close = nearest(what, COSTS) if isinstance(what, str) else None
    if close is not None and "[" not in what and "(" not in what:
        try:
            return resolve_metric(what)
        except ParameterError as error:
            raise ParameterError(
                f"{error} Or is {close!r} meant? Beside metrics a bar is on: {', '.join(COSTS)}."
            ) from None
    return resolve_metric(what)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
