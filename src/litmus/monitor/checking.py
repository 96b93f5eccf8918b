"""`check`: what arrived, compared with what the model was trained on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from litmus.bundle_reader import read_manifest
from litmus.capture.places import FOLDER
from litmus.data import Schema, Target
from litmus.data.counted import counted
from litmus.errors import DataError, LitmusError
from litmus.monitor.baseline import Baseline
from litmus.monitor.bias_drift import check_groups
from litmus.monitor.collecting import Collected, Collector
from litmus.monitor.evidence import Attributions, Evidence
from litmus.monitor.labels import LabelFacts, Which, labels_of
from litmus.monitor.limits import Limits
from litmus.monitor.monitors import check_kinds, run_monitors, together
from litmus.monitor.reference import Answering, baseline_in, stored_baseline, without_columns
from litmus.monitor.result import Kind, KindResult, MonitorResult, WindowResult, moment_text
from litmus.monitor.traffic import CapturedTraffic, Traffic, traffic_of
from litmus.monitor.windows import check_window, windowed
from litmus.serve.config import ServiceConfig, load_config

__all__ = ["check"]

_BACKGROUND = 20
_EVALUATIONS = 100
_SECONDS = 120.0
_WINDOW_KINDS: tuple[Kind, ...] = (
    "data_quality",
    "data_drift",
    "prediction_drift",
    "model_quality",
    "estimated_quality",
    "bias_drift",
)


def check(
    endpoint_or_table: Any,
    *,
    baseline: Any = None,
    kinds: Sequence[str] | str | None = None,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    labels: Any = None,
    window: str | int | None = None,
    by: Sequence[str] = (),
    version: str | None = None,
    limits: Limits | None = None,
    duplicates: Which = "last",
    attributions: Attributions | None = None,
    now: dt.datetime | None = None,
    seed: int = 0,
) -> MonitorResult:
    """Compare what arrived with what the model was trained on.

    Args:
        endpoint_or_table: the name of an endpoint, its folder, or a table: a frame, a file, a folder of files.
        baseline: a `Baseline`, a version that has one, or a table; None: that of the endpoint's model.
        kinds: the monitors to run; None: all.
        start, end: the times between which rows count, `end` not included; without a zone they are in UTC.
        labels: a table of what came true (`request_id`, `label`, perhaps `row` and `time`); None: the feedback that
            the endpoint kept, or the target's column of a table.
        window: a time ("1h") or a number of rows: the period is divided, the verdict is of the last window, and `windows`
            has them all (at most 100).
        by: columns by which bias is watched.
        version: the model whose answers count; None: the one that the endpoint serves now.
        limits: from which size on a change counts.
        duplicates: which label counts when a row has several: "last" or "first".
        attributions: rows in canonical columns → what each column added to each answer; None: those of the endpoint's model,
            where it has any.
        now: the time that later ones are ahead of; None: the clock's.
        seed: by which rows are drawn; the same rows give the same result.

    Returns:
        A verdict in plain words, with figures, JSON and a page.

    Raises:
        UnknownNameError: when there is no such endpoint.
        DataError: when there is nothing to compare with; the message says what to do.
        ParameterError: when an option is not allowed.

    Example:
        >>> rows = {"age": list(range(20, 60)) * 10}
        >>> check({"age": list(range(60, 100)) * 10}, baseline=rows, kinds="data_drift").verdict
        'alarm'
    """
    asked = check_kinds(kinds)
    divided = check_window(window)
    subject = _subject(endpoint_or_table, baseline, version)
    check_groups(list(by), list(subject.baseline.columns))
    joined = labels_of(labels, subject.traffic, duplicates)
    moment = now or dt.datetime.now(dt.UTC)

    def collector(number: int = 0) -> Collector:
        return Collector(subject.baseline, labels=joined, seed=seed + number, now=moment)

    collectors: dict[int, Collector] = {}
    if divided is None:
        collectors[0] = collector()
        for piece in subject.traffic.pieces(start, end):
            collectors[0].add(piece)
    else:
        for number, piece in windowed(subject.traffic, divided, start, end):
            collectors.setdefault(number, collector(number)).add(piece)
    facts = None if joined is None else joined.close(subject.traffic)
    common = _Common(subject.baseline, limits or Limits(), facts, tuple(by), seed)
    history = [_window(common, collectors[number].finish(), asked) for number in sorted(collectors, reverse=True)[:-1]]
    last = collectors[min(collectors)].finish() if collectors else collector().finish()
    explained = (attributions or subject.attributions()) if "attribution_drift" in asked else None
    evidence = common.evidence(last, explained)
    found = run_monitors(evidence, asked)
    if divided is not None:
        history.append(_window_of(last, found))
    return _result(subject, evidence, found, tuple(history))


@dataclasses.dataclass(frozen=True)
class _Subject:
    """What is checked, and what it is compared with."""

    name: str
    traffic: Traffic
    baseline: Baseline
    reference: str
    bundle: Path | None = None

    def attributions(self) -> Attributions | None:
        """What explains the answers of the endpoint's model, where anything does."""
        if self.bundle is None:
            return None
        return _attributions(self.bundle, self.baseline)


@dataclasses.dataclass(frozen=True)
class _Common:
    """What all windows share."""

    baseline: Baseline
    limits: Limits
    labels: LabelFacts | None
    groups: tuple[str, ...]
    seed: int

    def evidence(self, collected: Collected, attributions: Attributions | None) -> Evidence:
        return Evidence(
            self.baseline, collected, self.limits, self.labels, self.groups, attributions=attributions, seed=self.seed
        )


def _subject(source: Any, baseline: Any, version: str | None) -> _Subject:
    folder = _endpoint_folder(source)
    if folder is None:
        if baseline is None:
            raise DataError(
                "There is nothing to compare the table with; give baseline=: a version such as 'income-3', or a table such as the training rows."
            )
        reference = baseline_in(baseline, None, None, None)
        target = () if reference.target is None else reference.target.names
        traffic = traffic_of(source, inputs=frozenset(reference.schema.inputs), target=target)
        return _Subject(traffic.name, traffic, reference, _said(baseline, reference))
    config = load_config(folder)
    served = _served(config, version)
    bundle = folder / served.path
    if baseline is not None:
        manifest = read_manifest(bundle)
        schema, target_of = Schema.from_json(manifest["schema"]), Target.from_json(manifest["target"])
        reference = baseline_in(baseline, schema, target_of, _model(bundle))
        said = _said(baseline, reference)
    else:
        found = stored_baseline(served.version)
        if found is None:
            raise DataError(
                f"{served.version}, the model of {folder.name}, has no baseline: it was made by an earlier version of Litmus, or was never in this store. "
                "Give rows to compare with, such as those it was trained on: baseline='train.csv' (--baseline train.csv); or train it again."
            )
        reference, said = found, f"the baseline of {served.version} ({counted(found.rows, 'training row')})"
    masked = [name.removesuffix("=drop") for name in config.capture.masked] if config.capture else []
    traffic = CapturedTraffic(folder, version=served.version)
    return _Subject(folder.name, traffic, without_columns(reference, masked), said, bundle)


def _endpoint_folder(source: Any) -> Path | None:
    """The folder of an endpoint, by its name or path; None for a table."""
    if not isinstance(source, str | os.PathLike):
        return None
    path = Path(source)
    if path.is_dir() and ((path / FOLDER).is_dir() or (path / "config.json").is_file()):
        return path if (path / "config.json").is_file() else None
    text = str(source)
    if path.exists() or os.sep in text or "://" in text or "." in text or "*" in text:
        return None
    from litmus.endpoints.places import existing

    return existing(text)


def _served(config: ServiceConfig, version: str | None) -> Any:
    """The variant that is meant: of a version, or the one that answers most."""
    answering = [each for each in config.variants if not each.shadow]
    if version is not None:
        for each in config.variants:
            if version in (each.version, each.name):
                return each
        known = ", ".join(each.version for each in config.variants)
        raise DataError(
            f"The endpoint does not serve {version!r}; it serves {known}. For older traffic give that model's baseline and the captured folder."
        )
    if not answering:
        raise DataError(
            "The endpoint serves many models or a chain; monitor them one by one, by their captured tables."
        )
    return max(answering, key=lambda each: each.weight)


def _model(bundle: Path) -> Answering | None:
    """The endpoint's model, to answer the rows of a reference; None when it cannot be opened here."""
    from litmus.runtime import load

    try:
        return load(bundle)
    except LitmusError:  # such as a model with its maker's own code, which needs trust
        return None


def _attributions(bundle: Path, baseline: Baseline) -> Attributions | None:
    """The attributions of a compiled model; None when it cannot be opened here."""
    from litmus.explain import attributions
    from litmus.runtime import load

    try:
        model = load(bundle)
    except LitmusError:
        return None
    background = baseline.sample.head(_BACKGROUND)

    def explain(rows: pd.DataFrame) -> pd.DataFrame:
        found = attributions(model, rows, background=background, evaluations=_EVALUATIONS, time_limit=_SECONDS)
        return pd.DataFrame(np.abs(found.values).mean(axis=2), columns=list(found.columns))

    return explain


def _said(given: Any, reference: Baseline) -> str:
    what = (
        f"{given}"
        if isinstance(given, str | os.PathLike)
        else "the baseline"
        if isinstance(given, Baseline)
        else "the table"
    )
    return f"{what} ({counted(reference.rows, 'row')})"


def _window(common: _Common, collected: Collected, kinds: Sequence[Kind]) -> WindowResult:
    return _window_of(
        collected, run_monitors(common.evidence(collected, None), [kind for kind in kinds if kind in _WINDOW_KINDS])
    )


def _window_of(collected: Collected, found: dict[Kind, KindResult]) -> WindowResult:
    verdict, _ = together(found, collected.rows)
    figures: dict[str, float] = {}
    drift = found.get("data_drift")
    if drift is not None and "weighted drift" in drift.figures:
        figures["weighted drift"] = float(drift.figures["weighted drift"])
    for kind, field in (("model_quality", "current"), ("estimated_quality", "estimate")):
        held = found.get(kind)  # type: ignore[call-overload]
        for name, values in (held.figures if held is not None else {}).items():
            if isinstance(values, dict) and field in values:
                figures[f"{kind} {name}"] = float(values[field])
    return WindowResult(
        moment_text(collected.clock.first),
        moment_text(collected.clock.last),
        collected.rows,
        verdict,
        {name: kind.verdict for name, kind in found.items()},
        figures,
    )


def _result(
    subject: _Subject, evidence: Evidence, found: dict[Kind, KindResult], history: tuple[WindowResult, ...]
) -> MonitorResult:
    collected = evidence.collected
    verdict, sentence = together(found, collected.rows)
    if not collected.rows and isinstance(subject.traffic, CapturedTraffic):
        sentence = _no_rows(subject.traffic.folder)
    return MonitorResult(
        name=subject.name,
        created=dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        start=moment_text(collected.clock.first),
        end=moment_text(collected.clock.last),
        rows=collected.rows,
        labelled=collected.labelled,
        versions=collected.versions,
        reference=subject.reference,
        verdict=verdict,
        sentence=sentence,
        kinds=found,
        windows=history,
        evidence=evidence,
    )


def _no_rows(folder: Path) -> str:
    config = load_config(folder)
    if config.capture is None or config.capture.share == 0:
        return f"No row arrived, as {folder.name} captures nothing: deploy it with capture=0.1 or more (--capture 0.1)."
    return (
        f"No row of this model arrived at {folder.name} in this time. Captured requests become readable after a minute."
    )
