"""What the gate looks at, one check after the other."""

from __future__ import annotations

import dataclasses
import math
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litmus.data import Schema, Target
from litmus.errors import LitmusError, MetricError
from litmus.metrics import Difference, Metric
from litmus.quantities import bytes_text, duration_text
from litmus.retraining.evidence import Evidence
from litmus.retraining.gate import Check, Gate
from litmus.retraining.slices import slices_of

__all__ = ["check_cost", "check_form", "check_rows", "check_scores", "with_allowed"]

_SLICE_RESAMPLES = 200
_MOST_NAMED = 3
_ASKED = 200


def check_form(incumbent: tuple[Schema, Target], challenger: tuple[Schema, Target]) -> list[Check]:
    """Whether both take the same columns and answer the same question."""
    before, after = incumbent[0], challenger[0]
    changes = [f"{name} is gone" for name in before.features if name not in after.features]
    changes += [f"{name} is new" for name in after.features if name not in before.features]
    changes += [
        f"{name} was {before[name].kind} and is {after[name].kind}"
        for name in before.features
        if name in after.features and before[name].kind != after[name].kind
    ]
    told = f"the columns changed: {_few(changes)}" if changes else f"the same {len(before.features):,} columns"
    checks = [Check("schema", not changes, told, {"changes": changes})]
    old, new = incumbent[1], challenger[1]
    differ = []
    if old.names != new.names:
        differ.append(f"the target was {old.name} and is {new.name}")
    if old.task != new.task:
        differ.append(f"the task was {old.task} and is {new.task}")
    lost = [label for label in old.classes if str(label) not in set(map(str, new.classes))]
    found = [label for label in new.classes if str(label) not in set(map(str, old.classes))]
    differ += [f"the class {label!r} is gone" for label in lost] + [f"the class {label!r} is new" for label in found]
    told = f"the classes changed: {_few(differ)}" if differ else "the same target and classes"
    return [*checks, Check("classes", not differ, told, {"changes": differ})]


def check_rows(before: int | None, after: int, gate: Gate) -> Check:
    """Whether the challenger learned from enough rows."""
    if not before:
        return Check("rows", None, f"it learned from {after:,} rows; how many the incumbent did is not known")
    enough = after >= gate.min_rows_share * before
    told = f"it learned from {after:,} rows, the incumbent from {before:,}"
    told += "" if enough else f", and at least {gate.min_rows_share:.0%} of that are asked for".replace("%", " %")
    return Check("rows", enough, told, {"before": before, "after": after})


def check_scores(evidence: Sequence[Evidence], schema: Schema, metric: Metric, gate: Gate) -> list[Check]:
    """Whether the challenger is good enough on past and new rows and on slices, and not better than can be."""
    by_kind = {each.kind: each for each in evidence if len(each)}
    found = {kind: _difference(each, metric, gate) for kind, each in by_kind.items()}
    known = {kind: each for kind, each in found.items() if isinstance(each, Difference) and each.rows >= gate.min_rows}
    main = "new" if "new" in known else "past"
    checks = []
    for kind in ("past", "new"):
        if kind in known:
            checks.append(_judged(kind, known[kind], metric, gate, must_gain=kind == main))
        else:
            checks.append(_unknown(kind, by_kind.get(kind), found.get(kind), gate))
    if not known:
        checks[-1] = dataclasses.replace(
            checks[-1],
            passed=False,
            sentence=f"there is nothing to judge by: {checks[0].sentence}; {checks[1].sentence}",
        )
    judged = [each for kind, each in by_kind.items() if kind in known and (kind == main or "past" not in gate.allow)]
    checks.append(_slices(judged, schema, metric, gate))
    checks.append(_plausible(known, metric, gate))
    return checks


def _difference(evidence: Evidence, metric: Metric, gate: Gate) -> Difference | str:
    try:
        return metric.difference(
            evidence.incumbent, evidence.challenger, level=gate.confidence, resamples=gate.resamples
        )
    except MetricError as error:
        return str(error)


_WORDS = {"past": "past test rows", "new": "new rows"}


def _unknown(kind: str, evidence: Evidence | None, found: Any, gate: Gate) -> Check:
    if isinstance(found, str):
        return Check(kind, None, f"on the {_WORDS[kind]} it cannot be judged ({found.rstrip('.')})")
    rows = 0 if evidence is None else len(evidence)
    return Check(
        kind, None, f"there are {rows:,} {_WORDS[kind]} that neither learned from, and {gate.min_rows:,} are needed"
    )


def _judged(kind: str, found: Difference, metric: Metric, gate: Gate, *, must_gain: bool) -> Check:
    allowed = _tolerated(gate.tolerance, found.first, metric)
    least = gate.min_gain if must_gain and gate.require == "better" else -allowed
    passed = found.low > least if least >= 0 else found.low >= least
    sign = "better" if found.gain >= 0 else "worse"
    told = (
        f"on {found.rows:,} {_WORDS[kind]} {metric.label} is {found.second:.4f} against {found.first:.4f}, "
        f"{abs(found.gain):.4f} {sign} ({found.low:+.4f} to {found.high:+.4f})"
    )
    if not passed:
        what = f"more than {least:+.4f}" if least >= 0 else f"at least {least:+.4f}"
        told += f", and {what} is asked for"
    return Check(kind, passed, told, {**dataclasses.asdict(found), "least": least})


def _tolerated(tolerance: float, score: float, metric: Metric) -> float:
    """A tolerance in the metric's unit: of metrics without bounds it is a share of the score."""
    low, high = metric.bounded(-math.inf), metric.bounded(math.inf)
    return tolerance if math.isfinite(low) and math.isfinite(high) else tolerance * abs(score)


def _slices(evidence: Sequence[Evidence], schema: Schema, metric: Metric, gate: Gate) -> Check:
    if not evidence or gate.slices == ():
        return Check("slices", None, "no slices were looked at")
    rows = evidence[0] if len(evidence) == 1 else evidence[0].beside(evidence[1])
    found = list(slices_of(rows.inputs, schema, gate.slices, gate.min_slice_rows))
    level = 1 - (1 - gate.confidence) / max(1, len(found))
    worse, judged = [], 0
    for name, mask in found:
        part = rows.take(mask)
        try:
            each = metric.difference(part.incumbent, part.challenger, level=level, resamples=_SLICE_RESAMPLES)
        except MetricError:  # such as a slice with one class only
            continue
        judged += 1
        if each.high < -_tolerated(gate.slice_tolerance, each.first, metric):
            worse.append((each.gain, f"{name} ({each.second:.4f} against {each.first:.4f}, {each.rows:,} rows)"))
    if not judged:
        return Check("slices", None, f"no slice has {gate.min_slice_rows:,} rows that can be scored")
    named = [text for _, text in sorted(worse)]
    told = f"it is certainly worse on {_few(named)}" if worse else f"certainly worse on none of {judged:,} slices"
    return Check("slices", not worse, told, {"slices": judged, "worse": named})


def _plausible(known: Mapping[Any, Difference], metric: Metric, gate: Gate) -> Check:
    perfect = metric.bounded(math.inf if metric.maximize else -math.inf)
    past = known.get("past")
    if past is None or not math.isfinite(perfect):
        return Check("score", None, "whether the score can be is not known without past test rows")
    usual = abs(perfect - past.first)
    for kind, found in known.items():
        left = abs(perfect - found.second)
        if usual > 1e-9 and left * gate.plausible < usual and found.gain > 0:
            told = (
                f"{metric.label} of {found.second:.4f} on the {_WORDS[kind]} is too good to be true, where {past.first:.4f} was "
                "reached before: most likely a column gives the answer away"
            )
            return Check("score", False, told, {"score": found.second, "before": past.first})
    return Check("score", True, "the score is plausible")


def check_cost(incumbent: Path, challenger: Path, row: dict[str, Any], gate: Gate, *, trust: bool) -> Check:
    """Whether the challenger is not much slower or larger; both files are compiled bundles.

    Both answer one row in turns, so that what else the machine does hits both.
    """
    from litmus.runtime import load

    sizes = [path.stat().st_size for path in (incumbent, challenger)]
    try:
        models = [load(path, trust=trust) for path in (incumbent, challenger)]
        for model in models:
            model.predict(row)
    except LitmusError as error:
        return Check("cost", None, f"what it costs could not be measured ({str(error).rstrip('.')})", {"bytes": sizes})
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(_ASKED):
        for model, seconds in zip(models, taken, strict=True):
            begun = time.perf_counter()
            model.predict(row)
            seconds.append(time.perf_counter() - begun)
    medians = [statistics.median(each) for each in taken]
    slower, larger = medians[1] > gate.max_slowdown * medians[0], sizes[1] > gate.max_growth * sizes[0]
    told = (
        f"one row takes {duration_text(medians[1])} against {duration_text(medians[0])}, "
        f"the file {bytes_text(sizes[1])} against {bytes_text(sizes[0])}"
    )
    if slower or larger:
        told += f", and at most {gate.max_slowdown:g} times the time and {gate.max_growth:g} times the size are allowed"
    return Check("cost", not (slower or larger), told, {"seconds": medians, "bytes": sizes})


def with_allowed(checks: Sequence[Check], gate: Gate) -> tuple[Check, ...]:
    """The checks, those that may fail marked as such."""
    return tuple(
        dataclasses.replace(check, allowed=True) if check.passed is False and check.name in gate.allow else check
        for check in checks
    )


def _few(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _MOST_NAMED} more" if len(texts) > _MOST_NAMED else ""
    return ", ".join(texts[:_MOST_NAMED]) + more
