"""The methods that bring rows together and can be recorded while a function is traced."""

from __future__ import annotations

__all__ = ["BESIDE", "NEW_ROWS", "OF_GROUPS", "RECORDED", "VALUES"]

VALUES = frozenset({
    "sum", "mean", "min", "max", "count", "std", "var", "median", "nunique", "any", "all", "prod", "quantile", "sem",
    "skew", "kurt",
})  # fmt: skip
BESIDE = frozenset({
    "shift", "diff", "cumsum", "cumprod", "cummin", "cummax", "rank", "pct_change", "ffill", "bfill", "duplicated",
    "transform", "cumcount", "ngroup",
})  # fmt: skip
"""What gives a column with the rows it was called on."""
NEW_ROWS = frozenset({
    "sort_values", "sort_index", "drop_duplicates", "head", "tail", "nlargest", "nsmallest", "merge", "join",
    "reset_index", "set_index", "set_axis", "rename_axis", "melt", "to_frame", "rename",
})  # fmt: skip
OF_GROUPS = frozenset({
    "agg", "aggregate", "sum", "mean", "min", "max", "count", "size", "std", "var", "median", "nunique", "first", "last",
    "prod", "any", "all", "sem", "quantile", "head", "tail",
})  # fmt: skip
RECORDED = VALUES | BESIDE | NEW_ROWS | OF_GROUPS | {"groupby", "[]"}
"""Every call that a step may make; a loaded program makes no other."""
