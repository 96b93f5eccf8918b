"""Joining a table in portions with a table in memory: each portion for itself, so that rows keep their order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from litsdf.contract import NotNative
from litsdf.dtypes import BOOL, BY_DATA, FLOAT, INT, INT_OR_FLOAT, OPAQUE
from litsdf.layouts.partition_rows import Rows, in_facade
from litsdf.layouts.polars import PolarsFrame
from litsdf.layouts.portions import empty_portion
from litsdf.plan import Field

__all__ = ["joined_portions"]


def joined_portions(rows: Rows, right: PolarsFrame, keys: Sequence[Any], how: str) -> Rows:
    """Join each portion with a table in memory.

    Raises:
        NotNative: the polars layout leaves this join to pandas.
    """
    if any(field.dtype in BY_DATA or field.dtype == OPAQUE for field in rows.fields.values()):
        raise NotNative("merge of dtypes held for pandas")
    shape = empty_portion(rows.fields).joined(right, keys, how)  # declines what it would decline for the rows
    fields = {}
    for name, column in shape.columns.items():
        dtype = column.dtype
        if how == "left" and name not in rows.fields:
            if dtype not in {INT, FLOAT, "str", "datetime64[us]"}:
                raise NotNative("a dtype that depends on every row having a partner")
            dtype = INT_OR_FLOAT if dtype == INT else dtype
        fields[name] = Field(name, dtype, dtype not in {INT, BOOL})

    def reference() -> Any:
        return rows.reference().merge(in_facade(right), how=how, on=list(keys))

    return rows.applied(partial(_join, right=right, keys=tuple(keys), how=how), fields, reference=reference)


def _join(frame: PolarsFrame, *, right: PolarsFrame, keys: Sequence[Any], how: str) -> PolarsFrame:
    visible = {name: column for name, column in frame.columns.items() if not name.startswith("\0")}
    return PolarsFrame(visible, len(frame)).joined(right, keys, how)
