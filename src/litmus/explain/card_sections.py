"""The sections of a model card, from what the store, the bundle and measurements say."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from litmus.errors import LitmusError
from litmus.footprint import Footprint
from litmus.report.blocks import Cell, Heading, Section, Table

if TYPE_CHECKING:
    from litmus.store import ModelRecord, Store

__all__ = ["OWNER_FIELDS", "card_sections"]

OWNER_FIELDS: dict[str, str] = {
    "purpose": "What it is for, and who uses its answers",
    "not_for": "What it must not be used for",
    "affected": "Who is affected by its answers, and how they can object",
    "data_origin": "Where the data comes from, and why it may be used",
    "risks": "Known risks, and what is done about them",
    "contact": "Who answers for it",
}
"""What only the owner knows: name → question."""
_NOT_WRITTEN = "Not written yet: the owner has to."


def card_sections(
    record: ModelRecord,
    manifest: Mapping[str, Any],
    *,
    store: Store,
    owner: Mapping[str, str],
    evidence: Mapping[str, Any],
) -> list[Section]:
    """All sections, in order."""
    return [
        _purpose(owner),
        _model(record, manifest),
        _data(manifest),
        _scores(record, manifest, evidence),
        *_slices(evidence),
        _bias(evidence),
        *_importance(evidence),
        _cost(record, manifest, store),
        _people(record, store),
        _lineage(manifest),
        _limits(manifest, owner, evidence),
    ]


def _pairs(title: str, pairs: Mapping[str, Any]) -> Table:
    rows = tuple(
        (Cell(str(name)), Cell(_text(value))) for name, value in pairs.items() if value not in (None, "", [], {})
    )
    return Table((Heading("what"), Heading("value")), rows, title)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
    return ", ".join(map(_text, value)) if isinstance(value, list | tuple) else str(value)


def _purpose(owner: Mapping[str, str]) -> Section:
    table = _pairs("Purpose", {question: owner.get(name) or _NOT_WRITTEN for name, question in OWNER_FIELDS.items()})
    return Section("purpose", "What it is for", "In its owner's words.", (table,))


def _model(record: ModelRecord, manifest: Mapping[str, Any]) -> Section:
    lineage, runtime = manifest.get("lineage") or {}, manifest.get("runtime") or {}
    target = manifest["target"]
    facts = {
        "version": record.version,
        "stored": record.created,
        "task": manifest["task"],
        "predicts": target["names"],
        "labels": target.get("classes"),
        "algorithm": lineage.get("algorithm"),
        "made of": [member["name"] for member in manifest.get("model_members") or [] if member["name"]],
        "settings": lineage.get("settings"),
        "answers by": runtime.get("parts"),
        "what runs in its training library": runtime.get("notes"),
    }
    return Section("model", "The model", "", (_pairs("The model", facts),))


def _data(manifest: Mapping[str, Any]) -> Section:
    lineage = manifest.get("lineage") or {}
    facts = {
        "sources": lineage.get("sources"),
        "fingerprint": lineage.get("fingerprint"),
        "folds": lineage.get("folds"),
        "rows learned from": lineage.get("learned_rows"),
    }
    rows = tuple(
        (Cell(column["name"]), Cell(column["kind"]), Cell("yes" if column.get("required") else "may be missing"))
        for column in _columns(manifest["schema"])
    )
    columns = Table((Heading("column"), Heading("kind"), Heading("needed")), rows, "Columns of a request")
    return Section("data", "The data", "What it was trained on.", (_pairs("The data", facts), columns))


def _columns(schema: Any) -> Iterator[Mapping[str, Any]]:
    held = schema.get("columns", schema) if isinstance(schema, Mapping) else schema
    listed = [{"name": name, **facts} for name, facts in held.items()] if isinstance(held, Mapping) else held
    for column in listed:
        if column.get("kind") not in ("target", "weight", "group", "ignored"):
            yield column


def _scores(record: ModelRecord, manifest: Mapping[str, Any], evidence: Mapping[str, Any]) -> Section:
    rows = [
        (Cell(str(split)), Cell(str(metric)), Cell(_text(value)), Cell("—"))
        for split, scores in (record.metrics or manifest.get("metrics") or {}).items()
        if isinstance(scores, Mapping)
        for metric, value in scores.items()
        if value is not None
    ]
    measured = [
        (Cell(f"{evidence['rows']:,} rows given for this card"), *_score_cells(score))
        for score in evidence.get("scores", ())
    ]
    headings = (
        Heading("rows"),
        Heading("metric"),
        Heading("score", numeric=True),
        Heading("95 % interval", numeric=True),
    )
    return Section(
        "scores",
        "How good it is",
        "Validation scores are of rows that were held out of each fold; test scores are of rows nothing was fitted or chosen on.",
        (Table(headings, (*rows, *measured), "Scores"),),
    )


def _score_cells(score: Mapping[str, Any]) -> tuple[Cell, Cell, Cell]:
    value, low, high = score["value"], score["low"], score["high"]
    shown = "not defined" if value is None else f"{value:.4g}"
    return Cell(score["metric"]), Cell(shown), Cell("too few rows" if low is None else f"{low:.4g} to {high:.4g}")


def _slices(evidence: Mapping[str, Any]) -> list[Section]:
    parts = evidence.get("slices") or []
    if not parts:
        return []
    headings = (
        Heading("slice"), Heading("rows", numeric=True), Heading("metric"), Heading("score", numeric=True),
        Heading("95 % interval", numeric=True),
    )  # fmt: skip
    rows = tuple(
        (Cell(f"{part['column']} = {part['value']}"), Cell(f"{part['rows']:,}"), *_score_cells(score))
        for part in parts
        for score in part["scores"]
    )
    return [Section("slices", "How good it is for whom", "", (Table(headings, rows, "Scores of slices"),))]


def _bias(evidence: Mapping[str, Any]) -> Section:
    found = evidence.get("bias") or []
    if not found:
        missing = "Not measured yet: give labelled rows and the columns by which people may differ."
        return Section("bias", "Whom it treats differently", missing)
    headings = (
        Heading("who"),
        Heading("measure"),
        Heading("value", numeric=True),
        Heading("95 % interval", numeric=True),
    )
    rows = tuple(
        (
            Cell(f"{each['column']} = {each['facet']}"),
            Cell(value["title"]),
            Cell("—" if value["value"] is None else f"{value['value']:.3f}"),
            Cell(value["note"] or (f"{value['low']:.3f} to {value['high']:.3f}" if value["low"] is not None else "")),
        )
        for each in found
        for value in each["values"]
    )
    intro = "Before training: of labels. After training: of predictions. 0 means treated alike, for disparate impact 1."
    points = tuple(each["sentence"] for each in found)
    return Section("bias", "Whom it treats differently", intro, (Table(headings, rows, "Bias"),), points=points)


def _importance(evidence: Mapping[str, Any]) -> list[Section]:
    found = evidence.get("importance")
    if not found:
        return []
    total = sum(max(0.0, each["value"]) for each in found["values"].values()) or 1.0
    headings = (Heading("column"), Heading(found["unit"], numeric=True), Heading("interval", numeric=True))
    rows = tuple(
        (
            Cell(name, bar=max(0.0, each["value"]) / total),
            Cell(f"{each['value']:.4g}"),
            Cell(f"{each['low']:.4g} to {each['high']:.4g}"),
        )
        for name, each in found["values"].items()
    )
    intro = f"By {found['method']}, on {found['rows']:,} rows."
    return [Section("importance", "What its answers rest on", intro, (Table(headings, rows, "Importance"),))]


def _cost(record: ModelRecord, manifest: Mapping[str, Any], store: Store) -> Section:
    estimate = (manifest.get("lineage") or {}).get("estimate") or {}
    size = record.path.stat().st_size if record.path.exists() else None
    facts: dict[str, Any] = {
        "bundle": None if size is None else f"{size / 1e6:.2f} MB",
        "a row, 99th percentile (estimated when it was trained)": _milliseconds(estimate.get("latency_p99")),
        "packages that answering needs": manifest.get("requirements")
        or "not compiled yet: they are known when it is first served",
        "packages that training used": manifest.get("packages"),
    }
    notes = []
    if record.run is not None:
        with contextlib.suppress(LitmusError, OSError):
            notes.append(_training_cost(record.run, store, facts))
    return Section("cost", "What it takes", "", (_pairs("What it takes", facts),), notes=tuple(notes))


def _training_cost(run_id: str, store: Store, facts: dict[str, Any]) -> str:
    """What the run cost, as a sentence: the CPU seconds it recorded, else the time of all its fits together."""
    used: Any = None
    with contextlib.suppress(LitmusError):
        run = store.run(run_id)
        used = run.summary.get("cpu_seconds")
        facts["training took"] = None if run.seconds is None else f"{run.seconds:,.0f} s"
    if used is not None:
        return f"Training: {Footprint.of_cpu(float(used)).sentence}"
    trials = store.trials_of(run_id)
    spent = sum(trial.get("cost_seconds") or 0.0 for trial in trials)
    return (
        f"Training, by the time that the fits of all {len(trials)} trials took together (more where a fit used several cores): "
        f"{Footprint.of_cpu(spent).sentence}"
    )


def _milliseconds(seconds: Any) -> str | None:
    return f"{1000 * seconds:.2f} ms" if isinstance(seconds, int | float) else None


def _people(record: ModelRecord, store: Store) -> Section:
    served = store.endpoints_serving(record.version)
    decisions = [each for each in store.decisions() if record.version in (each.subject, each.before, each.after)]
    approvals = [each for each in decisions if each.what in ("approve", "reject") and each.undone_by is None]
    state = (
        "nobody has approved it"
        if not approvals
        else f"{approvals[-1].what}, {approvals[-1].who}, {approvals[-1].time}"
    )
    rows = tuple(
        (Cell(each.time), Cell(each.who), Cell(each.what), Cell(each.subject), Cell(each.reason))
        for each in decisions[-20:]
    )
    headings = (Heading("when"), Heading("who"), Heading("what"), Heading("about"), Heading("why"))
    facts = {"approval": state, "served by": served or "no endpoint of this store"}
    parts: tuple[Table, ...] = (_pairs("Approval", facts),)
    return Section("people", "Who stands for it", "", (*parts, Table(headings, rows, "Decisions")) if rows else parts)


def _lineage(manifest: Mapping[str, Any]) -> Section:
    lineage = manifest.get("lineage") or {}
    facts = {name: lineage.get(name) for name in ("run", "trial", "seed", "final", "created", "environment")}
    return Section("lineage", "Where it comes from", "", (_pairs("Lineage", facts),))


def _limits(manifest: Mapping[str, Any], owner: Mapping[str, str], evidence: Mapping[str, Any]) -> Section:
    notes = [
        "It answers for rows like those it was trained on; monitors say when they change.",
        "Attributions and importance say what moves its answers, not what causes what it predicts.",
    ]
    if not evidence.get("slices"):
        notes.append("Scores of slices were not measured.")
    if not evidence.get("bias"):
        notes.append("Bias was not measured.")
    notes += [f"It misses a limit: {sentence}" for sentence in (manifest.get("lineage") or {}).get("misses") or ()]
    notes += [
        f"Its owner has not said: {question.lower()}." for name, question in OWNER_FIELDS.items() if not owner.get(name)
    ]
    return Section("limits", "Limits, and what is not known", notes=tuple(notes))
