"""Baselines and results in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litmus.data import LoadedData
from litmus.monitor.baseline import Baseline, baseline_of_trial

if TYPE_CHECKING:
    from litmus.evaluate.trial import Trial
    from litmus.monitor.result import MonitorResult

__all__ = ["ROLE", "keep_baseline", "keep_result"]

ROLE = "baseline"
"""What a baseline is attached to its version as."""


def keep_baseline(version: str, data: LoadedData, trial: Trial) -> Baseline:
    """Make the baseline of a model and attach it to its version in the store.

    Raises:
        LitmusError: when the store cannot be written.
    """
    from litmus.store import Store

    baseline = baseline_of_trial(data, trial)
    Store().attach(version, ROLE, baseline.to_bytes())
    return baseline


def keep_result(result: MonitorResult) -> None:
    """Put what a check found into the store, a row for each monitor.

    Raises:
        LitmusError: when the store cannot be written.
    """
    from litmus.store import Store
    from litmus.store.records import MonitorRow

    version = max(result.versions, key=lambda name: result.versions[name]) if result.versions else None
    store = Store()
    for kind in result.kinds.values():
        store.add_monitor_result(
            MonitorRow(
                endpoint=result.name,
                kind=kind.kind,
                verdict=kind.verdict,
                sentence=kind.sentence,
                result={"rows": result.rows, "labelled": result.labelled, **kind.to_json()},
                start=result.start,
                end=result.end,
                version=version,
            )
        )
