"""How much of each thing a page shows, so that a wide table or many classes do not make it unreadable."""

from __future__ import annotations

from litmus.evaluate.number_text import plural

__all__ = [
    "LARGEST_PAGE",
    "LONGEST_NAME",
    "LONGEST_NOTE",
    "MOST_CHART_TRIALS",
    "MOST_CLASSES",
    "MOST_COLUMNS",
    "MOST_CURVE_CLASSES",
    "MOST_CURVE_POINTS",
    "MOST_FEATURES",
    "MOST_MATRIX_CELLS_TABLE",
    "MOST_MATRIX_CLASSES",
    "MOST_METRICS",
    "MOST_NOTES",
    "MOST_PARAMETERS",
    "MOST_SCATTER_POINTS",
    "MOST_SEARCHED_FAMILIES",
    "MOST_SEARCH_LINES",
    "MOST_SEARCH_POINTS",
    "MOST_SERIES",
    "MOST_TRIALS",
    "left_out",
]

LARGEST_PAGE = 2_400_000
"""Bytes of a page; data sets after the one that fills it are shown in short."""
LONGEST_NAME = 80
LONGEST_NOTE = 400
MOST_TRIALS = 100
MOST_CHART_TRIALS = 20
MOST_METRICS = 12
MOST_CLASSES = 100
MOST_MATRIX_CELLS_TABLE = 10
"""Classes up to which the confusion matrix is a table of numbers; beyond, it is a picture and a list."""
MOST_MATRIX_CLASSES = 40
MOST_CURVE_CLASSES = 10
MOST_CURVE_POINTS = 120
MOST_SCATTER_POINTS = 1500
MOST_SEARCH_POINTS = 600
MOST_SEARCH_LINES = 200
"""Configurations whose settings are drawn as lines."""
MOST_SEARCHED_FAMILIES = 3
"""Algorithms whose settings are shown, the most tried ones."""
MOST_PARAMETERS = 14
MOST_SERIES = 9
"""Colours that a reader can tell apart."""
MOST_FEATURES = 25
MOST_COLUMNS = 150
MOST_NOTES = 60


def left_out(shown: int, total: int, noun: str, *, by: str = "", many: str | None = None) -> str:
    """A sentence that says how many are shown of how many, or nothing when all are.

    Example:
        >>> left_out(150, 5000, "column", by="those with the most to report")
        '150 of 5,000 columns are shown, those with the most to report.'
    """
    if shown >= total:
        return ""
    return f"{shown:,} of {plural(total, noun, many)} are shown{', ' + by if by else ''}."
