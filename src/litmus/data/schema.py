"""The kinds of a table's columns, and the rule that turned each column into its kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["FEATURE_KINDS", "Column", "Kind", "Schema"]

Kind = Literal[
    "numeric", "categorical", "boolean", "text", "datetime", "image", "identifier", "group", "weight", "target"
]
_TOPICS = 100
"""What a column of text is turned into for trees."""

FEATURE_KINDS: tuple[Kind, ...] = ("numeric", "categorical", "boolean", "text", "datetime")
"""Kinds that models learn from; identifier, group, weight and target columns have other uses."""


@dataclasses.dataclass(frozen=True)
class Column:
    """One column of a schema.

    Attributes:
        name: the column's name.
        kind: what it means.
        why: the reason for the kind, in words: "41 distinct values in 32,561 rows: categorical".
        dtype: the data type it had when the schema was made, such as "int64" or "str".
        required: whether a prediction fails when the column is absent from a row (else it counts as missing).
        datetime_format: the `strptime` format of a datetime that arrives as text, "mixed", or None.
        number_format: how numbers that arrive as text are written: "plain" (or None), "decimal comma" (1,5) or
            "thousands comma" (1,234.5).
        markers: the texts that mean "missing" in this column, or None for the usual ones ("?", "NA", …).
        example: a value seen in training, as JSON has it, for pages and sample requests.
    """

    name: str
    kind: Kind
    why: str = "given by the user"
    dtype: str = ""
    required: bool = False
    datetime_format: str | None = None
    number_format: str | None = None
    markers: tuple[str, ...] | None = None
    example: Any = None


class Schema(Mapping[str, Column]):
    """Column name → `Column`, in the table's order.

    Example:
        >>> schema = Schema([Column("age", "numeric"), Column("income", "target")])
        >>> schema["age"].kind, schema.target
        ('numeric', ['income'])
    """

    def __init__(self, columns: list[Column] | tuple[Column, ...]) -> None:
        self._columns = {column.name: column for column in columns}
        for column in columns:
            if column.kind not in get_args(Kind):
                close = nearest(str(column.kind), get_args(Kind))
                hint = f" Did you mean {close!r}?" if close else ""
                raise ParameterError(
                    f"Column {column.name!r} has kind {column.kind!r}, which is no kind.{hint} "
                    f"Kinds: {', '.join(get_args(Kind))}."
                )

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def names(self, *kinds: Kind) -> list[str]:
        """The names of the columns of these kinds, in order."""
        return [column.name for column in self.values() if column.kind in kinds]

    @property
    def features(self) -> list[str]:
        """The columns that models learn from."""
        return self.names(*FEATURE_KINDS)

    @property
    def width(self) -> int:
        """About how many numbers a row is to an algorithm: a column of text is read as a hundred topics, or more terms."""
        return len(self.features) + (_TOPICS - 1) * len(self.names("text"))

    @property
    def target(self) -> list[str]:
        """The target columns: one, or one a label for multi-label tasks."""
        return self.names("target")

    @property
    def inputs(self) -> list[str]:
        """The columns a prediction may be asked with: everything but target, weight and group."""
        return [column.name for column in self.values() if column.kind not in ("target", "weight", "group")]

    def replace(self, *columns: Column) -> Schema:
        """A copy with these columns replaced (same name) or added at the end."""
        return Schema(list({**self._columns, **{column.name: column for column in columns}}.values()))

    def to_json(self) -> list[dict[str, Any]]:
        """The columns as plain JSON values."""
        return [dataclasses.asdict(column) for column in self.values()]

    @classmethod
    def from_json(cls, columns: list[dict[str, Any]]) -> Schema:
        """The schema that `to_json` wrote."""
        return cls([Column(**{**column, "markers": _as_tuple(column.get("markers"))}) for column in columns])

    def __repr__(self) -> str:
        if not self._columns:
            return "Schema (no columns)"
        name = max(len(column.name) for column in self.values())
        kind = max(len(column.kind) for column in self.values())
        return "\n".join(f"{c.name:<{name}}  {c.kind:<{kind}}  {c.why}" for c in self.values())

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(c.name)}</td><td>{c.kind}</td><td>{escape(c.why)}</td></tr>" for c in self.values()
        )
        return f"<table><thead><tr><th>column</th><th>kind</th><th>why</th></tr></thead><tbody>{rows}</tbody></table>"


def _as_tuple(texts: list[str] | tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if texts is None else tuple(texts)
