"""When an alarm is raised: `data_drift >= warning`, `model_quality.accuracy < 0.8`, `data_drift.psi[age] > 0.2`."""

from __future__ import annotations

import dataclasses
import math
import operator
import re
from collections.abc import Callable
from typing import Literal

from litmus.alarming.observed import KINDS, SEVERITIES, Observed, Seen
from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["Condition", "Judgement"]

_TEXT = re.compile(
    r"\s*(?P<kind>[A-Za-z_]+)\s*(?:\.\s*(?P<statistic>[A-Za-z0-9_ -]+?)\s*(?:\[(?P<column>.+)\])?)?\s*"
    r"(?P<sign>>=|<=|>|<|==|=|is\b)\s*(?P<bound>.+?)\s*",
    re.DOTALL,
)
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}
_EXAMPLES = "'data_drift >= warning', 'model_quality.accuracy < 0.8' or 'data_drift.psi[age] > 0.2'"


@dataclasses.dataclass(frozen=True)
class Judgement:
    """What a condition says of something that was observed.

    Attributes:
        state: "raised", "ok", or "unknown" where what it asks about was not observed: then nothing is raised or recovers.
        sentence: why, in words.
        facts: the figures behind it, as plain values.
    """

    state: Literal["raised", "ok", "unknown"]
    sentence: str = ""
    facts: dict[str, object] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Condition:
    """A condition of an alarm.

    Attributes:
        kind: what is looked at: a kind of monitor, "endpoint", or "any".
        sign: how it is compared.
        bound: a number, or "warning", "alarm" or "not enough data".
        statistic: which figure; "" for the verdict.
        column: of which column; "" for any.

    Example:
        >>> print(Condition.parse("data_drift.psi[age] > 20 %"))
        data_drift.psi[age] > 0.2
    """

    kind: str
    sign: str
    bound: float | str
    statistic: str = ""
    column: str = ""

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read a condition.

        Raises:
            ParameterError: when it cannot be read; the message says what is allowed.
        """
        match = _TEXT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ParameterError(f"{text!r} is no condition; write it like {_EXAMPLES}")
        kind = match["kind"]
        if kind not in KINDS:
            close = nearest(kind, KINDS)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(f"{kind!r} is nothing that is watched.{hint} Known: {', '.join(KINDS)}")
        sign = {"is": "==", "=": "=="}.get(match["sign"], match["sign"])
        bound: float | str = match["bound"].strip().strip("'\"")
        if not match["statistic"]:
            _check_verdict(text, sign, str(bound))
        else:
            bound = _number(text, str(bound))
        return cls(kind, sign, bound, match["statistic"] or "", (match["column"] or "").strip())

    def judge(self, observed: Observed) -> Judgement:
        """Whether it holds for what was observed."""
        if self.kind != "any" and self.kind not in observed.verdicts:
            return Judgement("unknown", f"{self.kind} was not looked at")
        return self._verdict(observed) if not self.statistic else self._figure(observed)

    def _verdict(self, observed: Observed) -> Judgement:
        looked = observed.verdicts if self.kind == "any" else {self.kind: observed.verdicts[self.kind]}
        if self.bound == "not enough data":
            lacking = [kind for kind, verdict in looked.items() if verdict == "not enough data"]
            if not lacking:
                return Judgement("ok", f"{self.kind} has enough data")
            return Judgement("raised", f"not enough data for {', '.join(lacking)}", {"kinds": lacking})
        known = {kind: verdict for kind, verdict in looked.items() if verdict in SEVERITIES}
        if not known:
            return Judgement("unknown", f"not enough data for {self.kind}")
        least = SEVERITIES.index(str(self.bound))
        holds = _SIGNS[self.sign]
        bad = [kind for kind, verdict in known.items() if holds(SEVERITIES.index(verdict), least)]
        if not bad:
            return Judgement("ok", f"{self.kind} is {', '.join(sorted(set(known.values())))}")
        causes = [seen for seen in observed.seen if seen.kind in bad and SEVERITIES.index(seen.severity) > 0]
        causes.sort(key=lambda seen: -SEVERITIES.index(seen.severity))
        sentence = "; ".join(seen.sentence.rstrip(".") for seen in causes[:3]) or observed.sentence.rstrip(".")
        more = f"; and {len(causes) - 3} more" if len(causes) > 3 else ""
        facts: dict[str, object] = {
            "verdicts": {kind: known[kind] for kind in bad},
            "findings": [seen.to_json() for seen in causes[:20]],
        }
        return Judgement("raised", f"{sentence}{more}", facts)

    def _figure(self, observed: Observed) -> Judgement:
        found = [seen for seen in observed.seen if self._asks_about(seen)]
        if not found:
            return Judgement("unknown", f"{self.subject} was not measured")
        holds, bound = _SIGNS[self.sign], float(self.bound)
        bad = [seen for seen in found if seen.value is not None and holds(seen.value, bound)]
        if not bad:
            return Judgement("ok", f"{self.subject} is not {self.sign} {bound:g}")
        shown = [f"{seen.label} is {seen.value:.4g}" for seen in bad[:3]]
        more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
        facts: dict[str, object] = {"findings": [seen.to_json() for seen in bad[:20]]}
        return Judgement("raised", f"{', '.join(shown)}{more} ({self})", facts)

    def _asks_about(self, seen: Seen) -> bool:
        return (
            self.kind in ("any", seen.kind)
            and seen.statistic.lower() == self.statistic.lower()
            and seen.value is not None
            and math.isfinite(seen.value)
            and (not self.column or seen.column == self.column)
        )

    @property
    def subject(self) -> str:
        """What it is about, as it was written."""
        column = f"[{self.column}]" if self.column else ""
        return f"{self.kind}.{self.statistic}{column}" if self.statistic else self.kind

    def __str__(self) -> str:
        bound = f"{self.bound:g}" if isinstance(self.bound, float) else self.bound
        return f"{self.subject} {self.sign} {bound}"


def _check_verdict(text: str, sign: str, bound: str) -> None:
    allowed = ("warning", "alarm", "not enough data")
    if bound not in allowed:
        close = nearest(bound, allowed)
        hint = f" Did you mean {close!r}?" if close else ""
        raise ParameterError(
            f"{text!r} compares a verdict with {bound!r}.{hint} Give warning, alarm or 'not enough data'; or name a figure: "
            f"{_EXAMPLES}"
        )
    if sign not in (">=", "==") or (bound == "not enough data" and sign != "=="):
        raise ParameterError(f"{text!r}: a verdict is compared by '>=' or 'is', and 'not enough data' by 'is'")


def _number(text: str, bound: str) -> float:
    percent = bound.endswith("%")
    try:
        value = float(bound.rstrip("% ").replace("_", "")) / (100 if percent else 1)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ParameterError(
            f"{text!r} compares a figure with {bound!r}, which is no number; write it like {_EXAMPLES}"
        )
    return value
