"""The monitors by name, and what they come to together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from litmus.errors import LitmusError, ParameterError
from litmus.monitor.attribution_drift import attribution_drift
from litmus.monitor.bias_drift import bias_drift
from litmus.monitor.data_drift import data_drift
from litmus.monitor.data_quality import data_quality
from litmus.monitor.estimated_quality import estimated_quality
from litmus.monitor.evidence import Evidence
from litmus.monitor.model_quality import model_quality
from litmus.monitor.prediction_drift import prediction_drift
from litmus.monitor.result import KINDS, Kind, KindResult, Verdict, worst
from litmus.naming import nearest

__all__ = ["check_kinds", "run_monitors", "together"]

_MONITORS: Mapping[Kind, Callable[[Evidence], KindResult]] = {
    "data_quality": data_quality,
    "data_drift": data_drift,
    "prediction_drift": prediction_drift,
    "model_quality": model_quality,
    "estimated_quality": estimated_quality,
    "bias_drift": bias_drift,
    "attribution_drift": attribution_drift,
}


def check_kinds(kinds: Sequence[str] | str | None) -> tuple[Kind, ...]:
    """The monitors that are meant; None means all.

    Raises:
        ParameterError: when a name is none of them; the message suggests the nearest.

    Example:
        >>> check_kinds(["data_drift"])
        ('data_drift',)
    """
    if kinds is None:
        return KINDS
    asked = [kinds] if isinstance(kinds, str) else list(kinds)
    for name in asked:
        if name not in KINDS:
            close = nearest(str(name), KINDS)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(f"There is no monitor {name!r}.{hint} Monitors: {', '.join(KINDS)}.")
    if not asked:
        raise ParameterError(f"kinds is empty; name some of {', '.join(KINDS)}, or leave it out for all.")
    return tuple(kind for kind in KINDS if kind in asked)


def run_monitors(evidence: Evidence, kinds: Sequence[Kind]) -> dict[Kind, KindResult]:
    """What each monitor says; one that cannot do its work says why, and the others go on."""
    found: dict[Kind, KindResult] = {}
    for kind in kinds:
        try:
            found[kind] = _MONITORS[kind](evidence)
        except LitmusError as error:
            found[kind] = KindResult(kind, "not enough data", f"Nothing can be said: {error}")
    return found


def together(kinds: Mapping[Kind, KindResult], rows: int) -> tuple[Verdict, str]:
    """The gravest verdict and a sentence that says what it rests on."""
    verdict = worst([kind.verdict for kind in kinds.values()])
    if not rows:
        return "not enough data", "No row arrived in this time, so that there is nothing to say."
    said = [kind for kind in kinds.values() if kind.verdict == verdict]
    if verdict == "not enough data":
        return verdict, said[0].sentence if said else "No monitor was asked."
    names = ", ".join(kind.kind.replace("_", " ") for kind in said)
    if verdict == "ok":
        silent = [kind.kind.replace("_", " ") for kind in kinds.values() if kind.verdict != "ok"]
        rest = f" Nothing is known of: {', '.join(silent)}." if silent else ""
        return verdict, f"Nothing changed that matters ({names}).{rest}"
    return verdict, f"{names[0].upper()}{names[1:]}: {said[0].sentence}"
