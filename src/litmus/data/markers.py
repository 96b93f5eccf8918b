"""Texts that people write into a cell to say that there is no value."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from litmus.data.schema import Column
from litmus.errors import ParameterError

__all__ = ["DEFAULT_MARKERS", "TARGET_MARKERS", "Markers", "column_markers"]

DEFAULT_MARKERS: frozenset[str] = frozenset(
    [
        "",
        "?",
        "NA",
        "N/A",
        "n/a",
        "#N/A",
        "#NA",
        "<NA>",
        "null",
        "NULL",
        "Null",
        "None",
        "NaN",
        "nan",
        "NAN",
        "NaT",
        "-",
        "--",
    ]
)
"""Cells with one of these texts, blanks around them ignored, are missing."""

TARGET_MARKERS: frozenset[str] = DEFAULT_MARKERS - {"None", "-", "--"}
"""In a target, "None" and "-" are more often a class than a gap, so they stay."""


@dataclasses.dataclass(frozen=True)
class Markers:
    """Which texts mean "missing", by column.

    Example:
        >>> "?" in Markers.of(None).of_column("age"), "missing" in Markers.of({"age": ["missing"]}).of_column("age")
        (True, True)
    """

    default: frozenset[str] = DEFAULT_MARKERS
    target: frozenset[str] = TARGET_MARKERS
    by_column: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, given: Markers | Sequence[str] | Collection[str] | Mapping[str, Sequence[str]] | None) -> Markers:
        """The markers a user asked for: a list for all columns, or column → list, or None for the usual ones.

        An empty cell is missing in any case.

        Raises:
            ParameterError: when a marker is no text.
        """
        if given is None:
            return cls()
        if isinstance(given, Markers):
            return given
        if isinstance(given, str):
            given = [given]
        if isinstance(given, Mapping):
            return cls(by_column={str(name): _texts(texts) for name, texts in given.items()})
        texts = _texts(given)
        return cls(default=texts, target=texts)

    def of_column(self, name: str) -> frozenset[str]:
        """The markers of a feature column."""
        return self.by_column.get(name, self.default)

    def of_target(self, name: str) -> frozenset[str]:
        """The markers of a target column."""
        return self.by_column.get(name, self.target)


def column_markers(column: Column) -> frozenset[str]:
    """The texts that mean "missing" in a column of a schema."""
    return DEFAULT_MARKERS if column.markers is None else frozenset(column.markers)


def _texts(given: Collection[str]) -> frozenset[str]:
    given = given if isinstance(given, Collection) and not isinstance(given, str) else [given]
    wrong = [marker for marker in given if not isinstance(marker, str)]
    if wrong:
        raise ParameterError(
            f"missing_markers holds {wrong[0]!r}, which is no text; give texts such as ['?', 'unknown']."
        )
    return frozenset({"", *(marker.strip() for marker in given)})
