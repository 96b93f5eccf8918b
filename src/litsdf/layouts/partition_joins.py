"""Joining lazy tables: each portion with a table in memory; or with another lazy table, by exchanging rows by the keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, BY_DATA, FLOAT, INT, INT_OR_FLOAT, OPAQUE
from litsdf.layouts.partition_exchange import Arranged, cuts_of, exchanged
from litsdf.layouts.partition_fields import never_missing
from litsdf.layouts.partition_order import Order
from litsdf.layouts.partition_rows import Rows, in_facade
from litsdf.layouts.polars import PolarsFrame
from litsdf.layouts.portions import SHIFT, empty_portion
from litsdf.plan import Field

__all__ = ["joined_by_exchange", "joined_portions"]

_PLACE = "\0place"


def joined_portions(rows: Rows, right: PolarsFrame, keys: Sequence[Any], how: str) -> Rows:
    """Join each portion with a table in memory.

    Raises:
        NotNative: the polars layout leaves this join to pandas.
    """
    fields = _joined_fields(rows.fields, right, keys, how)

    def reference() -> Any:
        return rows.reference().merge(in_facade(right), how=how, on=list(keys))

    return rows.applied(partial(_join, right=right, keys=tuple(keys), how=how), fields, reference=reference)


def _joined_fields(left: Mapping[str, Field], right: PolarsFrame, keys: Sequence[Any], how: str) -> dict[str, Field]:
    """The columns of a join; it is declined where it would be declined for the rows."""
    if any(field.dtype in BY_DATA or field.dtype == OPAQUE for field in left.values()):
        raise NotNative("merge of dtypes held for pandas")
    shape = empty_portion(left).joined(right, keys, how)
    fields = {}
    for name, column in shape.columns.items():
        dtype = column.dtype
        if how == "left" and name not in left:
            if dtype not in {INT, FLOAT, "str", "datetime64[us]"}:
                raise NotNative("a dtype that depends on every row having a partner")
            dtype = INT_OR_FLOAT if dtype == INT else dtype
        fields[name] = Field(name, dtype, dtype not in {INT, BOOL})
    return fields


def _join(frame: PolarsFrame, *, right: PolarsFrame, keys: Sequence[Any], how: str) -> PolarsFrame:
    visible = {name: column for name, column in frame.columns.items() if not name.startswith("\0")}
    return PolarsFrame(visible, len(frame)).joined(right, keys, how)


def joined_by_exchange(left: Rows, right: Rows, keys: Sequence[str], how: str) -> Rows:
    """Join two lazy tables: rows with the same keys come together, are joined, and go back into the order of the left.

    Raises:
        NotNative: the polars layout leaves this join to pandas.
    """
    left_types, right_types = left.decided(left.fields), right.decided(right.fields)
    settled_left = {name: Field(name, dtype, not never_missing(dtype)) for name, dtype in left_types.items()}
    settled_right = {name: Field(name, dtype, not never_missing(dtype)) for name, dtype in right_types.items()}
    fields = _joined_fields(settled_left, empty_portion(settled_right), keys, how)
    order = Order.ascending(keys)
    cuts = cuts_of([(left, order), (right, order)], max(len(left.sources), len(right.sources)))
    lefts = exchanged(left, order, cuts, left_types, _PLACE)
    rights = exchanged(right, order, cuts, right_types)
    pairs = [
        _Pair(mine, theirs, tuple(left_types), tuple(right_types), tuple(keys), how)
        for mine, theirs in zip(lefts, rights, strict=True)
    ]
    together = Rows(pairs, fields | {_PLACE: Field(_PLACE, INT, may_be_missing=False)}, left.runner)
    dtypes = together.decided(fields)
    places = Order.ascending([_PLACE])
    starts = pl.DataFrame({"0": pl.Series([number << SHIFT for number in range(1, len(left.sources))], dtype=pl.Int64)})
    back = exchanged(together, places, starts, dtypes | {_PLACE: INT})
    made = {name: Field(name, dtype, not never_missing(dtype)) for name, dtype in dtypes.items()}
    return Rows(back, made, left.runner, steps=(Arranged(places),))


@dataclass(frozen=True)
class _Pair:
    """The rows of two tables whose keys lie between two boundaries, to be joined."""

    left: Any
    right: Any
    left_names: tuple[str, ...]
    right_names: tuple[str, ...]
    keys: tuple[str, ...]
    how: str

    @property
    def rows(self) -> int | None:
        """Not known before they are joined."""
        return None

    @property
    def futures(self) -> tuple[Any, ...]:
        """What a cluster holds of both."""
        return (*getattr(self.left, "futures", ()), *getattr(self.right, "futures", ()))

    def with_values(self, values: Sequence[Any]) -> _Pair:
        """The same with what the futures stand for."""
        left, right = self.left.with_values(values[:1]), self.right.with_values(values[1:])
        return _Pair(left, right, self.left_names, self.right_names, self.keys, self.how)

    def load(self, names: Sequence[str]) -> PolarsFrame:
        """Join."""
        wanted = {*names, *self.keys}
        left = self.left.load([*(name for name in self.left_names if name in wanted), _PLACE])
        right = self.right.load([name for name in self.right_names if name in wanted])
        joined = left.joined(right, self.keys, self.how)
        return PolarsFrame({name: joined.columns[name] for name in names}, len(joined))
