"""The report of a run: one HTML page for people who were not there."""

from litmus.report.page import render_report, write_report

__all__ = ["render_report", "write_report"]
