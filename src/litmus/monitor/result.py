"""What a check found: a verdict in plain words, figures, JSON, a page."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from litmus.monitor.evidence import Evidence

__all__ = ["KINDS", "Finding", "Kind", "KindResult", "MonitorResult", "Severity", "Verdict", "WindowResult", "worst"]

Kind = Literal[
    "data_quality",
    "data_drift",
    "prediction_drift",
    "model_quality",
    "estimated_quality",
    "bias_drift",
    "attribution_drift",
]
KINDS: tuple[Kind, ...] = (
    "data_quality",
    "data_drift",
    "prediction_drift",
    "model_quality",
    "estimated_quality",
    "bias_drift",
    "attribution_drift",
)
Severity = Literal["note", "warning", "alarm"]
Verdict = Literal["ok", "warning", "alarm", "not enough data"]


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something that changed.

    Attributes:
        kind: the monitor that found it.
        column: the column, group or class it is about, or None.
        statistic: what was measured: "psi", "missing share", "roc_auc".
        value: its value.
        limit: what it was compared with.
        p_value: how likely chance alone makes it, corrected for all that was tested beside it; None where nothing was tested.
        sentence: what it means, in words.
        severity: "alarm", "warning", or "note" for what only helps to understand.
        reference, current: the figure in the baseline and now, where there are two.
    """

    kind: Kind
    column: str | None
    statistic: str
    value: float
    limit: float | None
    p_value: float | None
    sentence: str
    severity: Severity
    reference: float | None = None
    current: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: _finite(value) for name, value in dataclasses.asdict(self).items()}


@dataclasses.dataclass(frozen=True)
class KindResult:
    """What one monitor says.

    Attributes:
        kind: which one.
        verdict: "ok", "warning", "alarm" or "not enough data".
        sentence: the verdict in words.
        findings: what changed, the gravest first.
        figures: everything that was measured, by name.
    """

    kind: Kind
    verdict: Verdict
    sentence: str
    findings: tuple[Finding, ...] = ()
    figures: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "kind": self.kind,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "findings": [finding.to_json() for finding in self.findings],
            "figures": _finite(self.figures),
        }


@dataclasses.dataclass(frozen=True)
class WindowResult:
    """One window of the period: when, how many rows, and what each monitor said."""

    start: str | None
    end: str | None
    rows: int
    verdict: Verdict
    kinds: Mapping[str, Verdict]
    figures: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: _finite(value) for name, value in dataclasses.asdict(self).items()}


@dataclasses.dataclass(frozen=True)
class MonitorResult:
    """What a check found.

    Attributes:
        name: the endpoint or table.
        created: when it was checked (ISO 8601, UTC).
        start, end: the times of the first and last row, or None.
        rows: rows that were looked at.
        labelled: how many of them have a label.
        versions: version of the model → rows.
        reference: what they were compared with, in words.
        verdict: the gravest of all monitors.
        sentence: the verdict in words.
        kinds: monitor → what it says.
        windows: the windows of the period, oldest first, when it was divided; the verdict is of the last one.
        evidence: the counts behind the plots; not part of the JSON.
    """

    name: str
    created: str
    start: str | None
    end: str | None
    rows: int
    labelled: int
    versions: Mapping[str, int]
    reference: str
    verdict: Verdict
    sentence: str
    kinds: Mapping[Kind, KindResult]
    windows: tuple[WindowResult, ...] = ()
    evidence: Evidence | None = dataclasses.field(default=None, repr=False, compare=False)

    @property
    def findings(self) -> list[Finding]:
        """What all monitors found, the gravest first."""
        return in_order([finding for kind in self.kinds.values() for finding in kind.findings])

    def to_json(self) -> dict[str, Any]:
        """Everything but the plots, as plain JSON values."""
        return {
            "name": self.name,
            "created": self.created,
            "start": self.start,
            "end": self.end,
            "rows": self.rows,
            "labelled": self.labelled,
            "versions": dict(self.versions),
            "reference": self.reference,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "kinds": {name: kind.to_json() for name, kind in self.kinds.items()},
            "findings": [finding.to_json() for finding in self.findings],
            "windows": [window.to_json() for window in self.windows],
        }

    def report(self, path: str | Path = "monitor.html") -> Path:
        """Write a self-contained HTML page; returns its path.

        Raises:
            LitmusError: when it cannot be written there.
        """
        from litmus.monitor.page import write_page

        return write_page(self, path)

    def __str__(self) -> str:
        lines = [f"{self.verdict.upper()}: {self.sentence}"]
        for kind in self.kinds.values():
            lines.append(f"  {kind.kind:<18} {kind.verdict:<16} {kind.sentence}")
            lines += [f"    - {finding.sentence}" for finding in kind.findings[:5] if finding.severity != "note"]
        return "\n".join(lines)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The gravest of some verdicts; "not enough data" only when no monitor had enough.

    Example:
        >>> worst(["ok", "not enough data"]), worst(["warning", "alarm"]), worst([])
        ('ok', 'alarm', 'not enough data')
    """
    for verdict in ("alarm", "warning", "ok"):
        if verdict in verdicts:
            return verdict
    return "not enough data"


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """The gravest first, and of those that are alike the largest compared with its limit."""
    ranks = {"alarm": 0, "warning": 1, "note": 2}
    return sorted(findings, key=lambda each: (ranks[each.severity], -abs(each.value) / (each.limit or 1.0)))


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """What findings come to."""
    severities = {finding.severity for finding in findings}
    return "alarm" if "alarm" in severities else "warning" if "warning" in severities else "ok"


def moment_text(value: dt.datetime | None) -> str | None:
    """A time as JSON has it."""
    return None if value is None else value.isoformat(timespec="milliseconds")


def _finite(value: Any) -> Any:
    """Plain values: no NaN, no infinities, no NumPy."""
    if isinstance(value, Mapping):
        return {str(name): _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
