"""The data report."""

from __future__ import annotations

from litmus.data import LoadedData
from litmus.evaluate.trial import Trial
from litmus.report.blocks import Finding, Section

__all__ = ["data_findings", "data_section"]


def data_section(data: LoadedData, profile: object, best: Trial | None) -> Section:
    return Section("data", "The data")


def data_findings(data: LoadedData, profile: object) -> list[Finding]:
    return []
