"""Whether rows still arrive as the model knows them: missing values, wrong types, ranges, new categories, other columns."""

from __future__ import annotations

import math

import numpy as np

from litmus.data.counted import counted, listed, percent
from litmus.data.one_value import EXPECTED
from litmus.evaluate.number_text import short_number
from litmus.monitor.columns import CategoryColumn, NumberColumn
from litmus.monitor.corrections import holm
from litmus.monitor.evidence import Evidence
from litmus.monitor.result import Finding, KindResult, Severity, in_order, verdict_of
from litmus.monitor.tallies import CategoryTally, NumberTally, Tally
from litmus.monitor.tests_of_change import binomial_tail, exceedances, proportions
from litmus.quantities import duration_text

__all__ = ["data_quality"]

_MOSTLY_WRONG = 0.5


def data_quality(evidence: Evidence) -> KindResult:
    """Compare what arrived with what the model was trained on, column by column.

    All p-values of the check are corrected together by Holm's procedure.
    """
    collected, limits = evidence.collected, evidence.limits
    clock = _clock(evidence)
    if collected.rows < limits.rows:
        return KindResult(
            "data_quality",
            "not enough data",
            f"{counted(collected.rows, 'row')} arrived, and {limits.rows} are needed.",
            tuple(clock),
        )
    found: list[Finding] = []
    figures = {}
    for name, tally in collected.tallies.items():
        figures[name] = {
            "rows": tally.rows,
            "missing": _share(tally.missing + tally.absent, tally.rows),
            "wrong type": _share(tally.unreadable, tally.rows),
        }
        found += _missing(evidence, name, tally)
        found += _types(evidence, name, tally)
        reference = evidence.baseline.columns[name]
        if isinstance(tally, NumberTally) and isinstance(reference, NumberColumn):
            figures[name]["out of range"] = _share(tally.below + tally.above, tally.rows)
            found += _range(evidence, name, tally, reference)
        if isinstance(tally, CategoryTally) and isinstance(reference, CategoryColumn):
            figures[name]["new categories"] = _share(tally.new_rows, tally.rows)
            found += _new_categories(evidence, name, tally, reference)
    found = _corrected(found, len(collected.tallies), limits.alpha) + _strangers(evidence) + clock
    verdict = verdict_of(found)
    columns = list(dict.fromkeys(each.column for each in found if each.column and each.severity != "note"))
    many = counted(len(collected.tallies), "column")
    sentence = f"Rows arrive as the model knows them: {many} looked at, {counted(collected.rows, 'row')}."
    if verdict != "ok":
        sentence = (
            in_order(found)[0].sentence
            if len(columns) <= 1
            else f"{counted(len(columns), 'column')} of {len(collected.tallies)} arrive otherwise than in training: {listed(columns)}."
        )
    return KindResult("data_quality", verdict, sentence, tuple(in_order(found)), {"columns": figures})


def _missing(evidence: Evidence, name: str, tally: Tally) -> list[Finding]:
    reference, limits = evidence.baseline.columns[name], evidence.limits
    required = evidence.baseline.schema[name].required
    if tally.rows and tally.absent == tally.rows:
        if not required and reference.missing == reference.rows:
            return []
        sentence = f"{name}: the column does not arrive any more; training rows had it{'' if reference.missing else ' always'}."
        grave: Severity = "alarm" if name in evidence.baseline.schema.features else "warning"
        return [Finding("data_quality", name, "absent", 1.0, 0.0, None, sentence, grave, 0.0, 1.0)]
    tested = proportions(reference.missing, reference.rows, tally.missing + tally.absent, tally.rows)
    before, now = reference.missing / max(1, reference.rows), (tally.missing + tally.absent) / max(1, tally.rows)
    limit = limits.missing if reference.missing else min(limits.missing, limits.wrong)
    if abs(tested.value) < limit:
        return []
    sentence = f"{name}: {percent(now)} of the values are missing, {percent(before)} were in training."
    severity: Severity = "alarm" if tested.value >= limits.missing_alarm else "warning"
    return [
        Finding(
            "data_quality", name, "missing share", tested.value, limit, tested.p_value, sentence, severity, before, now
        )
    ]


def _types(evidence: Evidence, name: str, tally: Tally) -> list[Finding]:
    limits = evidence.limits
    share = _share(tally.unreadable, tally.rows)
    if not tally.unreadable:
        return []
    kind = evidence.baseline.schema[name].kind
    examples = f" (such as {', '.join(tally.examples)})" if tally.examples else ""
    sentence = f"{name}: {counted(tally.unreadable, 'value')} ({percent(share)}){examples} cannot be read; {EXPECTED.get(kind, 'another type is expected')}."
    if share >= _MOSTLY_WRONG:
        sentence += " The column seems to have changed its type."
    severity: Severity = "alarm" if share >= limits.wrong_alarm else "warning" if share >= limits.wrong / 5 else "note"
    return [
        Finding("data_quality", name, "wrong type share", share, limits.wrong / 5, None, sentence, severity, 0.0, share)
    ]


def _range(evidence: Evidence, name: str, tally: NumberTally, reference: NumberColumn) -> list[Finding]:
    """Values beyond the range of training; how many are to be expected follows from how many rows there were."""
    if reference.kind == "datetime" or not reference.present:  # times go on
        return []
    limits = evidence.limits
    beyond = tally.below + tally.above
    share = _share(beyond, tally.present)
    if share < limits.wrong:
        return []
    side = max(tally.below, tally.above)
    p_value = min(1.0, 2 * exceedances(side, reference.present, tally.present))
    low, high = short_number(reference.minimum), short_number(reference.maximum)
    far = short_number(tally.minimum if tally.below > tally.above else tally.maximum)
    sentence = (
        f"{name}: {percent(share)} of the values lie outside the range of training, {low} to {high} (as far as {far})."
    )
    severity: Severity = "alarm" if share >= limits.wrong_alarm else "warning"
    return [
        Finding(
            "data_quality", name, "out of range share", share, limits.wrong, p_value, sentence, severity, 0.0, share
        )
    ]


def _new_categories(evidence: Evidence, name: str, tally: CategoryTally, reference: CategoryColumn) -> list[Finding]:
    """Categories that training did not have.

    Of categories with a long tail some are always new: about as large a share of the rows as were seen once (Good 1953, "The
    population frequencies of species and the estimation of population parameters").
    """
    limits = evidence.limits
    rows, present = tally.new_rows, tally.present
    usual = (reference.singles + reference.others) / max(1, reference.present)
    share = _share(rows, present)
    if not rows or share - usual < limits.wrong:
        return []
    # Good's estimate itself varies as a count does: three of its standard errors are granted.
    room = 3 * math.sqrt(reference.singles + reference.others + 1) / max(1, reference.present)
    p_value = binomial_tail(rows, present, usual + room)
    names = listed(tally.new, limit=3)
    sentence = f"{name}: {percent(share)} of the rows have a category that training did not have: {names}."
    if usual >= limits.wrong:
        sentence += f" About {percent(usual)} would be usual for this column."
    severity: Severity = "alarm" if share - usual >= limits.wrong_alarm else "warning"
    return [
        Finding(
            "data_quality", name, "new category share", share, limits.wrong, p_value, sentence, severity, usual, share
        )
    ]


def _strangers(evidence: Evidence) -> list[Finding]:
    """Columns that the model does not know, and traffic none of whose columns it knows."""
    strangers = {
        name: rows for name, rows in evidence.collected.strangers.items() if name not in evidence.baseline.schema
    }
    if not strangers:
        return []
    sentence = f"{counted(len(strangers), 'column arrives', 'columns arrive')} that training did not have: {listed(strangers)}; the model does not use {'it' if len(strangers) == 1 else 'them'}."
    return [Finding("data_quality", None, "new columns", float(len(strangers)), None, None, sentence, "note")]


def _clock(evidence: Evidence) -> list[Finding]:
    """Times that cannot be right: windows by time hold the wrong rows then."""
    clock, found = evidence.collected.clock, []
    if clock.steps:
        sentence = f"The clock of what answers went back {counted(clock.steps, 'time')}, by up to {duration_text(clock.back)}: rows of different times share a window."
        found.append(Finding("data_quality", None, "clock steps", clock.back, 60.0, None, sentence, "warning"))
    if clock.ahead:
        sentence = f"{counted(clock.ahead, 'row was', 'rows were')} answered later than now: a clock is wrong, here or where answers are given."
        found.append(Finding("data_quality", None, "rows ahead", float(clock.ahead), None, None, sentence, "warning"))
    if clock.unknown:
        sentence = f"{counted(clock.unknown, 'row has', 'rows have')} no time that can be read."
        found.append(
            Finding("data_quality", None, "rows without time", float(clock.unknown), None, None, sentence, "note")
        )
    return found


def _corrected(found: list[Finding], columns: int, alpha: float) -> list[Finding]:
    """The findings that chance does not explain; all that could have been tested count, not only what passed its limit."""
    import dataclasses

    tested = [each for each in found if each.p_value is not None]
    if not tested:
        return found
    padded = np.ones(max(2 * columns, len(tested)))
    padded[: len(tested)] = [1.0 if each.p_value is None else each.p_value for each in tested]
    adjusted = iter(holm(padded)[: len(tested)].tolist())
    kept = []
    for each in found:
        corrected = each if each.p_value is None else dataclasses.replace(each, p_value=next(adjusted))
        if corrected.p_value is None or corrected.p_value < alpha:
            kept.append(corrected)
    return kept


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
