"""What made the run what it is: settings, environment, times, and everything that was changed on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from litmus.data import LoadedData
from litmus.evaluate.leaderboard import Leaderboard
from litmus.evaluate.number_text import count_text, duration_text, one_line, percent_text
from litmus.evaluate.trial import Trial
from litmus.footprint import Footprint
from litmus.report.blocks import Cell, Heading, Section, Table
from litmus.report.limits import LONGEST_NAME, LONGEST_NOTE, MOST_NOTES, MOST_TRIALS, left_out
from litmus.report.members import settings_text

__all__ = ["changes_section", "environment_table", "run_table", "settings_section"]


class _Run(Protocol):
    id: str
    seconds: float
    seed: int
    environment: dict[str, str]
    resources: dict[str, Any]
    leaderboard: Leaderboard


def facts_table(facts: Mapping[str, str], caption: str, note: str = "") -> Table:
    """Names and values, one pair a row."""
    lines = tuple(
        (Cell(one_line(name, LONGEST_NAME)), Cell(one_line(text, LONGEST_NOTE))) for name, text in facts.items()
    )
    return Table((Heading(caption), Heading("")), lines, caption, note)


def run_table(run: _Run, created: str) -> Table:
    """Identity, seed, time and resources of the run."""
    facts = {"run": run.id, "began": created, "took": duration_text(run.seconds), "seed": str(run.seed)}
    for phase, asked in run.resources.items():
        facts[f"resources, {phase}"] = _resources_text(asked)
    work = sum(trial.cost_seconds for trial in run.leaderboard)
    if work:  # of every fit by itself: more where fits used several cores
        facts["cost and energy"] = Footprint.of_cpu(work).sentence
    return facts_table(facts, "Run")


def _resources_text(asked: Any) -> str:
    if dataclasses.is_dataclass(asked) and not isinstance(asked, type):
        given = {name: value for name, value in dataclasses.asdict(asked).items() if value not in (None, 0)}
        return ", ".join(f"{name} {value}" for name, value in given.items()) or "all cores of the machine"
    return str(asked)


def environment_table(environment: Mapping[str, str]) -> Table:
    """Versions and machine."""
    return facts_table({str(name): str(value) for name, value in environment.items()}, "Environment")


def changes_section(data: LoadedData, best: Trial | None) -> Section | None:
    """What was dropped, recognised or changed and why: in the data, and by the best model's steps."""
    notes = list(dict.fromkeys([*data.notes, *(best.notes if best is not None else ())]))
    if not notes:
        return None
    shown = [one_line(note, LONGEST_NOTE) for note in notes[:MOST_NOTES]]
    more = left_out(len(shown), len(notes), "note")
    intro = f"What was dropped, recognised or changed, and why. {more}".strip()
    return Section("changes", "What was changed", intro, notes=tuple(shown))


def settings_section(board: Leaderboard, data: LoadedData, best: Trial | None) -> Section:
    """How the data were split and the models were set, and the time each trial took."""
    facts = {"folds": data.fold_plan, "objective": board.objectives[data.name], "task": data.task}
    facts |= {f"source, {split}": source for split, source in data.sources.items()}
    if data.test is not None:
        total = len(data.train) + len(data.test)
        facts["test rows"] = (
            f"{count_text(len(data.test))} of {count_text(total)} ({percent_text(len(data.test) / total)})"
        )
    facts["fingerprint of the data"] = data.fingerprint
    if best is not None:
        facts[f"settings of {one_line(best.name, 60)}"] = settings_text(best) or "every parameter at its default"
    tables = [facts_table(facts, "Data, folds and settings"), _times_table(list(board))]
    intro = "How the data were split, how the models were set, and where the time went."
    return Section("settings", "Settings and times", intro, tuple(tables))


def _times_table(trials: Iterable[Trial]) -> Table:
    timed = [trial for trial in trials if trial.status == "complete"]
    shown = timed[:MOST_TRIALS]
    longest = max((trial.fit_seconds for trial in shown), default=0.0)
    lines = tuple(
        (
            Cell(one_line(trial.name, LONGEST_NAME)),
            Cell(
                duration_text(trial.fit_seconds),
                bar=trial.fit_seconds / longest if longest else None,
                sort=trial.fit_seconds,
            ),
            Cell(duration_text(trial.predict_seconds), sort=trial.predict_seconds),
            Cell(one_line(settings_text(trial), LONGEST_NOTE) or "defaults"),
        )
        for trial in shown
    )
    headings = (
        Heading("trial"),
        Heading("fit, one fold", numeric=True),
        Heading("predict 1,000 rows", numeric=True),
        Heading("settings"),
    )
    return Table(
        headings, lines, "Times and settings of the trials", left_out(len(shown), len(timed), "trial"), sortable=True
    )
